//! What is told of one rule, in a form in which both engines can be compared.

use std::collections::BTreeMap;
use std::fmt;

use model::{AlertId, Annunciation, Condition, Reason, Severity, Time, Transition};

use super::history::Event;
use super::{START, STEP, Tick};

/// What an episode began with; with the rule and the key it is the alert's identity.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Cause {
    /// Asset, measured when, its number; where it has none, when it came.
    Reading(usize, Tick, Result<u64, Tick>),
    Due(Tick),
    Input(Tick),
}

impl Cause {
    pub(super) fn of(event: &Event, now: Tick) -> Self {
        match event {
            Event::Report(r) => Self::Reading(r.asset, r.at, r.seq.ok_or(now)),
            _ => Self::Input(now),
        }
    }
}

/// What both engines are compared by.
#[derive(Clone, PartialEq)]
pub(super) struct Told {
    pub(super) at: Time,
    pub(super) key: String,
    pub(super) to: Condition,
    pub(super) severity: Severity,
    pub(super) started_at: Time,
    pub(super) reason: Reason,
}

impl fmt::Debug for Told {
    /// Times in steps since the start, as in the day.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tick = |time: Time| time.since(START).millis() / STEP.millis();
        let (at, since) = (tick(self.at), tick(self.started_at));
        let (key, to) = (&self.key, self.to);
        let (severity, reason) = (self.severity, self.reason);
        write!(f, "{at} {key} {to:?} {severity:?} {reason:?} since {since}")
    }
}

/// A step, and the episode it belongs to: its cause, or the id the engine gave it.
pub(super) type Step<Episode> = (Told, Episode);

/// The steps of one rule in condition and severity; what only changes the annunciation is left out.
pub(super) fn told_by(transitions: &[&Transition], rule: usize) -> Vec<Step<AlertId>> {
    let name = format!("reference/R{rule}");
    let mut told: Vec<Step<AlertId>> = Vec::new();
    for t in transitions.iter().filter(|t| t.rule.to_string() == name) {
        let over = t.annunciation == Annunciation::OverLimit && t.reason == Reason::Limit;
        let step = Told {
            at: t.at,
            key: t.key.0.iter().map(|part| &*part.value).collect(),
            to: t.to,
            severity: t.severity,
            started_at: t.started_at,
            reason: if over { Reason::Condition } else { t.reason },
        };
        let mut before = told
            .iter()
            .rev()
            .filter(|(before, _)| before.key == step.key);
        let same = |(before, id): &Step<AlertId>| {
            (before.to, before.severity, *id) == (step.to, step.severity, t.alert)
        };
        if !before.next().is_some_and(same) {
            told.push((step, t.alert));
        }
    }
    told
}

/// In an order that does not depend on who comes first within one moment; steps and episodes apart.
pub(super) fn by_key<Episode>(mut steps: Vec<Step<Episode>>) -> (Vec<Told>, Vec<Episode>) {
    steps.sort_by(|(a, _), (b, _)| a.key.cmp(&b.key));
    steps.into_iter().unzip()
}

/// One episode has one id, and two never share one.
#[derive(Default)]
pub(super) struct Identities {
    ids: BTreeMap<(usize, String, Cause), AlertId>,
    episodes: BTreeMap<AlertId, (usize, String, Cause)>,
}

impl Identities {
    pub(super) fn check(&mut self, rule: usize, told: &Told, cause: Cause, id: AlertId) {
        let episode = (rule, told.key.clone(), cause);
        let known = *self.ids.entry(episode.clone()).or_insert(id);
        assert_eq!(known, id, "one episode, one id: {episode:?}");
        let known = self.episodes.entry(id).or_insert_with(|| episode.clone());
        assert_eq!(known, &episode, "one id, one episode");
    }
}

/// What must be the same however an engine came to tell it: all but the texts.
pub(super) fn apart_from_texts<'a>(
    transitions: impl IntoIterator<Item = &'a Transition>,
) -> Vec<String> {
    let identity = |t: &Transition| {
        let who = (&t.alert, t.rule.to_string(), &t.key);
        let what = (t.to, t.severity, t.annunciation, t.reason);
        format!("{:?} {who:?} {what:?} since {:?}", t.at, t.started_at)
    };
    transitions.into_iter().map(identity).collect()
}
