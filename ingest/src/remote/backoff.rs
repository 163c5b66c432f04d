//! How long to wait before the next try, so that a thousand clients do not come back at the same instant.

use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A connection that held this long was a good one: the next loss starts from the first pause again.
const STABLE: Duration = Duration::from_mins(1);

/// Exponential pauses with full jitter: any length from nothing to the present limit.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    limit: Duration,
    random: ChaCha8Rng,
}

impl Backoff {
    pub(super) fn new(first: Duration, longest: Duration, seed: u64) -> Self {
        Self {
            first,
            longest,
            limit: first,
            random: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// The pause after a connection that held for `held`; nothing for one that never came about.
    pub(super) fn pause(&mut self, held: Duration) -> Duration {
        if held >= STABLE {
            self.limit = self.first;
        }
        let pause = self.limit.mul_f64(self.random.random::<f64>());
        self.limit = (self.limit * 2).min(self.longest);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff(seed: u64) -> Backoff {
        Backoff::new(Duration::from_millis(500), Duration::from_secs(30), seed)
    }

    #[test]
    fn pauses_grow_to_the_longest_and_use_the_whole_range() {
        let mut backoff = backoff(7);
        let limits: Vec<u128> = (0..9)
            .map(|_| {
                let limit = backoff.limit;
                assert!(backoff.pause(Duration::ZERO) <= limit);
                limit.as_millis()
            })
            .collect();
        assert_eq!(
            limits,
            [
                500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000
            ]
        );
        let pauses: Vec<Duration> = (0..200).map(|_| backoff.pause(Duration::ZERO)).collect();
        assert!(
            pauses.iter().any(|p| *p < Duration::from_secs(3)),
            "jitter is full"
        );
        assert!(
            pauses.iter().any(|p| *p > Duration::from_secs(27)),
            "jitter is full"
        );
    }

    #[test]
    fn only_a_stable_connection_starts_it_over() {
        let mut backoff = backoff(7);
        for _ in 0..5 {
            backoff.pause(Duration::from_secs(59));
        }
        assert_eq!(
            backoff.limit,
            Duration::from_secs(16),
            "flapping is not stable"
        );
        backoff.pause(Duration::from_mins(1));
        assert_eq!(backoff.limit, Duration::from_secs(1));
    }

    #[test]
    fn the_same_seed_gives_the_same_pauses() {
        let [mut one, mut same, mut other] = [7, 7, 8].map(backoff);
        let pauses = |b: &mut Backoff| -> Vec<Duration> {
            (0..5).map(|_| b.pause(Duration::ZERO)).collect()
        };
        let first = pauses(&mut one);
        assert_eq!(first, pauses(&mut same));
        assert_ne!(first, pauses(&mut other));
    }
}
