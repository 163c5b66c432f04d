//! The engine agrees with the reference: random rules, random timelines, stopped and edited at random.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use city::City;
use model::{
    AssetId, Catalog, Condition, Input, Origin as Came, Quality, Reading, RuleName, SourceFile,
    SourceName, Span, Stamped, Time, Value,
};
use proptest::prelude::*;

use super::reference::{Asset, Cond, Event, Filter, Presence, Reference, Spec, Told};
use crate::engine::{Engine, Output};
use crate::identity::Origin;
use crate::plan::Plan;

const START: Time = Time::from_millis(1_767_574_800_000);
/// Assets of the pack that are in service: id, site, area.
const ASSETS: [(&str, &str, &str); 5] = [
    ("ap-1", "s1", "w1"),
    ("ap-2", "s1", "w1"),
    ("ap-3", "s1", "w2"),
    ("ap-4", "s2", "w2"),
    ("pw-1", "s1", "w1"),
];

/// Nothing that is due happens at a whole minute, but what the calendar turns.
const STALE_AFTER: Span = Span::from_secs(607);
/// As long as `silent('303s')` says.
const SILENT_AFTER: Span = Span::from_secs(303);
/// In minutes after the start: when the calendar `shifts` opens and closes.
const TURNS: [(i64, bool); 7] = [
    (10, true),
    (20, false),
    (25, true),
    (60, false),
    (90, true),
    (100, false),
    (120, true),
];

/// The pack, with another length of silence after which assets are stale.
static CITY: LazyLock<Arc<City>> = LazyLock::new(|| {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pack");
    let mut city = city::load(&pack).city.expect("the pack loads");
    let mut kinds = city.catalog.kinds().to_vec();
    for kind in &mut kinds {
        kind.stale_after = STALE_AFTER;
    }
    city.catalog = Catalog::new(kinds);
    Arc::new(city)
});

#[derive(Clone, Debug)]
enum Step {
    Reading {
        asset: usize,
        word: Option<bool>,
        number: Option<i64>,
        good: bool,
        retained: bool,
    },
    SourceUp,
    SourceDown,
    Shed(usize),
    Offline(usize),
    Resumed,
}

fn step() -> impl Strategy<Value = (i64, Step)> {
    let reading = (
        0..ASSETS.len(),
        prop::option::weighted(0.9, any::<bool>()),
        prop::option::weighted(0.5, (0_i64..5).prop_map(|n| n * 60)),
        prop::bool::weighted(0.95),
        prop::bool::weighted(0.05),
    );
    let reading = reading.prop_map(|(asset, word, number, good, retained)| Step::Reading {
        asset,
        word,
        number,
        good,
        retained,
    });
    let what = prop_oneof![
        40 => reading,
        2 => Just(Step::SourceUp),
        1 => Just(Step::SourceDown),
        1 => (0..ASSETS.len()).prop_map(Step::Shed),
        1 => (0..ASSETS.len()).prop_map(Step::Offline),
        1 => Just(Step::Resumed),
    ];
    // Whole minutes meet deadlines exactly.
    let gap = prop_oneof![2 => Just(0_i64), 6 => Just(30_000), 2 => 1_i64..100_000];
    (gap, what)
}

fn spec() -> impl Strategy<Value = Spec> {
    use Cond::{Busy, Crowded, Dark, Down, Empty, Lit, Silent, Up};
    let cond = || {
        prop_oneof![
            6 => Just(Down), 3 => Just(Up), 2 => Just(Crowded), 1 => Just(Empty), 2 => Just(Dark), 1 => Just(Lit),
            1 => Just(Busy), 1 => Just(Silent),
        ]
    };
    let filter = || {
        prop_oneof![
            Just(Filter::Any),
            Just(Filter::Same(0)),
            Just(Filter::Other(0)),
            Just(Filter::More(0))
        ]
    };
    let times = prop_oneof![5 => Just(1_usize), 1 => Just(2), 1 => Just(3)];
    (
        prop_oneof![
            Just(None),
            Just(Some("site")),
            Just(Some("area")),
            Just(Some("city"))
        ],
        3_i64..20,
        prop::collection::vec((cond(), filter(), times), 1..4),
        prop::collection::vec((1_usize..4, cond(), filter()), 0..3),
        prop_oneof![Just(0_i64), Just(2), Just(5)],
        prop::option::weighted(0.2, 0_usize..3),
        prop::bool::weighted(0.3),
    )
        .prop_map(|(by, within, steps, guards, keep, clear, during)| {
            sensible(Spec {
                by,
                within: Span::from_mins(within),
                guards: guards
                    .into_iter()
                    .map(|(before, cond, filter)| (before.min(steps.len()), cond, filter))
                    .collect(),
                clear: clear.map(|step| step % steps.len()),
                steps,
                keep_firing_for: Span::from_mins(keep),
                during,
            })
        })
}

/// Takes out what does not compile: power among access points of one asset, clients of power.
fn sensible(mut spec: Spec) -> Spec {
    let single = spec.by.is_none();
    let ap = |cond: Cond| {
        if cond.is_about_power() {
            Cond::Down
        } else {
            cond
        }
    };
    let first_is_ap = single || !spec.steps[0].0.is_about_power();
    let fit = |cond: &mut Cond, filter: &mut Filter| {
        if single {
            *cond = ap(*cond);
        }
        if matches!(filter, Filter::More(_)) && (!first_is_ap || cond.is_about_power()) {
            *filter = Filter::Other(0);
        }
    };
    for (n, (cond, filter, _)) in spec.steps.iter_mut().enumerate() {
        fit(cond, filter);
        if n == 0 {
            *filter = Filter::Any;
        }
    }
    for (_, cond, filter) in &mut spec.guards {
        fit(cond, filter);
    }
    spec.clear = spec
        .clear
        .filter(|step| !spec.steps[*step].0.is_about_power() && !spec.during);
    spec
}

/// The rule as an author writes it.
fn written(spec: &Spec, summary: &str) -> String {
    let mut text = String::from("version: 1\ngroup: g\nrules:\n  - alert: S\n");
    match spec.by {
        None => {}
        Some("city") => text.push_str("    by: []\n"),
        Some(by) => writeln!(text, "    by: [{by}]").expect("a String"),
    }
    writeln!(
        text,
        "    sequence:\n      within: {}\n      steps:",
        spec.within
    )
    .expect("a String");
    let kind = |cond: &Cond| {
        if cond.is_about_power() {
            "wifi/site"
        } else {
            "wifi/ap"
        }
    };
    for n in 0..=spec.steps.len() {
        for (_, cond, filter) in spec.guards.iter().filter(|(before, ..)| *before == n) {
            let (on, when) = (kind(cond), format!("{}{}", cond.text(), filter.text()));
            writeln!(text, "        - {{not: {{on: {on}, when: \"{when}\"}}}}").expect("a String");
        }
        if let Some((cond, filter, times)) = spec.steps.get(n) {
            let (on, when) = (kind(cond), format!("{}{}", cond.text(), filter.text()));
            writeln!(
                text,
                "        - {{as: s{n}, on: {on}, when: \"{when}\", times: {times}}}"
            )
            .expect("a String");
        }
    }
    if let Some(step) = spec.clear {
        writeln!(text, "    clear: s{step}.apState == 'up'").expect("a String");
    }
    if spec.during {
        text.push_str("    during: shifts\n");
    }
    let keep = spec.keep_firing_for;
    writeln!(
        text,
        "    keep_firing_for: {keep}\n    summary: \"{summary}\"\n    severity: low"
    )
    .expect("a String");
    text
}

fn plan(text: &str) -> Arc<Plan> {
    let file = SourceFile {
        path: "rules.yaml".into(),
        text: text.into(),
    };
    let (plan, problems) = crate::compile(&[file], 0, &CITY);
    assert_eq!(problems, [], "{text}");
    Arc::new(plan.expect("a plan"))
}

/// What is to come to the city, and what came.
struct Day {
    now: Event,
    /// By asset: the last sign of life, and for how long it has been silent since, while the source was connected.
    silences: Vec<(Time, Span)>,
    /// By asset: when it told which number.
    numbers: Vec<Vec<(Time, i64)>>,
    inputs: Vec<Stamped>,
    events: Vec<Event>,
}

/// The inputs for the engine, and for the reference what they and time are said to do. Where the calendar matters every
/// asset has spoken by the start.
fn history(steps: &[(i64, Step)], during: bool) -> (Vec<Stamped>, Vec<Event>) {
    let mut city = Day::new();
    let input = Input::SourceUp { source: source() };
    city.inputs.push(Stamped {
        stamp: START,
        input,
    });
    city.events.push(city.now.clone());
    for asset in (0..ASSETS.len()).filter(|_| during) {
        let step = Step::Reading {
            asset,
            word: Some(false),
            number: Some(0),
            good: true,
            retained: false,
        };
        city.happen(1_000 + asset, &step, START);
    }
    for (n, (gap, step)) in steps.iter().enumerate() {
        let before = city.now.at;
        let stamp = before + Span::from_millis(*gap);
        if matches!(step, Step::Resumed) {
            city.lose(before);
        }
        city.wait(stamp);
        city.happen(n, step, before);
    }
    let end = city.now.at + Span::from_mins(60);
    city.wait(end);
    (city.inputs, city.events)
}

fn source() -> SourceName {
    SourceName::new("test")
}

impl Day {
    fn new() -> Self {
        let asset = |(id, site, area): (&'static str, &'static str, &'static str)| Asset {
            id,
            site,
            area,
            presence: Presence::Unseen,
            word: None,
            number: None,
            average: None,
            silent: false,
        };
        Self {
            now: Event {
                at: START,
                origin: Origin::Input(START),
                retained: false,
                source_up: true,
                open: false,
                assets: ASSETS.into_iter().map(asset).collect(),
            },
            silences: vec![(START, Span::ZERO); ASSETS.len()],
            numbers: vec![Vec::new(); ASSETS.len()],
            inputs: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Time goes on: assets fall silent and stale, the calendar turns.
    fn wait(&mut self, until: Time) {
        while let Some(due) = self.next_due().filter(|due| *due <= until) {
            self.pass(due);
            for (asset, (_, silent)) in self.now.assets.iter_mut().zip(&self.silences) {
                asset.silent |= *silent >= SILENT_AFTER;
                let spoke = !matches!(asset.presence, Presence::Unseen | Presence::Offline);
                if *silent >= STALE_AFTER && spoke {
                    asset.presence = Presence::Stale;
                }
            }
            let mut turns = TURNS.iter().rev();
            let last = turns.find(|(at, _)| START + Span::from_mins(*at) <= due);
            self.now.open = last.is_some_and(|(_, open)| *open);
            (self.now.origin, self.now.retained) = (Origin::Due(due), false);
            self.events.push(self.now.clone());
        }
        self.pass(until);
    }

    /// When something happens by itself next.
    fn next_due(&self) -> Option<Time> {
        let now = self.now.at;
        let silences = self.silences.iter().filter(|_| self.now.source_up);
        let silences = silences.flat_map(|(_, silent)| {
            let left = [SILENT_AFTER, STALE_AFTER].map(|length| length.millis() - silent.millis());
            left.into_iter().filter(|left| *left > 0)
        });
        let silences = silences.map(|left| now + Span::from_millis(left));
        let turns = TURNS.iter().map(|(at, _)| START + Span::from_mins(*at));
        silences.chain(turns.filter(|at| *at > now)).min()
    }

    fn pass(&mut self, until: Time) {
        let passed = until.since(self.now.at).millis();
        for (_, silent) in self.silences.iter_mut().filter(|_| self.now.source_up) {
            *silent = Span::from_millis(silent.millis() + passed);
        }
        self.now.at = until;
    }

    /// The source is lost: nothing that is known is known any more.
    fn lose(&mut self, at: Time) {
        self.now.source_up = false;
        self.turn(Presence::Live, Presence::Lost);
        (self.now.origin, self.now.retained) = (Origin::Input(at), false);
        self.events.push(self.now.clone());
    }

    fn turn(&mut self, from: Presence, to: Presence) {
        for asset in &mut self.now.assets {
            if asset.presence == from {
                asset.presence = to;
            }
        }
    }

    /// What a step does to the city, and the input that says so.
    fn happen(&mut self, n: usize, step: &Step, before: Time) {
        let at = self.now.at;
        (self.now.origin, self.now.retained) = (Origin::Input(at), false);
        let input = match step {
            Step::Reading { asset, .. } => {
                let reading = reading(n, at, step);
                self.now.origin = Origin::Reading {
                    asset: reading.asset.clone(),
                    at,
                    seq: reading.seq,
                    stamp: at,
                };
                self.take(*asset, step);
                let source = source();
                Input::Reading { source, reading }
            }
            Step::SourceUp => {
                self.now.source_up = true;
                for (asset, (heard, _)) in self.now.assets.iter_mut().zip(&self.silences) {
                    if asset.presence == Presence::Lost && at.since(*heard) < STALE_AFTER {
                        asset.presence = Presence::Live;
                    }
                }
                Input::SourceUp { source: source() }
            }
            Step::SourceDown => {
                self.now.source_up = false;
                self.turn(Presence::Live, Presence::Lost);
                Input::SourceDown { source: source() }
            }
            Step::Shed(asset) => {
                let asset = &mut self.now.assets[*asset];
                if matches!(asset.presence, Presence::Live | Presence::Lost) {
                    asset.presence = Presence::Doubted;
                }
                let assets = vec![AssetId::new(asset.id)];
                Input::Shed { assets }
            }
            Step::Offline(asset) => {
                let asset = &mut self.now.assets[*asset];
                asset.presence = Presence::Offline;
                let asset = AssetId::new(asset.id);
                Input::Offline { asset }
            }
            Step::Resumed => Input::Resumed {
                from: before,
                to: at,
            },
        };
        self.inputs.push(Stamped { stamp: at, input });
        self.events.push(self.now.clone());
    }

    fn take(&mut self, place: usize, step: &Step) {
        let Step::Reading {
            word,
            number,
            good,
            retained,
            ..
        } = step
        else {
            return;
        };
        let (at, numbers) = (self.now.at, &mut self.numbers[place]);
        let asset = &mut self.now.assets[place];
        if let Some(word) = word {
            asset.word = good.then_some(*word);
        }
        if let Some(number) = number {
            asset.number = good.then_some(*number);
        }
        self.now.retained = *retained;
        if !*retained {
            asset.presence = Presence::Live;
            asset.silent = false;
            self.silences[place] = (at, Span::ZERO);
            numbers.extend(number.filter(|_| *good).map(|number| (at, number)));
        }
        numbers.retain(|(told, _)| at.since(*told) < Span::from_mins(3));
        let sum: i64 = numbers.iter().map(|(_, number)| *number).sum();
        asset.average = (!numbers.is_empty()).then(|| sum as f64 / numbers.len() as f64);
    }
}

fn reading(n: usize, at: Time, step: &Step) -> Reading {
    let Step::Reading {
        asset,
        word,
        number,
        good,
        retained,
    } = step
    else {
        unreachable!("only readings come here");
    };
    let (id, ..) = ASSETS[*asset];
    let name = if id.starts_with("pw") {
        "wifi/site"
    } else {
        "wifi/ap"
    };
    let kind = CITY.catalog.find(name).expect("a kind of the pack");
    let mut fields = Vec::new();
    if let Some(word) = word {
        let value = if id.starts_with("pw") {
            Value::Bool(*word)
        } else {
            Value::Symbol(u16::from(*word))
        };
        fields.push((kind.fields[0].id, value));
    }
    if let (Some(number), Some(field)) = (number, kind.fields.get(1)) {
        fields.push((field.id, Value::F64(*number as f64)));
    }
    Reading {
        asset: AssetId::new(id),
        kind: kind.id,
        at,
        received: at,
        seq: Some(n as u64),
        boot: None,
        quality: if *good { Quality::Good } else { Quality::Fault },
        origin: if *retained {
            Came::Retained
        } else {
            Came::Live
        },
        fields,
    }
}

/// Where the engine stops: after so many inputs and a tick, restored onto the same rule or one with another text.
type Stop = (usize, i64, bool);

/// What the engine tells of the rule.
fn played(
    spec: &Spec,
    inputs: &[Stamped],
    batches: &[usize],
    stops: &[Stop],
    end: Time,
) -> Vec<Told> {
    let plans = ["{{s0.asset.id}}", "another text"].map(|summary| plan(&written(spec, summary)));
    let mut engine = Engine::new(Arc::clone(&plans[0]), Arc::clone(&CITY), START);
    let mut out = Output::default();
    let (mut done, mut batches) = (0, batches.iter().cycle());
    while done < inputs.len() {
        for (_, tick, edited) in stops.iter().filter(|(stop, ..)| *stop == done) {
            let next = &inputs[done];
            let limit = match next.input {
                Input::Resumed { from, .. } => from,
                _ => next.stamp,
            };
            let to = engine.now() + Span::from_millis(*tick);
            engine.advance(to.min(limit), &mut out);
            let bytes = engine.checkpoint();
            let plan = Arc::clone(&plans[usize::from(*edited)]);
            engine = Engine::restore(plan, Arc::clone(&CITY), &bytes).expect("its checkpoint");
        }
        let next_stop = stops
            .iter()
            .map(|(stop, ..)| *stop)
            .filter(|stop| *stop > done)
            .min();
        let size = batches.next().copied().unwrap_or(1);
        let until = (done + size)
            .min(inputs.len())
            .min(next_stop.unwrap_or(usize::MAX));
        engine.apply(&inputs[done..until], &mut out);
        done = until;
    }
    engine.advance(end, &mut out);
    assert_eq!(
        engine.counts().sequence_matches_refused,
        0,
        "the bound was met"
    );
    let transitions = out.transitions.into_iter().filter(|t| *t.rule.name == *"S");
    let told = transitions.map(|t| {
        assert_ne!(t.to, Condition::Pending, "a sequence is never pending");
        (t.at, t.key, t.to == Condition::Firing, t.alert)
    });
    let mut told: Vec<_> = told.collect();
    told.sort_by(|(a, k, ..), (b, l, ..)| (a, k).cmp(&(b, l)));
    told
}

/// As many as asked for, else what a test run has time for.
fn cases() -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(1_000)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) })]

    #[test]
    fn the_engine_agrees_with_the_reference(
        spec in spec(),
        steps in prop::collection::vec(step(), 20..120),
        batches in prop::collection::vec(1_usize..8, 1..10),
        stops in prop::collection::vec((1_usize..120, 0_i64..300_000, any::<bool>()), 0..4),
    ) {
        let (inputs, events) = history(&steps, spec.during);
        let end = inputs.last().expect("the first").stamp + Span::from_mins(60);
        let reference = Reference { spec: &spec, events: &events, end };
        let rule = RuleName { group: "g".into(), name: "S".into() };
        let expected = reference.tell(&rule);
        let text = written(&spec, "");
        prop_assert_eq!(&played(&spec, &inputs, &[1], &[], end), &expected, "\n{}", text);
        prop_assert_eq!(&played(&spec, &inputs, &batches, &stops, end), &expected, "\n{}", text);
    }
}
