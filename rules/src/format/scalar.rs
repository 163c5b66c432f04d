//! How a value is written: plain where that reads the same, else in quotes.

use std::fmt::Write as _;

use city::yaml::{Node, NodeValue};

use crate::keys::Shape;

/// Where a value stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// What the key wants, where it is known.
    pub(super) shape: Option<&'a Shape>,
    /// Between brackets.
    pub(super) flow: bool,
}

/// A value as the formatter writes it; empty for a value that is not written.
pub(super) fn write(text: &str, quoted: bool, place: Place<'_>) -> String {
    let spaced = match place.shape {
        Some(Shape::Condition | Shape::Expression) => cel::spaced(text),
        _ => None,
    };
    let text = spaced.as_deref().unwrap_or(text);
    if text.is_empty() && !quoted {
        return String::new();
    }
    let prose = matches!(place.shape, Some(Shape::Text));
    let plain = is_plain(text, place.flow) && !prose;
    if plain && (!quoted || stays_text(text, place.shape)) {
        return text.to_owned();
    }
    in_quotes(text)
}

/// A key as the formatter writes it.
pub(super) fn key(text: &str, flow: bool) -> String {
    if is_plain(text, flow) {
        text.to_owned()
    } else {
        in_quotes(text)
    }
}

/// Whether a text that was in quotes is the same without them, to us and to other readers of YAML.
fn stays_text(text: &str, shape: Option<&Shape>) -> bool {
    let node = Node {
        span: 0..0,
        value: NodeValue::Scalar {
            text: text.to_owned(),
            quoted: false,
        },
    };
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    let is_word = ["y", "n", "yes", "no", "on", "off"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    let measured = matches!(
        shape,
        Some(Shape::Length | Shape::While | Shape::Condition | Shape::Expression)
    );
    node.to_json().is_string() && !is_word && (!numeric || measured)
}

/// Whether YAML reads the text as it is, without quotes.
fn is_plain(text: &str, flow: bool) -> bool {
    let mut chars = text.chars();
    let Some(first) = chars.next() else {
        return false;
    };
    let second = chars.next();
    let flow_sign = |c: char| matches!(c, ',' | '[' | ']' | '{' | '}');
    let starts = match first {
        '-' | '?' | ':' => second.is_some_and(|c| !(c.is_whitespace() || flow && flow_sign(c))),
        ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
        | '@' | '`' => false,
        _ => !first.is_whitespace(),
    };
    starts
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.chars().any(|c| c.is_control() || c == '\u{feff}')
        && !(flow && text.contains(flow_sign))
}

/// Double quotes; single ones where that saves escapes.
fn in_quotes(text: &str) -> String {
    let escapes = text.contains(['"', '\\']);
    if escapes && !text.chars().any(char::is_control) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control() || c == '\u{feff}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c)); // Writing to a String does not fail.
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
