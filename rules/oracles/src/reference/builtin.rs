//! The engine's own rules: a source that is lost is one alert, and so is a clock that is wrong.

use std::collections::BTreeSet;

use model::{Condition, Transition};

use super::history::{Event, History, SOURCES};
use super::rule::Edits;
use super::{ASSETS, Tick, basin_of, time};

/// When, about what, and whether it began.
pub(super) type Step = (model::Time, String, bool);

/// A source may be away so long, to restart.
const HOLD: Tick = 1;

/// What was told of one source.
#[derive(Clone, Copy, Default)]
struct Source {
    /// Since when it is lost.
    lost: Option<Tick>,
    fires: bool,
}

/// What the history tells of sources and clocks.
pub(super) fn expected(day: &[(Tick, Event)]) -> Vec<Step> {
    let (mut history, mut told) = (History::default(), Vec::new());
    let mut edits = Edits::default();
    let mut sources = [Source::default(); SOURCES.len()];
    let mut wrong = [false; ASSETS.len()];
    for (tick, event) in day {
        history.now = *tick;
        history.add(event);
        fire(&mut sources, *tick, &mut told);
        match event {
            Event::SourceUp(n) => {
                let was = std::mem::take(&mut sources[*n]);
                let over = was
                    .fires
                    .then(|| (time(*tick), SOURCES[*n].to_owned(), false));
                told.extend(over);
            }
            Event::SourceDown(n) => {
                sources[*n].lost.get_or_insert(*tick);
            }
            // Of a gauge that left nobody says what its clock does.
            Event::Reregistered => {
                edits.registry += 1;
                let all = wrong.iter_mut().enumerate();
                for (asset, wrong) in all {
                    let is = basin_of(asset, edits).is_some() && history.clock_is_wrong(asset);
                    turn(wrong, is, (*tick, ASSETS[asset]), &mut told);
                }
            }
            // Nobody could be heard while the engine was away: from its return on sources have time to come back.
            Event::Resumed(_) => {
                for source in &mut sources {
                    source.lost.get_or_insert(*tick);
                }
            }
            Event::Report(report) => {
                let asset = report.asset;
                let serves = basin_of(asset, edits).is_some();
                let is = serves && history.clock_is_wrong(asset);
                turn(&mut wrong[asset], is, (*tick, ASSETS[asset]), &mut told);
            }
            _ => {}
        }
    }
    fire(&mut sources, Tick::MAX, &mut told);
    by_name(told)
}

/// Every source that was lost long enough by then is told.
fn fire(sources: &mut [Source], now: Tick, told: &mut Vec<Step>) {
    for (source, name) in sources.iter_mut().zip(SOURCES) {
        let due = source.lost.map(|since| since + HOLD);
        if let Some(due) = due.filter(|due| *due <= now && !source.fires) {
            source.fires = true;
            told.push((time(due), name.to_owned(), true));
        }
    }
}

fn turn(was: &mut bool, is: bool, (tick, name): (Tick, &str), told: &mut Vec<Step>) {
    if std::mem::replace(was, is) != is {
        told.push((time(tick), name.to_owned(), is));
    }
}

/// What the engine told of them.
pub(super) fn told(transitions: &[&Transition]) -> Vec<Step> {
    let own = |t: &&&Transition| ["SourceDown", "ClockWrong"].contains(&&*t.rule.name);
    let mut firing = BTreeSet::new();
    let steps = transitions.iter().filter(own).filter_map(|t| {
        let name = t.key.0[0].value.to_string();
        let told = match t.to {
            Condition::Pending => false,
            Condition::Firing => firing.insert(t.alert),
            Condition::Resolved => firing.remove(&t.alert),
        };
        told.then_some((t.at, name, t.to == Condition::Firing))
    });
    by_name(steps.collect())
}

/// In order of who they are about: what happens to two at once has no order.
fn by_name(mut steps: Vec<Step>) -> Vec<Step> {
    steps.sort_by(|a, b| a.1.cmp(&b.1));
    steps
}
