//! What derivations keep of a reading: for windows that the clock ends, for sessions and for counts.

use std::sync::Arc;

use model::{AssetHandle, Quality, Reading, Time};

use super::Engine;
use crate::derivations::{Derivation, Extent, Form, KeyState, Ready};
use crate::live_state::{Acceptance, Class};
use crate::plan::{RuleIx, Subject};
use crate::timers::Timer;
use crate::windows::sample_of;

/// Everything that came since the last window.
pub(super) const SINCE_THE_LAST: Extent = Extent {
    after: Time::MIN,
    to: Time::MAX,
};

impl Engine {
    /// Takes note of an asset just met wherever a group's windows look at its members.
    pub(super) fn join_windows(&mut self, asset: AssetHandle) {
        let state = self.live.asset(asset);
        for rule in &self.plan.kinds[state.kind.index()].collectors {
            let Subject::Group(group) = &self.plan.get(*rule).subject else {
                continue;
            };
            let grouping = &self.groupings[state.kind.index()][group.grouping];
            let group = grouping.group_of(state.row);
            if let (Some(group), Some(windows)) = (group, self.derivations.get_mut(*rule)) {
                windows.join(group, state.row);
            }
        }
    }

    /// Keeps a reading for the windows that are open.
    pub(super) fn collect(&mut self, reading: &Reading, accepted: &Acceptance, now: Time) {
        let good = matches!(
            reading.quality,
            Quality::Good | Quality::Estimated | Quality::Backfill
        );
        let plan = Arc::clone(&self.plan);
        let collectors = &plan.kinds[reading.kind.index()].collectors;
        let takes_part = self.live.asset(accepted.asset).alarms();
        if collectors.is_empty() || !good || !takes_part || accepted.class == Class::Retained {
            return;
        }
        for rule in collectors {
            let (Some(key), Some(derivation)) = (
                self.window_key(*rule, accepted.asset),
                plan.derivation(*rule),
            ) else {
                continue;
            };
            match derivation.form {
                Form::Tumbling { .. } | Form::Hopping { .. } => {
                    let late = self.keep(*rule, derivation, reading, accepted);
                    self.counts.late_for_window += u64::from(late);
                }
                // What is too old to fire neither prolongs a session nor fills a count.
                Form::Session { .. } | Form::Count { .. } if accepted.class == Class::Current => {
                    self.keep(*rule, derivation, reading, accepted);
                    self.count_reading(*rule, key, derivation, accepted, now);
                }
                _ => {}
            }
        }
    }

    /// The key of a derivation that an asset belongs to.
    fn window_key(&self, rule: RuleIx, asset: AssetHandle) -> Option<u32> {
        match &self.plan.get(rule).subject {
            Subject::Group(group) => {
                let grouping = &self.groupings[group.kind.index()][group.grouping];
                grouping.group_of(self.live.asset(asset).row)
            }
            _ => Some(asset.0),
        }
    }

    /// True when a window that the reading belongs to has closed already.
    fn keep(
        &mut self,
        rule: RuleIx,
        derivation: &Derivation,
        reading: &Reading,
        accepted: &Acceptance,
    ) -> bool {
        let row = self.live.asset(accepted.asset).row;
        let Some(windows) = self.derivations.get_mut(rule) else {
            return false;
        };
        let mut carried = false;
        for (place, field) in derivation.collects.iter().enumerate() {
            let value = reading.fields.iter().find(|(id, _)| id == field);
            if let Some((_, value)) = value {
                carried = true;
                windows
                    .memory
                    .add(row, place, accepted.at, sample_of(value));
            }
        }
        carried && accepted.at <= windows.edge
    }

    /// A session goes on, or a count grows and may be full.
    fn count_reading(
        &mut self,
        rule: RuleIx,
        key: u32,
        derivation: &Derivation,
        accepted: &Acceptance,
        now: Time,
    ) {
        let Some(windows) = self.derivations.get_mut(rule) else {
            return;
        };
        let state = windows.keys.entry(key).or_insert(KeyState::IDLE);
        state.readings = state.readings.saturating_add(1);
        state.last = now;
        match derivation.form {
            // The timer of an open session looks again for itself.
            Form::Session { gap } if state.due == Time::MAX => {
                state.due = now + gap;
                self.timers.set(now + gap, Timer::Derive(rule, key));
            }
            Form::Count { readings } if state.readings >= readings => {
                self.end_count(rule, key, accepted.at);
            }
            _ => {}
        }
    }

    /// The window ends with this very reading, whatever else the present moment brings.
    fn end_count(&mut self, rule: RuleIx, key: u32, at: Time) {
        let plan = Arc::clone(&self.plan);
        let Some(derivation) = plan.derivation(rule) else {
            return;
        };
        let values = self.window_values(rule, derivation, &[key], SINCE_THE_LAST);
        let at = self.forget_window(rule, key).unwrap_or(at);
        let values = values.into_iter().map(|(_, values)| values);
        let ready = values.map(|values| Ready {
            rule,
            key,
            at,
            values,
        });
        self.derivations.ready.extend(ready);
        self.todo.push((rule, key));
    }

    /// Empties the window of one key; tells when the newest reading in it was measured.
    pub(super) fn forget_window(&mut self, rule: RuleIx, key: u32) -> Option<Time> {
        let rows = self.rows_of(rule, key);
        let windows = self.derivations.get_mut(rule)?;
        windows.keys.remove(&key);
        let newest = rows.iter().filter_map(|row| windows.memory.newest(*row));
        let newest = newest.max();
        for row in rows {
            windows.memory.clear(row);
        }
        newest
    }

    /// The rows of the kind that a key stands for.
    fn rows_of(&self, rule: RuleIx, key: u32) -> Vec<u32> {
        match &self.plan.get(rule).subject {
            Subject::Group(_) => {
                let windows = self.derivations.get(rule);
                let members = windows.and_then(|windows| windows.members.get(key as usize));
                members.cloned().unwrap_or_default()
            }
            _ => vec![self.live.asset(AssetHandle(key)).row],
        }
    }
}
