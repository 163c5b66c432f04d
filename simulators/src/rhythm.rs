//! Daily and weekly rhythms: how busy a place is through a working day and through a weekend day.

use crate::local_time::Moment;

/// A curve over the day: `(hour, level)` points in order of the hour, straight lines between, closed over midnight.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve(Vec<(f64, f64)>);

/// Why points do not make a curve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CurveError {
    /// Nothing to draw a line through.
    #[error("a curve needs at least one point, like \"08:00\": 1")]
    Empty,
    /// Not an hour of the day.
    #[error("'{0}' is not a time of the day; write one like \"07:30\"")]
    NotATime(String),
}

impl Curve {
    /// The curve through points written as `"07:30"` and a level.
    pub fn through<'a>(
        points: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> Result<Self, CurveError> {
        let mut curve = Vec::new();
        for (time, level) in points {
            curve.push((f64::from(minute_of_day(time)?) / 60.0, level));
        }
        curve.sort_by(|a, b| a.0.total_cmp(&b.0));
        if curve.is_empty() {
            return Err(CurveError::Empty);
        }
        Ok(Self(curve))
    }

    /// The level at an hour of the day.
    pub fn level(&self, hour: f64) -> f64 {
        let after = self.0.partition_point(|(at, _)| *at <= hour);
        let last = self.0.len() - 1;
        let (from, from_hour) = match after {
            0 => (self.0[last], self.0[last].0 - 24.0),
            n => (self.0[n - 1], self.0[n - 1].0),
        };
        let (to, to_hour) = match self.0.get(after) {
            Some(point) => (*point, point.0),
            None => (self.0[0], self.0[0].0 + 24.0),
        };
        let length = to_hour - from_hour;
        if length <= 0.0 {
            return from.1;
        }
        from.1 + (to.1 - from.1) * (hour - from_hour) / length
    }
}

/// A week: the curve of working days and that of the weekend.
#[derive(Clone, Debug, PartialEq)]
pub struct Rhythm {
    /// Monday to Friday.
    pub workday: Curve,
    /// Saturday and Sunday.
    pub weekend: Curve,
    /// Follows the real clock even where a scenario moves the day: rules that ask for the sun or the hour do so too.
    pub real: bool,
}

impl Rhythm {
    /// The level at a moment of the week.
    pub fn level(&self, moment: Moment) -> f64 {
        let curve = if moment.weekend {
            &self.weekend
        } else {
            &self.workday
        };
        curve.level(moment.hour)
    }
}

/// The minute of the day of `"07:30"`.
pub(crate) fn minute_of_day(text: &str) -> Result<u16, CurveError> {
    let not_a_time = || CurveError::NotATime(text.to_owned());
    let (hour, minute) = text.split_once(':').ok_or_else(not_a_time)?;
    let hour: u16 = hour.parse().map_err(|_| not_a_time())?;
    let minute: u16 = minute.parse().map_err(|_| not_a_time())?;
    if hour > 23 || minute > 59 {
        return Err(not_a_time());
    }
    Ok(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_lie_on_the_lines_between_points_and_over_midnight() {
        let percent = |curve: &Curve, hour| (curve.level(hour) * 100.0).round() as i64;
        let day = Curve::through([("18:00", 0.0), ("06:00", 0.0), ("12:00", 1.0)]).unwrap();
        assert_eq!([0.0, 9.0, 12.0].map(|h| percent(&day, h)), [0, 50, 100]);
        let night = Curve::through([("22:00", 0.0), ("02:00", 1.0)]).unwrap();
        assert_eq!([0.0, 23.0].map(|h| percent(&night, h)), [50, 25]);
    }

    #[test]
    fn a_bad_time_is_named() {
        let error = Curve::through([("25:00", 1.0)]).unwrap_err();
        assert_eq!(error, CurveError::NotATime("25:00".into()));
        assert_eq!(Curve::through([]), Err(CurveError::Empty));
    }
}
