//! When a new connection has caught up: its subscriptions stand and what the broker kept for us is through.
//!
//! MQTT has no mark at the end of a backlog. So a fence is sent: a question whose answer the broker queues behind what
//! it has sent already. A round begins when everything received so far is acknowledged, because a broker with a full
//! window sends nothing more, and ends with the fence's answer. A round that brought no retained message and less than
//! a window of others was the last.

/// Less than the smallest window brokers open by default.
const SMALLEST_WINDOW: u32 = 10;

#[derive(Debug, Default)]
pub(super) struct CatchUp {
    step: Step,
    /// Messages since the fence was sent.
    retained: u32,
    confirmed: u32,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Step {
    #[default]
    Connecting,
    Subscribing,
    /// Until everything received so far is acknowledged.
    Draining {
        received: u64,
    },
    Fencing,
    Done,
}

impl CatchUp {
    pub(super) fn connected(&mut self) {
        self.step = Step::Subscribing;
    }

    /// `received` counts the messages of this connection that want an acknowledgement.
    pub(super) fn subscribed(&mut self, received: u64) {
        if self.step == Step::Subscribing {
            self.step = Step::Draining { received };
        }
    }

    pub(super) fn message(&mut self, retained: bool, confirmed: bool) {
        self.retained += u32::from(retained);
        self.confirmed += u32::from(confirmed);
    }

    /// True when a fence is to be sent now, so many messages being acknowledged.
    pub(super) fn drained(&mut self, acknowledged: u64) -> bool {
        let now = matches!(self.step, Step::Draining { received } if acknowledged >= received);
        if now {
            self.step = Step::Fencing;
            self.retained = 0;
            self.confirmed = 0;
        }
        now
    }

    /// The fence's answer is here. True when that was the last round.
    pub(super) fn fenced(&mut self, received: u64) -> bool {
        if self.step != Step::Fencing {
            return false;
        }
        let last = self.retained == 0 && self.confirmed < SMALLEST_WINDOW;
        self.step = if last {
            Step::Done
        } else {
            Step::Draining { received }
        };
        last
    }

    /// The limit is over. True when that made it done.
    pub(super) fn give_up(&mut self) -> bool {
        let done = matches!(self.step, Step::Draining { .. } | Step::Fencing);
        if done {
            self.step = Step::Done;
        }
        done
    }

    /// True between the connection and the last round.
    pub(super) fn under_way(&self) -> bool {
        !matches!(self.step, Step::Connecting | Step::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscribed() -> CatchUp {
        let mut catch_up = CatchUp::default();
        catch_up.connected();
        assert!(!catch_up.drained(0), "not before the subscriptions stand");
        catch_up.subscribed(0);
        catch_up
    }

    #[test]
    fn a_source_without_a_past_is_up_after_one_fence() {
        let mut catch_up = subscribed();
        assert!(catch_up.drained(0));
        assert!(catch_up.fenced(0));
        assert!(!catch_up.under_way());
    }

    #[test]
    fn retained_messages_and_a_backlog_ask_for_another_round() {
        let mut catch_up = subscribed();
        assert!(catch_up.drained(0));
        catch_up.message(true, false);
        assert!(!catch_up.fenced(0), "a retained message came");
        assert!(catch_up.drained(0));
        (0..20).for_each(|_| catch_up.message(false, true));
        assert!(!catch_up.fenced(20), "a whole window came");
        assert!(
            !catch_up.drained(19),
            "not all acknowledged: the broker may hold the rest back"
        );
        assert!(catch_up.drained(20));
        (0..3).for_each(|_| catch_up.message(false, true));
        assert!(catch_up.fenced(23), "what comes now is the present");
    }

    #[test]
    fn a_city_that_never_falls_silent_is_up_at_the_limit() {
        let mut catch_up = subscribed();
        assert!(catch_up.give_up());
        assert!(!catch_up.give_up(), "once");
    }
}
