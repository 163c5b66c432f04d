//! Conditions that turn by the mere passing of time: at which times the engine has to look, and which it could not know.

use std::ops::Range;

use cel::{Comparison, Problem, Program};
use model::Span;

use crate::plan::Turning;
use crate::slots::SlotSource;

/// A place in an expression that reads the time that passes: `now`, `height.age()`.
#[derive(Clone, Debug)]
pub(super) struct TimeRead {
    slot: u32,
    text: String,
    span: Range<usize>,
}

impl TimeRead {
    pub(super) fn new(slot: u32, expr: &cel::Expr) -> Self {
        Self {
            slot,
            text: expr.text().to_owned(),
            span: expr.span(),
        }
    }

    fn problem(&self, slots: &[SlotSource]) -> Problem {
        let (code, what, example) = match slots.get(self.slot as usize) {
            Some(SlotSource::Age(_)) => ("rule-age", "an age grows", "duration('10m')"),
            _ => ("rule-now", "'now' moves on", "at + duration('10m')"),
        };
        let message = format!("{what} all the time; the engine must know when to look");
        let help = match code {
            "rule-age" => format!("compare it with a fixed length: {} > {example}", self.text),
            _ => format!(
                "compare it with a time, a fixed length before or after it: {} > {example}, now > sunset() - duration('30m'); the hour of the day is local_hour()",
                self.text
            ),
        };
        Problem::new(code, self.span.clone(), message).with_help(help)
    }
}

/// The times at which a condition may turn; the places where no time could be told.
pub(super) fn of_condition(
    condition: &Program<bool>,
    slots: &[SlotSource],
    reads: &[TimeRead],
) -> Result<Vec<Turning>, Vec<Problem>> {
    if reads.is_empty() {
        return Ok(Vec::new());
    }
    let atoms = condition.atoms();
    let found: Vec<_> = atoms
        .comparisons
        .iter()
        .map(|comparison| (comparison, turning(comparison, slots)))
        .collect();
    let problems: Vec<_> = reads
        .iter()
        .filter(|read| {
            let untold = |(comparison, turning): &(&Comparison, Option<Turning>)| {
                comparison.reads(read.slot) && turning.is_none()
            };
            atoms.others.contains(&read.slot) || found.iter().any(untold)
        })
        .map(|read| read.problem(slots))
        .collect();
    if problems.is_empty() {
        Ok(found
            .into_iter()
            .filter_map(|(_, turning)| turning)
            .collect())
    } else {
        Err(problems)
    }
}

/// Of a number that passes time, such as an average of ages: nothing could be told.
pub(super) fn of_number(slots: &[SlotSource], reads: &[TimeRead]) -> Result<(), Vec<Problem>> {
    let problems: Vec<_> = reads.iter().map(|read| read.problem(slots)).collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// When a comparison turns.
fn turning(comparison: &Comparison, slots: &[SlotSource]) -> Option<Turning> {
    let source = |slot: u32| slots.get(slot as usize).copied();
    let is_now = |slot: u32| source(slot) == Some(SlotSource::Now);
    let back = |span: Span| Span::from_millis(span.millis().saturating_neg());
    match *comparison {
        Comparison::Span { slot, bound, .. } => match source(slot)? {
            age @ SlotSource::Age(_) => Some(Turning {
                from: Some(age),
                plus: bound,
            }),
            _ => None,
        },
        Comparison::Time { slot, bound, .. } if is_now(slot) => Some(Turning {
            from: None,
            plus: Span::from_millis(bound.millis()),
        }),
        Comparison::Elapsed {
            later,
            earlier,
            bound,
            ..
        } => match (is_now(later), is_now(earlier)) {
            (true, false) => Some(Turning {
                from: source(earlier),
                plus: bound,
            }),
            (false, true) => Some(Turning {
                from: source(later),
                plus: back(bound),
            }),
            _ => None,
        },
        _ => None,
    }
}
