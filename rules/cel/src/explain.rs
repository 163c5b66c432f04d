//! Why an expression is what it is: its parts as the author wrote them, each with its value of the moment.

use std::sync::Arc;

use jiff::SignedDuration;
use model::{Why, WhyValue};

use crate::code::{BoolCode, Code, DoubleCode, IntCode, SpanCode, TextCode, TimeCode};
use crate::scope::Slots;
use crate::{Timestamp, Value};

/// A part of an expression; of its parts those that are not constant.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) text: Arc<str>,
    pub(crate) code: Code,
    pub(crate) unit: Option<Arc<str>>,
    /// The slot, where the part is nothing else.
    pub(crate) slot: Option<u32>,
    pub(crate) parts: Box<[Part]>,
}

impl Part {
    /// Every slot read here or below, in source order, repeated as often as written.
    pub(crate) fn slots(&self) -> Vec<u32> {
        let below = self.parts.iter().flat_map(Self::slots);
        self.slot.into_iter().chain(below).collect()
    }

    /// The tree of values. `annotate` is given every slot's leaf to add the time of its reading, a note, or parts of its own.
    pub(crate) fn explain<S: Slots + ?Sized>(
        &self,
        slots: &S,
        annotate: &mut dyn FnMut(u32, &mut Why),
    ) -> Why {
        let parts: Vec<_> = self
            .parts
            .iter()
            .map(|part| part.explain(slots, annotate))
            .collect();
        let mut why = Why {
            expr: Arc::clone(&self.text),
            value: self.code.why(slots, self.unit.as_ref()),
            at: parts.iter().filter_map(|part| part.at).max(),
            note: None,
            parts,
        };
        if let Some(slot) = self.slot {
            annotate(slot, &mut why);
        }
        why
    }
}

impl Code {
    /// The value of the moment; none when unknown.
    pub(crate) fn value<S: Slots + ?Sized>(&self, slots: &S) -> Option<Value> {
        Some(match self {
            Self::Constant(value) => value.clone(),
            Self::Bool(code) => Value::Bool(code.eval(slots)?),
            Self::Int(code) => Value::Int(code.eval(slots)?),
            Self::Double(code) => Value::Double(code.eval(slots)?),
            Self::String(code) => Value::String(code.eval(slots)?.into()),
            Self::Symbol(code) => Value::String(Arc::clone(code.word(slots)?)),
            Self::Timestamp(code) => Value::Timestamp(Timestamp::from_time(code.eval(slots)?)?),
            Self::Duration(code) => {
                Value::Duration(SignedDuration::from_millis(code.eval(slots)?.millis()))
            }
        })
    }

    fn why<S: Slots + ?Sized>(&self, slots: &S, unit: Option<&Arc<str>>) -> WhyValue {
        let number = |value: f64| WhyValue::Number(value, unit.cloned());
        let found = match self {
            Self::Constant(value) => Some(constant(value, unit)),
            Self::Bool(code) => BoolCode::eval(code, slots).map(WhyValue::Bool),
            Self::Int(code) => IntCode::eval(code, slots).map(|value| number(value as f64)),
            Self::Double(code) => DoubleCode::eval(code, slots).map(number),
            Self::String(code) => {
                TextCode::eval(code, slots).map(|text| WhyValue::Text(text.into()))
            }
            Self::Symbol(code) => code
                .word(slots)
                .map(|word| WhyValue::Text(Arc::clone(word))),
            Self::Timestamp(code) => TimeCode::eval(code, slots).map(WhyValue::Time),
            Self::Duration(code) => {
                SpanCode::eval(code, slots).map(|span| WhyValue::Text(span.to_string().into()))
            }
        };
        found.unwrap_or(WhyValue::Unknown)
    }
}

/// A constant as an explanation shows it.
fn constant(value: &Value, unit: Option<&Arc<str>>) -> WhyValue {
    match value {
        Value::Bool(value) => WhyValue::Bool(*value),
        Value::Int(value) => WhyValue::Number(*value as f64, unit.cloned()),
        Value::Uint(value) => WhyValue::Number(*value as f64, unit.cloned()),
        Value::Double(value) => WhyValue::Number(*value, unit.cloned()),
        Value::String(text) => WhyValue::Text(Arc::clone(text)),
        Value::Timestamp(at) => WhyValue::Time(at.to_time()),
        other => WhyValue::Text(other.to_string().into()),
    }
}
