//! What the engine tells the gateway, and how operators' commands travel back.
//!
//! Owns the types of the seam; leaves what they mean to the engine and what is done with them to the hub.

use std::sync::Arc;

use model::{Alert, Command, StateChange};
use tokio::sync::oneshot;

use crate::Health;

/// News from the engine, in order.
#[derive(Clone, Debug)]
pub enum Update {
    /// Steps of the live state, shown at once.
    State(Vec<StateChange>),
    /// Steps of alerts, after their commit.
    Alerts(Vec<AlertEvent>),
    /// How the engine itself is doing.
    Health(Box<Health>),
}

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
