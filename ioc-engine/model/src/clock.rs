//! The clock is an argument: the binaries read the machine's, tests and `--speed` make their own.

use crate::Time;

/// Tells the present. Implementations never run backwards.
pub trait Clock: Send + Sync {
    /// The present time.
    fn now(&self) -> Time;

    /// The machine's own time, where [`Self::now`] is another: a demo's.
    fn machine(&self) -> Time {
        self.now()
    }

    /// How many of its seconds pass in one of the machine's.
    fn speed(&self) -> f64 {
        1.0
    }
}
