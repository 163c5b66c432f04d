//! The clocks of the binary: the only place of the engine that reads the machine's.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use model::{Clock, Time};

/// Of each elapsed second, at most this part is spent on following a machine clock that was set.
const SLEW: f64 = 0.001;

/// The machine's clock, anchored to its monotonic one: a step of the machine's clock, either way, is
/// followed at one part in a thousand, so that no `for:` is cut short or drawn out by it.
#[derive(Debug)]
pub struct AnchoredClock {
    state: Mutex<Anchor>,
}

#[derive(Debug)]
struct Anchor {
    read: Instant,
    now_ms: f64,
}

impl AnchoredClock {
    /// A clock that shows the machine's time now.
    pub fn new() -> Self {
        Self {
            state: Mutex::new(Anchor {
                read: Instant::now(),
                now_ms: machine_ms(),
            }),
        }
    }
}

impl Default for AnchoredClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for AnchoredClock {
    fn now(&self) -> Time {
        let mut anchor = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        anchor.step(Instant::now(), machine_ms());
        Time::from_millis(anchor.now_ms as i64)
    }
}

impl Anchor {
    fn step(&mut self, read: Instant, machine_ms: f64) {
        let elapsed_ms = read.duration_since(self.read).as_secs_f64() * 1_000.0;
        self.read = read;
        self.now_ms += elapsed_ms;
        let behind = machine_ms - self.now_ms;
        self.now_ms += behind.clamp(-elapsed_ms * SLEW, elapsed_ms * SLEW);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the composition root is where the clock is read"
)]
fn machine_ms() -> f64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0.0, |d| d.as_secs_f64() * 1_000.0)
}

/// A clock that runs faster than the one it is made from: the demo's `--speed`.
#[derive(Debug)]
pub struct ScaledClock<C> {
    inner: C,
    /// What `inner` showed when this clock showed `start`.
    anchor: Time,
    start: Time,
    speed: f64,
}

impl<C: Clock> ScaledClock<C> {
    /// Shows `start` now; `speed` of its seconds pass in each second of `inner`.
    pub fn starting(inner: C, start: Time, speed: f64) -> Self {
        Self {
            anchor: inner.now(),
            inner,
            start,
            speed,
        }
    }
}

impl<C: Clock> Clock for ScaledClock<C> {
    fn now(&self) -> Time {
        let passed = self.inner.now().since(self.anchor).millis() as f64;
        self.start + model::Span::from_millis((passed * self.speed) as i64)
    }

    fn machine(&self) -> Time {
        self.inner.machine()
    }

    fn speed(&self) -> f64 {
        self.speed
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Stopped(i64);

    impl Clock for Stopped {
        fn now(&self) -> Time {
            Time::from_millis(self.0)
        }
    }

    #[test]
    fn a_faster_clock_tells_its_speed_and_the_machine_s_own_time() {
        let ahead = ScaledClock::starting(Stopped(5_000), Time::from_millis(90_000), 4.0);
        assert_eq!(ahead.now(), Time::from_millis(90_000));
        assert_eq!(ahead.machine(), Time::from_millis(5_000));
        assert!((ahead.speed() - 4.0).abs() < f64::EPSILON);
        let plain = Stopped(5_000);
        assert_eq!(plain.machine(), plain.now());
    }

    #[test]
    fn a_machine_clock_set_an_hour_back_is_followed_without_running_back() {
        let begun = Instant::now();
        let mut anchor = Anchor {
            read: begun,
            now_ms: 10_000_000.0,
        };
        for second in 1..=100 {
            let before = anchor.now_ms;
            let hour_back = 10_000_000.0 + f64::from(second) * 1_000.0 - 3_600_000.0;
            anchor.step(begun + Duration::from_secs(second as u64), hour_back);
            let passed = anchor.now_ms - before;
            assert!((998.9..=1_000.0).contains(&passed), "{passed}");
        }
    }
}
