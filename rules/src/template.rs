//! Summaries: texts with `{{…}}` places, filled in with the values of the moment.

use std::fmt::Write as _;

use cel::{Slots, Term, Value};
use model::{Lang, Localized};

/// A text with places, in every language.
#[derive(Debug, Default)]
pub(crate) struct Template {
    pub(crate) vi: Text,
    pub(crate) en: Text,
}

/// The words of a text without its places, and where those stand.
#[derive(Debug, Default)]
pub(crate) struct Text {
    words: Box<str>,
    /// In the order of the text.
    places: Box<[Place]>,
}

#[derive(Debug)]
struct Place {
    /// After so many bytes of the words.
    after: u32,
    shows: Shows,
}

#[derive(Debug)]
enum Shows {
    /// What the alert is about; for the engine's own rules.
    Subject,
    Value(Term),
}

impl Template {
    /// The texts with these values; unknown reads `—`.
    pub(crate) fn fill(&self, subject: &str, slots: &impl Slots) -> Localized {
        Localized {
            vi: self.vi.fill(Lang::Vi, subject, slots).into(),
            en: self.en.fill(Lang::En, subject, slots).into(),
        }
    }
}

impl Text {
    /// These words, each value after so many bytes of them.
    pub(crate) fn new(words: String, places: Vec<(usize, Term)>) -> Self {
        let place = |(after, term)| Place {
            after: after as u32,
            shows: Shows::Value(term),
        };
        let places: Vec<_> = places.into_iter().map(place).collect();
        Self {
            words: words.into(),
            places: places.into(),
        }
    }

    /// What the alert is about, then these words.
    pub(crate) fn about(words: &str) -> Self {
        let subject = Place {
            after: 0,
            shows: Shows::Subject,
        };
        Self {
            words: words.into(),
            places: [subject].into(),
        }
    }

    fn fill(&self, lang: Lang, subject: &str, slots: &impl Slots) -> String {
        // A value takes some ten letters.
        let room = self.words.len() + 10 * self.places.len();
        let (mut text, mut from) = (String::with_capacity(room), 0);
        for place in &self.places {
            let after = place.after as usize;
            text.push_str(&self.words[from..after]);
            from = after;
            match &place.shows {
                Shows::Subject => text.push_str(subject),
                Shows::Value(term) => match term.value(slots) {
                    Some(value) => write_value(&mut text, lang, &value),
                    None => text.push('—'),
                },
            }
        }
        text.push_str(&self.words[from..]);
        text
    }
}

fn write_value(text: &mut String, lang: Lang, value: &Value) {
    let written = match value {
        Value::Bool(value) => write!(text, "{value}"),
        Value::Int(value) => write!(text, "{value}"),
        Value::Uint(value) => write!(text, "{value}"),
        Value::Double(value) => text.write_str(&number(*value, lang)),
        Value::String(value) => text.write_str(value),
        Value::Timestamp(value) => write!(text, "{value}"),
        Value::Duration(value) => write!(
            text,
            "{}",
            model::Span::from_millis(value.as_millis() as i64)
        ),
        Value::Ip(value) => write!(text, "{value}"),
        Value::Cidr(value) => write!(text, "{value}"),
        Value::Null
        | Value::Bytes(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Type(_)
        | Value::Optional(_) => Ok(()),
    };
    debug_assert!(written.is_ok(), "writing to a String does not fail");
}

/// A measured number as people read it: at most two digits after the point, none that say nothing, and in Vietnamese a
/// comma for the point.
fn number(value: f64, lang: Lang) -> String {
    let written = format!("{value:.2}");
    let short = written.trim_end_matches('0').trim_end_matches('.');
    match (short, lang) {
        ("-0", _) => "0".to_owned(),
        (short, Lang::Vi) => short.replace('.', ","),
        (short, Lang::En) => short.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use model::Lang;

    use super::number;

    #[test]
    fn numbers_say_no_more_than_they_mean() {
        let told: Vec<_> = [27.0, 26.85, 52.255_1, 0.1 + 0.2, -0.0001, 1200.0]
            .map(|value| number(value, Lang::En))
            .into();
        assert_eq!(told, ["27", "26.85", "52.26", "0.3", "0", "1200"]);
    }

    #[test]
    fn vietnamese_writes_a_decimal_comma() {
        assert_eq!(number(27.22, Lang::Vi), "27,22");
    }
}
