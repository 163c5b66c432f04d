//! The notation of readings: `24.0 +0.2x10 _ stale` is one field of one asset, a step after the other.
//!
//! Every token fills one step or more: `24.0` one reading, `down` a word, `24.0x5` five readings, `+0.2x10` ten more, each
//! 0.2 above the last, `_` and `_x3` no reading, `stale` silence until the asset is stale. A reading may end in
//! `!fault`, `!calibrating`, `!estimated`, `!backfill` or `!retained`, and in `@-10m` when it was measured before it came.

use std::fmt;

use model::{Field, Origin, Quality, Span, Time, Value, ValueType};

/// One reading of one field.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Sample {
    pub(super) value: Value,
    pub(super) quality: Quality,
    pub(super) origin: Origin,
    /// Measured this long before it came; negative when the device's clock is ahead.
    pub(super) behind: Span,
}

/// A timeline that cannot be read: the token, and what would be right.
#[derive(Debug)]
pub(super) struct BadToken {
    pub(super) token: String,
    /// Bytes of the notation.
    pub(super) at: usize,
    pub(super) help: String,
}

/// How long a step is, and after how many steps of silence the asset is stale.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    pub(super) every: Span,
    pub(super) stale_after: Span,
}

impl Steps {
    /// The first silent step at which the asset is stale, counted from its last reading.
    fn until_stale(self) -> usize {
        let (every, stale_after) = (self.every.millis().max(1), self.stale_after.millis());
        let whole = stale_after / every;
        let steps = whole + i64::from(stale_after % every > 0);
        steps.max(1) as usize
    }
}

/// What happens at each step of one field.
pub(super) fn parse(
    text: &str,
    field: &Field,
    steps: Steps,
) -> Result<Vec<Option<Sample>>, BadToken> {
    let mut samples: Vec<Option<Sample>> = Vec::new();
    for (at, token) in tokens(text) {
        let bad = |help: String| BadToken {
            token: token.to_owned(),
            at,
            help,
        };
        push(token, field, steps, &mut samples).map_err(|problem| bad(problem.to_string()))?;
    }
    Ok(samples)
}

fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let start = text.as_ptr() as usize;
    text.split_whitespace()
        .map(move |token| (token.as_ptr() as usize - start, token))
}

/// Why a token is not one.
enum Problem {
    NotA(ValueType),
    /// A value that no device can send: it is refused before any rule sees it.
    Refused(String),
    UnknownWord(String),
    NoNumberBefore,
    Mark(String),
    Count(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotA(ValueType::Time) => f.write_str(
                "the field is a time: RFC 3339 like 2026-01-05T08:00:00+07:00, or milliseconds since 1970",
            ),
            Self::NotA(ty) => write!(f, "the field is a {ty}"),
            Self::Refused(why) => write!(f, "{why}: such a reading is refused"),
            Self::UnknownWord(words) => write!(f, "the field's words are {words}"),
            Self::NoNumberBefore => f.write_str("+… and -… go on from a number before them"),
            Self::Mark(mark) => write!(
                f,
                "'{mark}' is no mark; there are !fault !calibrating !estimated !backfill !retained @-10m"
            ),
            Self::Count(count) => write!(f, "'{count}' is not a number of steps from 1 to 100000"),
        }
    }
}

fn push(
    token: &str,
    field: &Field,
    steps: Steps,
    samples: &mut Vec<Option<Sample>>,
) -> Result<(), Problem> {
    if token == "stale" {
        samples.resize(samples.len() + steps.until_stale(), None);
        return Ok(());
    }
    let (token, count) = times(token)?;
    if token == "_" {
        samples.resize(samples.len() + count, None);
        return Ok(());
    }
    let (word, quality, origin, behind) = marks(token)?;
    let climbs = word.starts_with(['+', '-']) && field.value_type == ValueType::F64;
    let last = samples
        .iter()
        .rev()
        .flatten()
        .next()
        .map(|s| s.value.clone());
    for nth in 1..=count {
        let value = match (&last, climbs) {
            (Some(Value::F64(last)), true) => {
                let step: f64 = word.parse().map_err(|_| Problem::NotA(ValueType::F64))?;
                // Rounded, so that 24.0 +0.1x3 ends at 24.3 and not beside it.
                let value = ((last + step * nth as f64) * 1e9).round() / 1e9;
                Value::F64(within(value, field)?)
            }
            (None, true) if word.starts_with('+') => return Err(Problem::NoNumberBefore),
            _ => value(word, field)?,
        };
        samples.push(Some(Sample {
            value,
            quality,
            origin,
            behind,
        }));
    }
    Ok(())
}

/// `24.0x5` as (`24.0`, 5). A word with an x in it is a word.
fn times(token: &str) -> Result<(&str, usize), Problem> {
    let Some((word, count)) = token.rsplit_once('x') else {
        return Ok((token, 1));
    };
    if word.is_empty() || count.is_empty() || !count.bytes().all(|b| b.is_ascii_digit()) {
        return Ok((token, 1));
    }
    match count.parse() {
        Ok(times @ 1..=100_000) => Ok((word, times)),
        _ => Err(Problem::Count(count.to_owned())),
    }
}

fn marks(token: &str) -> Result<(&str, Quality, Origin, Span), Problem> {
    let (mut quality, mut origin, mut behind) = (Quality::Good, Origin::Live, Span::ZERO);
    let mut rest = token;
    while let Some((before, mark)) = rest.rsplit_once(['!', '@']) {
        match mark {
            "fault" => quality = Quality::Fault,
            "calibrating" => quality = Quality::Calibrating,
            "estimated" => quality = Quality::Estimated,
            "backfill" => quality = Quality::Backfill,
            "retained" => origin = Origin::Retained,
            other => behind = shift(other).ok_or_else(|| Problem::Mark(other.to_owned()))?,
        }
        rest = before;
    }
    Ok((rest, quality, origin, behind))
}

/// `-10m`: measured ten minutes before; `+10m`: the clock is ten minutes ahead.
fn shift(mark: &str) -> Option<Span> {
    let (sign, length) = match mark.split_at_checked(1)? {
        ("-", length) => (1, length),
        ("+", length) => (-1, length),
        _ => return None,
    };
    let length: Span = length.parse().ok()?;
    Some(Span::from_millis(sign * length.millis()))
}

fn value(word: &str, field: &Field) -> Result<Value, Problem> {
    let not_a = Problem::NotA(field.value_type);
    match field.value_type {
        ValueType::F64 => {
            let number = word.parse().map_err(|_| not_a)?;
            Ok(Value::F64(within(number, field)?))
        }
        ValueType::Bool => word.parse().map(Value::Bool).map_err(|_| not_a),
        ValueType::Text => Ok(Value::Text(word.into())),
        ValueType::Symbol => match field.symbol(word) {
            Some(symbol) => Ok(Value::Symbol(symbol)),
            None => Err(Problem::UnknownWord(field.symbols.join(", "))),
        },
        ValueType::Time => time(word).map(Value::Time).ok_or(not_a),
    }
}

/// A number that the field can have. What is refused of devices would prove nothing here.
fn within(number: f64, field: &Field) -> Result<f64, Problem> {
    let unit = field.unit.as_deref().filter(|unit| *unit != "1");
    let unit = unit.map_or(String::new(), |unit| format!(" {unit}"));
    match field.range {
        _ if !number.is_finite() => {
            Err(Problem::Refused(format!("{number} is not a finite number")))
        }
        Some((least, most)) if !(least..=most).contains(&number) => Err(Problem::Refused(format!(
            "{number} is outside {least} to {most}{unit}"
        ))),
        _ => Ok(number),
    }
}

/// As devices write it: milliseconds since 1970 or RFC 3339.
fn time(word: &str) -> Option<Time> {
    let of_text = || Some(word.parse::<jiff::Timestamp>().ok()?.as_millisecond());
    let ms = word.parse().ok().or_else(of_text)?;
    Some(Time::from_millis(ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use model::{FieldId, Localized};

    fn check(value_type: ValueType, text: &str, expected: &Expect) {
        let is_number = value_type == ValueType::F64;
        let field = Field {
            id: FieldId(0),
            name: "f".into(),
            title: Localized::default(),
            value_type,
            unit: is_number.then(|| "m".into()),
            range: is_number.then_some((-10.0, 30.0)),
            symbols: vec!["up".into(), "down".into()],
            headline: false,
        };
        let steps = Steps {
            every: Span::from_mins(5),
            stale_after: Span::from_mins(15),
        };
        let told = match parse(text, &field, steps) {
            Ok(samples) => samples
                .iter()
                .map(|sample| match sample {
                    None => "_".to_owned(),
                    Some(s) => format!("{:?}", s.value).replace("F64", ""),
                })
                .collect::<Vec<_>>()
                .join(" "),
            Err(bad) => format!("{} at {}: {}", bad.token, bad.at, bad.help),
        };
        expected.assert_eq(&told);
    }

    #[test]
    fn the_notation_reads_as_documented() {
        let number = ValueType::F64;
        check(
            number,
            "24.0 +0.1x3 _ stale",
            &expect!["(24.0) (24.1) (24.2) (24.3) _ _ _ _"],
        );
        check(
            number,
            "-3x2 -1x2 _x2 5",
            &expect!["(-3.0) (-3.0) (-4.0) (-5.0) _ _ (5.0)"],
        );
        check(
            ValueType::Symbol,
            "up downx2",
            &expect!["Symbol(0) Symbol(1) Symbol(1)"],
        );
        check(number, "1!fault 2@-10m", &expect!["(1.0) (2.0)"]);
        check(
            ValueType::Time,
            "1767571200000 2026-01-05T07:00:00+07:00!fault 2026-01-05T00:00:00Z@-10mx2 _",
            &expect![
                "Time(1767571200000ms) Time(1767571200000ms) Time(1767571200000ms) Time(1767571200000ms) _"
            ],
        );
    }

    #[test]
    fn a_bad_token_is_named_with_what_would_be_right() {
        check(
            ValueType::F64,
            "24 high",
            &expect!["high at 3: the field is a number"],
        );
        check(
            ValueType::Symbol,
            "up dwn",
            &expect!["dwn at 3: the field's words are up, down"],
        );
        check(
            ValueType::F64,
            "+0.2x3",
            &expect!["+0.2x3 at 0: +… and -… go on from a number before them"],
        );
        check(
            ValueType::F64,
            "1!broken",
            &expect![
                "1!broken at 0: 'broken' is no mark; there are !fault !calibrating !estimated !backfill !retained @-10m"
            ],
        );
    }

    #[test]
    fn a_value_that_no_device_can_send_is_none() {
        let number = ValueType::F64;
        check(
            number,
            "24.0 300 25.0",
            &expect!["300 at 5: 300 is outside -10 to 30 m: such a reading is refused"],
        );
        check(
            number,
            "24.0 +2x3 +1",
            &expect!["+1 at 10: 31 is outside -10 to 30 m: such a reading is refused"],
        );
        check(
            number,
            "-11!fault",
            &expect!["-11!fault at 0: -11 is outside -10 to 30 m: such a reading is refused"],
        );
        check(
            number,
            "inf",
            &expect!["inf at 0: inf is not a finite number: such a reading is refused"],
        );
        check(
            number,
            "1 nanx3",
            &expect!["nanx3 at 2: NaN is not a finite number: such a reading is refused"],
        );
        check(
            ValueType::Time,
            "2026-01-05T07:00",
            &expect![
                "2026-01-05T07:00 at 0: the field is a time: RFC 3339 like 2026-01-05T08:00:00+07:00, or milliseconds since 1970"
            ],
        );
    }
}
