//! What stands between the hub and one socket: two short queues, and the frames in them.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::stats::Stats;

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

/// The hub's and the reader's side of a client's queues.
#[derive(Clone)]
pub(crate) struct Outbox {
    urgent: mpsc::Sender<Frame>,
    state: mpsc::Sender<Frame>,
}

/// The writer's side.
pub(crate) struct Outgoing {
    /// Alerts, answers, heartbeats: they overtake state.
    pub(crate) urgent: mpsc::Receiver<Frame>,
    /// At most one frame a subscription.
    pub(crate) state: mpsc::Receiver<Frame>,
}

/// There is no room now, or nobody takes any more.
#[derive(Debug)]
pub(crate) struct NoRoom;

impl Outbox {
    /// Queues for a client with at most so many subscriptions.
    pub(crate) fn new(subscriptions: usize) -> (Self, Outgoing) {
        // Answers and heartbeats, and a window of alerts; the rest waits in the hub as a position.
        let (urgent, urgent_out) = mpsc::channel(2 * subscriptions + 32);
        let (state, state_out) = mpsc::channel(subscriptions.max(1));
        let outgoing = Outgoing {
            urgent: urgent_out,
            state: state_out,
        };
        (Self { urgent, state }, outgoing)
    }

    pub(crate) fn urgent(&self, frame: Frame) -> Result<(), NoRoom> {
        self.urgent.try_send(frame).map_err(|_full| NoRoom)
    }

    /// Room for one urgent frame, before it is made.
    pub(crate) fn place(&self) -> Result<mpsc::Permit<'_, Frame>, NoRoom> {
        self.urgent.try_reserve().map_err(|_full| NoRoom)
    }

    pub(crate) fn state(&self, frame: Frame) -> Result<(), NoRoom> {
        self.state.try_send(frame).map_err(|_full| NoRoom)
    }

    /// For who can wait, as the client's own reader.
    pub(crate) async fn urgent_when_there_is_room(&self, frame: Frame) {
        // The writer ends only with the whole connection: nobody is left to be told.
        let _writer_gone = self.urgent.send(frame).await;
    }
}
