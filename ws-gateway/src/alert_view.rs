//! What one subscription sees of the alerts: its filter and the limits of its session.

use std::hash::BuildHasher;

use model::{Alert, Annunciation, AreaCode, Condition, Severity};
use serde::Deserialize;

use crate::alert_log::{Before, LoggedEvent};
use crate::cache::{AreaIndex, Layout, ViewError};

/// The filter of an `alerts` subscription as a client writes it. An empty list asks for everything.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AlertFilter {
    pub(crate) min_severity: Option<String>,
    pub(crate) areas: Vec<String>,
    pub(crate) kinds: Vec<String>,
    /// `group/name`.
    pub(crate) rules: Vec<String>,
    pub(crate) states: Vec<String>,
    /// Only what calls for attention.
    pub(crate) annunciated: bool,
}

/// A filter made ready.
#[derive(PartialEq, Eq, Hash, Debug)]
pub(crate) struct AlertView {
    min_severity: Option<Severity>,
    areas: Option<Box<[bool]>>,
    limit: Option<Box<[bool]>>,
    kinds: Vec<String>,
    rules: Vec<String>,
    states: Vec<Condition>,
    annunciated: bool,
}

impl AlertView {
    /// The view of a filter within a session's areas.
    pub(crate) fn new(
        layout: &Layout,
        filter: &AlertFilter,
        limit: Option<&[AreaCode]>,
    ) -> Result<Self, ViewError> {
        let tops = layout.find_areas(&filter.areas)?;
        layout.find_kinds(&filter.kinds)?;
        let states = filter.states.iter().map(|word| condition(word));
        Ok(Self {
            min_severity: filter.min_severity.as_deref().map(severity).transpose()?,
            areas: (!tops.is_empty()).then(|| layout.inside(&tops)),
            limit: limit.map(|codes| layout.inside_codes(codes)),
            kinds: sorted(&filter.kinds),
            rules: sorted(&filter.rules),
            states: states.collect::<Result<_, _>>()?,
            annunciated: filter.annunciated,
        })
    }

    /// Names this view in `since`.
    pub(crate) fn key(&self) -> u64 {
        foldhash::fast::FixedState::default().hash_one(self)
    }

    /// True when an event is to be sent: the alert is let through after it, or was before it.
    pub(crate) fn concerns(&self, layout: &Layout, event: &LoggedEvent) -> bool {
        self.matches(layout, &event.alert)
            || match &event.before {
                Before::Form(old) => self.matches(layout, old),
                Before::Nothing => false,
                // Better one too many than one too few, but nothing from outside the session's areas.
                Before::Unknown => within(self.limit.as_deref(), || area_of(layout, &event.alert)),
            }
    }

    /// True when the alert is let through.
    pub(crate) fn matches(&self, layout: &Layout, alert: &Alert) -> bool {
        let area = || area_of(layout, alert);
        let annunciated =
            alert.annunciation == Annunciation::Annunciated && alert.shelved.is_none();
        self.min_severity
            .is_none_or(|least| alert.severity >= least)
            && (self.states.is_empty() || self.states.contains(&alert.condition))
            && (!self.annunciated || annunciated)
            && within(self.limit.as_deref(), area)
            && within(self.areas.as_deref(), area)
            && (self.kinds.is_empty()
                || alert
                    .kind
                    .as_ref()
                    .is_some_and(|kind| self.kinds.iter().any(|k| **k == **kind)))
            && (self.rules.is_empty() || self.rules.contains(&alert.rule.to_string()))
    }
}

fn area_of(layout: &Layout, alert: &Alert) -> Option<AreaIndex> {
    layout.area(alert.area.as_ref()?.as_str())
}

fn within(areas: Option<&[bool]>, area: impl FnOnce() -> Option<AreaIndex>) -> bool {
    areas.is_none_or(|inside| area().is_some_and(|area| inside[usize::from(area)]))
}

fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    names
}

fn severity(word: &str) -> Result<Severity, ViewError> {
    Severity::parse(word)
        .ok_or_else(|| ViewError::unknown("severity", word, Severity::ALL.map(Severity::as_str)))
}

fn condition(word: &str) -> Result<Condition, ViewError> {
    const ALL: [Condition; 3] = [Condition::Pending, Condition::Firing, Condition::Resolved];
    ALL.into_iter()
        .find(|condition| condition.as_str() == word)
        .ok_or_else(|| ViewError::unknown("state", word, ALL.map(Condition::as_str)))
}
