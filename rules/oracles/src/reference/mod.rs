//! A second engine, as slow as it is plain: it keeps every input for ever, looks at every rule at every step of time and works
//! everything out of the full history anew. The real one must tell the same alerts at the same times.

mod attention;
mod basin;
mod builtin;
mod cases;
mod city;
mod conditions;
mod figures;
mod history;
mod ladder;
mod naive;
mod rule;
mod run;
mod told;

use std::fmt;

use model::{Span, Time, Transition};
use proptest::prelude::*;

use crate::drawn::parts;
pub(crate) use cases::rule;
use cases::{Drawn, Happening};
use city::{ASSETS, BASINS, UPLINKS, basin_of, local_hour, members, shift_is_on};
use history::Event;
use naive::Naive;
pub(crate) use rule::Rule;
use told::{Cause, Identities, Step, Told, by_key, told_by};

/// Eight in the morning.
const START: Time = Time::from_millis(1_767_574_800_000);
/// Time goes in steps of ten seconds; every length in a generated rule is a number of them.
const STEP: Span = Span::from_secs(10);
/// Long enough for every countdown of every rule to end.
const AFTERWARDS: Tick = 700;

/// Steps since the start.
type Tick = i64;

fn time(tick: Tick) -> Time {
    START + steps(tick)
}

fn steps(n: Tick) -> Span {
    Span::from_millis(n * STEP.millis())
}

/// When the last countdown is over.
fn end(day: &[(Tick, Event)]) -> Tick {
    day.last().map_or(0, |(tick, _)| *tick) + AFTERWARDS
}

/// Some rules, what comes in a day and, for a second run, into which batches it is split and where the engine is restored.
#[derive(Clone)]
pub struct Day {
    rules: Vec<Rule>,
    events: Vec<(Tick, Event)>,
    batches: Vec<usize>,
    stops: Vec<usize>,
}

impl fmt::Debug for Day {
    /// As one reads it: the rules as written, what comes line by line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "rules:")?;
        for (n, rule) in self.rules.iter().enumerate() {
            let (at_first, edited) = (rule.text(n), rule.text_edited(n));
            write!(f, "{at_first}")?;
            if at_first != edited {
                write!(f, "edited:\n{edited}")?;
            }
        }
        writeln!(f, "day:")?;
        for (tick, event) in &self.events {
            writeln!(f, "  {tick} {event:?}")?;
        }
        let (batches, stops) = (&self.batches, &self.stops);
        write!(f, "batches of {batches:?}, restarts before {stops:?}")
    }
}

/// Any day.
pub fn day() -> impl Strategy<Value = Day> {
    let rules = (prop::collection::vec(cases::drawn(), 1..5), any::<bool>());
    let rules = rules.prop_map(|(drawn, before)| cases::explained(drawn, before));
    let happenings = prop::collection::vec(cases::happening(), 1..60);
    let batches = prop::collection::vec(batch(), 1..10);
    let stops = prop::collection::vec(0_usize..60, 0..3);
    (rules, happenings, batches, stops).prop_map(|(rules, happenings, batches, stops)| Day {
        rules,
        events: cases::day(happenings),
        batches,
        stops,
    })
}

fn batch() -> std::ops::Range<usize> {
    1..6
}

/// The day that a fuzzer's bytes stand for, told by both engines.
///
/// # Panics
/// As [`Day::check`].
pub fn check(bytes: &[u8]) {
    thread_local!(static ANY: (BoxedStrategy<Drawn>, BoxedStrategy<Happening>) =
        (cases::drawn().boxed(), cases::happening().boxed()));
    ANY.with(|(rule, happening)| told(bytes, rule, happening))
        .check();
}

/// More parts than this are left out, so that one day takes milliseconds.
const MOST: usize = 80;

fn told(bytes: &[u8], rule: &BoxedStrategy<Drawn>, happening: &BoxedStrategy<Happening>) -> Day {
    let (mut rules, mut batches, mut before) = (Vec::new(), Vec::new(), true);
    let (mut stops, mut happenings) = (Vec::new(), Vec::new());
    for part in parts(bytes, MOST) {
        match part.kind {
            0 => {
                stops.push(happenings.len());
                batches.extend(part.drawn(&batch()));
            }
            kind @ (1 | 2) if rules.len() < 4 => {
                before = kind == 1;
                rules.extend(part.drawn(rule));
            }
            _ => happenings.extend(part.drawn(happening)),
        }
    }
    Day {
        rules: cases::explained(rules, before),
        events: cases::day(happenings),
        batches,
        stops,
    }
}

impl Day {
    /// Runs both engines.
    ///
    /// # Panics
    /// When they do not tell the same, or the real one tells something else of the same inputs in other batches.
    pub fn check(&self) {
        if self.rules.is_empty() {
            return; // Nothing to tell, and no rule file.
        }
        let moments = run::plain(&self.rules, &self.events);
        let transitions: Vec<&Transition> = moments.iter().flat_map(|m| &m.transitions).collect();
        self.check_rules(&transitions);
        assert_eq!(
            builtin::told(&transitions),
            builtin::expected(&self.events),
            "the engine's own rules"
        );
        let attention: Vec<_> = self.rules.iter().map(|rule| &rule.attention).collect();
        attention::check(&attention, &moments);
        let shaken = run::shaken(&self.rules, &self.events, &self.batches, &self.stops);
        assert_eq!(
            told::apart_from_texts(&shaken),
            told::apart_from_texts(transitions),
            "in batches and after restarts"
        );
    }

    fn check_rules(&self, transitions: &[&Transition]) {
        let expected = Naive::new(&self.rules).live(&self.events);
        let mut identities = Identities::default();
        for (n, expected) in expected.into_iter().enumerate() {
            let (told, ids) = by_key(told_by(transitions, n));
            let (expected, causes) = by_key(expected);
            assert_eq!(told, expected, "R{n}, what the engine told left");
            for (told, (cause, id)) in told.iter().zip(causes.into_iter().zip(ids)) {
                identities.check(n, told, cause, id);
            }
        }
    }
}
