//! The last-value cache: every asset's latest state, and the order in which assets changed.
//!
//! Owns sequence numbers, what changed since one of them, and what a filter lets through. Pure and synchronous: who
//! asks when, and how the answer is written, is left to the hub and to `encode`.

mod delta;
mod layout;
mod recency;
mod rollup;
mod slot;
mod view;
mod walk;

#[cfg(test)]
mod property;

use std::collections::HashMap;
use std::sync::Arc;

use model::{Asset, AssetHandle, AssetId, FieldId, Freshness, StateChange, Time, Value};

pub(crate) use delta::{BeyondHorizon, Delta};
pub(crate) use layout::{AreaIndex, Layout};
pub(crate) use recency::Recency;
pub(crate) use rollup::{AreaView, Rollup, RowDelta};
pub(crate) use slot::Slot;
pub(crate) use view::{AssetFilter, View, ViewError};
pub(crate) use walk::Walk;

/// The latest state of every asset. A client is a number: the sequence up to which it knows everything.
pub(crate) struct Cache {
    layout: Arc<Layout>,
    slots: Vec<Option<Slot>>,
    numbers: HashMap<AssetId, u32>,
    recent: Recency,
    marks: delta::Marks,
}

/// What one change did, for those who keep totals.
pub(crate) struct Applied {
    /// Where the asset stands now, and how fresh it is; none when it is not counted.
    pub(crate) after: Option<(Option<AreaIndex>, Freshness)>,
    /// The same before the change.
    pub(crate) before: Option<(Option<AreaIndex>, Freshness)>,
}

/// A change names an asset that was never registered.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("asset {} changed before it was registered", .0.0)]
pub(crate) struct UnknownAsset(pub(crate) AssetHandle);

impl Cache {
    /// An empty cache that can replay the last `replay_changes` changes.
    pub(crate) fn new(layout: Arc<Layout>, replay_changes: usize) -> Self {
        Self {
            layout,
            slots: Vec::new(),
            numbers: HashMap::new(),
            recent: Recency::new(replay_changes),
            marks: delta::Marks::default(),
        }
    }

    /// The sequence of the newest change.
    pub(crate) fn head(&self) -> u64 {
        self.recent.head()
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The slot of this number, as rows of a [`Delta`] and a [`Page`] name it.
    pub(crate) fn slot(&self, n: u32) -> Option<&Slot> {
        self.slots.get(n as usize)?.as_ref()
    }

    /// The number of the asset of this id, if it is or was known.
    pub(crate) fn number(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// How many numbers are in use, tombstones included.
    pub(crate) fn len(&self) -> u32 {
        self.slots.len() as u32
    }

    /// Takes one change; each takes the next sequence.
    pub(crate) fn apply(&mut self, change: &StateChange) -> Result<Applied, UnknownAsset> {
        let handle = match change {
            StateChange::Registered { asset, entry } => {
                self.make_room(*asset);
                return Ok(self.register(*asset, entry));
            }
            StateChange::Updated { asset, .. }
            | StateChange::Freshness { asset, .. }
            | StateChange::Gone { asset } => *asset,
        };
        let Some(Some(slot)) = self.slots.get_mut(handle.index()) else {
            return Err(UnknownAsset(handle));
        };
        let before = slot.counted();
        let seq = self.recent.push(handle.0);
        match change {
            StateChange::Updated {
                at,
                freshness,
                fields,
                ..
            } => slot.update(seq, *at, *freshness, fields),
            StateChange::Freshness { freshness, .. } => slot.freshen(seq, *freshness),
            StateChange::Gone { .. } => slot.leave(seq),
            StateChange::Registered { .. } => {}
        }
        let after = slot.counted();
        Ok(Applied { after, before })
    }

    fn make_room(&mut self, asset: AssetHandle) {
        if self.slots.len() <= asset.index() {
            self.slots.resize_with(asset.index() + 1, || None);
        }
    }

    fn register(&mut self, asset: AssetHandle, entry: &Arc<Asset>) -> Applied {
        let seq = self.recent.push(asset.0);
        self.numbers.insert(entry.id.clone(), asset.0);
        let area = self.layout.area_of(entry);
        let fields = self.layout.field_count(entry.kind);
        let place = &mut self.slots[asset.index()];
        let before = place.as_ref().and_then(Slot::counted);
        match place {
            Some(slot) => slot.place(seq, Arc::clone(entry), area, fields),
            None => *place = Some(Slot::new(seq, Arc::clone(entry), area, fields)),
        }
        let after = place.as_ref().and_then(Slot::counted);
        Applied { after, before }
    }
}

/// One field's step, as the engine tells it.
pub(crate) type FieldChange = (FieldId, Option<Value>);

/// A measured time, or none when nothing was ever measured.
pub(crate) type Measured = Option<Time>;
