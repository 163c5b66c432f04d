//! Values that may be missing: what `a.?b` gives, and what can be asked of it.

use std::sync::Arc;

use crate::Value;
use crate::operators::{self, Fault};

/// The value, where there is one.
pub(crate) fn of(value: Option<Value>) -> Value {
    Value::Optional(value.map(Arc::new))
}

/// `optional.name(args)`
pub(crate) fn call(name: &str, args: &[Value]) -> Result<Value, Fault> {
    match (name, args) {
        ("of", [value]) => Ok(of(Some(value.clone()))),
        ("none", []) => Ok(of(None)),
        ("ofNonZeroValue", [value]) => Ok(of((!is_zero(value)).then(|| value.clone()))),
        ("unwrap", [Value::List(items)]) => unwrapped(items),
        _ => Err(crate::functions::no_overload(
            &format!("optional.{name}"),
            args,
        )),
    }
}

/// A method of an optional; none where it has no such method. `or` and its like evaluate their arguments at need,
/// and are the evaluator's.
pub(crate) fn method(
    value: Option<&Arc<Value>>,
    name: &str,
    args: &[Value],
) -> Option<Result<Value, Fault>> {
    Some(match (name, args) {
        ("hasValue", []) => Ok(Value::Bool(value.is_some())),
        ("value", []) => value
            .map(|value| (**value).clone())
            .ok_or_else(|| Fault::Argument("optional.none() has no value".to_owned())),
        _ => return None,
    })
}

/// The values of a list's elements that have one.
pub(crate) fn unwrapped(items: &[Value]) -> Result<Value, Fault> {
    let mut values = Vec::new();
    for item in items {
        match item {
            Value::Optional(value) => values.extend(value.as_ref().map(|value| (**value).clone())),
            other => {
                return Err(Fault::NoOverload(format!(
                    "unwrap of {}",
                    other.type_name()
                )));
            }
        }
    }
    Ok(Value::List(values.into()))
}

/// `of[index]` that may find nothing.
pub(crate) fn element(of_value: &Value, index: &Value) -> Result<Value, Fault> {
    match operators::element(of_value, index) {
        Ok(found) => Ok(of(Some(found))),
        Err(Fault::NoKey(_) | Fault::NoIndex(_)) => Ok(of(None)),
        Err(other) => Err(other),
    }
}

/// Whether a value is its type's default.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null | Value::Optional(None) => true,
        Value::Bool(value) => !value,
        Value::Int(value) => *value == 0,
        Value::Uint(value) => *value == 0,
        Value::Double(value) => *value == 0.0,
        Value::String(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        Value::Duration(span) => span.is_zero(),
        Value::Timestamp(at) => at.since_epoch().is_zero(),
        Value::Type(_) | Value::Optional(Some(_)) | Value::Ip(_) | Value::Cidr(_) => false,
    }
}
