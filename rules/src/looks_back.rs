//! How much of the past decides what a plan says now: what a run over recorded history has to begin with.

use model::{KindId, Span};

use crate::derivations::{Derivation, Form};
use crate::plan::{Conditions, KindPlan, Plan, Rule};
use crate::slots::SlotSource;
use crate::windows::{Shape, WindowSpec};

/// After so many half-lives a sample weighs less than a thousandth.
const HALF_LIVES: i64 = 10;
/// A silence that counts only inside a calendar takes longer on the wall; calendars repeat by the week.
const CALENDAR: Span = Span::from_mins(7 * 24 * 60);

/// The lengths of the past that a plan depends on. What a latch or a whole match of a sequence
/// remembers has no length.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LooksBack {
    /// The longest window.
    pub windows: Span,
    /// The longest silence, `stale_after` included.
    pub silences: Span,
    /// The longest chain of derivations: back from a value to the first reading it may be made of. How long ago a session or
    /// a count began has no length.
    pub derived: Span,
    /// The longest `held`, and of one rule `for`, the `within` of `repeat` or `sequence`, `keep_firing_for` and `settle`, one
    /// after the other.
    pub holds: Span,
}

impl LooksBack {
    /// All of it: a countdown may run upon a figure over a window, and a silence may have paused both.
    pub fn total(self) -> Span {
        let measured = plus(self.windows, self.derived);
        plus(plus(measured, self.silences), self.holds)
    }
}

impl Plan {
    /// How much of the past decides what the rules say now.
    pub fn looks_back(&self) -> LooksBack {
        let kinds = || self.kinds.iter();
        LooksBack {
            windows: longest(kinds().map(windows)),
            silences: longest(kinds().flat_map(silences)),
            derived: self.derived_back(),
            holds: plus(
                longest(kinds().map(helds)),
                longest(self.rules.iter().map(holds)),
            ),
        }
    }

    /// Derivations go from those made of what is measured to those made of them.
    fn derived_back(&self) -> Span {
        let mut derivations: Vec<_> = self.rules.iter().filter_map(derives).collect();
        derivations.sort_by_key(|(_, derivation, _)| derivation.rank);
        let mut by_kind = vec![Span::ZERO; self.kinds.len()];
        for (on, derivation, slots) in derivations {
            let members = &self.kinds[on.index()];
            let beside = members
                .relations
                .iter()
                .filter_map(|relation| relation.kind);
            let made_of = std::iter::once(on).chain(beside);
            let before = longest(made_of.map(|kind| by_kind[kind.index()]));
            let looked = looked(members, slots);
            let back = &mut by_kind[derivation.target.index()];
            *back = (*back).max(plus(before, plus(looked, window_of(derivation))));
        }
        longest(by_kind.into_iter())
    }
}

/// The kind a rule derives from, how, and what of it.
fn derives(rule: &Rule) -> Option<(KindId, &Derivation, &[SlotSource])> {
    match &rule.conditions {
        Conditions::Derives(derivation) => Some((rule.subject.kind()?, derivation, &rule.slots)),
        _ => None,
    }
}

/// The longest window or hold among what is read of a member.
fn looked(kind: &KindPlan, slots: &[SlotSource]) -> Span {
    longest(slots.iter().map(|slot| match slot {
        SlotSource::Window(place, _) => window(&kind.windows[usize::from(*place)]),
        SlotSource::Held(place) => {
            let held = &kind.helds[usize::from(*place)];
            plus(held.length, looked(kind, &held.slots))
        }
        _ => Span::ZERO,
    }))
}

/// From the last moment at which a value stands, back to the first reading in its window.
fn window_of(derivation: &Derivation) -> Span {
    match derivation.form {
        Form::Tumbling { every } | Form::Hopping { every, .. } => {
            let window = derivation.lookback.max(every);
            plus(plus(window, every), derivation.grace)
        }
        Form::Sliding { least } => least,
        Form::Session { gap } => gap,
        Form::Count { .. } => Span::ZERO,
    }
}

fn windows(kind: &KindPlan) -> Span {
    longest(kind.windows.iter().map(window))
}

fn helds(kind: &KindPlan) -> Span {
    longest(kind.helds.iter().map(|held| held.length))
}

fn window(spec: &WindowSpec) -> Span {
    match spec.shape {
        Shape::Samples(_) | Shape::Pair => spec.length,
        Shape::Decayed => Span::from_millis(spec.length.millis().saturating_mul(HALF_LIVES)),
        Shape::Weekly(_) => plus(spec.length, Span::from_mins(60)),
    }
}

fn silences(kind: &KindPlan) -> impl Iterator<Item = Span> {
    kind.silences.iter().map(|silence| match silence.during {
        Some(_) => plus(silence.length, CALENDAR),
        None => silence.length,
    })
}

fn holds(rule: &Rule) -> Span {
    let ladder = &rule.ladder;
    let before = longest(ladder.levels.iter().map(|(_, hold)| *hold));
    let repeat = ladder.repeat().map_or(Span::ZERO, |repeat| repeat.within);
    let sequence = match &rule.conditions {
        Conditions::Sequence(sequence) => sequence.within,
        Conditions::Levels(_)
        | Conditions::Absent { .. }
        | Conditions::Derives(_)
        | Conditions::Builtin => Span::ZERO,
    };
    let after = plus(ladder.keep_firing_for, rule.settle());
    plus(plus(before, plus(repeat, sequence)), after)
}

fn longest(spans: impl Iterator<Item = Span>) -> Span {
    spans.max().unwrap_or(Span::ZERO)
}

fn plus(a: Span, b: Span) -> Span {
    Span::from_millis(a.millis().saturating_add(b.millis()))
}
