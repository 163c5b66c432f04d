//! When a new connection has caught up: its subscriptions stand and what the broker kept for us is through.
//!
//! MQTT has no mark at the end of a backlog. So a fence is sent: a question whose answer the broker queues behind what
//! it has sent already. A round begins when everything received so far is acknowledged, because a broker with a full
//! window sends nothing more, and ends with the fence's answer.
//!
//! While a backlog stands the broker's window is full. At the answer it holds exactly what came in since the
//! acknowledgements that went before the fence; when that is less than the window, nothing waits behind it, however
//! busy the city is. Nobody tells us the broker's window, but it has never been smaller than what we once held.

/// Less than the smallest window brokers open by default.
const SMALLEST_WINDOW: u64 = 10;

#[derive(Debug, Default)]
pub(super) struct CatchUp {
    step: Step,
    /// Retained messages since the fence was sent.
    retained: u32,
    /// How many messages were acknowledged before the fence.
    acknowledged: u64,
    /// The most messages of this connection that were held unacknowledged at once.
    most_held: u64,
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
        *self = Self {
            step: Step::Subscribing,
            ..Self::default()
        };
    }

    /// `received` counts the messages of this connection that want an acknowledgement.
    pub(super) fn subscribed(&mut self, received: u64) {
        if self.step == Step::Subscribing {
            self.step = Step::Draining { received };
        }
    }

    /// A message came; with it, so many of this connection are held unacknowledged.
    pub(super) fn message(&mut self, retained: bool, held: u64) {
        self.retained += u32::from(retained);
        self.most_held = self.most_held.max(held);
    }

    /// True when a fence is to be sent now, so many messages being acknowledged.
    pub(super) fn drained(&mut self, acknowledged: u64) -> bool {
        let now = matches!(self.step, Step::Draining { received } if acknowledged >= received);
        if now {
            self.step = Step::Fencing;
            self.retained = 0;
            self.acknowledged = acknowledged;
        }
        now
    }

    /// The fence's answer is here. True when that was the last round.
    pub(super) fn fenced(&mut self, received: u64) -> bool {
        if self.step != Step::Fencing {
            return false;
        }
        let in_flight = received.saturating_sub(self.acknowledged);
        let last = self.retained == 0 && in_flight < self.most_held.max(SMALLEST_WINDOW);
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
        catch_up.message(true, 0);
        assert!(!catch_up.fenced(0), "a retained message came");
        assert!(catch_up.drained(0));
        (1..=20).for_each(|held| catch_up.message(false, held));
        assert!(!catch_up.fenced(20), "a whole window came");
        assert!(
            !catch_up.drained(19),
            "not all acknowledged: the broker may hold the rest back"
        );
        assert!(catch_up.drained(20));
        (1..=3).for_each(|held| catch_up.message(false, held));
        assert!(catch_up.fenced(23), "what comes now is the present");
    }

    #[test]
    fn a_busy_city_is_up_when_the_window_is_no_longer_full() {
        let mut catch_up = subscribed();
        // The backlog: a window of 20, again and again full when the fence is answered.
        let mut received = 0;
        for _ in 0..5 {
            assert!(catch_up.drained(received));
            (1..=20).for_each(|held| catch_up.message(false, held));
            received += 20;
            assert!(!catch_up.fenced(received), "the window was full");
        }
        // The present: 15 on their way at any time, which is more than the smallest window.
        assert!(catch_up.drained(received));
        (1..=15).for_each(|held| catch_up.message(false, held));
        assert!(catch_up.fenced(received + 15), "no window is full");
    }

    #[test]
    fn what_the_broker_still_holds_from_before_the_fence_counts() {
        let mut catch_up = subscribed();
        (1..=20).for_each(|held| catch_up.message(false, held));
        // Eight were acknowledged: twelve of the twenty places are taken when the fence leaves.
        assert!(catch_up.drained(8));
        (13..=20).for_each(|held| catch_up.message(false, held));
        assert!(
            !catch_up.fenced(28),
            "only eight came, and the window is full"
        );
    }

    #[test]
    fn a_broker_that_never_answers_the_fence_is_up_at_the_limit() {
        let mut catch_up = subscribed();
        assert!(catch_up.give_up());
        assert!(!catch_up.give_up(), "once");
    }
}
