//! Comparisons that no value can meet: a number beyond the range that its field is declared to have.

use cel::{Compare, Expr, Problem};
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

    pub(super) fn of(field: &'a Field, range: (f64, f64)) -> Self {
        Self {
            what: &field.name,
            range,
            unit: field.unit.as_deref().filter(|unit| *unit != "1"),
        }
    }

    /// That a comparison asks for more, or for less.
    pub(super) fn beyond(&self, comparison: &Expr) -> Problem {
        let (low, high) = self.range;
        let unit = self.unit.map_or(String::new(), |unit| format!(" {unit}"));
        let message = format!(
            "'{}' is never true: {} lies between {low} and {high}{unit}",
            comparison.text(),
            self.what
        );
        let problem = Problem::new("rule-never", comparison.span(), message);
        problem.with_help(if high == 1.0 {
            "write nine tenths as 0.9"
        } else {
            "compare it with a number in between; the catalog says what is refused as beyond belief"
        })
    }
}

/// Whether no number of a range compares so with the bound.
pub(super) fn never_holds(op: Compare, bound: f64, (low, high): (f64, f64)) -> bool {
    match op {
        Compare::Greater => bound >= high,
        Compare::GreaterOrEqual => bound > high,
        Compare::Less => bound <= low,
        Compare::LessOrEqual => bound < low,
        Compare::Equal => bound < low || bound > high,
        Compare::NotEqual => false,
    }
}
