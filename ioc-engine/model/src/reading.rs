//! One asset's measured fields at one time.

use crate::{AssetId, FieldId, KindId, Time, Value};

/// What the device says of its own measurement.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Quality {
    /// Trustworthy.
    #[default]
    Good,
    /// The instrument is being calibrated: the values are unknown to rules.
    Calibrating,
    /// The instrument knows itself broken: the values are unknown to rules.
    Fault,
    /// Computed in place of a measurement; counts as known.
    Estimated,
    /// Stored by the device and sent late on purpose: history and windows only.
    Backfill,
}

/// How a reading came in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Origin {
    /// Published while the source was connected.
    #[default]
    Live,
    /// A retained message delivered at subscribe: a level, never an edge, and no sign of life.
    Retained,
}

/// One asset's measured fields at one time, as decoded and range-checked.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading {
    /// Who measured.
    pub asset: AssetId,
    /// The kind its topic names.
    pub kind: KindId,
    /// When it was measured by the device's clock; `received` when the payload carries no time.
    pub at: Time,
    /// When it reached the engine.
    pub received: Time,
    /// The device's own counter, where it sends one.
    pub seq: Option<u64>,
    /// The device's run between restarts, where it sends one.
    pub boot: Option<u64>,
    /// What the device says of its measurement.
    pub quality: Quality,
    /// How it came in.
    pub origin: Origin,
    /// The fields present, each at most once, in no particular order.
    pub fields: Vec<(FieldId, Value)>,
}
