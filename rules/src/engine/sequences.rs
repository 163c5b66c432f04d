//! Sequences meet the live state: which conditions rose on an asset, which matches go on, which ones have ended.

use std::sync::Arc;

use model::{AssetHandle, Time};

use super::{Engine, Moment};
use crate::group::key_of;
use crate::hashing::FixedMap;
use crate::ladder::LevelTruth;
use crate::live_state::Presence;
use crate::plan::{Conditions, Rule, RuleIx};
use crate::sequences::{
    Capture, Edge, Held, KeyState, Match, Rise, SequencePlan, View, Watch, Which, keep, last_of,
};
use crate::timers::Timer;

impl Engine {
    /// Makes room for an asset just met, and puts it into the keys it belongs to.
    pub(super) fn make_room_in_sequences(&mut self, asset: AssetHandle) {
        let state = self.live.asset(asset);
        let kind_plan = &self.plan.kinds[state.kind.index()];
        let edges = &mut self.sequences.edges[state.kind.index()];
        edges.resize(edges.len() + kind_plan.watches, Edge::default());
        if kind_plan.watches == 0 || !state.alarms() {
            return;
        }
        let kind = self.city.catalog.kind(state.kind);
        let column = |name: &str| kind.columns.iter().position(|c| &*c.name == name);
        for groups in &mut self.sequences.groups {
            if groups.kinds.contains(&state.kind)
                && let Some(key) = key_of(&state.entry, &groups.by, &self.city.areas, column)
            {
                groups.add(asset, key);
            }
        }
    }

    /// An asset changed: finds which steps rose on it, and whether something that stands on it has to be looked at.
    pub(super) fn look_at_steps(&mut self, rule: RuleIx, asset: AssetHandle) {
        let plan = Arc::clone(&self.plan);
        let plan = plan.get(rule);
        let Conditions::Sequence(sequence) = &plan.conditions else {
            return;
        };
        let state = self.live.asset(asset);
        let (kind, row) = (state.kind, state.row as usize);
        let width = self.plan.kinds[kind.index()].watches;
        for (which, watch) in sequence.watches() {
            if watch.kind != kind {
                continue;
            }
            let truth = self.watched(plan, watch, asset);
            let edge = &mut self.sequences.edges[kind.index()][row * width + watch.place as usize];
            if edge.step(truth) {
                self.sequences.rises.push(Rise { rule, asset, which });
            }
        }
        let Some(all) = self
            .sequences
            .get(rule)
            .filter(|all| !all.states.is_empty())
        else {
            return;
        };
        if let Some(key) = self.sequences.key_of(rule, asset)
            && all.states.get(&key).is_some_and(KeyState::looks_at_assets)
        {
            self.todo.push((rule, key));
        }
    }

    /// Takes note of what the conditions of a sequence are, as a level: an edit is no edge.
    pub(crate) fn level_steps(&mut self, rule: RuleIx) {
        let plan = Arc::clone(&self.plan);
        let plan = plan.get(rule);
        let Conditions::Sequence(sequence) = &plan.conditions else {
            return;
        };
        for (_, watch) in sequence.watches() {
            let kind = watch.kind.index();
            let width = self.plan.kinds[kind].watches;
            for row in 0..self.live.tables[kind].members.len() {
                let asset = self.live.tables[kind].members[row];
                if self.live.asset(asset).alarms() {
                    let truth = self.watched(plan, watch, asset);
                    self.sequences.edges[kind][row * width + watch.place as usize].step(truth);
                }
            }
        }
    }

    /// What a step's own condition comes to on an asset; outside the rule's calendar it is false.
    pub(super) fn watched(&self, rule: &Rule, watch: &Watch, asset: AssetHandle) -> Option<bool> {
        if self.is_shut(rule) {
            return Some(false);
        }
        watch.truth(&self.asset_slots(&watch.slots, asset))
    }

    /// Takes the rises of the moment into their matches: in the order of assets, of one asset guards before steps.
    pub(super) fn take_rises(&mut self, moment: &Moment) {
        let mut rises = std::mem::take(&mut self.sequences.rises);
        // A retained message shows a level; nothing says that it turned now.
        if !moment.retained {
            let id = |rise: &Rise| &self.live.asset(rise.asset).entry.id;
            rises.sort_by(|a, b| (a.rule, id(a), a.which).cmp(&(b.rule, id(b), b.which)));
            for rise in &rises {
                self.take_rise(*rise, moment.now);
            }
        }
        rises.clear();
        self.sequences.rises = rises;
    }

    fn take_rise(&mut self, rise: Rise, now: Time) {
        let plan = Arc::clone(&self.plan);
        let plan = plan.get(rise.rule);
        let Conditions::Sequence(sequence) = &plan.conditions else {
            return;
        };
        let Some(key) = self.sequences.key_of(rise.rule, rise.asset) else {
            return;
        };
        let Some(all) = self.sequences.get_mut(rise.rule) else {
            return;
        };
        let mut state = match all.states.get_mut(&key) {
            Some(state) => std::mem::take(state),
            None if matches!(rise.which, Which::Step(_)) => KeyState::new(sequence.steps.len()),
            None => return,
        };
        state.forget_late(sequence.within, now);
        match rise.which {
            Which::Guard(guard) => {
                let guard = &sequence.guards[guard];
                let own = self.asset_slots(&guard.watch.slots, rise.asset);
                state.end_guarded(guard.before, |waiting| {
                    let captures = &waiting.captures;
                    guard.watch.admits(&View::Step {
                        own: &own,
                        captures,
                    })
                });
            }
            Which::Step(std::cmp::Reverse(step)) => {
                let watch = &sequence.steps[step].watch;
                let own = self.asset_slots(&watch.slots, rise.asset);
                let before = state.refused;
                let capture = Arc::new(self.capture(watch, step as u8, rise.asset, now));
                let done = state.rise(sequence, &capture, |captures| {
                    watch.admits(&View::Step {
                        own: &own,
                        captures,
                    })
                });
                self.counts.sequence_matches_refused += state.refused - before;
                self.hold(plan, sequence, &mut state, done);
            }
        }
        self.keep_state(rise.rule, key, state, now);
    }

    fn capture(&self, watch: &Watch, step: u8, asset: AssetHandle, now: Time) -> Capture {
        let own = self.asset_slots(&watch.slots, asset);
        let values = watch.kept.iter().zip(0..);
        Capture {
            step,
            asset,
            at: now,
            measured: self.live.asset(asset).latest_at(),
            values: values
                .map(|(kept, slot)| keep(&own, slot, &kept.ty))
                .collect(),
        }
    }

    /// Matches are whole: notes what each stands on.
    fn hold(&mut self, rule: &Rule, plan: &SequencePlan, state: &mut KeyState, done: Vec<Match>) {
        let before = state.refused;
        // Matches of one moment share most of their assets.
        let mut known = FixedMap::default();
        for whole in done {
            let captures = whole.captures.iter();
            let stands = captures.filter(|capture| {
                let (step, asset) = (capture.step, capture.asset);
                match plan.clear {
                    // It asks for each step's last asset.
                    Some(_) => last_of(&whole.captures, step) == Some(&***capture),
                    None => *known.entry((step, asset.0)).or_insert_with(|| {
                        let watch = &plan.steps[usize::from(step)].watch;
                        self.last_known(rule, watch, asset) == Some(true)
                    }),
                }
            });
            let mut stands_on: Vec<_> = stands.map(|c| (c.step, c.asset)).collect();
            stands_on.sort_unstable_by_key(|(step, asset)| (*step, asset.0));
            stands_on.dedup();
            state.hold(Held { whole, stands_on });
        }
        self.counts.sequence_matches_refused += state.refused - before;
    }

    /// What a step's condition on an asset was when it was last known.
    fn last_known(&self, rule: &Rule, watch: &Watch, asset: AssetHandle) -> Option<bool> {
        let state = self.live.asset(asset);
        let width = self.plan.kinds[state.kind.index()].watches;
        let at = state.row as usize * width + watch.place as usize;
        let edge = self.sequences.edges[state.kind.index()][at];
        self.watched(rule, watch, asset).or(edge.0)
    }

    /// Had the asset said something, the engine would know: otherwise nothing follows from not having heard it.
    fn could_be_heard(&self, asset: AssetHandle) -> bool {
        let state = self.live.asset(asset);
        let source_up = self.live.sources.get(state.source).uptime.is_up();
        source_up && state.presence != Presence::Doubted
    }

    /// Puts a state back, if anything of it would be missed, and has the alert looked at where something is whole.
    fn keep_state(&mut self, rule: RuleIx, key: u32, state: KeyState, now: Time) {
        if state.is_quiet() && !self.instances[rule.index()].contains_key(&key) {
            if let Some(all) = self.sequences.get_mut(rule) {
                all.states.remove(&key);
            }
            return;
        }
        if state.fresh {
            self.todo.push((rule, key));
        }
        self.take_state(rule, key, state, now);
    }

    /// Puts a state into its place and sets its timer.
    pub(crate) fn take_state(&mut self, rule: RuleIx, key: u32, mut state: KeyState, now: Time) {
        let Conditions::Sequence(plan) = &self.plan.get(rule).conditions else {
            return;
        };
        let due = state.next_due(plan.within, now);
        if due != state.due {
            state.due = due;
            self.timers.set(due, Timer::Sequence(rule, key));
        }
        if let Some(all) = self.sequences.get_mut(rule) {
            all.states.insert(key, state);
        }
    }

    /// Brings the matches of an instance up to the moment, before it is asked whether they hold.
    pub(super) fn advance_matches(&mut self, rule: RuleIx, key: u32, now: Time) {
        let plan = Arc::clone(&self.plan);
        let plan = plan.get(rule);
        let Conditions::Sequence(sequence) = &plan.conditions else {
            return;
        };
        let all = self.sequences.get_mut(rule);
        let Some(state) = all.and_then(|all| all.states.get_mut(&key)) else {
            return;
        };
        let mut state = std::mem::take(state);
        state.forget_late(sequence.within, now);
        // Rises came first: a guard that rises at the very end still counts.
        let done = state.reach_end(sequence.within, now, |waiting| {
            let mut captures = waiting.captures.iter();
            captures.all(|capture| self.could_be_heard(capture.asset))
        });
        self.hold(plan, sequence, &mut state, done);
        if state.fresh {
            state.show();
        } else {
            state.end_held(|held| self.holds(plan, sequence, held) == Some(false));
        }
        self.take_state(rule, key, state, now);
    }

    /// True where an asset left that the last match stood on.
    pub(super) fn has_left(&self, rule: RuleIx, key: u32) -> bool {
        let state = self.sequences.state(rule, key);
        state.is_some_and(|state| state.left)
    }

    /// The instance was looked at: what became whole in this moment has been told, and has to stand by itself now.
    pub(super) fn settle_matches(&mut self, rule: RuleIx, key: u32) {
        let Some(state) = self.sequences.state_mut(rule, key) else {
            return;
        };
        if std::mem::take(&mut state.fresh) {
            self.todo.push((rule, key));
        } else if state.is_quiet()
            && !self.instances[rule.index()].contains_key(&key)
            && let Some(all) = self.sequences.get_mut(rule)
        {
            all.states.remove(&key);
        }
    }

    /// Whether the sequence holds for a key.
    pub(super) fn sequence_truth(&self, rule: RuleIx, key: u32) -> LevelTruth {
        let plan = self.plan.get(rule);
        let Conditions::Sequence(sequence) = &plan.conditions else {
            return LevelTruth::UNKNOWN;
        };
        let Some(state) = self.sequences.state(rule, key) else {
            return LevelTruth::plain(Some(false));
        };
        if state.fresh {
            return LevelTruth::plain(Some(true));
        }
        let mut any = Some(false);
        for held in &state.held {
            match self.holds(plan, sequence, held) {
                Some(true) => return LevelTruth::plain(Some(true)),
                Some(false) => {}
                None => any = None,
            }
        }
        LevelTruth::plain(any)
    }

    /// Whether a whole match still stands.
    fn holds(&self, rule: &Rule, plan: &SequencePlan, held: &Held) -> Option<bool> {
        if let Some(clear) = &plan.clear {
            let live = self.live_view(rule, plan, &held.whole);
            return clear.eval(&live).map(|clear| !clear);
        }
        let mut holds = Some(!held.stands_on.is_empty());
        for (step, asset) in &held.stands_on {
            let watch = &plan.steps[usize::from(*step)].watch;
            match self.watched(rule, watch, *asset) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => holds = None,
            }
        }
        holds
    }

    /// The assets of a match as they are.
    pub(super) fn live_view<'a>(
        &'a self,
        rule: &'a Rule,
        plan: &'a SequencePlan,
        of: &Match,
    ) -> View<'a> {
        let steps = plan.steps.iter().zip(0_u8..);
        let assets = steps.map(|(step, number)| {
            let last = last_of(&of.captures, number)?;
            Some(self.asset_slots(&step.watch.slots, last.asset))
        });
        View::Live {
            sources: &rule.slots,
            assets: assets.collect(),
        }
    }
}
