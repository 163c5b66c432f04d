//! The engine is a function of the stamped inputs (meaning 3): however they are batched, wherever it is stopped and
//! restored, the same transitions come, byte for byte.

use std::sync::{Arc, LazyLock};

use crate::support::{self, Pack};
use model::{
    AssetId, Input, Origin, Quality, Reading, SourceName, Span, Stamped, StateChange, Time,
    Transition, Value, ValueType,
};
use proptest::prelude::*;
use rules::{Engine, Output};

static PACK: LazyLock<Pack> = LazyLock::new(support::pack);

/// A Monday morning, an hour before the office opens.
const START: Time = Time::from_millis(1_767_574_800_000);

/// What happens next, and how long after what was before.
#[derive(Clone, Debug)]
enum Step {
    Reading {
        asset: usize,
        values: Vec<u16>,
        behind_s: i64,
        quality: Quality,
        origin: Origin,
        with_seq: bool,
    },
    Again,
    SourceUp(usize),
    SourceDown(usize),
    Offline(usize),
    Shed(usize),
    Resumed,
}

const ASSETS: [&str; 10] = [
    "wl-1", "wl-2", "wl-3", "ap-1", "ap-2", "ap-3", "ap-4", "ap-5", "pw-1", "pw-new",
];

fn source(n: usize) -> SourceName {
    SourceName::new(["mosquitto", "embedded"][n % 2])
}

fn step() -> impl Strategy<Value = (i64, Step)> {
    let quality = prop_oneof![
        12 => Just(Quality::Good),
        1 => Just(Quality::Fault),
        1 => Just(Quality::Backfill),
    ];
    let origin = prop_oneof![12 => Just(Origin::Live), 1 => Just(Origin::Retained)];
    let behind =
        prop_oneof![10 => Just(0_i64), 2 => 0_i64..2_000, 1 => -900_i64..0, 1 => Just(4_000_000)];
    let reading = (
        0..ASSETS.len(),
        prop::collection::vec(0_u16..12, 3),
        behind,
        quality,
        origin,
        any::<bool>(),
    );
    let reading =
        reading.prop_map(
            |(asset, values, behind_s, quality, origin, with_seq)| Step::Reading {
                asset,
                values,
                behind_s,
                quality,
                origin,
                with_seq,
            },
        );
    let asset = 0..ASSETS.len();
    let what = prop_oneof![
        30 => reading,
        2 => Just(Step::Again),
        1 => (0_usize..2).prop_map(Step::SourceUp),
        1 => (0_usize..2).prop_map(Step::SourceDown),
        1 => asset.clone().prop_map(Step::Offline),
        1 => asset.prop_map(Step::Shed),
        1 => Just(Step::Resumed),
    ];
    let gap =
        prop_oneof![4 => 0_i64..60_000, 2 => 60_000_i64..400_000, 1 => 400_000_i64..8_000_000];
    (gap, what)
}

fn inputs(steps: &[(i64, Step)]) -> Vec<Stamped> {
    let mut at = START;
    let mut inputs: Vec<Stamped> = Vec::new();
    for (n, (gap, step)) in steps.iter().enumerate() {
        let before = at;
        at = at + Span::from_millis(*gap);
        let input = match step {
            Step::Reading { asset, .. } => Input::Reading {
                source: source(*asset / 8),
                reading: reading(n, at, step, ASSETS[*asset]),
            },
            Step::Again => match inputs.last() {
                Some(last) => last.input.clone(),
                None => continue,
            },
            Step::SourceUp(n) => Input::SourceUp { source: source(*n) },
            Step::SourceDown(n) => Input::SourceDown { source: source(*n) },
            Step::Offline(n) => Input::Offline {
                asset: AssetId::new(ASSETS[*n]),
            },
            Step::Shed(n) => Input::Shed {
                assets: vec![AssetId::new(ASSETS[*n])],
            },
            Step::Resumed => Input::Resumed {
                from: before,
                to: at,
            },
        };
        // A Resumed of before would claim a downtime in which the engine was up.
        if matches!(step, Step::Again) && matches!(input, Input::Resumed { .. }) {
            continue;
        }
        inputs.push(Stamped { stamp: at, input });
    }
    inputs
}

fn reading(n: usize, at: Time, step: &Step, asset: &str) -> Reading {
    let Step::Reading {
        values,
        behind_s,
        quality,
        origin,
        with_seq,
        ..
    } = step
    else {
        unreachable!("only readings come here");
    };
    let kind = match asset.split('-').next() {
        Some("wl") => "env/river",
        Some("ap") => "wifi/ap",
        _ => "wifi/site",
    };
    let kind = PACK.city.catalog.find(kind).expect("a kind of the pack");
    let fields = kind.fields.iter().zip(values).map(|(field, value)| {
        let value = match field.value_type {
            ValueType::F64 if *field.name == *"height" => {
                Value::F64(f64::from(*value) / 2.0 + 22.0)
            }
            ValueType::F64 => Value::F64(f64::from(*value) * 40.0),
            ValueType::Bool => Value::Bool(*value % 2 == 0),
            _ => Value::Symbol(*value % field.symbols.len() as u16),
        };
        (field.id, value)
    });
    Reading {
        asset: AssetId::new(asset),
        kind: kind.id,
        at: at - Span::from_secs(*behind_s),
        received: at,
        seq: with_seq.then_some(n as u64),
        boot: None,
        quality: *quality,
        origin: *origin,
        fields: fields.collect(),
    }
}

fn engine() -> Engine {
    Engine::new(Arc::clone(&PACK.plan), Arc::clone(&PACK.city), START)
}

/// The end of the day, so that everything pending comes to its end.
fn end(inputs: &[Stamped]) -> Time {
    inputs.last().map_or(START, |last| last.stamp) + Span::from_mins(24 * 60)
}

fn whole(inputs: &[Stamped]) -> Output {
    let (mut engine, mut out) = (engine(), Output::default());
    engine.apply(inputs, &mut out);
    engine.advance(end(inputs), &mut out);
    out
}

/// Ticks may come at any time, but not after the engine stopped.
fn tick_limit(next: &Stamped) -> Time {
    match next.input {
        Input::Resumed { from, .. } => from,
        _ => next.stamp,
    }
}

/// The first transition in which two runs differ, without their common beginning.
fn difference(a: &[Transition], b: &[Transition]) -> Option<String> {
    let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let told = |from: &[Transition]| from.get(common).map(|t| format!("{t:?}"));
    (a != b).then(|| format!("number {common}:\n  {:?}\n  {:?}", told(a), told(b)))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(support::cases(200)) })]

    #[test]
    fn batches_and_ticks_change_nothing(
        steps in prop::collection::vec(step(), 1..120),
        cuts in prop::collection::vec((1_usize..6, prop::option::of(0_i64..300_000)), 1..80),
    ) {
        let inputs = inputs(&steps);
        let expected = whole(&inputs);
        let (mut engine, mut out) = (engine(), Output::default());
        let (mut rest, mut cuts) = (inputs.as_slice(), cuts.iter().cycle());
        while let (Some(next), Some((size, tick))) = (rest.first(), cuts.next()) {
            if let Some(tick) = tick {
                let to = engine.now() + Span::from_millis(*tick);
                engine.advance(to.min(tick_limit(next)), &mut out);
            }
            let (batch, after) = rest.split_at((*size).min(rest.len()));
            engine.apply(batch, &mut out);
            rest = after;
        }
        engine.advance(end(&inputs), &mut out);
        prop_assert_eq!(difference(&out.transitions, &expected.transitions), None);
        prop_assert_eq!(out.changes, expected.changes);
    }

    #[test]
    fn an_engine_whose_values_nobody_watches_tells_the_same_transitions(
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let inputs = inputs(&steps);
        let expected = whole(&inputs);
        let (mut engine, mut out) = (engine().unwatched(), Output::default());
        engine.apply(&inputs, &mut out);
        engine.advance(end(&inputs), &mut out);
        prop_assert_eq!(difference(&out.transitions, &expected.transitions), None);
        let is_value = |change: &StateChange| matches!(change, StateChange::Updated { .. });
        let mut others = expected.changes;
        others.retain(|change| !is_value(change));
        prop_assert_eq!(out.changes, others);
    }

    #[test]
    fn a_restored_engine_goes_on_as_if_nothing_had_happened(
        steps in prop::collection::vec(step(), 1..120),
        stops in prop::collection::vec((0_usize..120, 0_i64..300_000), 1..4),
    ) {
        let inputs = inputs(&steps);
        let (told, expected) = (restored(&inputs, &stops), whole(&inputs));
        prop_assert_eq!(difference(&told.transitions, &expected.transitions), None);
    }
}

/// What comes of the inputs when the engine is stopped and restored before some of them.
fn restored(inputs: &[Stamped], stops: &[(usize, i64)]) -> Output {
    let (mut engine, mut out) = (engine(), Output::default());
    for (n, input) in inputs.iter().enumerate() {
        for (_, tick) in stops.iter().filter(|(stop, _)| *stop == n) {
            let to = engine.now() + Span::from_millis(*tick);
            engine.advance(to.min(tick_limit(input)), &mut out);
            let bytes = engine.checkpoint();
            let (plan, city) = (Arc::clone(&PACK.plan), Arc::clone(&PACK.city));
            engine = Engine::restore(plan, city, &bytes).expect("its own checkpoint");
            let again = engine.checkpoint();
            assert_eq!(
                again, bytes,
                "a checkpoint of a restored engine is the same"
            );
        }
        engine.apply(std::slice::from_ref(input), &mut out);
    }
    engine.advance(end(inputs), &mut out);
    out
}

/// A backlog ends a count below three; the next thing heard is a retained height that crosses no bound.
#[test]
fn what_a_backlog_turned_is_seen_with_a_retained_reading_too() {
    let heard = |height: u16, quality, origin| {
        let values = vec![height, 0, 0];
        let (asset, behind_s, with_seq) = (0, 0, true);
        Step::Reading {
            asset,
            values,
            behind_s,
            quality,
            origin,
            with_seq,
        }
    };
    let steps = [
        (0, heard(1, Quality::Good, Origin::Live)),
        (1_000, heard(1, Quality::Good, Origin::Live)),
        (1_000, heard(1, Quality::Backfill, Origin::Live)),
        (1_000, heard(2, Quality::Good, Origin::Retained)),
        (1_000, heard(3, Quality::Good, Origin::Retained)),
    ];
    let inputs = inputs(&steps);
    let (told, expected) = (restored(&inputs, &[(4, 0)]), whole(&inputs));
    assert_eq!(difference(&told.transitions, &expected.transitions), None);
    let ended = |t: &&Transition| {
        t.rule.to_string() == "over-time/Count" && t.to == model::Condition::Resolved
    };
    let count = expected
        .transitions
        .iter()
        .find(ended)
        .expect("the count is three");
    assert_eq!(count.at, inputs[3].stamp);
}

/// Rules the index over bounds can hold, and the same in words it cannot see through.
const INDEXED: &str = "
version: 1
group: flood
rules:
  - alert: Ladder
    on: env/river
    levels:
      - {severity: critical, when: HEIGHT > 26.5, clear: height < 26.0}
      - {severity: low, when: HEIGHT >= 24.0 && pump}
    for: 3m
    keep_firing_for: 2m
    on_missing: resolve
  - alert: Either
    on: env/river
    when: HEIGHT < 23.0 || HEIGHT == 25.0
    severity: low
  - alert: Own
    on: env/river
    levels:
      - {severity: high, when: HEIGHT >= asset.bd2, clear: HEIGHT < asset.bd2 - 0.7}
      - {severity: low, when: asset.bd1 <= HEIGHT}
  - alert: Window
    on: env/river
    levels:
      - {severity: critical, when: AVERAGE > 25.0 && pump, clear: LEAST < 24.0}
      - {severity: low, when: AVERAGE >= asset.bd1 || LEAST <= 22.5}
    keep_firing_for: 1m
  - alert: Word
    on: env/river
    when: MOVING || (!OPEN && HEIGHT > 24.5)
    on_missing: fire
    severity: low
  - alert: Basin
    on: env/river
    by: [basin]
    when: fraction(HEIGHT >= 25.0) > 0.4 && any(HEIGHT <= 26.0)
    for: 1m
    severity: high
";

fn transitions(rules: &str, inputs: &[Stamped]) -> Vec<Transition> {
    let file = model::SourceFile {
        path: "rules.yaml".into(),
        text: rules.into(),
    };
    let (plan, problems) = rules::compile(&[file], 0, &PACK.city);
    assert_eq!(problems, []);
    let plan = Arc::new(plan.expect("a plan"));
    let mut engine = Engine::new(plan, Arc::clone(&PACK.city), START);
    let mut out = Output::default();
    engine.apply(inputs, &mut out);
    engine.advance(end(inputs), &mut out);
    for transition in &mut out.transitions {
        transition.why = None; // It quotes the rule.
    }
    out.transitions
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(support::cases(200)) })]

    #[test]
    fn the_index_over_bounds_misses_nothing(steps in prop::collection::vec(step(), 1..150)) {
        let inputs = inputs(&steps);
        let written = |words: [&str; 5]| {
            let names = ["HEIGHT", "AVERAGE", "LEAST", "MOVING", "OPEN"];
            let rules = names.iter().zip(words);
            rules.fold(INDEXED.to_owned(), |rules, (name, word)| rules.replace(name, word))
        };
        let indexed = written([
            "height",
            "height.avg('20m')",
            "height.min('20m')",
            "(gate == 'moving')",
            "(gate == 'open')",
        ]);
        let plain = written([
            "(height + 0.0)",
            "(height.avg('20m') + 0.0)",
            "(height.min('20m') + 0.0)",
            "(gate in ['moving'])",
            "(gate in ['open'])",
        ]);
        let (indexed, plain) = (transitions(&indexed, &inputs), transitions(&plain, &inputs));
        prop_assert_eq!(difference(&indexed, &plain), None);
    }
}
