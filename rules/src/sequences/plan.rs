//! What a sequence asks for, as compiled.

use std::sync::Arc;

use cel::{Program, Slots, Type};
use model::{KindId, Span};

use crate::slots::SlotSource;

/// The `sequence` of a rule.
#[derive(Debug)]
pub(crate) struct SequencePlan {
    /// From the first rise to the last: less than this.
    pub(crate) within: Span,
    pub(crate) steps: Box<[Step]>,
    pub(crate) guards: Box<[Guard]>,
    /// What ends a whole match, over the rule's slots; without it, the end of a condition it stands on.
    pub(crate) clear: Option<Program<bool>>,
}

/// Something that has to rise.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: Option<Arc<str>>,
    /// So often.
    pub(crate) times: u16,
    pub(crate) watch: Watch,
}

/// A `not`: what must not rise while a match waits.
#[derive(Debug)]
pub(crate) struct Guard {
    /// It guards matches that wait for this step; past the last, those that wait for the end of `within`.
    pub(crate) before: usize,
    pub(crate) watch: Watch,
}

/// A condition whose rises are watched on every asset of a kind.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) kind: KindId,
    /// Its place among the watches of its kind.
    pub(crate) place: usize,
    /// The parts that speak of the asset alone: they rise.
    pub(crate) own: Box<[Program<bool>]>,
    /// The parts that name earlier steps: they choose among the rises.
    pub(crate) filters: Box<[Program<bool>]>,
    /// All of it, to tell why.
    pub(crate) whole: Program<bool>,
    /// What its slots stand for; of a step also what later parts of the rule keep of its asset.
    pub(crate) slots: Box<[SlotSource]>,
    /// Each slot as it is written: with it a checkpoint finds its place again.
    pub(crate) names: Box<[Arc<str>]>,
    pub(crate) types: Box<[Type]>,
}

/// One of a sequence's watches. At one moment and asset guards go first, and later steps before earlier ones: one reading
/// takes a match one step further at most.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Which {
    Guard(usize),
    Step(std::cmp::Reverse<usize>),
}

impl SequencePlan {
    /// Every watch: the steps', then the guards'.
    pub(crate) fn watches(&self) -> impl Iterator<Item = (Which, &Watch)> {
        let steps = self.steps.iter().enumerate();
        let steps = steps.map(|(n, step)| (Which::Step(std::cmp::Reverse(n)), &step.watch));
        let guards = self.guards.iter().enumerate();
        steps.chain(guards.map(|(n, guard)| (Which::Guard(n), &guard.watch)))
    }

    /// Something must not rise between the last step and the end of `within`.
    pub(crate) fn waits_for_the_end(&self) -> bool {
        let steps = self.steps.len();
        self.guards.iter().any(|guard| guard.before == steps)
    }
}

impl Watch {
    /// Whether the parts that speak of the asset alone hold.
    pub(crate) fn truth(&self, slots: &impl Slots) -> Option<bool> {
        all(&self.own, slots)
    }

    /// Whether the parts that name earlier steps let a rise count; what is unknown does not.
    pub(crate) fn admits(&self, slots: &impl Slots) -> bool {
        self.filters
            .iter()
            .all(|filter| filter.eval(slots) == Some(true))
    }
}

/// A conjunction in three values.
fn all(parts: &[Program<bool>], slots: &impl Slots) -> Option<bool> {
    let mut truth = Some(true);
    for part in parts {
        match part.eval(slots) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => truth = None,
        }
    }
    truth
}
