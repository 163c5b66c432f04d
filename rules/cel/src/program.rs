//! A typed expression, ready to run: compiling it, evaluating it, and what it uses.

use std::sync::Arc;

use model::Why;

use crate::Value;
use crate::ast::Expr;
use crate::atoms::Atoms;
use crate::check::{Checked, Checker, comparison_help, describe};
use crate::code::{BoolCode, Code, DoubleCode};
use crate::explain::Part;
use crate::parser;
use crate::problem::{Problem, codes};
use crate::scope::{Scope, Slots};

/// A compiled expression with a result of type `T`: `bool`, `f64`, or [`Value`] for any type.
#[derive(Debug)]
pub struct Program<T: Outcome> {
    code: T::Code,
    /// As it is written, with its parts. Behind a pointer: a plan of thousands of rules looks at it when an alert turns.
    whole: Box<Part>,
}

/// A type programs can result in.
pub trait Outcome: sealed::Sealed {
    #[doc(hidden)]
    type Code: std::fmt::Debug;
}

impl Outcome for bool {
    type Code = Arc<BoolCode>;
}
impl Outcome for f64 {
    type Code = Arc<DoubleCode>;
}
impl Outcome for Value {
    /// Whatever the whole came to.
    type Code = ();
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for bool {}
    impl Sealed for f64 {}
    impl Sealed for crate::Value {}
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
        self.compile(scope, "a bool", Code::as_bool)
    }

    /// Compiles this part as a number.
    pub fn compile_number(&self, scope: &mut dyn Scope) -> Result<Program<f64>, Vec<Problem>> {
        self.compile(scope, "a number", |code| {
            let of_int = |int| Arc::new(DoubleCode::OfInt(int));
            code.as_double().or_else(|| code.as_int().map(of_int))
        })
    }

    /// Compiles this part, whatever its type.
    pub fn compile_value(&self, scope: &mut dyn Scope) -> Result<Program<Value>, Vec<Problem>> {
        self.compile(scope, "a value", |_| Some(()))
    }

    fn compile<T: Outcome>(
        &self,
        scope: &mut dyn Scope,
        wanted: &str,
        result: impl FnOnce(&Code) -> Option<T::Code>,
    ) -> Result<Program<T>, Vec<Problem>> {
        let mut typing = Checker::new(scope);
        let checked = typing.check(self);
        let mut problems = typing.problems;
        let code = checked.as_ref().and_then(|checked| result(&checked.code));
        if let (Some(checked), None) = (&checked, &code) {
            problems.push(self.wrong_result(checked, wanted));
        }
        match (checked, code) {
            (Some(checked), Some(code)) if problems.is_empty() => Ok(Program {
                code,
                whole: Box::new(self.whole(checked)),
            }),
            _ => {
                problems.sort_by_key(|problem| problem.span.start);
                Err(problems)
            }
        }
    }

    /// What `explain` shows: a constant, and a number turned into another unit, have no part of their own yet.
    fn whole(&self, Checked { code, unit, part }: Checked) -> Part {
        match part {
            Some(part) if *part.text == *self.text() && part.unit == unit => part,
            part => Part {
                text: self.text().into(),
                code,
                unit,
                slot: None,
                parts: part.into_iter().collect(),
            },
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
        &self.whole.text
    }

    /// Every slot it reads, in ascending order.
    pub fn slots(&self) -> Vec<u32> {
        let mut slots = self.whole.slots();
        slots.sort_unstable();
        slots.dedup();
        slots
    }

    /// UCUM code of a number's unit, where it is known.
    pub fn unit(&self) -> Option<&Arc<str>> {
        self.whole.unit.as_ref()
    }

    /// Its parts with their values. `annotate` is given the leaf of every slot, to add what the host knows of it:
    /// the time of its reading, a window's contents, parts of its own.
    pub fn explain<S: Slots + ?Sized>(
        &self,
        slots: &S,
        annotate: &mut dyn FnMut(u32, &mut Why),
    ) -> Why {
        self.whole.explain(slots, annotate)
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
        Atoms::of(&self.whole, still)
    }
}

impl Program<f64> {
    /// The slot whose value it is, if it is nothing else.
    pub fn lone_slot(&self) -> Option<u32> {
        match &*self.code {
            DoubleCode::Slot(slot) => Some(*slot),
            _ => None,
        }
    }

    /// Its value, finite; none when unknown.
    #[inline]
    pub fn eval<S: Slots + ?Sized>(&self, slots: &S) -> Option<f64> {
        self.code.eval(slots)
    }
}

impl Program<Value> {
    /// Its type's name in CEL; a symbol is a string.
    pub fn type_name(&self) -> &'static str {
        match self.whole.code.type_name() {
            "symbol" => "string",
            "timestamp" => "google.protobuf.Timestamp",
            "duration" => "google.protobuf.Duration",
            name => name,
        }
    }

    /// Of a symbol, the words it can be.
    pub fn words(&self) -> Option<&[Arc<str>]> {
        match &self.whole.code {
            Code::Symbol(symbol) => Some(&symbol.words),
            _ => None,
        }
    }

    /// Its value; none when unknown. A symbol is its word.
    pub fn eval<S: Slots + ?Sized>(&self, slots: &S) -> Option<Value> {
        self.whole.code.value(slots)
    }
}
