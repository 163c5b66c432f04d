//! One instance of a rule: an open alert, or one that may become one.

use model::{AlertId, Annunciation, Condition, Severity, Time};

use crate::deadline::Deadline;
use crate::ladder::Ladder;

/// What was last told about an instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Told {
    pub(crate) condition: Condition,
    pub(crate) severity: Severity,
    pub(crate) annunciation: Annunciation,
}

/// The memory of one open instance. Instances exist from pending to resolved; nothing is kept of a quiet key.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Instance {
    pub(crate) id: AlertId,
    pub(crate) started_at: Time,
    pub(crate) ladder: Ladder,
    pub(crate) told: Option<Told>,
    /// When it stops settling; none until it fires, and while a cause inhibits it.
    pub(crate) settled_at: Option<Time>,
    /// It takes one of the places under the rule's `limit`.
    pub(crate) admitted: bool,
    /// When it has to be looked at again.
    pub(crate) deadline: Deadline,
}

impl Instance {
    pub(crate) fn new(id: AlertId, started_at: Time, levels: usize) -> Self {
        Self {
            id,
            started_at,
            ladder: Ladder::new(levels),
            told: None,
            settled_at: None,
            admitted: false,
            deadline: Deadline::NEVER,
        }
    }

    /// True once it has fired.
    pub(crate) fn is_firing(&self) -> bool {
        self.told
            .is_some_and(|told| told.condition == Condition::Firing)
    }

    /// True when it fires beyond its rule's `limit`.
    pub(crate) fn is_over_limit(&self) -> bool {
        self.told
            .is_some_and(|told| told.annunciation == Annunciation::OverLimit)
    }
}
