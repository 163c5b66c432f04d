//! How many different values a window or a group holds, and how often each.

use crate::hashing::FixedMap;

/// Exact: a window holds a bounded number of samples and a group its members, hence of values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Distinct {
    times: FixedMap<u64, u32>,
}

impl Distinct {
    /// Memory behind it.
    pub(crate) fn bytes(&self) -> usize {
        self.times.capacity() * size_of::<(u64, u32)>()
    }

    pub(crate) fn add(&mut self, value: f64) {
        *self.times.entry(bits(value)).or_default() += 1;
    }

    pub(crate) fn remove(&mut self, value: f64) {
        if let Some(times) = self.times.get_mut(&bits(value)) {
            *times -= 1;
            if *times == 0 {
                self.times.remove(&bits(value));
            }
        }
    }

    pub(crate) fn value(&self) -> f64 {
        self.times.len() as f64
    }
}

/// −0.0 and 0.0 are one value.
fn bits(value: f64) -> u64 {
    (value + 0.0).to_bits()
}
