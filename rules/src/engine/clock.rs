//! Calendars, hours and days: what turns for all assets at once, and whom it concerns.

use model::{AssetHandle, Time};

use super::Engine;
use crate::local_clock;
use crate::plan::{Clock, RuleIx, Subject};
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
    pub(super) fn turn_clock(&mut self, clock: u16, now: Time) {
        let plan = std::sync::Arc::clone(&self.plan);
        for (place, rule) in plan.rules.iter().enumerate() {
            let grouped = matches!(rule.subject, Subject::Group(_));
            if grouped && rule.clocks().contains(&clock) {
                let rule = RuleIx(place as u32);
                let keys = self.every_key(rule).into_iter();
                self.todo.extend(keys.map(|key| (rule, key)));
            }
        }
        for (kind, kind_plan) in plan.kinds.iter().enumerate() {
            let places = 0..kind_plan.rules.len() as u32;
            let looks = |place: &u32| {
                let rule = kind_plan.rules[*place as usize];
                plan.get(rule).clocks().contains(&clock)
            };
            let concerned: Vec<u32> = places.filter(looks).collect();
            if concerned.is_empty() {
                continue;
            }
            for member in 0..self.live.tables[kind].members.len() {
                let asset: AssetHandle = self.live.tables[kind].members[member];
                self.touch_none(self.live.asset(asset).kind);
                self.scratch.touched.extend(&concerned);
                self.follow(asset, true, now);
            }
        }
    }
}
