//! Summaries: texts with `{{…}}` places, filled in with the values of the moment.

use std::fmt::Write as _;

use cel::{Slots, Term, Value};
use jiff::tz::TimeZone;
use model::{Lang, Localized, Time};

use crate::local_clock;

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

/// Who reads a text: their language, and the clock on their wall.
#[derive(Clone, Copy)]
struct Reader<'a> {
    lang: Lang,
    zone: &'a TimeZone,
}

impl Template {
    /// The texts with these values, times by the clock of a zone; unknown reads `—`.
    pub(crate) fn fill(&self, subject: &str, zone: &TimeZone, slots: &impl Slots) -> Localized {
        let fill = |text: &Text, lang| text.fill(Reader { lang, zone }, subject, slots).into();
        Localized {
            vi: fill(&self.vi, Lang::Vi),
            en: fill(&self.en, Lang::En),
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

    fn fill(&self, reader: Reader<'_>, subject: &str, slots: &impl Slots) -> String {
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
                    Some(value) => write_value(&mut text, reader, &value),
                    None => text.push('—'),
                },
            }
        }
        text.push_str(&self.words[from..]);
        text
    }
}

fn write_value(text: &mut String, reader: Reader<'_>, value: &Value) {
    let written = match value {
        Value::Bool(value) => write!(text, "{value}"),
        Value::Int(value) => write!(text, "{value}"),
        Value::Uint(value) => write!(text, "{value}"),
        Value::Double(value) => text.write_str(&number(*value, reader.lang)),
        Value::String(value) => text.write_str(value),
        Value::Timestamp(value) => text.write_str(&time(value.to_time(), reader)),
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

/// What is smaller than this is nothing: a remainder of a sum.
const NOTHING: f64 = 0.000_05;

/// A measured number as people read it: at most two digits after the point, or the first two that say something, none that
/// say nothing, and in Vietnamese a comma for the point.
fn number(value: f64, lang: Lang) -> String {
    let digits = match value.abs() {
        NOTHING..0.001 => 5,
        0.001..0.01 => 4,
        _ => 2,
    };
    let written = format!("{value:.digits$}");
    let short = written.trim_end_matches('0').trim_end_matches('.');
    match (short, lang) {
        ("-0", _) => "0".to_owned(),
        (short, Lang::Vi) => short.replace('.', ","),
        (short, Lang::En) => short.to_owned(),
    }
}

/// A time by the reader's clock, to the second where it has seconds.
fn time(time: Time, reader: Reader<'_>) -> String {
    let Some(local) = local_clock::at(reader.zone, time) else {
        return "—".to_owned();
    };
    let seconds = if local.second() == 0 { "" } else { ":%S" };
    let form = match reader.lang {
        Lang::Vi => format!("%H:%M{seconds} %d/%m/%Y"),
        Lang::En => format!("%Y-%m-%d %H:%M{seconds}"),
    };
    local.strftime(&form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_say_no_more_than_they_mean() {
        let told: Vec<_> = [27.0, 26.85, 52.255_1, 0.1 + 0.2, -0.000_01, 1200.0]
            .map(|value| number(value, Lang::En))
            .into();
        assert_eq!(told, ["27", "26.85", "52.26", "0.3", "0", "1200"]);
        let slow = [0.005_096, -0.000_351, 0.012].map(|value| number(value, Lang::En));
        assert_eq!(
            slow,
            ["0.0051", "-0.00035", "0.01"],
            "metres a second of a river"
        );
    }

    #[test]
    fn times_are_those_of_the_clock_on_the_wall() {
        let zone = jiff::tz::TimeZoneDatabase::bundled()
            .get("Asia/Ho_Chi_Minh")
            .expect("a bundled zone");
        let told = |millis, lang| time(Time::from_millis(millis), Reader { lang, zone: &zone });
        assert_eq!(told(1_763_892_780_000, Lang::Vi), "17:13 23/11/2025");
        assert_eq!(told(1_763_892_785_000, Lang::En), "2025-11-23 17:13:05");
    }

    #[test]
    fn vietnamese_writes_a_decimal_comma() {
        assert_eq!(number(27.22, Lang::Vi), "27,22");
    }
}
