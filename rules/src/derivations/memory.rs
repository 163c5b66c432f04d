//! The readings a derivation keeps for windows that are still open: by asset and field, in order of measured time.

use std::collections::VecDeque;

use jiff::tz::TimeZone;
use model::{FieldId, Span, Time};

use crate::windows::{ExactSum, Statistic, Window, WindowSpec};

/// More readings than this of one field of one asset push out the oldest: a device that floods must not eat the machine.
pub(crate) const MAX_SAMPLES: usize = 100_000;

/// Measured at (milliseconds), and the value as a number.
pub(crate) type Sample = (i64, f64);

/// By row of the kind and place of the field: what was measured and may still be needed.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    width: usize,
    rows: Vec<VecDeque<Sample>>,
}

impl Memory {
    pub(crate) fn new(fields: usize) -> Self {
        Self {
            width: fields,
            rows: Vec::new(),
        }
    }

    /// Takes a reading in, at its place in time; of one time, after those that came before.
    pub(crate) fn add(&mut self, row: u32, field: usize, at: Time, value: f64) {
        let place = row as usize * self.width + field;
        if self.rows.len() <= place {
            self.rows
                .resize_with((row as usize + 1) * self.width, VecDeque::new);
        }
        let held = &mut self.rows[place];
        let at = at.millis();
        if held.back().is_none_or(|(newest, _)| *newest <= at) {
            held.push_back((at, value));
        } else {
            let later = held.partition_point(|(other, _)| *other <= at);
            held.insert(later, (at, value));
        }
        if held.len() > MAX_SAMPLES {
            held.pop_front();
        }
    }

    /// Forgets what was measured at this time or before.
    pub(crate) fn forget(&mut self, through: Time) {
        for held in &mut self.rows {
            let past = held.partition_point(|(at, _)| *at <= through.millis());
            held.drain(..past);
        }
    }

    /// Forgets everything of one asset.
    pub(crate) fn clear(&mut self, row: u32) {
        let start = row as usize * self.width;
        for held in self.rows.iter_mut().skip(start).take(self.width) {
            held.clear();
        }
    }

    /// What is kept of one field of one asset, oldest first.
    pub(crate) fn samples(&self, row: u32, field: usize) -> impl Iterator<Item = &Sample> {
        let held = self.rows.get(row as usize * self.width + field);
        held.into_iter().flatten()
    }

    /// The rows that anything is kept of.
    pub(crate) fn rows(&self) -> u32 {
        self.rows.len().checked_div(self.width).unwrap_or(0) as u32
    }

    /// When the newest reading of an asset was measured.
    pub(crate) fn newest(&self, row: u32) -> Option<Time> {
        let start = row as usize * self.width;
        let held = self.rows.iter().skip(start).take(self.width);
        let newest = held.filter_map(|held| held.back()).map(|(at, _)| *at).max();
        newest.map(Time::from_millis)
    }

    /// A figure about what was measured in `(after, to]`; none where too little was.
    pub(crate) fn figure(
        &self,
        (row, field): (u32, usize),
        statistic: Statistic,
        (after, to): (Time, Time),
        zone: &TimeZone,
    ) -> Option<f64> {
        let inside = self.between((row, field), after, to);
        if matches!(
            statistic,
            Statistic::Sum | Statistic::Avg | Statistic::Count
        ) {
            return plain_figure(statistic, inside);
        }
        let mut window = Window::new(&WindowSpec {
            field: FieldId(0),
            // The bounds are ours: the window forgets nothing by itself.
            length: Span::from_millis(i64::MAX),
            shape: statistic.shape(zone),
        });
        for (at, value) in inside {
            window.add(Time::from_millis(*at), *value);
        }
        window.statistic(statistic)
    }

    /// What was measured of one field of one asset in `(after, to]`, oldest first.
    fn between(
        &self,
        (row, field): (u32, usize),
        after: Time,
        to: Time,
    ) -> impl ExactSizeIterator<Item = &Sample> {
        let held = self.rows.get(row as usize * self.width + field);
        let held = held.unwrap_or(&NOTHING);
        let from = held.partition_point(|(at, _)| *at <= after.millis());
        let through = held.partition_point(|(at, _)| *at <= to.millis());
        held.range(from..through.max(from))
    }
}

/// What is kept of a field of which nothing came.
static NOTHING: VecDeque<Sample> = VecDeque::new();

/// The sum, the average or the number of some samples, as a window would work it out; none where there are none.
fn plain_figure<'a>(
    statistic: Statistic,
    samples: impl ExactSizeIterator<Item = &'a Sample>,
) -> Option<f64> {
    let count = samples.len();
    if count == 0 {
        return None;
    }
    if statistic == Statistic::Count {
        return Some(count as f64);
    }
    let mut sum = ExactSum::default();
    for (_, value) in samples {
        sum.add(*value);
    }
    let sum = sum.value();
    Some(if statistic == Statistic::Sum {
        sum
    } else {
        sum / count as f64
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_needs_no_window_is_what_a_window_says(
            samples in prop::collection::vec((0_i64..100, -1e6..1e6_f64), 0..40), after in -10_i64..110, length in 0_i64..60,
        ) {
            let mut memory = Memory::new(2);
            for (at, value) in &samples {
                memory.add(3, 1, Time::from_millis(*at), *value);
            }
            let bounds = (Time::from_millis(after), Time::from_millis(after + length));
            for statistic in [Statistic::Sum, Statistic::Avg, Statistic::Count] {
                let mut window = Window::new(&WindowSpec {
                    field: FieldId(0),
                    length: Span::from_millis(i64::MAX),
                    shape: statistic.shape(&TimeZone::UTC),
                });
                for (at, value) in &samples {
                    if *at > after && *at <= after + length {
                        window.add(Time::from_millis(*at), *value);
                    }
                }
                let figure = memory.figure((3, 1), statistic, bounds, &TimeZone::UTC);
                prop_assert_eq!(figure.map(f64::to_bits), window.statistic(statistic).map(f64::to_bits));
            }
        }
    }
}
