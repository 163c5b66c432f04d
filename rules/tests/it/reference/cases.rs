//! Random rules and random days.

use model::{Quality, Severity};
use proptest::prelude::*;
use proptest::sample::select;

use super::attention::{Attention, On};
use super::basin::{Across, GroupCond};
use super::conditions::{Cond, Op};
use super::figures::{Method, Number, Whole};
use super::history::{Event, Report, SOURCES};
use super::ladder::{OnMissing, Timings};
use super::rule::{Rule, Watched};
use super::{ASSETS, Tick};

fn op() -> impl Strategy<Value = Op> {
    select(vec![Op::Above, Op::AtLeast, Op::Below, Op::AtMost])
}

/// Shorter and longer than the fifteen minutes after which a gauge is stale.
fn length() -> impl Strategy<Value = Tick> {
    select(vec![1, 3, 6, 18, 30, 60, 120])
}

fn hold() -> impl Strategy<Value = Tick> {
    select(vec![0, 0, 1, 6, 12, 45, 120])
}

fn method() -> impl Strategy<Value = Method> {
    select(vec![
        Method::Avg,
        Method::Min,
        Method::Max,
        Method::Sum,
        Method::Stddev,
        Method::Median,
        Method::First,
        Method::Last,
        Method::Delta,
        Method::Rate,
        Method::Increase,
        Method::Slope,
        Method::Zscore,
        Method::Ewma,
    ])
}

/// A number with a bound it may lie on either side of; bounds of what is divided lie beside the grid of heights, for the
/// last digit of a quotient is nobody's promise.
fn bounded() -> impl Strategy<Value = (Number, f64)> {
    let height = (0_i32..12).prop_map(|n| 22.0 + f64::from(n) / 2.0);
    let plain = select(vec![
        Number::Height,
        Number::LastKnown,
        Number::Prev,
        Number::Uplink,
    ]);
    let over =
        (method(), length(), height.clone(), -4_i32..5).prop_map(|(method, length, height, n)| {
            let n = f64::from(n);
            let bound = match method {
                Method::Avg | Method::Median | Method::Ewma => height + 0.013,
                Method::Min | Method::Max | Method::First | Method::Last => height,
                Method::Sum => height * (n + 5.0) + 0.013,
                Method::Delta => n,
                Method::Increase => n.abs() * 8.0 + 0.013,
                Method::Stddev => n.abs() / 3.0 + 0.013,
                Method::Zscore => n / 3.0 + 0.013,
                Method::Rate | Method::Slope => n / 50.0 + 0.001_3,
            };
            (Number::Over(method, length), bound)
        });
    prop_oneof![2 => (plain, height), 3 => over]
}

fn simple() -> impl Strategy<Value = Cond> {
    let whole = select(vec![Whole::Count, Whole::Changes, Whole::Distinct]);
    prop_oneof![
        6 => (bounded(), op()).prop_map(|((number, bound), op)| Cond::Is(number, op, bound)),
        2 => (any::<bool>(), whole, length(), op(), 0_i64..5)
            .prop_map(|(of_gate, whole, length, op, n)| Cond::Many(of_gate, whole, length, op, n)),
        2 => (0_u16..3).prop_map(Cond::Gate),
        1 => (0_u16..3).prop_map(Cond::UplinkGate),
    ]
}

/// What may have to be held: whatever turns with a reading, with time or with silence.
fn held() -> impl Strategy<Value = Cond> {
    prop_oneof![
        8 => simple(),
        2 => length().prop_map(Cond::Silent),
        1 => Just(Cond::Shift),
        1 => simple().prop_map(|inner| Cond::And(Box::new([inner, Cond::Shift]))),
    ]
}

/// A condition of a member.
fn member() -> impl Strategy<Value = Cond> {
    prop_oneof![
        8 => simple(),
        1 => length().prop_map(Cond::Silent),
        1 => length().prop_map(Cond::NotHeard),
        1 => (simple(), length()).prop_map(|(inner, length)| Cond::Held(Box::new(inner), length)),
    ]
}

fn cond() -> impl Strategy<Value = Cond> {
    let leaf = prop_oneof![
        12 => simple(),
        2 => length().prop_map(Cond::Silent),
        1 => length().prop_map(Cond::Aged),
        1 => length().prop_map(Cond::NotHeard),
        1 => Just(Cond::Shift),
        1 => (op(), 8_i64..11).prop_map(|(op, hour)| Cond::Hour(op, hour)),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (held(), length()).prop_map(|(inner, length)| Cond::Held(Box::new(inner), length)),
            inner.prop_map(|inner| Cond::Not(Box::new(inner))),
            two.clone().prop_map(|(a, b)| Cond::And(Box::new([a, b]))),
            two.prop_map(|(a, b)| Cond::Or(Box::new([a, b]))),
        ]
    })
}

fn group_cond() -> impl Strategy<Value = GroupCond> {
    let across = select(vec![
        Across::Avg,
        Across::Min,
        Across::Max,
        Across::Sum,
        Across::Median,
    ]);
    let height = (0_i32..12).prop_map(|n| 22.0 + f64::from(n) / 2.0);
    let leaf = prop_oneof![
        (member(), op(), 0_i64..3).prop_map(|(cond, op, n)| GroupCond::Count(cond, op, n)),
        (member(), op(), select(vec![0.0, 0.3, 0.5, 0.9]))
            .prop_map(|(cond, op, share)| GroupCond::Fraction(cond, op, share)),
        (across, op(), height).prop_map(|(across, op, height)| {
            let bound = if across == Across::Sum {
                height * 1.5
            } else {
                height
            };
            GroupCond::Across(across, Number::Height, op, bound + 0.013)
        }),
        member().prop_map(GroupCond::Any),
        member().prop_map(GroupCond::All),
        (op(), 0_i64..3).prop_map(|(op, n)| GroupCond::Positions(op, n)),
        (op(), 0_i64..3).prop_map(|(op, n)| GroupCond::Known(op, n)),
        (op(), select(vec![0.0, 0.5, 1.0]))
            .prop_map(|(op, share)| GroupCond::KnownShare(op, share)),
        Just(GroupCond::Shift),
        (op(), 8_i64..11).prop_map(|(op, hour)| GroupCond::Hour(op, hour)),
    ];
    leaf.prop_recursive(1, 3, 2, |inner| {
        let two = (inner.clone(), inner);
        prop_oneof![
            two.clone()
                .prop_map(|(a, b)| GroupCond::And(Box::new([a, b]))),
            two.prop_map(|(a, b)| GroupCond::Or(Box::new([a, b]))),
        ]
    })
}

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

fn rule() -> impl Strategy<Value = Rule> {
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

/// Rules of which some explain others: causes stand before their effects, or behind.
pub(super) fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let on = select(vec![On::Asset, On::Basin, On::Uplink]);
    let cause = prop::option::weighted(0.5, (any::<prop::sample::Index>(), on));
    let rules = prop::collection::vec((rule(), cause), 1..5);
    (rules, any::<bool>()).prop_map(|(drawn, before)| {
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
    })
}

fn report() -> impl Strategy<Value = Report> {
    // Late, hopelessly late, and by a clock that runs ahead a little or far, or stands still in another year.
    let behind = prop_oneof![
        12 => Just(0), 3 => 1_i64..60, 1 => 91_i64..400, 1 => -20_i64..0, 1 => -90_i64..-31,
        1 => Just(300_000),
    ];
    let quality = prop_oneof![
        10 => Just(Quality::Good), 1 => Just(Quality::Estimated), 1 => Just(Quality::Fault),
        1 => Just(Quality::Calibrating), 1 => Just(Quality::Backfill),
    ];
    let height = prop::option::weighted(0.9, (0_i32..12).prop_map(|n| 22.0 + f64::from(n) / 2.0));
    let gate = prop::option::weighted(0.6, 0_u16..3);
    let seq = prop::option::weighted(0.8, Just(0));
    let how = (prop::bool::weighted(0.1), prop::bool::weighted(0.05));
    (0..ASSETS.len(), behind, quality, (height, gate), seq, how).prop_map(
        |(asset, behind, quality, (height, gate), seq, (retained, elsewhere))| {
            let retained = retained && quality != Quality::Backfill;
            Report {
                asset,
                source: (asset + usize::from(elsewhere)) % SOURCES.len(),
                at: -behind,
                seq,
                quality,
                retained,
                height,
                gate,
            }
        },
    )
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        40 => report().prop_map(Event::Report),
        1 => (0..SOURCES.len()).prop_map(Event::SourceDown),
        3 => (0..SOURCES.len()).prop_map(Event::SourceUp),
        1 => (0..ASSETS.len()).prop_map(Event::Offline),
        1 => (0..ASSETS.len()).prop_map(Event::Shed),
        1 => Just(Event::Resumed(0)),
        2 => Just(Event::Retimed),
        1 => Just(Event::Rewritten),
        1 => Just(Event::Reregistered),
    ]
}

/// A day: what comes, and when. The first thing is that the sources are there.
pub(super) fn day() -> impl Strategy<Value = Vec<(Tick, Event)>> {
    let gap = prop_oneof![3 => 0_i64..3, 6 => 1_i64..30, 1 => 30_i64..200];
    let again = prop::bool::weighted(0.05);
    prop::collection::vec((gap, event(), again), 1..60).prop_map(|steps| {
        let mut now = 0;
        let mut day = vec![(0, Event::SourceUp(0)), (0, Event::SourceUp(1))];
        let mut heard_through: [usize; ASSETS.len()] = std::array::from_fn(|n| n % SOURCES.len());
        for (n, (gap, event, again)) in steps.into_iter().enumerate() {
            let before = now;
            now += gap;
            match event {
                Event::Report(mut report) => {
                    let last = &mut heard_through[report.asset];
                    if report.retained {
                        report.source = *last; // What a broker keeps, came through it.
                    }
                    *last = report.source;
                    day.extend(heard(&report, now, n as u64, again));
                }
                Event::Resumed(_) => {
                    day.push((before, Event::Stopped));
                    day.push((now, Event::Resumed(before)));
                }
                other => day.push((now, other)),
            }
        }
        day
    })
}

/// A report at its time, and what comes with it.
fn heard(report: &Report, now: Tick, n: u64, again: bool) -> Vec<(Tick, Event)> {
    let said = Report {
        // What a gauge had stored is not of times to come.
        at: now
            + if report.quality == Quality::Backfill {
                report.at.min(0)
            } else {
                report.at
            },
        seq: report.seq.map(|_| n),
        ..report.clone()
    };
    let mut heard = vec![(now, Event::Report(said.clone()))];
    if again {
        heard.push((now, Event::Report(said.clone())));
    }
    // When what is past is seen is promised only with the next report.
    if said.is_past(now) {
        let report = Report {
            at: now,
            seq: Some(1_000 + n),
            quality: Quality::Good,
            ..said
        };
        heard.push((now, Event::Report(report)));
    }
    heard
}
