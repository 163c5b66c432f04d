//! CEL's own values, and how they are written. Measured values live in `model`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::{Cidr, Timestamp};

/// A CEL value.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A 64-bit signed integer: `5`.
    Int(i64),
    /// A 64-bit unsigned integer: `5u`.
    Uint(u64),
    /// An IEEE 754 double: `5.0`.
    Double(f64),
    /// Unicode text: `'down'`.
    String(Arc<str>),
    /// Bytes: `b'\x00'`.
    Bytes(Arc<[u8]>),
    /// A point in time, to the nanosecond.
    Timestamp(Timestamp),
    /// A length of time, to the nanosecond.
    Duration(SignedDuration),
    /// `[1, 2]`
    List(Arc<[Value]>),
    /// `{'a': 1}`
    Map(Arc<BTreeMap<MapKey, Value>>),
    /// A type, by its name in CEL.
    Type(&'static str),
    /// `optional.of(1)`, `optional.none()`
    Optional(Option<Arc<Value>>),
    /// An address of a network: `ip('10.0.0.1')`.
    Ip(IpAddr),
    /// A block of addresses: `cidr('10.0.0.0/8')`.
    Cidr(Cidr),
}

/// The types' names in CEL, which stand for them in expressions.
pub(crate) const TYPES: [&str; 15] = [
    "null_type",
    "bool",
    "int",
    "uint",
    "double",
    "string",
    "bytes",
    "google.protobuf.Timestamp",
    "google.protobuf.Duration",
    "list",
    "map",
    "type",
    "optional_type",
    "net.IP",
    "net.CIDR",
];

impl Value {
    /// The type's name in CEL.
    pub fn type_name(&self) -> &'static str {
        TYPES[match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Int(_) => 2,
            Self::Uint(_) => 3,
            Self::Double(_) => 4,
            Self::String(_) => 5,
            Self::Bytes(_) => 6,
            Self::Timestamp(_) => 7,
            Self::Duration(_) => 8,
            Self::List(_) => 9,
            Self::Map(_) => 10,
            Self::Type(_) => 11,
            Self::Optional(_) => 12,
            Self::Ip(_) => 13,
            Self::Cidr(_) => 14,
        }]
    }
}

/// What a map can be looked up with. Integers are the same key when they are the same number.
#[derive(Clone, Debug)]
pub enum MapKey {
    /// `true`, `false`
    Bool(bool),
    /// `5`
    Int(i64),
    /// `5u`
    Uint(u64),
    /// `'a'`
    String(Arc<str>),
}

impl MapKey {
    /// The key a value looks up: a double does where it is a whole number. None for what no map can hold.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(Self::Bool(*value)),
            Value::Int(value) => Some(Self::Int(*value)),
            Value::Uint(value) => Some(Self::Uint(*value)),
            Value::String(text) => Some(Self::String(Arc::clone(text))),
            Value::Double(value) if value.fract() == 0.0 => {
                let int = crate::convert::int_of_double(*value).map(Self::Int);
                int.or_else(|| {
                    (*value > 0.0 && *value < 18_446_744_073_709_551_616.0)
                        .then_some(Self::Uint(*value as u64))
                })
            }
            _ => None,
        }
    }

    /// The key as a value.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Uint(value) => Value::Uint(*value),
            Self::String(text) => Value::String(Arc::clone(text)),
        }
    }

    fn number(&self) -> Option<i128> {
        match self {
            Self::Int(value) => Some(i128::from(*value)),
            Self::Uint(value) => Some(i128::from(*value)),
            Self::Bool(_) | Self::String(_) => None,
        }
    }
}

impl Ord for MapKey {
    /// Bools, then numbers by value, then texts.
    fn cmp(&self, other: &Self) -> Ordering {
        let rank = |key: &Self| match key {
            Self::Bool(_) => 0,
            Self::Int(_) | Self::Uint(_) => 1,
            Self::String(_) => 2,
        };
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::String(a), Self::String(b)) => a.cmp(b),
            (a, b) => rank(a)
                .cmp(&rank(b))
                .then_with(|| a.number().cmp(&b.number())),
        }
    }
}

impl PartialOrd for MapKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for MapKey {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for MapKey {}

impl fmt::Display for Value {
    /// The canonical literal: an expression that evaluates to this value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Uint(value) => write!(f, "{value}u"),
            Self::Double(value) => write_double(f, *value),
            Self::String(text) => write_string(f, text),
            Self::Bytes(bytes) => write_bytes(f, bytes),
            Self::Timestamp(at) => write!(f, "timestamp(\"{at}\")"),
            Self::Duration(span) => write!(f, "duration(\"{}\")", seconds(*span)),
            Self::List(items) => write_joined(f, '[', items.iter().map(|item| ("", item)), ']'),
            Self::Map(entries) => {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| (format!("{}: ", key.to_value()), value))
                    .collect();
                write_joined(
                    f,
                    '{',
                    entries.iter().map(|(key, value)| (key.as_str(), *value)),
                    '}',
                )
            }
            Self::Type(name) => f.write_str(name),
            Self::Optional(None) => f.write_str("optional.none()"),
            Self::Optional(Some(value)) => write!(f, "optional.of({value})"),
            Self::Ip(address) => write!(f, "ip(\"{address}\")"),
            Self::Cidr(block) => write!(f, "cidr(\"{block}\")"),
        }
    }
}

fn write_joined<'a>(
    f: &mut fmt::Formatter<'_>,
    open: char,
    items: impl Iterator<Item = (&'a str, &'a Value)>,
    close: char,
) -> fmt::Result {
    f.write_char(open)?;
    for (i, (label, item)) in items.enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        write!(f, "{comma}{label}{item}")?;
    }
    f.write_char(close)
}

/// Doubles without a literal are written as the conversion that gives them.
fn write_double(f: &mut fmt::Formatter<'_>, value: f64) -> fmt::Result {
    if value.is_nan() {
        f.write_str("double(\"NaN\")")
    } else if value.is_infinite() {
        let sign = if value > 0.0 { "" } else { "-" };
        write!(f, "double(\"{sign}Infinity\")")
    } else {
        write!(f, "{value:?}")
    }
}

fn write_string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

fn write_bytes(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    f.write_str("b\"")?;
    for byte in bytes {
        match byte {
            b'"' | b'\\' => write!(f, "\\{}", char::from(*byte))?,
            b' '..=b'~' => f.write_char(char::from(*byte))?,
            byte => write!(f, "\\x{byte:02x}")?,
        }
    }
    f.write_char('"')
}

/// A duration in seconds with as many fractional digits as there are: `-1.5s`.
pub(crate) fn seconds(span: SignedDuration) -> String {
    let sign = if span.is_negative() { "-" } else { "" };
    let (secs, nanos) = (
        span.as_secs().unsigned_abs(),
        span.subsec_nanos().unsigned_abs(),
    );
    if nanos == 0 {
        return format!("{sign}{secs}s");
    }
    let fraction = format!("{nanos:09}");
    format!("{sign}{secs}.{}s", fraction.trim_end_matches('0'))
}
