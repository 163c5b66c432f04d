//! A typed expression, ready to run: compiling it, evaluating it, and what it uses.

use std::sync::Arc;

use model::Why;

use self::sealed::Whole as _;
use crate::Value;
use crate::ast::Expr;
use crate::atoms::Atoms;
use crate::check::{Checked, Checker, comparison_help, describe};
use crate::code::{BoolCode, DoubleCode};
use crate::explain::{self, LONGEST, Outline};
use crate::parser;
use crate::problem::{Problem, codes};
use crate::scope::{Scope, Slots};
use crate::term::Term;

/// A compiled expression with a result of type `T`: `bool`, `f64`, or [`Value`] for any type.
#[derive(Debug)]
pub struct Program<T: Outcome> {
    code: T::Code,
    outline: Outline,
}

/// A type programs can result in.
pub trait Outcome: sealed::Sealed {
    #[doc(hidden)]
    type Code: sealed::Whole + std::fmt::Debug;
}

impl Outcome for bool {
    type Code = BoolCode;
}
impl Outcome for f64 {
    type Code = Number;
}
impl Outcome for Value {
    type Code = Measured;
}

/// What a number compiled to.
#[derive(Debug)]
pub struct Number {
    code: DoubleCode,
    unit: Option<Arc<str>>,
}

/// What an expression of any type compiled to.
#[derive(Debug)]
pub struct Measured {
    term: Term,
    unit: Option<Arc<str>>,
}

mod sealed {
    use model::WhyValue;

    use super::{BoolCode, DoubleCode, Measured, Number, Slots};

    pub trait Sealed {}
    impl Sealed for bool {}
    impl Sealed for f64 {}
    impl Sealed for crate::Value {}

    /// What a whole expression compiled to.
    pub trait Whole {
        /// The slot whose value it is, if it is nothing else.
        fn slot(&self) -> Option<u32>;
        /// The value of the moment, as an explanation shows it.
        fn why<S: Slots + ?Sized>(&self, slots: &S) -> WhyValue;
    }

    impl Whole for BoolCode {
        fn slot(&self) -> Option<u32> {
            match self {
                Self::Slot(slot) => Some(*slot),
                _ => None,
            }
        }

        fn why<S: Slots + ?Sized>(&self, slots: &S) -> WhyValue {
            self.eval(slots).map_or(WhyValue::Unknown, WhyValue::Bool)
        }
    }

    impl Whole for Number {
        fn slot(&self) -> Option<u32> {
            match self.code {
                DoubleCode::Slot(slot) => Some(slot),
                _ => None,
            }
        }

        fn why<S: Slots + ?Sized>(&self, slots: &S) -> WhyValue {
            let number = |value| WhyValue::Number(value, self.unit.clone());
            self.code.eval(slots).map_or(WhyValue::Unknown, number)
        }
    }

    impl Whole for Measured {
        fn slot(&self) -> Option<u32> {
            self.term.slot()
        }

        fn why<S: Slots + ?Sized>(&self, slots: &S) -> WhyValue {
            self.term.why(slots, self.unit.as_ref())
        }
    }
}

/// Compiles a condition.
pub fn compile_bool(source: &str, scope: &mut dyn Scope) -> Result<Program<bool>, Vec<Problem>> {
    parser::parse(source)?.compile_bool(scope)
}

/// Compiles a number; an int becomes the double nearest to it.
pub fn compile_number(source: &str, scope: &mut dyn Scope) -> Result<Program<f64>, Vec<Problem>> {
    parser::parse(source)?.compile_number(scope)
}

/// Compiles an expression of any type, for templates.
pub fn compile_value(source: &str, scope: &mut dyn Scope) -> Result<Program<Value>, Vec<Problem>> {
    parser::parse(source)?.compile_value(scope)
}

impl Expr {
    /// Compiles this part as a condition.
    pub fn compile_bool(&self, scope: &mut dyn Scope) -> Result<Program<bool>, Vec<Problem>> {
        self.compile(scope, "a bool", |of| {
            of.code.as_bool().map(Arc::unwrap_or_clone)
        })
    }

    /// Compiles this part as a number.
    pub fn compile_number(&self, scope: &mut dyn Scope) -> Result<Program<f64>, Vec<Problem>> {
        self.compile(scope, "a number", |of| {
            let code = match (of.code.as_double(), of.code.as_int()) {
                (Some(double), _) => Arc::unwrap_or_clone(double),
                (None, int) => DoubleCode::OfInt(int?),
            };
            let unit = of.unit.clone();
            Some(Number { code, unit })
        })
    }

    /// Compiles this part, whatever its type.
    pub fn compile_value(&self, scope: &mut dyn Scope) -> Result<Program<Value>, Vec<Problem>> {
        self.compile(scope, "a value", |of| {
            Some(Measured {
                term: Term::of(&of.code),
                unit: of.unit.clone(),
            })
        })
    }

    fn compile<T: Outcome>(
        &self,
        scope: &mut dyn Scope,
        wanted: &str,
        result: impl FnOnce(&Checked) -> Option<T::Code>,
    ) -> Result<Program<T>, Vec<Problem>> {
        if self.source.len() > LONGEST {
            let length = self.source.len();
            let message = format!("the expression has {length} bytes; at most {LONGEST} are typed");
            return Err(vec![Problem::new(codes::TOO_BIG, 0..0, message)]);
        }
        let mut typing = Checker::new(scope);
        let checked = typing.check(self);
        let mut problems = typing.problems;
        let code = checked.as_ref().and_then(result);
        if let (Some(checked), None) = (&checked, &code) {
            problems.push(self.wrong_result(checked, wanted));
        }
        match (checked, code) {
            (Some(Checked { unit, parts, .. }), Some(code)) if problems.is_empty() => {
                let outline = Outline::new(&self.source, self.span(), unit.as_ref(), parts);
                Ok(Program { code, outline })
            }
            _ => {
                problems.sort_by_key(|problem| problem.span.start);
                Err(problems)
            }
        }
    }

    fn wrong_result(&self, of: &Checked, wanted: &str) -> Problem {
        let message = format!("{}; {wanted} is needed here", describe(self, of));
        let problem = Problem::new(codes::RESULT_TYPE, self.span(), message);
        match wanted {
            "a bool" => problem.with_help(comparison_help(self, of)),
            _ => problem,
        }
    }
}

impl<T: Outcome> Program<T> {
    /// The expression as written.
    pub fn source(&self) -> &str {
        &self.outline.text
    }

    /// Every slot it reads, in ascending order.
    pub fn slots(&self) -> Vec<u32> {
        let parts = &self.outline.parts;
        let whole = self.code.slot().filter(|_| parts.is_empty());
        let mut slots: Vec<_> = whole.into_iter().chain(explain::slots(parts)).collect();
        slots.sort_unstable();
        slots.dedup();
        slots
    }

    /// Whether it reads no slot at all.
    pub fn is_constant(&self) -> bool {
        self.outline.parts.is_empty() && self.code.slot().is_none()
    }

    /// Its parts with their values. `annotate` is given the leaf of every slot, to add what the host knows of it:
    /// the time of its reading, a window's contents, parts of its own.
    pub fn explain<S: Slots + ?Sized>(
        &self,
        slots: &S,
        annotate: &mut dyn FnMut(u32, &mut Why),
    ) -> Why {
        let (value, slot) = (self.code.why(slots), self.code.slot());
        self.outline.explain(value, slot, slots, annotate)
    }
}

impl Program<bool> {
    /// Its truth; none when unknown.
    #[inline]
    pub fn eval<S: Slots + ?Sized>(&self, slots: &S) -> Option<bool> {
        self.code.eval(slots)
    }

    /// Its simple comparisons and what else it reads.
    pub fn atoms(&self) -> Atoms {
        self.atoms_beside(&|_| false)
    }

    /// The same where some slots stand still, such as columns of the registry: what is compared with them has thresholds.
    pub fn atoms_beside(&self, still: &dyn Fn(u32) -> bool) -> Atoms {
        Atoms::of(&self.code, &self.outline, still)
    }
}

impl Program<f64> {
    /// The slot whose value it is, if it is nothing else.
    pub fn lone_slot(&self) -> Option<u32> {
        self.code.slot()
    }

    /// UCUM code of its unit, where it is known.
    pub fn unit(&self) -> Option<&Arc<str>> {
        self.code.unit.as_ref()
    }

    /// Its value, finite; none when unknown.
    #[inline]
    pub fn eval<S: Slots + ?Sized>(&self, slots: &S) -> Option<f64> {
        self.code.code.eval(slots)
    }
}

impl Program<Value> {
    /// Its type's name in CEL; a symbol is a string.
    pub fn type_name(&self) -> &'static str {
        self.code.term.type_name()
    }

    /// Of a symbol, the words it can be.
    pub fn words(&self) -> Option<&[Arc<str>]> {
        self.code.term.words()
    }

    /// UCUM code of a number's unit, where it is known.
    pub fn unit(&self) -> Option<&Arc<str>> {
        self.code.unit.as_ref()
    }

    /// Its value; none when unknown. A symbol is its word.
    pub fn eval<S: Slots + ?Sized>(&self, slots: &S) -> Option<Value> {
        self.code.term.value(slots)
    }

    /// What gives its value, without what explains it.
    pub fn into_term(self) -> Term {
        self.code.term
    }
}
