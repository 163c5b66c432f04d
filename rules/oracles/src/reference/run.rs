//! The real engine's run through a day.

use std::sync::Arc;

use model::{
    AssetId, Input, Origin, Reading, SourceFile, SourceName, Stamped, Time, Transition, Value,
};
use rules::{Engine, Output, Plan};

use super::city::city;
use super::history::{Event, Report, SOURCES};
use super::rule::{Edits, Rule};
use super::{ASSETS, START, Tick, end, time};

/// What was told in one moment.
pub(super) struct Moment {
    pub(super) at: Time,
    pub(super) edits: Edits,
    pub(super) transitions: Vec<Transition>,
}

fn input(event: &Event, now: Tick) -> Option<Input> {
    let source = |n: &usize| SourceName::new(SOURCES[*n]);
    let asset = |n: &usize| AssetId::new(ASSETS[*n]);
    Some(match event {
        Event::SourceUp(n) => Input::SourceUp { source: source(n) },
        Event::SourceDown(n) => Input::SourceDown { source: source(n) },
        Event::Offline(n) => Input::Offline { asset: asset(n) },
        Event::Shed(n) => Input::Shed {
            assets: vec![asset(n)],
        },
        Event::Report(report) => Input::Reading {
            source: source(&report.source),
            reading: reading(report, now),
        },
        Event::Resumed(from) => Input::Resumed {
            from: time(*from),
            to: time(now),
        },
        Event::Stopped | Event::Retimed | Event::Rewritten | Event::Reregistered => return None,
    })
}

fn reading(report: &Report, now: Tick) -> Reading {
    let city = city(Edits::default());
    let kind = city.catalog.find("env/river").expect("a kind of the pack");
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
        seq: report.seq,
        boot: None,
        quality: report.quality,
        origin: if report.retained {
            Origin::Retained
        } else {
            Origin::Live
        },
        fields: height.into_iter().chain(gate).collect(),
    }
}

/// An edited rule finds the readings that some rule looked back on before. This one looks back on all there are.
const KEEPER: &str = "
version: 1
group: reference
rules:
  - alert: Keeper
    on: env/river
    severity: low
    when: >-
      height.count('1200s') > 1000 || gate.count('1200s') > 1000 || height.prev() > 1000.0 ||
      height.ewma('10s') > 1000.0 || height.ewma('30s') > 1000.0 || height.ewma('60s') > 1000.0 ||
      height.ewma('180s') > 1000.0 || height.ewma('300s') > 1000.0 || height.ewma('600s') > 1000.0 ||
      height.ewma('1200s') > 1000.0
";

fn compile(rules: &[Rule], edits: Edits) -> Arc<Plan> {
    let mut text = KEEPER.to_owned();
    for (n, rule) in rules.iter().enumerate() {
        text += &rule.text_after(n, edits);
    }
    let file = SourceFile {
        path: "rules.yaml".into(),
        text: text.as_str().into(),
    };
    let (plan, problems) = rules::compile(&[file], 0, city(edits));
    // What cannot come true is warned of, and is a case like any other.
    let errors: Vec<_> = problems.iter().filter(|p| p.is_error()).collect();
    assert!(errors.is_empty(), "{text}\n{errors:?}");
    Arc::new(plan.expect("a plan"))
}

/// An engine under rules that are edited from time to time.
struct Run<'a> {
    rules: &'a [Rule],
    edits: Edits,
    engine: Engine,
    moments: Vec<Moment>,
}

impl<'a> Run<'a> {
    fn new(rules: &'a [Rule]) -> Self {
        let edits = Edits::default();
        Self {
            rules,
            edits,
            engine: Engine::new(compile(rules, edits), Arc::clone(city(edits)), START),
            moments: Vec::new(),
        }
    }

    /// Keeps what one call told, moment by moment.
    fn keep(&mut self, told: Output) {
        let before = self.moments.len();
        for transition in told.transitions {
            let last = self.moments[before..].last_mut();
            match last.filter(|last| last.at == transition.at) {
                Some(last) => last.transitions.push(transition),
                None => self.moments.push(Moment {
                    at: transition.at,
                    edits: self.edits,
                    transitions: vec![transition],
                }),
            }
        }
    }

    fn advance(&mut self, to: Tick) {
        let mut out = Output::default();
        self.engine.advance(time(to), &mut out);
        self.keep(out);
    }

    fn apply(&mut self, inputs: &[Stamped]) {
        let mut out = Output::default();
        self.engine.apply(inputs, &mut out);
        self.keep(out);
    }

    /// Stops and goes on from the checkpoint, under the rules as they are edited now.
    fn restart(&mut self) {
        let plan = compile(self.rules, self.edits);
        let bytes = self.engine.checkpoint();
        let city = Arc::clone(city(self.edits));
        self.engine = Engine::restore(plan, city, &bytes).expect("its own checkpoint");
    }

    /// Edits rules while the engine runs, at a time that it has reached; what that brings is told at once.
    fn edit(&mut self, event: &Event, now: Tick) {
        let edits = match event {
            Event::Retimed => &mut self.edits.timings,
            Event::Rewritten => &mut self.edits.conditions,
            Event::Reregistered => &mut self.edits.registry,
            _ => return,
        };
        *edits += 1;
        self.restart();
        self.advance(now);
    }
}

/// What the engine tells of a day, input by input. With edited texts nothing is told that is not edited.
pub(super) fn plain(rules: &[Rule], day: &[(Tick, Event)]) -> Vec<Moment> {
    let mut run = Run::new(rules);
    for (tick, event) in day {
        // The engine learns when it is back that it was away.
        if !matches!(event, Event::Resumed(_)) {
            run.advance(*tick);
        }
        run.edit(event, *tick);
        run.apply(stamped(event, *tick).as_slice());
    }
    run.advance(end(day));
    run.moments.push(Moment {
        at: time(end(day)),
        edits: run.edits,
        transitions: Vec::new(),
    });
    run.moments
}

/// The same in batches, stopped and restored before some of the inputs, under rules whose texts are edited each time.
pub(super) fn shaken(
    rules: &[Rule],
    day: &[(Tick, Event)],
    batches: &[usize],
    stops: &[usize],
) -> Vec<Transition> {
    let mut run = Run::new(rules);
    let (mut waiting, mut sizes) = (Vec::new(), batches.iter().cycle());
    for (n, (tick, event)) in day.iter().enumerate() {
        // An edit looks at everything anew: it would see what is past before the next report, and what holds from the
        // beginning before the first source is there.
        let looks = n > 0 && !day[n - 1].1.is_past(day[n - 1].0);
        let stops = stops.contains(&n) && looks;
        let edits = event.is_edit();
        if stops || edits || waiting.len() >= *sizes.next().unwrap_or(&1) {
            run.apply(&std::mem::take(&mut waiting));
        }
        if stops {
            run.edits.texts += 1;
            run.restart();
        }
        if edits {
            run.advance(*tick);
        }
        run.edit(event, *tick);
        waiting.extend(stamped(event, *tick));
    }
    run.apply(&waiting);
    run.advance(end(day));
    run.moments
        .into_iter()
        .flat_map(|m| m.transitions)
        .collect()
}

fn stamped(event: &Event, now: Tick) -> Option<Stamped> {
    let input = input(event, now)?;
    let stamp = time(now);
    Some(Stamped { stamp, input })
}
