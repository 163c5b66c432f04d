//! Calendars, hours and days: what turns for all assets at once, and whom it concerns.

use model::{AssetHandle, Time};

use super::{Engine, Moment};
use crate::local_clock;
use crate::plan::{Clock, RuleIx, RuleSet, Subject};
use crate::timers::Timer;

impl Engine {
    /// Reads the clock, and sets the timer for when it turns next.
    pub(super) fn set_clock(&mut self, clock: u16, now: Time) {
        let zone = &self.plan.zone;
        let next = match &self.plan.clocks[usize::from(clock)] {
            Clock::Calendar(name) => {
                let Some(hours) = self.city.calendars.get(name) else {
                    return;
                };
                self.open[usize::from(clock)] = hours.contains(now);
                hours.next_change(now)
            }
            Clock::Hour => local_clock::next_hour(zone, now),
            Clock::Day => local_clock::next_midnight(zone, now),
        };
        self.timers.set(next, Timer::Clock(clock));
    }

    pub(crate) fn set_clocks(&mut self, now: Time) {
        for clock in 0..self.plan.clocks.len() {
            self.set_clock(clock as u16, now);
        }
    }

    /// The clock turned: every asset and group of the rules that look at it is looked at.
    pub(super) fn turn_clock(&mut self, clock: u16, moment: &Moment) {
        let plan = std::sync::Arc::clone(&self.plan);
        for (place, rule) in plan.rules.iter().enumerate() {
            let grouped = matches!(rule.subject, Subject::Group(_));
            if grouped && rule.clocks.contains(&clock) {
                let rule = RuleIx(place as u32);
                let keys = self.every_key(rule).into_iter();
                self.todo.extend(keys.map(|key| (rule, key)));
            }
        }
        for (kind, kind_plan) in plan.kinds.iter().enumerate() {
            let mut concerned = RuleSet::default();
            for (place, rule) in kind_plan.rules.iter().enumerate() {
                if plan.get(*rule).clocks.contains(&clock) {
                    concerned.insert(place);
                }
            }
            if concerned.is_empty() {
                continue;
            }
            for member in 0..self.live.tables[kind].members.len() {
                let asset: AssetHandle = self.live.tables[kind].members[member];
                self.scratch.touched.clear();
                self.scratch.touched.add_all(&concerned);
                self.follow(asset, true, moment);
            }
        }
    }
}
