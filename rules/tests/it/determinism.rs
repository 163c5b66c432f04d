//! The engine is a function of the stamped inputs (meaning 3): however they are batched, wherever it is stopped and
//! restored, the same transitions come, byte for byte.

use std::sync::{Arc, LazyLock};

use crate::support::{self, Pack};
use model::{Origin, Quality, Span, Stamped, StateChange, Transition};
use oracles::timeline::{START, Step, difference, end, inputs, step, tick_limit};
use proptest::prelude::*;
use rules::{Engine, Output};

static PACK: LazyLock<Pack> = LazyLock::new(support::pack);

fn engine() -> Engine {
    Engine::new(Arc::clone(&PACK.plan), Arc::clone(&PACK.city), START)
}

fn whole(inputs: &[Stamped]) -> Output {
    let (mut engine, mut out) = (engine(), Output::default());
    engine.apply(inputs, &mut out);
    engine.advance(end(inputs), &mut out);
    out
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
