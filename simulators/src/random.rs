//! Random streams: one for each device and process, keyed by the run's seed and the owner's name.
//! The order in which owners draw never matters, so that thread counts change nothing.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// A private stream of random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of one owner: `purpose` keeps a device's measurements apart from, say, its faults.
    pub(crate) fn new(seed: u64, purpose: &str, owner: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update((purpose.len() as u64).to_le_bytes());
        hash.update(purpose);
        hash.update(owner);
        Self(ChaCha8Rng::from_seed(hash.finalize().into()))
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// Uniform in `[low, high)`; `low` when the two are equal.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in `0..below`; 0 when `below` is 0.
    pub(crate) fn below(&mut self, below: u64) -> u64 {
        if below == 0 {
            0
        } else {
            self.0.random_range(0..below)
        }
    }

    /// Standard normal (Box–Muller; the second value is not kept, so that every draw costs the same two numbers).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Exponential with this mean: the waiting time of a Poisson process.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_seed_purpose_and_owner_only() {
        let draw = |seed, purpose, owner| Stream::new(seed, purpose, owner).unit().to_bits();
        assert_eq!(draw(1, "device", "ap-1"), draw(1, "device", "ap-1"));
        assert_ne!(draw(1, "device", "ap-1"), draw(2, "device", "ap-1"));
        assert_ne!(draw(1, "device", "ap-1"), draw(1, "device", "ap-2"));
        assert_ne!(draw(1, "device", "ap-1"), draw(1, "devicea", "p-1"));
    }

    #[test]
    fn the_normal_has_its_mean_and_deviation() {
        let mut stream = Stream::new(7, "test", "normal");
        let draws: Vec<f64> = (0..20_000).map(|_| stream.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }
}
