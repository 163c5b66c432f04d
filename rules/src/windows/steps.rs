//! What lies between neighbours in time: by how much a counter counted on, how often a value changed.

use super::ExactSum;

/// By how much a counter counted on. A value below the one before it means that the counter began at zero again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Increase {
    sum: ExactSum,
}

impl Increase {
    /// A sample enters between these two.
    pub(super) fn enter(&mut self, before: Option<f64>, value: f64, after: Option<f64>) {
        if let (Some(before), Some(after)) = (before, after) {
            self.sum.remove(rise(before, after));
        }
        before.inspect(|before| self.sum.add(rise(*before, value)));
        after.inspect(|after| self.sum.add(rise(value, *after)));
    }

    /// The oldest sample leaves; this one becomes the oldest.
    pub(super) fn leave(&mut self, value: f64, after: Option<f64>) {
        after.inspect(|after| self.sum.remove(rise(value, *after)));
    }

    pub(super) fn value(&self) -> f64 {
        self.sum.value()
    }
}

fn rise(from: f64, to: f64) -> f64 {
    if to >= from { to - from } else { to }
}

/// How often the value differs from the one before it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Changes {
    count: i64,
}

impl Changes {
    pub(super) fn enter(&mut self, before: Option<f64>, value: f64, after: Option<f64>) {
        let apart = before.zip(after).map_or(0, |(a, b)| differ(a, b));
        let left = before.map_or(0, |before| differ(before, value));
        let right = after.map_or(0, |after| differ(value, after));
        self.count += left + right - apart;
    }

    pub(super) fn leave(&mut self, value: f64, after: Option<f64>) {
        self.count -= after.map_or(0, |after| differ(value, after));
    }

    pub(super) fn value(self) -> f64 {
        self.count as f64
    }
}

#[expect(
    clippy::float_cmp,
    reason = "a change is any difference, however small"
)]
fn differ(a: f64, b: f64) -> i64 {
    i64::from(a != b)
}
