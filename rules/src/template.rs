//! Summaries: texts with `{{…}}` places, filled in with the values of the moment.

use std::fmt::Write as _;

use cel::{Program, Slots, Value};
use model::{Lang, Localized};

/// A text with places, in every language.
#[derive(Debug, Default)]
pub(crate) struct Template {
    pub(crate) vi: Box<[Part]>,
    pub(crate) en: Box<[Part]>,
}

/// A part of a template.
#[derive(Debug)]
pub(crate) enum Part {
    Text(Box<str>),
    /// What the alert is about; for the engine's own rules.
    Subject,
    Place(Program<Value>),
}

impl Template {
    /// The texts with these values; unknown reads `—`.
    pub(crate) fn fill(&self, subject: &str, slots: &impl Slots) -> Localized {
        Localized {
            vi: fill(&self.vi, Lang::Vi, subject, slots).into(),
            en: fill(&self.en, Lang::En, subject, slots).into(),
        }
    }
}

fn fill(parts: &[Part], lang: Lang, subject: &str, slots: &impl Slots) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(words) => text.push_str(words),
            Part::Subject => text.push_str(subject),
            Part::Place(program) => match program.eval(slots) {
                Some(value) => write_value(&mut text, lang, &value),
                None => text.push('—'),
            },
        }
    }
    text
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
