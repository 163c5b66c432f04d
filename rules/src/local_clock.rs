//! The city's clock: which hour and which day it is there, and when the next begins.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use model::Time;

const HOUR_MS: i64 = 3_600_000;

/// What calendar and clock show; none beyond the years of either.
pub(crate) fn at(zone: &TimeZone, time: Time) -> Option<DateTime> {
    Some(zone.to_datetime(timestamp(time)?))
}

/// The hour of the day, 0 to 23.
pub(crate) fn hour(zone: &TimeZone, now: Time) -> Option<i64> {
    Some(i64::from(at(zone, now)?.hour()))
}

/// The day.
pub(crate) fn date(zone: &TimeZone, now: Time) -> Option<Date> {
    Some(at(zone, now)?.date())
}

/// When the hour may next be another: a full hour, or a shift of the clock. Never late.
pub(crate) fn next_hour(zone: &TimeZone, now: Time) -> Time {
    let Some(instant) = timestamp(now) else {
        return Time::MAX;
    };
    let local = now.millis() + i64::from(zone.to_offset(instant).seconds()) * 1_000;
    let full = now.millis() + HOUR_MS - local.rem_euclid(HOUR_MS);
    let shift = zone.following(instant).next();
    let shift = shift.map_or(i64::MAX, |shift| shift.timestamp().as_millisecond());
    Time::from_millis(full.min(shift))
}

/// When the next day begins.
pub(crate) fn next_midnight(zone: &TimeZone, now: Time) -> Time {
    let tomorrow = date(zone, now).and_then(|today| today.tomorrow().ok());
    let midnight = tomorrow.map(|day| zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0)));
    let begins = midnight.and_then(|midnight| midnight.compatible().ok());
    begins.map_or(Time::MAX, |begins| {
        Time::from_millis(begins.as_millisecond())
    })
}

fn timestamp(time: Time) -> Option<Timestamp> {
    Timestamp::from_millisecond(time.millis()).ok()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZoneDatabase::bundled()
            .get(name)
            .expect("a bundled zone")
    }

    fn at(text: &str) -> Time {
        let at: Timestamp = text.parse().expect("a timestamp");
        Time::from_millis(at.as_millisecond())
    }

    #[test]
    fn an_hour_ends_where_the_clock_is_put_forward() {
        let berlin = zone("Europe/Berlin");
        let before = at("2026-03-29T00:59:59Z");
        assert_eq!(hour(&berlin, before), Some(1));
        let shift = next_hour(&berlin, before);
        assert_eq!(shift, at("2026-03-29T01:00:00Z"));
        assert_eq!(hour(&berlin, shift), Some(3), "two o'clock is left out");
    }

    #[test]
    fn half_hours_of_a_zone_do_not_begin_its_hours() {
        let kathmandu = zone("Asia/Kathmandu");
        let now = at("2026-01-01T00:00:00Z");
        assert_eq!(hour(&kathmandu, now), Some(5));
        assert_eq!(next_hour(&kathmandu, now), at("2026-01-01T00:15:00Z"));
    }

    #[test]
    fn a_leap_day_is_a_day_and_a_short_day_ends_early() {
        let hanoi = zone("Asia/Ho_Chi_Minh");
        let now = at("2028-02-28T20:00:00Z");
        assert_eq!(date(&hanoi, now), Some(jiff::civil::date(2028, 2, 29)));
        assert_eq!(next_midnight(&hanoi, now), at("2028-02-29T17:00:00Z"));
        // Havana puts its clocks forward at midnight: the day begins at one.
        let havana = zone("America/Havana");
        let begins = next_midnight(&havana, at("2026-03-08T00:00:00Z"));
        assert_eq!(begins, at("2026-03-08T05:00:00Z"));
    }
}
