//! When nobody answers: which step of escalation is due when. Owns the steps of the rules in force and the order of what is
//! due; how long an alert has called is kept with the alert, so that a restart finds it in the store.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use model::{Alert, AlertId, Escalation, EscalationStep, RuleName, Time, Unless};
use rules::Plan;

/// The steps of the rules that have some.
#[derive(Debug, Default)]
pub struct Escalations {
    steps: HashMap<RuleName, Arc<[EscalationStep]>>,
    due: BTreeSet<(Time, AlertId)>,
}

impl Escalations {
    /// What the rules of a plan ask for; no alert is watched yet.
    pub fn of(plan: &Plan) -> Self {
        let asking = plan.rules().filter(|rule| !rule.escalate().is_empty());
        Self::new(asking.map(|rule| (rule.name.clone(), rule.escalate().into())))
    }

    pub(super) fn new(steps: impl IntoIterator<Item = (RuleName, Arc<[EscalationStep]>)>) -> Self {
        Self {
            steps: steps.into_iter().collect(),
            due: BTreeSet::new(),
        }
    }

    /// The first alert with a step due at or before `to`. Where an edit of the rules made it due, that lies in the past.
    pub(super) fn first(&self, to: Time) -> Option<(Time, AlertId)> {
        self.due.first().copied().filter(|(due, _)| *due <= to)
    }

    /// What was due happens now.
    pub(super) fn forget(&mut self, due: (Time, AlertId)) {
        self.due.remove(&due);
    }

    /// When the next step is due.
    pub(super) fn next_due(&self) -> Option<Time> {
        self.due.first().map(|(due, _)| *due)
    }

    /// An alert changed.
    pub(super) fn note(&mut self, before: Option<&Alert>, after: &Alert) {
        let Some(steps) = self.steps.get(&after.rule) else {
            return;
        };
        if let Some((due, _)) = before.and_then(|before| next(steps, before)) {
            self.due.remove(&(due, after.id));
        }
        let next = next(steps, after).map(|(due, _)| (due, after.id));
        self.due.extend(next);
    }

    /// What happens to this alert at `at`: its next step, taken.
    pub(super) fn take(&self, alert: &Alert, at: Time) -> Option<Escalation> {
        let (_, step) = next(self.steps.get(&alert.rule)?, alert)?;
        Some(Escalation {
            to: Arc::clone(&step.to),
            after: step.after,
            at,
        })
    }
}

/// The step that comes next while nothing changes, and when. The earliest; of several at once the first that is written.
fn next<'s>(steps: &'s [EscalationStep], alert: &Alert) -> Option<(Time, &'s EscalationStep)> {
    let open = steps.iter().filter(|step| {
        let done = alert.escalated.iter().any(|past| past.is(step));
        !done && !is_answered(alert, step.unless)
    });
    open.filter_map(|step| Some((alert.attention.reaches(step.after)?, step)))
        .min_by_key(|(due, _)| *due)
}

fn is_answered(alert: &Alert, unless: Option<Unless>) -> bool {
    match unless {
        Some(Unless::Acked) => alert.ack.is_some(),
        Some(Unless::Assigned) => alert.assignee.is_some(),
        None => false,
    }
}
