//! What stands between the hub and one socket: one mailbox of two short queues, and the frames in them.
//!
//! A mailbox rather than two channels: a quiet client then costs an allocation of a hundred bytes instead of four
//! kilobytes of reserved slots. See docs/decisions/0041.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::{Bytes, Utf8Bytes};

use crate::stats::Stats;

/// Slots a queue keeps when it is empty; what a burst needed beyond them is given back.
const KEPT_SLOTS: usize = 4;

/// One message to a client.
pub(crate) struct Frame {
    text: Utf8Bytes,
    /// The ticket of the subscription that waits for this to be taken.
    pub(crate) receipt: Option<u64>,
    held: Arc<Stats>,
}

impl Frame {
    /// A message that nobody waits for.
    pub(crate) fn plain(text: impl Into<Utf8Bytes>, stats: &Arc<Stats>) -> Self {
        Self::new(text.into(), None, stats)
    }

    /// A message whose subscription goes on when it was taken.
    pub(crate) fn with_receipt(text: Utf8Bytes, ticket: u64, stats: &Arc<Stats>) -> Self {
        Self::new(text, Some(ticket), stats)
    }

    fn new(text: Utf8Bytes, receipt: Option<u64>, stats: &Arc<Stats>) -> Self {
        stats.hold(text.len());
        Self {
            text,
            receipt,
            held: Arc::clone(stats),
        }
    }

    pub(crate) fn text(&self) -> &Utf8Bytes {
        &self.text
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.held.release(self.text.len());
    }
}

/// Both queues. The lock is held for a push or a pop, never over an await.
struct Mailbox {
    queues: Mutex<Queues>,
    /// There is something to write.
    filled: Notify,
    /// There is room for an urgent frame again.
    room: Notify,
    most_urgent: usize,
    most_state: usize,
}

#[derive(Default)]
struct Queues {
    /// Alerts, answers, heartbeats: they overtake state.
    urgent: VecDeque<Frame>,
    /// At most one frame a subscription.
    state: VecDeque<Frame>,
    /// The body of the newest ping: older ones need no answer any more (RFC 6455, 5.5.3).
    pong: Option<Bytes>,
    /// Places given away before their frames were made.
    promised: usize,
    /// Nobody writes any more.
    closed: bool,
}

/// The hub's and the reader's side of a client's mailbox.
#[derive(Clone)]
pub(crate) struct Outbox(Arc<Mailbox>);

/// The writer's side. When it is gone, the mailbox is closed.
pub(crate) struct Outgoing(Arc<Mailbox>);

/// There is no room now, or nobody takes any more.
#[derive(Debug)]
pub(crate) struct NoRoom;

/// Room for one urgent frame, given back when it is not used.
pub(crate) struct Place<'a> {
    mailbox: &'a Mailbox,
}

impl Mailbox {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        // A push or a pop leaves the queues whole, even one that panicked.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push_urgent(&self, frame: Frame) -> Result<(), Frame> {
        let mut queues = self.queues();
        if queues.closed || queues.urgent.len() + queues.promised >= self.most_urgent {
            return Err(frame);
        }
        queues.urgent.push_back(frame);
        drop(queues);
        self.filled.notify_one();
        Ok(())
    }
}

impl Outbox {
    /// A mailbox for a client with at most so many subscriptions.
    pub(crate) fn new(subscriptions: usize) -> (Self, Outgoing) {
        let mailbox = Arc::new(Mailbox {
            queues: Mutex::default(),
            filled: Notify::new(),
            room: Notify::new(),
            // Answers and heartbeats, and a window of alerts; the rest waits in the hub as a position.
            most_urgent: 2 * subscriptions + 32,
            most_state: subscriptions.max(1),
        });
        (Self(Arc::clone(&mailbox)), Outgoing(mailbox))
    }

    pub(crate) fn urgent(&self, frame: Frame) -> Result<(), NoRoom> {
        self.0.push_urgent(frame).map_err(|_full| NoRoom)
    }

    /// Room for one urgent frame, before it is made.
    pub(crate) fn place(&self) -> Result<Place<'_>, NoRoom> {
        let mut queues = self.0.queues();
        if queues.closed || queues.urgent.len() + queues.promised >= self.0.most_urgent {
            return Err(NoRoom);
        }
        queues.promised += 1;
        Ok(Place { mailbox: &self.0 })
    }

    pub(crate) fn state(&self, frame: Frame) -> Result<(), NoRoom> {
        let mut queues = self.0.queues();
        if queues.closed || queues.state.len() >= self.0.most_state {
            return Err(NoRoom);
        }
        queues.state.push_back(frame);
        drop(queues);
        self.0.filled.notify_one();
        Ok(())
    }

    /// Answers a ping, in place of one that is not answered yet.
    pub(crate) fn pong(&self, body: Bytes) {
        self.0.queues().pong = Some(body);
        self.0.filled.notify_one();
    }

    /// For who can wait, as the client's own reader. A closed mailbox takes nothing: nobody is left to be told.
    pub(crate) async fn urgent_when_there_is_room(&self, frame: Frame) {
        let mut waiting = frame;
        while let Err(back) = self.0.push_urgent(waiting) {
            if self.0.queues().closed {
                return;
            }
            waiting = back;
            // A notification from before this line is kept for it.
            self.0.room.notified().await;
        }
    }
}

impl Place<'_> {
    pub(crate) fn send(self, frame: Frame) {
        self.mailbox.queues().urgent.push_back(frame);
        self.mailbox.filled.notify_one();
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.mailbox.queues().promised -= 1;
    }
}

impl Outgoing {
    /// Waits until there is something to take.
    pub(crate) async fn filled(&self) {
        loop {
            {
                let queues = self.0.queues();
                if queues.pong.is_some() || !queues.urgent.is_empty() || !queues.state.is_empty() {
                    return;
                }
            }
            // A notification from before this line is kept for it.
            self.0.filled.notified().await;
        }
    }

    /// The body of a ping that waits for its answer.
    pub(crate) fn take_pong(&self) -> Option<Bytes> {
        self.0.queues().pong.take()
    }

    /// The next state frame.
    pub(crate) fn take_state(&self) -> Option<Frame> {
        take(&mut self.0.queues().state)
    }

    /// The next urgent frame.
    pub(crate) fn take_urgent(&self) -> Option<Frame> {
        let mut queues = self.0.queues();
        let full = queues.urgent.len() + queues.promised >= self.0.most_urgent;
        let frame = take(&mut queues.urgent);
        drop(queues);
        if full && frame.is_some() {
            self.0.room.notify_one();
        }
        frame
    }
}

fn take(queue: &mut VecDeque<Frame>) -> Option<Frame> {
    let frame = queue.pop_front();
    if queue.is_empty() {
        queue.shrink_to(KEPT_SLOTS);
    }
    frame
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        let mut queues = self.0.queues();
        queues.closed = true;
        let rest = (
            std::mem::take(&mut queues.urgent),
            std::mem::take(&mut queues.state),
        );
        drop(queues);
        self.0.room.notify_waiters();
        self.0.room.notify_one();
        drop(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats() -> Arc<Stats> {
        Arc::new(Stats::new())
    }

    #[test]
    fn there_is_room_for_so_many_and_a_place_counts_before_it_is_used() {
        let stats = stats();
        let frame = || Frame::plain("x", &stats);
        let (outbox, outgoing) = Outbox::new(1);
        for _ in 0..33 {
            outbox.urgent(frame()).expect("34 fit");
        }
        let place = outbox.place().expect("the last one");
        assert!(outbox.urgent(frame()).is_err(), "it is promised");
        drop(place);
        outbox.place().expect("given back").send(frame());
        assert!(outbox.place().is_err());
        outbox.state(frame()).expect("one a subscription");
        assert!(outbox.state(frame()).is_err());
        assert_eq!(std::iter::from_fn(|| outgoing.take_urgent()).count(), 34);
        assert!(outgoing.take_state().is_some() && outgoing.take_state().is_none());
    }

    #[tokio::test]
    async fn who_waits_for_room_goes_on_when_there_is_some_or_nobody_left() {
        let stats = stats();
        let (outbox, outgoing) = Outbox::new(0);
        for _ in 0..32 {
            outbox.urgent(Frame::plain("x", &stats)).expect("32 fit");
        }
        for (left, text) in [(true, "first"), (false, "second")] {
            let (outbox, frame) = (outbox.clone(), Frame::plain(text, &stats));
            let waiting = tokio::spawn(async move {
                outbox.urgent_when_there_is_room(frame).await;
            });
            tokio::task::yield_now().await;
            assert!(!waiting.is_finished());
            if left {
                drop(outgoing.take_urgent());
                waiting.await.expect("there is room");
                continue;
            }
            drop(outgoing);
            waiting.await.expect("nobody is left");
            break;
        }
        assert!(outbox.urgent(Frame::plain("x", &stats)).is_err());
    }
}
