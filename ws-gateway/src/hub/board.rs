//! What is true now: assets, areas, alerts, the engine's health.

use std::sync::Arc;

use model::{Alert, StateChange};
use tracing::warn;

use super::HubWiring;
use crate::alert_log::AlertLog;
use crate::cache::{Cache, Layout, Rollup};
use crate::edition::Edition;
use crate::stats::Stats;
use crate::{AlertEvent, GatewayConfig, Health, Opening};

/// The state topics' truth and the alert log.
pub(super) struct Board {
    pub(super) layout: Arc<Layout>,
    pub(super) cache: Cache,
    pub(super) rollup: Rollup,
    pub(super) log: AlertLog,
    pub(super) health: Report,
    pub(super) epoch: Arc<str>,
    /// Assets on one page of a snapshot.
    pub(super) page_assets: usize,
}

/// The newest report of the engine's health.
#[derive(Default)]
pub(super) struct Report {
    pub(super) seq: u64,
    /// As JSON; none before the first.
    pub(super) json: Option<String>,
}

impl Board {
    pub(super) fn new(wiring: &HubWiring, opening: Opening) -> Self {
        let edition = Arc::clone(&wiring.editions.borrow());
        let layout = layout_of(&edition);
        let rollup = rollup_of(&layout, &opening.open_alerts);
        let log = AlertLog::new(
            opening.open_alerts,
            opening.alert_seq,
            wiring.config.replay_alerts,
        );
        let mut board = Self {
            cache: Cache::new(Arc::clone(&layout), wiring.config.replay_changes),
            layout,
            rollup,
            log,
            health: Report::default(),
            epoch: Arc::clone(&edition.epoch),
            page_assets: wiring.config.page_assets,
        };
        board.apply_state(&opening.state, &wiring.stats);
        board
    }

    /// Forgets what was of another edition; alerts and health are of none.
    pub(super) fn recast(&mut self, edition: &Edition, config: &GatewayConfig) {
        self.layout = layout_of(edition);
        self.rollup = rollup_of(&self.layout, self.log.open().map(|open| &open.alert));
        self.cache = Cache::new(Arc::clone(&self.layout), config.replay_changes);
        self.epoch = Arc::clone(&edition.epoch);
    }

    pub(super) fn apply_state(&mut self, changes: &[StateChange], stats: &Stats) {
        for change in changes {
            match self.cache.apply(change) {
                Ok(applied) => self.rollup.asset(&self.layout, &applied),
                Err(unknown) => {
                    stats.unknown_assets.increment(1);
                    warn!(%unknown, "a change was passed over");
                }
            }
        }
    }

    pub(super) fn apply_alerts(&mut self, events: Vec<AlertEvent>, durable: bool) {
        for event in events {
            if let Some(logged) = self.log.push(event, durable) {
                self.rollup
                    .alert(&self.layout, logged.before.form(), Some(&logged.alert));
            }
        }
    }

    pub(super) fn apply_health(&mut self, health: &Health) {
        match serde_json::to_string(health) {
            Ok(json) => {
                self.health.seq += 1;
                self.health.json = Some(json);
            }
            Err(error) => warn!(%error, "a health report was passed over"),
        }
    }
}

fn layout_of(edition: &Edition) -> Arc<Layout> {
    let city = &edition.city;
    Arc::new(Layout::new(&city.catalog, &city.areas))
}

/// The totals of open alerts, before any asset is known.
fn rollup_of<'a>(layout: &Layout, open: impl IntoIterator<Item = &'a Arc<Alert>>) -> Rollup {
    let mut rollup = Rollup::new(layout);
    for alert in open {
        rollup.alert(layout, None, Some(alert));
    }
    rollup
}
