//! Once a second: how the engine is doing, for screens and `/metrics`, and whether it is ready.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ingest::{Ingest, SourceState, SourceStatus};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::{mpsc, watch};
use ws_gateway::{Health, Readiness, RuleCosts, SourceHealth, Update};

use crate::engine::{EngineStatus, Figures, Report};
use crate::rule_gauges::RuleGauges;
use crate::stages::Stages;

const EVERY: Duration = Duration::from_secs(1);
/// The data folder is measured every so many turns.
const DISK_EVERY: u32 = 10;

/// Everything the health panel is made of.
pub(crate) struct HealthTask {
    pub(crate) status: Arc<EngineStatus>,
    pub(crate) stages: Arc<Stages>,
    pub(crate) ingest: Arc<Ingest>,
    pub(crate) updates: mpsc::Sender<Update>,
    pub(crate) readiness: watch::Sender<Readiness>,
    pub(crate) metrics: PrometheusHandle,
    pub(crate) data: PathBuf,
    pub(crate) report: Report,
    pub(crate) costs: watch::Receiver<RuleCosts>,
}

/// What rates are differences of.
struct Before {
    at: Instant,
    figures: Figures,
}

impl HealthTask {
    pub(crate) async fn run(self) {
        let mut every = tokio::time::interval(EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut before = Before {
            at: Instant::now(),
            figures: self.status.figures(),
        };
        let mut disk = Disk::default();
        let mut rules = RuleGauges::default();
        for turn in 0_u32.. {
            every.tick().await;
            if turn % DISK_EVERY == 0 {
                disk = Disk::measure(&self.data);
            }
            let sources = self.ingest.status();
            self.tell_ready(&sources);
            let now = Before {
                at: Instant::now(),
                figures: self.status.figures(),
            };
            let health = self.health(&before, &now, &sources, &disk);
            self.gauge(&health, &now.figures);
            rules.set(&self.costs.borrow());
            self.metrics.run_upkeep();
            before = now;
            // A gateway that lags gets the next one.
            drop(self.updates.try_send(Update::Health(Box::new(health))));
        }
    }

    fn tell_ready(&self, sources: &[SourceStatus]) {
        let waiting_for = sources
            .iter()
            .filter(|s| s.state != SourceState::Up)
            .map(|s| format!("source {}: {}", s.name, s.state.as_str()))
            .collect();
        let readiness = Readiness { waiting_for };
        self.readiness.send_if_modified(|old| {
            let changed = *old != readiness;
            *old = readiness;
            changed
        });
    }

    fn health(
        &self,
        before: &Before,
        now: &Before,
        sources: &[SourceStatus],
        disk: &Disk,
    ) -> Health {
        let seconds = now.at.duration_since(before.at).as_secs_f64().max(0.001);
        let rate = |new: u64, old: u64| new.saturating_sub(old) as f64 / seconds;
        let (figures, old) = (&now.figures, &before.figures);
        let (commit_p50_ms, commit_p99_ms) = self.stages.take_commit_ms();
        Health {
            engine_time: figures.engine_time.millis(),
            readings_per_s: rate(figures.position, old.position),
            alerts_per_s: rate(figures.alert_seq, old.alert_seq),
            lag_ms: figures.lag.millis() as f64,
            queue_fill: figures.queue_fill,
            sources: sources.iter().map(source_health).collect(),
            dead_letters: dead_letters(sources),
            duplicates: figures.counts.duplicates,
            late: figures.counts.late,
            shed: sources
                .iter()
                .flat_map(|s| &s.counts.shed)
                .map(|(_, n)| n)
                .sum(),
            unregistered: figures.counts.unregistered,
            commit_p50_ms,
            commit_p99_ms,
            durable: self.stages.is_durable(),
            disk_reserve: self.stages.has_reserve(),
            replay_divergences: self.report.divergences,
            disk_free_bytes: disk.free,
            disk_used_bytes: disk.used,
        }
    }

    fn gauge(&self, health: &Health, figures: &Figures) {
        let durable = f64::from(u8::from(self.stages.is_durable()));
        metrics::gauge!("ioc_durable").set(durable);
        let reserve = f64::from(u8::from(health.disk_reserve));
        metrics::gauge!("ioc_disk_reserve").set(reserve);
        metrics::gauge!("ioc_lag_seconds").set(health.lag_ms / 1_000.0);
        metrics::gauge!("ioc_queue_fill", "queue" => "intake").set(health.queue_fill);
        for (condition, count) in [("firing", figures.firing), ("pending", figures.pending)] {
            metrics::gauge!("ioc_alerts_open", "condition" => condition).set(count as f64);
        }
        metrics::gauge!("ioc_disk_free_bytes").set(health.disk_free_bytes as f64);
        metrics::gauge!("ioc_replay_divergences").set(self.report.divergences as f64);
        metrics::counter!("ioc_inputs_total").absolute(figures.position);
        metrics::counter!("ioc_state_conflated_total").absolute(figures.conflated);
        let counts = &figures.counts;
        for (outcome, count) in [
            ("accepted", counts.accepted),
            ("duplicate", counts.duplicates),
            ("late", counts.late),
            ("catch_up", counts.catch_up),
            ("clock_flagged", counts.clock_flagged),
            ("late_for_window", counts.late_for_window),
            ("derived_refused", counts.derived_refused),
            ("derived", counts.derived),
            ("unregistered", counts.unregistered),
        ] {
            metrics::counter!("ioc_readings_total", "outcome" => outcome).absolute(count);
        }
        metrics::counter!("ioc_sequence_matches_refused_total", "reason" => "too_many")
            .absolute(counts.sequence_matches_refused);
        metrics::counter!("ioc_alert_transitions_total").absolute(counts.transitions);
    }
}

fn source_health(source: &SourceStatus) -> SourceHealth {
    SourceHealth {
        name: source.name.to_string(),
        state: source.state.as_str().to_owned(),
        since: source.since.millis(),
        assets: source.assets,
    }
}

fn dead_letters(sources: &[SourceStatus]) -> BTreeMap<String, u64> {
    let mut by_reason = BTreeMap::new();
    for (reason, count) in sources.iter().flat_map(|s| &s.counts.dead_letters) {
        *by_reason.entry(reason.as_str().to_owned()).or_default() += count;
    }
    by_reason
}

#[derive(Default)]
struct Disk {
    free: u64,
    used: u64,
}

impl Disk {
    fn measure(data: &Path) -> Self {
        let free = rustix::fs::statvfs(data).map(|s| s.f_bavail * s.f_frsize);
        Self {
            free: free.unwrap_or_default(),
            used: used(data).unwrap_or_default(),
        }
    }
}

fn used(dir: &Path) -> std::io::Result<u64> {
    let mut total = 0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        total += if metadata.is_dir() {
            used(&entry.path())?
        } else {
            metadata.len()
        };
    }
    Ok(total)
}
