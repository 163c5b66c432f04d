//! The alert desk: merges what the rules say of an alert with what operators do about it (ISA-18.2's second axis).
//! A pure state machine; it leaves time to its caller, durability to the store and telling others to the gateway.

mod escalations;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use model::{
    Acknowledgement, Alert, AlertId, AreaCode, Attention, Command, CommandAction, Condition, Key,
    Localized, RuleName, Shelving, Span, Time, Transition, Why,
};

pub use self::escalations::Escalations;

/// Resolved alerts an operator may still act on; older ones are history.
const RESOLVED_AT_HAND: usize = 1_000;
/// Command ids remembered, so that one sent again after a lost link is done once.
const COMMANDS_REMEMBERED: usize = 10_000;

/// Who moved an alert.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// A rule's transition.
    Rule,
    /// An operator, or the desk by itself: a shelving ended, or nobody answered.
    Operator,
}

/// An alert after one step of either axis.
#[derive(Clone, PartialEq, Debug)]
pub struct AlertChange {
    /// The alert whole.
    pub alert: Arc<Alert>,
    /// Who moved it.
    pub cause: Cause,
    /// When the step took effect, in engine time.
    pub at: Time,
    /// The condition as a tree, for steps of the rules.
    pub why: Option<Arc<Why>>,
}

/// What a rule and a registry say of an alert beside its transition.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Facts {
    /// The kind the rule watches.
    pub kind: Option<Arc<str>>,
    /// Where it is.
    pub area: Option<AreaCode>,
    /// Labels of the rule.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
}

/// Why a command was not done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// Never seen, or resolved so long ago that it is history.
    #[error("there is no such alert, or it is history by now")]
    UnknownAlert,
    /// It is over.
    #[error("the alert is resolved")]
    Resolved,
    /// Shelving without a reason.
    #[error("say why it is shelved")]
    ReasonRequired,
    /// Shelving that ends before it begins.
    #[error("the time until which to shelve has passed")]
    InThePast,
    /// Shelving for longer than one shift.
    #[error("an alert is shelved for one shift at most")]
    TooLong,
    /// Unshelving what is not shelved.
    #[error("the alert is not shelved")]
    NotShelved,
    /// A comment without words.
    #[error("a comment needs words")]
    EmptyComment,
}

impl Refusal {
    const ALL: [Self; 7] = [
        Self::UnknownAlert,
        Self::Resolved,
        Self::ReasonRequired,
        Self::InThePast,
        Self::TooLong,
        Self::NotShelved,
        Self::EmptyComment,
    ];

    /// The refusal of a stable word.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.code() == code)
    }

    /// The stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownAlert => "unknown_alert",
            Self::Resolved => "resolved",
            Self::ReasonRequired => "reason_required",
            Self::InThePast => "in_the_past",
            Self::TooLong => "too_long",
            Self::NotShelved => "not_shelved",
            Self::EmptyComment => "empty_comment",
        }
    }
}

/// A command's id and why it was refused, where it was.
pub type Answered = (Arc<str>, Option<Refusal>);

/// What the desk starts from after a restart.
#[derive(Debug, Default)]
pub struct DeskState {
    /// Open alerts, then resolved ones from the oldest to the newest.
    pub alerts: Vec<Alert>,
    /// How often each rule and key raised an alert.
    pub occurrences: Vec<(RuleName, Key, u32)>,
    /// Commands answered and why they were refused, from the oldest to the newest.
    pub commands: Vec<Answered>,
    /// Up to here everything has happened.
    pub at: Time,
}

/// Alerts at hand and the commands answered about them.
#[derive(Debug)]
pub struct Desk {
    longest_shelving: Span,
    alerts: HashMap<AlertId, Arc<Alert>>,
    resolved: VecDeque<AlertId>,
    firing: usize,
    shelved: BTreeSet<(Time, AlertId)>,
    escalations: Escalations,
    /// Up to here everything has happened.
    now: Time,
    occurrences: HashMap<(RuleName, Key), u32>,
    answered: HashMap<Arc<str>, Option<Refusal>>,
    answered_order: VecDeque<Arc<str>>,
}

impl Desk {
    /// The desk as it was; `longest_shelving` is the length of a shift.
    pub fn new(longest_shelving: Span, escalations: Escalations, state: DeskState) -> Self {
        let mut desk = Self {
            longest_shelving,
            alerts: HashMap::new(),
            resolved: VecDeque::new(),
            firing: 0,
            shelved: BTreeSet::new(),
            escalations,
            now: state.at,
            occurrences: HashMap::new(),
            answered: HashMap::new(),
            answered_order: VecDeque::new(),
        };
        for (rule, key, count) in state.occurrences {
            desk.occurrences.insert((rule, key), count);
        }
        for mut alert in state.alerts {
            // Versions that did not escalate kept no count: it begins here.
            alert.attention.set(alert.calls(), state.at);
            desk.keep(&Arc::new(alert));
        }
        for (command, refused) in state.commands {
            desk.remember(command, refused);
        }
        desk
    }

    /// Every alert that is not resolved, in the order of their ids.
    pub fn open(&self) -> Vec<Arc<Alert>> {
        let mut open: Vec<_> = self
            .alerts
            .values()
            .filter(|a| a.condition != Condition::Resolved)
            .cloned()
            .collect();
        open.sort_unstable_by_key(|a| a.id);
        open
    }

    /// An alert at hand.
    pub fn alert(&self, id: AlertId) -> Option<&Arc<Alert>> {
        self.alerts.get(&id)
    }

    /// How many alerts are firing.
    pub fn firing(&self) -> usize {
        self.firing
    }

    /// How many alerts are pending.
    pub fn pending(&self) -> usize {
        self.alerts.len() - self.resolved.len() - self.firing
    }

    /// When the next shelving ends, or the next step of escalation is due.
    pub fn next_due(&self) -> Option<Time> {
        let shelving = self.shelved.first().map(|(until, _)| *until);
        let due = [shelving, self.escalations.next_due()];
        due.into_iter().flatten().min()
    }

    /// Ends every shelving and takes every step of escalation due at or before `to`, each at its own time.
    pub fn advance(&mut self, to: Time, out: &mut Vec<AlertChange>) {
        loop {
            let shelving = self.shelved.first().copied().filter(|(due, _)| *due <= to);
            let step = self.escalations.first(to);
            match (shelving, step) {
                (Some(shelving), step) if step.is_none_or(|step| shelving <= step) => {
                    self.unshelve(shelving, out);
                }
                (_, Some(step)) => self.escalate(step, out),
                (_, None) => break,
            }
        }
        self.now = self.now.max(to);
    }

    fn unshelve(&mut self, (until, id): (Time, AlertId), out: &mut Vec<AlertChange>) {
        self.shelved.remove(&(until, id));
        if let Some(alert) = self.alerts.get(&id) {
            let mut alert = Alert::clone(alert);
            alert.shelved = None;
            out.push(self.changed(alert, Cause::Operator, until));
        }
    }

    /// Rules that changed may have made a step due long ago: it happens now, not then.
    fn escalate(&mut self, (due, id): (Time, AlertId), out: &mut Vec<AlertChange>) {
        self.escalations.forget((due, id));
        let at = due.max(self.now);
        let Some(alert) = self.alerts.get(&id) else {
            return;
        };
        if let Some(taken) = self.escalations.take(alert, at) {
            let mut alert = Alert::clone(alert);
            alert.escalated.push(taken);
            out.push(self.changed(alert, Cause::Operator, at));
        }
    }

    /// Goes on under other rules: what their steps make due comes with the next step of the desk.
    pub fn exchange(&mut self, escalations: Escalations) {
        self.escalations = escalations;
        for alert in self.alerts.values() {
            self.escalations.note(None, alert);
        }
    }

    /// Takes one step of the rules. Shelvings that ended before it come first.
    pub fn transition(&mut self, step: &Transition, facts: Facts, out: &mut Vec<AlertChange>) {
        self.advance(step.at, out);
        let known = self.alerts.get(&step.alert).map(|a| Alert::clone(a));
        let mut alert = known.unwrap_or_else(|| self.begin(step));
        let worse = step.severity > alert.severity;
        alert.kind = facts.kind;
        alert.area = facts.area;
        alert.guidance = step.guidance.clone();
        alert.labels = facts.labels;
        alert.severity = step.severity;
        alert.condition = step.to;
        alert.annunciation = step.annunciation;
        alert.summary = step.summary.clone();
        alert.reason = step.reason;
        match step.to {
            Condition::Pending => {}
            Condition::Firing => alert.fired_at = alert.fired_at.or(Some(step.at)),
            Condition::Resolved => {
                alert.resolved_at = Some(step.at);
                alert.shelved = None;
            }
        }
        // What was acknowledged was the lesser alarm: a worse one asks again, and may go unanswered as long again.
        if worse && alert.ack.take().is_some() {
            alert.attention = Attention::default();
        }
        let mut change = self.changed(alert, Cause::Rule, step.at);
        change.why.clone_from(&step.why);
        out.push(change);
    }

    /// Does a command, once however often it is sent: the same id gets the same answer.
    pub fn command(
        &mut self,
        command: &Command,
        at: Time,
        out: &mut Vec<AlertChange>,
    ) -> Result<(), Refusal> {
        self.advance(at, out);
        if let Some(refused) = self.answered.get(&command.id) {
            return refused.map_or(Ok(()), Err);
        }
        let outcome = self.act(command, at);
        self.remember(Arc::clone(&command.id), outcome.as_ref().err().copied());
        let change = self.changed(outcome?, Cause::Operator, at);
        out.push(change);
        Ok(())
    }

    /// The alert after the command.
    fn act(&self, command: &Command, at: Time) -> Result<Alert, Refusal> {
        let known = self
            .alerts
            .get(&command.alert)
            .ok_or(Refusal::UnknownAlert)?;
        let mut alert = Alert::clone(known);
        let by = || Arc::clone(&command.by);
        match &command.action {
            CommandAction::Acknowledge { note } => {
                alert.ack = Some(Acknowledgement {
                    by: by(),
                    at,
                    note: Arc::clone(note),
                });
            }
            CommandAction::Shelve { until, reason } => {
                self.may_shelve(&alert, *until, reason, at)?;
                alert.shelved = Some(Shelving {
                    until: *until,
                    by: by(),
                    reason: Arc::clone(reason),
                });
            }
            CommandAction::Unshelve => {
                alert.shelved.take().ok_or(Refusal::NotShelved)?;
            }
            CommandAction::Assign { to } => alert.assignee.clone_from(to),
            CommandAction::Comment { text } if text.trim().is_empty() => {
                return Err(Refusal::EmptyComment);
            }
            // The words are in the audit; the event tells screens that there are new ones.
            CommandAction::Comment { .. } => {}
        }
        Ok(alert)
    }

    fn may_shelve(
        &self,
        alert: &Alert,
        until: Time,
        reason: &str,
        at: Time,
    ) -> Result<(), Refusal> {
        if alert.condition == Condition::Resolved {
            return Err(Refusal::Resolved);
        }
        if reason.trim().is_empty() {
            return Err(Refusal::ReasonRequired);
        }
        if until <= at {
            return Err(Refusal::InThePast);
        }
        if until.since(at) > self.longest_shelving {
            return Err(Refusal::TooLong);
        }
        Ok(())
    }

    fn begin(&mut self, step: &Transition) -> Alert {
        let count = self
            .occurrences
            .entry((step.rule.clone(), step.key.clone()))
            .or_default();
        *count += 1;
        Alert {
            id: step.alert,
            rule: step.rule.clone(),
            key: step.key.clone(),
            kind: None,
            area: None,
            severity: step.severity,
            condition: step.to,
            annunciation: step.annunciation,
            started_at: step.started_at,
            fired_at: None,
            resolved_at: None,
            summary: Localized::default(),
            guidance: Localized::default(),
            labels: BTreeMap::new(),
            reason: step.reason,
            ack: None,
            shelved: None,
            assignee: None,
            escalated: Vec::new(),
            attention: Attention::default(),
            occurrence: *count,
        }
    }

    fn changed(&mut self, mut alert: Alert, cause: Cause, at: Time) -> AlertChange {
        alert.attention.set(alert.calls(), at);
        self.now = self.now.max(at);
        let alert = Arc::new(alert);
        self.keep(&alert);
        AlertChange {
            alert,
            cause,
            at,
            why: None,
        }
    }

    fn keep(&mut self, alert: &Arc<Alert>) {
        let (id, condition) = (alert.id, alert.condition);
        let until = alert.shelved.as_ref().map(|s| s.until);
        let before = self.alerts.insert(id, Arc::clone(alert));
        self.escalations.note(before.as_deref(), alert);
        let was = before.as_ref().and_then(|a| a.shelved.as_ref());
        if let Some(was) = was {
            self.shelved.remove(&(was.until, id));
        }
        self.shelved.extend(until.map(|until| (until, id)));
        let was = before.map(|a| a.condition);
        self.firing += usize::from(condition == Condition::Firing);
        self.firing -= usize::from(was == Some(Condition::Firing));
        if condition == Condition::Resolved && was != Some(Condition::Resolved) {
            self.resolved.push_back(id);
            if self.resolved.len() > RESOLVED_AT_HAND
                && let Some(oldest) = self.resolved.pop_front()
            {
                self.alerts.remove(&oldest);
            }
        }
    }

    fn remember(&mut self, command: Arc<str>, refused: Option<Refusal>) {
        if self
            .answered
            .insert(Arc::clone(&command), refused)
            .is_none()
        {
            self.answered_order.push_back(command);
        }
        if self.answered_order.len() > COMMANDS_REMEMBERED
            && let Some(oldest) = self.answered_order.pop_front()
        {
            self.answered.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests;
