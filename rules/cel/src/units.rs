//! Units of numbers, as UCUM codes. A number without one (a plain literal) goes with every unit; two of one dimension
//! are brought to one, at load where a side is constant; two of different dimensions never meet.

use std::sync::Arc;

use crate::ast::Arithmetic;
use crate::check::Checked;
use crate::code::{Code, DoubleCode};
use crate::{Value, scale};

/// Two units that cannot meet in this operation.
#[derive(Debug)]
pub(crate) struct Mismatch;

/// The unit both sides are in.
pub(crate) fn same<'a>(
    a: Option<&'a Arc<str>>,
    b: Option<&'a Arc<str>>,
) -> Result<Option<&'a Arc<str>>, Mismatch> {
    match (a, b) {
        (Some(a), Some(b)) if a != b => Err(Mismatch),
        (a, b) => Ok(a.or(b)),
    }
}

/// The unit of a result. The product or quotient of two units is left without one rather than guessed.
pub(crate) fn of_result(
    op: Arithmetic,
    a: Option<&Arc<str>>,
    b: Option<&Arc<str>>,
) -> Result<Option<Arc<str>>, Mismatch> {
    match op {
        Arithmetic::Add | Arithmetic::Subtract | Arithmetic::Remainder => Ok(same(a, b)?.cloned()),
        Arithmetic::Multiply if a.is_none() || b.is_none() => Ok(a.or(b).cloned()),
        Arithmetic::Divide if b.is_none() => Ok(a.cloned()),
        Arithmetic::Multiply | Arithmetic::Divide => Ok(None),
    }
}

/// Both sides in one unit, where they are of one dimension; as they were where they are not. A constant takes the unit of
/// what is measured, so that nothing is left to do at evaluation.
pub(crate) fn aligned(a: Checked, b: Checked) -> (Checked, Checked) {
    let (Some(of_a), Some(of_b)) = (a.unit.clone(), b.unit.clone()) else {
        return (a, b);
    };
    if of_a == of_b {
        return (a, b);
    }
    if a.value().is_some() && b.value().is_none() {
        (converted(a, &of_b), b)
    } else {
        (a, converted(b, &of_a))
    }
}

/// The same amount in another unit; as it was where the two have no common measure.
pub(crate) fn converted(of: Checked, unit: &Arc<str>) -> Checked {
    let factor = of.unit.as_ref().and_then(|from| scale::between(from, unit));
    let Some((over, under)) = factor else {
        return of;
    };
    let times = |of: Arc<DoubleCode>| {
        let factor = Arc::new(DoubleCode::Constant(over / under));
        Code::Double(Arc::new(DoubleCode::Arithmetic {
            op: Arithmetic::Multiply,
            a: of,
            b: factor,
        }))
    };
    let code = match &of.code {
        Code::Constant(Value::Double(value)) => Code::Constant(Value::Double(value * over / under)),
        Code::Constant(Value::Int(value)) => {
            Code::Constant(Value::Double(*value as f64 * over / under))
        }
        Code::Double(code) => times(Arc::clone(code)),
        Code::Int(code) => times(Arc::new(DoubleCode::OfInt(Arc::clone(code)))),
        _ => return of,
    };
    Checked {
        code,
        unit: Some(Arc::clone(unit)),
        parts: of.parts,
    }
}

/// What two units that cannot meet measure, and what to write in place of one.
pub(crate) fn mismatch_help(a: Option<&str>, b: Option<&str>) -> String {
    let (Some(a), Some(b)) = (a, b) else {
        return "write both in one unit".to_owned();
    };
    if [a, b].contains(&"Cel") && [a, b].contains(&"K") {
        return "degrees Celsius and kelvin have different zeros: write both in Cel".to_owned();
    }
    match (scale::name(a), scale::name(b)) {
        (Some(of_a), Some(of_b)) if of_a != of_b => {
            format!(
                "{a} measures {of_a} and {b} {of_b}: write {of_a} in both places, such as unit(1.0, '{a}')"
            )
        }
        _ => format!("write both in one unit, such as unit(1.0, '{a}')"),
    }
}

/// Whether a code is one.
pub(crate) fn is_known(code: &str) -> bool {
    model::units::is_unit(code) || scale::is_read(code)
}
