//! What can never come true: a comparison with a number beyond the range that its field is declared to have, and a level
//! below one that holds whenever it does.

use std::cmp::Ordering;

use cel::{Compare, Comparison, Expr, Problem, Program};
use model::Field;

/// Whose values lie between two numbers.
pub(super) struct Ranged<'a> {
    what: &'a str,
    range: (f64, f64),
    unit: Option<&'a str>,
}

impl<'a> Ranged<'a> {
    /// What `fraction(…)` and `known_fraction()` come to.
    pub(super) const SHARE: Self = Self {
        what: "a share",
        range: (0.0, 1.0),
        unit: None,
    };

    /// None of a field that may be any number.
    pub(super) fn of(field: &'a Field) -> Option<Self> {
        Some(Self {
            what: &field.name,
            range: field.range?,
            unit: field.unit.as_deref().filter(|unit| *unit != "1"),
        })
    }

    /// What to say of a comparison that asks for more, or for less.
    pub(super) fn doubt(&self, written: &Expr, op: Compare, bound: f64) -> Option<Problem> {
        if !never_holds(op, bound, self.range) {
            return None;
        }
        let (low, high) = self.range;
        let unit = self.unit.map_or(String::new(), |unit| format!(" {unit}"));
        let message = format!(
            "'{}' is never true: {} lies between {low} and {high}{unit}",
            written.text(),
            self.what
        );
        let help = if high <= 1.0 {
            "write nine tenths as 0.9"
        } else {
            "compare it with a number in between; the catalog says what is refused as beyond belief"
        };
        Some(Problem::new("rule-never", written.span(), message).with_help(help))
    }
}

/// Whether no number of a range compares so with the bound.
fn never_holds(op: Compare, bound: f64, (low, high): (f64, f64)) -> bool {
    match op {
        Compare::Greater => bound >= high,
        Compare::GreaterOrEqual => bound > high,
        Compare::Less => bound <= low,
        Compare::LessOrEqual => bound < low,
        Compare::Equal => bound < low || bound > high,
        Compare::NotEqual => false,
    }
}

/// Whether one condition holds whenever another does, as far as single comparisons of the same number tell.
pub(super) fn follows(from: &Program<bool>, what: &Program<bool>) -> bool {
    let (Some((slot, op, bound)), Some((other_slot, other_op, other_bound))) =
        (lone_order(from), lone_order(what))
    else {
        return false;
    };
    let is_above = |op| matches!(op, Compare::Greater | Compare::GreaterOrEqual);
    if slot != other_slot || is_above(op) != is_above(other_op) {
        return false;
    }
    let is_strict = |op| matches!(op, Compare::Greater | Compare::Less);
    let how_far = bound.total_cmp(&other_bound);
    match if is_above(op) {
        how_far
    } else {
        how_far.reverse()
    } {
        Ordering::Greater => true,
        Ordering::Equal => is_strict(op) || !is_strict(other_op),
        Ordering::Less => false,
    }
}

/// `slot > bound`, or another order, where a condition is that and nothing else.
fn lone_order(condition: &Program<bool>) -> Option<(u32, Compare, f64)> {
    let atoms = condition.atoms();
    match atoms.comparisons[..] {
        [Comparison::Number { slot, op, bound }] if atoms.is_single && op.is_order() => {
            Some((slot, op, bound))
        }
        _ => None,
    }
}
