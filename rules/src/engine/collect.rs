//! What derivations keep of a reading: for windows that the clock ends, for sessions and for counts.

use std::sync::Arc;

use model::{AssetHandle, Quality, Reading, Time};
use smallvec::SmallVec;

use super::Engine;
use crate::derivations::{Extent, Form, Ready};
use crate::live_state::{Acceptance, Class};
use crate::plan::{Conditions, RuleIx, Subject};
use crate::timers::Timer;

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
        let state = self.live.asset(accepted.asset);
        if !good || !state.alarms() || accepted.class == Class::Retained {
            return;
        }
        let mut full = SmallVec::<[(RuleIx, u32); 4]>::new();
        for rule in &self.plan.kinds[state.kind.index()].collectors {
            let plan = self.plan.get(*rule);
            let (Conditions::Derives(derivation), Some(windows)) =
                (&plan.conditions, self.derivations.get_mut(*rule))
            else {
                continue;
            };
            // What is too old to fire neither prolongs a session nor fills a count.
            if derivation.form.is_of_speakers() && accepted.class != Class::Current {
                continue;
            }
            let key = match &plan.subject {
                Subject::Group(group) => {
                    self.groupings[group.kind.index()][group.grouping].group_of(state.row)
                }
                _ => Some(accepted.asset.0),
            };
            let Some(key) = key else {
                continue;
            };
            let late = windows.keep(state.row, &derivation.collects, reading, accepted.at);
            match derivation.form {
                Form::Tumbling { .. } | Form::Hopping { .. } => {
                    self.counts.late_for_window += u64::from(late);
                }
                Form::Session { gap } => {
                    // The timer of an open session looks again for itself.
                    let state = windows.count(key, now);
                    if state.due == Time::MAX {
                        state.due = now + gap;
                        self.timers.set(now + gap, Timer::Derive(*rule, key));
                    }
                }
                Form::Count { readings } => {
                    if windows.count(key, now).readings >= readings {
                        full.push((*rule, key));
                    }
                }
                Form::Sliding { .. } => {}
            }
        }
        for (rule, key) in full {
            self.end_count(rule, key, accepted.at);
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
