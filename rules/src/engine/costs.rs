//! Tells what each rule costs: its own work, its instances, and its share of the memory it uses together with others.

use std::mem::size_of;

use super::Engine;
use crate::costs::{RuleCost, Stopwatch};
use crate::held::HeldState;
use crate::ladder::Ladder;
use crate::plan::{KindPlan, Rule, RuleIx};
use crate::slots::SlotSource;

/// Bytes of one thing that rules share, and how many share it.
#[derive(Clone, Copy, Default)]
struct Shared {
    bytes: u64,
    users: u64,
}

/// What the rules of one kind share.
struct KindShares {
    windows: Vec<Shared>,
    helds: Vec<Shared>,
}

impl Engine {
    /// Lends a stopwatch: until it is taken back every evaluation is timed. What comes out does not depend on it.
    pub fn time_with(&mut self, stopwatch: Option<Stopwatch>) {
        self.stopwatch = stopwatch;
    }

    /// Goes on counting where another engine stood, rule by rule: for one that takes its place.
    pub fn carry_costs(&mut self, from: &Self) {
        for (place, work) in self.works.iter_mut().enumerate() {
            let name = &self.plan.rules[place].info.name;
            if let Some(rule) = from.plan.find(name) {
                *work = from.works[rule.index()].clone();
            }
        }
    }

    /// What every rule costs, in the order of names. Looks at every open instance, at a few dozen assets of each kind, and
    /// at no clock.
    pub fn costs(&self) -> Vec<RuleCost> {
        let shares: Vec<KindShares> = (0..self.plan.kinds.len())
            .map(|kind| self.shares(kind))
            .collect();
        let rules = self.plan.rules.iter().enumerate();
        rules
            .map(|(place, rule)| {
                let mut cost = RuleCost::of(&rule.info.name, &self.works[place]);
                for instance in self.instances[place].values() {
                    cost.firing += usize::from(instance.is_firing());
                    cost.pending += usize::from(!instance.is_firing());
                }
                cost.state_bytes = self.own_bytes(place) + share(rule, &self.plan.kinds, &shares);
                cost
            })
            .collect()
    }

    pub(super) fn begun(&self) -> u64 {
        self.stopwatch.map_or(0, |read| read())
    }

    pub(super) fn evaluated(&mut self, rule: RuleIx, mut begun: u64) {
        self.works[rule.index()].evaluated(self.stopwatch, &mut begun);
    }

    fn own_bytes(&self, place: usize) -> u64 {
        let open = &self.instances[place];
        let levels = self.plan.rules[place].ladder.levels.len();
        let instances = open.bytes() + open.len() * Ladder::bytes_beside(levels);
        let tally = self.tallies[place].as_ref();
        let sequence = self.sequences.get(RuleIx(place as u32));
        instances as u64
            + tally.map_or(0, |tally| tally.bytes())
            + sequence.map_or(0, crate::sequences::RuleSequences::bytes)
    }

    fn shares(&self, kind: usize) -> KindShares {
        let plan = &self.plan.kinds[kind];
        let helds = plan.helds.len();
        let held = match self.helds[kind].capacity().checked_div(helds) {
            Some(assets) => (assets * size_of::<HeldState>()) as u64,
            None => 0,
        };
        let bytes = self.windows[kind].bytes().into_iter();
        let mut shares = KindShares {
            windows: bytes.map(|bytes| Shared { bytes, users: 0 }).collect(),
            helds: vec![
                Shared {
                    bytes: held,
                    users: 0
                };
                helds
            ],
        };
        for rule in &plan.rules {
            let uses = Uses::of(self.plan.get(*rule), plan);
            uses.windows
                .iter()
                .for_each(|at| shares.windows[*at].users += 1);
            uses.helds
                .iter()
                .for_each(|at| shares.helds[*at].users += 1);
        }
        shares
    }
}

/// The rule's part of what it shares.
fn share(rule: &Rule, kinds: &[KindPlan], shares: &[KindShares]) -> u64 {
    // A sequence may look at windows of several kinds; they are counted with the rules of those kinds.
    let Some(kind) = rule.subject.kind() else {
        return 0;
    };
    let (plan, shares) = (&kinds[kind.index()], &shares[kind.index()]);
    let uses = Uses::of(rule, plan);
    let windows = uses.windows.iter().map(|at| shares.windows[*at]);
    let helds = uses.helds.iter().map(|at| shares.helds[*at]);
    windows
        .chain(helds)
        .map(|shared| shared.bytes / shared.users.max(1))
        .sum()
}

/// Places of the windows and held conditions a rule looks at, each once.
struct Uses {
    windows: Vec<usize>,
    helds: Vec<usize>,
}

impl Uses {
    fn of(rule: &Rule, kind: &KindPlan) -> Self {
        let helds = distinct(rule.slots.iter().filter_map(|slot| match slot {
            SlotSource::Held(place) => Some(usize::from(*place)),
            _ => None,
        }));
        let inside = helds.iter().flat_map(|place| &kind.helds[*place].slots);
        let windows = distinct(
            rule.slots
                .iter()
                .chain(inside)
                .filter_map(|slot| match slot {
                    SlotSource::Window(place, _) => Some(usize::from(*place)),
                    _ => None,
                }),
        );
        Self { windows, helds }
    }
}

fn distinct(places: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut places: Vec<_> = places.collect();
    places.sort_unstable();
    places.dedup();
    places
}
