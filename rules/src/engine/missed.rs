//! Nothing turns unseen: after any input and at any time, what is open is what the conditions, looked at afresh, say.
//!
//! The engine looks only where a bound was met, a window moved, a neighbour changed or a timer was due. This is the test
//! of all of that at once, on every rule of the test pack.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use city::City;
use model::{
    AssetId, Input, Origin, Quality, Reading, SourceName, Span, Stamped, Time, Value, ValueType,
};
use proptest::prelude::*;

use super::{Engine, Output};
use crate::ladder::LevelTruth;
use crate::plan::{Conditions, Plan, RuleIx};
use crate::sequences::SequencePlan;

/// A Monday, half an hour before the office opens.
const START: Time = Time::from_millis(1_767_574_800_000);
const ASSETS: [&str; 9] = [
    "wl-1", "wl-2", "ap-1", "ap-2", "ap-3", "ap-4", "pw-1", "bus-1", "bus-2",
];

static PACK: LazyLock<(Arc<Plan>, Arc<City>)> = LazyLock::new(|| {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pack");
    let city = city::load(&pack).city.expect("the pack loads");
    let (plan, problems) = crate::compile(&city.rules, 0, &city);
    assert_eq!(problems, []);
    (Arc::new(plan.expect("a plan")), Arc::new(city))
});

/// What stands otherwise than its condition says.
fn missed(engine: &Engine) -> Option<String> {
    for (place, rule) in engine.plan.rules.iter().enumerate() {
        let ix = RuleIx(place as u32);
        if let Conditions::Sequence(sequence) = &rule.conditions
            && let Some(missed) = missed_step(engine, ix, sequence)
        {
            return Some(missed);
        }
        if !matches!(rule.conditions, Conditions::Levels(_)) || rule.ladder.repeat.is_some() {
            continue;
        }
        let keys = engine.every_key(ix).into_iter();
        for key in keys.filter(|key| engine.takes_part(ix, *key)) {
            let truths = engine.truths(ix, key);
            let open = engine.instances[place].contains_key(&key);
            let holds = truths.iter().any(|truth| truth.when == Some(true));
            let clear = truths
                .iter()
                .all(|truth| truth.when == Some(false) && truth.clear == Some(true));
            let lingers = !rule.ladder.keep_firing_for.is_zero();
            let told = |what: &str| {
                let (name, key) = (&rule.info.name, engine.key(ix, key));
                Some(format!("{name} {key} {what} at {:?}", engine.now))
            };
            match (holds, open) {
                (true, false) => return told("holds and is not open"),
                (_, true) if clear && !lingers => return told("is clear and still open"),
                _ => {}
            }
        }
    }
    None
}

/// A step whose condition, looked at afresh, is not what was last known of it; a match that stands and has ended.
fn missed_step(engine: &Engine, ix: RuleIx, sequence: &SequencePlan) -> Option<String> {
    let rule = engine.plan.get(ix);
    for (which, watch) in sequence.watches() {
        let kind = watch.kind.index();
        let width = engine.plan.kinds[kind].watches;
        for (row, asset) in engine.live.tables[kind].members.iter().enumerate() {
            let known = engine.sequences.edges[kind][row * width + watch.place as usize].0;
            let truth = engine.watched(rule, watch, *asset);
            if engine.live.asset(*asset).alarms() && truth.is_some() && truth != known {
                let (name, id) = (&rule.info.name, &engine.live.asset(*asset).entry.id);
                return Some(format!(
                    "{name} {which:?} {id} is {truth:?}, known {known:?}"
                ));
            }
        }
    }
    let states = engine
        .sequences
        .get(ix)
        .into_iter()
        .flat_map(|all| &all.states);
    let mut states = states.filter(|(key, state)| {
        let over = engine.sequence_truth(ix, **key) == LevelTruth::plain(Some(false));
        over && !state.held.is_empty()
    });
    let (key, _) = states.next()?;
    let (name, key) = (&rule.info.name, engine.key(ix, *key));
    Some(format!("{name} {key} has ended and is still held"))
}

fn input(asset: usize, stamp: Time, values: &[u16], behind: i64) -> Stamped {
    let city = &PACK.1;
    let id = ASSETS[asset];
    let entry = city.assets.iter().find(|a| a.id.as_str() == id);
    let kind = city.catalog.kind(entry.expect("an asset of the pack").kind);
    let fields = kind.fields.iter().zip(values).map(|(field, value)| {
        let number = f64::from(*value);
        let value = match (field.value_type, &*field.name) {
            (ValueType::F64, "height") => Value::F64(22.0 + number / 2.0),
            (ValueType::F64, "lat") => Value::F64(21.598 + number / 1_000.0),
            (ValueType::F64, "lon") => Value::F64(105.8),
            (ValueType::F64, _) => Value::F64(number * 40.0),
            (ValueType::Bool, _) => Value::Bool(*value % 2 == 0),
            _ => Value::Symbol(*value % field.symbols.len() as u16),
        };
        (field.id, value)
    });
    let reading = Reading {
        asset: AssetId::new(id),
        kind: kind.id,
        at: stamp - Span::from_millis(behind),
        received: stamp,
        seq: None,
        boot: None,
        quality: Quality::Good,
        origin: Origin::Live,
        fields: fields.collect(),
    };
    let source = SourceName::new("test");
    Stamped {
        stamp,
        input: Input::Reading { source, reading },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_turns_unseen(
        // How long after the last, whose, what, how late; and a look at some time before the next.
        steps in prop::collection::vec((
            prop_oneof![4 => 1_i64..100_000, 2 => 100_000_i64..900_000, 1 => 900_000_i64..40_000_000],
            0..ASSETS.len(),
            prop::collection::vec(0_u16..12, 3),
            prop_oneof![4 => Just(0), 1 => 0_i64..100_000],
            0_i64..1_000,
        ), 1..60),
        lost in prop::option::of(0_usize..60),
    ) {
        let (plan, city) = &*PACK;
        let mut engine = Engine::new(Arc::clone(plan), Arc::clone(city), START);
        let (mut out, mut at) = (Output::default(), START);
        for (n, (gap, asset, values, behind, look)) in steps.iter().enumerate() {
            engine.advance(at + Span::from_millis(gap * look / 1_000), &mut out);
            prop_assert_eq!(missed(&engine), None);
            at = at + Span::from_millis(*gap);
            let mut inputs = vec![input(*asset, at, values, *behind)];
            if lost == Some(n) {
                let source = SourceName::new("test");
                inputs.push(Stamped { stamp: at, input: Input::SourceDown { source } });
            }
            engine.apply(&inputs, &mut out);
            prop_assert_eq!(missed(&engine), None);
        }
    }
}

/// The pack under other rules than its own.
fn engine_of(rules: String) -> Engine {
    let file = model::SourceFile {
        path: "rules.yaml".into(),
        text: rules.into(),
    };
    let city = &PACK.1;
    let (plan, problems) = crate::compile(&[file], 0, city);
    assert_eq!(problems, []);
    let plan = Arc::new(plan.expect("a plan"));
    Engine::new(plan, Arc::clone(city), START)
}

#[test]
fn readings_that_move_a_deadline_on_set_no_timer() {
    let rules = "\
version: 1
group: late
rules:
  - {alert: Frozen, on: env/river, when: height.age() > duration('12m'), severity: low}
  - {alert: High, on: env/river, when: height >= 25.0, keep_firing_for: 10m, severity: low}
";
    let mut engine = engine_of(rules.to_owned());
    let mut out = Output::default();
    // High at every second look: what keeps it firing begins to count anew each time.
    let report = |minute: i64| {
        let height = if minute % 2 == 0 { 8 } else { 2 };
        let reading = input(0, START + Span::from_mins(minute), &[height, 0, 0], 0);
        engine.apply(&[reading], &mut out);
        engine.timers.len()
    };
    let waiting: Vec<_> = (0..10).map(report).collect();
    // Others fall silent meanwhile, and their timers are gone.
    let grows = waiting[3..].windows(2).any(|pair| pair[1] > pair[0]);
    assert!(!grows, "{waiting:?}");
    let mut told_by = |minute| {
        out.transitions.clear();
        engine.advance(START + Span::from_mins(minute), &mut out);
        let told = out.transitions.iter();
        told.map(|t| (&*t.rule.name == "High", t.at.since(START)))
            .collect::<Vec<_>>()
    };
    assert_eq!(told_by(18), []);
    let clear = Span::from_mins(9 + 10);
    assert_eq!(told_by(20), [(true, clear)]);
    let frozen = Span::from_millis(Span::from_mins(9 + 12).millis() + 1);
    assert_eq!(told_by(22), [(false, frozen)]);
}

#[test]
fn a_reading_that_meets_no_step_looks_at_no_sequence() {
    let mut text = String::from("version: 1\ngroup: far\nrules:\n");
    for n in 0..50 {
        let when = format!(
            "height > {:.1} && gate != 'moving'",
            40.0 + 0.7 * f64::from(n)
        );
        let (first, then) = (&when, format!("{when} && asset.id != a.asset.id"));
        write!(
            text,
            "  - alert: S{n}
    by: [basin]
    sequence:
      within: 1h
      steps:
        - {{as: a, on: env/river, when: \"{first}\"}}
        - {{on: env/river, when: \"{then}\"}}
    severity: low
"
        )
        .expect("a String");
    }
    let mut engine = engine_of(text);
    let mut out = Output::default();
    let looked_at = |engine: &mut Engine, out: &mut Output, minute: i64, height: u16| {
        let reading = input(0, START + Span::from_mins(minute), &[height, 0, 0], 0);
        engine.apply(&[reading], out);
        engine.scratch.touched.places().len()
    };
    assert_eq!(
        looked_at(&mut engine, &mut out, 0, 1),
        50,
        "all, while nothing is known"
    );
    assert_eq!(
        looked_at(&mut engine, &mut out, 1, 9),
        0,
        "none between the bounds"
    );
    assert_eq!(
        looked_at(&mut engine, &mut out, 2, 37),
        1,
        "the one whose bound was met"
    );
}
