//! Times a closure the way a noisy machine allows: many rounds, the median quoted, the spread beside it.

use std::time::Instant;

/// What one operation costs, in nanoseconds: the least, the median and the greatest of the rounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) greatest: f64,
}

/// Runs `round` — which does `operations` of the thing measured — eleven times after one warm-up.
pub(crate) fn cost_of(operations: usize, mut round: impl FnMut()) -> Cost {
    const ROUNDS: usize = 11;
    round();
    Cost::of_rounds((0..ROUNDS).map(|_| {
        let start = Instant::now();
        round();
        start.elapsed().as_nanos() as f64 / operations as f64
    }))
}

impl Cost {
    /// Of what each of several rounds came to; one at least.
    pub(crate) fn of_rounds(rounds: impl Iterator<Item = f64>) -> Self {
        let mut nanos: Vec<f64> = rounds.collect();
        nanos.sort_by(f64::total_cmp);
        Self {
            least: nanos[0],
            median: nanos[nanos.len() / 2],
            greatest: nanos[nanos.len() - 1],
        }
    }
}
