//! One window: its samples in order of measured time, and running figures about them.

use std::collections::VecDeque;

use model::{Span, Time};

use super::extremes::Extremes;
use super::{ExactSum, Statistic, WindowSpec};

/// More samples than this in one window push out its oldest: a device that floods must not eat the machine.
const MAX_SAMPLES: usize = 100_000;

/// The samples of one field of one asset in `(newest − length, newest]`.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    length: i64,
    samples: VecDeque<(i64, f64)>,
    sum: ExactSum,
    extremes: Option<Extremes>,
}

impl Window {
    pub(crate) fn new(spec: &WindowSpec) -> Self {
        Self {
            length: spec.length.millis(),
            samples: VecDeque::new(),
            sum: ExactSum::default(),
            extremes: spec.extremes.then(Extremes::default),
        }
    }

    /// Takes a sample in, at its place in time. One too old for the window is left out.
    pub(crate) fn add(&mut self, at: Time, value: f64) {
        let at = at.millis();
        let newest = self.samples.back().map_or(i64::MIN, |(at, _)| *at);
        if at >= newest {
            self.samples.push_back((at, value));
            if let Some(extremes) = &mut self.extremes {
                extremes.push(at, value);
            }
            self.sum.add(value);
            self.forget(at.saturating_sub(self.length));
        } else if at > newest.saturating_sub(self.length) {
            self.insert_late(at, value);
        }
        if self.samples.len() > MAX_SAMPLES {
            let oldest = self.samples[0].0;
            self.forget(oldest);
        }
    }

    /// Moves the right edge on.
    pub(crate) fn slide(&mut self, edge: Time) {
        if edge != Time::MIN {
            self.forget(edge.millis().saturating_sub(self.length));
        }
    }

    fn insert_late(&mut self, at: i64, value: f64) {
        let place = self.samples.partition_point(|(other, _)| *other <= at);
        self.samples.insert(place, (at, value));
        self.sum.add(value);
        if self.extremes.is_some() {
            self.extremes = Some(Extremes::of(self.samples.iter()));
        }
    }

    fn forget(&mut self, through: i64) {
        while let Some((at, value)) = self.samples.front().copied() {
            if at > through {
                break;
            }
            self.samples.pop_front();
            self.sum.remove(value);
        }
        if let Some(extremes) = &mut self.extremes {
            extremes.forget(through);
        }
    }

    /// The samples, oldest first, as (milliseconds, value).
    pub(crate) fn samples(&self) -> impl ExactSizeIterator<Item = &(i64, f64)> {
        self.samples.iter()
    }

    /// A figure about the samples; none of an empty window, and no rate of samples at one time.
    pub(crate) fn statistic(&self, statistic: Statistic) -> Option<f64> {
        let (first, last) = (self.samples.front()?, self.samples.back()?);
        match statistic {
            Statistic::Avg => Some(self.sum.value() / self.samples.len() as f64),
            Statistic::Min => self.extremes.as_ref()?.least(),
            Statistic::Max => self.extremes.as_ref()?.greatest(),
            Statistic::Delta => Some(last.1 - first.1),
            Statistic::Rate => {
                let seconds = Span::from_millis(last.0 - first.0).secs_f64();
                (seconds > 0.0).then(|| (last.1 - first.1) / seconds)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use model::FieldId;
    use proptest::prelude::*;

    use super::*;

    /// The definition, read aloud: everything ever measured, filtered by time.
    fn naive(samples: &[(i64, f64)], length: i64, statistic: Statistic) -> Option<f64> {
        let newest = samples.iter().map(|(at, _)| *at).max()?;
        let mut inside: Vec<_> = samples
            .iter()
            .filter(|(at, _)| *at > newest - length)
            .collect();
        inside.sort_by_key(|(at, _)| *at);
        let values = || inside.iter().map(|(_, value)| *value);
        let (first, last) = (inside.first()?, inside.last()?);
        match statistic {
            Statistic::Avg => Some(values().sum::<f64>() / inside.len() as f64),
            Statistic::Min => values().reduce(f64::min),
            Statistic::Max => values().reduce(f64::max),
            Statistic::Delta => Some(last.1 - first.1),
            Statistic::Rate => {
                let ms = last.0 - first.0;
                (ms > 0).then(|| (last.1 - first.1) / (ms as f64 / 1_000.0))
            }
        }
    }

    fn close(a: Option<f64>, b: Option<f64>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-9 * (1.0 + a.abs()),
            (a, b) => a.is_none() && b.is_none(),
        }
    }

    proptest! {
        #[test]
        fn a_window_agrees_with_its_definition(
            samples in prop::collection::vec((0_i64..60_000, -50.0..50.0_f64), 1..60),
            length in 1_i64..40_000,
        ) {
            let spec = WindowSpec {
                field: FieldId(0),
                length: Span::from_millis(length),
                extremes: true,
            };
            let mut window = Window::new(&spec);
            for (i, (at, value)) in samples.iter().enumerate() {
                window.add(Time::from_millis(*at), *value);
                for statistic in [Statistic::Avg, Statistic::Min, Statistic::Max, Statistic::Delta, Statistic::Rate] {
                    let expected = naive(&samples[..=i], length, statistic);
                    prop_assert!(close(window.statistic(statistic), expected), "{:?} of {:?}", statistic, &samples[..=i]);
                }
            }
        }
    }
}
