//! What every window of samples keeps of them: how many there are, and their sum.

use super::ExactSum;

/// Count and sum.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Total {
    pub(super) sum: ExactSum,
    pub(super) count: u32,
}

impl Total {
    pub(super) fn enter(&mut self, value: f64) {
        self.sum.add(value);
        self.count += 1;
    }

    pub(super) fn leave(&mut self, value: f64) {
        self.sum.remove(value);
        self.count -= 1;
    }

    /// Of a window that holds something.
    pub(super) fn average(&self) -> f64 {
        self.sum.value() / f64::from(self.count)
    }
}
