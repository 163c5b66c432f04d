//! How much one client may say.

use std::time::Duration;

use tokio::time::Instant;

/// A bucket that fills at a steady rate and holds two seconds' worth.
pub(super) struct Allowance {
    per_s: f64,
    left: f64,
    at: Instant,
}

impl Allowance {
    pub(super) fn new(per_s: u32) -> Self {
        let per_s = f64::from(per_s);
        Self {
            per_s,
            left: 2.0 * per_s,
            at: Instant::now(),
        }
    }

    /// Takes one; false when there is none left.
    pub(super) fn take(&mut self) -> bool {
        let now = Instant::now();
        let since: Duration = now - self.at;
        self.at = now;
        self.left = (self.left + since.as_secs_f64() * self.per_s).min(2.0 * self.per_s);
        if self.left < 1.0 {
            return false;
        }
        self.left -= 1.0;
        true
    }
}
