//! Which instances a change of an asset concerns: those of the touched rules of which something is open or holds.

use model::AssetHandle;

use super::Engine;
use crate::group::{GroupView, Grouping, Tally};
use crate::plan::{Conditions, GroupPlan, Rule, RuleIx, Subject};
use crate::slots::{AssetSlots, GroupSlots};

impl Engine {
    /// Looks at some rules on an asset's kind, by their places there, and replaces what the asset contributes to its groups
    /// in them. With `may_fire` the instances of which something is open or holds are put into `todo`.
    pub(super) fn look_at_rules(
        &mut self,
        asset: AssetHandle,
        places: impl Iterator<Item = u32>,
        may_fire: bool,
    ) {
        let mut tallies = std::mem::take(&mut self.tallies);
        let mut works = std::mem::take(&mut self.works);
        let mut todo = std::mem::take(&mut self.todo);
        let (stopwatch, mut begun) = (self.stopwatch, self.begun());
        let state = self.live.asset(asset);
        let (kind, row) = (state.kind.index(), state.row);
        let mut slots = None;
        for place in places {
            let rule = self.plan.kinds[kind].rules[place as usize];
            let plan = self.plan.get(rule);
            let mut slots = || AssetSlots {
                sources: &plan.slots,
                ..*slots.get_or_insert_with(|| self.asset_slots(&[], asset))
            };
            match &plan.subject {
                Subject::Asset(_) if may_fire => {
                    if self.is_open(rule, asset.0) {
                        todo.push((rule, asset.0));
                        continue;
                    }
                    if self.begins(plan, asset, &slots()) {
                        todo.push((rule, asset.0));
                    }
                }
                Subject::Group(group_plan) => {
                    let grouping = &self.groupings[kind][group_plan.grouping];
                    let tally = tallies[rule.index()].as_deref_mut();
                    let (Some(group), Some(tally)) = (grouping.group_of(row), tally) else {
                        continue;
                    };
                    self.contribute((asset, plan, group_plan), (tally, group), &mut slots);
                    if may_fire && self.is_group_awake(rule, group_plan, (grouping, tally, group)) {
                        todo.push((rule, group));
                    }
                }
                _ => continue,
            }
            works[rule.index()].evaluated(stopwatch, &mut begun);
        }
        self.tallies = tallies;
        self.works = works;
        self.todo = todo;
    }

    /// Replaces what an asset contributes to its group in one rule.
    fn contribute<'a>(
        &self,
        (asset, plan, group_plan): (AssetHandle, &Rule, &GroupPlan),
        (tally, group): (&mut Tally, u32),
        slots: &mut impl FnMut() -> AssetSlots<'a>,
    ) {
        let state = self.live.asset(asset);
        for (place, aggregate) in group_plan.aggregates.iter().enumerate() {
            let value = match aggregate.member.field(&plan.slots) {
                Some(field) => self.live.number(state, field),
                None => aggregate.member.eval(&slots()),
            };
            tally.contribute(state.row, group, place, value);
        }
    }

    pub(super) fn is_open(&self, rule: RuleIx, key: u32) -> bool {
        let open = &self.instances[rule.index()];
        !open.is_empty() && open.contains_key(&key)
    }

    /// As [`Engine::is_awake`], for a group whose tally is at hand: the question most contributions end with.
    fn is_group_awake(
        &self,
        rule: RuleIx,
        group_plan: &GroupPlan,
        (grouping, tally, group): (&Grouping, &Tally, u32),
    ) -> bool {
        if self.is_open(rule, group) {
            return true;
        }
        let plan = self.plan.get(rule);
        match &plan.conditions {
            Conditions::Derives(derivation) => derivation.form.is_sliding(),
            Conditions::Levels(levels) if !self.is_shut(plan) => {
                let view = GroupView::new(grouping, Some(tally), group);
                let enough = group_plan.min_known <= 0.0
                    || view.known_share(group_plan.asked) >= group_plan.min_known;
                let slots = GroupSlots {
                    sources: &plan.slots,
                    view,
                    key: &grouping.groups[group as usize].key,
                    world: self.world(),
                };
                let mut levels = levels.iter();
                enough && levels.any(|level| level.when.eval(&slots) == Some(true))
            }
            _ => false,
        }
    }
}
