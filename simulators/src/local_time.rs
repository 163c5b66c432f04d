//! The hour of the simulated day. A scenario may begin its day at eight whatever the hour outside:
//! rhythms and weather then follow the shifted day, while timestamps stay real.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use model::{Span, Time};

/// The city's zone and how far its simulated day is from the real one.
#[derive(Clone, Debug)]
pub struct LocalTime {
    zone: TimeZone,
    shift: Span,
}

/// The zone is not known, or a time lies outside the calendar.
#[derive(Debug, thiserror::Error)]
#[error("time zone '{zone}': {source}")]
pub struct ZoneError {
    zone: String,
    source: jiff::Error,
}

/// Where a time lies in the week.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Moment {
    /// Hours since midnight, with their fraction.
    pub hour: f64,
    /// Saturday or Sunday.
    pub weekend: bool,
}

impl LocalTime {
    /// Days as they are in this IANA zone.
    pub fn new(zone: &str) -> Result<Self, ZoneError> {
        let zone = TimeZone::get(zone).map_err(|source| ZoneError {
            zone: zone.to_owned(),
            source,
        })?;
        let shift = Span::ZERO;
        Ok(Self { zone, shift })
    }

    /// The same zone with the day moved so that `start` falls on a Monday at this minute of the day.
    pub fn beginning(self, start: Time, minute_of_day: u16) -> Result<Self, ZoneError> {
        let shift = self.shift_to_monday(start, minute_of_day);
        match shift {
            Ok(shift) => Ok(Self { shift, ..self }),
            Err(source) => Err(ZoneError {
                zone: self.zone.iana_name().unwrap_or("?").to_owned(),
                source,
            }),
        }
    }

    fn shift_to_monday(&self, start: Time, minute_of_day: u16) -> Result<Span, jiff::Error> {
        let now = Timestamp::from_millisecond(start.millis())?.to_zoned(self.zone.clone());
        let days = i64::from(now.weekday().until(Weekday::Monday));
        let monday = now.date().checked_add(days.days())?;
        let begin = monday
            .to_datetime(jiff::civil::Time::midnight())
            .checked_add(i64::from(minute_of_day).minutes())?
            .to_zoned(self.zone.clone())?;
        Ok(Time::from_millis(begin.timestamp().as_millisecond()).since(start))
    }

    /// The place of a time in the simulated week. Times outside the calendar count as midnight of a working day.
    pub fn moment(&self, at: Time) -> Moment {
        self.real_moment(at + self.shift)
    }

    /// The place of a time in the real week, whatever day the scenario plays.
    pub fn real_moment(&self, at: Time) -> Moment {
        let Ok(stamp) = Timestamp::from_millisecond(at.millis()) else {
            return Moment {
                hour: 0.0,
                weekend: false,
            };
        };
        let local = self.zone.to_datetime(stamp);
        let seconds = f64::from(local.hour()) * 3600.0
            + f64::from(local.minute()) * 60.0
            + f64::from(local.second());
        Moment {
            hour: (seconds + f64::from(local.millisecond()) / 1000.0) / 3600.0,
            weekend: matches!(local.weekday(), Weekday::Saturday | Weekday::Sunday),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Sunday 2026-11-22 22:15 in Hanoi.
    const START: Time = Time::from_millis(1_795_360_500_000);

    #[test]
    fn the_shifted_day_begins_on_a_working_morning() {
        let real = LocalTime::new("Asia/Ho_Chi_Minh").unwrap();
        assert!(real.moment(START).weekend);
        let shifted = real.beginning(START, 8 * 60).unwrap();
        let moment = shifted.moment(START);
        assert!((moment.hour - 8.0).abs() < 0.001, "{moment:?}");
        assert!(!moment.weekend);
        assert!((shifted.moment(START + Span::from_mins(90)).hour - 9.5).abs() < 0.001);
    }

    #[test]
    fn an_unknown_zone_is_named() {
        let error = LocalTime::new("Asia/Thai_Nguyen").unwrap_err();
        assert!(error.to_string().contains("Asia/Thai_Nguyen"));
    }
}
