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
    let mut nanos: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            round();
            start.elapsed().as_nanos() as f64 / operations as f64
        })
        .collect();
    nanos.sort_by(f64::total_cmp);
    Cost {
        least: nanos[0],
        median: nanos[ROUNDS / 2],
        greatest: nanos[ROUNDS - 1],
    }
}
