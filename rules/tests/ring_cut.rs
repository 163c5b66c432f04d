//! The worst minute of the real pack: a core ring splits and everything behind it changes state at once.

#![expect(clippy::unwrap_used, reason = "a test may fail on the spot")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use city::City;
use model::{
    Annunciation, Asset, Condition, Input, Origin, Quality, Reading, SourceName, Span, Stamped,
    Time, Transition, Value,
};
use rules::{Engine, Output};

const SPLIT: &str = "ring-core-3";
const CUT_MINUTE: i64 = 2;
const MINUTES: i64 = 12;
/// A Monday, eight in the morning in Thai Nguyen: offices are open.
const START: Time = Time::from_millis(1_767_574_800_000);

struct Scene {
    city: Arc<City>,
    /// Assets whose traffic passes the ring that splits.
    behind: BTreeSet<String>,
}

impl Scene {
    fn new(city: Arc<City>) -> Self {
        let uplinks: BTreeMap<&str, &str> = city
            .assets
            .iter()
            .filter_map(|a| Some((a.id.as_str(), a.uplink.as_ref()?.as_str())))
            .collect();
        let passes = |id: &str| {
            std::iter::successors(uplinks.get(id), |id| uplinks.get(**id)).any(|id| *id == SPLIT)
        };
        let behind = city
            .assets
            .iter()
            .map(|a| a.id.as_str())
            .filter(|id| passes(id))
            .map(str::to_owned)
            .collect();
        Self { city, behind }
    }

    /// What an asset says in a minute; none when it says nothing.
    fn says(&self, asset: &Asset, minute: i64) -> Option<Vec<(&'static str, Said)>> {
        let kind = &*self.city.catalog.kind(asset.kind).name;
        let cut = minute >= CUT_MINUTE;
        let behind = cut && self.behind.contains(asset.id.as_str());
        let status = |down: bool| if down { "down" } else { "up" };
        Some(match kind {
            "trans/ring" if cut && asset.id.as_str() == SPLIT => vec![
                ("activePath", Said::Word("protection")),
                ("x_ringState", Said::Word("split")),
                ("x_sitesCut", Said::Number(6.0)),
            ],
            "trans/ring" => vec![
                ("activePath", Said::Word("working")),
                (
                    "x_ringState",
                    Said::Word(if behind { "isolated" } else { "closed" }),
                ),
            ],
            "trans/link" => vec![("operStatus", Said::Word(status(behind)))],
            "wifi/ap" => vec![("apState", Said::Word(status(behind)))],
            // What hangs on something that is cut off can say nothing.
            "queue/line" | "cctv/cam" | "road/flow" | "health/sync" | "health/tele" if behind => {
                return None;
            }
            "queue/line" => vec![
                ("ticketsToServe", Said::Number(2.0)),
                ("x_countersOpen", Said::Number(1.0)),
            ],
            "trans/hop" => vec![("operStatus", Said::Word("up"))],
            "net/node" => vec![("x_lossPct", Said::Number(if behind { 100.0 } else { 0.0 }))],
            "cctv/cam" => vec![("x_fps", Said::Number(25.0))],
            "road/flow" => vec![("occupancy", Said::Number(0.1))],
            "health/sync" => vec![("backlog", Said::Number(3.0))],
            "health/tele" => vec![("x_roomState", Said::Word("ready"))],
            _ => return None,
        })
    }

    /// A minute of readings, strewn over the minute so that no order is the lucky one.
    fn minute(&self, minute: i64) -> Vec<Stamped> {
        let begin = START + Span::from_mins(minute);
        let mut inputs: Vec<Stamped> = self
            .city
            .assets
            .iter()
            .enumerate()
            .filter_map(|(i, asset)| {
                // 7,919 is prime to the 60,000 ms of a minute: neighbours in the registry report far apart.
                let stamp = begin + Span::from_millis((i as i64 + minute * 17) * 7_919 % 60_000);
                self.reading(asset, minute, stamp)
            })
            .collect();
        inputs.sort_by_key(|input| input.stamp);
        inputs
    }

    fn reading(&self, asset: &Asset, minute: i64, stamp: Time) -> Option<Stamped> {
        let kind = self.city.catalog.kind(asset.kind);
        let said = self.says(asset, minute)?;
        let fields = said.into_iter().map(|(name, said)| {
            let field = kind.field(name).unwrap();
            let value = match said {
                Said::Word(word) => Value::Symbol(field.symbol(word).unwrap()),
                Said::Number(number) => Value::F64(number),
            };
            (field.id, value)
        });
        let reading = Reading {
            asset: asset.id.clone(),
            kind: asset.kind,
            at: stamp,
            received: stamp,
            seq: Some(minute as u64),
            boot: None,
            quality: Quality::Good,
            origin: Origin::Live,
            fields: fields.collect(),
        };
        let source = SourceName::new("test");
        Some(Stamped {
            stamp,
            input: Input::Reading { source, reading },
        })
    }
}

enum Said {
    Word(&'static str),
    Number(f64),
}

fn play(scene: &Scene, plan: Arc<rules::Plan>) -> Vec<Transition> {
    let mut engine = Engine::new(plan, Arc::clone(&scene.city), START);
    let mut out = Output::default();
    let source = SourceName::new("test");
    let up = Stamped {
        stamp: START,
        input: Input::SourceUp { source },
    };
    engine.apply(&[up], &mut out);
    for minute in 0..MINUTES {
        engine.apply(&scene.minute(minute), &mut out);
    }
    out.transitions
}

#[test]
fn a_split_of_a_core_ring_calls_once() {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cities/thai-nguyen");
    let loaded = city::load(&pack);
    let city = Arc::new(loaded.city.unwrap());
    // What says nothing here does not hang on a ring: its rules are another test's.
    let files: Vec<_> = city
        .rules
        .iter()
        .filter(|file| {
            ["trans", "wifi", "queue", "net", "cctv", "road", "health"]
                .iter()
                .any(|group| file.path.ends_with(&format!("{group}.yaml")))
        })
        .cloned()
        .collect();
    let (plan, _) = rules::compile(&files, 0, &city);
    let scene = Scene::new(city);
    let transitions = play(&scene, Arc::new(plan.unwrap()));

    let firing: BTreeSet<_> = transitions
        .iter()
        .filter(|t| t.to == Condition::Firing)
        .map(|t| t.alert)
        .collect();
    let called: BTreeSet<String> = transitions
        .iter()
        .filter(|t| t.to == Condition::Firing && t.annunciation == Annunciation::Annunciated)
        .map(|t| format!("{} {}", t.rule.name, t.key))
        .collect();
    assert!(
        scene.behind.len() > 3_000,
        "{} assets change state",
        scene.behind.len()
    );
    assert!(firing.len() > 1_000, "{} alerts fire", firing.len());
    assert_eq!(called, BTreeSet::from([format!("RingSplit asset={SPLIT}")]));
}
