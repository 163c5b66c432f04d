//! Every statistic about the samples of one window, from the figures that are kept of them.

use model::Span;

use super::Statistic;
use super::extremes::Extremes;
use super::running::{Keeps, Neighbours, Running};
use super::total::Total;

/// What is kept of one window.
pub(super) struct About<'a> {
    pub(super) total: &'a Total,
    pub(super) extremes: Option<&'a Extremes>,
    pub(super) running: Option<&'a Running>,
}

impl About<'_> {
    /// How much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let extremes = self
            .extremes
            .map_or(0, |e| size_of::<Extremes>() + e.bytes());
        let running = self.running.map_or(0, |r| size_of::<Running>() + r.bytes());
        size_of::<Total>() + extremes + running
    }

    /// None of an empty window, and no rate of samples at one time.
    pub(super) fn statistic(&self, statistic: Statistic) -> Option<f64> {
        let total = self.total;
        if total.count == 0 {
            return None;
        }
        let running = self.running;
        match statistic {
            Statistic::Avg => Some(total.average()),
            Statistic::Min => Some(self.extremes?.least()),
            Statistic::Max => Some(self.extremes?.greatest()),
            Statistic::Sum => Some(total.sum.value()),
            Statistic::Count => Some(f64::from(total.count)),
            Statistic::First => Some(running?.first.1),
            Statistic::Last => Some(running?.last.1),
            Statistic::Delta => Some(running?.last.1 - running?.first.1),
            Statistic::Rate => rate(running?.first, running?.last),
            Statistic::Stddev => self.deviation(),
            Statistic::Zscore => {
                let deviation = self.deviation().filter(|deviation| *deviation > 0.0)?;
                Some((running?.last.1 - total.average()) / deviation)
            }
            Statistic::Quantile(share) => running?.order.as_ref()?.quantile(share.get()),
            Statistic::Distinct => Some(running?.distinct.as_ref()?.value()),
            Statistic::Increase => Some(running?.increase.as_ref()?.value()),
            Statistic::Changes => Some(running?.changes.as_ref()?.value()),
            Statistic::Slope => {
                let slope = running?.slope.as_ref()?;
                slope.per_second(total.count as usize, total.sum)
            }
            Statistic::Ewma | Statistic::Baseline | Statistic::Prev => None,
        }
    }

    fn deviation(&self) -> Option<f64> {
        let spread = self.running?.spread.as_ref()?;
        Some(spread.deviation(self.total.count as usize, self.total.sum))
    }
}

/// A statistic about samples in order of time, all there are.
pub(super) fn of_samples(
    samples: impl Iterator<Item = (i64, f64)>,
    statistic: Statistic,
) -> Option<f64> {
    let keeps = Keeps::for_statistic(statistic);
    let mut total = Total::default();
    let mut extremes = keeps.has(Keeps::EXTREMES).then(Extremes::default);
    let mut running = keeps.runs().then(|| Running::new(keeps));
    for (at, value) in samples {
        if let Some(extremes) = &mut extremes {
            extremes.push(value);
        }
        if let Some(running) = &mut running {
            running.enter(Neighbours {
                before: (total.count > 0).then_some(running.last.1),
                at,
                value,
                after: None,
            });
        }
        total.enter(value);
    }
    let about = About {
        total: &total,
        extremes: extremes.as_ref(),
        running: running.as_ref(),
    };
    about.statistic(statistic)
}

/// How much a second.
fn rate(first: (i64, f64), last: (i64, f64)) -> Option<f64> {
    let seconds = Span::from_millis(last.0 - first.0).secs_f64();
    (seconds > 0.0).then(|| (last.1 - first.1) / seconds)
}
