//! The seam to the host: it gives names, paths, methods and functions a meaning as typed slots.

use std::sync::Arc;

use model::{Span, Time};

use crate::{Comparison, Expr, Problem, Value};

/// The type of a slot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Type {
    /// True or false.
    Bool,
    /// A 64-bit signed integer: what is counted.
    Int,
    /// A 64-bit float: what is measured.
    Double,
    /// Free text.
    String,
    /// One word of these.
    Symbol(Arc<[Arc<str>]>),
    /// A point in time.
    Timestamp,
    /// A length of time.
    Duration,
}

/// A place in an expression that the host may know.
#[derive(Clone, Copy, Debug)]
pub enum Reference<'a> {
    /// `height`
    Name(&'a str),
    /// `asset.bd1`, `a.asset.id`, `asset.labels['team']`: two names or more.
    Path(&'a [&'a str]),
    /// `pm25.avg('1h')`
    Method {
        /// What stands before the dot.
        receiver: &'a Expr,
        /// The method's name.
        name: &'a str,
        /// Its arguments, not looked at yet.
        args: &'a [Expr],
    },
    /// `fraction(apState == 'down')`
    Function {
        /// The function's name.
        name: &'a str,
        /// Its arguments, not looked at yet.
        args: &'a [Expr],
    },
}

/// What the host makes of a reference.
#[derive(Clone, Debug)]
pub enum Resolution {
    /// A value read at evaluation.
    Slot {
        /// The number [`Slots`] is asked with.
        slot: u32,
        /// The type of what is read.
        ty: Type,
        /// UCUM code of a number's unit.
        unit: Option<Arc<str>>,
    },
    /// A value known now.
    Constant(Value),
    /// Not the host's: a built-in function, or nothing at all.
    NotMine,
    /// The host's, but wrong. Spans are bytes of the expression's source, as [`Expr::span`] gives them.
    Problems(Vec<Problem>),
}

/// What the names of an expression stand for.
pub trait Scope {
    /// What this place means. Asked once a place, in source order; `expr` is the whole of it.
    fn resolve(&mut self, reference: Reference<'_>, expr: &Expr) -> Resolution;

    /// The names that could stand in place of an unknown one, to offer the nearest: `height`, `asset.bd1`, `avg`.
    fn candidates(&self, reference: Reference<'_>) -> Vec<String>;

    /// Hears of a division of ints that does not come out even where it is written, and of no `int(…)` around it: the
    /// result is an int too, 3 / 4 is 0, and few who write one mean that.
    fn divides_whole(&mut self, _division: &Expr) {}

    /// Hears of a comparison of a slot with a constant: the host may know what the slot's values are.
    fn compares(&mut self, _written: &Expr, _comparison: Comparison) {}
}

/// The values of the moment. None is unknown: never seen, stale or of bad quality.
///
/// Only the method of a slot's own type is called for it. Doubles are finite.
pub trait Slots {
    /// A [`Type::Bool`] slot.
    fn boolean(&self, slot: u32) -> Option<bool>;
    /// A [`Type::Int`] slot.
    fn int(&self, slot: u32) -> Option<i64>;
    /// A [`Type::Double`] slot.
    fn number(&self, slot: u32) -> Option<f64>;
    /// A [`Type::String`] slot.
    fn text(&self, slot: u32) -> Option<&str>;
    /// A [`Type::Symbol`] slot: an index into its words.
    fn symbol(&self, slot: u32) -> Option<u16>;
    /// A [`Type::Timestamp`] slot.
    fn time(&self, slot: u32) -> Option<Time>;
    /// A [`Type::Duration`] slot.
    fn span(&self, slot: u32) -> Option<Span>;
}
