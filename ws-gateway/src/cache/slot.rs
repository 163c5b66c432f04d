//! One asset's latest state, with the sequence at which each part of it last changed.

use std::sync::Arc;

use model::{Asset, Freshness, Lifecycle, Time, Value};

use super::{AreaIndex, FieldChange, Measured};

/// One asset's latest state. Numbers named `…_seq` are the sequence of that part's last change.
pub(crate) struct Slot {
    pub(crate) entry: Arc<Asset>,
    pub(crate) area: Option<AreaIndex>,
    /// False once the asset has left the registry: a tombstone, so that clients can be told.
    pub(crate) present: bool,
    pub(crate) at: Measured,
    pub(crate) freshness: Freshness,
    pub(crate) values: Box<[Option<Value>]>,
    /// Of the last change of any part.
    pub(crate) seq: u64,
    /// Of the first time this asset was known.
    pub(crate) born_seq: u64,
    /// Of what the registry says: place, kind, name.
    pub(crate) placed_seq: u64,
    /// Of leaving the registry; 0 while it has not.
    pub(crate) left_seq: u64,
    pub(crate) freshness_seq: u64,
    pub(crate) at_seq: u64,
    pub(crate) value_seqs: Box<[u64]>,
}

impl Slot {
    pub(crate) fn new(seq: u64, entry: Arc<Asset>, area: Option<AreaIndex>, fields: usize) -> Self {
        Self {
            entry,
            area,
            present: true,
            at: None,
            freshness: Freshness::Unseen,
            values: vec![None; fields].into(),
            seq,
            born_seq: seq,
            placed_seq: seq,
            left_seq: 0,
            freshness_seq: seq,
            at_seq: seq,
            value_seqs: vec![seq; fields].into(),
        }
    }

    /// The registry says something else of it; what was measured stays, unless it is of another kind or was gone.
    pub(crate) fn place(
        &mut self,
        seq: u64,
        entry: Arc<Asset>,
        area: Option<AreaIndex>,
        fields: usize,
    ) {
        if !self.present || self.entry.kind != entry.kind {
            let born_seq = self.born_seq;
            *self = Self::new(seq, entry, area, fields);
            self.born_seq = born_seq;
            return;
        }
        self.entry = entry;
        self.area = area;
        self.placed_seq = seq;
        self.seq = seq;
    }

    pub(crate) fn update(
        &mut self,
        seq: u64,
        at: Time,
        freshness: Freshness,
        fields: &[FieldChange],
    ) {
        if self.at != Some(at) {
            self.at = Some(at);
            self.at_seq = seq;
        }
        for (field, value) in fields {
            if let Some(place) = self.values.get_mut(field.index()) {
                place.clone_from(value);
                self.value_seqs[field.index()] = seq;
            }
        }
        self.freshen(seq, freshness);
    }

    pub(crate) fn freshen(&mut self, seq: u64, freshness: Freshness) {
        if self.freshness != freshness {
            self.freshness = freshness;
            self.freshness_seq = seq;
        }
        self.seq = seq;
    }

    pub(crate) fn leave(&mut self, seq: u64) {
        self.present = false;
        self.values.fill(None);
        self.left_seq = seq;
        self.seq = seq;
    }

    /// True while it is shown: what is retired is as good as gone.
    pub(crate) fn is_shown(&self) -> bool {
        self.present && self.entry.lifecycle != Lifecycle::Retired
    }

    /// What roll-ups count it as; planned assets are shown but not counted.
    pub(crate) fn counted(&self) -> Option<(Option<AreaIndex>, Freshness)> {
        let counts = self.is_shown() && self.entry.lifecycle != Lifecycle::Planned;
        counts.then_some((self.area, self.freshness))
    }
}
