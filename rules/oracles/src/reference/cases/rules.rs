//! Random rules.

use model::Severity;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::conditions::{cond, group_cond, hold, length};
use crate::reference::attention::{Attention, On};
use crate::reference::ladder::{OnMissing, Timings};
use crate::reference::rule::{Rule, Watched};

/// As many levels in both editions.
type Levels<C> = [Vec<(C, Option<C>)>; 2];

fn levels<C: std::fmt::Debug + Clone>(
    cond: impl Strategy<Value = C> + Clone,
) -> impl Strategy<Value = Levels<C>> {
    let level = (cond.clone(), prop::option::weighted(0.4, cond));
    (1_usize..3).prop_flat_map(move |levels| {
        let levels = || prop::collection::vec(level.clone(), levels);
        [levels(), levels()]
    })
}

fn watched() -> impl Strategy<Value = [Watched; 2]> {
    prop_oneof![
        6 => levels(cond().boxed()).prop_map(|both| both.map(Watched::Gauges)),
        3 => levels(group_cond().boxed()).prop_map(|both| both.map(Watched::Basin)),
        1 => [length(), length()].prop_map(|both| both.map(Watched::Silence)),
    ]
}

fn timings() -> impl Strategy<Value = Timings> {
    let severities = select(vec![
        [Severity::Critical, Severity::Medium],
        [Severity::High, Severity::Low],
    ]);
    let missing = select(vec![OnMissing::Hold, OnMissing::Fire, OnMissing::Resolve]);
    (severities, [hold(), hold()], hold(), missing).prop_map(
        |(severities, holds, keep, on_missing)| Timings {
            levels: severities.into_iter().zip(holds).collect(),
            keep,
            on_missing,
            repeat: None,
        },
    )
}

fn attention() -> impl Strategy<Value = Attention> {
    let settle = prop_oneof![2 => Just(0), 1 => hold()];
    let limit = prop_oneof![1 => Just(500), 2 => 1_usize..3];
    let shadow =
        prop_oneof![8 => Just([false, false]), 1 => Just([true, false]), 1 => Just([false, true])];
    (settle, [limit.clone(), limit], shadow).prop_map(|(settle, limit, shadow)| Attention {
        // Of a draft nobody says when it would have settled.
        settle: if shadow == [false, false] { settle } else { 0 },
        limit,
        shadow,
        inhibited_by: None,
    })
}

pub(crate) fn rule() -> impl Strategy<Value = Rule> {
    let repeat = prop::option::weighted(0.2, (2_usize..4, select(vec![12, 45, 120])));
    let min_known = prop_oneof![4 => Just(0.5), 1 => Just(0.0), 1 => Just(1.0)];
    let during = prop::bool::weighted(0.3);
    (
        watched(),
        [timings(), timings()],
        repeat,
        (min_known, during),
        attention(),
    )
        .prop_map(
            |(watched, timings, repeat, (min_known, during), attention)| {
                let levels = match &watched[0] {
                    Watched::Gauges(levels) => levels.len(),
                    Watched::Basin(levels) => levels.len(),
                    Watched::Silence(_) => 1,
                };
                let timings = timings.map(|mut timings| {
                    timings.levels.truncate(levels);
                    match watched[0] {
                        Watched::Gauges(_) => timings.repeat = repeat,
                        Watched::Basin(_) => {
                            (timings.repeat, timings.on_missing) = (repeat, OnMissing::Hold);
                        }
                        Watched::Silence(_) => {
                            timings.levels[0].1 = 0;
                            timings.on_missing = OnMissing::Hold;
                        }
                    }
                    timings
                });
                Rule {
                    watched,
                    timings,
                    during,
                    min_known,
                    attention,
                }
            },
        )
}

/// A rule, and perhaps which of its neighbours explains it.
pub(in crate::reference) type Drawn = (Rule, Option<(Index, On)>);

pub(in crate::reference) fn drawn() -> impl Strategy<Value = Drawn> {
    let on = select(vec![On::Asset, On::Basin, On::Uplink]);
    (rule(), prop::option::weighted(0.5, (any::<Index>(), on)))
}

/// Rules of which some explain others: causes stand `before` their effects, or behind.
pub(in crate::reference) fn explained(drawn: Vec<Drawn>, before: bool) -> Vec<Rule> {
    let (mut rules, causes): (Vec<Rule>, Vec<_>) = drawn.into_iter().unzip();
    for (effect, cause) in causes.into_iter().enumerate() {
        let Some((index, on)) = cause else { continue };
        let range = if before {
            0..effect
        } else {
            effect + 1..rules.len()
        };
        if range.is_empty() {
            continue;
        }
        let cause = range.start + index.index(range.len());
        let basins = rules[effect].is_about_basins() || rules[cause].is_about_basins();
        let on = if basins { On::Basin } else { on };
        rules[effect].attention.inhibited_by = Some((cause, on));
    }
    rules
}
