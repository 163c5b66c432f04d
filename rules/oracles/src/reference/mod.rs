//! A second engine, as slow as it is plain: it keeps every input for ever, looks at every rule at every step of time and works
//! everything out of the full history anew. The real one must tell the same alerts at the same times.

mod cases;
mod conditions;
mod history;
mod ladder;
mod rule;

use std::sync::Arc;

use model::{
    AssetId, Condition, Input, Origin, Reading, Severity, SourceFile, SourceName, Span, Stamped,
    Time, Transition, Value,
};
use proptest::prelude::*;
use rules::{Engine, Output, Plan};

use crate::drawn::parts;
use crate::pack::PACK;
use cases::Happening;
pub(crate) use cases::rule;
use history::{Event, History, Report};
pub(crate) use rule::Rule;
use rule::Watcher;

/// Both in service and in the basin `cau`; the pack's third gauge is only planned.
const ASSETS: [&str; 2] = ["wl-1", "wl-2"];
const START: Time = Time::from_millis(1_767_574_800_000);
/// Time goes in steps of ten seconds; every length in a generated rule is a number of them.
const STEP: Span = Span::from_secs(10);
/// Long enough for every countdown of every rule to end.
const AFTERWARDS: Tick = 700;

/// Some rules, what comes in a day, and where the engine is stopped and restored.
#[derive(Clone, Debug)]
pub struct Day {
    rules: Vec<Rule>,
    events: Vec<(Tick, Event)>,
    stops: Vec<usize>,
}

/// Any day.
pub fn day() -> impl Strategy<Value = Day> {
    let rules = prop::collection::vec(cases::rule(), 1..5);
    let stops = prop::collection::vec(0_usize..60, 0..3);
    let day = (rules, cases::events(), stops);
    day.prop_map(|(rules, events, stops)| Day {
        rules,
        events,
        stops,
    })
}

/// The day that a fuzzer's bytes stand for, told by both engines.
///
/// # Panics
/// As [`Day::check`].
pub fn check(bytes: &[u8]) {
    thread_local!(static ANY: (BoxedStrategy<Rule>, BoxedStrategy<Happening>) =
        (cases::rule().boxed(), cases::happening().boxed()));
    ANY.with(|(rule, happening)| told(bytes, rule, happening))
        .check();
}

/// More parts than this are left out, so that one day takes milliseconds.
const MOST: usize = 80;

fn told(bytes: &[u8], rule: &BoxedStrategy<Rule>, happening: &BoxedStrategy<Happening>) -> Day {
    let (mut rules, mut stops, mut happenings) = (Vec::new(), Vec::new(), Vec::new());
    for part in parts(bytes, MOST) {
        match part.kind {
            0 => stops.push(happenings.len()),
            1 | 2 if rules.len() < 4 => rules.extend(part.drawn(rule)),
            _ => happenings.extend(part.drawn(happening)),
        }
    }
    Day {
        rules,
        events: cases::day(happenings),
        stops,
    }
}

impl Day {
    /// Runs both engines.
    ///
    /// # Panics
    /// When they do not tell the same.
    pub fn check(&self) {
        if self.rules.is_empty() {
            return; // Nothing to tell, and no rule file.
        }
        let transitions = actual(&self.rules, &self.events, &self.stops);
        ids_are_episodes(&transitions);
        for (n, rule) in self.rules.iter().enumerate() {
            let told = by_key(told_by(&transitions, n));
            let expected = by_key(expected(rule, &self.events));
            assert_eq!(told, expected, "{}", rule.text(n));
        }
    }
}

/// Steps since the start.
type Tick = i64;

fn time(tick: Tick) -> Time {
    START + Span::from_millis(tick * STEP.millis())
}

/// What both engines are compared by.
#[derive(Clone, PartialEq, Debug)]
struct Told {
    at: Time,
    key: String,
    to: Condition,
    severity: Severity,
    started_at: Time,
}

/// What the reference tells of one rule.
fn expected(rule: &Rule, events: &[(Tick, Event)]) -> Vec<Told> {
    let mut history = History::default();
    let mut watchers: Vec<Watcher> = rule
        .keys()
        .into_iter()
        .map(|key| Watcher::new(rule, key))
        .collect();
    let mut told = Vec::new();
    let last = events.last().map_or(0, |(tick, _)| *tick);
    let mut ahead = events.iter().peekable();
    for tick in 0..=last + AFTERWARDS {
        for watcher in &mut watchers {
            watcher.pass();
        }
        history.pass(tick);
        for watcher in &mut watchers {
            watcher.look(rule, &history, &mut told);
        }
        while let Some(next) = ahead.next_if(|(at, _)| *at == tick) {
            history.add(&next.1);
            if is_past(next) {
                continue; // Seen with the next report that is not.
            }
            for watcher in &mut watchers {
                watcher.look(rule, &history, &mut told);
            }
        }
    }
    told
}

fn is_past((received, event): &(Tick, Event)) -> bool {
    matches!(event, Event::Report(report) if report.is_past(*received))
}

fn compile(rules: &[Rule]) -> Arc<Plan> {
    let mut text = "version: 1\ngroup: reference\nrules:\n".to_owned();
    for (n, rule) in rules.iter().enumerate() {
        text += &rule.text(n);
    }
    let file = SourceFile {
        path: "rules.yaml".into(),
        text: text.into(),
    };
    let (plan, problems) = rules::compile(&[file], 0, &PACK.city);
    assert_eq!(problems, []);
    Arc::new(plan.expect("a plan"))
}

fn input(event: &Event, now: Tick) -> Input {
    let source = SourceName::new("test");
    match event {
        Event::SourceUp => Input::SourceUp { source },
        Event::SourceDown => Input::SourceDown { source },
        Event::Offline(asset) => Input::Offline {
            asset: AssetId::new(ASSETS[*asset]),
        },
        Event::Shed(asset) => Input::Shed {
            assets: vec![AssetId::new(ASSETS[*asset])],
        },
        Event::Report(report) => Input::Reading {
            source,
            reading: reading(report, now),
        },
    }
}

fn reading(report: &Report, now: Tick) -> Reading {
    let kind = PACK
        .city
        .catalog
        .find("env/river")
        .expect("a kind of the pack");
    let field = |name: &str| {
        let found = kind.fields.iter().find(|field| *field.name == *name);
        found.expect("a field of the kind").id
    };
    let height = report.height.map(|v| (field("height"), Value::F64(v)));
    let gate = report.gate.map(|v| (field("gate"), Value::Symbol(v)));
    Reading {
        asset: AssetId::new(ASSETS[report.asset]),
        kind: kind.id,
        at: time(report.at),
        received: time(now),
        seq: Some(report.seq),
        boot: None,
        quality: report.quality,
        origin: Origin::Live,
        fields: height.into_iter().chain(gate).collect(),
    }
}

/// What the engine tells, stopped and restored after some of the inputs; texts change with every restart, as in a reload.
fn actual(rules: &[Rule], events: &[(Tick, Event)], stops: &[usize]) -> Vec<Transition> {
    let mut engine = Engine::new(compile(rules), Arc::clone(&PACK.city), START);
    let mut out = Output::default();
    let mut edited = rules.to_vec();
    for (n, (tick, event)) in events.iter().enumerate() {
        // An edit looks at everything anew, and would see what is past before the next report.
        let between = n > 0 && is_past(&events[n - 1]);
        if stops.contains(&n) && !between {
            for rule in &mut edited {
                rule.edition += 1;
            }
            let plan = compile(&edited);
            engine = Engine::restore(plan, Arc::clone(&PACK.city), &engine.checkpoint())
                .expect("its own checkpoint");
        }
        let stamped = Stamped {
            stamp: time(*tick),
            input: input(event, *tick),
        };
        engine.apply(std::slice::from_ref(&stamped), &mut out);
    }
    let last = events.last().map_or(0, |(tick, _)| *tick);
    engine.advance(time(last + AFTERWARDS), &mut out);
    out.transitions
}

/// The steps of one rule in condition and severity; what only changes the annunciation is left out.
fn told_by(transitions: &[Transition], rule: usize) -> Vec<Told> {
    let name = format!("reference/R{rule}");
    let mut told: Vec<Told> = Vec::new();
    for t in transitions.iter().filter(|t| t.rule.to_string() == name) {
        let step = Told {
            at: t.at,
            key: t.key.0.iter().map(|part| &*part.value).collect(),
            to: t.to,
            severity: t.severity,
            started_at: t.started_at,
        };
        let before = told.iter().rev().find(|before| before.key == step.key);
        let same = |b: &Told| {
            b.to == step.to && b.severity == step.severity && b.started_at == step.started_at
        };
        if !before.is_some_and(same) {
            told.push(step);
        }
    }
    told
}

/// Both in an order that does not depend on who comes first within one moment.
fn by_key(mut told: Vec<Told>) -> Vec<Told> {
    told.sort_by(|a, b| a.key.cmp(&b.key));
    told
}

/// Two episodes never share an id, one never has two.
fn ids_are_episodes(transitions: &[Transition]) {
    let mut episodes = std::collections::BTreeMap::new();
    for t in transitions {
        let episode = (t.rule.to_string(), t.key.clone());
        let known = episodes.entry(t.alert).or_insert_with(|| episode.clone());
        assert_eq!(known, &episode, "one id, one alert");
    }
}
