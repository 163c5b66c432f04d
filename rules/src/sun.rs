//! When the sun rises and sets: the solar equations of NOAA's Earth System Research Laboratories, which follow Jean
//! Meeus, *Astronomical Algorithms*.
//!
//! The sun counts as risen while its upper edge is above a flat horizon, refraction included: its centre at 90.833° from
//! the zenith. Good to a minute or two between the polar circles; hills and weather are not known here.

use jiff::civil::Date;
use model::Time;

/// The zenith angle of the sun's centre when its edge touches the horizon, in degrees.
const ZENITH: f64 = 90.833;
/// Days from the Julian epoch to 1970.
const JULIAN_1970: f64 = 2_440_587.5;
/// The Julian day of noon on 1 January 2000.
const JULIAN_2000: f64 = 2_451_545.0;
const MINUTES_A_DAY: f64 = 1_440.0;

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sun {
    Rises,
    Sets,
}

/// When, on a day of the local calendar, at a place in degrees; to the minute. None where it stays up or down all day.
pub(crate) fn at(sun: Sun, date: Date, lat: f64, lon: f64) -> Option<Time> {
    let days = f64::from(days_since_1970(date)?);
    let mut minutes = MINUTES_A_DAY / 2.0 - 4.0 * lon;
    // The sun moves on while the day goes by: twice is enough for a second.
    for _ in 0..3 {
        let sky = Sky::of(days + minutes / MINUTES_A_DAY);
        let noon = MINUTES_A_DAY / 2.0 - 4.0 * lon - sky.equation_of_time;
        let half_day = 4.0 * sky.hour_angle(lat)?;
        minutes = match sun {
            Sun::Rises => noon - half_day,
            Sun::Sets => noon + half_day,
        };
    }
    let minute = (days * MINUTES_A_DAY + minutes).round();
    Some(Time::from_millis(minute as i64 * 60_000))
}

fn days_since_1970(date: Date) -> Option<i32> {
    let epoch = jiff::civil::date(1970, 1, 1);
    let since = date.since(epoch).ok()?;
    Some(since.get_days())
}

/// Where the sun stands, seen from the earth's centre.
struct Sky {
    /// In degrees.
    declination: f64,
    /// By how many minutes the true sun is ahead of the mean one.
    equation_of_time: f64,
}

impl Sky {
    /// At a time in days since 1970, UTC.
    fn of(days: f64) -> Self {
        let t = (days + JULIAN_1970 - JULIAN_2000) / 36_525.0;
        let mean_longitude = (280.46646 + t * (36_000.769_83 + t * 0.000_303_2)).rem_euclid(360.0);
        let anomaly = 357.52911 + t * (35_999.050_29 - 0.000_153_7 * t);
        let eccentricity = 0.016_708_634 - t * (0.000_042_037 + 0.000_000_126_7 * t);
        let centre = sin(anomaly) * (1.914_602 - t * (0.004_817 + 0.000_014 * t))
            + sin(2.0 * anomaly) * (0.019_993 - 0.000_101 * t)
            + sin(3.0 * anomaly) * 0.000_289;
        let node = 125.04 - 1_934.136 * t;
        let longitude = mean_longitude + centre - 0.00569 - 0.00478 * sin(node);
        let seconds = 21.448 - t * (46.815 + t * (0.000_59 - t * 0.001_813));
        let obliquity = 23.0 + (26.0 + seconds / 60.0) / 60.0 + 0.00256 * cos(node);
        let half = (obliquity / 2.0).to_radians().tan();
        let y = half * half;
        let equation = y * sin(2.0 * mean_longitude) - 2.0 * eccentricity * sin(anomaly)
            + 4.0 * eccentricity * y * sin(anomaly) * cos(2.0 * mean_longitude)
            - 0.5 * y * y * sin(4.0 * mean_longitude)
            - 1.25 * eccentricity * eccentricity * sin(2.0 * anomaly);
        Self {
            declination: (sin(obliquity) * sin(longitude)).asin().to_degrees(),
            equation_of_time: 4.0 * equation.to_degrees(),
        }
    }

    /// How far from noon the sun touches the horizon, in degrees of the earth's turn.
    fn hour_angle(&self, lat: f64) -> Option<f64> {
        let cosine = cos(ZENITH) / (cos(lat) * cos(self.declination))
            - lat.to_radians().tan() * self.declination.to_radians().tan();
        (-1.0..=1.0)
            .contains(&cosine)
            .then(|| cosine.acos().to_degrees())
    }
}

fn sin(degrees: f64) -> f64 {
    degrees.to_radians().sin()
}

fn cos(degrees: f64) -> f64 {
    degrees.to_radians().cos()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;

    use super::*;

    /// Minutes from what is published, in a zone seven hours ahead of UTC.
    fn off(sun: Sun, day: Date, (lat, lon): (f64, f64), published: &str) -> i64 {
        let found = at(sun, day, lat, lon).expect("it rises and sets");
        let published: Timestamp = format!("{day}T{published}:00+07:00")
            .parse()
            .expect("a time");
        (found.millis() - published.as_millisecond()) / 60_000
    }

    /// Meeus, *Astronomical Algorithms*, examples 25.a and 28.b: 13 October 1992, 0 h.
    #[test]
    fn the_sun_stands_where_the_worked_example_has_it() {
        let days = days_since_1970(date(1992, 10, 13)).expect("a day of the calendar");
        let sky = Sky::of(f64::from(days));
        let (declination, ahead_s) = (sky.declination, sky.equation_of_time * 60.0);
        assert!(
            (declination - -7.785_07).abs() < 0.000_005,
            "{declination}°"
        );
        assert!((ahead_s - 822.7).abs() < 0.05, "{ahead_s} s");
    }

    /// Bangkok and Chiang Rai keep the time of Thai Nguyen (21.6° N, 105.8° E), Chiang Rai nearly its latitude.
    #[test]
    fn almanacs_of_the_region_agree_within_two_minutes() {
        const BANGKOK: (f64, f64) = (13.75, 100.50);
        const CHIANG_RAI: (f64, f64) = (19.90, 99.833);
        let published = [
            // National Astronomical Research Institute of Thailand, announcements of the solstices.
            (date(2023, 6, 21), BANGKOK, "05:51", "18:47"),
            (date(2016, 12, 22), BANGKOK, "06:37", "17:56"),
            // Thai Astronomical Society, table of twilights for Chiang Rai, 2013.
            (date(2013, 1, 1), CHIANG_RAI, "06:56", "17:53"),
            (date(2013, 1, 21), CHIANG_RAI, "06:58", "18:06"),
            (date(2013, 2, 10), CHIANG_RAI, "06:52", "18:18"),
        ];
        for (day, place, rises, sets) in published {
            let off = [
                off(Sun::Rises, day, place, rises),
                off(Sun::Sets, day, place, sets),
            ];
            assert!(
                off.iter().all(|off| off.abs() <= 2),
                "{day} {place:?}: {off:?}"
            );
        }
    }

    /// What almanacs call the equation of time, at its four extremes and where it is nothing.
    #[test]
    fn a_sundial_is_slow_in_february_and_fast_in_november() {
        let published = [
            (date(2026, 2, 11), 14 * 60 + 14),
            (date(2026, 4, 15), 0),
            (date(2026, 5, 14), -(3 * 60 + 40)),
            (date(2026, 6, 13), 0),
            (date(2026, 7, 26), 6 * 60 + 32),
            (date(2026, 9, 1), 0),
            (date(2026, 11, 3), -(16 * 60 + 26)),
            (date(2026, 12, 25), 0),
        ];
        for (day, late_s) in published {
            let at = |sun| at(sun, day, 0.0, 0.0).expect("it rises and sets").millis();
            let noon: Timestamp = format!("{day}T12:00:00Z").parse().expect("a time");
            let middle = i64::midpoint(at(Sun::Rises), at(Sun::Sets));
            let found_s = (middle - noon.as_millisecond()) / 1_000;
            // Rising and setting are told to the minute.
            assert!((found_s - late_s).abs() <= 45, "{day}: {found_s} s");
        }
    }

    #[test]
    fn days_in_thai_nguyen_are_as_long_as_its_latitude_makes_them() {
        let day_length = |day| {
            let at = |sun| at(sun, day, 21.594, 105.848).expect("it rises and sets");
            at(Sun::Sets).since(at(Sun::Rises)).millis() / 60_000
        };
        let (longest, shortest) = (
            day_length(date(2026, 6, 21)),
            day_length(date(2026, 12, 22)),
        );
        // From the latitude and the sun's 23.44° at the solstices alone.
        assert!((longest - 807).abs() <= 1, "13 h 27 min: {longest}");
        assert!((shortest - 649).abs() <= 1, "10 h 49 min: {shortest}");
    }

    #[test]
    fn beyond_the_polar_circle_it_stays_up_or_down() {
        let tromso = |day| at(Sun::Sets, day, 69.65, 18.96);
        assert_eq!(tromso(date(2026, 6, 21)), None);
        assert_eq!(tromso(date(2026, 12, 22)), None);
        assert!(tromso(date(2026, 3, 20)).is_some());
    }
}
