//! What a part of an expression comes to at evaluation, in two words: a part that is a slot and nothing else, as most of
//! the smallest are, has no code of its own.

use std::sync::Arc;

use jiff::SignedDuration;
use model::WhyValue;

use crate::code::{BoolCode, Code, DoubleCode, IntCode, SpanCode, SymbolCode, TextCode, TimeCode};
use crate::scope::Slots;
use crate::{Timestamp, Value};

/// A typed part, ready to be evaluated.
#[derive(Clone, Debug)]
pub struct Term(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Constant(Box<Value>),
    Bool(Arc<BoolCode>),
    Int(Arc<IntCode>),
    Double(Arc<DoubleCode>),
    String(Arc<TextCode>),
    Symbol(Arc<SymbolCode>),
    Timestamp(Arc<TimeCode>),
    Duration(Arc<SpanCode>),
    BoolSlot(u32),
    IntSlot(u32),
    DoubleSlot(u32),
    StringSlot(u32),
    TimestampSlot(u32),
    DurationSlot(u32),
}

impl Term {
    pub(crate) fn of(code: &Code) -> Self {
        Self(match code {
            Code::Constant(value) => Kind::Constant(Box::new(value.clone())),
            Code::Bool(code) => match **code {
                BoolCode::Slot(slot) => Kind::BoolSlot(slot),
                _ => Kind::Bool(Arc::clone(code)),
            },
            Code::Int(code) => match **code {
                IntCode::Slot(slot) => Kind::IntSlot(slot),
                _ => Kind::Int(Arc::clone(code)),
            },
            Code::Double(code) => match **code {
                DoubleCode::Slot(slot) => Kind::DoubleSlot(slot),
                _ => Kind::Double(Arc::clone(code)),
            },
            Code::String(code) => match **code {
                TextCode::Slot(slot) => Kind::StringSlot(slot),
                _ => Kind::String(Arc::clone(code)),
            },
            Code::Symbol(code) => Kind::Symbol(Arc::clone(code)),
            Code::Timestamp(code) => match **code {
                TimeCode::Slot(slot) => Kind::TimestampSlot(slot),
                _ => Kind::Timestamp(Arc::clone(code)),
            },
            Code::Duration(code) => match **code {
                SpanCode::Slot(slot) => Kind::DurationSlot(slot),
                _ => Kind::Duration(Arc::clone(code)),
            },
        })
    }

    /// The slot, where it is nothing else.
    pub(crate) fn slot(&self) -> Option<u32> {
        match &self.0 {
            Kind::BoolSlot(slot)
            | Kind::IntSlot(slot)
            | Kind::DoubleSlot(slot)
            | Kind::StringSlot(slot)
            | Kind::TimestampSlot(slot)
            | Kind::DurationSlot(slot) => Some(*slot),
            Kind::Symbol(symbol) => Some(symbol.slot),
            _ => None,
        }
    }

    /// Its code, where it is a condition.
    pub(crate) fn condition(&self) -> Option<BoolCode> {
        match &self.0 {
            Kind::Bool(code) => Some(BoolCode::clone(code)),
            Kind::BoolSlot(slot) => Some(BoolCode::Slot(*slot)),
            _ => None,
        }
    }

    /// Of a symbol, the words it can be.
    pub(crate) fn words(&self) -> Option<&[Arc<str>]> {
        match &self.0 {
            Kind::Symbol(symbol) => Some(&symbol.words),
            _ => None,
        }
    }

    /// The type's name in CEL; a symbol is a string.
    pub(crate) fn type_name(&self) -> &'static str {
        match &self.0 {
            Kind::Constant(value) => value.type_name(),
            Kind::Bool(_) | Kind::BoolSlot(_) => "bool",
            Kind::Int(_) | Kind::IntSlot(_) => "int",
            Kind::Double(_) | Kind::DoubleSlot(_) => "double",
            Kind::String(_) | Kind::StringSlot(_) | Kind::Symbol(_) => "string",
            Kind::Timestamp(_) | Kind::TimestampSlot(_) => "google.protobuf.Timestamp",
            Kind::Duration(_) | Kind::DurationSlot(_) => "google.protobuf.Duration",
        }
    }

    pub(crate) fn is_known<S: Slots + ?Sized>(&self, slots: &S) -> bool {
        match &self.0 {
            Kind::Constant(_) => true,
            Kind::Bool(code) => code.eval(slots).is_some(),
            Kind::Int(code) => code.eval(slots).is_some(),
            Kind::Double(code) => code.eval(slots).is_some(),
            Kind::String(code) => code.eval(slots).is_some(),
            Kind::Symbol(code) => code.word(slots).is_some(),
            Kind::Timestamp(code) => code.eval(slots).is_some(),
            Kind::Duration(code) => code.eval(slots).is_some(),
            Kind::BoolSlot(slot) => slots.boolean(*slot).is_some(),
            Kind::IntSlot(slot) => slots.int(*slot).is_some(),
            Kind::DoubleSlot(slot) => slots.number(*slot).is_some(),
            Kind::StringSlot(slot) => slots.text(*slot).is_some(),
            Kind::TimestampSlot(slot) => slots.time(*slot).is_some(),
            Kind::DurationSlot(slot) => slots.span(*slot).is_some(),
        }
    }

    /// The value of the moment; none when unknown. A symbol is its word.
    pub fn value<S: Slots + ?Sized>(&self, slots: &S) -> Option<Value> {
        let time = |at| Timestamp::from_time(at).map(Value::Timestamp);
        let length =
            |span: model::Span| Value::Duration(SignedDuration::from_millis(span.millis()));
        Some(match &self.0 {
            Kind::Constant(value) => Value::clone(value),
            Kind::Bool(code) => Value::Bool(code.eval(slots)?),
            Kind::Int(code) => Value::Int(code.eval(slots)?),
            Kind::Double(code) => Value::Double(code.eval(slots)?),
            Kind::String(code) => Value::String(code.eval(slots)?.into()),
            Kind::Symbol(code) => Value::String(Arc::clone(code.word(slots)?)),
            Kind::Timestamp(code) => time(code.eval(slots)?)?,
            Kind::Duration(code) => length(code.eval(slots)?),
            Kind::BoolSlot(slot) => Value::Bool(slots.boolean(*slot)?),
            Kind::IntSlot(slot) => Value::Int(slots.int(*slot)?),
            Kind::DoubleSlot(slot) => Value::Double(slots.number(*slot)?),
            Kind::StringSlot(slot) => Value::String(slots.text(*slot)?.into()),
            Kind::TimestampSlot(slot) => time(slots.time(*slot)?)?,
            Kind::DurationSlot(slot) => length(slots.span(*slot)?),
        })
    }

    /// The same as an explanation shows it.
    pub(crate) fn why<S: Slots + ?Sized>(&self, slots: &S, unit: Option<&Arc<str>>) -> WhyValue {
        let length = |span: Option<model::Span>| span.map(|span| span.to_string().into());
        let found = match &self.0 {
            // To the millisecond, which is what readings are timed in: never out of the calendar.
            Kind::Timestamp(code) => code.eval(slots).map(WhyValue::Time),
            Kind::TimestampSlot(slot) => slots.time(*slot).map(WhyValue::Time),
            Kind::Duration(code) => length(code.eval(slots)).map(WhyValue::Text),
            Kind::DurationSlot(slot) => length(slots.span(*slot)).map(WhyValue::Text),
            _ => self.value(slots).map(|value| shown(&value, unit)),
        };
        found.unwrap_or(WhyValue::Unknown)
    }
}

/// A value as an explanation shows it.
fn shown(value: &Value, unit: Option<&Arc<str>>) -> WhyValue {
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
