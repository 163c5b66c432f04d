//! What the engine thread tells of itself, for the health panel: copied out once a drain, read once a second.

use std::sync::{Mutex, PoisonError};

use model::{Span, Time};
use rules::Counts;

/// Figures of one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Every timer due up to here has fired.
    pub engine_time: Time,
    /// Inputs ever admitted.
    pub position: u64,
    /// The last alert event.
    pub alert_seq: u64,
    /// Alerts that are firing.
    pub firing: usize,
    /// Alerts that are pending.
    pub pending: usize,
    /// What the rules counted.
    pub counts: Counts,
    /// From the arrival of the oldest reading of the last drain to its effect.
    pub lag: Span,
    /// How full the intake queue is, from 0 to 1.
    pub queue_fill: f64,
    /// State changes a lagging gateway was spared.
    pub conflated: u64,
}

/// The newest figures.
#[derive(Debug, Default)]
pub struct EngineStatus(Mutex<Figures>);

impl EngineStatus {
    /// The newest figures.
    pub fn figures(&self) -> Figures {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, figures: Figures) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = figures;
    }
}
