//! How long each stage takes and how the writer is doing: histograms for `/metrics`, percentiles for the health panel.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

/// A stage of a reading's way through the engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// From arrival to being stamped: decoding and the intake queue.
    Intake,
    /// Live state, rules and desk, for one drain.
    Apply,
    /// Appending one group to the input log.
    Log,
    /// Committing one group to the store.
    Commit,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Apply => "apply",
            Self::Log => "log",
            Self::Commit => "commit",
        }
    }
}

/// Measured by the engine and writer threads, read by the health task.
#[derive(Debug)]
pub struct Stages {
    durable: AtomicBool,
    reserve: AtomicBool,
    failures: AtomicU64,
    commit_us: Mutex<Histogram<u64>>,
}

impl Default for Stages {
    fn default() -> Self {
        Self {
            durable: AtomicBool::new(true),
            reserve: AtomicBool::new(false),
            failures: AtomicU64::new(0),
            commit_us: Mutex::new(minute_in_us()),
        }
    }
}

/// From 1 µs to a minute with two digits.
fn minute_in_us() -> Histogram<u64> {
    Histogram::new_with_max(60_000_000, 2).unwrap_or_else(|_| unreachable!("constant bounds"))
}

impl Stages {
    /// A stage took this long.
    pub fn took(&self, stage: Stage, time: Duration) {
        metrics::histogram!("ioc_stage_seconds", "stage" => stage.name())
            .record(time.as_secs_f64());
        if matches!(stage, Stage::Log | Stage::Commit) {
            let us = time.as_micros().min(60_000_000) as u64;
            self.commits().saturating_record(us);
        }
    }

    /// Everything handed over is on the disk.
    pub fn durable(&self) {
        if !self.durable.swap(true, Ordering::Relaxed) {
            tracing::info!("durable again; everything shown in the meantime is committed");
        }
    }

    /// The disk refused. True the first time in a row.
    pub fn not_durable(&self, error: &str) -> bool {
        metrics::counter!("ioc_commit_failures_total").increment(1);
        self.failures.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(error, "a commit failed");
        self.durable.swap(false, Ordering::Relaxed)
    }

    /// Whether what is shown is on the disk.
    pub fn is_durable(&self) -> bool {
        self.durable.load(Ordering::Relaxed)
    }

    /// Whether room is set aside for when the disk is full.
    pub fn reserve(&self, held: bool) {
        self.reserve.store(held, Ordering::Relaxed);
    }

    /// Whether room is set aside for when the disk is full; false once it was given up.
    pub fn has_reserve(&self) -> bool {
        self.reserve.load(Ordering::Relaxed)
    }

    /// How often the disk refused.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Median and 99th percentile of the disk's answers since the last call, in milliseconds.
    pub fn take_commit_ms(&self) -> (f64, f64) {
        let mut commits = self.commits();
        let ms = |quantile| commits.value_at_quantile(quantile) as f64 / 1_000.0;
        let percentiles = (ms(0.5), ms(0.99));
        commits.reset();
        percentiles
    }

    fn commits(&self) -> MutexGuard<'_, Histogram<u64>> {
        self.commit_us
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
