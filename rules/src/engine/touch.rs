//! From an asset that changed to the instances that have to be looked at.

use model::{AssetHandle, Span, Time};

use super::{Engine, Moment};
use crate::group::Contributes;
use crate::live_state::AssetState;
use crate::plan::{KindPlan, RuleIx, RuleSet, Subject};
use crate::slots::{AssetSlots, SlotSource};
use crate::timers::Timer;

impl KindPlan {
    /// Every rule on the kind.
    pub(crate) fn touch_all(&self, touched: &mut RuleSet) {
        for place in 0..self.rules.len() {
            touched.insert(place);
        }
    }
}

impl Engine {
    /// Brings everything that follows from an asset's state up to date, and leaves in `todo` what may fire or clear.
    /// With `may_fire` false only what is remembered is brought up to date.
    pub(super) fn follow(&mut self, asset: AssetHandle, may_fire: bool, moment: &Moment) {
        let state = self.live.asset(asset);
        let (kind, row, known) = (state.entry.kind, state.row, state.is_known());
        if !state.alarms() {
            return;
        }
        let plan = std::sync::Arc::clone(&self.plan);
        let kind_plan = &plan.kinds[kind.index()];
        for grouping in &mut self.groupings[kind.index()] {
            grouping.set_known(row, known);
        }
        if !kind_plan.timed.is_empty() {
            self.step_helds(asset, moment);
            self.scratch.touched.add_all(&kind_plan.timed);
        }
        let touched = std::mem::take(&mut self.scratch.touched);
        if may_fire {
            self.find_awake(asset, kind_plan, &touched);
        }
        if !kind_plan.groupings.is_empty() {
            for place in touched.iter() {
                self.contribute(kind_plan.rules[place], asset, may_fire);
            }
        }
        self.scratch.touched = touched;
    }

    /// Puts those of the touched rules about single assets into `todo` of which something is open or holds.
    fn find_awake(&mut self, asset: AssetHandle, kind: &KindPlan, touched: &RuleSet) {
        let mut todo = std::mem::take(&mut self.todo);
        let asset_slots = self.asset_slots(&[], asset);
        let open = self.open_on.get(&asset.0);
        for place in touched.iter() {
            let rule = kind.rules[place];
            let plan = self.plan.get(rule);
            if !matches!(plan.subject, Subject::Asset(_)) {
                continue;
            }
            let slots = AssetSlots {
                sources: &plan.slots,
                ..asset_slots
            };
            let is_open = open.is_some_and(|open| open.contains(place));
            if is_open || self.begins(plan, asset, &slots) {
                todo.push((rule, asset.0));
            }
        }
        self.todo = todo;
    }

    /// The same where everything about the asset may have turned.
    pub(super) fn follow_all(&mut self, asset: AssetHandle, moment: &Moment) {
        let kind = self.live.asset(asset).entry.kind;
        self.scratch.touched.clear();
        self.plan.kinds[kind.index()].touch_all(&mut self.scratch.touched);
        self.follow(asset, true, moment);
    }

    /// Replaces what a member contributes to a rule's group.
    pub(super) fn contribute(&mut self, rule: RuleIx, asset: AssetHandle, may_fire: bool) {
        let Subject::Group(group_plan) = &self.plan.rules[rule.index()].subject else {
            return;
        };
        let state = self.live.asset(asset);
        let grouping = &self.groupings[group_plan.kind.index()][group_plan.grouping];
        let Some(group) = grouping.group_of(state.row) else {
            return;
        };
        let row = state.row;
        for (place, aggregate) in group_plan.aggregates.iter().enumerate() {
            let slots = self.asset_slots(&self.plan.rules[rule.index()].slots, asset);
            let value = match &aggregate.member {
                Contributes::Condition(condition) => {
                    condition.eval(&slots).map(|held| f64::from(u8::from(held)))
                }
                Contributes::Number(number) => number.eval(&slots),
            };
            if let Some(tally) = &mut self.tallies[rule.index()] {
                tally.contribute(row, group, place, value);
            }
        }
        if may_fire && self.is_awake(rule, group) {
            self.todo.push((rule, group));
        }
    }

    /// Brings the held conditions of an asset up to date, and sets the timer for when one of them will turn.
    fn step_helds(&mut self, asset: AssetHandle, moment: &Moment) {
        let state = self.live.asset(asset);
        let (kind, row) = (state.entry.kind.index(), state.row as usize);
        let width = self.plan.kinds[kind].helds.len();
        for place in 0..width {
            let held = &self.plan.kinds[kind].helds[place];
            let truth = held.condition.eval(&self.asset_slots(&held.slots, asset));
            self.helds[kind][row * width + place].step(truth, moment.now);
        }
        self.set_revisit(asset, moment.now);
    }

    pub(super) fn set_revisit(&mut self, asset: AssetHandle, now: Time) {
        let next = self.next_revisit(self.live.asset(asset), now);
        let waiting = &mut self.revisits[asset.index()];
        if *waiting != next {
            *waiting = next;
            self.timers.set(next, Timer::Revisit(asset));
        }
    }

    fn next_revisit(&self, state: &AssetState, now: Time) -> Time {
        let kind = &self.plan.kinds[state.entry.kind.index()];
        let width = kind.helds.len();
        let start = state.row as usize * width;
        let states = &self.helds[state.entry.kind.index()][start..start + width];
        let helds = kind.helds.iter().zip(states);
        let helds = helds.filter_map(|(held, state)| state.due(held.length));
        let tick = Span::from_millis(1);
        let ages = kind.ages.iter().flat_map(|(field, age)| {
            let at = self.live.cell(state, *field).at;
            let known = at != Time::MIN;
            // `>=` turns at the age itself, `>` one tick later.
            known
                .then(|| [at + *age, at + *age + tick])
                .into_iter()
                .flatten()
        });
        let later = helds.chain(ages).filter(|due| *due > now);
        later.min().unwrap_or(Time::MAX)
    }

    /// One asset's values for an expression with these slots.
    pub(super) fn asset_slots<'a>(
        &'a self,
        sources: &'a [SlotSource],
        asset: AssetHandle,
    ) -> AssetSlots<'a> {
        let state = self.live.asset(asset);
        let kind = state.entry.kind.index();
        let helds = &self.plan.kinds[kind].helds;
        let start = state.row as usize * helds.len();
        AssetSlots {
            sources,
            state,
            row: self.live.tables[kind].row(state.row),
            windows: &self.windows[kind],
            helds,
            held_states: &self.helds[kind][start..start + helds.len()],
            areas: &self.city.areas,
            source_up: self.live.sources.get(state.source).uptime.is_up(),
            now: self.now,
        }
    }
}
