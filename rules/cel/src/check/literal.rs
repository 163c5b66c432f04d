//! Constants as typed code, and help that shows how a number would have to be written.

use std::sync::Arc;

use jiff::SignedDuration;
use model::Span;

use super::Checked;
use crate::Value;
use crate::ast::Expr;
use crate::code::{BoolCode, Code, DoubleCode, IntCode, SpanCode, TextCode, TimeCode};

/// Whether a time or a length of time is one of whole milliseconds, which is what readings are timed in.
pub(super) fn is_whole(value: &Value) -> bool {
    let length = match value {
        Value::Timestamp(at) => at.since_epoch(),
        Value::Duration(length) => *length,
        _ => return true,
    };
    length.subsec_nanos() % 1_000_000 == 0
}

/// A constant's milliseconds.
fn span_of(length: SignedDuration) -> Option<Span> {
    i64::try_from(length.as_millis())
        .ok()
        .map(Span::from_millis)
}

impl Code {
    /// The type's name in CEL, `symbol` for one word out of a few.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Symbol(_) => "symbol",
            Self::Timestamp(_) | Self::Constant(Value::Timestamp(_)) => "timestamp",
            Self::Duration(_) | Self::Constant(Value::Duration(_)) => "duration",
            Self::Constant(value) => value.type_name(),
        }
    }

    pub(crate) fn as_bool(&self) -> Option<Arc<BoolCode>> {
        match self {
            Self::Bool(code) => Some(Arc::clone(code)),
            Self::Constant(Value::Bool(value)) => Some(Arc::new(BoolCode::Constant(*value))),
            _ => None,
        }
    }

    pub(crate) fn as_int(&self) -> Option<Arc<IntCode>> {
        match self {
            Self::Int(code) => Some(Arc::clone(code)),
            Self::Constant(Value::Int(value)) => Some(Arc::new(IntCode::Constant(*value))),
            _ => None,
        }
    }

    pub(crate) fn as_double(&self) -> Option<Arc<DoubleCode>> {
        match self {
            Self::Double(code) => Some(Arc::clone(code)),
            Self::Constant(Value::Double(value)) => Some(Arc::new(DoubleCode::Constant(*value))),
            _ => None,
        }
    }

    /// A string, or a symbol as its word.
    pub(crate) fn as_text(&self) -> Option<Arc<TextCode>> {
        match self {
            Self::String(code) => Some(Arc::clone(code)),
            Self::Symbol(symbol) => Some(Arc::new(TextCode::Word(Arc::clone(symbol)))),
            Self::Constant(Value::String(text)) => {
                Some(Arc::new(TextCode::Constant(Arc::clone(text))))
            }
            _ => None,
        }
    }

    pub(crate) fn as_time(&self) -> Option<Arc<TimeCode>> {
        match self {
            Self::Timestamp(code) => Some(Arc::clone(code)),
            Self::Constant(Value::Timestamp(at)) => {
                Some(Arc::new(TimeCode::Constant(at.to_time())))
            }
            _ => None,
        }
    }

    pub(crate) fn as_span(&self) -> Option<Arc<SpanCode>> {
        match self {
            Self::Duration(code) => Some(Arc::clone(code)),
            Self::Constant(Value::Duration(length)) => {
                Some(Arc::new(SpanCode::Constant(span_of(*length)?)))
            }
            _ => None,
        }
    }
}

/// How an int or uint would be written to go with other numbers; none for what is neither.
pub(super) fn to_double_help((expr, checked): &(&Expr, Checked)) -> Option<String> {
    match &checked.code {
        Code::Constant(Value::Int(n)) => Some(format!("write `{n}.0`")),
        Code::Constant(Value::Uint(n)) => Some(format!("write `{n}` or `{n}.0`")),
        Code::Int(_) => Some(format!("write `double({})`", expr.text())),
        _ => None,
    }
}

pub(super) fn same_type_help(a: &Checked, b: &Checked) -> String {
    let names = [a, b].map(|side| side.code.type_name());
    if names.contains(&"int") && names.contains(&"double") {
        "convert the int with `double(…)`, or write it with `.0`".to_owned()
    } else {
        "convert one of them".to_owned()
    }
}
