//! Functions of lists, and of lists as sets.

use std::cmp::Ordering;
use std::sync::Arc;

use super::no_overload;
use crate::Value;
use crate::ast::Compare;
use crate::budget::Budget;
use crate::operators::{Fault, compare, equal};

type Result<T = Value> = std::result::Result<T, Fault>;

/// Elements that are compared with each other in the time of a step.
const COMPARED_AT_ONCE: u64 = 8;

/// `lists.name(args)`
pub(super) fn call(name: &str, args: &[Value], budget: &mut Budget) -> Result {
    match (name, args) {
        ("range", [Value::Int(n)]) => {
            let count = usize::try_from(*n)
                .map_err(|_| Fault::Argument(format!("a list of {n} elements")))?;
            budget.spend(count)?;
            Ok(Value::List((0..*n).map(Value::Int).collect()))
        }
        _ => Err(no_overload(&format!("lists.{name}"), args)),
    }
}

/// `sets.name(args)`
pub(super) fn sets(name: &str, args: &[Value], budget: &mut Budget) -> Result {
    let [Value::List(a), Value::List(b)] = args else {
        return Err(no_overload(&format!("sets.{name}"), args));
    };
    pay_for_pairs(&args[0], b.len() as u64, budget)?;
    pay_for_pairs(&args[1], a.len() as u64, budget)?;
    let within = |part: &[Value], whole: &[Value]| part.iter().all(|item| found(item, whole));
    Ok(Value::Bool(match name {
        "contains" => within(b, a),
        "equivalent" => within(a, b) && within(b, a),
        "intersects" => a.iter().any(|item| found(item, b)),
        _ => return Err(no_overload(&format!("sets.{name}"), args)),
    }))
}

/// Pays for comparing all of a list with so many other values.
fn pay_for_pairs(list: &Value, times: u64, budget: &mut Budget) -> Result<()> {
    let once = budget.walk(list)?;
    budget
        .spend(usize::try_from(once.saturating_mul(times) / COMPARED_AT_ONCE).unwrap_or(usize::MAX))
}

fn found(sought: &Value, items: &[Value]) -> bool {
    items.iter().any(|item| equal(sought, item))
}

/// A method of a list; none where it has no such method.
pub(super) fn method(
    list: &Value,
    items: &Arc<[Value]>,
    name: &str,
    args: &[Value],
    budget: &mut Budget,
) -> Option<Result> {
    let optional = |item: Option<&Value>| Ok(Value::Optional(item.cloned().map(Arc::new)));
    Some(match (name, args) {
        ("slice", [Value::Int(from), Value::Int(to)]) => slice(items, *from, *to),
        ("flatten", []) => flattened(items, 1, budget),
        ("flatten", [Value::Int(depth)]) => match usize::try_from(*depth) {
            Ok(depth) => flattened(items, depth, budget),
            Err(_) => Err(Fault::Argument(format!("flattening by {depth} levels"))),
        },
        ("sort", []) => sorted(items, items, budget),
        ("distinct", []) => distinct(list, items, budget),
        ("reverse", []) => Ok(Value::List(items.iter().rev().cloned().collect())),
        ("first", []) => optional(items.first()),
        ("last", []) => optional(items.last()),
        _ => return None,
    })
}

fn slice(items: &[Value], from: i64, to: i64) -> Result {
    let place = |at: i64| usize::try_from(at).ok();
    let part = place(from)
        .zip(place(to))
        .and_then(|(from, to)| items.get(from..to));
    part.map(|part| Value::List(part.into())).ok_or_else(|| {
        let size = items.len();
        Fault::NoIndex(format!("{from}..{to} of a list of {size}"))
    })
}

fn flattened(items: &[Value], depth: usize, budget: &mut Budget) -> Result {
    let mut out = Vec::new();
    flatten_into(&mut out, items, depth, budget)?;
    Ok(Value::List(out.into()))
}

/// Recursion is bounded by how deep an expression can nest lists.
fn flatten_into(
    out: &mut Vec<Value>,
    items: &[Value],
    depth: usize,
    budget: &mut Budget,
) -> Result<()> {
    budget.spend(items.len())?;
    for item in items {
        match item {
            Value::List(inner) if depth > 0 => flatten_into(out, inner, depth - 1, budget)?,
            other => out.push(other.clone()),
        }
    }
    Ok(())
}

/// The elements in the order of their keys, which are as many and of one type with an order. Equal keys keep their order.
pub(crate) fn sorted(items: &[Value], keys: &[Value], budget: &mut Budget) -> Result {
    for key in keys {
        let steps = budget.walk(key)?;
        budget.spend(steps as usize * (items.len().ilog2() as usize))?;
        let (first, other) = (keys[0].type_name(), key.type_name());
        if first != other {
            return Err(Fault::NoOverload(format!("sort of {first} and {other}")));
        }
        // Even a single element must have an order.
        compare(Compare::Less, key, key)
            .map_err(|_| Fault::NoOverload(format!("sort of {other}")))?;
    }
    let mut order: Vec<usize> = (0..items.len()).collect();
    let less = |a: &Value, b: &Value| compare(Compare::Less, a, b).unwrap_or(false);
    order.sort_by(|a, b| match (&keys[*a], &keys[*b]) {
        // NaN has no order: it stands behind everything.
        (Value::Double(x), Value::Double(y)) if x.is_nan() || y.is_nan() => {
            x.is_nan().cmp(&y.is_nan())
        }
        (x, y) if less(x, y) => Ordering::Less,
        (x, y) if less(y, x) => Ordering::Greater,
        _ => Ordering::Equal,
    });
    let in_order = order.into_iter().map(|place| items[place].clone());
    Ok(Value::List(in_order.collect()))
}

fn distinct(list: &Value, items: &[Value], budget: &mut Budget) -> Result {
    pay_for_pairs(list, items.len() as u64, budget)?;
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if !found(item, &kept) {
            kept.push(item.clone());
        }
    }
    Ok(Value::List(kept.into()))
}
