//! A client as the hub sees it: a session, an outbox, and subscriptions that are positions.

use std::fmt::Write;
use std::sync::Arc;

use model::Time;

use super::alerts::AlertFeed;
use super::board::Board;
use super::outbox::{Frame, Outbox};
use super::state::StateFeed;
use crate::Session;
use crate::stats::Stats;

/// One connected client.
pub(super) struct Client {
    pub(super) session: Session,
    pub(super) outbox: Outbox,
    /// Its token has expired: positions stay, nothing is sent.
    pub(super) suspended: bool,
    pub(super) subscriptions: Vec<Subscription>,
}

/// One thing it follows.
pub(super) struct Subscription {
    /// The client's number for it.
    pub(super) sub: u32,
    /// The hub's, never used again.
    pub(super) ticket: u64,
    pub(super) feed: Feed,
}

/// What a heartbeat tells everybody.
pub(super) struct Beat {
    /// By the server's clock.
    pub(super) now: Time,
    /// By its machine's.
    pub(super) machine: Time,
    /// The alert log is committed up to this event.
    pub(super) durable_seq: u64,
}

/// Where it stands.
pub(super) enum Feed {
    State(StateFeed),
    Alerts(AlertFeed),
}

impl Client {
    pub(super) fn new(session: Session, outbox: Outbox) -> Self {
        Self {
            session,
            outbox,
            suspended: false,
            subscriptions: Vec::new(),
        }
    }

    /// Ends the subscription of this number; false when there is none.
    pub(super) fn remove(&mut self, sub: u32) -> bool {
        let before = self.subscriptions.len();
        self.subscriptions.retain(|s| s.sub != sub);
        self.subscriptions.len() < before
    }

    /// The most changes any of its positions is behind.
    pub(super) fn lag(&self, board: &Board) -> u64 {
        let lags = self.subscriptions.iter().filter_map(|s| match &s.feed {
            Feed::State(feed) => feed.lag(board),
            Feed::Alerts(_) => None,
        });
        lags.max().unwrap_or(0)
    }

    /// Tells the time, what is durable and every position; positions move only when the client is told.
    pub(super) fn beat(&mut self, beat: &Beat, stats: &Arc<Stats>) {
        let mut text = format!(
            "{{\"op\":\"heartbeat\",\"server_time\":{},\"machine_time\":{},\"durable_seq\":{},\"subs\":{{",
            beat.now.millis(),
            beat.machine.millis(),
            beat.durable_seq
        );
        let mut comma = "";
        for subscription in &self.subscriptions {
            if let Some(position) = subscription.position() {
                // Writing to a String cannot fail.
                let _infallible = write!(text, "{comma}\"{}\":{position}", subscription.sub);
                comma = ",";
            }
        }
        text.push_str("}}");
        if self.outbox.urgent(Frame::plain(text, stats)).is_ok() {
            for subscription in &mut self.subscriptions {
                if let Feed::State(feed) = &mut subscription.feed {
                    feed.told_position();
                }
            }
        }
    }
}

impl Subscription {
    /// Up to where everything has been handed over; none before the first snapshot.
    fn position(&self) -> Option<u64> {
        match &self.feed {
            Feed::State(feed) => feed.handed_over(),
            Feed::Alerts(feed) => feed.handed_over(),
        }
    }
}
