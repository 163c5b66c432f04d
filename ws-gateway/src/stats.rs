//! What the gateway counts. Names are those of docs/operations.md.

use std::sync::atomic::{AtomicUsize, Ordering};

use metrics::{Counter, Gauge, counter, gauge};

use crate::protocol::End;

/// Handles made once: counting costs an addition.
pub(crate) struct Stats {
    pub(crate) frames: Counter,
    pub(crate) bytes: Counter,
    pub(crate) encoded_frames: Counter,
    pub(crate) conflated: Counter,
    pub(crate) snapshots: Counter,
    pub(crate) resumes: Counter,
    pub(crate) unknown_assets: Counter,
    pub(crate) archive_errors: Counter,
    pub(crate) lag: Gauge,
    pub(crate) subscriptions: Gauge,
    clients: Gauge,
    held: Gauge,
    held_bytes: AtomicUsize,
}

impl Stats {
    /// Registers with the recorder of the process.
    pub(crate) fn new() -> Self {
        Self {
            frames: counter!("ioc_gateway_frames_total"),
            bytes: counter!("ioc_gateway_bytes_total"),
            encoded_frames: counter!("ioc_gateway_encoded_frames_total"),
            conflated: counter!("ioc_gateway_conflated_total"),
            snapshots: counter!("ioc_gateway_snapshots_total"),
            resumes: counter!("ioc_gateway_resumes_total"),
            unknown_assets: counter!("ioc_gateway_unknown_assets_total"),
            archive_errors: counter!("ioc_gateway_archive_errors_total"),
            lag: gauge!("ioc_gateway_lag_changes"),
            subscriptions: gauge!("ioc_gateway_subscriptions"),
            clients: gauge!("ioc_gateway_clients"),
            held: gauge!("ioc_gateway_held_bytes"),
            held_bytes: AtomicUsize::new(0),
        }
    }

    pub(crate) fn joined(&self) {
        self.clients.increment(1.0);
    }

    pub(crate) fn left(&self) {
        self.clients.decrement(1.0);
    }

    pub(crate) fn closed(end: End) {
        counter!("ioc_gateway_closes_total", "reason" => end.reason()).increment(1);
    }

    /// A connection was refused before it was one.
    pub(crate) fn refused(reason: &'static str) {
        counter!("ioc_gateway_refused_total", "reason" => reason).increment(1);
    }

    pub(crate) fn command(outcome: &'static str) {
        counter!("ioc_gateway_commands_total", "outcome" => outcome).increment(1);
    }

    /// A frame was put before a client. Frames shared by clients count for each.
    pub(crate) fn hold(&self, bytes: usize) {
        let before = self.held_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.held.set((before + bytes) as f64);
    }

    /// The client's socket took it, or the client is gone.
    pub(crate) fn release(&self, bytes: usize) {
        let before = self.held_bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.held.set(before.saturating_sub(bytes) as f64);
    }
}
