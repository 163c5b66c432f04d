//! Causes and their effects: an effect that shares a dimension's value with a firing cause does not call for attention.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{AlertId, Key};

use crate::hashing::FixedMap;
use crate::plan::{Dimension, RuleIx};

/// One entry of a rule's `inhibited_by`.
#[derive(Debug)]
pub(crate) struct Inhibition {
    pub(crate) cause: RuleIx,
    pub(crate) effect: RuleIx,
    pub(crate) on: Vec<Dimension>,
}

/// The values in which a cause and an effect must agree.
pub(crate) type Shared = Vec<Arc<str>>;

/// Firing causes and firing effects of each inhibition, by what they share.
#[derive(Debug, Default)]
pub(crate) struct Inhibitors {
    /// One an [`Inhibition`] of the plan.
    sides: Vec<Sides>,
}

#[derive(Debug, Default)]
struct Sides {
    causes: FixedMap<Shared, BTreeMap<Key, AlertId>>,
    effects: FixedMap<Shared, BTreeSet<u32>>,
}

impl Inhibitors {
    pub(crate) fn new(inhibitions: usize) -> Self {
        let sides = (0..inhibitions).map(|_| Sides::default()).collect();
        Self { sides }
    }

    /// A cause fires, or stops (`id` none). Gives the effects that now have to be looked at.
    pub(crate) fn set_cause(
        &mut self,
        inhibition: usize,
        shared: &Shared,
        key: Key,
        id: Option<AlertId>,
    ) -> impl Iterator<Item = u32> {
        let sides = &mut self.sides[inhibition];
        if let Some(id) = id {
            let causes = sides.causes.entry(shared.clone()).or_default();
            causes.insert(key, id);
        } else if let Some(causes) = sides.causes.get_mut(shared) {
            causes.remove(&key);
            if causes.is_empty() {
                sides.causes.remove(shared);
            }
        }
        sides.effects.get(shared).into_iter().flatten().copied()
    }

    /// An effect fires, or stops.
    pub(crate) fn set_effect(
        &mut self,
        inhibition: usize,
        shared: &Shared,
        key: u32,
        firing: bool,
    ) {
        let effects = &mut self.sides[inhibition].effects;
        if firing {
            effects.entry(shared.clone()).or_default().insert(key);
        } else if let Some(keys) = effects.get_mut(shared) {
            keys.remove(&key);
            if keys.is_empty() {
                effects.remove(shared);
            }
        }
    }

    /// The cause of an effect: the first by key, so that it does not depend on who came first.
    pub(crate) fn cause(&self, inhibition: usize, shared: &Shared) -> Option<AlertId> {
        let causes = self.sides[inhibition].causes.get(shared)?;
        causes.first_key_value().map(|(_, id)| *id)
    }
}
