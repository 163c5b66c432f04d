//! Units of numbers, as UCUM codes. A number without one (a plain literal) goes with every unit; two different ones never meet.

use std::sync::Arc;

use crate::ast::Arithmetic;

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
