//! Between the engine's words and those of a checkpoint, both ways.

use model::{
    AlertId, Annunciation, Condition, Key, KeyPart, Kind, Localized, Reason, RuleName, Severity,
    Time, Transition, Value,
};

use super::record::{
    AnnunciationRecord, ConditionRecord, InstanceRecord, KeyRecord, OwedRecord, ShapeRecord,
    ToldRecord, ValueRecord,
};
use crate::deadline::Deadline;
use crate::instance::{Instance, Told};
use crate::ladder::Ladder;
use crate::windows::{Contents, Shape};

pub(super) fn write_value(value: &Value) -> ValueRecord {
    match value {
        Value::F64(v) => ValueRecord::F64(*v),
        Value::Bool(v) => ValueRecord::Bool(*v),
        Value::Symbol(v) => ValueRecord::Symbol(*v),
        Value::Text(v) => ValueRecord::Text(v.to_string()),
        Value::Time(v) => ValueRecord::Time(v.millis()),
    }
}

/// The value of a field of today's catalog; none where the field now has another type or has lost the word.
pub(super) fn read_value(
    value: ValueRecord,
    words: &[String],
    field: &model::Field,
) -> Option<Value> {
    let value = match value {
        ValueRecord::F64(v) => Value::F64(v),
        ValueRecord::Bool(v) => Value::Bool(v),
        ValueRecord::Symbol(v) => Value::Symbol(field.symbol(words.get(usize::from(v))?)?),
        ValueRecord::Text(v) => Value::Text(v.into()),
        ValueRecord::Time(v) => Value::Time(Time::from_millis(v)),
    };
    (value.value_type() == field.value_type).then_some(value)
}

pub(super) fn write_shape(shape: &Shape) -> ShapeRecord {
    match shape {
        Shape::Samples(_) => ShapeRecord::Samples,
        Shape::Pair => ShapeRecord::Pair,
        Shape::Decayed => ShapeRecord::Decayed,
        Shape::Weekly(_) => ShapeRecord::Weekly,
    }
}

/// Samples of a symbol are places in its words, which may be others today; what lost its word is left out.
pub(super) fn read_contents(
    contents: &Contents,
    words: &[String],
    field: &model::Field,
) -> Contents {
    let Contents::Samples(samples) = contents else {
        return contents.clone();
    };
    if words.is_empty() && field.symbols.is_empty() {
        return contents.clone();
    }
    let today = samples.iter().filter_map(|(at, sample)| {
        let symbol = field.symbol(words.get(*sample as usize)?)?;
        Some((*at, f64::from(symbol)))
    });
    Contents::Samples(today.collect())
}

pub(super) fn write_key(key: &Key) -> KeyRecord {
    let parts = key.0.iter();
    parts
        .map(|part| (part.dimension.to_string(), part.value.to_string()))
        .collect()
}

pub(super) fn read_key(key: KeyRecord) -> Key {
    let parts = key.into_iter().map(|(dimension, value)| KeyPart {
        dimension: dimension.into(),
        value: value.into(),
    });
    Key(parts.collect())
}

fn write_severity(severity: Severity) -> u8 {
    severity as u8
}

fn read_severity(severity: u8) -> Severity {
    let known = Severity::ALL.get(usize::from(severity));
    known.copied().unwrap_or(Severity::Critical)
}

pub(super) fn write_told(told: &Told) -> ToldRecord {
    ToldRecord {
        condition: match told.condition {
            Condition::Pending => ConditionRecord::Pending,
            Condition::Firing => ConditionRecord::Firing,
            Condition::Resolved => ConditionRecord::Resolved,
        },
        severity: write_severity(told.severity),
        annunciation: match told.annunciation {
            Annunciation::Settling => AnnunciationRecord::Settling,
            Annunciation::Annunciated => AnnunciationRecord::Annunciated,
            Annunciation::Inhibited { by } => AnnunciationRecord::Inhibited(by.0),
            Annunciation::OverLimit => AnnunciationRecord::OverLimit,
            Annunciation::Shadow => AnnunciationRecord::Shadow,
        },
    }
}

fn read_told(told: ToldRecord) -> Told {
    Told {
        condition: match told.condition {
            ConditionRecord::Pending => Condition::Pending,
            ConditionRecord::Firing => Condition::Firing,
            ConditionRecord::Resolved => Condition::Resolved,
        },
        severity: read_severity(told.severity),
        annunciation: match told.annunciation {
            AnnunciationRecord::Settling => Annunciation::Settling,
            AnnunciationRecord::Annunciated => Annunciation::Annunciated,
            AnnunciationRecord::Inhibited(by) => Annunciation::Inhibited { by: AlertId(by) },
            AnnunciationRecord::OverLimit => Annunciation::OverLimit,
            AnnunciationRecord::Shadow => Annunciation::Shadow,
        },
    }
}

pub(super) fn write_instance(key: &Key, instance: &Instance) -> InstanceRecord {
    InstanceRecord {
        key: write_key(key),
        id: instance.id.0,
        started_at: instance.started_at.millis(),
        latches: instance.ladder.latches.to_vec(),
        repeats: instance.ladder.repeats.clone(),
        missing: instance.ladder.missing,
        clearing: instance.ladder.clearing,
        fired: instance.ladder.fired.map(write_severity),
        told: instance.told.as_ref().map(write_told),
        settled_at: instance.settled_at.map(Time::millis),
        admitted: instance.admitted,
    }
}

pub(super) fn read_instance(record: InstanceRecord) -> (Key, Instance) {
    let instance = Instance {
        id: AlertId(record.id),
        started_at: Time::from_millis(record.started_at),
        ladder: Ladder {
            latches: record.latches.into(),
            repeats: record.repeats,
            missing: record.missing,
            clearing: record.clearing,
            fired: record.fired.map(read_severity),
        },
        told: record.told.map(read_told),
        settled_at: record.settled_at.map(Time::from_millis),
        admitted: record.admitted,
        deadline: Deadline::NEVER,
    };
    (read_key(record.key), instance)
}

fn write_text(text: &Localized) -> [String; 2] {
    [&text.vi, &text.en].map(ToString::to_string)
}

fn read_text([vi, en]: [String; 2]) -> Localized {
    Localized {
        vi: vi.into(),
        en: en.into(),
    }
}

pub(super) fn write_owed(transition: &Transition) -> OwedRecord {
    let reason = Reason::ALL.iter().position(|r| *r == transition.reason);
    OwedRecord {
        group: transition.rule.group.to_string(),
        name: transition.rule.name.to_string(),
        key: write_key(&transition.key),
        id: transition.alert.0,
        told: write_told(&Told {
            condition: transition.to,
            severity: transition.severity,
            annunciation: transition.annunciation,
        }),
        at: transition.at.millis(),
        started_at: transition.started_at.millis(),
        reason: reason.unwrap_or_default() as u8,
        summary: write_text(&transition.summary),
        guidance: write_text(&transition.guidance),
    }
}

pub(super) fn read_owed(record: OwedRecord) -> Transition {
    let told = read_told(record.told);
    let reason = Reason::ALL.get(usize::from(record.reason)).copied();
    Transition {
        alert: AlertId(record.id),
        rule: RuleName {
            group: record.group.into(),
            name: record.name.into(),
        },
        key: read_key(record.key),
        to: told.condition,
        severity: told.severity,
        annunciation: told.annunciation,
        at: Time::from_millis(record.at),
        started_at: Time::from_millis(record.started_at),
        reason: reason.unwrap_or(Reason::Reload),
        summary: read_text(record.summary),
        guidance: read_text(record.guidance),
        why: None,
    }
}

/// The names of a kind's fields with their words.
pub(super) fn write_fields(kind: &Kind) -> Vec<(String, Vec<String>)> {
    let fields = kind.fields.iter();
    fields
        .map(|field| {
            let words = field.symbols.iter().map(ToString::to_string).collect();
            (field.name.to_string(), words)
        })
        .collect()
}
