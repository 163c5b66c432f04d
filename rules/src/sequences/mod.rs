//! Sequences: rises of conditions on single assets that follow one another within a while.
//!
//! `plan` is what a sequence asks, `state` what is remembered of the matches that may become whole, `view` what its
//! expressions see. None of it knows rules or alerts: the engine tells what rose, and asks what is whole.

mod plan;
#[cfg(test)]
mod reference;
mod state;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use plan::{Conjunct, Guard, KeptSlot, SequencePlan, Step, Watch, Which};
pub(crate) use state::{
    Capture, Edge, Held, KeyState, MAX_MATCHES, Match, Rise, RuleSequences, Sequences, last_of,
};
pub(crate) use view::{Kept, View, keep};
