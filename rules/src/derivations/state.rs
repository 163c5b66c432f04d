//! What the engine remembers of its derivations from input to input.

use model::{AssetHandle, FieldId, Reading, Time, Value};

use super::{Derivation, Memory, open_window};
use crate::by_key::ByKey;
use crate::plan::{Conditions, Plan, RuleIx};
use crate::windows::sample_of;

/// Which part of measured time lies in a window: `(after, to]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Extent {
    pub(crate) after: Time,
    pub(crate) to: Time,
}

/// All derivations of a plan.
#[derive(Debug, Default)]
pub(crate) struct Derivations {
    /// By rule; none for rules that raise alerts. Empty where no rule derives.
    states: Vec<Option<Box<State>>>,
    /// Windows that ended inside an input, to be told in their order.
    pub(crate) ready: Vec<Ready>,
}

/// A derived reading that waits for its turn.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) rule: RuleIx,
    pub(crate) key: u32,
    pub(crate) at: Time,
    pub(crate) values: Vec<(FieldId, Option<Value>)>,
}

/// One derivation.
#[derive(Debug)]
pub(crate) struct State {
    /// Where the open window of the clock begins: the last one ended there.
    pub(crate) edge: Time,
    /// Where it ends.
    pub(crate) end: Time,
    pub(crate) memory: Memory,
    /// By group: its members' rows.
    pub(crate) members: Vec<Vec<u32>>,
    /// By key: sessions, counts, and when a sliding derivation spoke last.
    pub(crate) keys: ByKey<KeyState>,
    /// By key: its derived asset.
    pub(crate) assets: ByKey<AssetHandle>,
}

/// One key of a derivation whose windows the clock does not end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct KeyState {
    /// How many readings the open window has.
    pub(crate) readings: u32,
    /// Engine time of the last reading of an open session; of the last word of a sliding one.
    pub(crate) last: Time,
    /// When to look at it again.
    pub(crate) due: Time,
}

impl KeyState {
    /// Nothing came and nothing was said yet.
    pub(crate) const IDLE: Self = Self {
        readings: 0,
        last: Time::MIN,
        due: Time::MAX,
    };
}

impl Derivations {
    pub(crate) fn new(plan: &Plan, now: Time) -> Self {
        let derives = |conditions: &Conditions| matches!(conditions, Conditions::Derives(_));
        if !plan.rules.iter().any(|rule| derives(&rule.conditions)) {
            return Self::default();
        }
        let states = plan.rules.iter().map(|rule| match &rule.conditions {
            Conditions::Derives(derivation) => Some(Box::new(State::new(plan, derivation, now))),
            _ => None,
        });
        Self {
            states: states.collect(),
            ready: Vec::new(),
        }
    }

    /// True where no rule derives.
    pub(crate) fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    pub(crate) fn get(&self, rule: RuleIx) -> Option<&State> {
        self.states.get(rule.index())?.as_deref()
    }

    pub(crate) fn get_mut(&mut self, rule: RuleIx) -> Option<&mut State> {
        self.states.get_mut(rule.index())?.as_deref_mut()
    }
}

impl State {
    fn new(plan: &Plan, derivation: &Derivation, now: Time) -> Self {
        let (edge, end) = match derivation.form.every() {
            Some(every) => open_window(&plan.zone, every, derivation.grace, now),
            None => (Time::MIN, Time::MAX),
        };
        Self {
            edge,
            end,
            memory: Memory::new(derivation.collects.len()),
            members: Vec::new(),
            keys: ByKey::default(),
            assets: ByKey::default(),
        }
    }

    /// Keeps what a reading of an asset's row says of these fields. True when a window that it belongs to has closed already.
    pub(crate) fn keep(
        &mut self,
        row: u32,
        fields: &[FieldId],
        reading: &Reading,
        at: Time,
    ) -> bool {
        let mut carried = false;
        for (place, field) in fields.iter().enumerate() {
            let value = reading.fields.iter().find(|(id, _)| id == field);
            if let Some((_, value)) = value {
                carried = true;
                self.memory.add(row, place, at, sample_of(value));
            }
        }
        carried && at <= self.edge
    }

    /// One more reading in the open window of a key.
    pub(crate) fn count(&mut self, key: u32, now: Time) -> &mut KeyState {
        let state = self.keys.get_or_insert(key, KeyState::IDLE);
        state.readings = state.readings.saturating_add(1);
        state.last = now;
        state
    }

    /// Takes note of a member of a group.
    pub(crate) fn join(&mut self, group: u32, row: u32) {
        if self.members.len() <= group as usize {
            self.members.resize(group as usize + 1, Vec::new());
        }
        self.members[group as usize].push(row);
    }
}
