//! What an engine that is down left in its data folder, and what one uninterrupted engine makes of the same inputs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use ioc_engine::desk::{Desk, DeskState, Escalations};
use ioc_engine::engine::{Core, Step};
use ioc_engine::failpoint::Failpoints;
use ioc_engine::log::{InputLog, LogConfig};
use ioc_engine::pack::Pack;
use ioc_engine::store::{Committed, Store};
use model::{Alert, AlertId, AssetId, Condition, Input, Severity, Span, Stamped, Time};
use simulators::ledger::Raised;
use ws_gateway::Archive;

/// One step of an alert.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Event {
    pub(crate) seq: u64,
    /// When it took effect.
    pub(crate) at: Time,
    /// The alert after it.
    pub(crate) alert: Arc<Alert>,
}

/// The input log and the alert log of one data folder.
pub(crate) struct Stored {
    pub(crate) inputs: Vec<Stamped>,
    pub(crate) events: Vec<Event>,
    committed: Committed,
}

impl Stored {
    /// Reads both from their beginnings.
    pub(crate) fn read(data: &Path, pack: &Pack) -> Result<Self> {
        let config = LogConfig {
            dir: data.join("log"),
            segment_bytes: u64::MAX,
        };
        let catalog = &pack.city.catalog;
        let log = InputLog::open(config, catalog, Failpoints::default().into())?;
        let mut reader = log.read(0, catalog)?;
        let mut inputs = Vec::new();
        while let Some(batch) = reader.next_batch()? {
            anyhow::ensure!(batch.unreadable == 0, "the log holds what it cannot read");
            inputs.extend(batch.inputs);
        }
        Ok(Self {
            inputs,
            events: events(data)?,
            committed: open(data)?.committed()?,
        })
    }

    /// The events of an engine that takes the whole log in at once and knows of no crash.
    pub(crate) fn replayed(&self, pack: &Pack) -> Result<Vec<Event>> {
        let first = self.inputs.first().context("an empty log")?.stamp;
        let (city, plan) = (&pack.city, &pack.plan);
        let rules = rules::Engine::new(Arc::clone(plan), Arc::clone(city), first);
        let desk = Desk::new(
            Span::from_mins(8 * 60),
            Escalations::of(plan),
            DeskState::default(),
        );
        let mut core = Core::new(city, Arc::clone(plan), rules, desk, Committed::default());
        let mut step = Step::default();
        core.apply(&self.inputs, &mut step);
        core.advance(self.committed.engine_time, &mut step);
        let told = step.commit.events.into_iter();
        let event = |e: ioc_engine::store::Event| Event {
            seq: e.seq,
            at: e.change.at,
            alert: e.change.alert,
        };
        Ok(told.map(event).collect())
    }

    /// Every message of a device that carried a running number, however often it was delivered.
    pub(crate) fn numbered(&self) -> BTreeSet<(AssetId, u64, u64)> {
        let numbered = |stamped: &Stamped| match &stamped.input {
            Input::Reading { reading, .. } => {
                Some((reading.asset.clone(), reading.boot?, reading.seq?))
            }
            _ => None,
        };
        self.inputs.iter().filter_map(numbered).collect()
    }
}

/// The alert log from its first event. Only for engines on which no operator acted.
pub(crate) fn events(data: &Path) -> Result<Vec<Event>> {
    let store = open(data)?;
    let steps = store.steps_after(0)?;
    let alerts = store.archive()?.events_since(0, usize::MAX >> 1)?;
    let alerts = alerts.context("the alert log has lost its beginning")?;
    anyhow::ensure!(alerts.len() == steps.len(), "somebody acted on an alert");
    let event = |(e, step): (ws_gateway::AlertEvent, ioc_engine::store::CommittedStep)| Event {
        seq: e.seq,
        at: step.at,
        alert: e.alert,
    };
    Ok(alerts.into_iter().zip(steps).map(event).collect())
}

fn open(data: &Path) -> Result<Store> {
    Ok(Store::open(
        &data.join("ioc.db"),
        Failpoints::default().into(),
    )?)
}

/// Every alert that fired, and every severity above the last that it climbed to.
pub(crate) fn raised(events: &[Event]) -> Vec<Raised> {
    let mut worst: BTreeMap<AlertId, Severity> = BTreeMap::new();
    let mut raised = Vec::new();
    for Event { at, alert, .. } in events {
        let before = worst.get(&alert.id).copied();
        if alert.condition != Condition::Firing || before >= Some(alert.severity) {
            continue;
        }
        worst.insert(alert.id, alert.severity);
        raised.push(Raised {
            rule: alert.rule.to_string(),
            key: alert.key.to_string(),
            severity: alert.severity,
            at: *at,
        });
    }
    raised
}
