//! What members contribute to the groups of rules, and which of these groups have to be looked at then.

use model::AssetHandle;

use super::Engine;
use crate::group::{GroupView, Grouping, Tally};
use crate::plan::{Conditions, GroupPlan, RuleIx, Subject};
use crate::slots::{AssetSlots, GroupSlots};

impl Engine {
    /// Replaces what an asset contributes to its groups in some rules on its kind, by their places there. With `may_fire`
    /// the groups that something is open of, or that hold, are put into `todo`.
    pub(super) fn contribute(
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
        let mut member = None;
        for place in places {
            let rule = self.plan.kinds[kind].rules[place as usize];
            let plan = self.plan.get(rule);
            let (Subject::Group(group_plan), Some(tally)) =
                (&plan.subject, &mut tallies[rule.index()])
            else {
                continue;
            };
            let grouping = &self.groupings[kind][group_plan.grouping];
            let Some(group) = grouping.group_of(row) else {
                continue;
            };
            for (place, aggregate) in group_plan.aggregates.iter().enumerate() {
                let value = if let Some(field) = aggregate.member.field(&plan.slots) {
                    self.live.number(state, field)
                } else {
                    let slots = AssetSlots {
                        sources: &plan.slots,
                        ..*member.get_or_insert_with(|| self.asset_slots(&[], asset))
                    };
                    aggregate.member.eval(&slots)
                };
                tally.contribute(row, group, place, value);
            }
            if may_fire && self.is_group_awake(rule, group_plan, (grouping, &*tally, group)) {
                todo.push((rule, group));
            }
            works[rule.index()].evaluated(stopwatch, &mut begun);
        }
        self.tallies = tallies;
        self.works = works;
        self.todo = todo;
    }

    /// As [`Engine::is_awake`], for a group whose tally is at hand: the question most contributions end with.
    fn is_group_awake(
        &self,
        rule: RuleIx,
        group_plan: &GroupPlan,
        (grouping, tally, group): (&Grouping, &Tally, u32),
    ) -> bool {
        let open = &self.instances[rule.index()];
        if !open.is_empty() && open.contains_key(&group) {
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
