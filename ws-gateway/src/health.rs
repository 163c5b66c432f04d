//! The engine's own condition as plain numbers: the topic `health`.

use std::collections::BTreeMap;

use serde::Serialize;

/// How the engine is doing. Counts are since the process started, rates over the last seconds.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Health {
    /// Engine time: milliseconds since 1970.
    pub engine_time: i64,
    /// Readings a second that were admitted.
    pub readings_per_s: f64,
    /// Alert events a second.
    pub alerts_per_s: f64,
    /// From a reading's arrival to its effect, in milliseconds.
    pub lag_ms: f64,
    /// How full the intake queue is, from 0 to 1.
    pub queue_fill: f64,
    /// Where readings come from.
    pub sources: Vec<SourceHealth>,
    /// Messages that could not be admitted, by reason.
    pub dead_letters: BTreeMap<String, u64>,
    /// Readings that had been seen before.
    pub duplicates: u64,
    /// Readings that came later than their windows.
    pub late: u64,
    /// Readings given up under overload.
    pub shed: u64,
    /// Assets that report without being registered.
    pub unregistered: u64,
    /// Time of a commit, median, in milliseconds.
    pub commit_p50_ms: f64,
    /// Time of a commit, 99th percentile, in milliseconds.
    pub commit_p99_ms: f64,
    /// Whether what is shown is on the disk; false while the disk refuses.
    pub durable: bool,
    /// Whether room is set aside for when the disk is full; false once it was given up, until there is room again.
    pub disk_reserve: bool,
    /// Steps of the last replay that were not what was committed; anything but 0 is an error of ours.
    pub replay_divergences: u64,
    /// Room left where the data lives, in bytes.
    pub disk_free_bytes: u64,
    /// What the data takes, in bytes.
    pub disk_used_bytes: u64,
}

/// How one source is doing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct SourceHealth {
    /// Its name.
    pub name: String,
    /// `up`, `down` or `connecting`.
    pub state: String,
    /// Since when, in milliseconds since 1970.
    pub since: i64,
    /// How many assets last reported through it.
    pub assets: u64,
}
