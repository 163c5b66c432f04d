//! What is remembered of a sequence: edges of its conditions, matches that wait for their next step, whole ones that hold.
//!
//! A match that goes on stays where it was too, for other assets to go on from there (skip till any match): of three
//! links that fail, any two are a pair. Within one step's repetition it counts on instead, so that flapping costs a match
//! a rise and not a match a subset.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{AssetHandle, Key, KindId, Span, Time};
use smallvec::{SmallVec, smallvec};

use super::plan::{SequencePlan, Which};
use super::view::Kept;
use crate::hashing::FixedMap;
use crate::plan::{Dimension, Plan, RuleIx, Subject};

/// So many matches of one rule and key wait at once, and so many whole ones hold. What comes in excess is counted.
pub(crate) const MAX_MATCHES: usize = 256;

/// What was last known of a condition on an asset. Only false, then true is a rise: what lay unknown in between does not
/// matter, and what was never known false cannot have risen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Edge(pub(crate) Option<bool>);

impl Edge {
    /// Takes note of what the condition is. True when it rose.
    pub(crate) fn step(&mut self, truth: Option<bool>) -> bool {
        let rose = self.0 == Some(false) && truth == Some(true);
        self.0 = truth.or(self.0);
        rose
    }
}

/// A condition rose on an asset; what follows from it is worked out at the end of the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rise {
    pub(crate) rule: RuleIx,
    pub(crate) asset: AssetHandle,
    pub(crate) which: Which,
}

/// One rise as it was taken into a match.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Capture {
    pub(crate) step: u8,
    pub(crate) asset: AssetHandle,
    /// Engine time of the rise.
    pub(crate) at: Time,
    /// When the asset's newest reading was measured then.
    pub(crate) measured: Option<Time>,
    /// What the step's slots showed.
    pub(crate) values: Box<[Option<Kept>]>,
}

/// The newest rise that a step took.
pub(crate) fn last_of(captures: &[Arc<Capture>], step: u8) -> Option<&Capture> {
    let newest = captures.iter().rev().find(|capture| capture.step == step);
    newest.map(|capture| &**capture)
}

/// The rises of a match, in the match itself where they are few: every rise looks at all matches that wait for it.
pub(crate) type Captures = SmallVec<[Arc<Capture>; 4]>;

/// Rises in order.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Match {
    /// Engine time of the first.
    pub(crate) began: Time,
    /// How often the step it waits for has risen already.
    pub(crate) count: u16,
    pub(crate) captures: Captures,
}

impl Match {
    fn with(&self, capture: &Arc<Capture>) -> Self {
        let before = self.captures.iter().cloned();
        let captures = before.chain([Arc::clone(capture)]).collect();
        Self {
            began: self.began,
            count: self.count + 1,
            captures,
        }
    }
}

/// A whole match, while what it stands on holds.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Held {
    pub(crate) whole: Match,
    /// The steps and assets whose conditions were last known to hold when it became whole, in order.
    pub(crate) stands_on: Vec<(u8, AssetHandle)>,
}

/// All matches of one rule and key.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct KeyState {
    /// By the step they wait for, oldest first; past the last step, those that wait for the end of `within`.
    pub(crate) waiting: Vec<Vec<Match>>,
    pub(crate) held: Vec<Held>,
    /// The match that the alert tells of.
    pub(crate) shown: Option<Match>,
    /// Became whole in this moment: the rule holds, whatever became of its steps since.
    pub(crate) fresh: bool,
    /// An asset left that a match stood on, and no other match is left.
    pub(crate) left: bool,
    /// How many matches were not followed because there were too many.
    pub(crate) refused: u64,
    /// Due time of its timer; any other is void. Before it, time is up for none of its matches.
    pub(crate) due: Time,
}

impl KeyState {
    pub(crate) fn new(steps: usize) -> Self {
        Self {
            waiting: vec![Vec::new(); steps + 1],
            due: Time::MAX,
            ..Self::default()
        }
    }

    /// Nothing of it would be missed.
    pub(crate) fn is_quiet(&self) -> bool {
        self.waiting.iter().all(Vec::is_empty) && self.held.is_empty() && !self.fresh
    }

    /// A step's condition that turns may end something, or let something become whole.
    pub(crate) fn looks_at_assets(&self) -> bool {
        !self.held.is_empty() || self.waiting.last().is_some_and(|end| !end.is_empty())
    }

    fn partial(&self) -> usize {
        self.waiting.iter().map(Vec::len).sum()
    }

    /// A guard's condition rose: ends the matches that wait for this step and that it concerns.
    pub(crate) fn end_guarded(&mut self, before: usize, concerns: impl Fn(&Match) -> bool) {
        self.waiting[before].retain(|waiting| !concerns(waiting));
    }

    /// A step's condition rose: takes the matches on that wait for it, and gives those that have done every step.
    pub(crate) fn rise(
        &mut self,
        plan: &SequencePlan,
        capture: &Arc<Capture>,
        admits: impl Fn(&[Arc<Capture>]) -> bool,
    ) -> Vec<Match> {
        let step = usize::from(capture.step);
        let times = plan.steps[step].times;
        // Those that count on in place go first: they take no more room than they had.
        let (mut counted, mut branched) = (Vec::new(), Vec::new());
        self.waiting[step].retain_mut(|waiting| {
            if !admits(&waiting.captures) {
                return true;
            }
            let next = waiting.with(capture);
            if waiting.count == 0 {
                branched.push(next);
                true
            } else if next.count < times {
                *waiting = next;
                true
            } else {
                counted.push(next);
                false
            }
        });
        if step == 0 && admits(&[]) {
            branched.push(Match {
                began: capture.at,
                count: 1,
                captures: smallvec![Arc::clone(capture)],
            });
        }
        let mut done = Vec::new();
        for next in counted.into_iter().chain(branched) {
            self.put(plan, step, next, &mut done);
        }
        done
    }

    /// Puts a match that has just taken a rise of `step` where it waits next.
    fn put(&mut self, plan: &SequencePlan, step: usize, mut next: Match, done: &mut Vec<Match>) {
        let mut place = step;
        if next.count >= plan.steps[step].times {
            next.count = 0;
            place += 1;
        }
        if place == plan.steps.len() && !plan.waits_for_the_end() {
            done.push(next);
        } else if self.partial() < MAX_MATCHES {
            self.waiting[place].push(next);
        } else {
            self.refused += 1;
        }
    }

    /// Forgets what waits for a step whose time is up.
    pub(crate) fn forget_late(&mut self, within: Span, now: Time) {
        if now < self.due {
            return;
        }
        if let Some((_, steps)) = self.waiting.split_last_mut() {
            for waiting in steps {
                waiting.retain(|waiting| waiting.began + within > now);
            }
        }
    }

    /// Gives what only waited for the end of `within`, once that has come and the contrary could have been heard.
    pub(crate) fn reach_end(
        &mut self,
        within: Span,
        now: Time,
        heard_of: impl Fn(&Match) -> bool,
    ) -> Vec<Match> {
        let mut done = Vec::new();
        if let Some(end) = self.waiting.last_mut() {
            end.retain(|waiting| {
                let whole = waiting.began + within <= now && heard_of(waiting);
                if whole {
                    done.push(waiting.clone());
                }
                !whole
            });
        }
        done
    }

    /// A match is whole. One that stands on the same as another before says nothing new.
    pub(crate) fn hold(&mut self, held: Held) {
        self.fresh = true;
        self.left = false;
        let same = |other: &Held| other.stands_on == held.stands_on;
        if !held.stands_on.is_empty() && self.held.iter().any(same) {
            return;
        }
        if self.held.len() < MAX_MATCHES {
            self.held.push(held);
        } else {
            self.refused += 1;
        }
    }

    /// Forgets the whole matches that have ended; the alert tells of the oldest that is left, or of the last there was.
    pub(crate) fn end_held(&mut self, ended: impl Fn(&Held) -> bool) {
        self.held.retain(|held| !ended(held));
        self.show();
    }

    pub(crate) fn show(&mut self) {
        if let Some(oldest) = self.held.first() {
            self.shown = Some(oldest.whole.clone());
        }
    }

    /// When time is up for the next of its matches after `now`.
    pub(crate) fn next_due(&self, within: Span, now: Time) -> Time {
        let waiting = self.waiting.iter().flatten();
        let due = waiting.map(|waiting| waiting.began + within);
        due.filter(|due| *due > now).min().unwrap_or(Time::MAX)
    }
}

/// Which assets belong to which key, for all sequences that watch the same kinds by the same dimensions.
#[derive(Debug)]
pub(crate) struct Groups {
    pub(crate) by: Box<[Dimension]>,
    pub(crate) kinds: BTreeSet<KindId>,
    pub(crate) keys: Vec<Key>,
    by_key: FixedMap<Key, u32>,
    of_asset: FixedMap<u32, u32>,
}

impl Groups {
    fn new(by: &[Dimension], kinds: BTreeSet<KindId>) -> Self {
        Self {
            by: by.into(),
            kinds,
            keys: Vec::new(),
            by_key: FixedMap::default(),
            of_asset: FixedMap::default(),
        }
    }

    /// Puts an asset in service into its group.
    pub(crate) fn add(&mut self, asset: AssetHandle, key: Key) {
        let next = self.keys.len() as u32;
        let number = *self.by_key.entry(key.clone()).or_insert(next);
        if number == next {
            self.keys.push(key);
        }
        self.of_asset.insert(asset.0, number);
    }

    pub(crate) fn find(&self, key: &Key) -> Option<u32> {
        self.by_key.get(key).copied()
    }

    pub(crate) fn of_asset(&self, asset: AssetHandle) -> Option<u32> {
        self.of_asset.get(&asset.0).copied()
    }
}

/// All that is remembered of one rule's sequence.
#[derive(Debug)]
pub(crate) struct RuleSequences {
    /// By place among all groups; none where each asset is a key of its own.
    groups: Option<u32>,
    /// By key. Nothing is kept of a quiet one.
    pub(crate) states: FixedMap<u32, KeyState>,
}

impl RuleSequences {
    /// Bytes of the matches that are followed. A capture counts once, with the match it was made for.
    pub(crate) fn bytes(&self) -> u64 {
        let of = |one: &Match| {
            let spilled = if one.captures.spilled() {
                one.captures.capacity() * size_of::<Arc<Capture>>()
            } else {
                0
            };
            size_of::<Match>() + spilled + size_of::<Capture>()
        };
        let states = self.states.values();
        let matches = states.flat_map(|s| {
            s.waiting
                .iter()
                .flatten()
                .chain(s.held.iter().map(|h| &h.whole))
        });
        let entries = self.states.capacity() * size_of::<(u32, KeyState)>();
        (entries + matches.map(of).sum::<usize>()) as u64
    }
}

/// All that is remembered of sequences.
#[derive(Debug, Default)]
pub(crate) struct Sequences {
    /// By rule; none for rules without a sequence.
    rules: Vec<Option<Box<RuleSequences>>>,
    pub(crate) groups: Vec<Groups>,
    /// By kind: row after row, one a watch of the kind.
    pub(crate) edges: Vec<Vec<Edge>>,
    /// What rose in the present moment.
    pub(crate) rises: Vec<Rise>,
}

impl Sequences {
    /// Room for what is remembered of rules; of assets it is made when they are met.
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut all = Self {
            edges: vec![Vec::new(); plan.kinds.len()],
            ..Self::default()
        };
        if plan.rules.iter().any(|rule| rule.sequence().is_some()) {
            let rules = plan.rules.iter().map(|rule| {
                let sequence = rule.sequence()?;
                let single = matches!(rule.subject, Subject::Sequence { asset: Some(_) });
                let groups = (!single).then(|| all.groups_of(sequence));
                let states = FixedMap::default();
                Some(Box::new(RuleSequences { groups, states }))
            });
            all.rules = rules.collect();
        }
        all
    }

    /// The place of the groups of a sequence, shared with those about the same.
    fn groups_of(&mut self, sequence: &SequencePlan) -> u32 {
        let kinds: BTreeSet<_> = sequence.watches().map(|(_, watch)| watch.kind).collect();
        let same = |groups: &Groups| groups.by == sequence.by && groups.kinds == kinds;
        let known = self.groups.iter().position(same);
        known.unwrap_or_else(|| {
            self.groups.push(Groups::new(&sequence.by, kinds));
            self.groups.len() - 1
        }) as u32
    }

    /// The groups that a rule is about; none where each asset is a key of its own.
    pub(crate) fn groups(&self, rule: RuleIx) -> Option<&Groups> {
        let groups = self.get(rule)?.groups?;
        Some(&self.groups[groups as usize])
    }

    /// The key of a rule that an asset belongs to, if any.
    pub(crate) fn key_of(&self, rule: RuleIx, asset: AssetHandle) -> Option<u32> {
        match self.groups(rule) {
            Some(groups) => groups.of_asset(asset),
            None => Some(asset.0),
        }
    }

    pub(crate) fn get(&self, rule: RuleIx) -> Option<&RuleSequences> {
        self.rules.get(rule.index())?.as_deref()
    }

    pub(crate) fn get_mut(&mut self, rule: RuleIx) -> Option<&mut RuleSequences> {
        self.rules.get_mut(rule.index())?.as_deref_mut()
    }

    pub(crate) fn state(&self, rule: RuleIx, key: u32) -> Option<&KeyState> {
        self.get(rule)?.states.get(&key)
    }

    pub(crate) fn state_mut(&mut self, rule: RuleIx, key: u32) -> Option<&mut KeyState> {
        self.get_mut(rule)?.states.get_mut(&key)
    }
}
