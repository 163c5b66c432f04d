//! What is wrong with a payload, in words its sender's owner can act on.

use serde_json::error::Category;

use crate::DeadLetterReason as Reason;

/// The first thing in a payload that cannot be taken.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
}

impl Problem {
    /// A problem that the JSON parser found; `reading` is the field whose value it was at.
    pub(super) fn of_json(text: &str, error: &serde_json::Error, reading: Option<&str>) -> Self {
        let place = reading.map_or_else(String::new, |name| format!("{name}: "));
        let reason = match error.classify() {
            Category::Eof => Reason::MalformedJson,
            _ if not_finite(text, error) => Reason::NotFinite,
            _ if error.to_string().starts_with("recursion limit") => Reason::TooDeep,
            Category::Data => Reason::WrongType,
            Category::Syntax | Category::Io => Reason::MalformedJson,
        };
        let detail = if reason == Reason::NotFinite {
            format!("{place}not a finite number ({error})")
        } else {
            format!("{place}{error}")
        };
        Self { reason, detail }
    }
}

/// JSON has no NaN and no infinity; some devices print them all the same, or numbers such as 1e999.
fn not_finite(text: &str, error: &serde_json::Error) -> bool {
    if error.to_string().starts_with("number out of range") {
        return true;
    }
    let line = text
        .lines()
        .nth(error.line().saturating_sub(1))
        .unwrap_or("");
    let from = error.column().saturating_sub(1);
    let at = line.get(from..).unwrap_or("");
    ["NaN", "nan", "Infinity", "-Infinity", "Inf", "inf", "-inf"]
        .iter()
        .any(|word| {
            at.starts_with(word)
                || line
                    .get(..from)
                    .is_some_and(|l| l.ends_with('-') && at.starts_with(&word[1..]))
        })
}

/// The beginning of a text, so that a message stays a line.
pub(super) fn short(text: &str) -> String {
    const MAX_CHARS: usize = 60;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
