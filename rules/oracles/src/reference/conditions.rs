//! Conditions, as text for the real engine and as plain questions to the history.

use std::collections::BTreeMap;

use model::Quality;

use super::history::{History, Report};
use super::{ASSETS, Tick};

/// A comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Op {
    Above,
    AtLeast,
    Below,
    AtMost,
}

impl Op {
    fn sign(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }

    fn holds<T: PartialOrd>(self, a: &T, b: &T) -> bool {
        match self {
            Self::Above => a > b,
            Self::AtLeast => a >= b,
            Self::Below => a < b,
            Self::AtMost => a <= b,
        }
    }
}

/// A number of one gauge.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Number {
    Height,
    LastKnown,
    Prev,
    Over(Method, Tick),
}

/// A figure over the heights of a window.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Method {
    Avg,
    Min,
    Max,
    Sum,
    Stddev,
    Median,
    First,
    Last,
    Delta,
    Rate,
    Increase,
    Slope,
    Zscore,
    Ewma,
}

/// A whole number over a window of heights or of gate positions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Whole {
    Count,
    Changes,
    Distinct,
}

/// A condition about one gauge.
#[derive(Clone, Debug)]
pub(super) enum Cond {
    Is(Number, Op, f64),
    Many(bool, Whole, Tick, Op, i64),
    Gate(u16),
    Silent(Tick),
    Held(Box<Cond>, Tick),
    Not(Box<Cond>),
    And(Box<[Cond; 2]>),
    Or(Box<[Cond; 2]>),
}

/// A condition about the basin.
#[derive(Clone, Debug)]
pub(super) enum GroupCond {
    Count(Cond, Op, i64),
    Fraction(Cond, Op, f64),
    Across(Across, Number, Op, f64),
    Any(Cond),
    All(Cond),
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
}

/// When somebody looked at a condition, and what it was.
type Looks = Vec<(Tick, Option<bool>)>;

/// What `held` has to remember: every look at its condition, by text and gauge.
#[derive(Default)]
pub(super) struct Memory {
    looks: BTreeMap<(String, usize), Looks>,
}

const GATES: [&str; 3] = ["open", "shut", "moving"];

fn height(report: &Report) -> Option<f64> {
    report.height
}

fn gate(report: &Report) -> Option<f64> {
    report.gate.map(f64::from)
}

impl Number {
    fn text(self) -> String {
        match self {
            Self::Height => "height".to_owned(),
            Self::LastKnown => "last_known(height)".to_owned(),
            Self::Prev => "height.prev()".to_owned(),
            Self::Over(method, length) => {
                let (name, share) = match method {
                    Method::Avg => ("avg", ""),
                    Method::Min => ("min", ""),
                    Method::Max => ("max", ""),
                    Method::Sum => ("sum", ""),
                    Method::Stddev => ("stddev", ""),
                    Method::Median => ("quantile", "0.5, "),
                    Method::First => ("first", ""),
                    Method::Last => ("last", ""),
                    Method::Delta => ("delta", ""),
                    Method::Rate => ("rate", ""),
                    Method::Increase => ("increase", ""),
                    Method::Slope => ("slope", ""),
                    Method::Zscore => ("zscore", ""),
                    Method::Ewma => ("ewma", ""),
                };
                format!("height.{name}({share}'{}s')", length * 10)
            }
        }
    }

    fn eval(self, history: &History, asset: usize) -> Option<f64> {
        if self == Self::LastKnown {
            return history.last_known(asset, height);
        }
        if !history.is_known(asset) {
            return None;
        }
        match self {
            Self::Height | Self::LastKnown => history.value(asset, height),
            Self::Prev => {
                let values = history.values(asset, height);
                values.len().checked_sub(2).map(|place| values[place].1)
            }
            Self::Over(Method::Ewma, half_life) => ewma(&history.values(asset, height), half_life),
            Self::Over(method, length) => method.of(&window(history, asset, height, length)),
        }
    }
}

/// The values measured in `(t − length, t]`, t being the asset's newest time.
fn window(
    history: &History,
    asset: usize,
    field: impl Fn(&Report) -> Option<f64>,
    length: Tick,
) -> Vec<(Tick, f64)> {
    let Some(edge) = history.newest_at(asset) else {
        return Vec::new();
    };
    let mut values = history.values(asset, field);
    values.retain(|(at, _)| *at > edge - length && *at <= edge);
    values
}

fn ewma(values: &[(Tick, f64)], half_life: Tick) -> Option<f64> {
    let newest = values.last()?.0;
    let weight = |at: Tick| 0.5_f64.powf((newest - at) as f64 / half_life as f64);
    let weights: f64 = values.iter().map(|(at, _)| weight(*at)).sum();
    let sum: f64 = values.iter().map(|(at, value)| weight(*at) * value).sum();
    Some(sum / weights)
}

impl Method {
    fn of(self, window: &[(Tick, f64)]) -> Option<f64> {
        let (first, last) = (window.first()?, window.last()?);
        let values = || window.iter().map(|(_, value)| *value);
        let n = window.len() as f64;
        let mean = values().sum::<f64>() / n;
        let deviation = (values().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        let seconds = |tick: Tick| (tick - first.0) as f64 * 10.0;
        let found = match self {
            Self::Avg => mean,
            Self::Sum => values().sum(),
            Self::Min => values().fold(f64::INFINITY, f64::min),
            Self::Max => values().fold(f64::NEG_INFINITY, f64::max),
            Self::Stddev => deviation,
            Self::Median => {
                let mut sorted: Vec<f64> = values().collect();
                sorted.sort_by(f64::total_cmp);
                let middle = (sorted.len() - 1) as f64 / 2.0;
                f64::midpoint(
                    sorted[middle.floor() as usize],
                    sorted[middle.ceil() as usize],
                )
            }
            Self::First => first.1,
            Self::Last => last.1,
            Self::Delta => last.1 - first.1,
            Self::Rate if seconds(last.0) > 0.0 => (last.1 - first.1) / seconds(last.0),
            Self::Increase => window
                .windows(2)
                .map(|pair| {
                    let (from, to) = (pair[0].1, pair[1].1);
                    if to >= from { to - from } else { to }
                })
                .sum(),
            Self::Zscore if deviation > 0.0 => (last.1 - mean) / deviation,
            Self::Slope if seconds(last.0) > 0.0 => {
                let mid = window.iter().map(|(at, _)| seconds(*at)).sum::<f64>() / n;
                let up = window
                    .iter()
                    .map(|(at, v)| (seconds(*at) - mid) * (v - mean));
                let along = window.iter().map(|(at, _)| (seconds(*at) - mid).powi(2));
                up.sum::<f64>() / along.sum::<f64>()
            }
            Self::Rate | Self::Zscore | Self::Slope | Self::Ewma => return None,
        };
        Some(found)
    }
}

impl Whole {
    fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Changes => "changes",
            Self::Distinct => "distinct",
        }
    }

    fn of(self, window: &[(Tick, f64)]) -> i64 {
        let bits = || window.iter().map(|(_, value)| value.to_bits());
        let found = match self {
            Self::Count => window.len(),
            Self::Changes => window
                .windows(2)
                .filter(|pair| pair[0].1.to_bits() != pair[1].1.to_bits())
                .count(),
            Self::Distinct => bits().collect::<std::collections::BTreeSet<u64>>().len(),
        };
        found as i64
    }
}

impl Cond {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Is(number, op, bound) => format!("{} {} {bound:?}", number.text(), op.sign()),
            Self::Many(of_gate, whole, length, op, bound) => {
                let field = if *of_gate { "gate" } else { "height" };
                let (name, sign) = (whole.name(), op.sign());
                format!("{field}.{name}('{}s') {sign} {bound}", length * 10)
            }
            Self::Gate(position) => format!("gate == '{}'", GATES[usize::from(*position)]),
            Self::Silent(length) => format!("silent('{}s')", length * 10),
            Self::Held(inner, length) => format!("({}).held('{}s')", inner.text(), length * 10),
            Self::Not(inner) => format!("!({})", inner.text()),
            Self::And(both) => format!("(({}) && ({}))", both[0].text(), both[1].text()),
            Self::Or(both) => format!("(({}) || ({}))", both[0].text(), both[1].text()),
        }
    }

    pub(super) fn eval(
        &self,
        history: &History,
        asset: usize,
        memory: &mut Memory,
    ) -> Option<bool> {
        match self {
            Self::Is(number, op, bound) => {
                let value = number.eval(history, asset)?;
                Some(op.holds(&value, bound))
            }
            Self::Many(of_gate, whole, length, op, bound) => {
                if !history.is_known(asset) {
                    return None;
                }
                let field = if *of_gate { gate } else { height };
                // In an empty window there are none; of a field that was never heard nothing is known.
                let heard = history.was_heard(asset, field);
                let value = whole.of(&window(history, asset, field, *length));
                heard.then(|| op.holds(&value, bound))
            }
            Self::Gate(position) => {
                let value = history.value(asset, |report| report.gate)?;
                Some(value == *position)
            }
            Self::Silent(length) => {
                let up = history.source_is_up();
                up.then(|| history.silent_for(asset) >= *length)
            }
            Self::Held(inner, length) => {
                let truth = inner.eval(history, asset, memory);
                memory.held((inner.text(), asset), truth, history.now, *length)
            }
            Self::Not(inner) => inner.eval(history, asset, memory).map(|truth| !truth),
            Self::And(both) => and(both.each_ref().map(|c| c.eval(history, asset, memory))),
            Self::Or(both) => or(both.each_ref().map(|c| c.eval(history, asset, memory))),
        }
    }
}

fn and(both: [Option<bool>; 2]) -> Option<bool> {
    match both {
        [Some(false), _] | [_, Some(false)] => Some(false),
        [Some(true), Some(true)] => Some(true),
        _ => None,
    }
}

fn or(both: [Option<bool>; 2]) -> Option<bool> {
    and(both.map(|truth| truth.map(|t| !t))).map(|truth| !truth)
}

impl Memory {
    /// Whether the condition has been true for so long since it was last false, times of unknown not counted.
    fn held(
        &mut self,
        what: (String, usize),
        truth: Option<bool>,
        now: Tick,
        length: Tick,
    ) -> Option<bool> {
        let looks = self.looks.entry(what).or_default();
        looks.push((now, truth));
        let since_false = looks.iter().rposition(|(_, truth)| *truth == Some(false));
        let looks = &looks[since_false.map_or(0, |place| place + 1)..];
        let true_for: Tick = looks
            .windows(2)
            .filter(|pair| pair[0].1 == Some(true))
            .map(|pair| pair[1].0 - pair[0].0)
            .sum();
        Some(truth? && true_for >= length)
    }
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
                };
                format!("{name}({}) {} {bound:?}", number.text(), op.sign())
            }
            Self::Any(cond) => format!("any({})", cond.text()),
            Self::All(cond) => format!("all({})", cond.text()),
            Self::And(both) => format!("({} && {})", both[0].text(), both[1].text()),
            Self::Or(both) => format!("({} || {})", both[0].text(), both[1].text()),
        }
    }

    /// How many members can be asked everything that is asked here.
    pub(super) fn known(&self, history: &History, memory: &mut Memory) -> usize {
        let members = 0..ASSETS.len();
        match self {
            Self::Count(cond, ..)
            | Self::Fraction(cond, ..)
            | Self::Any(cond)
            | Self::All(cond) => {
                let truths = members.filter_map(|asset| cond.eval(history, asset, memory));
                truths.count()
            }
            Self::Across(_, number, ..) => members
                .filter_map(|asset| number.eval(history, asset))
                .count(),
            Self::And(both) | Self::Or(both) => {
                let [a, b] = both.each_ref().map(|c| c.known(history, memory));
                a.min(b)
            }
        }
    }

    pub(super) fn eval(&self, history: &History, memory: &mut Memory) -> Option<bool> {
        let mut truths = |cond: &Cond| -> Vec<bool> {
            (0..ASSETS.len())
                .filter_map(|asset| cond.eval(history, asset, memory))
                .collect()
        };
        match self {
            Self::Count(cond, op, bound) => {
                let holds = truths(cond).into_iter().filter(|t| *t).count() as i64;
                Some(op.holds(&holds, bound))
            }
            Self::Fraction(cond, op, bound) => {
                let truths = truths(cond);
                let holds = truths.iter().filter(|t| **t).count();
                (!truths.is_empty()).then(|| op.holds(&(holds as f64 / truths.len() as f64), bound))
            }
            Self::Any(cond) => {
                let truths = truths(cond);
                (!truths.is_empty()).then(|| truths.contains(&true))
            }
            Self::All(cond) => {
                let truths = truths(cond);
                (!truths.is_empty()).then(|| !truths.contains(&false))
            }
            Self::Across(across, number, op, bound) => {
                let numbers = (0..ASSETS.len()).filter_map(|asset| number.eval(history, asset));
                let numbers: Vec<f64> = numbers.collect();
                let n = numbers.len() as f64;
                let sum: f64 = numbers.iter().sum();
                let found = match across {
                    _ if numbers.is_empty() => return None,
                    Across::Avg => sum / n,
                    Across::Sum => sum,
                    Across::Min => numbers.iter().copied().fold(f64::INFINITY, f64::min),
                    Across::Max => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                };
                Some(op.holds(&found, bound))
            }
            Self::And(both) => and(both.each_ref().map(|c| c.eval(history, memory))),
            Self::Or(both) => or(both.each_ref().map(|c| c.eval(history, memory))),
        }
    }
}

/// Of these the engine takes values in; the reference leaves the rest out.
pub(super) const QUALITIES: [Quality; 3] = [Quality::Good, Quality::Fault, Quality::Backfill];
