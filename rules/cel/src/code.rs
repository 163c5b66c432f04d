//! Typed programs: one enum a type, so that evaluation meets no type it does not expect, allocates nothing
//! (but for joined texts) and knows unknown in every place. Shared parts are counted, so that `explain` can hold them too;
//! what is large and rare stands behind a pointer, so that a comparison is three words.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use model::{Span, Time};
use regex::Regex;

use crate::ast::{Arithmetic, Compare};
use crate::convert::{LONGEST_MILLIS, int_of_double};
use crate::functions::{SpanPart, TimePart};
use crate::operators::{double_arithmetic, int_arithmetic, order_integer};
use crate::scope::Slots;
use crate::term::Term;
use crate::timestamp::Zone;
use crate::{Timestamp, Value};

/// What a typed part of an expression compiled to, while it is put together.
#[derive(Clone, Debug)]
pub(crate) enum Code {
    Constant(Value),
    Bool(Arc<BoolCode>),
    Int(Arc<IntCode>),
    Double(Arc<DoubleCode>),
    String(Arc<TextCode>),
    Symbol(Arc<SymbolCode>),
    Timestamp(Arc<TimeCode>),
    Duration(Arc<SpanCode>),
}

/// A slot of one word out of a few.
#[derive(Debug)]
pub struct SymbolCode {
    pub(crate) slot: u32,
    pub(crate) words: Arc<[Arc<str>]>,
}

/// `condition ? then : otherwise`
#[derive(Clone, Debug)]
pub struct Choice<T> {
    pub(crate) condition: Arc<BoolCode>,
    pub(crate) then: Arc<T>,
    pub(crate) otherwise: Arc<T>,
}

#[derive(Clone, Debug)]
pub enum BoolCode {
    Constant(bool),
    Slot(u32),
    Not(Arc<BoolCode>),
    All(Box<[Arc<BoolCode>]>),
    Any(Box<[Arc<BoolCode>]>),
    Choose(Box<Choice<BoolCode>>),
    /// `has(x)`: whether x is known. Never unknown itself.
    Known(Term),
    /// A measured slot against a constant: what most rules are made of.
    Bound {
        slot: u32,
        op: Compare,
        bound: f64,
    },
    /// A counted slot against a constant.
    IntBound {
        slot: u32,
        op: Compare,
        bound: i64,
    },
    SymbolIs {
        slot: u32,
        word: u16,
        equal: bool,
    },
    SymbolIn {
        slot: u32,
        words: Box<[u16]>,
    },
    /// Two symbols of the same words.
    SymbolsEqual {
        a: u32,
        b: u32,
        equal: bool,
    },
    Bools {
        equal: bool,
        a: Arc<BoolCode>,
        b: Arc<BoolCode>,
    },
    Doubles {
        op: Compare,
        a: Arc<DoubleCode>,
        b: Arc<DoubleCode>,
    },
    Ints {
        op: Compare,
        a: Arc<IntCode>,
        b: Arc<IntCode>,
    },
    IntDouble {
        op: Compare,
        a: Arc<IntCode>,
        b: Arc<DoubleCode>,
    },
    Texts {
        op: Compare,
        a: Arc<TextCode>,
        b: Arc<TextCode>,
    },
    Times {
        op: Compare,
        a: Arc<TimeCode>,
        b: Arc<TimeCode>,
    },
    Spans {
        op: Compare,
        a: Arc<SpanCode>,
        b: Arc<SpanCode>,
    },
    TextIn(Box<TextIn>),
    Matches {
        text: Arc<TextCode>,
        pattern: Box<Regex>,
    },
    TextTest {
        test: TextTest,
        text: Arc<TextCode>,
        part: Arc<TextCode>,
    },
}

/// Whether a text is one of several.
#[derive(Clone, Debug)]
pub struct TextIn {
    pub(crate) text: Arc<TextCode>,
    pub(crate) sorted: Box<[Arc<str>]>,
}

/// A question about two texts.
#[derive(Clone, Copy, Debug)]
pub enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

impl TextTest {
    pub(crate) fn holds(self, text: &str, part: &str) -> bool {
        match self {
            Self::StartsWith => text.starts_with(part),
            Self::EndsWith => text.ends_with(part),
            Self::Contains => text.contains(part),
        }
    }
}

#[derive(Clone, Debug)]
pub enum DoubleCode {
    Constant(f64),
    Slot(u32),
    OfInt(Arc<IntCode>),
    Negate(Arc<DoubleCode>),
    Arithmetic {
        op: Arithmetic,
        a: Arc<DoubleCode>,
        b: Arc<DoubleCode>,
    },
    Choose(Box<Choice<DoubleCode>>),
    /// The least or greatest of several.
    Extreme {
        greatest: bool,
        of: Box<[Arc<DoubleCode>]>,
    },
    Rounded {
        how: Rounding,
        of: Arc<DoubleCode>,
    },
}

/// A function from one double to another.
#[derive(Clone, Copy, Debug)]
pub enum Rounding {
    Abs,
    Ceil,
    Floor,
    /// Half away from zero.
    Round,
    Trunc,
}

impl Rounding {
    pub(crate) fn of(self, a: f64) -> f64 {
        match self {
            Self::Abs => a.abs(),
            Self::Ceil => a.ceil(),
            Self::Floor => a.floor(),
            Self::Round => a.round(),
            Self::Trunc => a.trunc(),
        }
    }
}

#[derive(Debug)]
pub enum IntCode {
    Constant(i64),
    Slot(u32),
    /// Towards zero; unknown where an int cannot hold it.
    OfDouble(Arc<DoubleCode>),
    Negate(Arc<IntCode>),
    Arithmetic {
        op: Arithmetic,
        a: Arc<IntCode>,
        b: Arc<IntCode>,
    },
    Choose(Box<Choice<IntCode>>),
    /// Characters of a text.
    Size(Arc<TextCode>),
    SpanPart {
        part: SpanPart,
        span: Arc<SpanCode>,
    },
    TimePart {
        part: TimePart,
        at: Arc<TimeCode>,
        zone: Zone,
    },
}

#[derive(Debug)]
pub enum TextCode {
    Constant(Arc<str>),
    Slot(u32),
    /// The word itself.
    Word(Arc<SymbolCode>),
    Join(Arc<TextCode>, Arc<TextCode>),
    Choose(Box<Choice<TextCode>>),
}

#[derive(Debug)]
pub enum TimeCode {
    Constant(Time),
    Slot(u32),
    Add(Arc<TimeCode>, Arc<SpanCode>),
    Subtract(Arc<TimeCode>, Arc<SpanCode>),
    Choose(Box<Choice<TimeCode>>),
}

#[derive(Debug)]
pub enum SpanCode {
    Constant(Span),
    Slot(u32),
    /// From the second to the first.
    Between(Arc<TimeCode>, Arc<TimeCode>),
    Add(Arc<SpanCode>, Arc<SpanCode>),
    Subtract(Arc<SpanCode>, Arc<SpanCode>),
    Choose(Box<Choice<SpanCode>>),
}

impl BoolCode {
    pub(crate) fn eval<S: Slots + ?Sized>(&self, slots: &S) -> Option<bool> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Slot(slot) => slots.boolean(*slot),
            Self::Bound { slot, op, bound } => Some(op.holds(&slots.number(*slot)?, bound)),
            Self::IntBound { slot, op, bound } => Some(op.holds(&slots.int(*slot)?, bound)),
            Self::SymbolIs { slot, word, equal } => Some((slots.symbol(*slot)? == *word) == *equal),
            Self::Not(inner) => inner.eval(slots).map(|value| !value),
            Self::All(parts) => decide(parts, false, slots),
            Self::Any(parts) => decide(parts, true, slots),
            Self::Doubles { op, a, b } => Some(op.holds(&a.eval(slots)?, &b.eval(slots)?)),
            Self::Ints { op, a, b } => Some(op.holds(&a.eval(slots)?, &b.eval(slots)?)),
            Self::Choose(choice) => choice.chosen(slots)?.eval(slots),
            Self::Known(term) => Some(term.is_known(slots)),
            Self::SymbolIn { slot, words } => Some(words.contains(&slots.symbol(*slot)?)),
            Self::SymbolsEqual { a, b, equal } => {
                Some((slots.symbol(*a)? == slots.symbol(*b)?) == *equal)
            }
            Self::Bools { equal, a, b } => Some((a.eval(slots)? == b.eval(slots)?) == *equal),
            Self::IntDouble { op, a, b } => {
                let order = order_integer(i128::from(a.eval(slots)?), b.eval(slots)?)?;
                Some(op.holds(&order, &Ordering::Equal))
            }
            Self::Texts { op, a, b } => Some(op.holds(&*a.eval(slots)?, &*b.eval(slots)?)),
            Self::Times { op, a, b } => Some(op.holds(&a.eval(slots)?, &b.eval(slots)?)),
            Self::Spans { op, a, b } => Some(op.holds(&a.eval(slots)?, &b.eval(slots)?)),
            Self::TextIn(list) => {
                let text = list.text.eval(slots)?;
                let found = list.sorted.binary_search_by(|word| (**word).cmp(&text));
                Some(found.is_ok())
            }
            Self::Matches { text, pattern } => Some(pattern.is_match(&text.eval(slots)?)),
            Self::TextTest { test, text, part } => {
                Some(test.holds(&text.eval(slots)?, &part.eval(slots)?))
            }
        }
    }
}

/// Kleene's `&&` (decisive: false) and `||` (decisive: true): one decisive part decides whatever the others are.
fn decide<S: Slots + ?Sized>(parts: &[Arc<BoolCode>], decisive: bool, slots: &S) -> Option<bool> {
    let mut all_known = true;
    for part in parts {
        match part.eval(slots) {
            Some(value) if value == decisive => return Some(decisive),
            Some(_) => {}
            None => all_known = false,
        }
    }
    all_known.then_some(!decisive)
}

impl<T> Choice<T> {
    fn chosen<S: Slots + ?Sized>(&self, slots: &S) -> Option<&T> {
        let holds = self.condition.eval(slots)?;
        Some(if holds { &self.then } else { &self.otherwise })
    }
}

impl DoubleCode {
    /// Finite or unknown.
    pub(crate) fn eval<S: Slots + ?Sized>(&self, slots: &S) -> Option<f64> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Slot(slot) => slots.number(*slot),
            Self::OfInt(inner) => Some(inner.eval(slots)? as f64),
            Self::Negate(inner) => Some(-inner.eval(slots)?),
            Self::Arithmetic { op, a, b } => double_arithmetic(*op, a.eval(slots)?, b.eval(slots)?)
                .filter(|value| value.is_finite()),
            Self::Choose(choice) => choice.chosen(slots)?.eval(slots),
            Self::Extreme { greatest, of } => {
                let mut values = of.iter().map(|part| part.eval(slots));
                let first = values.next()??;
                values.try_fold(first, |so_far, value| {
                    let value = value?;
                    Some(if *greatest {
                        so_far.max(value)
                    } else {
                        so_far.min(value)
                    })
                })
            }
            Self::Rounded { how, of } => Some(how.of(of.eval(slots)?)),
        }
    }
}

impl IntCode {
    pub(crate) fn eval<S: Slots + ?Sized>(&self, slots: &S) -> Option<i64> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Slot(slot) => slots.int(*slot),
            Self::OfDouble(inner) => int_of_double(inner.eval(slots)?),
            Self::Negate(inner) => inner.eval(slots)?.checked_neg(),
            // A fault is the author's at load and unknown afterwards: it neither fires nor clears.
            Self::Arithmetic { op, a, b } => {
                int_arithmetic(*op, a.eval(slots)?, b.eval(slots)?).ok()
            }
            Self::Choose(choice) => choice.chosen(slots)?.eval(slots),
            Self::Size(text) => Some(text.eval(slots)?.chars().count() as i64),
            Self::SpanPart { part, span } => Some(part.of(span.eval(slots)?.millis())),
            Self::TimePart { part, at, zone } => {
                let local = Timestamp::from_time(at.eval(slots)?)?.in_zone(zone)?;
                Some(part.of(local))
            }
        }
    }
}

impl TextCode {
    pub(crate) fn eval<'a, S: Slots + ?Sized>(&'a self, slots: &'a S) -> Option<Cow<'a, str>> {
        match self {
            Self::Constant(text) => Some(Cow::Borrowed(text)),
            Self::Slot(slot) => slots.text(*slot).map(Cow::Borrowed),
            Self::Word(symbol) => symbol.word(slots).map(|word| Cow::Borrowed(&**word)),
            Self::Join(a, b) => Some(Cow::Owned([a.eval(slots)?, b.eval(slots)?].concat())),
            Self::Choose(choice) => choice.chosen(slots)?.eval(slots),
        }
    }
}

impl SymbolCode {
    pub(crate) fn word<S: Slots + ?Sized>(&self, slots: &S) -> Option<&Arc<str>> {
        self.words.get(usize::from(slots.symbol(self.slot)?))
    }
}

impl TimeCode {
    pub(crate) fn eval<S: Slots + ?Sized>(&self, slots: &S) -> Option<Time> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Slot(slot) => slots.time(*slot),
            Self::Add(at, span) => in_calendar(at.eval(slots)? + span.eval(slots)?),
            Self::Subtract(at, span) => in_calendar(at.eval(slots)? - span.eval(slots)?),
            Self::Choose(choice) => choice.chosen(slots)?.eval(slots),
        }
    }
}

impl SpanCode {
    pub(crate) fn eval<S: Slots + ?Sized>(&self, slots: &S) -> Option<Span> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Slot(slot) => slots.span(*slot),
            Self::Between(later, earlier) => {
                between(later.eval(slots)?.since(earlier.eval(slots)?))
            }
            Self::Add(a, b) => combine(a.eval(slots)?, b.eval(slots)?, i64::checked_add),
            Self::Subtract(a, b) => combine(a.eval(slots)?, b.eval(slots)?, i64::checked_sub),
            Self::Choose(choice) => choice.chosen(slots)?.eval(slots),
        }
    }
}

/// A time that CEL knows: what the dynamic evaluator calls an overflow is unknown here.
fn in_calendar(at: Time) -> Option<Time> {
    Timestamp::holds(at).then_some(at)
}

/// The time between two points, which CEL counts in 64 bits of nanoseconds.
fn between(span: Span) -> Option<Span> {
    span.millis().checked_mul(1_000_000).map(|_| span)
}

fn combine(a: Span, b: Span, with: fn(i64, i64) -> Option<i64>) -> Option<Span> {
    let millis = with(a.millis(), b.millis())?;
    (millis.unsigned_abs() <= LONGEST_MILLIS).then_some(Span::from_millis(millis))
}
