//! What the engine tells the gateway, and how operators' commands travel back.
//!
//! Owns the types of the seam; leaves what they mean to the engine and what is done with them to the hub.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use city::City;
use model::{Alert, Command, RuleName, SourceFile, StateChange};
use tokio::sync::{Notify, oneshot};

use crate::Health;

/// Steps of the live state that may wait for the gateway.
const STATE_CAPACITY: usize = 65_536;

/// A way for the live state, shown without waiting for a commit. It is apart from other news because it is the bulk:
/// the gateway looks at it when it is about to build frames, and is woken for it once a frame, not once a reading.
pub fn state_feed() -> (StateSender, StateReceiver) {
    let shared = Arc::new(StateFeed::default());
    let receiver = StateReceiver(Arc::clone(&shared));
    (StateSender(shared), receiver)
}

/// What came of the live state.
#[derive(Debug, Default)]
pub struct StateNews {
    /// Another city than before, which the changes are of from the first on.
    pub city: Option<Arc<City>>,
    /// Steps, in order.
    pub changes: Vec<StateChange>,
}

/// The engine's end.
#[derive(Debug)]
pub struct StateSender(Arc<StateFeed>);

/// The gateway's end.
#[derive(Debug)]
pub struct StateReceiver(Arc<StateFeed>);

#[derive(Debug, Default)]
struct StateFeed {
    waiting: Mutex<Waiting>,
    came: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Whose assets the changes are of, where that is news.
    city: Option<Arc<City>>,
    changes: Vec<StateChange>,
    /// The gateway knows, or looks by itself soon.
    expected: bool,
}

impl StateFeed {
    fn announce(&self, mut waiting: MutexGuard<'_, Waiting>) {
        let unexpected = !std::mem::replace(&mut waiting.expected, true);
        drop(waiting);
        if unexpected {
            self.came.notify_one();
        }
    }

    // Whoever panicked with it left whole changes behind.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StateSender {
    /// Hands changes over, all or none: where there is no room they stay in `changes`.
    pub fn offer(&self, changes: &mut Vec<StateChange>) -> bool {
        let mut waiting = self.0.lock();
        if waiting.changes.len() >= STATE_CAPACITY {
            return false;
        }
        if changes.is_empty() {
            return true;
        }
        waiting.changes.append(changes);
        self.0.announce(waiting);
        true
    }

    /// Shows another city from here on: `whole` is its state. What waits is of the one before, and is forgotten.
    pub fn recast(&self, city: Arc<City>, whole: Vec<StateChange>) {
        let mut waiting = self.0.lock();
        waiting.city = Some(city);
        waiting.changes = whole;
        self.0.announce(waiting);
    }
}

impl StateReceiver {
    /// Resolves when something came after [`Self::rest`] found nothing.
    pub async fn came(&self) {
        self.0.came.notified().await;
    }

    /// Everything that waits, in order.
    pub fn take(&self) -> StateNews {
        let mut waiting = self.0.lock();
        StateNews {
            city: waiting.city.take(),
            changes: std::mem::take(&mut waiting.changes),
        }
    }

    /// True when nothing waits: from now on the next change is told by [`Self::came`].
    pub(crate) fn rest(&self) -> bool {
        let mut waiting = self.0.lock();
        waiting.expected = !waiting.changes.is_empty() || waiting.city.is_some();
        !waiting.expected
    }
}

/// News from the engine, in order.
#[derive(Clone, Debug)]
pub enum Update {
    /// Steps of alerts, after their commit.
    Alerts(Vec<AlertEvent>),
    /// Steps of alerts that the disk refuses: shown all the same, and marked until [`Self::Durable`].
    Undurable(Vec<AlertEvent>),
    /// Every step told so far is committed by now.
    Durable,
    /// How the engine itself is doing.
    Health(Box<Health>),
}

/// The files of rules as authored; a reload replaces them.
pub type RuleTexts = Arc<[SourceFile]>;

/// What one rule costs, and what it has open.
#[derive(Clone, PartialEq, Debug)]
pub struct RuleFigures {
    /// Its name.
    pub rule: RuleName,
    /// How often it was looked at since the engine started.
    pub evaluations: u64,
    /// The seconds that took, worked out from those evaluations that were timed; none where none was.
    pub seconds: Option<f64>,
    /// Transitions put out.
    pub transitions: u64,
    /// Alerts that are pending.
    pub pending: usize,
    /// Alerts that are firing.
    pub firing: usize,
    /// Memory of its state, its share of what rules keep together included.
    pub state_bytes: u64,
}

/// What the rules in force cost, in the order of their names; told anew every few seconds.
pub type RuleCosts = Arc<[RuleFigures]>;

/// One step of one alert, whole.
#[derive(Clone, Debug)]
pub struct AlertEvent {
    /// Its place in the log of alerts: survives restarts, one more than the event before.
    pub seq: u64,
    /// The alert after the step.
    pub alert: Arc<Alert>,
}

/// What the engine knows when the gateway starts.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    /// Alerts that are pending or firing.
    pub open_alerts: Vec<Arc<Alert>>,
    /// The last event of the alert log that `open_alerts` contains.
    pub alert_seq: u64,
    /// The whole live state as changes.
    pub state: Vec<StateChange>,
}

/// An operator's command on its way to the engine.
#[derive(Debug)]
pub struct CommandRequest {
    /// What is asked.
    pub command: Command,
    /// Where the answer goes; the asker may have left.
    pub reply: oneshot::Sender<CommandOutcome>,
}

/// What became of a command. A command sent twice gets the same answer twice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CommandOutcome {
    /// Committed.
    Done,
    /// Not done, and why.
    Refused {
        /// Stable, documented: `unknown_alert`, `already_resolved`.
        code: &'static str,
        /// For people.
        message: String,
    },
}

/// Whether the engine is connected and caught up: what `/readyz` answers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Readiness {
    /// What is still missing, one line each; empty when ready.
    pub waiting_for: Vec<String>,
}

impl Readiness {
    /// Connected and caught up.
    pub fn ready() -> Self {
        Self::default()
    }

    /// True when nothing is missing.
    pub fn is_ready(&self) -> bool {
        self.waiting_for.is_empty()
    }
}
