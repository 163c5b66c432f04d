//! What a condition turns on: comparisons of a slot with a constant, which an index over thresholds or a timer can hold,
//! and the slots it reads in any other way.

use std::sync::Arc;

use model::{Span, Time};

use crate::ast::Compare;
use crate::code::{BoolCode, DoubleCode, SpanCode, TimeCode};
use crate::explain::{self, Outline, Part, outermost};
use crate::scope::Slots;

/// A comparison whose truth turns only where its slot crosses a constant, or where time has passed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Comparison {
    /// `slot op bound` of a double.
    Number {
        /// The slot.
        slot: u32,
        /// The comparison.
        op: Compare,
        /// The constant.
        bound: f64,
    },
    /// `slot op bound` of an int.
    Int {
        /// The slot.
        slot: u32,
        /// The comparison.
        op: Compare,
        /// The constant.
        bound: i64,
    },
    /// `slot == word` or, where not `equal`, `slot != word`.
    Symbol {
        /// The slot.
        slot: u32,
        /// Index of the word.
        word: u16,
        /// Whether it asks for sameness.
        equal: bool,
    },
    /// A bool slot as it is.
    Bool {
        /// The slot.
        slot: u32,
    },
    /// `slot op bound` of a point in time.
    Time {
        /// The slot.
        slot: u32,
        /// The comparison.
        op: Compare,
        /// The constant.
        bound: Time,
    },
    /// `slot op bound` of a length of time.
    Span {
        /// The slot.
        slot: u32,
        /// The comparison.
        op: Compare,
        /// The constant.
        bound: Span,
    },
    /// `later - earlier op bound`, however it was written: `now - at > d`, `now > at + d`.
    Elapsed {
        /// The slot counted to.
        later: u32,
        /// The slot counted from.
        earlier: u32,
        /// The comparison.
        op: Compare,
        /// The constant.
        bound: Span,
    },
}

impl Comparison {
    /// True when it compares this slot.
    pub fn reads(&self, wanted: u32) -> bool {
        match *self {
            Self::Number { slot, .. }
            | Self::Int { slot, .. }
            | Self::Symbol { slot, .. }
            | Self::Bool { slot }
            | Self::Time { slot, .. }
            | Self::Span { slot, .. } => slot == wanted,
            Self::Elapsed { later, earlier, .. } => later == wanted || earlier == wanted,
        }
    }
}

/// One side of a comparison of a double slot: an expression over slots that stand still, `asset.bd1 - 0.2`.
#[derive(Clone, Debug)]
pub struct Threshold {
    /// The slot on the other side.
    pub slot: u32,
    text: Box<str>,
    code: Arc<DoubleCode>,
}

impl Threshold {
    /// The expression as written.
    pub fn source(&self) -> &str {
        &self.text
    }

    /// Its value, finite; none when unknown.
    pub fn eval<S: Slots + ?Sized>(&self, slots: &S) -> Option<f64> {
        self.code.eval(slots)
    }
}

/// What a condition turns on.
#[derive(Clone, Debug, Default)]
pub struct Atoms {
    /// Its comparisons, in source order.
    pub comparisons: Vec<Comparison>,
    /// Comparisons of a slot with an expression over slots that stand still.
    pub thresholds: Vec<Threshold>,
    /// True when the condition is one comparison with a constant and nothing else.
    pub is_single: bool,
    /// The slots it reads in other ways, in ascending order: any change of theirs may turn it.
    pub others: Vec<u32>,
}

impl Atoms {
    /// `still` tells the slots whose value never changes.
    pub(crate) fn of(condition: &BoolCode, whole: &Outline, still: &dyn Fn(u32) -> bool) -> Self {
        let mut atoms = Self::default();
        atoms.collect(condition, &whole.parts, &Beside { whole, still });
        atoms.others.sort_unstable();
        atoms.others.dedup();
        atoms.is_single = comparison(condition).is_some();
        atoms
    }

    fn collect(&mut self, condition: &BoolCode, parts: &[Part], beside: &Beside<'_>) {
        if let Some(found) = comparison(condition) {
            self.comparisons.push(found);
        } else if let Some(found) = beside.threshold(condition, parts) {
            self.thresholds.push(found);
        } else if is_logic(condition) {
            for (part, below) in outermost(parts) {
                match part.term.condition() {
                    Some(condition) => self.collect(&condition, below, beside),
                    None => self.others.extend(slots_of(part, below)),
                }
            }
        } else {
            self.others.extend(explain::slots(parts));
        }
    }
}

/// The expression a condition stands in, and which of its slots stand still.
struct Beside<'a> {
    whole: &'a Outline,
    still: &'a dyn Fn(u32) -> bool,
}

impl Beside<'_> {
    /// The comparison of a slot with doubles that stand still, if the condition is one.
    fn threshold(&self, condition: &BoolCode, parts: &[Part]) -> Option<Threshold> {
        let BoolCode::Doubles { a, b, .. } = condition else {
            return None;
        };
        let mut sides = outermost(parts);
        let (left, right) = (sides.next()?, sides.next()?);
        let stands = |(side, below)| slots_of(side, below).all(self.still);
        let (slot, side, code) = match (&**a, &**b) {
            (DoubleCode::Slot(slot), _) if stands(right) => (slot, right.0, b),
            (_, DoubleCode::Slot(slot)) if stands(left) => (slot, left.0, a),
            _ => return None,
        };
        Some(Threshold {
            slot: *slot,
            text: self.whole.text_of(side).into(),
            code: Arc::clone(code),
        })
    }
}

/// Every slot that a part reads.
fn slots_of(part: &Part, below: &[Part]) -> impl Iterator<Item = u32> {
    part.slot().into_iter().chain(explain::slots(below))
}

fn is_logic(code: &BoolCode) -> bool {
    matches!(
        code,
        BoolCode::Not(_) | BoolCode::All(_) | BoolCode::Any(_) | BoolCode::Choose(_)
    )
}

/// The comparison with a constant that a condition is, if it is nothing else.
pub(crate) fn comparison(condition: &BoolCode) -> Option<Comparison> {
    match condition {
        BoolCode::Bound { slot, op, bound } => Some(Comparison::Number {
            slot: *slot,
            op: *op,
            bound: *bound,
        }),
        BoolCode::IntBound { slot, op, bound } => Some(Comparison::Int {
            slot: *slot,
            op: *op,
            bound: *bound,
        }),
        BoolCode::SymbolIs { slot, word, equal } => Some(Comparison::Symbol {
            slot: *slot,
            word: *word,
            equal: *equal,
        }),
        BoolCode::Slot(slot) => Some(Comparison::Bool { slot: *slot }),
        BoolCode::Times { op, a, b } => times(*op, a, b).or_else(|| times(op.flipped(), b, a)),
        BoolCode::Spans { op, a, b } => spans(*op, a, b).or_else(|| spans(op.flipped(), b, a)),
        _ => None,
    }
}

fn times(op: Compare, a: &TimeCode, b: &TimeCode) -> Option<Comparison> {
    match (a, b) {
        (TimeCode::Slot(slot), TimeCode::Constant(bound)) => Some(Comparison::Time {
            slot: *slot,
            op,
            bound: *bound,
        }),
        (TimeCode::Slot(_), TimeCode::Slot(_)) => elapsed(op, a, b, Span::ZERO),
        (_, TimeCode::Add(earlier, by)) => elapsed(op, a, earlier, constant(by)?),
        (_, TimeCode::Subtract(earlier, by)) => elapsed(op, a, earlier, negated(constant(by)?)),
        (TimeCode::Subtract(later, by), _) => elapsed(op, later, b, constant(by)?),
        (TimeCode::Add(later, by), _) => elapsed(op, later, b, negated(constant(by)?)),
        _ => None,
    }
}

/// `later - earlier op bound`
fn elapsed(op: Compare, later: &TimeCode, earlier: &TimeCode, bound: Span) -> Option<Comparison> {
    match (later, earlier) {
        (TimeCode::Slot(later), TimeCode::Slot(earlier)) => Some(Comparison::Elapsed {
            later: *later,
            earlier: *earlier,
            op,
            bound,
        }),
        _ => None,
    }
}

fn constant(span: &SpanCode) -> Option<Span> {
    match span {
        SpanCode::Constant(span) => Some(*span),
        _ => None,
    }
}

fn negated(span: Span) -> Span {
    Span::from_millis(span.millis().saturating_neg())
}

fn spans(op: Compare, a: &SpanCode, b: &SpanCode) -> Option<Comparison> {
    let SpanCode::Constant(bound) = *b else {
        return None;
    };
    match a {
        SpanCode::Slot(slot) => Some(Comparison::Span {
            slot: *slot,
            op,
            bound,
        }),
        SpanCode::Between(later, earlier) => match (&**later, &**earlier) {
            (TimeCode::Slot(later), TimeCode::Slot(earlier)) => Some(Comparison::Elapsed {
                later: *later,
                earlier: *earlier,
                op,
                bound,
            }),
            _ => None,
        },
        _ => None,
    }
}
