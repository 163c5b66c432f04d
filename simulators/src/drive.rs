//! A scripted course of one field: a river that climbs its ladder and falls again.

use model::{Asset, Time, Value};

use crate::simulation::Amount;

/// Where a course leads.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Target {
    /// To this number.
    To(Amount),
    /// Back to what the device would measure anyway.
    Usual,
}

/// A course through points in time, straight lines between. It begins from the usual value and ends at its last point.
#[derive(Clone, PartialEq, Debug)]
pub struct Drive {
    /// The field, by its place in the kind's plan.
    pub field: usize,
    /// When it begins to leave the usual value.
    pub from: Time,
    /// Where it is when, in order of time.
    pub through: Vec<(Time, Target)>,
}

impl Drive {
    /// The value on the course at a time, given the usual one; none outside the course.
    pub fn value(&self, at: Time, usual: f64, asset: &Asset) -> Option<f64> {
        let (end, _) = self.through.last()?;
        if at < self.from || at >= *end {
            return None;
        }
        let next = self.through.partition_point(|(t, _)| *t <= at);
        let (to_time, to) = self.through[next];
        let (from_time, from) = match next {
            0 => (self.from, Target::Usual),
            n => self.through[n - 1],
        };
        let level = |target| match target {
            Target::Usual => usual,
            Target::To(amount) => amount_for(amount, asset),
        };
        let share = at.since(from_time).secs_f64() / to_time.since(from_time).secs_f64();
        Some(level(from) + (level(to) - level(from)) * share)
    }
}

/// The amount for one asset.
pub(crate) fn amount_for(amount: Amount, asset: &Asset) -> f64 {
    match amount {
        Amount::Number(number) => number,
        Amount::Column {
            column,
            times,
            plus,
            or,
        } => match asset.columns.get(column) {
            Some(Some(Value::F64(number))) => number * times + plus,
            _ => or,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{AssetId, KindId, Lifecycle, Span};

    fn gauge() -> Asset {
        Asset {
            id: AssetId::new("wl-1"),
            kind: KindId(0),
            name: "gauge".into(),
            area: None,
            lat: None,
            lon: None,
            lifecycle: Lifecycle::InService,
            uplink: None,
            columns: vec![Some(Value::F64(25.0))],
        }
    }

    #[test]
    fn a_course_leaves_the_usual_value_and_comes_back_to_it() {
        let start = Time::from_millis(0);
        let minute = |m| start + Span::from_mins(m);
        let bd1 = |plus| {
            Target::To(Amount::Column {
                column: 0,
                times: 1.0,
                plus,
                or: 0.0,
            })
        };
        let drive = Drive {
            field: 0,
            from: minute(4),
            through: vec![
                (minute(6), bd1(1.0)),
                (minute(8), bd1(1.0)),
                (minute(10), Target::Usual),
            ],
        };
        let at = |m| drive.value(minute(m), 24.0, &gauge());
        assert_eq!(at(3), None);
        assert_eq!(at(4), Some(24.0));
        assert_eq!(at(5), Some(25.0));
        assert_eq!(at(7), Some(26.0));
        assert_eq!(at(9), Some(25.0));
        assert_eq!(at(10), None);
    }
}
