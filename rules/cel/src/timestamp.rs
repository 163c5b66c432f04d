//! Points in time as CEL counts them: to the nanosecond, from the year 1 to the end of the year 9999.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{DateTime, date};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp as Instant};
use model::Time;

const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);
const FIRST: DateTime = date(1, 1, 1).at(0, 0, 0, 0);

/// Both ends of CEL's range since 1970.
const FIRST_MILLIS: i64 = -62_135_596_800_000;
const LAST_MILLIS: i64 = 253_402_300_799_999;

/// A point in time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Timestamp(DateTime);

/// Why a text is not a point in time.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "'{0}' is not a point in time; write 2026-03-01T08:00:00Z, or an offset like +07:00 in place of Z"
)]
pub struct ParseTimestampError(String);

impl Timestamp {
    /// The time `span` after 1970; none outside CEL's range.
    pub fn from_epoch(span: SignedDuration) -> Option<Self> {
        let at = EPOCH.checked_add(span).ok()?;
        (at >= FIRST).then_some(Self(at))
    }

    /// Since 1970, negative before it.
    pub fn since_epoch(self) -> SignedDuration {
        self.0.duration_since(EPOCH)
    }

    /// In whole milliseconds, rounded down.
    pub fn to_time(self) -> Time {
        Time::from_millis(self.since_epoch().as_nanos().div_euclid(1_000_000) as i64)
    }

    /// From a measured time; none outside CEL's range.
    pub fn from_time(at: Time) -> Option<Self> {
        Self::from_epoch(SignedDuration::from_millis(at.millis()))
    }

    /// Whether a measured time lies in CEL's range.
    pub(crate) fn holds(at: Time) -> bool {
        (FIRST_MILLIS..=LAST_MILLIS).contains(&at.millis())
    }

    pub(crate) fn checked_add(self, span: SignedDuration) -> Option<Self> {
        Self::from_epoch(self.since_epoch().checked_add(span)?)
    }

    /// Date and time of day in a zone; none where they leave the calendar.
    pub(crate) fn in_zone(self, zone: &Zone) -> Option<DateTime> {
        match zone {
            Zone::Offset(secs) => self.0.checked_add(SignedDuration::from_secs(*secs)).ok(),
            Zone::Named(zone) => {
                let instant = Instant::from_duration(self.since_epoch()).ok()?;
                Some(zone.to_datetime(instant))
            }
        }
    }
}

/// A time zone: an IANA name or an offset like `+07:00`. Zones are bundled, never the machine's.
#[derive(Clone, Debug)]
pub enum Zone {
    Offset(i64),
    Named(TimeZone),
}

impl Zone {
    pub(crate) const UTC: Self = Self::Offset(0);

    pub(crate) fn named(name: &str) -> Option<Self> {
        let offset = offset_secs(name).map(Self::Offset);
        offset.or_else(|| TimeZoneDatabase::bundled().get(name).ok().map(Self::Named))
    }
}

/// Seconds of `+07:00`, `-08:00` or `02:00`.
fn offset_secs(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    /// RFC 3339: date, `T`, time to the second or finer, and `Z` or an offset.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        rfc3339(text).ok_or_else(|| ParseTimestampError(text.to_owned()))
    }
}

fn rfc3339(text: &str) -> Option<Timestamp> {
    let zone_at = text.rfind(['Z', 'z', '+', '-'])?;
    let (civil, zone) = text.split_at(zone_at);
    let bytes = civil.as_bytes();
    let shaped = bytes.len() >= 19
        && bytes[4] == b'-'
        && matches!(bytes[10], b'T' | b't')
        && bytes[16] == b':';
    let offset = match zone {
        "Z" | "z" => 0,
        zone => offset_secs(zone)?,
    };
    let local: DateTime = if shaped {
        civil.parse().ok()?
    } else {
        return None;
    };
    let since = local
        .duration_since(EPOCH)
        .checked_sub(SignedDuration::from_secs(offset))?;
    Timestamp::from_epoch(since)
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, with as many fractional digits as there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_held_exactly_when_it_can_be_written() {
        for edge in [FIRST_MILLIS, LAST_MILLIS] {
            for at in (edge - 2..edge + 3).map(Time::from_millis) {
                assert_eq!(Timestamp::holds(at), Timestamp::from_time(at).is_some());
            }
        }
    }
}
