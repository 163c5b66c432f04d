//! Plays one test on the production engine.

use std::sync::Arc;

use city::City;
use model::{Condition, Input, Reading, SourceName, Stamped, Time, Transition};

use super::file::{Event, Line, Test};
use super::report;
use super::values::Wrong;
use crate::engine::{Engine, Output};
use crate::plan::Plan;

/// Plays a test. None when what came is what was expected.
pub(super) fn run(test: &Test, plan: &Arc<Plan>, registered: &City) -> Option<String> {
    let mut city = registered.clone();
    match &test.assets {
        Some(assets) => city.assets.clone_from(assets),
        // A growing registry must not change a test: only the assets it names are there.
        None => city
            .assets
            .retain(|asset| test.lines.iter().any(|l| l.asset == asset.id)),
    }
    let mut engine = Engine::new(Arc::clone(plan), Arc::new(city), test.start);
    let mut out = Output::default();
    let inputs = inputs(test);
    let wrong = look(test, &mut engine, &inputs, &mut out);
    engine.advance(end(test, &inputs), &mut out);
    // Who writes down values alone asks for nothing else.
    let values_alone = test.expected.is_empty() && !test.values.is_empty() && test.rules.is_empty();
    let transitions = if values_alone {
        Vec::new()
    } else {
        out.transitions
    };
    let came = compared(test, transitions);
    let agree = wrong.is_empty()
        && came.len() == test.expected.len()
        && came
            .iter()
            .zip(&test.expected)
            .all(|(came, expected)| expected.agrees(came, test.start));
    (!agree).then(|| report::draw(test, &came, &wrong, registered))
}

/// When the play is over: at the last step, be it silent, or whatever comes or is expected after it.
fn end(test: &Test, inputs: &[Stamped]) -> Time {
    let last_step = test.start + test.at_step(test.steps().saturating_sub(1));
    let inputs = inputs.iter().map(|input| input.stamp);
    let expected = test.expected.iter().map(|line| test.start + line.at);
    inputs.chain(expected).fold(last_step, Time::max)
}

/// Applies the inputs, and stops at the times whose values the test knows. Tells which are others.
fn look(test: &Test, engine: &mut Engine, inputs: &[Stamped], out: &mut Output) -> Vec<Wrong> {
    let (mut rest, mut wrong) = (inputs, Vec::new());
    for expected in &test.values {
        let at = test.start + expected.at;
        let (before, after) = rest.split_at(rest.partition_point(|input| input.stamp <= at));
        engine.apply(before, out);
        rest = after;
        // While the engine is away nobody can look.
        let away = rest.first().and_then(|next| match next.input {
            Input::Resumed { from, .. } => Some(from),
            _ => None,
        });
        engine.advance(away.map_or(at, |from| at.min(from)), out);
        wrong.extend(expected.differs(engine));
    }
    engine.apply(rest, out);
    wrong
}

/// The inputs in order of time; at one time events come before readings.
pub(super) fn inputs(test: &Test) -> Vec<Stamped> {
    let source = SourceName::new("test");
    let mut timed: Vec<(Time, Input)> = vec![(
        test.start,
        Input::SourceUp {
            source: source.clone(),
        },
    )];
    for (after, event) in &test.events {
        timed.extend(event_inputs(test.start + *after, event, &source));
    }
    for step in 0..test.steps() {
        let stamp = test.start + test.at_step(step);
        for line in &test.lines {
            let reading = reading(line, step, stamp);
            timed.extend(reading.map(|reading| {
                let source = source.clone();
                (stamp, Input::Reading { source, reading })
            }));
        }
    }
    timed.sort_by_key(|(stamp, _)| *stamp);
    timed
        .into_iter()
        .map(|(stamp, input)| Stamped { stamp, input })
        .collect()
}

fn event_inputs(at: Time, event: &Event, source: &SourceName) -> Vec<(Time, Input)> {
    let source = source.clone();
    match event {
        Event::SourceUp => vec![(at, Input::SourceUp { source })],
        Event::SourceDown => vec![(at, Input::SourceDown { source })],
        Event::Offline(asset) => vec![(
            at,
            Input::Offline {
                asset: asset.clone(),
            },
        )],
        Event::Shed(asset) => vec![(
            at,
            Input::Shed {
                assets: vec![asset.clone()],
            },
        )],
        Event::Restart(length) => {
            let to = at + *length;
            let resumed = Input::Resumed { from: at, to };
            vec![(to, resumed), (to, Input::SourceUp { source })]
        }
    }
}

/// What an asset sends at a step: the fields that have a sample there. Marks of the first field count for the reading.
fn reading(line: &Line, step: usize, stamp: Time) -> Option<Reading> {
    let samples = line.fields.iter();
    let samples = samples.filter_map(|(field, _, samples)| {
        let sample = samples.get(step)?.as_ref()?;
        Some((*field, sample))
    });
    let samples: Vec<_> = samples.collect();
    let (_, first) = samples.first()?;
    Some(Reading {
        asset: line.asset.clone(),
        kind: line.kind,
        at: stamp - first.behind,
        received: stamp,
        seq: Some(step as u64),
        boot: None,
        quality: first.quality,
        origin: first.origin,
        fields: samples
            .iter()
            .map(|(field, sample)| (*field, sample.value.clone()))
            .collect(),
    })
}

/// The transitions a test is about: of its rules; pending only where it names a pending one; steps of annunciation alone
/// only where it names an annunciation.
fn compared(test: &Test, transitions: Vec<Transition>) -> Vec<Transition> {
    let names_pending = test
        .expected
        .iter()
        .any(|e| e.condition == Condition::Pending);
    let names_annunciation = test.expected.iter().any(|e| e.annunciation.is_some());
    let mut last: std::collections::BTreeMap<_, _> = std::collections::BTreeMap::new();
    let mut kept = Vec::new();
    for transition in transitions {
        let stands = (transition.to, transition.severity);
        let before = last.insert(transition.alert, stands);
        let pending = transition.to == Condition::Pending;
        // The end of what never fired is as little an alert as its beginning.
        let never_fired = transition.to == Condition::Resolved
            && before.is_some_and(|(condition, _)| condition == Condition::Pending);
        if (pending || never_fired) && !names_pending {
            continue;
        }
        if before == Some(stands) && !names_annunciation {
            continue;
        }
        if test.rules.is_empty() || test.rules.contains(&transition.rule) {
            kept.push(transition);
        }
    }
    kept
}
