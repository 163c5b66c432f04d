//! What the conversion functions and `size` give, for constant parts and for dynamic evaluation alike.

use jiff::SignedDuration;

use crate::operators::Fault;
use crate::value::seconds;
use crate::{Timestamp, Value};

/// CEL's longest duration, in seconds: about 10 000 years.
const LONGEST_SECS: i128 = 315_576_000_000;

/// The same in milliseconds, for typed programs.
pub(crate) const LONGEST_MILLIS: u64 = LONGEST_SECS as u64 * 1_000;
/// Nanoseconds of each unit.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// `1h30m`, `-1.5s`, `0`: numbers with units, a sign before all of them.
pub(crate) fn duration(text: &str) -> Option<SignedDuration> {
    let (sign, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (if text.starts_with('-') { -1 } else { 1 }, rest),
        None => (1, text),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    let mut total = 0_i128;
    loop {
        let (nanos, tail) = part(rest)?;
        total = total.checked_add(nanos)?;
        rest = tail;
        if rest.is_empty() {
            break;
        }
    }
    (total <= LONGEST_SECS * 1_000_000_000).then(|| from_nanos(sign * total))?
}

/// One number with its unit in nanoseconds, and the text after it.
fn part(text: &str) -> Option<(i128, &str)> {
    let digits =
        |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (whole, rest) = text.split_at(digits(text));
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(digits(rest)),
        None => ("", rest),
    };
    let unit_len = rest
        .find(|c: char| c.is_ascii_digit() || c == '.')
        .unwrap_or(rest.len());
    let (_, scale) = UNITS.iter().find(|(unit, _)| *unit == &rest[..unit_len])?;
    // More digits are beyond the longest duration in any unit; fewer cannot overflow.
    if whole.len() + fraction.len() == 0 || whole.len() > 20 {
        return None;
    }
    let whole = if whole.is_empty() {
        0
    } else {
        whole.parse::<i128>().ok()?
    };
    let mut nanos = whole * scale;
    let mut step = *scale;
    for digit in fraction.bytes() {
        step /= 10;
        nanos += i128::from(digit - b'0') * step;
    }
    Some((nanos, &rest[unit_len..]))
}

fn from_nanos(nanos: i128) -> Option<SignedDuration> {
    let secs = i64::try_from(nanos / 1_000_000_000).ok()?;
    Some(SignedDuration::new(secs, (nanos % 1_000_000_000) as i32))
}

/// Whether a duration is in CEL's range.
pub(crate) fn in_range(span: SignedDuration) -> Option<SignedDuration> {
    (span.as_nanos().abs() <= LONGEST_SECS * 1_000_000_000).then_some(span)
}

/// Characters, bytes, elements or entries; none for what has no size.
pub(crate) fn size(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => Some(text.chars().count() as i64),
        Value::Bytes(bytes) => Some(bytes.len() as i64),
        Value::List(items) => Some(items.len() as i64),
        Value::Map(entries) => Some(entries.len() as i64),
        _ => None,
    }
}

/// `int(x)` of a double: towards zero; none where an int cannot hold it.
pub(crate) fn int_of_double(value: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0; // 2^63
    (value > -LIMIT && value < LIMIT).then_some(value as i64)
}

fn uint_of_double(value: f64) -> Option<u64> {
    const LIMIT: f64 = 18_446_744_073_709_551_616.0; // 2^64
    (0.0..LIMIT).contains(&value).then_some(value as u64)
}

/// The conversion functions, which bear the names of their results.
pub(crate) fn to_type(name: &str, value: &Value) -> Result<Value, Fault> {
    let converted = match name {
        "int" => int(value),
        "uint" => uint(value),
        "double" => double(value),
        "string" => Some(string(value)),
        "bytes" => bytes(value),
        "bool" => boolean(value),
        "timestamp" => timestamp(value),
        "duration" => duration_of(value),
        _ => None,
    };
    match converted {
        Some(Some(converted)) => Ok(converted),
        Some(None) => Err(Fault::Conversion(format!("{value}"), name.to_owned())),
        None => Err(Fault::NoOverload(format!("{name}({})", value.type_name()))),
    }
}

/// What a conversion gives: none where the type has none, `Some(None)` where this value has none.
type Converted = Option<Option<Value>>;

fn int(value: &Value) -> Converted {
    Some(
        match value {
            Value::Int(value) => Some(*value),
            Value::Uint(value) => i64::try_from(*value).ok(),
            Value::Double(value) => int_of_double(*value),
            Value::String(text) => text.parse().ok(),
            Value::Timestamp(at) => {
                Some(at.since_epoch().as_nanos().div_euclid(1_000_000_000) as i64)
            }
            _ => return None,
        }
        .map(Value::Int),
    )
}

fn uint(value: &Value) -> Converted {
    Some(
        match value {
            Value::Uint(value) => Some(*value),
            Value::Int(value) => u64::try_from(*value).ok(),
            Value::Double(value) => uint_of_double(*value),
            Value::String(text) => text.parse().ok(),
            _ => return None,
        }
        .map(Value::Uint),
    )
}

fn double(value: &Value) -> Converted {
    Some(
        match value {
            Value::Double(value) => Some(*value),
            Value::Int(value) => Some(*value as f64),
            Value::Uint(value) => Some(*value as f64),
            Value::String(text) => text.parse().ok().filter(|value| is_meant(*value, text)),
            _ => return None,
        }
        .map(Value::Double),
    )
}

/// Infinity is written as such: a number that rounds to it is out of range.
fn is_meant(value: f64, text: &str) -> bool {
    value.is_finite() || !text.contains(|c: char| c.is_ascii_digit())
}

fn boolean(value: &Value) -> Converted {
    match value {
        Value::Bool(_) => Some(Some(value.clone())),
        Value::String(text) => Some(match &**text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(Value::Bool(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(Value::Bool(false)),
            _ => None,
        }),
        _ => None,
    }
}

fn bytes(value: &Value) -> Converted {
    match value {
        Value::Bytes(_) => Some(Some(value.clone())),
        Value::String(text) => Some(Some(Value::Bytes(text.as_bytes().into()))),
        _ => None,
    }
}

fn string(value: &Value) -> Option<Value> {
    let text = match value {
        Value::String(_) => return Some(value.clone()),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => value.to_string(),
        Value::Double(value) => double_text(*value),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).ok()?.to_owned(),
        Value::Timestamp(at) => at.to_string(),
        Value::Duration(span) => seconds(*span),
        Value::Ip(address) => address.to_string(),
        Value::Cidr(block) => block.to_string(),
        _ => return None,
    };
    Some(Value::String(text.into()))
}

/// The shortest text that reads back as the double; with an exponent from 10^21 up and below a ten-thousandth.
pub(crate) fn double_text(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let exponent = scientific
        .split_once('e')
        .and_then(|(digits, exponent)| Some((digits, exponent.parse::<i32>().ok()?)));
    match exponent {
        Some((digits, exponent)) if !(-4..21).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => value.to_string(),
    }
}

fn timestamp(value: &Value) -> Converted {
    Some(
        match value {
            Value::Timestamp(at) => Some(*at),
            Value::String(text) => text.parse().ok(),
            Value::Int(secs) => Timestamp::from_epoch(SignedDuration::from_secs(*secs)),
            _ => return None,
        }
        .map(Value::Timestamp),
    )
}

fn duration_of(value: &Value) -> Converted {
    Some(
        match value {
            Value::Duration(span) => Some(*span),
            Value::String(text) => duration(text),
            _ => return None,
        }
        .map(Value::Duration),
    )
}
