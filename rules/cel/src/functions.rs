//! CEL's standard functions and extensions, on values. What evaluates its arguments in its own way is a macro's business.

mod encoders;
mod format;
mod lists;
mod math;
mod network;
mod text;
mod time;

pub(crate) use lists::sorted;
pub(crate) use text::{pattern_of, pattern_weight};
pub(crate) use time::{SpanPart, TimePart};

use std::sync::Arc;

use crate::budget::Budget;
use crate::operators::Fault;
use crate::{Value, convert, optional};

/// What may stand before a function's name and a dot without being a value.
pub(crate) const NAMESPACES: [&str; 8] = [
    "math", "strings", "lists", "sets", "base64", "optional", "ip", "regex",
];

/// A function that is called by its name alone.
pub(crate) fn global(name: &str, args: &[Value], budget: &mut Budget) -> Result<Value, Fault> {
    match name.split_once('.') {
        Some(("math", name)) => return math::call(name, args),
        Some(("lists", name)) => return lists::call(name, args, budget),
        Some(("sets", name)) => return lists::sets(name, args, budget),
        Some(("base64", name)) => return encoders::call(name, args),
        Some(("optional", name)) => return optional::call(name, args),
        _ => {}
    }
    if let Some(found) = network::call(name, args) {
        return found;
    }
    match (name, args) {
        (
            "int" | "uint" | "double" | "string" | "bytes" | "bool" | "timestamp" | "duration",
            [value],
        ) => convert::to_type(name, value),
        ("type", [value]) => Ok(Value::Type(value.type_name())),
        ("dyn", [value]) => Ok(value.clone()),
        ("size", [value]) => size(value),
        ("strings.quote", [Value::String(text)]) => Ok(string(text::quoted(text))),
        _ if is_known(name) => Err(no_overload(name, args)),
        _ => Err(Fault::Unknown(name.to_owned())),
    }
}

/// A function that is called after a value and a dot.
pub(crate) fn method(
    receiver: &Value,
    name: &str,
    args: &[Value],
    budget: &mut Budget,
) -> Result<Value, Fault> {
    let result = match receiver {
        _ if name == "size" && args.is_empty() => return size(receiver),
        Value::String(text) => match (name, args) {
            ("format", [Value::List(values)]) => Some(format::format(text, values, budget)),
            _ => text::method(text, name, args, budget),
        },
        Value::List(items) => match name {
            "join" => text::joined(items, args, budget),
            "unwrapOpt" if args.is_empty() => Some(optional::unwrapped(items)),
            _ => lists::method(receiver, items, name, args, budget),
        },
        Value::Optional(value) => optional::method(value.as_ref(), name, args),
        Value::Ip(address) => network::of_address(*address, name, args),
        Value::Cidr(block) => network::of_block(*block, name, args),
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

pub(crate) fn no_overload(name: &str, args: &[Value]) -> Fault {
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
