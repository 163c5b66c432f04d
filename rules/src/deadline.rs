//! A time at which something has to be looked at, and the one timer that stands for it.
//!
//! Deadlines move on with nearly every reading, timers cost memory while they wait: a deadline that moves to later leaves
//! its timer where it is. When that fires too early it is set anew, and nothing else happens.

use model::Time;

/// [`Time::MAX`] is never.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Deadline {
    due: Time,
    /// When the timer fires that is counted on; any other timer is void.
    armed: Time,
}

/// What a timer that fired comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fired {
    /// The deadline is here.
    Due,
    /// It moved on: set a timer for then.
    Early(Time),
    /// Another timer stands for it, or none has to.
    Void,
}

impl Deadline {
    pub(crate) const NEVER: Self = Self {
        due: Time::MAX,
        armed: Time::MAX,
    };

    pub(crate) fn is_due(self, now: Time) -> bool {
        self.due == now
    }

    /// Moves it. Gives the time for which a timer has to be set, where none that waits comes early enough.
    #[must_use]
    pub(crate) fn move_to(&mut self, due: Time) -> Option<Time> {
        // What was due and did not move stays as it is: its timer has fired.
        let moved = std::mem::replace(&mut self.due, due) != due;
        let needed = moved && due < self.armed;
        if needed {
            self.armed = due;
        }
        needed.then_some(due)
    }

    /// A timer of it fires.
    #[must_use]
    pub(crate) fn fire(&mut self, at: Time) -> Fired {
        if self.armed != at {
            return Fired::Void;
        }
        if self.due <= at {
            self.armed = Time::MAX;
            return Fired::Due;
        }
        self.armed = self.due;
        match self.due {
            Time::MAX => Fired::Void,
            due => Fired::Early(due),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ms: i64) -> Time {
        Time::from_millis(ms)
    }

    #[test]
    fn a_deadline_that_moves_on_keeps_its_timer() {
        let mut deadline = Deadline::NEVER;
        assert_eq!(deadline.move_to(at(10)), Some(at(10)));
        assert_eq!(deadline.move_to(at(15)), None);
        assert_eq!(deadline.move_to(at(20)), None);
        assert_eq!(deadline.fire(at(10)), Fired::Early(at(20)));
        assert_eq!(deadline.fire(at(20)), Fired::Due);
        assert_eq!(deadline.fire(at(20)), Fired::Void, "it came once");
    }

    #[test]
    fn a_deadline_that_moves_back_has_a_new_timer() {
        let mut deadline = Deadline::NEVER;
        assert_eq!(deadline.move_to(at(20)), Some(at(20)));
        assert_eq!(deadline.move_to(at(10)), Some(at(10)));
        assert_eq!(deadline.fire(at(10)), Fired::Due);
        assert_eq!(deadline.move_to(at(30)), Some(at(30)));
        assert_eq!(deadline.fire(at(20)), Fired::Void, "the one of before");
        assert_eq!(deadline.move_to(Time::MAX), None);
        assert_eq!(deadline.fire(at(30)), Fired::Void);
    }

    proptest! {
        /// Against timers that are all kept and looked at one by one: each deadline comes at its time, once.
        #[test]
        fn it_comes_when_it_is_due_and_not_otherwise(
            moves in prop::collection::vec((0_i64..6, prop::option::of(1_i64..12)), 1..60),
        ) {
            let (mut deadline, mut timers, mut now) = (Deadline::NEVER, Vec::new(), 0);
            let mut expected = None;
            for (passes, ahead) in moves {
                for ms in now + 1..=now + passes {
                    let fired = timers.iter().filter(|due| **due == at(ms)).count();
                    timers.retain(|due| *due != at(ms));
                    let mut came = 0;
                    for _ in 0..fired {
                        match deadline.fire(at(ms)) {
                            Fired::Due => came += 1,
                            Fired::Early(due) => timers.push(due),
                            Fired::Void => {}
                        }
                    }
                    prop_assert_eq!(came, usize::from(expected == Some(ms)));
                    prop_assert!(came == 0 || deadline.is_due(at(ms)));
                }
                now += passes;
                expected = ahead.map(|ahead| now + ahead);
                timers.extend(deadline.move_to(expected.map_or(Time::MAX, at)));
                let waiting = timers.iter().filter(|due| **due > at(now)).count();
                prop_assert!(expected.is_none() || waiting > 0);
            }
        }
    }
}
