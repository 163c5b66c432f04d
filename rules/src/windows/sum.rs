//! A sum that does not depend on the order of what was added or on what was taken out again.

/// Fixed point with 48 binary digits after the point: exact for what is added, so that a running sum never drifts,
/// equals a fresh one bit for bit, and need not be stored. Numbers beyond ±2⁶⁰ count as ±2⁶⁰.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct ExactSum(i128);

/// One, as the sum counts.
pub(super) const SCALE: f64 = (1_u64 << 48) as f64;
const LIMIT: f64 = (1_u64 << 60) as f64;

impl ExactSum {
    pub(crate) fn add(&mut self, value: f64) {
        self.0 = self.0.saturating_add(fixed(value));
    }

    pub(crate) fn remove(&mut self, value: f64) {
        self.0 = self.0.saturating_sub(fixed(value));
    }

    /// As [`fixed`] counts.
    pub(super) fn raw(self) -> i128 {
        self.0
    }

    pub(crate) fn value(self) -> f64 {
        // One machine instruction where the sum is small enough, and the same rounding.
        match i64::try_from(self.0) {
            Ok(small) => small as f64 / SCALE,
            Err(_) => self.large(),
        }
    }

    /// Apart, or the compiler sees that both ways come to the same, and takes the slow one for all.
    #[cold]
    #[inline(never)]
    fn large(self) -> f64 {
        self.0 as f64 / SCALE
    }
}

/// The number as the sum counts it.
pub(super) fn fixed(value: f64) -> i128 {
    let scaled = value.clamp(-LIMIT, LIMIT) * SCALE;
    // One machine instruction for numbers up to 2¹⁴, and the same result.
    if scaled.abs() < (1_u64 << 62) as f64 {
        i128::from(scaled as i64)
    } else {
        scaled as i128
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taking_out_is_the_exact_opposite_of_adding() {
        let mut sum = ExactSum::default();
        for value in [0.1, 1e15, -3.7e-9] {
            sum.add(value);
        }
        sum.remove(1e15);
        let mut fresh = ExactSum::default();
        fresh.add(-3.7e-9);
        fresh.add(0.1);
        assert_eq!(sum, fresh);
        assert!((sum.value() - (0.1 - 3.7e-9)).abs() < 1e-14);
    }
}
