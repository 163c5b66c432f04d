//! What a sequence asks for, as compiled.

use std::sync::Arc;

use cel::{Program, Slots, Type};
use model::{KindId, Span, Why, WhyValue};

use crate::plan::Dimension;
use crate::slots::SlotSource;

/// The `sequence` of a rule.
#[derive(Debug)]
pub(crate) struct SequencePlan {
    /// The dimensions of its keys.
    pub(crate) by: Box<[Dimension]>,
    /// From the first rise to the last: less than this.
    pub(crate) within: Span,
    pub(crate) steps: Box<[Step]>,
    pub(crate) guards: Box<[Guard]>,
    /// What ends a whole match, over the rule's slots; without it, the end of a condition it stands on.
    pub(crate) clear: Option<Box<Program<bool>>>,
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
    pub(crate) place: u32,
    /// What has to hold together, in the order in which it is written.
    pub(crate) parts: Box<[Conjunct]>,
    /// All of it as written, where it has several parts.
    pub(crate) text: Option<Box<str>>,
    /// What its slots stand for; of a step also what later parts of the rule keep of its asset.
    pub(crate) slots: Box<[SlotSource]>,
    /// The same slots, as a match keeps them.
    pub(crate) kept: Box<[KeptSlot]>,
}

/// A part of a watched condition.
#[derive(Debug)]
pub(crate) struct Conjunct {
    /// It names earlier steps: it does not rise, but chooses among the rises of what speaks of the asset alone.
    pub(crate) chooses: bool,
    pub(crate) condition: Program<bool>,
}

/// How the value of a slot is kept.
#[derive(Clone, Debug)]
pub(crate) struct KeptSlot {
    /// As it is written: with it a checkpoint finds its place again.
    pub(crate) name: Arc<str>,
    pub(crate) ty: Type,
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
    /// All of it as written.
    pub(crate) fn source(&self) -> &str {
        match (&self.text, &*self.parts) {
            (None, [only]) => only.condition.source(),
            (text, _) => text.as_deref().unwrap_or_default(),
        }
    }

    /// The parts that speak of the asset alone.
    pub(crate) fn own(&self) -> impl Iterator<Item = &Program<bool>> {
        let own = self.parts.iter().filter(|part| !part.chooses);
        own.map(|part| &part.condition)
    }

    /// Whether the parts that speak of the asset alone hold.
    pub(crate) fn truth(&self, slots: &impl Slots) -> Option<bool> {
        all(self.own().map(|part| part.eval(slots)))
    }

    /// Whether the parts that name earlier steps let a rise count; what is unknown does not.
    pub(crate) fn admits(&self, slots: &impl Slots) -> bool {
        let mut choose = self.parts.iter().filter(|part| part.chooses);
        choose.all(|part| part.condition.eval(slots) == Some(true))
    }

    /// All of it with its values.
    pub(crate) fn explain(&self, slots: &impl Slots) -> Why {
        // What reads nothing is shown by the text already.
        let conditions = self.parts.iter().map(|part| &part.condition);
        let shown = conditions.filter(|condition| !condition.is_constant());
        let mut parts: Vec<_> = shown
            .map(|condition| condition.explain(slots, &mut |_, _| {}))
            .collect();
        if self.text.is_none() && parts.len() == 1 {
            return parts.swap_remove(0);
        }
        parts.shrink_to_fit();
        let truth = all(self.parts.iter().map(|part| part.condition.eval(slots)));
        Why {
            expr: self.source().into(),
            value: truth.map_or(WhyValue::Unknown, WhyValue::Bool),
            at: parts.iter().filter_map(|part| part.at).max(),
            note: None,
            parts,
        }
    }
}

/// A conjunction in three values.
fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut truth = Some(true);
    for part in parts {
        match part {
            Some(true) => {}
            Some(false) => return Some(false),
            None => truth = None,
        }
    }
    truth
}
