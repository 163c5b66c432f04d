//! `'%.1f m at %s'.format([height, name])`: a text with places, filled in with values.

use std::fmt::Write as _;

use super::string;
use crate::budget::Budget;
use crate::convert::double_text;
use crate::operators::Fault;
use crate::value::seconds;
use crate::{MapKey, Value};

/// The most digits after the point that can be asked for.
const MAX_PRECISION: usize = 100;
/// Digits after the point where none are asked for.
const USUAL_PRECISION: usize = 6;

/// The text with its places filled in.
pub(super) fn format(text: &str, args: &[Value], budget: &mut Budget) -> Result<Value, Fault> {
    let mut out = String::new();
    let mut args = args.iter().enumerate();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let (place, tail) = Place::read(&rest[at + 1..])?;
        rest = tail;
        if place.verb == '%' {
            out.push('%');
            continue;
        }
        let Some((number, arg)) = args.next() else {
            let more = format!("'{text}' has more places than there are values");
            return Err(Fault::Argument(more));
        };
        budget.walk(arg)?;
        let before = out.len();
        let written = place.write(&mut out, arg);
        written.ok_or_else(|| place.refusal(number, arg))?;
        budget.spend(out.len() - before)?;
    }
    out.push_str(rest);
    Ok(string(out))
}

/// `%s`, `%.2f`: what stands behind the percent sign.
struct Place {
    precision: Option<usize>,
    verb: char,
}

impl Place {
    /// The place at the front of the text, and what follows it.
    fn read(text: &str) -> Result<(Self, &str), Fault> {
        let (precision, rest) = match text.strip_prefix('.') {
            Some(rest) => {
                let end = rest
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(rest.len());
                let precision = rest[..end].parse().ok().filter(|p| *p <= MAX_PRECISION);
                let precision = precision.ok_or_else(|| {
                    let digits = &rest[..end];
                    Fault::Argument(format!(
                        "'%.{digits}' asks for no number of digits from 0 to {MAX_PRECISION}"
                    ))
                })?;
                (Some(precision), &rest[end..])
            }
            None => (None, text),
        };
        let verb = rest.chars().next().unwrap_or(' ');
        let place = Self { precision, verb };
        let known = match verb {
            'f' | 'e' => true,
            's' | 'd' | 'b' | 'o' | 'x' | 'X' | '%' => precision.is_none(),
            _ => false,
        };
        if known {
            return Ok((place, &rest[verb.len_utf8()..]));
        }
        let shown =
            &text[..text.len() - rest.len() + rest.chars().next().map_or(0, char::len_utf8)];
        let message = format!(
            "'%{shown}' is no place for a value; there are %s %d %f %e %b %o %x %X, %.2f and %.2e, and %% for a percent sign"
        );
        Err(Fault::Argument(message))
    }

    /// Appends the value; none where the verb does not take it.
    fn write(&self, out: &mut String, value: &Value) -> Option<()> {
        let digits = self.precision.unwrap_or(USUAL_PRECISION);
        match (self.verb, value) {
            ('s', value) => text(out, value)?,
            ('d', Value::Int(_) | Value::Uint(_) | Value::Double(_)) => text(out, value)?,
            ('f' | 'e', Value::Double(n)) if !n.is_finite() => out.push_str(&shortest(*n)),
            ('f', value) => write!(out, "{:.digits$}", number(value)?).ok()?,
            ('e', value) => out.push_str(&scientific(number(value)?, digits)),
            ('b', Value::Bool(value)) => out.push(if *value { '1' } else { '0' }),
            ('x', Value::String(text)) => hex(out, text.as_bytes(), false),
            ('X', Value::String(text)) => hex(out, text.as_bytes(), true),
            ('x', Value::Bytes(bytes)) => hex(out, bytes, false),
            ('X', Value::Bytes(bytes)) => hex(out, bytes, true),
            (verb, value) => out.push_str(&in_base(verb, value)?),
        }
        Some(())
    }

    fn refusal(&self, number: usize, value: &Value) -> Fault {
        let takes = match self.verb {
            'd' => "a number",
            'f' | 'e' => "a double or an integer",
            'b' => "an integer or a bool",
            'o' => "an integer",
            'x' | 'X' => "an integer, a string or bytes",
            _ => "a value with a text",
        };
        let (verb, name) = (self.verb, value.type_name());
        Fault::NoOverload(format!(
            "%{verb} takes {takes}; value {} is of type {name}",
            number + 1
        ))
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Double(n) => Some(*n),
        Value::Int(n) => Some(*n as f64),
        Value::Uint(n) => Some(*n as f64),
        _ => None,
    }
}

/// `1.052033e+03`: at least two digits of exponent, always with its sign.
fn scientific(n: f64, digits: usize) -> String {
    let written = format!("{n:.digits$e}");
    let Some((mantissa, exponent)) = written.split_once('e') else {
        return written;
    };
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{exponent:0>2}")
}

fn in_base(verb: char, value: &Value) -> Option<String> {
    let (sign, magnitude) = match value {
        Value::Int(n) => (if *n < 0 { "-" } else { "" }, n.unsigned_abs()),
        Value::Uint(n) => ("", *n),
        _ => return None,
    };
    Some(match verb {
        'b' => format!("{sign}{magnitude:b}"),
        'o' => format!("{sign}{magnitude:o}"),
        'x' => format!("{sign}{magnitude:x}"),
        'X' => format!("{sign}{magnitude:X}"),
        _ => return None,
    })
}

fn hex(out: &mut String, bytes: &[u8], upper: bool) {
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = if upper {
            write!(out, "{byte:02X}")
        } else {
            write!(out, "{byte:02x}")
        };
    }
}

/// The value as `%s` shows it; none where it has no text. Recursion is bounded by the walk that paid for it.
fn text(out: &mut String, value: &Value) -> Option<()> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Double(n) => out.push_str(&shortest(*n)),
        Value::String(text) => out.push_str(text),
        Value::Bytes(bytes) => out.push_str(&String::from_utf8_lossy(bytes)),
        Value::Timestamp(at) => write!(out, "{at}").ok()?,
        Value::Duration(span) => out.push_str(&seconds(*span)),
        Value::Bool(_) | Value::Int(_) | Value::Type(_) => write!(out, "{value}").ok()?,
        Value::Uint(n) => write!(out, "{n}").ok()?,
        Value::Ip(address) => write!(out, "{address}").ok()?,
        Value::Cidr(block) => write!(out, "{block}").ok()?,
        Value::Optional(_) => return None,
        Value::List(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place == 0 { "" } else { ", " });
                text(out, item)?;
            }
            out.push(']');
        }
        Value::Map(entries) => {
            let mut shown = Vec::with_capacity(entries.len());
            for (key, value) in entries.iter() {
                let mut entry = key_text(key);
                let key_len = entry.len();
                entry.push_str(": ");
                text(&mut entry, value)?;
                shown.push((key_len, entry));
            }
            // By the keys as they are shown, whatever their types.
            shown.sort_by(|(a, x), (b, y)| x[..*a].cmp(&y[..*b]));
            let shown: Vec<_> = shown.into_iter().map(|(_, entry)| entry).collect();
            write!(out, "{{{}}}", shown.join(", ")).ok()?;
        }
    }
    Some(())
}

fn key_text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(value) => value.to_string(),
        MapKey::Int(value) => value.to_string(),
        MapKey::Uint(value) => value.to_string(),
        MapKey::String(text) => text.to_string(),
    }
}

fn shortest(n: f64) -> String {
    if n.is_infinite() {
        return if n > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    double_text(n)
}
