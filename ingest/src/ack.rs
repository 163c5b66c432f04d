//! Acknowledgements: what a delivery carries, and the order in which one connection's leave.
//! When to release them is the engine's business; sending them is the session's.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, oneshot};

use crate::counts::Counts;

/// The right to acknowledge one message. Dropped unreleased, no PUBACK is ever sent and the broker or the
/// device sends the message again.
#[derive(Debug)]
#[must_use = "an acknowledgement that is not released makes the message come again"]
pub struct Ack(Kind);

#[derive(Debug)]
enum Kind {
    /// The device waits in the embedded broker's hook.
    Hook(oneshot::Sender<()>, Arc<Counts>),
    /// A remote broker waits for a PUBACK on the connection of this epoch.
    Session {
        window: Arc<AckWindow>,
        epoch: u64,
        seq: u64,
    },
}

impl Ack {
    /// Says that the message is durable. Never blocks, never fails: an acknowledgement of a connection that is
    /// gone is dropped, because that session's messages come again.
    pub fn release(self) {
        match self.0 {
            Kind::Hook(waiting, counts) => match waiting.send(()) {
                Ok(()) => counts.acks.one(),
                Err(()) => counts.stale_acks.one(),
            },
            Kind::Session { window, epoch, seq } => window.release(epoch, seq),
        }
    }

    /// An acknowledgement and what its release wakes: the publisher held in the embedded broker's hook.
    pub(crate) fn hook(counts: Arc<Counts>) -> (Self, oneshot::Receiver<()>) {
        let (released, waiting) = oneshot::channel();
        (Self(Kind::Hook(released, counts)), waiting)
    }
}

/// The messages of one connection that wait for their acknowledgement, in the order of their arrival.
///
/// MQTT wants PUBACKs in the order of the messages, and a packet id means nothing on another connection. So each
/// message has a place here, a release marks the place, and only the released prefix of the present connection
/// leaves. A lock rather than a queue: a release must neither wait nor find a queue full, and what is held is
/// bounded by MQTT itself (65,535 packet ids a connection).
#[derive(Debug)]
pub(crate) struct AckWindow {
    state: Mutex<WindowState>,
    /// Wakes the session when the oldest message was released.
    pub(crate) released: Notify,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct WindowState {
    epoch: u64,
    /// The sequence number of the first place.
    first: u64,
    places: VecDeque<Place>,
}

#[derive(Debug)]
struct Place {
    packet_id: u16,
    released: bool,
}

impl AckWindow {
    pub(crate) fn new(counts: Arc<Counts>) -> Self {
        Self {
            state: Mutex::default(),
            released: Notify::new(),
            counts,
        }
    }

    /// A place for a message that has just arrived on the present connection; none when the broker sends more
    /// unacknowledged messages than there are packet ids.
    pub(crate) fn expect(self: &Arc<Self>, packet_id: u16) -> Option<Ack> {
        let mut state = self.lock();
        if state.places.len() >= usize::from(u16::MAX) {
            return None;
        }
        let seq = state.first + state.places.len() as u64;
        state.places.push_back(Place {
            packet_id,
            released: false,
        });
        Some(Ack(Kind::Session {
            window: Arc::clone(self),
            epoch: state.epoch,
            seq,
        }))
    }

    /// The connection is gone: its acknowledgements must not reach the next one.
    pub(crate) fn next_epoch(&self) {
        let mut state = self.lock();
        state.epoch += 1;
        state.first = 0;
        state.places.clear();
    }

    /// How many messages of the present connection are acknowledged, and how many were received.
    pub(crate) fn progress(&self) -> (u64, u64) {
        let state = self.lock();
        (state.first, state.first + state.places.len() as u64)
    }

    /// Hands the released prefix to `send`, oldest first, until `send` has no room.
    pub(crate) fn drain(&self, mut send: impl FnMut(u16) -> bool) {
        let mut state = self.lock();
        while let Some(place) = state.places.front() {
            if !place.released || !send(place.packet_id) {
                return;
            }
            state.places.pop_front();
            state.first += 1;
            self.counts.acks.one();
        }
    }

    fn release(&self, epoch: u64, seq: u64) {
        let mut state = self.lock();
        if epoch != state.epoch {
            self.counts.stale_acks.one();
            return;
        }
        let offset = (seq - state.first) as usize;
        if let Some(place) = state.places.get_mut(offset) {
            place.released = true;
        }
        drop(state);
        if offset == 0 {
            self.released.notify_one();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, WindowState> {
        // Nothing panics while it holds the lock, and the state is whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window() -> Arc<AckWindow> {
        Arc::new(AckWindow::new(Arc::new(Counts::new("test"))))
    }

    fn drained(window: &AckWindow) -> Vec<u16> {
        let mut sent = Vec::new();
        window.drain(|id| {
            sent.push(id);
            true
        });
        sent
    }

    #[test]
    fn acknowledgements_leave_in_the_order_of_arrival() {
        let window = window();
        let [first, second, third] = [7, 9, 8].map(|id| window.expect(id).unwrap());
        third.release();
        second.release();
        assert_eq!(drained(&window), [0_u16; 0]);
        first.release();
        assert_eq!(drained(&window), [7, 9, 8]);
        assert_eq!(window.progress(), (3, 3));
    }

    #[test]
    fn an_acknowledgement_of_an_old_connection_is_dropped() {
        let window = window();
        let old = window.expect(1).unwrap();
        window.next_epoch();
        let new = window.expect(1).unwrap();
        old.release();
        assert_eq!(
            drained(&window),
            [0_u16; 0],
            "packet id 1 is another message now"
        );
        new.release();
        assert_eq!(drained(&window), [1]);
        assert_eq!(window.counts.stale_acks.get(), 1);
    }

    #[test]
    fn a_message_never_released_holds_back_those_behind_it() {
        let window = window();
        drop(window.expect(1));
        window.expect(2).unwrap().release();
        assert_eq!(drained(&window), [0_u16; 0]);
    }

    #[test]
    fn a_broker_that_sends_more_than_it_may_is_found_out() {
        let window = window();
        let held: Vec<Option<Ack>> = (0..=u16::MAX).map(|id| window.expect(id)).collect();
        assert_eq!(held.iter().flatten().count(), 65_535);
        assert!(held[65_535].is_none());
    }

    #[test]
    fn what_finds_no_room_stays_for_later() {
        let window = window();
        for id in 1..=3 {
            window.expect(id).unwrap().release();
        }
        let mut room = 2;
        window.drain(|_| {
            room -= 1;
            room >= 0
        });
        assert_eq!(drained(&window), [3]);
    }
}
