//! What an edit of the pack while the engine was down means for alerts that were committed under the old one.
//! The replay under the new pack says how each alert stands now; what stands differently gets one step, with its reason.

use std::collections::{HashMap, HashSet};

use model::{Alert, AlertId, Condition, Reason, Time, Transition};

use crate::desk::Desk;
use crate::store::{Committed, CommittedStep};

/// The steps that bring the desk from what was committed to what the edited pack says, in the order of the replay.
pub(super) fn corrections(
    desk: &Desk,
    committed_steps: &[CommittedStep],
    replayed: Vec<Transition>,
    committed: Committed,
) -> Vec<Transition> {
    let seen: HashSet<AlertId> = replayed.iter().map(|t| t.alert).collect();
    let orphans = orphans(desk, committed_steps, &seen, committed.engine_time);
    let last: HashMap<AlertId, usize> = replayed
        .iter()
        .enumerate()
        .map(|(place, t)| (t.alert, place))
        .collect();
    let newest = replayed
        .into_iter()
        .enumerate()
        .filter(|(place, t)| last.get(&t.alert) == Some(place))
        .map(|(_, t)| t)
        .filter(|t| stands_differently(desk, t))
        // What happened before the last commit is told after it.
        .map(|t| Transition {
            at: t.at.max(committed.engine_time),
            ..t
        });
    newest.chain(orphans).collect()
}

fn stands_differently(desk: &Desk, step: &Transition) -> bool {
    let Some(alert) = desk.alert(step.alert) else {
        return step.to != Condition::Resolved;
    };
    (alert.condition, alert.severity, alert.annunciation)
        != (step.to, step.severity, step.annunciation)
}

/// Alerts that began after the checkpoint under the old rules and never began under the new ones.
fn orphans(
    desk: &Desk,
    committed_steps: &[CommittedStep],
    seen: &HashSet<AlertId>,
    at: Time,
) -> Vec<Transition> {
    let mut told = HashSet::new();
    committed_steps
        .iter()
        .filter(|step| !seen.contains(&step.alert) && told.insert(step.alert))
        .filter_map(|first| Some((first, desk.alert(first.alert)?)))
        .filter(|(_, alert)| alert.condition != Condition::Resolved)
        // Its first step is among those after the checkpoint: the restored rules cannot know it.
        .filter(|(first, alert)| first.at == alert.started_at)
        .map(|(_, alert)| ended_by_edit(alert, at))
        .collect()
}

fn ended_by_edit(alert: &Alert, at: Time) -> Transition {
    Transition {
        alert: alert.id,
        rule: alert.rule.clone(),
        key: alert.key.clone(),
        to: Condition::Resolved,
        severity: alert.severity,
        annunciation: alert.annunciation,
        at,
        started_at: alert.started_at,
        reason: Reason::Reload,
        summary: alert.summary.clone(),
        guidance: alert.guidance.clone(),
        why: None,
    }
}
