//! Points in time and lengths of time, both in whole milliseconds.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, negative before it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Time(i64);

impl Time {
    /// Earlier than every real time.
    pub const MIN: Self = Self(i64::MIN);
    /// Later than every real time: "never".
    pub const MAX: Self = Self(i64::MAX);

    /// The time `ms` milliseconds after 1970.
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The length from `earlier` to here; negative when `earlier` is later.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ms", self.0)
    }
}

impl Add<Span> for Time {
    type Output = Self;

    /// Saturates at the ends of time, so that "for ever" stays for ever.
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Time {
    type Output = Self;

    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

/// A length of time in milliseconds. Written `500ms`, `2m`, `1h30m`, `7d`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span(i64);

const UNITS: [(&str, i64); 6] = [
    ("w", 604_800_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A length of `ms` milliseconds.
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }

    /// A length of `s` seconds.
    pub const fn from_secs(s: i64) -> Self {
        Self(s.saturating_mul(1_000))
    }

    /// A length of `m` minutes.
    pub const fn from_mins(m: i64) -> Self {
        Self(m.saturating_mul(60_000))
    }

    /// The length in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The length in seconds.
    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// True for no time at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// Why a text is not a length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseSpanError {
    /// Nothing was written.
    #[error("an empty text is not a length of time; write one like 90s, 2m or 1h30m")]
    Empty,
    /// A part is not a number with a unit.
    #[error(
        "'{0}' is not a length of time; write whole numbers with ms, s, m, h, d or w, like 90s, 2m or 1h30m"
    )]
    Malformed(String),
    /// More than the engine can count.
    #[error("'{0}' is longer than the engine can count")]
    TooLong(String),
}

impl FromStr for Span {
    type Err = ParseSpanError;

    fn from_str(text: &str) -> Result<Self, ParseSpanError> {
        let malformed = || ParseSpanError::Malformed(text.to_owned());
        let too_long = || ParseSpanError::TooLong(text.to_owned());
        if text.is_empty() {
            return Err(ParseSpanError::Empty);
        }
        let (mut rest, mut total) = (text, 0_i64);
        while !rest.is_empty() {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, tail) = rest.split_at(digits);
            if number.is_empty() {
                return Err(malformed());
            }
            let unit_len = tail.len()
                - tail
                    .trim_start_matches(|c: char| c.is_ascii_alphabetic())
                    .len();
            let (unit, tail) = tail.split_at(unit_len);
            let (_, scale) = UNITS
                .iter()
                .find(|(name, _)| *name == unit)
                .ok_or_else(malformed)?;
            let part = number
                .parse::<i64>()
                .ok()
                .and_then(|n| n.checked_mul(*scale))
                .ok_or_else(too_long)?;
            total = total.checked_add(part).ok_or_else(too_long)?;
            rest = tail;
        }
        Ok(Self(total))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let mut rest = self.0.unsigned_abs();
        for (name, scale) in UNITS {
            let scale = scale.unsigned_abs();
            if rest >= scale {
                write!(f, "{}{name}", rest / scale)?;
                rest %= scale;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_they_are_written() {
        for text in ["500ms", "90s", "2m", "1h30m", "1d", "2w3d"] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.to_string().parse::<Span>(), Ok(span), "{text}");
        }
        assert_eq!("1h30m".parse(), Ok(Span::from_mins(90)));
        assert_eq!(Span::from_secs(90).to_string(), "1m30s");
    }

    #[test]
    fn a_bad_span_says_what_would_be_right() {
        assert_eq!("".parse::<Span>(), Err(ParseSpanError::Empty));
        for text in ["5", "m", "5 m", "-5m", "1.5h", "5min", "5m3"] {
            assert_eq!(
                text.parse::<Span>(),
                Err(ParseSpanError::Malformed(text.to_owned())),
                "{text}"
            );
        }
        let huge = "99999999999999999999d";
        assert_eq!(
            huge.parse::<Span>(),
            Err(ParseSpanError::TooLong(huge.to_owned()))
        );
    }

    #[test]
    fn never_stays_never() {
        assert_eq!(Time::MAX + Span::from_mins(1), Time::MAX);
        assert_eq!(Time::MIN - Span::from_mins(1), Time::MIN);
    }
}
