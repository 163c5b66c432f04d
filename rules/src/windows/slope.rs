//! The slope of the straight line that lies nearest to the samples (least squares), by exact sums.

use super::ExactSum;
use super::sum::{SCALE, fixed};
use super::wide::Wide;

/// Sums of times, of their squares, and of times with values.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slope {
    times: i128,
    squared_times: i128,
    products: Wide,
}

impl Slope {
    pub(super) fn add(&mut self, at: i64, value: f64) {
        let at = i128::from(at);
        self.times += at;
        self.squared_times = self.squared_times.saturating_add(at * at);
        self.products = self.products.plus(Wide::product(at, fixed(value)));
    }

    pub(super) fn remove(&mut self, at: i64, value: f64) {
        let at = i128::from(at);
        self.times -= at;
        self.squared_times = self.squared_times.saturating_sub(at * at);
        self.products = self.products.minus(Wide::product(at, fixed(value)));
    }

    /// How much a second the line rises; none where every sample was measured at one time.
    pub(super) fn per_second(&self, count: usize, sum: ExactSum) -> Option<f64> {
        let count = count as u64;
        let rise = self.products.times(count);
        let rise = rise.minus(Wide::product(self.times, sum.raw()));
        let run = Wide::product(self.squared_times, i128::from(count));
        let run = run.minus(Wide::product(self.times, self.times));
        let per_ms = (!run.is_zero()).then(|| rise.to_f64() / run.to_f64())?;
        Some(per_ms / SCALE * 1_000.0)
    }
}
