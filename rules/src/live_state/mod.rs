//! The latest values of every asset, with freshness: what is known, since when, and how far it can be trusted.
//!
//! Owns duplicates, lateness, clocks that are wrong, silence and sources (meaning 1, 4, 5 and 10 of the rule language);
//! there is no second implementation of any of them. Leaves windows, conditions and alerts to its neighbours.

mod accept;
mod asset;
mod changed;
mod derived;
mod duplicates;
mod silence;
mod sources;
mod table;

pub(crate) use accept::{Acceptance, Class};
pub use asset::AssetState;
pub(crate) use asset::Presence;
pub(crate) use changed::Changed;
pub(crate) use duplicates::Recent;
pub(crate) use silence::Silence;
pub(crate) use sources::{Source, SourceIx, Sources, Uptime};
pub(crate) use table::{Cell, Table};

use std::sync::Arc;

use model::{
    Asset, AssetHandle, AssetId, Catalog, FieldId, Freshness, KindId, Reading, Span, StateChange,
    Time, Value,
};

use crate::hashing::FixedMap;

/// Ahead of the time of receipt by more than this, a device's clock is wrong.
pub const CLOCK_AHEAD: Span = Span::from_mins(5);
/// Behind the time of receipt by more than this, and not marked `backfill`, a device's clock is wrong.
pub const CLOCK_BEHIND: Span = Span::from_mins(30 * 24 * 60);
/// How many assets outside the registry are remembered; a device explosion must not eat the machine.
pub const MAX_UNREGISTERED: usize = 10_000;

/// The latest values of every asset. Assets are found by handle in dense tables, one a kind.
#[derive(Debug)]
pub struct LiveState {
    pub(crate) assets: Vec<AssetState>,
    by_id: FixedMap<AssetId, AssetHandle>,
    pub(crate) tables: Vec<Table>,
    pub(crate) sources: Sources,
    /// Whether anybody wants to know of new values.
    pub(crate) watched: bool,
    unregistered: usize,
}

impl LiveState {
    /// The registry's assets, all unseen since `start`.
    pub(crate) fn new(catalog: &Catalog, registry: &[Arc<Asset>], start: Time) -> Self {
        let mut live = Self {
            assets: Vec::with_capacity(registry.len()),
            by_id: FixedMap::default(),
            tables: catalog.kinds().iter().map(Table::new).collect(),
            sources: Sources::default(),
            watched: true,
            unregistered: 0,
        };
        for asset in registry {
            live.add(Arc::clone(asset), start);
        }
        live
    }

    /// Makes room for one more asset.
    pub(crate) fn add(&mut self, entry: Arc<Asset>, since: Time) -> AssetHandle {
        let handle = AssetHandle(self.assets.len() as u32);
        let row = self.tables[entry.kind.index()].add(handle);
        if entry.lifecycle == model::Lifecycle::Unregistered {
            self.unregistered += 1;
        }
        self.by_id.insert(entry.id.clone(), handle);
        self.assets.push(AssetState::new(entry, row, since));
        handle
    }

    /// The handle of an asset, if it is known.
    pub fn handle(&self, id: &str) -> Option<AssetHandle> {
        self.by_id.get(id).copied()
    }

    /// Touches what a reading of the asset will read and write, so that it comes into the cache.
    pub(crate) fn warm(&self, state: &AssetState, reading: &Reading) -> i64 {
        let row = self.tables[state.kind.index()].row(state.row);
        let cells = reading.fields.iter();
        let cells = cells.filter_map(|(field, _)| row.get(field.index()));
        let times = cells.map(|cell| cell.at.millis());
        times.fold(state.recent.newest_ms(), i64::wrapping_add)
    }

    /// What is known of an asset.
    pub fn asset(&self, asset: AssetHandle) -> &AssetState {
        &self.assets[asset.index()]
    }

    /// Every asset in the order it became known.
    pub fn assets(&self) -> impl Iterator<Item = (AssetHandle, &AssetState)> {
        let handles = (0..).map(AssetHandle);
        handles.zip(&self.assets)
    }

    /// The value of a field as rules see it: none when never seen, stale or of bad quality.
    pub fn value(&self, asset: AssetHandle, field: FieldId) -> Option<&Value> {
        let state = self.asset(asset);
        if state.presence != Presence::Live {
            return None;
        }
        self.cell(state, field).known()
    }

    /// The same of an asset at hand, as a number.
    pub(crate) fn number(&self, state: &AssetState, field: FieldId) -> Option<f64> {
        match self.cell(state, field).known()? {
            Value::F64(number) if state.is_known() => Some(*number),
            _ => None,
        }
    }

    /// The last good value of a field, however old, and when it was measured.
    pub fn last_known(&self, asset: AssetHandle, field: FieldId) -> Option<(&Value, Time)> {
        let cell = self.cell(self.asset(asset), field);
        cell.last.as_ref().map(|value| (value, cell.good_at))
    }

    pub(crate) fn cell(&self, state: &AssetState, field: FieldId) -> &Cell {
        self.tables[state.kind.index()].cell(state.row, field)
    }

    pub(crate) fn stale_after(&self, kind: KindId) -> Span {
        self.tables[kind.index()].stale_after
    }

    /// The whole state as changes: registered, then updated, asset by asset.
    pub(crate) fn snapshot(&self) -> Vec<StateChange> {
        let mut changes = Vec::with_capacity(self.assets.len() * 2);
        for (asset, state) in self.assets() {
            changes.push(StateChange::Registered {
                asset,
                entry: Arc::clone(&state.entry),
            });
            if state.latest_at == Time::MIN {
                changes.push(StateChange::Freshness {
                    asset,
                    freshness: state.freshness(),
                });
                continue;
            }
            let table = &self.tables[state.entry.kind.index()];
            let fields = table
                .row(state.row)
                .iter()
                .zip(0..)
                .filter(|(cell, _)| cell.at != Time::MIN)
                .map(|(cell, field)| (FieldId(field), cell.known().cloned()))
                .collect();
            changes.push(StateChange::Updated {
                asset,
                at: state.latest_at,
                freshness: state.freshness(),
                fields,
            });
        }
        changes
    }

    /// True while another stranger can be remembered.
    pub(crate) fn has_room_for_strangers(&self) -> bool {
        self.unregistered < MAX_UNREGISTERED
    }

    /// The freshness of an asset.
    pub fn freshness(&self, asset: AssetHandle) -> Freshness {
        self.asset(asset).freshness()
    }
}
