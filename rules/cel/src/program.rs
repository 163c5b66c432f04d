//! A typed expression, ready to run: compiling it, evaluating it, and what it uses.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{Why, WhyValue};

use crate::ast::Expr;
use crate::atoms::Atoms;
use crate::check::{Checked, Checker, comparison_help, describe};
use crate::code::{BoolCode, Code, DoubleCode};
use crate::explain::Part;
use crate::parser;
use crate::problem::{Problem, codes};
use crate::scope::{Scope, Slots};
use crate::{Value, explain};

/// A compiled expression with a result of type `T`: `bool`, `f64`, or [`Value`] for any type.
#[derive(Debug)]
pub struct Program<T: Outcome> {
    code: Arc<T::Code>,
    source: Arc<str>,
    slots: Box<[u32]>,
    unit: Option<Arc<str>>,
    part: Option<Part>,
}

/// A type programs can result in.
pub trait Outcome: sealed::Sealed {
    #[doc(hidden)]
    type Code: std::fmt::Debug;
}

impl Outcome for bool {
    type Code = BoolCode;
}
impl Outcome for f64 {
    type Code = DoubleCode;
}
impl Outcome for Value {
    type Code = Code;
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
        self.compile(scope, "a value", |code| Some(Arc::new(code.clone())))
    }

    fn compile<T: Outcome>(
        &self,
        scope: &mut dyn Scope,
        wanted: &str,
        result: impl FnOnce(&Code) -> Option<Arc<T::Code>>,
    ) -> Result<Program<T>, Vec<Problem>> {
        let mut typing = Checker::new(scope);
        let checked = typing.check(self);
        let mut problems = typing.problems;
        let code = checked.as_ref().and_then(|checked| result(&checked.code));
        if let (Some(checked), None) = (&checked, &code) {
            problems.push(self.wrong_result(checked, wanted));
        }
        match (checked, code) {
            (Some(Checked { unit, part, .. }), Some(code)) if problems.is_empty() => Ok(Program {
                code,
                source: self.text().into(),
                slots: part
                    .iter()
                    .flat_map(Part::slots)
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect(),
                unit,
                part,
            }),
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
        &self.source
    }

    /// Every slot it reads, in ascending order.
    pub fn slots(&self) -> &[u32] {
        &self.slots
    }

    /// UCUM code of a number's unit, where it is known.
    pub fn unit(&self) -> Option<&Arc<str>> {
        self.unit.as_ref()
    }

    fn explain_with<S: Slots + ?Sized>(
        &self,
        slots: &S,
        annotate: &mut dyn FnMut(u32, &mut Why),
        constant: impl FnOnce() -> WhyValue,
    ) -> Why {
        match &self.part {
            Some(part) => part.explain(slots, annotate),
            None => Why {
                expr: Arc::clone(&self.source),
                value: constant(),
                at: None,
                note: None,
                parts: Vec::new(),
            },
        }
    }
}

impl Program<bool> {
    /// Its truth; none when unknown.
    #[inline]
    pub fn eval<S: Slots + ?Sized>(&self, slots: &S) -> Option<bool> {
        self.code.eval(slots)
    }

    /// Its parts with their values. `annotate` is given the leaf of every slot, to add what the host knows of it:
    /// the time of its reading, a window's contents, parts of its own.
    pub fn explain<S: Slots + ?Sized>(
        &self,
        slots: &S,
        annotate: &mut dyn FnMut(u32, &mut Why),
    ) -> Why {
        self.explain_with(slots, annotate, || {
            self.eval(slots).map_or(WhyValue::Unknown, WhyValue::Bool)
        })
    }

    /// Its simple comparisons and what else it reads.
    pub fn atoms(&self) -> Atoms {
        self.atoms_beside(&|_| false)
    }

    /// The same where some slots stand still, such as columns of the registry: what is compared with them has thresholds.
    pub fn atoms_beside(&self, still: &dyn Fn(u32) -> bool) -> Atoms {
        let part = self.part.as_ref();
        part.map(|part| Atoms::of(part, still)).unwrap_or_default()
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

    /// As [`Program::<bool>::explain`].
    pub fn explain<S: Slots + ?Sized>(
        &self,
        slots: &S,
        annotate: &mut dyn FnMut(u32, &mut Why),
    ) -> Why {
        let number = |value| WhyValue::Number(value, self.unit.clone());
        self.explain_with(slots, annotate, || {
            self.eval(slots).map_or(WhyValue::Unknown, number)
        })
    }
}

impl Program<Value> {
    /// Its type's name in CEL; a symbol is a string.
    pub fn type_name(&self) -> &'static str {
        match self.code.type_name() {
            "symbol" => "string",
            "timestamp" => "google.protobuf.Timestamp",
            "duration" => "google.protobuf.Duration",
            name => name,
        }
    }

    /// Of a symbol, the words it can be.
    pub fn words(&self) -> Option<&[Arc<str>]> {
        match &*self.code {
            Code::Symbol(symbol) => Some(&symbol.words),
            _ => None,
        }
    }

    /// Its value; none when unknown. A symbol is its word.
    pub fn eval<S: Slots + ?Sized>(&self, slots: &S) -> Option<Value> {
        self.code.value(slots)
    }

    /// As [`Program::<bool>::explain`].
    pub fn explain<S: Slots + ?Sized>(
        &self,
        slots: &S,
        annotate: &mut dyn FnMut(u32, &mut Why),
    ) -> Why {
        self.explain_with(slots, annotate, || {
            self.eval(slots).map_or(WhyValue::Unknown, |value| {
                explain::constant(&value, self.unit())
            })
        })
    }
}
