//! The form of a checkpoint. Everything is keyed by names: handles and places live only as long as a process and a plan.
//!
//! What follows from the rest is not here: timers, groups, tallies, causes. A restore works it out again.

use model::RuleName;
use serde::{Deserialize, Serialize};

use super::sequences::SequenceRecord;
use crate::counts::Counts;
use crate::held::HeldState;
use crate::hold::Hold;
use crate::ladder::Latch;
use crate::live_state::{Presence, Recent, Uptime};
use crate::repeat::Repeats;
use crate::windows::Contents;

/// Changes whenever the form does; an older one is then refused, and the engine replays its log instead.
pub(super) const VERSION: u32 = 5;

#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) version: u32,
    pub(super) now: i64,
    pub(super) counts: Counts,
    /// Of the registry: with the same print, thresholds and groups are the same.
    pub(super) registry: u64,
    /// In the engine's order; the first is the pretended one of assets never heard of.
    pub(super) sources: Vec<(String, Uptime)>,
    pub(super) kinds: Vec<KindRecord>,
    pub(super) assets: Vec<AssetRecord>,
    pub(super) windows: Vec<WindowRecord>,
    pub(super) helds: Vec<HeldRecord>,
    pub(super) rules: Vec<RuleRecord>,
    pub(super) sequences: Vec<SequenceRecord>,
    pub(super) owed: Vec<OwedRecord>,
    /// Ids of alerts that ended in this very moment.
    pub(super) ended: Vec<u128>,
    pub(super) derivations: Vec<super::derived::DerivationRecord>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct KindRecord {
    pub(super) name: String,
    /// Each field's name and words.
    pub(super) fields: Vec<(String, Vec<String>)>,
    /// Each silence's length and calendar, in the order of the bits.
    pub(super) silences: Vec<(i64, Option<String>)>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct AssetRecord {
    pub(super) id: String,
    /// Index into [`Record::kinds`].
    pub(super) kind: u16,
    /// Not of the registry: whether it takes part.
    pub(super) stranger: Option<bool>,
    pub(super) source: u16,
    pub(super) presence: Presence,
    pub(super) latest_at: i64,
    pub(super) heard_at: i64,
    pub(super) reached: u64,
    pub(super) clock_wrong: bool,
    pub(super) recent: Recent,
    /// In the order of the kind's fields.
    pub(super) cells: Vec<CellRecord>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct CellRecord {
    pub(super) last: Option<ValueRecord>,
    pub(super) good_at: i64,
    pub(super) at: i64,
    pub(super) bad: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) enum ValueRecord {
    F64(f64),
    Bool(bool),
    /// Index into the field's words.
    Symbol(u16),
    Text(String),
    Time(i64),
}

#[derive(Serialize, Deserialize)]
pub(super) struct WindowRecord {
    pub(super) kind: u16,
    pub(super) field: String,
    pub(super) length: i64,
    pub(super) shape: ShapeRecord,
    /// By asset, as an index into [`Record::assets`].
    pub(super) rows: Vec<(u32, Contents)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ShapeRecord {
    Samples,
    Pair,
    Decayed,
    Weekly,
}

#[derive(Serialize, Deserialize)]
pub(super) struct HeldRecord {
    pub(super) kind: u16,
    pub(super) text: String,
    pub(super) length: i64,
    /// By asset, as an index into [`Record::assets`].
    pub(super) states: Vec<(u32, HeldState)>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct RuleRecord {
    pub(super) group: String,
    pub(super) name: String,
    /// Of what decides the meaning of its condition.
    pub(super) print: u64,
    /// Of all that is written.
    pub(super) whole: u64,
    pub(super) instances: Vec<InstanceRecord>,
}

impl RuleRecord {
    pub(super) fn name(&self) -> RuleName {
        RuleName {
            group: self.group.as_str().into(),
            name: self.name.as_str().into(),
        }
    }
}

/// The dimensions of a key and the values there.
pub(super) type KeyRecord = Vec<(String, String)>;

#[derive(Serialize, Deserialize)]
pub(super) struct InstanceRecord {
    pub(super) key: KeyRecord,
    pub(super) id: u128,
    pub(super) started_at: i64,
    pub(super) latches: Vec<Latch>,
    pub(super) repeats: Vec<Repeats>,
    pub(super) missing: bool,
    pub(super) clearing: Option<Hold>,
    pub(super) fired: Option<u8>,
    pub(super) told: Option<ToldRecord>,
    pub(super) settled_at: Option<i64>,
    pub(super) admitted: bool,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct ToldRecord {
    pub(super) condition: ConditionRecord,
    /// Index into [`model::Severity::ALL`].
    pub(super) severity: u8,
    pub(super) annunciation: AnnunciationRecord,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum ConditionRecord {
    Pending,
    Firing,
    Resolved,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum AnnunciationRecord {
    Settling,
    Annunciated,
    Inhibited(u128),
    OverLimit,
    Shadow,
}

/// A transition that a restore found due and nobody was told yet.
#[derive(Serialize, Deserialize)]
pub(super) struct OwedRecord {
    pub(super) group: String,
    pub(super) name: String,
    pub(super) key: KeyRecord,
    pub(super) id: u128,
    pub(super) told: ToldRecord,
    pub(super) at: i64,
    pub(super) started_at: i64,
    /// Index into [`model::Reason::ALL`].
    pub(super) reason: u8,
    pub(super) summary: [String; 2],
    pub(super) guidance: [String; 2],
}
