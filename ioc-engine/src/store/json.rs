//! Alerts and their reasons as the store keeps them: JSON with every field named, readable for as long as the alert is kept.
//! Apart from the live protocol's JSON on purpose: that one may change with the wall, this one with the schema only.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{
    Acknowledgement, Alert, AlertId, Annunciation, AreaCode, Attention, Condition, Escalation, Key,
    KeyPart, Localized, Reason, RuleName, Severity, Shelving, Span, Time, Why, WhyValue,
};
use serde::{Deserialize, Serialize};

/// What a stored text says that no version of ioc writes.
#[derive(Debug, thiserror::Error)]
pub enum BadRecord {
    /// Not the JSON of an alert.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A word outside its list.
    #[error("'{value}' is no {what}")]
    Word {
        /// What it should be.
        what: &'static str,
        /// What it is.
        value: String,
    },
}

fn bad(what: &'static str, value: &str) -> BadRecord {
    BadRecord::Word {
        what,
        value: value.to_owned(),
    }
}

#[derive(Serialize, Deserialize)]
struct AlertRecord {
    id: String,
    group: String,
    rule: String,
    key: Vec<(String, String)>,
    kind: Option<String>,
    area: Option<String>,
    severity: String,
    condition: String,
    annunciation: String,
    inhibited_by: Option<String>,
    started_at: i64,
    fired_at: Option<i64>,
    resolved_at: Option<i64>,
    summary: [String; 2],
    guidance: [String; 2],
    labels: BTreeMap<String, String>,
    reason: String,
    ack: Option<AckRecord>,
    shelved: Option<ShelvedRecord>,
    assignee: Option<String>,
    // Files of versions that did not escalate have neither.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    escalated: Vec<EscalationRecord>,
    #[serde(default)]
    attention: AttentionRecord,
    occurrence: u32,
}

#[derive(Serialize, Deserialize)]
struct AckRecord {
    by: String,
    at: i64,
    note: String,
}

#[derive(Serialize, Deserialize)]
struct ShelvedRecord {
    until: i64,
    by: String,
    reason: String,
}

#[derive(Serialize, Deserialize)]
struct EscalationRecord {
    to: String,
    after_ms: i64,
    at: i64,
}

#[derive(Serialize, Deserialize, Default)]
struct AttentionRecord {
    spent_ms: i64,
    since: Option<i64>,
}

/// An alert as text.
pub(super) fn write_alert(alert: &Alert) -> String {
    let (annunciation, inhibited_by) = annunciation_words(alert.annunciation);
    let optional = |text: &Option<Arc<str>>| text.as_ref().map(ToString::to_string);
    let record = AlertRecord {
        id: alert.id.to_string(),
        group: alert.rule.group.to_string(),
        rule: alert.rule.name.to_string(),
        key: alert.key.0.iter().map(key_part_words).collect(),
        kind: optional(&alert.kind),
        area: alert.area.as_ref().map(ToString::to_string),
        severity: alert.severity.as_str().to_owned(),
        condition: alert.condition.as_str().to_owned(),
        annunciation: annunciation.to_owned(),
        inhibited_by: inhibited_by.map(|id| id.to_string()),
        started_at: alert.started_at.millis(),
        fired_at: alert.fired_at.map(Time::millis),
        resolved_at: alert.resolved_at.map(Time::millis),
        summary: localized_words(&alert.summary),
        guidance: localized_words(&alert.guidance),
        labels: alert
            .labels
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
        reason: alert.reason.as_str().to_owned(),
        ack: alert.ack.as_ref().map(AckRecord::of),
        shelved: alert.shelved.as_ref().map(ShelvedRecord::of),
        assignee: optional(&alert.assignee),
        escalated: alert.escalated.iter().map(EscalationRecord::of).collect(),
        attention: AttentionRecord::of(alert.attention),
        occurrence: alert.occurrence,
    };
    serde_json::json!(record).to_string()
}

/// The alert of a stored text.
pub(super) fn read_alert(text: &str) -> Result<Alert, BadRecord> {
    let r: AlertRecord = serde_json::from_str(text)?;
    let labels = r.labels.into_iter().map(|(n, v)| (n.into(), v.into()));
    Ok(Alert {
        id: read_id(&r.id)?,
        rule: RuleName {
            group: r.group.into(),
            name: r.rule.into(),
        },
        key: Key(r.key.into_iter().map(read_key_part).collect()),
        kind: r.kind.map(Into::into),
        area: r.area.map(AreaCode::new),
        severity: Severity::parse(&r.severity).ok_or_else(|| bad("severity", &r.severity))?,
        condition: read_condition(&r.condition)?,
        annunciation: read_annunciation(&r.annunciation, r.inhibited_by.as_deref())?,
        started_at: Time::from_millis(r.started_at),
        fired_at: r.fired_at.map(Time::from_millis),
        resolved_at: r.resolved_at.map(Time::from_millis),
        summary: read_localized(r.summary),
        guidance: read_localized(r.guidance),
        labels: labels.collect(),
        reason: read_reason(&r.reason)?,
        ack: r.ack.map(AckRecord::read),
        shelved: r.shelved.map(ShelvedRecord::read),
        assignee: r.assignee.map(Into::into),
        escalated: r
            .escalated
            .into_iter()
            .map(EscalationRecord::read)
            .collect(),
        attention: r.attention.read(),
        occurrence: r.occurrence,
    })
}

impl AckRecord {
    fn of(ack: &Acknowledgement) -> Self {
        Self {
            by: ack.by.to_string(),
            at: ack.at.millis(),
            note: ack.note.to_string(),
        }
    }

    fn read(self) -> Acknowledgement {
        Acknowledgement {
            by: self.by.into(),
            at: Time::from_millis(self.at),
            note: self.note.into(),
        }
    }
}

impl ShelvedRecord {
    fn of(shelving: &Shelving) -> Self {
        Self {
            until: shelving.until.millis(),
            by: shelving.by.to_string(),
            reason: shelving.reason.to_string(),
        }
    }

    fn read(self) -> Shelving {
        Shelving {
            until: Time::from_millis(self.until),
            by: self.by.into(),
            reason: self.reason.into(),
        }
    }
}

impl EscalationRecord {
    fn of(escalation: &Escalation) -> Self {
        Self {
            to: escalation.to.to_string(),
            after_ms: escalation.after.millis(),
            at: escalation.at.millis(),
        }
    }

    fn read(self) -> Escalation {
        Escalation {
            to: self.to.into(),
            after: Span::from_millis(self.after_ms),
            at: Time::from_millis(self.at),
        }
    }
}

impl AttentionRecord {
    fn of(attention: Attention) -> Self {
        Self {
            spent_ms: attention.spent.millis(),
            since: attention.since.map(Time::millis),
        }
    }

    fn read(self) -> Attention {
        Attention {
            spent: Span::from_millis(self.spent_ms),
            since: self.since.map(Time::from_millis),
        }
    }
}

fn key_part_words(part: &KeyPart) -> (String, String) {
    (part.dimension.to_string(), part.value.to_string())
}

fn read_key_part((dimension, value): (String, String)) -> KeyPart {
    KeyPart {
        dimension: dimension.into(),
        value: value.into(),
    }
}

fn localized_words(text: &Localized) -> [String; 2] {
    [text.vi.to_string(), text.en.to_string()]
}

fn read_localized([vi, en]: [String; 2]) -> Localized {
    Localized {
        vi: vi.into(),
        en: en.into(),
    }
}

fn read_id(text: &str) -> Result<AlertId, BadRecord> {
    text.parse().or(Err(bad("alert id", text)))
}

fn read_condition(word: &str) -> Result<Condition, BadRecord> {
    [Condition::Pending, Condition::Firing, Condition::Resolved]
        .into_iter()
        .find(|c| c.as_str() == word)
        .ok_or_else(|| bad("condition", word))
}

fn read_reason(word: &str) -> Result<Reason, BadRecord> {
    Reason::ALL
        .into_iter()
        .find(|r| r.as_str() == word)
        .ok_or_else(|| bad("reason", word))
}

fn annunciation_words(annunciation: Annunciation) -> (&'static str, Option<AlertId>) {
    match annunciation {
        Annunciation::Settling => ("settling", None),
        Annunciation::Annunciated => ("annunciated", None),
        Annunciation::Inhibited { by } => ("inhibited", Some(by)),
        Annunciation::OverLimit => ("over_limit", None),
        Annunciation::Shadow => ("shadow", None),
    }
}

fn read_annunciation(word: &str, by: Option<&str>) -> Result<Annunciation, BadRecord> {
    Ok(match (word, by) {
        ("settling", None) => Annunciation::Settling,
        ("annunciated", None) => Annunciation::Annunciated,
        ("inhibited", Some(by)) => Annunciation::Inhibited { by: read_id(by)? },
        ("over_limit", None) => Annunciation::OverLimit,
        ("shadow", None) => Annunciation::Shadow,
        _ => return Err(bad("annunciation", word)),
    })
}

#[derive(Serialize, Deserialize)]
struct WhyRecord {
    expr: String,
    value: WhyValueRecord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<WhyRecord>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WhyValueRecord {
    Unknown,
    Bool(bool),
    Number(f64, Option<String>),
    Text(String),
    Time(i64),
}

/// A reason tree as text.
pub(super) fn write_why(why: &Why) -> String {
    serde_json::json!(WhyRecord::of(why)).to_string()
}

/// The reason tree of a stored text.
pub(super) fn read_why(text: &str) -> Result<Why, BadRecord> {
    let record: WhyRecord = serde_json::from_str(text)?;
    Ok(record.read())
}

impl WhyRecord {
    fn of(why: &Why) -> Self {
        Self {
            expr: why.expr.to_string(),
            value: match &why.value {
                WhyValue::Unknown => WhyValueRecord::Unknown,
                WhyValue::Bool(b) => WhyValueRecord::Bool(*b),
                WhyValue::Number(n, unit) => {
                    WhyValueRecord::Number(*n, unit.as_ref().map(ToString::to_string))
                }
                WhyValue::Text(t) => WhyValueRecord::Text(t.to_string()),
                WhyValue::Time(t) => WhyValueRecord::Time(t.millis()),
            },
            at: why.at.map(Time::millis),
            note: why.note.as_ref().map(ToString::to_string),
            parts: why.parts.iter().map(Self::of).collect(),
        }
    }

    fn read(self) -> Why {
        Why {
            expr: self.expr.into(),
            value: match self.value {
                WhyValueRecord::Unknown => WhyValue::Unknown,
                WhyValueRecord::Bool(b) => WhyValue::Bool(b),
                WhyValueRecord::Number(n, unit) => WhyValue::Number(n, unit.map(Into::into)),
                WhyValueRecord::Text(t) => WhyValue::Text(t.into()),
                WhyValueRecord::Time(t) => WhyValue::Time(Time::from_millis(t)),
            },
            at: self.at.map(Time::from_millis),
            note: self.note.map(Into::into),
            parts: self.parts.into_iter().map(Self::read).collect(),
        }
    }
}
