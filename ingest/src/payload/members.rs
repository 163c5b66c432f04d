//! The members that every payload may have beside its fields: `ts`, `seq`, `boot`, `q`.

use std::fmt;

use model::{Quality, Time, nearest};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::problem::short;
use super::{Reason, Refused, Slots};

/// One JSON value where a plain one belongs.
#[derive(Clone, Copy)]
pub(super) enum Plain<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(&'a str),
    List,
    Object,
}

impl Plain<'_> {
    /// The value as an error names it.
    pub(super) fn named(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(b) => b.to_string(),
            Self::Int(n) => format!("the number {n}"),
            Self::Uint(n) => format!("the number {n}"),
            Self::Float(n) => format!("the number {n}"),
            Self::Text(text) => format!("the text '{}'", short(text)),
            Self::List => "a list".to_owned(),
            Self::Object => "an object".to_owned(),
        }
    }
}

/// Hands the value of a member over to the function.
pub(super) struct Take<F>(pub(super) F);

impl<F: FnOnce(Plain<'_>) -> Result<(), Refused>> Take<F> {
    fn take<E: Error>(self, value: Plain<'_>) -> Result<(), E> {
        (self.0)(value).map_err(Refused::into_error)
    }
}

impl<'de, F: FnOnce(Plain<'_>) -> Result<(), Refused>> DeserializeSeed<'de> for Take<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de, F: FnOnce(Plain<'_>) -> Result<(), Refused>> Visitor<'de> for Take<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plain value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.take(Plain::Null)
    }

    fn visit_bool<E: Error>(self, b: bool) -> Result<(), E> {
        self.take(Plain::Bool(b))
    }

    fn visit_i64<E: Error>(self, n: i64) -> Result<(), E> {
        self.take(Plain::Int(n))
    }

    fn visit_u64<E: Error>(self, n: u64) -> Result<(), E> {
        self.take(Plain::Uint(n))
    }

    fn visit_f64<E: Error>(self, n: f64) -> Result<(), E> {
        self.take(Plain::Float(n))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.take(Plain::Text(text))
    }

    // A list or an object is refused whatever its name stands for; the parser only wants to see its end. serde_json reads
    // what is ignored in a loop, not by recursion, so that depth costs no stack here.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.take(Plain::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.take(Plain::Object)
    }
}

impl Slots<'_, '_> {
    /// A whole number from 0 upwards.
    pub(super) fn counter(
        &mut self,
        name: &'static str,
        value: Plain<'_>,
    ) -> Result<Option<u64>, Refused> {
        match value {
            Plain::Uint(n) => Ok(Some(n)),
            Plain::Null => Ok(None),
            other => Err(self.refuse(
                Reason::WrongType,
                format!(
                    "{name}: {} where a whole number from 0 upwards belongs",
                    other.named()
                ),
            )),
        }
    }
}

pub(super) fn time(slots: &mut Slots<'_, '_>, value: Plain<'_>) -> Result<(), Refused> {
    slots.content.at = match value {
        Plain::Null => None,
        other => Some(as_time(slots, "ts", other)?),
    };
    Ok(())
}

/// Milliseconds since 1970 or RFC 3339, as far from now as may be.
pub(super) fn as_time(
    slots: &mut Slots<'_, '_>,
    name: &str,
    value: Plain<'_>,
) -> Result<Time, Refused> {
    let ms = match value {
        Plain::Int(ms) => Some(ms),
        Plain::Uint(ms) => i64::try_from(ms).ok(),
        // Languages that know only floats print whole milliseconds as 1.7e12.
        Plain::Float(ms) if ms.abs() < 9e15 => Some(ms.floor() as i64),
        Plain::Text(text) => text
            .parse::<jiff::Timestamp>()
            .ok()
            .map(jiff::Timestamp::as_millisecond),
        _ => None,
    };
    ms.map(Time::from_millis).ok_or_else(|| {
        slots.refuse(
            Reason::BadTime,
            format!(
                "{name}: {} where a time belongs: milliseconds since 1970, or RFC 3339 like 2026-11-23T07:30:00Z",
                value.named()
            ),
        )
    })
}

const QUALITIES: [(&str, Quality); 5] = [
    ("good", Quality::Good),
    ("calibrating", Quality::Calibrating),
    ("fault", Quality::Fault),
    ("estimated", Quality::Estimated),
    ("backfill", Quality::Backfill),
];

pub(super) fn quality(slots: &mut Slots<'_, '_>, value: Plain<'_>) -> Result<(), Refused> {
    if let Plain::Null = value {
        return Ok(());
    }
    let Plain::Text(word) = value else {
        let detail = format!("q: {} where a word belongs", value.named());
        return Err(slots.refuse(Reason::WrongType, detail));
    };
    let found = QUALITIES.iter().find(|(name, _)| *name == word);
    let Some((_, quality)) = found else {
        let names = QUALITIES.map(|(name, _)| name);
        let detail = unknown_word("q", word, &names);
        return Err(slots.refuse(Reason::UnknownSymbol, detail));
    };
    slots.content.quality = *quality;
    Ok(())
}

/// "apState: 'dwn' is not one of up, down; is it 'down'?"
pub(super) fn unknown_word(field: &str, word: &str, allowed: &[&str]) -> String {
    let meant = nearest(word, allowed.iter().copied())
        .map_or_else(String::new, |meant| format!("; is it '{meant}'?"));
    format!(
        "{field}: '{}' is not one of {}{meant}",
        short(word),
        allowed.join(", ")
    )
}
