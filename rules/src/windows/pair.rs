//! The newest sample and the one before it.

/// Two samples in order of measured time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pair {
    newest: Option<(i64, f64)>,
    before: Option<(i64, f64)>,
}

impl Pair {
    pub(super) fn add(&mut self, at: i64, value: f64) {
        let sample = Some((at, value));
        if self.newest.is_none_or(|(newest, _)| at >= newest) {
            self.before = std::mem::replace(&mut self.newest, sample);
        } else if self.before.is_none_or(|(before, _)| at >= before) {
            self.before = sample;
        }
    }

    pub(super) fn before(&self) -> Option<f64> {
        self.before.map(|(_, value)| value)
    }

    /// Older first.
    pub(super) fn samples(&self) -> impl Iterator<Item = (i64, f64)> {
        self.before.into_iter().chain(self.newest)
    }
}
