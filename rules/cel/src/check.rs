//! Syntax to typed code: every part gets a type from its operands or from the host, constants are folded,
//! and every mistake of the expression is collected. A part with a mistake has no type; what is built on it stays silent.

mod arithmetic;
mod call;
mod compare;
mod literal;
mod name;

use std::sync::Arc;

use crate::ast::{Expr, Node, Operator};
use crate::code::{BoolCode, Choice, Code, DoubleCode, IntCode, SpanCode, TextCode, TimeCode};
use crate::explain::Part;
use crate::operators;
use crate::problem::{Problem, codes};
use crate::scope::Scope;
use crate::term::Term;
use crate::{Value, units};

/// One expression being typed against one host.
pub(crate) struct Checker<'s> {
    scope: &'s mut dyn Scope,
    pub(crate) problems: Vec<Problem>,
    /// Inside `int(…)`, where a whole number is asked for.
    wants_whole: bool,
}

/// A part that has a type.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) code: Code,
    /// UCUM code of a number's unit.
    pub(crate) unit: Option<Arc<str>>,
    /// What `explain` shows of it: the part itself, then those it is made of; nothing of a constant, which its text shows.
    pub(crate) parts: Vec<Part>,
}

impl Checked {
    pub(crate) fn constant(value: Value) -> Self {
        Self {
            code: Code::Constant(value),
            unit: None,
            parts: Vec::new(),
        }
    }

    /// The same code with its place in the source and the parts it is made of.
    pub(crate) fn over(
        expr: &Expr,
        code: Code,
        unit: Option<Arc<str>>,
        parts: Vec<Vec<Part>>,
    ) -> Self {
        let parts = match code {
            Code::Constant(_) => Vec::new(),
            _ => Part::over(expr.span(), Term::of(&code), unit.clone(), parts),
        };
        Self { code, unit, parts }
    }

    pub(crate) fn value(&self) -> Option<&Value> {
        match &self.code {
            Code::Constant(value) => Some(value),
            _ => None,
        }
    }
}

impl<'s> Checker<'s> {
    pub(crate) fn new(scope: &'s mut dyn Scope) -> Self {
        Self {
            scope,
            problems: Vec::new(),
            wants_whole: false,
        }
    }
}

impl Checker<'_> {
    /// The typed form of a part; none where it or a part of it has a mistake.
    pub(crate) fn check(&mut self, expr: &Expr) -> Option<Checked> {
        match &expr.node {
            Node::Literal(value) => Some(Checked::constant(value.clone())),
            Node::Name(_) | Node::Rooted(_) | Node::Select { .. } | Node::Index { .. } => {
                self.name(expr)
            }
            Node::Maybe(_) | Node::Entry(_) => self.unsupported(
                expr,
                "an optional",
                Some("a measured value may be unknown by itself; ask with `has(x)`"),
            ),
            Node::Call {
                receiver,
                function,
                args,
            } => self.call(expr, receiver.as_deref(), function, args),
            Node::List(items) => self.list(expr, items),
            Node::Map(_) => self.unsupported(expr, "a map", None),
            Node::Not(inner) => self.not(expr, inner),
            Node::Negate(inner) => self.negate(expr, inner),
            Node::All(parts) => self.logic(expr, parts, "&&", false),
            Node::Any(parts) => self.logic(expr, parts, "||", true),
            Node::Binary {
                op: Operator::In,
                left,
                right,
            } => self.membership(expr, left, right),
            Node::Binary {
                op: Operator::Compare(op),
                left,
                right,
            } => {
                let (a, b) = (self.check(left), self.check(right));
                self.advise_quotes(left, b.as_ref());
                self.advise_quotes(right, a.as_ref());
                self.compare(expr, *op, (left, a?), (right, b?))
            }
            Node::Binary {
                op: Operator::Arithmetic(op),
                left,
                right,
            } => {
                let (a, b) = (self.check(left), self.check(right));
                self.arithmetic(expr, *op, (left, a?), (right, b?))
            }
            Node::Choose {
                condition,
                then,
                otherwise,
            } => self.choose(expr, condition, then, otherwise),
        }
    }

    fn list(&mut self, expr: &Expr, items: &[Expr]) -> Option<Checked> {
        let checked: Vec<_> = items.iter().map(|item| self.check(item)).collect();
        let mut values = Vec::with_capacity(items.len());
        for item in checked {
            match item?.code {
                Code::Constant(value) => values.push(value),
                _ => {
                    return self.unsupported(
                        expr,
                        "a list of measured values",
                        Some("ask with `in`: `x in [a, b]`"),
                    );
                }
            }
        }
        Some(Checked::constant(Value::List(values.into())))
    }

    fn not(&mut self, expr: &Expr, inner: &Expr) -> Option<Checked> {
        let checked = self.check(inner)?;
        let code = match self.truth(inner, &checked, "!")? {
            Truth::Constant(value) => Code::Constant(Value::Bool(!value)),
            Truth::Code(code) => Code::Bool(Arc::new(BoolCode::Not(code))),
        };
        Some(Checked::over(expr, code, None, vec![checked.parts]))
    }

    /// `&&` (decisive: false) or `||` (decisive: true) of several parts.
    fn logic(
        &mut self,
        expr: &Expr,
        parts: &[Expr],
        sign: &str,
        decisive: bool,
    ) -> Option<Checked> {
        let mut truths = Vec::with_capacity(parts.len());
        let mut shown = Vec::with_capacity(parts.len());
        for part in parts {
            let Some(checked) = self.check(part) else {
                continue;
            };
            if let Some(truth) = self.truth(part, &checked, sign) {
                truths.push(truth);
                shown.push(checked.parts);
            }
        }
        if truths.len() < parts.len() {
            return None;
        }
        if truths
            .iter()
            .any(|truth| matches!(truth, Truth::Constant(value) if *value == decisive))
        {
            return Some(Checked::constant(Value::Bool(decisive)));
        }
        let codes: Box<[_]> = truths.into_iter().filter_map(Truth::into_code).collect();
        let code = match (codes.len(), decisive) {
            (0, _) => Code::Constant(Value::Bool(!decisive)),
            (1, _) => Code::Bool(Arc::clone(&codes[0])),
            (_, false) => Code::Bool(Arc::new(BoolCode::All(codes))),
            (_, true) => Code::Bool(Arc::new(BoolCode::Any(codes))),
        };
        Some(Checked::over(expr, code, None, shown))
    }

    fn choose(
        &mut self,
        expr: &Expr,
        condition: &Expr,
        then: &Expr,
        otherwise: &Expr,
    ) -> Option<Checked> {
        let (asked, a, b) = (
            self.check(condition),
            self.check(then),
            self.check(otherwise),
        );
        let asked = asked?;
        let truth = self.truth(condition, &asked, "? :");
        let (truth, (a, b)) = (truth?, units::aligned(a?, b?));
        let Ok(unit) = units::same(a.unit.as_ref(), b.unit.as_ref()) else {
            return self.unit_mismatch(expr, (then, &a), (otherwise, &b));
        };
        let Some(code) = chosen(&truth, &a.code, &b.code) else {
            return self.problem(
                Problem::new(
                    codes::TYPE,
                    expr.span(),
                    format!(
                        "{} and {}: both sides of `:` must have one type",
                        describe(then, &a),
                        describe(otherwise, &b)
                    ),
                )
                .with_help(literal::same_type_help(&a, &b)),
            );
        };
        let unit = unit.cloned();
        let parts = match truth {
            Truth::Constant(true) => vec![a.parts],
            Truth::Constant(false) => vec![b.parts],
            Truth::Code(_) => vec![asked.parts, a.parts, b.parts],
        };
        Some(Checked::over(expr, code, unit, parts))
    }

    /// The part as a condition; a problem where it is none.
    fn truth(&mut self, expr: &Expr, checked: &Checked, sign: &str) -> Option<Truth> {
        match &checked.code {
            Code::Constant(Value::Bool(value)) => Some(Truth::Constant(*value)),
            Code::Bool(code) => Some(Truth::Code(Arc::clone(code))),
            _ => {
                let message = format!("{}; `{sign}` needs a bool", describe(expr, checked));
                let problem = Problem::new(codes::TYPE, expr.span(), message);
                self.problem(problem.with_help(comparison_help(expr, checked)))
            }
        }
    }

    pub(crate) fn problem<T>(&mut self, problem: Problem) -> Option<T> {
        self.problems.push(problem);
        None
    }

    fn unsupported<T>(&mut self, expr: &Expr, what: &str, help: Option<&str>) -> Option<T> {
        let mut problem = Problem::new(
            codes::UNSUPPORTED,
            expr.span(),
            format!("{what} has no place in a typed expression"),
        );
        problem.help = help.map(str::to_owned);
        self.problem(problem)
    }

    fn unit_mismatch<T>(
        &mut self,
        expr: &Expr,
        a: (&Expr, &Checked),
        b: (&Expr, &Checked),
    ) -> Option<T> {
        let in_unit = |(expr, checked): (&Expr, &Checked)| {
            format!(
                "`{}` is in {}",
                expr.text(),
                checked.unit.as_deref().unwrap_or("no unit")
            )
        };
        let message = format!(
            "{} and {}: different units do not meet",
            in_unit(a),
            in_unit(b)
        );
        let help = units::mismatch_help(a.1.unit.as_deref(), b.1.unit.as_deref());
        self.problem(Problem::new(codes::UNIT, expr.span(), message).with_help(help))
    }
}

/// A condition that is known already, or code for one.
enum Truth {
    Constant(bool),
    Code(Arc<BoolCode>),
}

impl Truth {
    fn into_code(self) -> Option<Arc<BoolCode>> {
        match self {
            Self::Constant(_) => None,
            Self::Code(code) => Some(code),
        }
    }
}

/// Code for one of two parts of one type; none where they have none in common.
fn chosen(truth: &Truth, a: &Code, b: &Code) -> Option<Code> {
    let condition = match truth {
        Truth::Constant(value) => {
            let same = a.type_name() == b.type_name();
            return same.then(|| if *value { a.clone() } else { b.clone() });
        }
        Truth::Code(code) => code,
    };
    macro_rules! try_type {
        ($as_type:ident, $code:ident, $variant:ident) => {
            if let (Some(then), Some(otherwise)) = (a.$as_type(), b.$as_type()) {
                let choice = Choice {
                    condition: Arc::clone(condition),
                    then,
                    otherwise,
                };
                return Some(Code::$variant(Arc::new($code::Choose(Box::new(choice)))));
            }
        };
    }
    try_type!(as_bool, BoolCode, Bool);
    try_type!(as_int, IntCode, Int);
    try_type!(as_double, DoubleCode, Double);
    try_type!(as_text, TextCode, String);
    try_type!(as_time, TimeCode, Timestamp);
    try_type!(as_span, SpanCode, Duration);
    None
}

/// `height` is a double
pub(crate) fn describe(expr: &Expr, checked: &Checked) -> String {
    let article = if matches!(checked.code.type_name(), "int") {
        "an"
    } else {
        "a"
    };
    format!(
        "`{}` is {article} {}",
        expr.text(),
        checked.code.type_name()
    )
}

/// How what is no bool becomes one.
pub(crate) fn comparison_help(expr: &Expr, checked: &Checked) -> String {
    let op = match checked.code {
        Code::Int(_) | Code::Double(_) | Code::Duration(_) => ">",
        _ => "==",
    };
    format!("compare it with something: `{} {op} …`", expr.text())
}

/// A fault of a constant part, as a problem of its author.
fn always_fails(expr: &Expr, fault: &operators::Fault) -> Problem {
    let code = match fault {
        operators::Fault::NoOverload(_) => codes::TYPE,
        _ => codes::ALWAYS_FAILS,
    };
    Problem::new(
        code,
        expr.span(),
        format!("`{}` has no value: {fault}", expr.text()),
    )
}
