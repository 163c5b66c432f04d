//! A window of samples in order of measured time, and running figures about them.

use std::collections::VecDeque;

use model::{Span, Time};

use super::Statistic;
use super::extremes::Extremes;
use super::running::{Keeps, Neighbours, Running};

/// More samples than this in one window push out its oldest: a device that floods must not eat the machine.
pub(super) const MAX_SAMPLES: usize = 100_000;

/// The samples of one field of one asset in `(newest − length, newest]`.
#[derive(Clone, Debug)]
pub(crate) struct Samples {
    length: i64,
    /// Oldest first.
    held: VecDeque<(i64, f64)>,
    running: Running,
}

impl Samples {
    pub(super) fn new(length: Span, keeps: Keeps) -> Self {
        Self {
            length: length.millis(),
            held: VecDeque::new(),
            running: Running::new(keeps),
        }
    }

    /// Memory behind it.
    pub(super) fn bytes(&self) -> usize {
        self.held.capacity() * size_of::<(i64, f64)>() + self.running.bytes()
    }

    /// Takes a sample in, at its place in time. One too old for the window is left out.
    pub(super) fn add(&mut self, at: Time, value: f64) {
        let at = at.millis();
        let last = self.held.back().copied();
        let newest = last.map_or(i64::MIN, |(at, _)| at);
        if at >= newest {
            self.running.enter(Neighbours {
                before: last.map(|(_, value)| value),
                at,
                value,
                after: None,
            });
            self.held.push_back((at, value));
            self.forget(at.saturating_sub(self.length));
        } else if at > newest.saturating_sub(self.length) {
            self.insert_late(at, value);
        }
        if self.held.len() > MAX_SAMPLES {
            let oldest = self.held[0].0;
            self.forget(oldest);
        }
    }

    /// Moves the right edge on.
    pub(super) fn slide(&mut self, edge: Time) {
        self.forget(edge.millis().saturating_sub(self.length));
    }

    fn insert_late(&mut self, at: i64, value: f64) {
        let place = self.held.partition_point(|(other, _)| *other <= at);
        let value_at = |place: usize| self.held.get(place).map(|(_, value)| *value);
        self.running.enter(Neighbours {
            before: place.checked_sub(1).and_then(value_at),
            at,
            value,
            after: value_at(place),
        });
        self.held.insert(place, (at, value));
        if let Some(extremes) = &mut self.running.extremes {
            **extremes = Extremes::of(self.held.iter());
        }
    }

    fn forget(&mut self, through: i64) {
        while let Some((at, value)) = self.held.front().copied() {
            if at > through {
                break;
            }
            self.held.pop_front();
            let after = self.held.front().map(|(_, value)| *value);
            self.running.leave(at, value, after);
        }
        if let Some(extremes) = &mut self.running.extremes {
            extremes.forget(through);
        }
    }

    /// Touches both ends of what is held.
    pub(super) fn warm(&self) -> i64 {
        let ends = self.held.front().into_iter().chain(self.held.back());
        ends.map(|(at, _)| *at).fold(0, i64::wrapping_add)
    }

    /// The samples, oldest first, as (milliseconds, value).
    pub(super) fn samples(&self) -> impl ExactSizeIterator<Item = &(i64, f64)> {
        self.held.iter()
    }

    /// A figure about the samples; none of an empty window, and no rate of samples at one time.
    pub(super) fn statistic(&self, statistic: Statistic) -> Option<f64> {
        let (first, last) = (*self.held.front()?, *self.held.back()?);
        let running = &self.running;
        let average = || running.sum.value() / self.held.len() as f64;
        match statistic {
            Statistic::Avg => Some(average()),
            Statistic::Min => running.extremes.as_ref()?.least(),
            Statistic::Max => running.extremes.as_ref()?.greatest(),
            Statistic::Sum => Some(running.sum.value()),
            Statistic::Count => Some(self.held.len() as f64),
            Statistic::First => Some(first.1),
            Statistic::Last => Some(last.1),
            Statistic::Delta => Some(last.1 - first.1),
            Statistic::Rate => rate(first, last),
            Statistic::Stddev => self.deviation(),
            Statistic::Zscore => {
                let deviation = self.deviation().filter(|deviation| *deviation > 0.0)?;
                Some((last.1 - average()) / deviation)
            }
            Statistic::Quantile(share) => running.order.as_ref()?.quantile(share.get()),
            Statistic::Distinct => Some(running.distinct.as_ref()?.value()),
            Statistic::Increase => Some(running.increase.as_ref()?.value()),
            Statistic::Changes => Some(running.changes.as_ref()?.value()),
            Statistic::Slope => {
                let slope = running.slope.as_ref()?;
                slope.per_second(self.held.len(), running.sum)
            }
            Statistic::Ewma | Statistic::Baseline | Statistic::Prev => None,
        }
    }

    fn deviation(&self) -> Option<f64> {
        let spread = self.running.spread.as_ref()?;
        Some(spread.deviation(self.held.len(), self.running.sum))
    }
}

/// How much a second.
fn rate(first: (i64, f64), last: (i64, f64)) -> Option<f64> {
    let seconds = Span::from_millis(last.0 - first.0).secs_f64();
    (seconds > 0.0).then(|| (last.1 - first.1) / seconds)
}
