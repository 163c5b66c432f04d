//! From an asset that changed to the instances that have to be looked at.

use cel::Slots;
use model::{AssetHandle, FieldId, KindId, Span, Time};

use super::Engine;
use crate::crossings::{Gap, OwnBound};
use crate::live_state::AssetState;
use crate::plan::{FieldUse, KindPlan};
use crate::slots::{AssetSlots, Columns, SlotSource, World};
use crate::timers::Timer;
use crate::touched::Touched;

impl KindPlan {
    /// Every rule on the kind.
    pub(super) fn touch_all(&self, touched: &mut Touched) {
        for place in 0..self.rules.len() {
            touched.insert(place as u32);
        }
    }
}

impl FieldUse {
    /// A symbol turned from one word to another: who asks for either of them is concerned; all are where it was or is
    /// unknown.
    fn touch_words(&self, was: Option<u16>, is: Option<u16>, touched: &mut Touched) {
        match (was, is) {
            (Some(was), Some(is)) => {
                touched.extend(&self.words[usize::from(was)]);
                touched.extend(&self.words[usize::from(is)]);
            }
            _ => self.words.iter().for_each(|rules| touched.extend(rules)),
        }
    }
}

/// What one of an asset's own bounds comes to.
fn own_bound(state: &AssetState) -> impl Fn(&OwnBound) -> Option<f64> {
    |bound| {
        let columns = Columns {
            slots: &bound.slots,
            state,
        };
        bound.threshold.eval(&columns)
    }
}

impl Engine {
    /// Empties the set of touched rules for the rules of a kind.
    pub(super) fn touch_none(&mut self, kind: KindId) {
        let rules = self.plan.kinds[kind.index()].rules.len();
        self.scratch.touched.clear(rules);
    }

    /// Touches the gaps in which an asset's numbers rest, so that they come into the cache.
    pub(super) fn warm_gaps(&self, state: &AssetState) -> i64 {
        let width = self.plan.kinds[state.kind.index()].gaps;
        let start = state.row as usize * width;
        let gaps = self.gaps[state.kind.index()].get(start..start + width);
        gaps.map_or(0, Gap::warm)
    }

    /// Touches the rules that look at the fields that changed.
    pub(super) fn touch_fields(&mut self, asset: AssetHandle) {
        let state = self.live.asset(asset);
        let kind = &self.plan.kinds[state.kind.index()];
        let start = state.row as usize * kind.gaps;
        let gaps = &mut self.gaps[state.kind.index()][start..start + kind.gaps];
        let touched = &mut self.scratch.touched;
        for changed in &self.scratch.changed {
            let uses = &kind.fields[changed.field.index()];
            if !uses.others.is_empty() {
                touched.extend(&uses.others);
            }
            if !uses.crossings.is_empty() {
                let gap = &mut gaps[uses.gap];
                uses.crossings
                    .follow(gap, changed.number(), own_bound(state), touched);
            }
            if !uses.words.is_empty() {
                uses.touch_words(changed.was, changed.word(), touched);
            }
        }
    }

    /// Touches the rules that look at windows over which a reading may have moved.
    pub(super) fn touch_windows(&mut self, asset: AssetHandle) {
        let state = self.live.asset(asset);
        let kind = &self.plan.kinds[state.kind.index()];
        let start = state.row as usize * kind.gaps;
        let gaps = &mut self.gaps[state.kind.index()][start..start + kind.gaps];
        let windows = &self.windows[state.kind.index()];
        let touched = &mut self.scratch.touched;
        for uses in &kind.statistics {
            touched.extend(&uses.others);
            if !uses.crossings.is_empty() {
                let seen = |field: FieldId| self.live.cell(state, field).at != Time::MIN;
                let figure = windows.figure(state.row, uses.window, uses.statistic, seen);
                let gap = &mut gaps[uses.gap];
                uses.crossings
                    .follow(gap, figure, own_bound(state), touched);
            }
        }
    }

    /// The asset's windows have moved, but nothing may fire: the next reading concerns all who compare them with bounds.
    pub(super) fn touch_windows_later(&mut self, asset: AssetHandle) {
        let state = self.live.asset(asset);
        let kind = &self.plan.kinds[state.kind.index()];
        let start = state.row as usize * kind.gaps;
        for uses in &kind.statistics {
            self.scratch.touched.extend(&uses.others);
            if !uses.crossings.is_empty() {
                self.gaps[state.kind.index()][start + uses.gap] = Gap::UNSEEN;
            }
        }
    }

    /// Brings everything that follows from an asset's state up to date, and leaves in `todo` what may fire or clear.
    /// With `may_fire` false only what is remembered is brought up to date.
    pub(super) fn follow(&mut self, asset: AssetHandle, may_fire: bool, now: Time) {
        let state = self.live.asset(asset);
        let (kind, row, known) = (state.kind, state.row, state.is_known());
        if !state.alarms() {
            return;
        }
        for grouping in &mut self.groupings[kind.index()] {
            grouping.set_known(row, known);
        }
        // What is past begins no countdown either.
        if may_fire && !self.plan.kinds[kind.index()].timed.is_empty() {
            self.step_helds(asset, now);
            let timed = &self.plan.kinds[kind.index()].timed;
            self.scratch.touched.extend(timed);
        }
        if self.scratch.touched.places().is_empty() {
            return;
        }
        let touched = std::mem::take(&mut self.scratch.touched);
        if may_fire && self.plan.kinds[kind.index()].watches > 0 {
            for place in touched.places() {
                let rule = self.plan.kinds[kind.index()].rules[*place as usize];
                self.look_at_steps(rule, asset);
            }
        }
        self.look_at_rules(asset, touched.places().iter().copied(), may_fire);
        self.scratch.touched = touched;
    }

    /// The same where everything about the asset may have turned.
    pub(super) fn follow_all(&mut self, asset: AssetHandle, now: Time) {
        let kind = self.live.asset(asset).kind;
        self.touch_none(kind);
        self.plan.kinds[kind.index()].touch_all(&mut self.scratch.touched);
        self.follow(asset, true, now);
        self.follow_lookers(asset, now);
    }

    /// The same for those that look at an asset: what they see of it may have turned.
    pub(super) fn follow_lookers(&mut self, asset: AssetHandle, now: Time) {
        let Some(lookers) = self.related.take_lookers(asset) else {
            return;
        };
        for (looker, relation) in &lookers {
            let kind = self.live.asset(*looker).kind;
            self.touch_none(kind);
            let concerned = &self.plan.kinds[kind.index()].by_relation[usize::from(*relation)];
            self.scratch.touched.extend(concerned);
            self.follow(*looker, true, now);
        }
        self.related.give_back(asset, lookers);
    }

    /// Brings the held conditions of an asset up to date, and sets the timer for when one of them will turn.
    fn step_helds(&mut self, asset: AssetHandle, now: Time) {
        let state = self.live.asset(asset);
        let (kind, row) = (state.kind.index(), state.row as usize);
        let width = self.plan.kinds[kind].helds.len();
        for place in 0..width {
            let held = &self.plan.kinds[kind].helds[place];
            let truth = held.condition.eval(&self.asset_slots(&held.slots, asset));
            self.helds[kind][row * width + place].step(truth, now);
        }
        self.set_revisit(asset, now);
    }

    pub(super) fn set_revisit(&mut self, asset: AssetHandle, now: Time) {
        let next = self.next_revisit(asset, now);
        if let Some(due) = self.revisit_of(asset).and_then(|it| it.move_to(next)) {
            self.timers.set(due, Timer::Revisit(asset));
        }
    }

    fn next_revisit(&self, asset: AssetHandle, now: Time) -> Time {
        let state = self.live.asset(asset);
        let kind = &self.plan.kinds[state.kind.index()];
        let width = kind.helds.len();
        let start = state.row as usize * width;
        let states = &self.helds[state.kind.index()][start..start + width];
        let helds = kind.helds.iter().zip(states);
        let helds = helds.filter_map(|(held, state)| state.due(held.length));
        let tick = Span::from_millis(1);
        let turnings = kind.turnings.iter().flat_map(|turning| {
            let from = match turning.from {
                Some(SlotSource::Age(field)) => {
                    let at = self.live.cell(state, field).at;
                    (at != Time::MIN).then_some(at)
                }
                Some(source) => self.asset_slots(&[source], asset).time(0),
                None => Some(Time::from_millis(0)),
            };
            // `>=` turns at the time itself, `>` one tick later.
            let at = from.map(|from| from + turning.plus);
            at.into_iter().flat_map(|at| [at, at + tick])
        });
        let later = helds.chain(turnings).filter(|due| *due > now);
        later.min().unwrap_or(Time::MAX)
    }

    /// One asset's values for an expression with these slots.
    pub(super) fn asset_slots<'a>(
        &'a self,
        sources: &'a [SlotSource],
        asset: AssetHandle,
    ) -> AssetSlots<'a> {
        let state = self.live.asset(asset);
        let kind = state.kind.index();
        let helds = &self.plan.kinds[kind].helds;
        let start = state.row as usize * helds.len();
        AssetSlots {
            sources,
            state,
            row: self.live.tables[kind].row(state.row),
            windows: &self.windows[kind],
            helds,
            held_states: &self.helds[kind][start..start + helds.len()],
            source_up: self.live.sources.get(state.source).uptime.is_up(),
            related: {
                let relations = self.plan.kinds[kind].relations.len();
                self.related.of(state.kind, state.row, relations)
            },
            world: self.world(),
        }
    }

    /// What is so for all assets.
    pub(super) fn world(&self) -> World<'_> {
        World {
            now: self.now,
            live: &self.live,
            plan: &self.plan,
            areas: &self.city.areas,
            open: &self.open,
        }
    }
}
