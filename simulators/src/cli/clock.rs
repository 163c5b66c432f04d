//! The machine's clock, read here and nowhere below.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use model::{Clock, Time};

/// The machine's time; holds still while the machine's clock is set back.
#[derive(Debug, Default)]
pub(crate) struct SystemClock {
    latest_ms: AtomicI64,
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the binary is where a clock is read"
    )]
    fn now(&self) -> Time {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        // A machine before 1970 has no usable time: its clock stands still.
        let ms = since.map_or(0, |d| d.as_millis() as i64);
        let before = self.latest_ms.fetch_max(ms, Ordering::Relaxed);
        Time::from_millis(ms.max(before))
    }
}
