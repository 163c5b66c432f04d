//! How far samples lie from their average: the exact sum of their squares.

use super::ExactSum;
use super::sum::SCALE;
use super::wide::Wide;

/// The sum of squares of what is in a window. Exact, so that taking out is the opposite of adding.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spread {
    squares: Wide,
}

impl Spread {
    pub(super) fn add(&mut self, value: f64) {
        self.squares = self.squares.plus(square(value));
    }

    pub(super) fn remove(&mut self, value: f64) {
        self.squares = self.squares.minus(square(value));
    }

    /// The standard deviation of `count` samples with this sum, of the samples themselves and not of a greater whole:
    /// √(n·Σx² − (Σx)²) / n.
    pub(super) fn deviation(&self, count: usize, sum: ExactSum) -> f64 {
        let squared_sum = Wide::product(sum.raw(), sum.raw());
        let scaled = self.squares.times(count as u64).minus(squared_sum);
        scaled.to_f64().sqrt() / count as f64 / SCALE
    }
}

fn square(value: f64) -> Wide {
    let fixed = super::sum::fixed(value);
    Wide::product(fixed, fixed)
}
