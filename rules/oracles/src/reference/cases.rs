//! Random rules and random days.

use model::Severity;
use proptest::prelude::*;
use proptest::sample::select;

use super::conditions::{Across, Cond, GroupCond, Method, Number, Op, QUALITIES, Whole};
use super::history::{Event, Report};
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
    let plain = select(vec![Number::Height, Number::LastKnown, Number::Prev]);
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
    ]
}

fn cond() -> impl Strategy<Value = Cond> {
    let leaf = prop_oneof![6 => simple(), 1 => length().prop_map(Cond::Silent)];
    leaf.prop_recursive(2, 6, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (simple(), length()).prop_map(|(inner, length)| Cond::Held(Box::new(inner), length)),
            inner.prop_map(|inner| Cond::Not(Box::new(inner))),
            two.clone().prop_map(|(a, b)| Cond::And(Box::new([a, b]))),
            two.prop_map(|(a, b)| Cond::Or(Box::new([a, b]))),
        ]
    })
}

fn group_cond() -> impl Strategy<Value = GroupCond> {
    let across = select(vec![Across::Avg, Across::Min, Across::Max, Across::Sum]);
    let height = (0_i32..12).prop_map(|n| 22.0 + f64::from(n) / 2.0);
    let leaf = prop_oneof![
        (simple(), op(), 0_i64..3).prop_map(|(cond, op, n)| GroupCond::Count(cond, op, n)),
        (simple(), op(), select(vec![0.0, 0.3, 0.5, 0.9]))
            .prop_map(|(cond, op, share)| GroupCond::Fraction(cond, op, share)),
        (across, op(), height).prop_map(|(across, op, height)| {
            let bound = if across == Across::Sum {
                height * 1.5
            } else {
                height
            };
            GroupCond::Across(across, Number::Height, op, bound + 0.013)
        }),
        simple().prop_map(GroupCond::Any),
        simple().prop_map(GroupCond::All),
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

fn levels<C: std::fmt::Debug + Clone>(
    cond: impl Strategy<Value = C> + Clone,
) -> impl Strategy<Value = (Vec<(C, Option<C>)>, Timings)> {
    let level = (cond.clone(), prop::option::weighted(0.4, cond), hold());
    let missing = select(vec![OnMissing::Hold, OnMissing::Fire, OnMissing::Resolve]);
    let severities = [Severity::Critical, Severity::Medium];
    (prop::collection::vec(level, 1..3), hold(), missing).prop_map(
        move |(levels, keep, on_missing)| {
            let timings = Timings {
                levels: severities
                    .into_iter()
                    .zip(levels.iter().map(|l| l.2))
                    .collect(),
                keep,
                on_missing,
            };
            let levels = levels.into_iter().map(|(when, clear, _)| (when, clear));
            (levels.collect(), timings)
        },
    )
}

pub(crate) fn rule() -> impl Strategy<Value = Rule> {
    let silence = (length(), hold()).prop_map(|(length, keep)| {
        let timings = Timings {
            levels: vec![(Severity::High, 0)],
            keep,
            on_missing: OnMissing::Hold,
        };
        (Watched::Silence(length), timings)
    });
    let watched = prop_oneof![
        6 => levels(cond().boxed()).prop_map(|(levels, timings)| (Watched::Gauges(levels), timings)),
        3 => levels(group_cond().boxed()).prop_map(|(levels, timings)| (Watched::Basin(levels), timings)),
        1 => silence,
    ];
    watched.prop_map(|(watched, timings)| Rule {
        watched,
        timings,
        edition: 0,
    })
}

fn report() -> impl Strategy<Value = Report> {
    // Late, hopelessly late, and by a clock that runs ahead a little or far.
    let behind = prop_oneof![12 => Just(0), 3 => 1_i64..60, 1 => 91_i64..400, 1 => -20_i64..0, 1 => -90_i64..-31];
    let quality =
        prop_oneof![10 => Just(QUALITIES[0]), 2 => Just(QUALITIES[1]), 1 => Just(QUALITIES[2])];
    let height = prop::option::weighted(0.9, (0_i32..12).prop_map(|n| 22.0 + f64::from(n) / 2.0));
    let gate = prop::option::weighted(0.6, 0_u16..3);
    (0..ASSETS.len(), behind, quality, height, gate).prop_map(
        |(asset, behind, quality, height, gate)| Report {
            asset,
            at: -behind,
            seq: 0,
            quality,
            height,
            gate,
        },
    )
}

/// Something, how long after what was before, and whether it comes twice.
pub(super) type Happening = (Tick, Event, bool);

pub(super) fn happening() -> impl Strategy<Value = Happening> {
    let event = prop_oneof![
        24 => report().prop_map(Event::Report),
        1 => Just(Event::SourceDown),
        2 => Just(Event::SourceUp),
        1 => (0..ASSETS.len()).prop_map(Event::Offline),
        1 => (0..ASSETS.len()).prop_map(Event::Shed),
    ];
    let gap = prop_oneof![3 => 0_i64..3, 6 => 1_i64..30, 1 => 30_i64..200];
    (gap, event, prop::bool::weighted(0.05))
}

pub(super) fn events() -> impl Strategy<Value = Vec<(Tick, Event)>> {
    prop::collection::vec(happening(), 1..50).prop_map(day)
}

/// A day: what comes, and when. The first thing is that the source is there.
pub(super) fn day(happenings: Vec<Happening>) -> Vec<(Tick, Event)> {
    let mut now = 0;
    let mut day = vec![(0, Event::SourceUp)];
    let mut up = true;
    for (n, (gap, event, again)) in happenings.into_iter().enumerate() {
        now += gap;
        let event = match event {
            Event::SourceDown | Event::SourceUp if up == (event == Event::SourceUp) => continue,
            // Nobody is heard through a source that is lost.
            Event::Report(_) | Event::Offline(_) | Event::Shed(_) if !up => continue,
            Event::SourceDown | Event::SourceUp => {
                up = !up;
                event
            }
            Event::Report(report) => Event::Report(Report {
                // What a gauge had stored is not of times to come.
                at: now
                    + if report.quality == QUALITIES[2] {
                        report.at.min(0)
                    } else {
                        report.at
                    },
                seq: n as u64,
                ..report
            }),
            other => other,
        };
        day.push((now, event.clone()));
        let Event::Report(report) = event else {
            continue;
        };
        if again {
            day.push((now, Event::Report(report.clone())));
        }
        // When what is past is seen is promised only with the next report.
        if report.is_past(now) {
            let (at, seq) = (now, 1_000 + n as u64);
            let quality = QUALITIES[0];
            day.push((
                now,
                Event::Report(Report {
                    at,
                    seq,
                    quality,
                    ..report
                }),
            ));
        }
    }
    day
}
