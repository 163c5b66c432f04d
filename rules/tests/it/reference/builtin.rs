//! The engine's own rules: a source that is lost is one alert, and so is a clock that is wrong.

use model::{Condition, Transition};

use super::history::{Event, History, SOURCES};
use super::rule::Edits;
use super::{ASSETS, Tick, basin_of, time};

/// When, about what, and whether it began.
pub(super) type Step = (model::Time, String, bool);

/// What the history tells of sources and clocks.
pub(super) fn expected(day: &[(Tick, Event)]) -> Vec<Step> {
    let (mut history, mut told) = (History::default(), Vec::new());
    let mut edits = Edits::default();
    let (mut lost, mut wrong) = ([false; SOURCES.len()], [false; ASSETS.len()]);
    for (tick, event) in day {
        history.now = *tick;
        history.add(event);
        let mut turns = |was: &mut bool, is: bool, name: &str| {
            if std::mem::replace(was, is) != is {
                told.push((time(*tick), name.to_owned(), is));
            }
        };
        match event {
            Event::SourceUp(n) => turns(&mut lost[*n], false, SOURCES[*n]),
            Event::SourceDown(n) => turns(&mut lost[*n], true, SOURCES[*n]),
            // Of a gauge that left nobody says what its clock does.
            Event::Reregistered => {
                edits.registry += 1;
                let all = wrong.iter_mut().enumerate();
                for (asset, wrong) in all {
                    let is = basin_of(asset, edits).is_some() && history.clock_is_wrong(asset);
                    turns(wrong, is, ASSETS[asset]);
                }
            }
            Event::Resumed(_) => {
                let all = lost.iter_mut().zip(SOURCES);
                all.for_each(|(lost, name)| turns(lost, true, name));
            }
            Event::Report(report) => {
                let asset = report.asset;
                let serves = basin_of(asset, edits).is_some();
                let is = serves && history.clock_is_wrong(asset);
                turns(&mut wrong[asset], is, ASSETS[asset]);
            }
            _ => {}
        }
    }
    told
}

/// What the engine told of them.
pub(super) fn told(transitions: &[&Transition]) -> Vec<Step> {
    let own = |t: &&&Transition| ["SourceDown", "ClockWrong"].contains(&&*t.rule.name);
    let own = transitions.iter().filter(own);
    own.map(|t| {
        let name = t.key.0[0].value.to_string();
        (t.at, name, t.to == Condition::Firing)
    })
    .collect()
}
