//! The clock is an argument: the binaries read the machine's, tests and `--speed` make their own.

use crate::Time;

/// Tells the present. Implementations never run backwards.
pub trait Clock: Send + Sync {
    /// The present time.
    fn now(&self) -> Time;
}
