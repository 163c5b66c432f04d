//! Names, paths and whatever else the host gives a meaning to.

use std::sync::Arc;

use super::{Checked, Checker};
use crate::ast::Expr;
use crate::code::{BoolCode, Code, DoubleCode, IntCode, SpanCode, SymbolCode, TextCode, TimeCode};
use crate::problem::{Problem, codes};
use crate::scope::{Reference, Resolution, Type};

/// How many names a help lists at most.
const LISTED: usize = 8;

impl Checker<'_> {
    /// A name or a path, by the host alone.
    pub(super) fn name(&mut self, expr: &Expr) -> Option<Checked> {
        let Some(path) = expr.as_path() else {
            return self.unsupported(expr, "a part of a computed value", None);
        };
        let reference = match path.as_slice() {
            [name] => Reference::Name(name),
            path => Reference::Path(path),
        };
        match self.resolve(reference, expr) {
            Resolved::Is(checked) => checked,
            Resolved::NotMine => {
                let problem = Problem::new(
                    codes::UNKNOWN_NAME,
                    expr.span(),
                    format!("`{}` is not known here", expr.text()),
                );
                let candidates = self.scope.candidates(reference);
                self.problem(with_nearest(problem, &path.join("."), &candidates))
            }
        }
    }

    /// What the host says of a place.
    pub(super) fn resolve(&mut self, reference: Reference<'_>, expr: &Expr) -> Resolved {
        Resolved::Is(match self.scope.resolve(reference, expr) {
            Resolution::NotMine => return Resolved::NotMine,
            Resolution::Constant(value) => Some(Checked::constant(value)),
            Resolution::Problems(problems) => {
                self.problems.extend(problems);
                None
            }
            Resolution::Slot { slot, ty, unit } => Some(slot_read(expr, slot, ty, unit)),
        })
    }
}

/// The host's answer: what it is, if it could be typed, or that it is none of the host's.
pub(super) enum Resolved {
    Is(Option<Checked>),
    NotMine,
}

fn slot_read(expr: &Expr, slot: u32, ty: Type, unit: Option<Arc<str>>) -> Checked {
    let code = match ty {
        Type::Bool => Code::Bool(Arc::new(BoolCode::Slot(slot))),
        Type::Int => Code::Int(Arc::new(IntCode::Slot(slot))),
        Type::Double => Code::Double(Arc::new(DoubleCode::Slot(slot))),
        Type::String => Code::String(Arc::new(TextCode::Slot(slot))),
        Type::Symbol(words) => Code::Symbol(Arc::new(SymbolCode { slot, words })),
        Type::Timestamp => Code::Timestamp(Arc::new(TimeCode::Slot(slot))),
        Type::Duration => Code::Duration(Arc::new(SpanCode::Slot(slot))),
    };
    Checked::over(expr, code, unit, Vec::new())
}

/// Adds the nearest of the names, or a few of them where none is near.
pub(super) fn with_nearest(problem: Problem, wanted: &str, candidates: &[String]) -> Problem {
    let names = candidates.iter().map(String::as_str);
    let member = |name: &&str| {
        name.rsplit_once('.')
            .is_some_and(|(_, last)| last == wanted)
    };
    match model::nearest(wanted, names.clone()).or_else(|| names.clone().find(member)) {
        Some(near) => problem.with_help(format!("did you mean `{near}`?")),
        None if candidates.is_empty() => problem,
        None => problem.with_help(format!(
            "known here: {}",
            listed(names.map(|name| format!("`{name}`")))
        )),
    }
}

/// `a, b, c and 4 more`
pub(super) fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(LISTED);
    let shown: Vec<_> = names.take(LISTED).collect();
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
