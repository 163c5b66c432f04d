//! One measured or reported value.

use std::fmt;
use std::sync::Arc;

use crate::Time;

/// What a field can hold. The catalog gives every field one of these types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ValueType {
    /// A 64-bit float; never NaN, never infinite.
    F64,
    /// True or false.
    Bool,
    /// One word of the list the catalog gives for the field.
    Symbol,
    /// Free text.
    Text,
    /// A point in time.
    Time,
}

impl fmt::Display for ValueType {
    /// As the catalog writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F64 => "number",
            Self::Bool => "bool",
            Self::Symbol => "symbol",
            Self::Text => "text",
            Self::Time => "time",
        })
    }
}

/// A known value. Absence is `Option<Value>`: unknown is never a value.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A finite number in the field's unit.
    F64(f64),
    /// True or false.
    Bool(bool),
    /// An index into the field's own `symbols`.
    Symbol(u16),
    /// Free text.
    Text(Arc<str>),
    /// A point in time.
    Time(Time),
}

impl Value {
    /// The type of this value.
    pub fn value_type(&self) -> ValueType {
        match self {
            Self::F64(_) => ValueType::F64,
            Self::Bool(_) => ValueType::Bool,
            Self::Symbol(_) => ValueType::Symbol,
            Self::Text(_) => ValueType::Text,
            Self::Time(_) => ValueType::Time,
        }
    }
}
