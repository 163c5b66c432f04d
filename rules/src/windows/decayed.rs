//! The exponentially weighted average: the weight of a sample halves with every half-life. Three numbers, no samples.
//!
//! Weights are worked out here and not by the machine's library: the same inputs must give the same bits on any node.

use std::f64::consts::LN_2;

use model::Span;

/// The weighted average of everything ever measured.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Decayed {
    half_life: i64,
    /// The newest sample's time: weights count from here.
    at: i64,
    weighted: f64,
    weights: f64,
}

impl Decayed {
    pub(super) fn new(half_life: Span) -> Self {
        Self {
            half_life: half_life.millis(),
            at: i64::MIN,
            weighted: 0.0,
            weights: 0.0,
        }
    }

    /// A sample of any age: a late one gets the weight it would have by now.
    pub(super) fn add(&mut self, at: i64, value: f64) {
        if at >= self.at {
            let faded = self.weight(at.saturating_sub(self.at));
            self.weighted = self.weighted * faded + value;
            self.weights = self.weights * faded + 1.0;
            self.at = at;
        } else {
            let weight = self.weight(self.at.saturating_sub(at));
            self.weighted += value * weight;
            self.weights += weight;
        }
    }

    pub(super) fn average(&self) -> Option<f64> {
        (self.weights > 0.0).then(|| self.weighted / self.weights)
    }

    fn weight(&self, age: i64) -> f64 {
        halvings(age as f64 / self.half_life as f64)
    }
}

/// Below this a weight is no weight.
const NO_WEIGHT: f64 = 1_000.0;

/// 2⁻ˣ for x ≥ 0, with plain arithmetic only: the whole halvings as an exponent, the rest by the series of eˣ.
fn halvings(x: f64) -> f64 {
    if x >= NO_WEIGHT {
        return 0.0;
    }
    let whole = x.round();
    let rest = (whole - x) * LN_2;
    // |rest| ≤ 0.35: 14 terms reach the last digit of a double.
    let series = (1..=14)
        .rev()
        .fold(1.0, |sum, n| 1.0 + rest / f64::from(n) * sum);
    let exponent = (1_023 - whole as u64) << 52;
    f64::from_bits(exponent) * series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_powers_of_two() {
        for tenth in 0..9_000 {
            let x = f64::from(tenth) / 10.0;
            let (ours, theirs) = (halvings(x), (-x).exp2());
            assert!(
                (ours - theirs).abs() <= theirs * 4e-16 + f64::MIN_POSITIVE,
                "{x}: {ours:e} {theirs:e}"
            );
        }
        assert_eq!(halvings(1e9).to_bits(), 0.0_f64.to_bits());
    }
}
