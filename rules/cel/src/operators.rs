//! What the operators mean, once: on scalars for typed programs, on [`Value`]s for constant parts.

use std::cmp::Ordering;

use jiff::SignedDuration;

use crate::ast::{Arithmetic, Compare};
use crate::value::MapKey;
use crate::{Value, convert};

/// Why an operation has no value.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// An integer divided by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// The remainder of an integer by zero.
    #[error("modulus by zero")]
    ModulusByZero,
    /// A result outside its type's range.
    #[error("{0} overflow")]
    Overflow(&'static str),
    /// The same with the operation: `7 * 9223372036854775807`.
    #[error("{0} overflow: {1}")]
    OverflowOf(&'static str, String),
    /// An operator or function with operands it is not defined for.
    #[error("no such overload: {0}")]
    NoOverload(String),
    /// A value that has no counterpart in a type.
    #[error("{0} cannot be converted to {1}")]
    Conversion(String, String),
    /// A name without a value.
    #[error("undeclared reference to '{0}'")]
    Unknown(String),
    /// A map without the key.
    #[error("no such key: {0}")]
    NoKey(String),
    /// A list without the element.
    #[error("index out of range: {0}")]
    NoIndex(String),
    /// An argument the function does not take.
    #[error("invalid argument: {0}")]
    Argument(String),
    /// More work or larger values than one evaluation may take.
    #[error(
        "the evaluation was stopped: its work and its values may not take more than {} steps",
        crate::budget::STEPS
    )]
    Exhausted,
}

/// Int arithmetic: exact or a fault.
pub(crate) fn int_arithmetic(op: Arithmetic, a: i64, b: i64) -> Result<i64, Fault> {
    match op {
        Arithmetic::Divide if b == 0 => return Err(Fault::DivisionByZero),
        Arithmetic::Remainder if b == 0 => return Err(Fault::ModulusByZero),
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Remainder => a.checked_rem(b),
    }
    .ok_or(Fault::Overflow("int"))
}

fn uint_arithmetic(op: Arithmetic, a: u64, b: u64) -> Result<u64, Fault> {
    match op {
        Arithmetic::Divide if b == 0 => return Err(Fault::DivisionByZero),
        Arithmetic::Remainder if b == 0 => return Err(Fault::ModulusByZero),
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Remainder => a.checked_rem(b),
    }
    .ok_or(Fault::Overflow("uint"))
}

/// Double arithmetic after IEEE 754; CEL has no remainder of doubles.
#[inline]
pub(crate) fn double_arithmetic(op: Arithmetic, a: f64, b: f64) -> Option<f64> {
    match op {
        Arithmetic::Add => Some(a + b),
        Arithmetic::Subtract => Some(a - b),
        Arithmetic::Multiply => Some(a * b),
        Arithmetic::Divide => Some(a / b),
        Arithmetic::Remainder => None,
    }
}

/// Arithmetic between values. Only operands of one type meet, except in time arithmetic.
pub(crate) fn arithmetic(op: Arithmetic, a: &Value, b: &Value) -> Result<Value, Fault> {
    use Arithmetic::{Add, Subtract};
    match (op, a, b) {
        (_, Value::Int(a), Value::Int(b)) => int_arithmetic(op, *a, *b).map(Value::Int),
        (_, Value::Uint(a), Value::Uint(b)) => uint_arithmetic(op, *a, *b).map(Value::Uint),
        (_, Value::Double(x), Value::Double(y)) => double_arithmetic(op, *x, *y)
            .map(Value::Double)
            .ok_or_else(|| no_overload(op.as_str(), a, b)),
        (Add, Value::String(a), Value::String(b)) => {
            Ok(Value::String([&**a, &**b].concat().into()))
        }
        (Add, Value::Bytes(a), Value::Bytes(b)) => Ok(Value::Bytes([&**a, &**b].concat().into())),
        (Add, Value::List(a), Value::List(b)) => Ok(Value::List([&**a, &**b].concat().into())),
        (Add, Value::Timestamp(at), Value::Duration(span))
        | (Add, Value::Duration(span), Value::Timestamp(at)) => {
            let sum = at.checked_add(*span);
            sum.map(Value::Timestamp)
                .ok_or(Fault::Overflow("timestamp"))
        }
        (Subtract, Value::Timestamp(at), Value::Duration(span)) => {
            let earlier = span.checked_neg().and_then(|back| at.checked_add(back));
            earlier
                .map(Value::Timestamp)
                .ok_or(Fault::Overflow("timestamp"))
        }
        (Subtract, Value::Timestamp(a), Value::Timestamp(b)) => {
            // cel-spec counts the time between two points in 64 bits of nanoseconds: some 292 years.
            let between = a.since_epoch().checked_sub(b.since_epoch());
            span_in_range(between.filter(|span| i64::try_from(span.as_nanos()).is_ok()))
        }
        (Add, Value::Duration(a), Value::Duration(b)) => span_in_range(a.checked_add(*b)),
        (Subtract, Value::Duration(a), Value::Duration(b)) => span_in_range(a.checked_sub(*b)),
        _ => Err(no_overload(op.as_str(), a, b)),
    }
}

fn span_in_range(span: Option<SignedDuration>) -> Result<Value, Fault> {
    let span = span.and_then(convert::in_range);
    span.map(Value::Duration).ok_or(Fault::Overflow("duration"))
}

/// `-a`
pub(crate) fn negate(a: &Value) -> Result<Value, Fault> {
    match a {
        Value::Int(a) => a
            .checked_neg()
            .map(Value::Int)
            .ok_or(Fault::Overflow("int")),
        Value::Double(a) => Ok(Value::Double(-a)),
        _ => Err(Fault::NoOverload(format!("-{}", a.type_name()))),
    }
}

/// `==`, `<` and their like between values. Numbers compare by value whatever their types; other types only with their own.
pub(crate) fn compare(op: Compare, a: &Value, b: &Value) -> Result<bool, Fault> {
    if !op.is_order() {
        return Ok(equal(a, b) == (op == Compare::Equal));
    }
    match order(a, b) {
        Ok(found) => Ok(found.is_some_and(|found| op.holds(&found, &Ordering::Equal))),
        Err(Incomparable) => Err(no_overload(op.as_str(), a, b)),
    }
}

/// CEL's equality: false between types that are not both numbers.
pub(crate) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            let same = |(key, value)| b.get(key).is_some_and(|other| equal(value, other));
            a.len() == b.len() && a.iter().all(same)
        }
        (Value::Null, Value::Null) => true,
        (Value::Type(a), Value::Type(b)) => a == b,
        (Value::Optional(a), Value::Optional(b)) => match (a, b) {
            (Some(a), Some(b)) => equal(a, b),
            (a, b) => a.is_none() && b.is_none(),
        },
        (Value::Ip(a), Value::Ip(b)) => a == b,
        (Value::Cidr(a), Value::Cidr(b)) => a == b,
        _ => matches!(order(a, b), Ok(Some(Ordering::Equal))),
    }
}

/// Two types that have no order between them.
struct Incomparable;

/// The order of two values; none where one is NaN.
fn order(a: &Value, b: &Value) -> Result<Option<Ordering>, Incomparable> {
    if let (Some(a), Some(b)) = (integer(a), integer(b)) {
        return Ok(Some(a.cmp(&b)));
    }
    Ok(match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bytes(a), Value::Bytes(b)) => Some(a.cmp(b)),
        (Value::Timestamp(a), Value::Timestamp(b)) => Some(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
        (a, Value::Double(b)) => order_integer(integer(a).ok_or(Incomparable)?, *b),
        (Value::Double(a), b) => {
            order_integer(integer(b).ok_or(Incomparable)?, *a).map(Ordering::reverse)
        }
        _ => return Err(Incomparable),
    })
}

fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Int(n) => Some(i128::from(*n)),
        Value::Uint(n) => Some(i128::from(*n)),
        _ => None,
    }
}

/// The order of a 64-bit integer and a double: that of the double nearest to the integer, as cel-spec's cases have it.
pub(crate) fn order_integer(a: i128, b: f64) -> Option<Ordering> {
    (a as f64).partial_cmp(&b)
}

fn no_overload(op: &str, a: &Value, b: &Value) -> Fault {
    Fault::NoOverload(format!("{} {op} {}", a.type_name(), b.type_name()))
}

/// `a in b`
pub(crate) fn contained(a: &Value, b: &Value) -> Result<bool, Fault> {
    match b {
        Value::List(items) => Ok(items.iter().any(|item| equal(a, item))),
        Value::Map(entries) => Ok(MapKey::of(a).is_some_and(|key| entries.contains_key(&key))),
        _ => Err(no_overload("in", a, b)),
    }
}

/// `of[index]`
pub(crate) fn element(of: &Value, index: &Value) -> Result<Value, Fault> {
    match of {
        Value::List(items) => {
            let place = match MapKey::of(index) {
                Some(MapKey::Int(place)) => usize::try_from(place).ok(),
                Some(MapKey::Uint(place)) => usize::try_from(place).ok(),
                _ => return Err(no_overload("[]", of, index)),
            };
            let item = place.and_then(|place| items.get(place));
            item.cloned()
                .ok_or_else(|| Fault::NoIndex(index.to_string()))
        }
        Value::Map(entries) => {
            let found = MapKey::of(index).and_then(|key| entries.get(&key));
            found
                .cloned()
                .ok_or_else(|| Fault::NoKey(index.to_string()))
        }
        _ => Err(no_overload("[]", of, index)),
    }
}
