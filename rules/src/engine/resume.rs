//! What a restored engine works out again: timers, groups, causes, places.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{AssetHandle, Reason, Time};

use super::{Engine, Moment, Output};
use crate::instance::Instance;
use crate::plan::{RuleIx, Subject};
use crate::timers::Timer;

impl Engine {
    /// Counts every member into its groups.
    pub(crate) fn recount_groups(&mut self) {
        for asset in (0..self.live.assets.len()).map(|asset| AssetHandle(asset as u32)) {
            let state = self.live.asset(asset);
            if !state.alarms() {
                continue;
            }
            let (kind, row, known) = (state.entry.kind.index(), state.row, state.is_known());
            for grouping in &mut self.groupings[kind] {
                grouping.set_known(row, known);
            }
            let rules = self.plan.kinds[kind].rules.len();
            self.look_at_rules(asset, 0..rules as u32, false);
        }
    }

    /// Marks the silences every asset has reached, and sets the timers for the next.
    pub(crate) fn watch_silences(&mut self) {
        let now = self.now;
        for asset in (0..self.live.assets.len()).map(|asset| AssetHandle(asset as u32)) {
            let kind = self.live.asset(asset).kind.index();
            let silences = &self.plan.kinds[kind].silences;
            let calendars = &self.city.calendars;
            let (_, next) = self.live.look_at_silence(asset, silences, calendars, now);
            self.timers.set(next, Timer::Silence(asset));
        }
    }

    /// Held conditions of which nothing was carried over count from here: those of an edited rule, those of an asset that
    /// came into service.
    pub(crate) fn begin_helds(&mut self, carried: &[Vec<bool>]) {
        let plan = Arc::clone(&self.plan);
        for asset in (0..self.live.assets.len()).map(|asset| AssetHandle(asset as u32)) {
            let state = self.live.asset(asset);
            let (kind, row) = (state.kind.index(), state.row as usize);
            let helds = &plan.kinds[kind].helds;
            for (place, held) in helds.iter().enumerate() {
                let at = row * helds.len() + place;
                if !carried[kind][at] && self.live.asset(asset).alarms() {
                    let truth = held.condition.eval(&self.asset_slots(&held.slots, asset));
                    self.helds[kind][at].step(truth, self.now);
                }
            }
        }
    }

    /// Sets the timers for what time alone turns about every asset.
    pub(crate) fn watch_turnings(&mut self) {
        let now = self.now;
        for asset in (0..self.live.assets.len()).map(|asset| AssetHandle(asset as u32)) {
            let state = self.live.asset(asset);
            if state.alarms() && !self.plan.kinds[state.kind.index()].timed.is_empty() {
                self.set_revisit(asset, now);
            }
        }
    }

    /// Whether the key is one the rule still has instances of: an asset that left service is not.
    pub(crate) fn takes_part(&self, rule: RuleIx, key: u32) -> bool {
        match self.plan.get(rule).subject {
            Subject::Asset(_) | Subject::AnyAsset | Subject::Sequence { asset: Some(_) } => {
                self.live.asset(AssetHandle(key)).alarms()
            }
            Subject::Group(_) | Subject::Sequence { .. } | Subject::Source | Subject::Rule => true,
        }
    }

    /// Takes an open instance on, with all that follows from it.
    pub(crate) fn adopt(&mut self, rule: RuleIx, key: u32, mut instance: Instance) {
        if instance.is_firing() {
            self.note_firing(rule, key, &instance, true);
        }
        let name = self.key(rule, key);
        let places = &mut self.places[rule.index()];
        if instance.admitted {
            places.keep();
        } else if instance.is_over_limit() {
            places.wait(instance.started_at, name, key);
        }
        let due = self.due_of(rule, &instance, self.now);
        if let Some(due) = instance.deadline.move_to(due) {
            self.timers.set(due, Timer::Rule(rule, key));
        }
        self.instances[rule.index()].insert(key, instance);
        self.todo.clear();
    }

    /// Looks at every instance of rules that were edited or are new. What that brings is owed to the next output.
    pub(crate) fn reconsider(&mut self, mut rules: BTreeSet<RuleIx>) {
        let moment = Moment {
            reason: Reason::Reload,
            ..Moment::input(self.now)
        };
        let mut out = Output::default();
        loop {
            let effects = self.effects_of(&rules);
            for rule in rules.difference(&effects) {
                for key in self.every_key(*rule) {
                    if self.takes_part(*rule, key) && self.is_awake(*rule, key) {
                        self.todo.push((*rule, key));
                    }
                }
            }
            self.work_off(&moment, &mut out);
            // Causes come first: what ends with the edit explains nothing. They form no circle with their effects.
            rules.retain(|rule| effects.contains(rule));
            if rules.is_empty() {
                break;
            }
        }
        // Counted when they are told.
        self.counts.transitions -= out.transitions.len() as u64;
        self.owed.append(&mut out.transitions);
        self.owed_changes.append(&mut out.changes);
    }

    /// The rules that one of these may explain.
    fn effects_of(&self, causes: &BTreeSet<RuleIx>) -> BTreeSet<RuleIx> {
        let inhibitions = self.plan.inhibitions.iter();
        let theirs = inhibitions.filter(|inhibition| causes.contains(&inhibition.cause));
        theirs.map(|inhibition| inhibition.effect).collect()
    }

    /// When an instance has to be looked at next, if nothing happens.
    pub(super) fn due_of(&self, rule: RuleIx, instance: &Instance, now: Time) -> Time {
        let ladder = instance.ladder.due(&self.plan.get(rule).ladder);
        let settled = instance.settled_at.filter(|at| *at > now);
        settled.map_or(ladder, |settled| settled.min(ladder))
    }
}
