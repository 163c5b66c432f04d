//! The least and the greatest of a sliding window in O(1) amortised: two monotone queues.

use std::collections::VecDeque;

/// Candidates for the extreme, oldest first: each one beats everything after it until a better comes.
#[derive(Clone, Debug, Default)]
struct Candidates(VecDeque<(i64, f64)>);

impl Candidates {
    fn push(&mut self, at: i64, value: f64, beats: impl Fn(f64, f64) -> bool) {
        while self.0.back().is_some_and(|(_, last)| !beats(*last, value)) {
            self.0.pop_back();
        }
        self.0.push_back((at, value));
    }

    fn forget(&mut self, through: i64) {
        while self.0.front().is_some_and(|(at, _)| *at <= through) {
            self.0.pop_front();
        }
    }

    fn best(&self) -> Option<f64> {
        self.0.front().map(|(_, value)| *value)
    }
}

/// Both extremes of one window.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extremes {
    least: Candidates,
    greatest: Candidates,
}

impl Extremes {
    /// Memory behind it.
    pub(super) fn bytes(&self) -> usize {
        let candidates = self.least.0.capacity() + self.greatest.0.capacity();
        candidates * size_of::<(i64, f64)>()
    }

    /// Of samples in order of time.
    pub(crate) fn of<'a>(samples: impl Iterator<Item = &'a (i64, f64)>) -> Self {
        let mut extremes = Self::default();
        for (at, value) in samples {
            extremes.push(*at, *value);
        }
        extremes
    }

    /// The newest sample.
    pub(crate) fn push(&mut self, at: i64, value: f64) {
        self.least.push(at, value, |a, b| a < b);
        self.greatest.push(at, value, |a, b| a > b);
    }

    /// Samples up to and at this time have left the window.
    pub(crate) fn forget(&mut self, through: i64) {
        self.least.forget(through);
        self.greatest.forget(through);
    }

    pub(crate) fn least(&self) -> Option<f64> {
        self.least.best()
    }

    pub(crate) fn greatest(&self) -> Option<f64> {
        self.greatest.best()
    }
}
