//! Where windows of the clock begin and end: at whole multiples of their length on the city's clock.
//!
//! Days begin at the city's midnight, weeks on Monday. A window over which the clock is put forward or back is so much
//! shorter or longer; windows up to the length of the shift keep their length, and come twice where the hour does.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::{Span, Time};

const DAY_MS: i64 = 86_400_000;
/// The first Monday after 1970, on any clock.
const MONDAY_MS: i64 = 4 * DAY_MS;
/// A clock is put forward or back by no more than a day: boundaries are never further apart than this and a window.
const LONGEST_SHIFT: i64 = DAY_MS;

/// Whether windows of this length fit the clock: they divide the day or are whole days.
pub(crate) fn divides_the_clock(every: Span) -> bool {
    let every = every.millis();
    every >= 1_000 && (DAY_MS % every == 0 || every % DAY_MS == 0)
}

/// The first boundary after a time.
pub(crate) fn next_boundary(zone: &TimeZone, every: Span, after: Time) -> Time {
    let (every, mut at) = (every.millis(), after.millis());
    loop {
        let Ok(now) = Timestamp::from_millisecond(at) else {
            return Time::MAX;
        };
        let offset = i64::from(zone.to_offset(now).seconds()) * 1_000;
        let local = at + offset - MONDAY_MS;
        let full = at + every - local.rem_euclid(every);
        let Some(shift) = zone.following(now).next() else {
            return Time::from_millis(full);
        };
        let shifted = shift.timestamp().as_millisecond();
        if full < shifted {
            return Time::from_millis(full);
        }
        // The clock is put forward or back before the window is full.
        let new_offset = i64::from(shift.offset().seconds()) * 1_000;
        let before = shifted - 1 + offset - MONDAY_MS;
        let is = shifted + new_offset - MONDAY_MS;
        let begins = is.div_euclid(every) > before.div_euclid(every);
        let again = is.rem_euclid(every) == 0 && every <= (new_offset - offset).abs();
        if begins || again {
            return Time::from_millis(shifted);
        }
        at = shifted;
    }
}

/// The last boundary that is not after a time.
pub(crate) fn last_boundary(zone: &TimeZone, every: Span, at: Time) -> Time {
    let early = Span::from_millis(every.millis().saturating_add(LONGEST_SHIFT));
    // Small windows need not be counted through a whole day: an hour back there is one in nearly every zone.
    let near = Span::from_millis(every.millis().saturating_add(3_600_000));
    for back in [near, early] {
        let mut found = next_boundary(zone, every, at - back);
        if found > at {
            continue;
        }
        loop {
            let next = next_boundary(zone, every, found);
            if next > at || next <= found {
                return found;
            }
            found = next;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;
    use proptest::prelude::*;

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

    /// The boundaries after `from`, on the city's clock.
    fn boundaries(zone_name: &str, every: &str, from: &str, count: usize) -> Vec<String> {
        let (zone, every) = (zone(zone_name), every.parse().expect("a span"));
        let mut last = at(from);
        (0..count)
            .map(|_| {
                last = next_boundary(&zone, every, last);
                let local = Timestamp::from_millisecond(last.millis()).expect("a time");
                let local = local.to_zoned(zone.clone());
                local.strftime("%a %H:%M%:z").to_string()
            })
            .collect()
    }

    #[test]
    fn windows_end_on_the_clock_of_the_city() {
        let five = boundaries("Asia/Ho_Chi_Minh", "5m", "2026-01-05T00:02:00Z", 2);
        assert_eq!(five, ["Mon 07:05+07:00", "Mon 07:10+07:00"]);
        let six = boundaries("Asia/Kathmandu", "6h", "2026-01-05T00:02:00Z", 2);
        assert_eq!(six, ["Mon 06:00+05:45", "Mon 12:00+05:45"]);
        let week = boundaries("Asia/Ho_Chi_Minh", "1w", "2026-01-07T00:00:00Z", 1);
        assert_eq!(week, ["Mon 00:00+07:00"]);
    }

    #[test]
    fn a_day_on_which_the_clock_is_put_forward_or_back_is_a_day() {
        let spring = boundaries("Europe/Berlin", "1d", "2026-03-28T12:00:00Z", 2);
        assert_eq!(spring, ["Sun 00:00+01:00", "Mon 00:00+02:00"]);
        let autumn = boundaries("Europe/Berlin", "1d", "2026-10-24T12:00:00Z", 2);
        assert_eq!(autumn, ["Sun 00:00+02:00", "Mon 00:00+01:00"]);
        // Havana puts its clocks forward at midnight: the day begins at one. In autumn it has midnight twice.
        let spring = boundaries("America/Havana", "1d", "2026-03-07T12:00:00Z", 2);
        assert_eq!(spring, ["Sun 01:00-04:00", "Mon 00:00-04:00"]);
        let autumn = boundaries("America/Havana", "1d", "2024-11-02T12:00:00Z", 2);
        assert_eq!(autumn, ["Sun 00:00-04:00", "Mon 00:00-05:00"]);
    }

    #[test]
    fn an_hour_that_comes_twice_has_two_windows_and_one_that_is_left_out_none() {
        let autumn = boundaries("Europe/Berlin", "1h", "2026-10-24T23:30:00Z", 3);
        assert_eq!(
            autumn,
            ["Sun 02:00+02:00", "Sun 02:00+01:00", "Sun 03:00+01:00"]
        );
        let spring = boundaries("Europe/Berlin", "30m", "2026-03-29T00:40:00Z", 2);
        assert_eq!(spring, ["Sun 03:00+02:00", "Sun 03:30+02:00"]);
        let long = boundaries("Europe/Berlin", "6h", "2026-10-24T21:00:00Z", 3);
        assert_eq!(
            long,
            ["Sun 00:00+02:00", "Sun 06:00+01:00", "Sun 12:00+01:00"]
        );
    }

    #[test]
    fn lengths_that_do_not_fit_the_clock_are_told_apart() {
        let fits = |text: &str| divides_the_clock(text.parse().expect("a span"));
        assert!(fits("5m") && fits("1d") && fits("2w") && fits("8h") && fits("1s"));
        assert!(!fits("7m") && !fits("36h") && !fits("500ms"));
    }

    proptest! {
        #[test]
        fn the_last_boundary_is_the_one_before_the_next(
            seconds in 1_700_000_000_i64..1_800_000_000,
            name in prop::sample::select(vec!["Asia/Ho_Chi_Minh", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "UTC"]),
            every in prop::sample::select(vec!["1m", "5m", "30m", "1h", "6h", "1d", "7d"]),
        ) {
            let (zone, every) = (zone(name), every.parse().expect("a span"));
            let at = Time::from_millis(seconds * 1_000);
            let last = last_boundary(&zone, every, at);
            prop_assert!(last <= at);
            prop_assert!(next_boundary(&zone, every, last) > at);
            let before = last - Span::from_millis(1);
            prop_assert_eq!(next_boundary(&zone, every, before), last);
        }
    }
}
