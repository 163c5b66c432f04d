//! What a rule holds in memory, from the sizes of what the engine keeps.

use model::Lifecycle;

use super::{About, bytes, listed, say, slots_of};
use crate::group::Tally;
use crate::held::HeldState;
use crate::instance::Instance;
use crate::ladder::Ladder;
use crate::plan::Subject;
use crate::slots::SlotSource;
use crate::windows::{Statistic, bytes_of};

impl About<'_> {
    pub(super) fn memory(&self) -> Vec<String> {
        let assets = self.assets(|life| life == Lifecycle::InService);
        let mut lines = self.windows_held(assets);
        lines.extend(self.helds_held(assets));
        lines.extend(self.members_held());
        lines.push(self.alert_held());
        lines
    }

    /// Of a group, what its members contribute.
    pub(super) fn members_held(&self) -> Option<String> {
        let Subject::Group(group) = &self.rule.subject else {
            return None;
        };
        let (member, of_group) = Tally::bytes_each(group.aggregates.len());
        let (member, of_group) = (bytes(member), bytes(of_group));
        Some(say!(
            self.lang,
            "What its members contribute: {member} a member and {of_group} a group.",
            "Phần đóng góp của thành viên: {member} mỗi thành viên và {of_group} mỗi nhóm."
        ))
    }

    pub(super) fn alert_held(&self) -> String {
        let levels = self.rule.ladder.levels.len();
        let instance = bytes(size_of::<Instance>() + Ladder::bytes_beside(levels));
        say!(
            self.lang,
            "An open or pending alert takes about {instance}; where nothing is wrong, it keeps nothing.",
            "Mỗi cảnh báo đang mở hoặc đang chờ tốn khoảng {instance}; nơi bình thường không tốn gì."
        )
    }

    pub(super) fn windows_held(&self, assets: usize) -> Vec<String> {
        let mut used: Vec<(usize, Vec<Statistic>)> = Vec::new();
        for slot in self.slots() {
            if let SlotSource::Window(window, statistic) = slot {
                let window = usize::from(window);
                match used.iter_mut().find(|(other, _)| *other == window) {
                    Some((_, figures)) if figures.contains(&statistic) => {}
                    Some((_, figures)) => figures.push(statistic),
                    None => used.push((window, vec![statistic])),
                }
            }
        }
        let lines = used.into_iter();
        lines
            .map(|(window, figures)| self.window_held(window, &figures, assets))
            .collect()
    }

    fn window_held(&self, window: usize, figures: &[Statistic], assets: usize) -> String {
        let figures: Vec<_> = figures.iter().map(|f| self.figure(window, *f)).collect();
        let figures = listed(&figures, self.lang);
        let (each, readings) = bytes_of(self.windows(), window, self.kind.report_every);
        let (one, all) = (bytes(each), bytes(each * assets));
        let shared = self.shared_with(window);
        let contents = readings.map_or(String::new(), |readings| {
            say!(
                self.lang,
                ", about {readings} readings at the usual pace",
                ", khoảng {readings} số đo theo nhịp thường"
            )
        });
        say!(
            self.lang,
            "{figures}: {one} an asset{contents}; {all} for {assets} assets{shared}.",
            "{figures}: {one} mỗi thiết bị{contents}; {all} cho {assets} thiết bị{shared}."
        )
    }

    /// The other rules that look at the same window.
    fn shared_with(&self, window: usize) -> String {
        let rules = &self.plan.kinds[self.kind.id.index()].rules;
        let others = rules.iter().filter(|ix| **ix != self.ix);
        let others = others.map(|ix| self.plan.get(*ix)).filter(|rule| {
            let slots = slots_of(self.plan, self.kind, rule);
            let same = |slot: &SlotSource| matches!(slot, SlotSource::Window(w, _) if usize::from(*w) == window);
            slots.iter().any(same)
        });
        let names: Vec<_> = others.map(|rule| rule.info.name.told()).collect();
        if names.is_empty() {
            return String::new();
        }
        let names = listed(&names, self.lang);
        say!(
            self.lang,
            ", shared with {names}",
            ", dùng chung với {names}"
        )
    }

    pub(super) fn helds_held(&self, assets: usize) -> Option<String> {
        let helds = self.slots();
        let many = helds
            .iter()
            .filter(|slot| matches!(slot, SlotSource::Held(_)))
            .count();
        let each = many * size_of::<HeldState>();
        let (one, all) = (bytes(each), bytes(each * assets));
        (many > 0).then(|| {
            say!(
                self.lang,
                "held(): {one} an asset; {all} for {assets} assets.",
                "held(): {one} mỗi thiết bị; {all} cho {assets} thiết bị."
            )
        })
    }
}
