//! Following state: when a subscription is due, what it is sent, and when its position moves.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use tokio::time::Instant;

use super::board::Board;
use super::client::{Client, Feed};
use super::frames::Frames;
use super::outbox::{Frame, Outbox};
use super::{ClientId, Hub, PUMP_EVERY, Taken};
use crate::cache::{AreaView, View, Walk};
use crate::protocol::Since;
use crate::stats::Stats;

/// What of a state topic is seen. Equal when it is the same view, not merely a like one.
#[derive(Clone)]
pub(super) enum StateView {
    Assets(Arc<View>),
    Areas(Arc<AreaView>),
    Health,
}

impl StateView {
    pub(super) fn topic(&self) -> &'static str {
        match self {
            Self::Assets(_) => "assets",
            Self::Areas(_) => "areas",
            Self::Health => "health",
        }
    }

    /// Names the view in `since`.
    pub(super) fn key(&self) -> u64 {
        match self {
            Self::Assets(view) => view.key(),
            Self::Areas(view) => view.key(),
            Self::Health => 0,
        }
    }

    /// The topic's newest sequence.
    pub(super) fn head(&self, board: &Board) -> u64 {
        match self {
            Self::Assets(_) => board.cache.head(),
            Self::Areas(_) => board.rollup.head(),
            Self::Health => board.health.seq,
        }
    }

    fn address(&self) -> (u8, usize) {
        match self {
            Self::Assets(view) => (0, Arc::as_ptr(view) as usize),
            Self::Areas(view) => (1, Arc::as_ptr(view) as usize),
            Self::Health => (2, 0),
        }
    }
}

impl PartialEq for StateView {
    fn eq(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}

impl Eq for StateView {}

impl Hash for StateView {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}

/// Where a client stands on a state topic.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Stage {
    /// It is being told everything.
    Snapshot(Walk),
    /// It knows everything up to `position`; nothing up to `scanned` concerned it.
    Following { position: u64, scanned: u64 },
}

/// One state subscription.
pub(super) struct StateFeed {
    view: StateView,
    stage: Stage,
    /// Frames are counted in windows of this length, at most one in each.
    window_ms: u64,
    /// The window of the last delta.
    used_window: Option<u64>,
    /// A frame is on its way: the next is built when it was taken, of what is newest then.
    on_its_way: bool,
    /// The position after the last frame that was taken.
    confirmed: Option<u64>,
    /// It has not had its first frame: it gets one at once, even an empty one.
    owed: bool,
}

impl StateFeed {
    /// A subscription that begins now, or goes on from `since` when that is a position of this very view.
    pub(super) fn new(
        view: StateView,
        window_ms: u64,
        since: Option<&Since>,
        board: &Board,
    ) -> Self {
        let key = format!("{:016x}", view.key());
        let known = since.filter(|since| {
            *since.epoch == *board.epoch
                && since.key.as_deref() == Some(&*key)
                && since.seq <= view.head(board)
        });
        let stage = match known {
            Some(since) => Stage::Following {
                position: since.seq,
                scanned: since.seq,
            },
            None => Stage::Snapshot(Walk::default()),
        };
        Self {
            view,
            stage,
            window_ms,
            used_window: None,
            on_its_way: false,
            confirmed: None,
            owed: true,
        }
    }

    /// Up to where everything has been handed over.
    pub(super) fn handed_over(&self) -> Option<u64> {
        match self.stage {
            Stage::Following { scanned, .. } if !self.on_its_way => Some(scanned),
            // A heartbeat may overtake what is on its way.
            _ => self.confirmed,
        }
    }

    /// The client was told `handed_over`.
    pub(super) fn told_position(&mut self) {
        if let Stage::Following { position, scanned } = &mut self.stage
            && !self.on_its_way
        {
            *position = *scanned;
        }
    }

    /// How many changes of the topic the client has not been sent.
    pub(super) fn lag(&self, board: &Board) -> Option<u64> {
        match self.stage {
            Stage::Following { scanned, .. } => Some(self.view.head(board) - scanned),
            Stage::Snapshot(_) => None,
        }
    }

    fn taken(&mut self) {
        self.on_its_way = false;
        if let Stage::Following { position, .. } = self.stage {
            self.confirmed = Some(position);
        }
    }

    /// Whether something waits for a window, and so for the next pump.
    fn pump(&mut self, now_ms: u64, pump: &mut Pump<'_>, to: &To<'_>) -> bool {
        if self.on_its_way {
            return false;
        }
        let window = now_ms / self.window_ms;
        if let Stage::Following { scanned, .. } = self.stage
            && !self.owed
        {
            if scanned == self.view.head(pump.board) {
                return false;
            }
            if self.used_window == Some(window) {
                return true;
            }
        }
        self.send(window, pump, to);
        false
    }

    fn send(&mut self, window: u64, pump: &mut Pump<'_>, to: &To<'_>) {
        let frames = &mut *pump.frames;
        let built = frames.next(pump.board, &self.view, to.sub, &self.stage, self.owed);
        let Some(text) = built.text else {
            self.stage = built.after;
            return;
        };
        if to
            .outbox
            .state(Frame::with_receipt(text, to.ticket, pump.stats))
            .is_err()
        {
            // Only a connection that is ending has no room for its one frame: the position stays.
            return;
        }
        match (&self.stage, &built.after) {
            (Stage::Snapshot(_), _) | (_, Stage::Snapshot(_)) => pump.stats.snapshots.increment(1),
            _ if self.owed => pump.stats.resumes.increment(1),
            _ => self.used_window = Some(window),
        }
        pump.stats.conflated.increment(built.conflated);
        self.stage = built.after;
        self.on_its_way = true;
        self.owed = false;
    }
}

/// What pumping needs, borrowed apart from the clients.
struct Pump<'a> {
    board: &'a mut Board,
    frames: &'a mut Frames,
    stats: &'a Arc<Stats>,
}

/// Whose frame it is.
struct To<'a> {
    sub: u32,
    ticket: u64,
    outbox: &'a Outbox,
}

impl Hub {
    /// Sends every state subscription that is due what it lacks.
    pub(super) fn pump_states(&mut self) {
        let now = Instant::now();
        // While state keeps coming the hub looks again by itself; nobody has to wake it.
        let moving = self.take_state();
        self.last_pump = now;
        self.pump_at = None;
        let now_ms = self.age_ms(now);
        let mut pump = Pump {
            board: &mut self.board,
            frames: &mut self.frames,
            stats: &self.wiring.stats,
        };
        let mut waiting = false;
        for client in self.clients.values_mut().filter(|client| !client.suspended) {
            waiting |= client.pump_states(None, now_ms, &mut pump);
        }
        if waiting || moving || !self.wiring.state.rest() {
            self.pump_at = Some(now + PUMP_EVERY);
        }
    }

    /// The next page at once; the next delta with everybody's, so that it can be shared.
    pub(super) fn pump_state(&mut self, id: ClientId, ticket: u64) {
        let now_ms = self.age_ms(Instant::now());
        let Some(client) = self.clients.get_mut(&id).filter(|client| !client.suspended) else {
            return;
        };
        let mut pump = Pump {
            board: &mut self.board,
            frames: &mut self.frames,
            stats: &self.wiring.stats,
        };
        client.pump_states(Some(ticket), now_ms, &mut pump);
    }

    pub(super) fn taken(&mut self, id: ClientId, taken: Taken) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        let Some(subscription) = client
            .subscriptions
            .iter_mut()
            .find(|s| s.ticket == taken.ticket)
        else {
            return;
        };
        match &mut subscription.feed {
            Feed::Alerts(feed) => {
                feed.taken(taken.frames);
                self.pump_alerts_of(id, taken.ticket);
            }
            Feed::State(feed) => {
                feed.taken();
                if matches!(feed.stage, Stage::Snapshot(_)) {
                    self.pump_state(id, taken.ticket);
                } else if feed.lag(&self.board) != Some(0) {
                    self.schedule_pump();
                }
            }
        }
    }

    fn age_ms(&self, now: Instant) -> u64 {
        now.duration_since(self.started).as_millis() as u64
    }
}

impl Client {
    /// Pumps one subscription or all; true when one waits for its window.
    fn pump_states(&mut self, only: Option<u64>, now_ms: u64, pump: &mut Pump<'_>) -> bool {
        let mut waiting = false;
        for subscription in &mut self.subscriptions {
            if only.is_some_and(|ticket| ticket != subscription.ticket) {
                continue;
            }
            let to = To {
                sub: subscription.sub,
                ticket: subscription.ticket,
                outbox: &self.outbox,
            };
            if let Feed::State(feed) = &mut subscription.feed {
                waiting |= feed.pump(now_ms, pump, &to);
            }
        }
        waiting
    }
}
