//! Conditions about one gauge, as text for the real engine and as plain questions to the history.

use std::collections::BTreeMap;

use super::basin::GroupCond;
use super::figures::{Number, Whole, gate, height, window};
use super::history::History;
use super::rule::Edits;
use super::{ASSETS, Tick, UPLINKS, basin_of, local_hour, shift_is_on};

/// A comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Op {
    Above,
    AtLeast,
    Below,
    AtMost,
}

impl Op {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }

    pub(super) fn holds<T: PartialOrd>(self, a: &T, b: &T) -> bool {
        match self {
            Self::Above => a > b,
            Self::AtLeast => a >= b,
            Self::Below => a < b,
            Self::AtMost => a <= b,
        }
    }
}

/// A condition about one gauge.
#[derive(Clone, Debug)]
pub(super) enum Cond {
    Is(Number, Op, f64),
    Many(bool, Whole, Tick, Op, i64),
    Gate(u16),
    UplinkGate(u16),
    Silent(Tick),
    /// How old the height is, by the times of measurement.
    Aged(Tick),
    /// The same of the newest report, whatever it carried.
    NotHeard(Tick),
    /// The calendar `shifts` is open.
    Shift,
    Hour(Op, i64),
    Held(Box<Cond>, Tick),
    Not(Box<Cond>),
    And(Box<[Cond; 2]>),
    Or(Box<[Cond; 2]>),
}

/// Since when a condition was what, look by look; looks that saw the same as the one before are left out.
type Looks = Vec<(Tick, Option<bool>)>;

/// What `held` has to remember: every look at its condition, by text and gauge.
#[derive(Default)]
pub(super) struct Memory {
    looks: BTreeMap<(String, usize), Looks>,
}

const GATES: [&str; 3] = ["open", "shut", "moving"];

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
            Self::UplinkGate(position) => {
                format!("uplink.gate == '{}'", GATES[usize::from(*position)])
            }
            Self::Silent(length) => format!("silent('{}s')", length * 10),
            Self::Aged(length) => format!("height.age() >= duration('{}s')", length * 10),
            Self::NotHeard(length) => format!("now - at >= duration('{}s')", length * 10),
            Self::Shift => "calendar('shifts')".to_owned(),
            Self::Hour(op, hour) => format!("local_hour() {} {hour}", op.sign()),
            Self::Held(inner, length) => format!("({}).held('{}s')", inner.text(), length * 10),
            Self::Not(inner) => format!("!({})", inner.text()),
            Self::And(both) => format!("(({}) && ({}))", both[0].text(), both[1].text()),
            Self::Or(both) => format!("(({}) || ({}))", both[0].text(), both[1].text()),
        }
    }

    pub(super) fn eval(&self, history: &History, asset: usize, memory: &Memory) -> Option<bool> {
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
            Self::UplinkGate(position) => {
                let value = history.value(UPLINKS[asset], |report| report.gate)?;
                Some(value == *position)
            }
            Self::Silent(length) => {
                let up = history.source_is_up(asset);
                up.then(|| history.silent_for(asset) >= *length)
            }
            Self::Aged(length) => Some(history.age(asset, height)? >= *length),
            Self::NotHeard(length) => Some(history.report_age(asset)? >= *length),
            Self::Shift => Some(shift_is_on(history.now)),
            Self::Hour(op, hour) => Some(op.holds(&local_hour(history.now), hour)),
            Self::Held(inner, length) => memory.held(&(inner.text(), asset), *length, history.now),
            Self::Not(inner) => inner.eval(history, asset, memory).map(|truth| !truth),
            Self::And(both) => and(both.each_ref().map(|c| c.eval(history, asset, memory))),
            Self::Or(both) => or(both.each_ref().map(|c| c.eval(history, asset, memory))),
        }
    }
}

pub(super) fn and(both: [Option<bool>; 2]) -> Option<bool> {
    match both {
        [Some(false), _] | [_, Some(false)] => Some(false),
        [Some(true), Some(true)] => Some(true),
        _ => None,
    }
}

pub(super) fn or(both: [Option<bool>; 2]) -> Option<bool> {
    and(both.map(|truth| truth.map(|t| !t))).map(|truth| !truth)
}

impl Cond {
    /// The conditions that have to be held, somewhere in this one.
    pub(super) fn helds<'a>(&'a self, found: &mut Vec<&'a Cond>) {
        match self {
            Self::Held(inner, _) => found.push(inner),
            Self::Not(inner) => inner.helds(found),
            Self::And(both) | Self::Or(both) => both.iter().for_each(|cond| cond.helds(found)),
            _ => {}
        }
    }
}

impl Memory {
    /// Looks at every condition that rules ask to be held; those that none asks for any more are forgotten.
    /// Nobody looks at a gauge that is out of service.
    pub(super) fn look<'a>(
        &mut self,
        history: &History,
        edits: Edits,
        levels: impl Iterator<Item = Asked<'a>>,
    ) {
        let mut asked = Vec::new();
        for level in levels {
            match level {
                Asked::Gauge(cond) => cond.helds(&mut asked),
                Asked::Basin(cond) => cond.helds(&mut asked),
            }
        }
        let texts: BTreeMap<String, &Cond> = asked.into_iter().map(|c| (c.text(), c)).collect();
        let serves = |asset: usize| basin_of(asset, edits).is_some();
        self.looks
            .retain(|(text, asset), _| texts.contains_key(text) && serves(*asset));
        for (text, cond) in texts {
            for asset in (0..ASSETS.len()).filter(|asset| serves(*asset)) {
                let truth = cond.eval(history, asset, self);
                let looks = self.looks.entry((text.clone(), asset)).or_default();
                if looks.last().is_none_or(|(_, before)| *before != truth) {
                    looks.push((history.now, truth));
                }
            }
        }
    }

    /// Whether the condition has been true for so long since it was last false, times of unknown not counted.
    fn held(&self, what: &(String, usize), length: Tick, now: Tick) -> Option<bool> {
        let looks = self.looks.get(what)?;
        let since_false = looks.iter().rposition(|(_, truth)| *truth == Some(false));
        let (_, truth) = looks.last()?;
        let looks = &looks[since_false.map_or(0, |place| place + 1)..];
        let until = looks.iter().skip(1).map(|(at, _)| *at).chain([now]);
        let spans = looks.iter().zip(until);
        let true_for: Tick = spans
            .filter(|((_, truth), _)| *truth == Some(true))
            .map(|((since, _), until)| until - since)
            .sum();
        Some((*truth)? && true_for >= length)
    }
}

/// A condition of a rule, of whatever sort.
pub(super) enum Asked<'a> {
    Gauge(&'a Cond),
    Basin(&'a GroupCond),
}
