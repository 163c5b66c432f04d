//! `+ - * / %` and the sign: numbers of one type, texts joined, times and lengths of time.

use std::sync::Arc;

use super::{Checked, Checker, always_fails, describe, literal};
use crate::ast::{Arithmetic, Expr};
use crate::code::{Code, DoubleCode, IntCode, SpanCode, TextCode, TimeCode};
use crate::problem::{Problem, codes};
use crate::{Value, operators, units};

impl Checker<'_> {
    pub(super) fn arithmetic(
        &mut self,
        expr: &Expr,
        op: Arithmetic,
        (a, of_a): (&Expr, Checked),
        (b, of_b): (&Expr, Checked),
    ) -> Option<Checked> {
        let (of_a, of_b) = match op {
            Arithmetic::Multiply => (of_a, of_b),
            _ => units::aligned(of_a, of_b),
        };
        let (a, b) = ((a, of_a), (b, of_b));
        let Ok(unit) = units::of_result(op, a.1.unit.as_ref(), b.1.unit.as_ref()) else {
            return self.unit_mismatch(expr, (a.0, &a.1), (b.0, &b.1));
        };
        if op == Arithmetic::Divide && !self.wants_whole && loses_a_share(&a.1.code, &b.1.code) {
            self.scope.divides_whole(expr);
        }
        let code = match (a.1.value(), b.1.value()) {
            _ if is_mixed(&a.1.code, &b.1.code) => return self.mixed(expr, op, &a, &b),
            (Some(x), Some(y)) => self.folded(expr, operators::arithmetic(op, x, y))?,
            _ => match typed(op, &a.1.code, &b.1.code) {
                Some(code) => code,
                None => return self.no_arithmetic(expr, op, &a, &b),
            },
        };
        Some(Checked {
            unit: unit.clone(),
            ..Checked::over(expr, code, unit, vec![a.1.parts, b.1.parts])
        })
    }

    pub(super) fn negate(&mut self, expr: &Expr, inner: &Expr) -> Option<Checked> {
        let checked = self.check(inner)?;
        let code = match &checked.code {
            Code::Constant(value) => self.folded(expr, operators::negate(value))?,
            Code::Int(code) => Code::Int(Arc::new(IntCode::Negate(Arc::clone(code)))),
            Code::Double(code) => Code::Double(Arc::new(DoubleCode::Negate(Arc::clone(code)))),
            _ => {
                let message = format!("{}; only a number has a sign", describe(inner, &checked));
                return self.problem(Problem::new(codes::TYPE, expr.span(), message));
            }
        };
        let unit = checked.unit;
        Some(Checked {
            unit: unit.clone(),
            ..Checked::over(expr, code, unit, vec![checked.parts])
        })
    }

    /// A constant result; a fault and a number that is not finite are mistakes, since they would be unknown for ever.
    pub(super) fn folded(
        &mut self,
        expr: &Expr,
        result: Result<Value, operators::Fault>,
    ) -> Option<Code> {
        match result {
            Ok(Value::Double(value)) if !value.is_finite() => {
                let message = format!("`{}` has no value: it is not a finite number", expr.text());
                self.problem(Problem::new(codes::ALWAYS_FAILS, expr.span(), message))
            }
            Ok(value) => Some(Code::Constant(value)),
            Err(fault) => self.problem(always_fails(expr, &fault)),
        }
    }

    fn mixed<T>(
        &mut self,
        expr: &Expr,
        op: Arithmetic,
        a: &(&Expr, Checked),
        b: &(&Expr, Checked),
    ) -> Option<T> {
        let message = format!(
            "{} and {}: `{}` does not mix them",
            describe(a.0, &a.1),
            describe(b.0, &b.1),
            op.as_str()
        );
        // A literal is easier to mend than what it meets.
        let (a, b) = if a.1.value().is_some() {
            (a, b)
        } else {
            (b, a)
        };
        let help = literal::to_double_help(a).or_else(|| literal::to_double_help(b));
        let mut problem = Problem::new(codes::MIXED_ARITHMETIC, expr.span(), message);
        problem.help = help;
        self.problem(problem)
    }

    fn no_arithmetic<T>(
        &mut self,
        expr: &Expr,
        op: Arithmetic,
        a: &(&Expr, Checked),
        b: &(&Expr, Checked),
    ) -> Option<T> {
        let message = format!(
            "{} and {}: `{}` is not defined for them",
            describe(a.0, &a.1),
            describe(b.0, &b.1),
            op.as_str()
        );
        let mut problem = Problem::new(codes::TYPE, expr.span(), message);
        if op == Arithmetic::Remainder && a.1.code.as_double().is_some() {
            problem.help = Some("remainders are of ints: convert with `int(…)`".to_owned());
        }
        let lengths = |side: &Checked| {
            let constant = matches!(side.code, Code::Constant(Value::Duration(_)));
            constant || matches!(side.code, Code::Duration(_))
        };
        if op == Arithmetic::Multiply && (lengths(&a.1) || lengths(&b.1)) {
            problem.help = Some(
                "a length of time is no number: write its seconds, as in unit(7200.0, 's')"
                    .to_owned(),
            );
        }
        self.problem(problem)
    }
}

/// Whether what is left over of a division is dropped, as far as can be told.
fn loses_a_share(a: &Code, b: &Code) -> bool {
    match (a, b) {
        (Code::Constant(Value::Int(a)), Code::Constant(Value::Int(b))) => {
            a.checked_rem(*b).is_some_and(|rest| rest != 0)
        }
        _ => a.type_name() == "int" && b.type_name() == "int",
    }
}

fn is_mixed(a: &Code, b: &Code) -> bool {
    let number = |code: &Code| matches!(code.type_name(), "int" | "uint" | "double");
    number(a) && number(b) && a.type_name() != b.type_name()
}

fn typed(op: Arithmetic, a: &Code, b: &Code) -> Option<Code> {
    if let (Some(a), Some(b)) = (a.as_int(), b.as_int()) {
        return Some(Code::Int(Arc::new(IntCode::Arithmetic { op, a, b })));
    }
    if let (Some(a), Some(b)) = (a.as_double(), b.as_double()) {
        let defined = op != Arithmetic::Remainder;
        return defined.then(|| Code::Double(Arc::new(DoubleCode::Arithmetic { op, a, b })));
    }
    if let (Arithmetic::Add, Some(a), Some(b)) = (op, a.as_text(), b.as_text()) {
        return Some(Code::String(Arc::new(TextCode::Join(a, b))));
    }
    times(op, a, b)
}

fn times(op: Arithmetic, a: &Code, b: &Code) -> Option<Code> {
    let time = |code| Some(Code::Timestamp(Arc::new(code)));
    let span = |code| Some(Code::Duration(Arc::new(code)));
    match (op, a.as_time(), a.as_span(), b.as_time(), b.as_span()) {
        (Arithmetic::Add, Some(at), _, _, Some(by))
        | (Arithmetic::Add, _, Some(by), Some(at), _) => time(TimeCode::Add(at, by)),
        (Arithmetic::Subtract, Some(at), _, _, Some(by)) => time(TimeCode::Subtract(at, by)),
        (Arithmetic::Subtract, Some(later), _, Some(earlier), _) => {
            span(SpanCode::Between(later, earlier))
        }
        (Arithmetic::Add, _, Some(a), _, Some(b)) => span(SpanCode::Add(a, b)),
        (Arithmetic::Subtract, _, Some(a), _, Some(b)) => span(SpanCode::Subtract(a, b)),
        _ => None,
    }
}
