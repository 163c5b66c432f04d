//! Exact counters of what the engine met. Nothing is set aside without one of these.

/// How often each thing happened since the engine was first started; restarts carry them on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// Readings that changed or confirmed the live state.
    pub accepted: u64,
    /// Readings seen before; they change nothing.
    pub duplicates: u64,
    /// Readings measured before the asset's newest; windows and history only, field by field.
    pub late: u64,
    /// Readings older than their kind's `stale_after`: neither fire nor clear.
    pub catch_up: u64,
    /// Readings marked `backfill`.
    pub backfill: u64,
    /// Retained messages.
    pub retained: u64,
    /// Readings whose clock was wrong: `received` was used in place of `at`.
    pub clock_flagged: u64,
    /// Readings from assets outside the registry.
    pub unregistered: u64,
    /// Readings refused because too many unregistered assets are known already.
    pub unregistered_refused: u64,
    /// Readings whose topic names another kind than the registry; refused.
    pub kind_mismatch: u64,
    /// Assets put in doubt by shed readings.
    pub shed: u64,
    /// Readings that came after a window of a derivation they belong to had closed, once for each such derivation.
    pub late_for_window: u64,
    /// Readings from outside that name a kind which a rule derives; refused.
    pub derived_refused: u64,
    /// Readings computed by derivations.
    pub derived: u64,
    /// Conditions evaluated.
    pub evaluations: u64,
    /// Matches of sequences not followed because too many of one rule and key were.
    pub sequence_matches_refused: u64,
    /// Transitions put out.
    pub transitions: u64,
}
