//! Sums of products that lose nothing: signed 256-bit integers, as far as the running figures of a window need them.

/// Two's complement over two words. Sums wrap at ±2²⁵⁵, which a full window of the greatest numbers does not reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Wide {
    high: i128,
    low: u128,
}

const HALF: u32 = 64;
const LOW_HALF: u128 = u64::MAX as u128;
const TWO_POW_128: f64 = 340_282_366_920_938_463_463_374_607_431_768_211_456.0;

impl Wide {
    pub(super) fn product(a: i128, b: i128) -> Self {
        let magnitude = unsigned_product(a.unsigned_abs(), b.unsigned_abs());
        if (a < 0) == (b < 0) {
            magnitude
        } else {
            magnitude.negated()
        }
    }

    #[must_use]
    pub(super) fn plus(self, other: Self) -> Self {
        let (low, carry) = self.low.overflowing_add(other.low);
        let high = self.high.wrapping_add(other.high);
        Self {
            high: high.wrapping_add(i128::from(carry)),
            low,
        }
    }

    #[must_use]
    pub(super) fn minus(self, other: Self) -> Self {
        self.plus(other.negated())
    }

    /// The product with how many there are.
    #[must_use]
    pub(super) fn times(self, count: u64) -> Self {
        let product = unsigned_product(self.low, u128::from(count));
        let high = self.high.wrapping_mul(i128::from(count));
        Self {
            high: product.high.wrapping_add(high),
            low: product.low,
        }
    }

    #[must_use]
    fn negated(self) -> Self {
        let (low, carry) = (!self.low).overflowing_add(1);
        Self {
            high: (!self.high).wrapping_add(i128::from(carry)),
            low,
        }
    }

    pub(super) fn is_zero(self) -> bool {
        self == Self::default()
    }

    /// The nearest double, but for the last digit.
    pub(super) fn to_f64(self) -> f64 {
        if self.high < 0 {
            return -self.negated().to_f64();
        }
        self.high as f64 * TWO_POW_128 + self.low as f64
    }
}

/// By halves, as one multiplies on paper.
fn unsigned_product(a: u128, b: u128) -> Wide {
    let (a_high, a_low) = (a >> HALF, a & LOW_HALF);
    let (b_high, b_low) = (b >> HALF, b & LOW_HALF);
    let lowest = a_low * b_low;
    let (across, back) = (a_low * b_high, a_high * b_low);
    let middle = (lowest >> HALF) + (across & LOW_HALF) + (back & LOW_HALF);
    let high = a_high * b_high + (across >> HALF) + (back >> HALF) + (middle >> HALF);
    Wide {
        high: high as i128,
        low: (middle << HALF) | (lowest & LOW_HALF),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn small_numbers_agree_with_the_machine(
            a in -1_i64 << 60..1_i64 << 60, b in any::<i64>(), c in -1_i64 << 60..1_i64 << 60, n in 0_u64..1000,
        ) {
            let wide = |n: i128| Wide::product(n, 1);
            let (a, b, c) = (i128::from(a), i128::from(b), i128::from(c));
            prop_assert_eq!(Wide::product(a, b), wide(a * b));
            prop_assert_eq!(wide(a).plus(wide(c)), wide(a + c));
            prop_assert_eq!(wide(a).minus(wide(c)), wide(a - c));
            prop_assert_eq!(wide(a).times(n), wide(a * i128::from(n)));
            prop_assert!((wide(a * b).to_f64() - (a * b) as f64).abs() <= ((a * b) as f64).abs() * 1e-15);
        }

        #[test]
        fn great_numbers_multiply_as_they_should(a in any::<i128>(), b in any::<i64>(), c in any::<i64>()) {
            let (a, b, c) = (a >> 8, i128::from(b), i128::from(c));
            // (b + c)·a = b·a + c·a, and factors change places.
            prop_assert_eq!(Wide::product(b + c, a), Wide::product(b, a).plus(Wide::product(a, c)));
            prop_assert!(Wide::product(a, b).minus(Wide::product(b, a)).is_zero());
        }
    }
}
