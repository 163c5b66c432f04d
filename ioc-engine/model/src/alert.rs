//! Alerts: their identity, the two axes of their life, and the steps between.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::{AreaCode, AssetId, Attention, Escalation, Localized, RuleName, Time, Why};

/// hash(rule, key, origin): the same inputs give the same id on any node and in any replay.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AlertId(pub u128);

impl fmt::Display for AlertId {
    /// 32 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for AlertId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

/// How bad it is, least first so that the worst is the maximum.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Needs a hand within the shift.
    Medium,
    /// Needs a hand soon.
    High,
    /// Needs a hand now.
    Critical,
}

impl Severity {
    /// Every severity, least first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// As rules and the live protocol write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }
}

/// The condition axis: what the rule engine says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Condition {
    /// The condition holds, not yet for long enough.
    Pending,
    /// It holds.
    Firing,
    /// It is over.
    Resolved,
}

impl Condition {
    /// As the live protocol writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        }
    }
}

/// What caused a transition.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reason {
    /// The rule's condition turned.
    Condition,
    /// The asset went stale and `on_missing` decided.
    Stale,
    /// Silence against the registry.
    Absent,
    /// An operator.
    Operator,
    /// An edit of the rules.
    Reload,
    /// More instances than the rule annunciates.
    Limit,
    /// The source was lost or came back.
    Source,
    /// The asset left service.
    Decommissioned,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::Condition,
        Self::Stale,
        Self::Absent,
        Self::Operator,
        Self::Reload,
        Self::Limit,
        Self::Source,
        Self::Decommissioned,
    ];

    /// As the live protocol writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Condition => "condition",
            Self::Stale => "stale",
            Self::Absent => "absent",
            Self::Operator => "operator",
            Self::Reload => "reload",
            Self::Limit => "limit",
            Self::Source => "source",
            Self::Decommissioned => "decommissioned",
        }
    }
}

/// One dimension of a key and its value there: `area` = `05443`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct KeyPart {
    /// The dimension: `asset`, `area`, `ring`, …
    pub dimension: Arc<str>,
    /// The value there.
    pub value: Arc<str>,
}

/// What an alert is about: one part a dimension of the rule's `by`; empty for the whole city.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Key(pub Vec<KeyPart>);

impl Key {
    /// The key of one asset.
    pub fn asset(id: &AssetId) -> Self {
        Self(vec![KeyPart {
            dimension: "asset".into(),
            value: id.as_str().into(),
        }])
    }

    /// The value in one dimension.
    pub fn get(&self, dimension: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|part| &*part.dimension == dimension)
            .map(|part| &*part.value)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, part) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            write!(f, "{comma}{}={}", part.dimension, part.value)?;
        }
        Ok(())
    }
}

/// Whether an open alert calls for attention. Decided by rules (`settle`, `inhibited_by`, `limit`), apart from the condition.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Annunciation {
    /// Shown, not yet calling: a cause may still arrive and take it under itself.
    Settling,
    /// Calls for attention.
    Annunciated,
    /// Held back by the cause that explains it.
    Inhibited {
        /// The cause.
        by: AlertId,
    },
    /// Beyond the rule's `limit`.
    OverLimit,
    /// A draft rule (`shadow: true`) is never annunciated.
    Shadow,
}

/// One step of an alert on the condition axis, or of its severity or annunciation. The engine's only output about alerts.
#[derive(Clone, PartialEq, Debug)]
pub struct Transition {
    /// Which alert.
    pub alert: AlertId,
    /// By which rule.
    pub rule: RuleName,
    /// About what.
    pub key: Key,
    /// The condition after the step.
    pub to: Condition,
    /// The severity after the step: the worst latched level.
    pub severity: Severity,
    /// Whether it calls for attention after the step.
    pub annunciation: Annunciation,
    /// When the step takes effect: the input's stamp, or the timer's due time.
    pub at: Time,
    /// When the episode began (entered pending, or fired at once).
    pub started_at: Time,
    /// What caused the step.
    pub reason: Reason,
    /// The summary at this step.
    pub summary: Localized,
    /// What to do, with the values of this step.
    pub guidance: Localized,
    /// The condition as a tree with the values of the moment.
    pub why: Option<Arc<Why>>,
}

/// Who acknowledged, when and with which words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Acknowledgement {
    /// Who.
    pub by: Arc<str>,
    /// When, in engine time.
    pub at: Time,
    /// Optional words.
    pub note: Arc<str>,
}

/// Until when, by whom and why an alert is shelved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shelving {
    /// When it comes back.
    pub until: Time,
    /// Who shelved it.
    pub by: Arc<str>,
    /// Why.
    pub reason: Arc<str>,
}

/// An alert whole: the condition axis from the rules, the operator axis from the desk.
#[derive(Clone, PartialEq, Debug)]
pub struct Alert {
    /// Its identity.
    pub id: AlertId,
    /// The rule that raised it.
    pub rule: RuleName,
    /// What it is about.
    pub key: Key,
    /// The kind the rule watches.
    pub kind: Option<Arc<str>>,
    /// The area it lies in, where its key or asset has one.
    pub area: Option<AreaCode>,
    /// The severity now; of a resolved alert, its last.
    pub severity: Severity,
    /// The condition now.
    pub condition: Condition,
    /// Whether it calls for attention.
    pub annunciation: Annunciation,
    /// When the episode began.
    pub started_at: Time,
    /// When it first fired.
    pub fired_at: Option<Time>,
    /// When it resolved.
    pub resolved_at: Option<Time>,
    /// The summary at the last step.
    pub summary: Localized,
    /// Cause, consequence, action and deadline, from the rule.
    pub guidance: Localized,
    /// Labels of the rule.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
    /// What caused the last step.
    pub reason: Reason,
    /// Who acknowledged it.
    pub ack: Option<Acknowledgement>,
    /// Until when it is shelved.
    pub shelved: Option<Shelving>,
    /// Who works on it.
    pub assignee: Option<Arc<str>>,
    /// Who was told because nobody answered, in order.
    pub escalated: Vec<Escalation>,
    /// How long it has called for attention.
    pub attention: Attention,
    /// How often this rule and key have raised an alert, this one included.
    pub occurrence: u32,
}

impl Alert {
    /// Whether it calls for somebody's attention now: it fires, no rule holds it back, and nobody shelved it.
    pub fn calls(&self) -> bool {
        self.condition == Condition::Firing
            && self.annunciation == Annunciation::Annunciated
            && self.shelved.is_none()
    }
}
