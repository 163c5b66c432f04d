//! `derive:` computed readings of a kind of its own: what a derivation is, when its windows close, what it remembers.
//!
//! Owns windows that close; leaves windows that slide with every reading to `windows`, the order of evaluation to `engine`.

mod city;
mod memory;
mod schedule;
mod slots;
mod state;

use cel::Program;
use model::{Field, FieldId, Kind, KindId, Span, Time, Value, ValueType};

use crate::windows::Statistic;

pub(crate) use city::{Derived, complete, derived_id, is_derived_id, missing_assets, unlisted};
pub(crate) use memory::{MAX_SAMPLES, Memory, Sample};
pub(crate) use schedule::{divides_the_clock, last_boundary, next_boundary};
pub(crate) use slots::WindowSlots;
pub(crate) use state::{Derivations, Extent, KeyState, Ready, State};

/// How a rule computes readings. Part of its [`crate::plan::Conditions`].
#[derive(Debug)]
pub(crate) struct Derivation {
    /// The kind of its readings.
    pub(crate) target: KindId,
    /// Its place among all derivations: what it is made of has a lower one.
    pub(crate) rank: u32,
    pub(crate) form: Form,
    /// How long after its end a window of the clock stays open for what comes late.
    pub(crate) grace: Span,
    /// The fields of its members whose readings it keeps.
    pub(crate) collects: Box<[FieldId]>,
    /// What is asked about them.
    pub(crate) figures: Box<[Collected]>,
    /// How far back from its end a window looks, at most.
    pub(crate) lookback: Span,
    pub(crate) fields: Box<[DerivedField]>,
    /// Of what decides which readings lie in which window.
    pub(crate) form_print: u64,
}

/// A figure about what was collected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Collected {
    pub(crate) field: FieldId,
    pub(crate) statistic: Statistic,
    /// About so long before the end of the window; none is all of it.
    pub(crate) back: Option<Span>,
}

/// When a window closes and what lies in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// One after the other, on the city's clock.
    Tumbling { every: Span },
    /// Of one length, overlapping, on the city's clock.
    Hopping { size: Span, every: Span },
    /// No window: looked at whenever something changes, told at most once in `least`.
    Sliding { least: Span },
    /// Ends when nothing came for so long.
    Session { gap: Span },
    /// Ends with so many readings.
    Count { readings: u32 },
}

impl Form {
    /// How far apart its windows end, where the clock ends them.
    pub(crate) fn every(self) -> Option<Span> {
        match self {
            Self::Tumbling { every } | Self::Hopping { every, .. } => Some(every),
            Self::Sliding { .. } | Self::Session { .. } | Self::Count { .. } => None,
        }
    }

    /// Its windows are made of those who spoke: silence afterwards takes nothing back.
    pub(crate) fn is_of_speakers(self) -> bool {
        matches!(self, Self::Session { .. } | Self::Count { .. })
    }

    pub(crate) fn is_sliding(self) -> bool {
        matches!(self, Self::Sliding { .. })
    }
}

/// One field of a derived reading.
#[derive(Debug)]
pub(crate) struct DerivedField {
    /// Of the derived kind.
    pub(crate) id: FieldId,
    pub(crate) program: Program<cel::Value>,
    /// The figures across members it is made of, by place in the rule.
    pub(crate) aggregates: Box<[u16]>,
}

/// What an expression came to as a value of the field; none where the field cannot hold it.
pub(crate) fn as_field_value(value: &cel::Value, field: &Field) -> Option<Value> {
    let number = |number: f64| number.is_finite().then_some(Value::F64(number + 0.0));
    match (field.value_type, value) {
        (ValueType::F64, cel::Value::Double(value)) => number(*value),
        (ValueType::F64, cel::Value::Int(value)) => number(*value as f64),
        (ValueType::F64, cel::Value::Uint(value)) => number(*value as f64),
        (ValueType::F64, cel::Value::Duration(length)) => number(length.as_secs_f64()),
        (ValueType::Bool, cel::Value::Bool(value)) => Some(Value::Bool(*value)),
        (ValueType::Symbol, cel::Value::String(word)) => field.symbol(word).map(Value::Symbol),
        (ValueType::Text, cel::Value::String(text)) => Some(Value::Text(text.clone())),
        (ValueType::Time, cel::Value::Timestamp(at)) => Some(Value::Time(at.to_time())),
        _ => None,
    }
}

/// A sliding derivation says at least so often that nothing has changed, so that silence still means something.
pub(crate) fn heartbeat(kind: &Kind) -> Span {
    Span::from_millis((kind.stale_after.millis() / 2).max(1))
}

/// The windows of a derivation on the clock: where the open one begins and ends.
pub(crate) fn open_window(
    zone: &jiff::tz::TimeZone,
    every: Span,
    grace: Span,
    now: Time,
) -> (Time, Time) {
    let edge = last_boundary(zone, every, now - grace);
    (edge, next_boundary(zone, every, edge))
}
