//! Windows inside the engine against full history: readings late and doubled, batches split, the engine restored.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use city::City;
use model::{
    AssetId, Input, Origin, Quality, Reading, SourceFile, SourceName, Span, Stamped, Time, Value,
};
use proptest::prelude::*;

use super::Statistic;
use super::tests::{close, naive, value};
use crate::plan::Plan;
use crate::slots::SlotSource;
use crate::{Engine, Output};

const START: Time = Time::from_millis(1_767_574_800_000);

static CITY: LazyLock<Arc<City>> = LazyLock::new(|| {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pack");
    let loaded = city::load(&pack);
    assert_eq!(loaded.diagnostics, [], "the pack loads");
    Arc::new(loaded.city.expect("a city"))
});

/// One rule a method.
static PLAN: LazyLock<Arc<Plan>> = LazyLock::new(|| {
    let mut text = "version: 1\ngroup: all\nrules:\n".to_owned();
    for method in Statistic::METHODS {
        let args = match method {
            "quantile" => "0.9, '20m'",
            "baseline" => "'7d'",
            "prev" => "",
            _ => "'20m'",
        };
        let when = format!("height.{method}({args}) > 1e9");
        text += "  - {on: env/river, severity: low, alert: ";
        text += method;
        text += ", when: \"";
        text += &when;
        text += "\"}\n";
    }
    let file = SourceFile {
        path: "all.yaml".into(),
        text: text.into(),
    };
    let (plan, problems) = crate::compile(&[file], 0, &CITY);
    assert_eq!(problems, []);
    Arc::new(plan.expect("a plan"))
});

/// Every figure of every window, with the statistic and the window's length.
fn figures(engine: &Engine) -> Vec<(Statistic, i64, Option<f64>)> {
    let kind = CITY.catalog.find("env/river").expect("a kind").id.index();
    let asset = engine.live.handle("wl-1").expect("an asset");
    let row = engine.live.asset(asset).row;
    let slots = PLAN.rules.iter().flat_map(|rule| &rule.slots);
    let asked = slots.filter_map(|slot| match slot {
        SlotSource::Window(place, statistic) => Some((usize::from(*place), *statistic)),
        _ => None,
    });
    let windows = &engine.windows[kind];
    asked
        .map(|(place, statistic)| {
            let length = windows.specs[place].length.millis();
            (statistic, length, windows.statistic(row, place, statistic))
        })
        .collect()
}

fn input(n: u64, stamp: Time, behind: i64, value: f64) -> Stamped {
    let kind = CITY.catalog.find("env/river").expect("a kind");
    let height = kind.field("height").expect("a field").id;
    Stamped {
        stamp,
        input: Input::Reading {
            source: SourceName::new("test"),
            reading: Reading {
                asset: AssetId::new("wl-1"),
                kind: kind.id,
                at: stamp - Span::from_millis(behind),
                received: stamp,
                seq: Some(n),
                boot: None,
                quality: Quality::Good,
                origin: Origin::Live,
                fields: vec![(height, Value::F64(value))],
            },
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn windows_hold_what_history_says(
        // How long after the last, how late, what, and whether it comes twice.
        steps in prop::collection::vec((0_i64..400_000, prop_oneof![2 => Just(0), 1 => 0_i64..2_000_000], value(), any::<bool>()), 1..60),
        batches in prop::collection::vec((1_usize..5, any::<bool>()), 1..40),
    ) {
        let (mut inputs, mut history, mut at) = (Vec::new(), Vec::new(), START);
        for (n, (gap, behind, value, twice)) in steps.into_iter().enumerate() {
            at = at + Span::from_millis(gap);
            let input = input(n as u64, at, behind, value);
            inputs.extend(std::iter::repeat_n(input, if twice { 2 } else { 1 }));
            history.push((at.millis() - behind, value));
        }
        let mut engine = Engine::new(Arc::clone(&PLAN), Arc::clone(&CITY), START);
        let (mut out, mut rest, mut batches) = (Output::default(), inputs.as_slice(), batches.iter().cycle());
        while let Some((size, restart)) = batches.next().filter(|_| !rest.is_empty()) {
            let (batch, after) = rest.split_at((*size).min(rest.len()));
            engine.apply(batch, &mut out);
            rest = after;
            if *restart {
                let bytes = engine.checkpoint();
                engine = Engine::restore(Arc::clone(&PLAN), Arc::clone(&CITY), &bytes).expect("its own checkpoint");
            }
            let so_far = engine.counts().accepted + engine.counts().catch_up;
            for (statistic, length, figure) in figures(&engine) {
                let expected = naive(&history[..so_far as usize], length, statistic);
                prop_assert!(close(figure, expected), "{:?}: {:?}, expected {:?}", statistic, figure, expected);
            }
        }
        prop_assert_eq!(engine.counts().accepted + engine.counts().catch_up, history.len() as u64);
    }
}
