//! Conditions about all gauges of a basin.

use super::conditions::{Cond, Memory, Op, and, or};
use super::figures::{Number, median};
use super::history::History;
use super::{local_hour, shift_is_on};

/// A condition about the basin.
#[derive(Clone, Debug)]
pub(super) enum GroupCond {
    Count(Cond, Op, i64),
    Fraction(Cond, Op, f64),
    Across(Across, Number, Op, f64),
    Any(Cond),
    All(Cond),
    /// How many different gate positions there are.
    Positions(Op, i64),
    /// How many members are known.
    Known(Op, i64),
    KnownShare(Op, f64),
    Shift,
    Hour(Op, i64),
    And(Box<[GroupCond; 2]>),
    Or(Box<[GroupCond; 2]>),
}

/// A figure over the members' numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Across {
    Avg,
    Min,
    Max,
    Sum,
    Median,
}

impl GroupCond {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Count(cond, op, bound) => format!("count({}) {} {bound}", cond.text(), op.sign()),
            Self::Fraction(cond, op, bound) => {
                format!("fraction({}) {} {bound:?}", cond.text(), op.sign())
            }
            Self::Across(across, number, op, bound) => {
                let name = match across {
                    Across::Avg => "avg",
                    Across::Min => "min",
                    Across::Max => "max",
                    Across::Sum => "sum",
                    Across::Median => {
                        let (number, sign) = (number.text(), op.sign());
                        return format!("quantile({number}, 0.5) {sign} {bound:?}");
                    }
                };
                format!("{name}({}) {} {bound:?}", number.text(), op.sign())
            }
            Self::Positions(op, bound) => format!("distinct(gate) {} {bound}", op.sign()),
            Self::Known(op, bound) => format!("count() {} {bound}", op.sign()),
            Self::KnownShare(op, bound) => format!("known_fraction() {} {bound:?}", op.sign()),
            Self::Shift => "calendar('shifts')".to_owned(),
            Self::Hour(op, hour) => format!("local_hour() {} {hour}", op.sign()),
            Self::Any(cond) => format!("any({})", cond.text()),
            Self::All(cond) => format!("all({})", cond.text()),
            Self::And(both) => format!("({} && {})", both[0].text(), both[1].text()),
            Self::Or(both) => format!("({} || {})", both[0].text(), both[1].text()),
        }
    }

    pub(super) fn helds<'a>(&'a self, found: &mut Vec<&'a Cond>) {
        match self {
            Self::Count(cond, ..)
            | Self::Fraction(cond, ..)
            | Self::Any(cond)
            | Self::All(cond) => cond.helds(found),
            Self::And(both) | Self::Or(both) => both.iter().for_each(|cond| cond.helds(found)),
            _ => {}
        }
    }

    /// How many members can be asked everything that is asked of them here; none where nothing is.
    pub(super) fn known(&self, history: &History, of: Members<'_>) -> Option<usize> {
        match self {
            Self::Count(cond, ..)
            | Self::Fraction(cond, ..)
            | Self::Any(cond)
            | Self::All(cond) => Some(of.truths(history, cond).len()),
            Self::Across(_, number, ..) => Some(of.numbers(history, *number).len()),
            Self::Positions(..) => Some(of.positions(history).len()),
            Self::Known(..) | Self::KnownShare(..) | Self::Shift | Self::Hour(..) => None,
            Self::And(both) | Self::Or(both) => {
                let both = both.iter().filter_map(|c| c.known(history, of));
                both.min()
            }
        }
    }

    pub(super) fn eval(&self, history: &History, of: Members<'_>) -> Option<bool> {
        let truths = |cond: &Cond| Some(of.truths(history, cond)).filter(|t| !t.is_empty());
        match self {
            Self::Count(cond, op, bound) => {
                let holds = truths(cond)?.into_iter().filter(|t| *t).count() as i64;
                Some(op.holds(&holds, bound))
            }
            Self::Fraction(cond, op, bound) => {
                let truths = truths(cond)?;
                let holds = truths.iter().filter(|t| **t).count();
                Some(op.holds(&(holds as f64 / truths.len() as f64), bound))
            }
            Self::Any(cond) => Some(truths(cond)?.contains(&true)),
            Self::All(cond) => Some(!truths(cond)?.contains(&false)),
            Self::Across(across, number, op, bound) => {
                let found = across.of(of.numbers(history, *number))?;
                Some(op.holds(&found, bound))
            }
            Self::Positions(op, bound) => {
                let mut positions = of.positions(history);
                positions.sort_unstable();
                positions.dedup();
                let n = positions.len() as i64;
                (n > 0).then(|| op.holds(&n, bound))
            }
            Self::Known(op, bound) => Some(op.holds(&(of.known(history) as i64), bound)),
            Self::KnownShare(op, bound) => {
                let share = of.known(history) as f64 / of.members.len() as f64;
                Some(op.holds(&share, bound))
            }
            Self::Shift => Some(shift_is_on(history.now)),
            Self::Hour(op, hour) => Some(op.holds(&local_hour(history.now), hour)),
            Self::And(both) => and(both.each_ref().map(|c| c.eval(history, of))),
            Self::Or(both) => or(both.each_ref().map(|c| c.eval(history, of))),
        }
    }
}

/// The gauges of a basin.
#[derive(Clone, Copy)]
pub(super) struct Members<'a> {
    pub(super) members: &'a [usize],
    pub(super) memory: &'a Memory,
}

impl Members<'_> {
    /// How many are known.
    pub(super) fn known(self, history: &History) -> usize {
        let known = |asset: &&usize| history.is_known(**asset);
        self.members.iter().filter(known).count()
    }

    fn truths(self, history: &History, cond: &Cond) -> Vec<bool> {
        let members = self.members.iter();
        members
            .filter_map(|asset| cond.eval(history, *asset, self.memory))
            .collect()
    }

    fn numbers(self, history: &History, number: Number) -> Vec<f64> {
        let members = self.members.iter();
        members
            .filter_map(|asset| number.eval(history, *asset))
            .collect()
    }

    fn positions(self, history: &History) -> Vec<u16> {
        let members = self.members.iter();
        members
            .filter_map(|asset| history.value(*asset, |report| report.gate))
            .collect()
    }
}

impl Across {
    fn of(self, numbers: Vec<f64>) -> Option<f64> {
        let n = numbers.len() as f64;
        let sum: f64 = numbers.iter().sum();
        Some(match self {
            _ if numbers.is_empty() => return None,
            Self::Avg => sum / n,
            Self::Sum => sum,
            Self::Min => numbers.iter().copied().fold(f64::INFINITY, f64::min),
            Self::Max => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Self::Median => median(numbers),
        })
    }
}
