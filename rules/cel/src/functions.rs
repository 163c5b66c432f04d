//! CEL's standard functions and the string and math extensions, on values.

mod math;
mod text;
mod time;

pub(crate) use text::pattern_of;
pub(crate) use time::{SpanPart, TimePart};

use std::sync::Arc;

use crate::operators::Fault;
use crate::{Value, convert};

/// What may stand before a function's name and a dot without being a value.
pub(crate) const NAMESPACES: [&str; 2] = ["math", "strings"];

/// A function that is called by its name alone.
pub(crate) fn global(name: &str, args: &[Value]) -> Result<Value, Fault> {
    if let Some(function) = name.strip_prefix("math.") {
        return math::call(function, args);
    }
    match (name, args) {
        (
            "int" | "uint" | "double" | "string" | "bytes" | "bool" | "timestamp" | "duration",
            [value],
        ) => convert::to_type(name, value),
        ("type", [value]) => Ok(Value::Type(value.type_name())),
        ("dyn", [value]) => Ok(value.clone()),
        ("size", [value]) => size(value),
        ("matches", [Value::String(text), Value::String(pattern)]) => text::matches(text, pattern),
        ("strings.quote", [Value::String(text)]) => {
            Ok(string(Value::String(Arc::clone(text)).to_string()))
        }
        _ if is_known(name) => Err(no_overload(name, args)),
        _ => Err(Fault::Unknown(name.to_owned())),
    }
}

/// A function that is called after a value and a dot.
pub(crate) fn method(receiver: &Value, name: &str, args: &[Value]) -> Result<Value, Fault> {
    let result = match receiver {
        _ if name == "size" && args.is_empty() => return size(receiver),
        Value::String(value) => text::method(value, name, args),
        Value::List(items) => text::joined(items, name, args),
        Value::Timestamp(at) => time::field(*at, name, args),
        Value::Duration(span) => time::whole_units(*span, name, args),
        _ => None,
    };
    result.unwrap_or_else(|| {
        Err(Fault::NoOverload(format!(
            "{}.{name}({})",
            receiver.type_name(),
            types(args)
        )))
    })
}

fn is_known(name: &str) -> bool {
    matches!(
        name,
        "int"
            | "uint"
            | "double"
            | "string"
            | "bytes"
            | "bool"
            | "timestamp"
            | "duration"
            | "type"
            | "dyn"
            | "size"
            | "matches"
            | "strings.quote"
            | "has"
    )
}

fn size(value: &Value) -> Result<Value, Fault> {
    let size = convert::size(value).map(Value::Int);
    size.ok_or_else(|| no_overload("size", std::slice::from_ref(value)))
}

fn no_overload(name: &str, args: &[Value]) -> Fault {
    Fault::NoOverload(format!("{name}({})", types(args)))
}

fn types(args: &[Value]) -> String {
    args.iter()
        .map(Value::type_name)
        .collect::<Vec<_>>()
        .join(", ")
}

fn string(text: impl Into<Arc<str>>) -> Value {
    Value::String(text.into())
}
