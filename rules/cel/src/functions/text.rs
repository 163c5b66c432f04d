//! Functions of strings. Places are counted in characters.

use regex::{Regex, RegexBuilder};

use super::string;
use crate::Value;
use crate::budget::Budget;
use crate::code::TextTest;
use crate::operators::Fault;

type Result<T = Value> = std::result::Result<T, Fault>;

/// A method of a string; none where it has no such method.
pub(super) fn method(
    text: &str,
    name: &str,
    args: &[Value],
    budget: &mut Budget,
) -> Option<Result> {
    let asked = |how: TextTest, part: &str| Ok(Value::Bool(how.holds(text, part)));
    Some(match (name, args) {
        ("startsWith", [Value::String(part)]) => asked(TextTest::StartsWith, part),
        ("endsWith", [Value::String(part)]) => asked(TextTest::EndsWith, part),
        ("contains", [Value::String(part)]) => asked(TextTest::Contains, part),
        ("lowerAscii", []) => Ok(string(text.to_ascii_lowercase())),
        ("upperAscii", []) => Ok(string(text.to_ascii_uppercase())),
        ("trim", []) => Ok(string(text.trim())),
        ("reverse", []) => Ok(string(text.chars().rev().collect::<String>())),
        ("charAt", [Value::Int(at)]) => char_at(text, *at),
        ("substring", [Value::Int(from)]) => substring(text, *from, text.chars().count() as i64),
        ("substring", [Value::Int(from), Value::Int(to)]) => substring(text, *from, *to),
        ("indexOf", [Value::String(part)]) => index_of(text, part, 0),
        ("indexOf", [Value::String(part), Value::Int(from)]) => index_of(text, part, *from),
        ("lastIndexOf", [Value::String(part)]) => {
            last_index_of(text, part, text.chars().count() as i64)
        }
        ("lastIndexOf", [Value::String(part), Value::Int(to)]) => last_index_of(text, part, *to),
        ("replace", [Value::String(old), Value::String(new)]) => {
            replace(text, old, new, -1, budget)
        }
        ("replace", [Value::String(old), Value::String(new), Value::Int(limit)]) => {
            replace(text, old, new, *limit, budget)
        }
        ("split", [Value::String(by)]) => Ok(split(text, by, -1)),
        ("split", [Value::String(by), Value::Int(limit)]) => Ok(split(text, by, *limit)),
        _ => return None,
    })
}

/// `['a', 'b'].join(', ')`
pub(super) fn joined(items: &[Value], args: &[Value], budget: &mut Budget) -> Option<Result> {
    let separator = match args {
        [] => "",
        [Value::String(separator)] => separator,
        _ => return None,
    };
    Some(join(items, separator, budget).map(string))
}

fn join(items: &[Value], separator: &str, budget: &mut Budget) -> Result<String> {
    let mut joined = String::new();
    for (place, item) in items.iter().enumerate() {
        let Value::String(text) = item else {
            return Err(Fault::NoOverload(format!("join of {}", item.type_name())));
        };
        budget.spend(text.len() + separator.len())?;
        joined.push_str(if place == 0 { "" } else { separator });
        joined.push_str(text);
    }
    Ok(joined)
}

/// The text between double quotes, with the escapes that stand for its signs and controls.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        let escape = match c {
            '"' => '"',
            '\\' => '\\',
            '\x07' => 'a',
            '\x08' => 'b',
            '\x0b' => 'v',
            '\x0c' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            other => {
                quoted.push(other);
                continue;
            }
        };
        quoted.extend(['\\', escape]);
    }
    quoted.push('"');
    quoted
}

/// About how many states a pattern has: its length, times the numbers it repeats its parts by.
pub(crate) fn pattern_weight(pattern: &str) -> usize {
    let numbers = pattern.split('{').skip(1).filter_map(|after| {
        let counts = after.split('}').next()?;
        counts
            .split(',')
            .filter_map(|n| n.parse::<usize>().ok())
            .max()
    });
    numbers.fold(pattern.len(), |weight, n| weight.saturating_mul(n.max(1)))
}

/// Why a text is not a pattern.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the pattern '{pattern}' cannot be read: {cause}")]
pub(crate) struct PatternError {
    pattern: String,
    cause: String,
}

/// A pattern ready to match; its compiled size is bounded.
pub(crate) fn pattern_of(pattern: &str) -> std::result::Result<Regex, PatternError> {
    let built = RegexBuilder::new(pattern).size_limit(1 << 20).build();
    built.map_err(|error| {
        // The library draws the pattern over several lines; the last one says what is wrong.
        let drawn = error.to_string();
        let cause = drawn.lines().last().unwrap_or_default();
        PatternError {
            pattern: pattern.to_owned(),
            cause: cause.trim_start_matches("error: ").to_owned(),
        }
    })
}

/// The byte where the character of this number begins; the end of the text counts as one more.
fn byte_at(text: &str, place: i64) -> Result<usize> {
    let out_of_range = || Fault::NoIndex(place.to_string());
    let place = usize::try_from(place).map_err(|_| out_of_range())?;
    let ends = std::iter::once(text.len());
    let mut starts = text.char_indices().map(|(at, _)| at).chain(ends);
    starts.nth(place).ok_or_else(out_of_range)
}

fn char_at(text: &str, place: i64) -> Result {
    let at = byte_at(text, place)?;
    Ok(string(text[at..].chars().take(1).collect::<String>()))
}

fn substring(text: &str, from: i64, to: i64) -> Result {
    let (start, end) = (byte_at(text, from)?, byte_at(text, to)?);
    let part = text.get(start..end);
    part.map(string)
        .ok_or_else(|| Fault::NoIndex(format!("{from}..{to}")))
}

fn character(text: &str, byte: usize) -> Value {
    Value::Int(text[..byte].chars().count() as i64)
}

fn index_of(text: &str, part: &str, from: i64) -> Result {
    let start = byte_at(text, from)?;
    let found = text[start..].find(part);
    Ok(found.map_or(Value::Int(-1), |at| character(text, start + at)))
}

/// The last place at or before `to` where the part begins.
fn last_index_of(text: &str, part: &str, to: i64) -> Result {
    let last_start = byte_at(text, to)?;
    // The end may stand inside a character; a match cannot.
    let end = text.floor_char_boundary(last_start + part.len());
    let found = text[..end].rfind(part);
    Ok(found.map_or(Value::Int(-1), |at| character(text, at)))
}

fn replace(text: &str, old: &str, new: &str, limit: i64, budget: &mut Budget) -> Result {
    let times = usize::try_from(limit).unwrap_or(usize::MAX);
    let times = times.min(text.matches(old).count());
    budget.spend(times.saturating_mul(new.len()))?;
    Ok(string(text.replacen(old, new, times)))
}

fn split(text: &str, by: &str, limit: i64) -> Value {
    let parts: Vec<_> = match usize::try_from(limit) {
        _ if by.is_empty() => split_characters(text, limit),
        Ok(limit) => text.splitn(limit, by).map(string).collect(),
        Err(_) => text.split(by).map(string).collect(),
    };
    Value::List(parts.into())
}

fn split_characters(text: &str, limit: i64) -> Vec<Value> {
    let Ok(limit) = usize::try_from(limit) else {
        return text.chars().map(|c| string(c.to_string())).collect();
    };
    let mut rest = text;
    let mut parts = Vec::new();
    while parts.len() + 1 < limit
        && let Some(c) = rest.chars().next()
    {
        parts.push(string(c.to_string()));
        rest = &rest[c.len_utf8()..];
    }
    if limit > 0 && !rest.is_empty() {
        parts.push(string(rest));
    }
    parts
}
