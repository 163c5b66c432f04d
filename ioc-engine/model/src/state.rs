//! What changed about an asset, as screens see it.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::{Asset, AssetHandle, FieldId, Time, Value};

/// How far an asset's latest values can be trusted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Freshness {
    /// Reported within its kind's `stale_after`.
    Live,
    /// Silent for longer, or its source is down: the last values are shown, the truth is unknown.
    Stale,
    /// Never heard of.
    Unseen,
    /// Said goodbye: its last will arrived.
    Offline,
}

/// Fields with their new values, none where a field turned unknown. Most readings change one or two: those need no memory
/// of their own.
pub type ChangedFields = SmallVec<[(FieldId, Option<Value>); 2]>;

/// One step of an asset's live state. Applied in order they give the state at any position.
#[derive(Clone, PartialEq, Debug)]
pub enum StateChange {
    /// An asset became known, or its registration changed. Always comes before its first update.
    Registered {
        /// Its handle for the life of the process.
        asset: AssetHandle,
        /// What the registry says of it.
        entry: Arc<Asset>,
    },
    /// New values arrived; fields not named keep theirs.
    Updated {
        /// Whose.
        asset: AssetHandle,
        /// The measured time of the newest values.
        at: Time,
        /// Its freshness after the update.
        freshness: Freshness,
        /// The fields that changed; none where a field turned unknown.
        fields: ChangedFields,
    },
    /// Only the freshness changed.
    Freshness {
        /// Whose.
        asset: AssetHandle,
        /// What it is now.
        freshness: Freshness,
    },
    /// Left the registry.
    Gone {
        /// Who.
        asset: AssetHandle,
    },
}
