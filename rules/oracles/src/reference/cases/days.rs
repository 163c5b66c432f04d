//! Random days.

use model::Quality;
use proptest::prelude::*;

use crate::reference::history::{Event, Report, SOURCES};
use crate::reference::{ASSETS, Tick};

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

/// Something, how long after what was before, and whether it comes twice.
pub(in crate::reference) type Happening = (Tick, Event, bool);

pub(in crate::reference) fn happening() -> impl Strategy<Value = Happening> {
    let gap = prop_oneof![3 => 0_i64..3, 6 => 1_i64..30, 1 => 30_i64..200];
    (gap, event(), prop::bool::weighted(0.05))
}

/// A day: what comes, and when. The first thing is that the sources are there.
pub(in crate::reference) fn day(happenings: Vec<Happening>) -> Vec<(Tick, Event)> {
    let mut now = 0;
    let mut day = vec![(0, Event::SourceUp(0)), (0, Event::SourceUp(1))];
    let mut heard_through: [usize; ASSETS.len()] = std::array::from_fn(|n| n % SOURCES.len());
    for (n, (gap, event, again)) in happenings.into_iter().enumerate() {
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
