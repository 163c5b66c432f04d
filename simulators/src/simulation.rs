//! What devices do, as the pack's `simulation/*.yaml` says it: read, checked against the catalog and resolved to numbers.
//! Owns the plan and its problems. Running it is left to `device`, `world` and `fleet`.

mod effect;
mod field;
mod kind;
mod reach;
pub(crate) mod read;

use std::sync::Arc;

use model::{Catalog, Diagnostic, KindId, SourceFile};

use crate::rhythm::Rhythm;

pub(crate) use effect::{ClockFault, Effect};
pub(crate) use field::{Amount, Counter, Known, Make, Noise, NumberPlan, States};
pub(crate) use field::{amount, number_or};
pub(crate) use kind::{KindPlan, Pattern};
pub(crate) use reach::{Outage, Reach, Tie};

/// At most this many condition words: a device's conditions are one 64-bit set.
pub(crate) const MAX_CONDITIONS: usize = 64;

/// A condition a device can be in, by its place in [`Plan::conditions`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ConditionId(pub u8);

impl ConditionId {
    /// As a set of one.
    pub fn bit(self) -> u64 {
        1 << self.0
    }
}

/// Everything the pack says about the behaviour of its devices.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The words of conditions: `cut`, `no_power`.
    pub conditions: Vec<Arc<str>>,
    /// The named rhythms.
    pub rhythms: Vec<(Arc<str>, Rhythm)>,
    /// Per kind of the catalog, what it does; kinds without a plan are not simulated.
    pub kinds: Vec<Option<KindPlan>>,
    /// How one thing's condition reaches others.
    pub reaches: Vec<Reach>,
    /// Faults that hit everything with the same value in a registry column.
    pub outages: Vec<Outage>,
}

impl Plan {
    /// Reads the pack's files, all problems of all files at once. `first_file` is where the first stands in the caller's `Sources`.
    pub fn read(
        files: &[SourceFile],
        first_file: usize,
        catalog: &Catalog,
    ) -> (Option<Self>, Vec<Diagnostic>) {
        read::read(files, first_file, catalog)
    }

    /// The condition of this word.
    pub fn condition(&self, word: &str) -> Option<ConditionId> {
        self.conditions
            .iter()
            .position(|c| &**c == word)
            .map(|i| ConditionId(i as u8))
    }

    /// What a kind does, if the pack says so.
    pub fn kind(&self, kind: KindId) -> Option<&KindPlan> {
        self.kinds.get(kind.index())?.as_ref()
    }
}
