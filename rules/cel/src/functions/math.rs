//! The math extension.

use super::no_overload;
use crate::Value;
use crate::ast::Compare;
use crate::code::Rounding;
use crate::operators::{Fault, compare};

/// `math.name(args)`
pub(super) fn call(name: &str, args: &[Value]) -> Result<Value, Fault> {
    match (name, args) {
        ("greatest", _) => extreme(name, Compare::Greater, args),
        ("least", _) => extreme(name, Compare::Less, args),
        ("abs", [Value::Int(n)]) => n
            .checked_abs()
            .map(Value::Int)
            .ok_or(Fault::Overflow("int")),
        ("abs" | "sign", [Value::Uint(n)]) => {
            Ok(Value::Uint(if name == "abs" { *n } else { (*n).min(1) }))
        }
        ("sign", [Value::Int(n)]) => Ok(Value::Int(n.signum())),
        ("sqrt", [Value::Int(n)]) => Ok(Value::Double((*n as f64).sqrt())),
        ("sqrt", [Value::Uint(n)]) => Ok(Value::Double((*n as f64).sqrt())),
        (_, [Value::Double(n)]) => of_double(name, *n).ok_or_else(|| unknown(name, args)),
        (_, [Value::Int(a), Value::Int(b)]) => {
            of_ints(name, *a, *b).unwrap_or_else(|| Err(unknown(name, args)))
        }
        (_, [Value::Uint(a), Value::Uint(b)]) => {
            let bits = bitwise(name, *a, *b).map(Value::Uint);
            bits.ok_or_else(|| unknown(name, args))
        }
        ("bitShiftLeft" | "bitShiftRight", [Value::Uint(a), Value::Int(by)]) => {
            shifted(name == "bitShiftLeft", *a, *by).map(Value::Uint)
        }
        ("bitNot", [Value::Int(n)]) => Ok(Value::Int(!n)),
        ("bitNot", [Value::Uint(n)]) => Ok(Value::Uint(!n)),
        _ => Err(unknown(name, args)),
    }
}

fn of_double(name: &str, n: f64) -> Option<Value> {
    let how = match name {
        "abs" => Rounding::Abs,
        "ceil" => Rounding::Ceil,
        "floor" => Rounding::Floor,
        "round" => Rounding::Round,
        "trunc" => Rounding::Trunc,
        "sqrt" => return Some(Value::Double(n.sqrt())),
        "sign" if n == 0.0 || n.is_nan() => return Some(Value::Double(n)),
        "sign" => return Some(Value::Double(n.signum())),
        "isNaN" => return Some(Value::Bool(n.is_nan())),
        "isInf" => return Some(Value::Bool(n.is_infinite())),
        "isFinite" => return Some(Value::Bool(n.is_finite())),
        _ => return None,
    };
    Some(Value::Double(how.of(n)))
}

fn of_ints(name: &str, a: i64, b: i64) -> Option<Result<Value, Fault>> {
    let bits = |n: i64| n.cast_unsigned();
    match name {
        "bitShiftLeft" | "bitShiftRight" => {
            let moved = shifted(name == "bitShiftLeft", bits(a), b);
            Some(moved.map(|moved| Value::Int(moved.cast_signed())))
        }
        _ => bitwise(name, bits(a), bits(b)).map(|found| Ok(Value::Int(found.cast_signed()))),
    }
}

fn bitwise(name: &str, a: u64, b: u64) -> Option<u64> {
    Some(match name {
        "bitAnd" => a & b,
        "bitOr" => a | b,
        "bitXor" => a ^ b,
        _ => return None,
    })
}

/// Bits moved out are lost, whatever the sign; 64 places or more leave nothing.
fn shifted(left: bool, bits: u64, by: i64) -> Result<u64, Fault> {
    let by = u32::try_from(by.min(64)).map_err(|_| Fault::Argument(format!("a shift by {by}")))?;
    let moved = if left {
        bits.checked_shl(by)
    } else {
        bits.checked_shr(by)
    };
    Ok(moved.unwrap_or(0))
}

/// The greatest or least of the arguments, or of the one list among them.
fn extreme(name: &str, op: Compare, args: &[Value]) -> Result<Value, Fault> {
    let of = match args {
        [Value::List(items)] => items,
        args => args,
    };
    let numbers = of
        .iter()
        .all(|value| matches!(value, Value::Int(_) | Value::Uint(_) | Value::Double(_)));
    let (Some(first), true) = (of.first(), numbers) else {
        return Err(unknown(name, args));
    };
    let mut best = first;
    for value in of {
        if compare(op, value, best)? {
            best = value;
        }
    }
    Ok(best.clone())
}

fn unknown(name: &str, args: &[Value]) -> Fault {
    no_overload(&format!("math.{name}"), args)
}
