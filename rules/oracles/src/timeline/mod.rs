//! Random rules over a random time, edited meanwhile: however the inputs are batched, wherever the engine is stopped and
//! restored, the same transitions come, and every alert has one whole life.

mod editions;
mod lives;
mod steps;

use std::fmt::Write as _;
use std::sync::Arc;

use city::City;
use model::{Span, Stamped, Time, Transition};
use proptest::prelude::*;
use rules::{Counts, Engine, Output};

use crate::drawn::parts;
use editions::{Compiled, Edition, Parts, edition};
pub use lives::check as lives;
pub(crate) use steps::usual_day;
pub use steps::{START, Step, end, inputs, step, tick_limit};

/// A time and all that happens to an engine in it.
#[derive(Clone, Debug)]
pub struct Timeline {
    steps: Vec<(i64, Step)>,
    /// What runs first, then what is edited to, and before which step.
    first: Edition,
    edits: Vec<(usize, Edition)>,
    /// Sizes of batches, and how far time is let pass before each.
    cuts: Vec<(usize, Option<i64>)>,
    /// Before which steps the engine is stopped and restored, and how far time passes before.
    stops: Vec<(usize, i64)>,
}

/// Any rules over any time.
pub fn timeline() -> impl Strategy<Value = Timeline> {
    (
        edition(),
        prop::collection::vec((0_usize..60, edition()), 0..3),
        prop::collection::vec(cut(), 1..20),
        prop::collection::vec((0_usize..60, tick()), 1..4),
        prop::collection::vec(step(), 1..60),
    )
        .prop_map(|(first, mut edits, cuts, stops, steps)| {
            edits.sort_by_key(|(before, _)| *before);
            Timeline {
                steps,
                first,
                edits,
                cuts,
                stops,
            }
        })
}

fn cut() -> impl Strategy<Value = (usize, Option<i64>)> {
    (1_usize..6, prop::option::of(tick()))
}

fn tick() -> impl Strategy<Value = i64> {
    0_i64..300_000
}

/// The timeline that a fuzzer's bytes stand for, run in every way.
///
/// # Panics
/// As [`Timeline::check`].
pub fn check(bytes: &[u8]) {
    thread_local!(static ANY: (BoxedStrategy<(i64, Step)>, Parts) = (step().boxed(), Parts::default()));
    ANY.with(|(step, parts)| told(bytes, step, parts)).check();
}

/// More parts than this are left out, so that one timeline takes milliseconds.
const MOST: usize = 120;

fn told(bytes: &[u8], any_step: &BoxedStrategy<(i64, Step)>, any: &Parts) -> Timeline {
    let mut line = Timeline {
        steps: Vec::new(),
        first: Edition::default(),
        edits: Vec::new(),
        cuts: Vec::new(),
        stops: Vec::new(),
    };
    for part in parts(bytes, MOST) {
        let before = line.steps.len();
        match part.kind {
            0 => line.edits.push((before, Edition::default())),
            1 => line
                .stops
                .extend(part.drawn(&tick()).map(|tick| (before, tick))),
            2 => line.cuts.extend(part.drawn(&cut())),
            kind @ 3..=6 => {
                let last = line.edits.last_mut().map(|(_, edition)| edition);
                last.unwrap_or(&mut line.first).add(kind, &part, any);
            }
            _ => line.steps.extend(part.drawn(any_step)),
        }
    }
    line.cuts.push((3, Some(60_000)));
    line
}

/// How the inputs come to the engine.
enum Way {
    /// All at once, between edits.
    Whole,
    /// In batches, with time let pass in between.
    Cut,
    /// One by one, with stops and restores in between.
    Stopped,
}

/// What came of a time, and what the engine knows at its end.
struct End {
    out: Output,
    counts: Counts,
    open: usize,
}

impl Timeline {
    /// Runs the engine in every way.
    ///
    /// # Panics
    /// When one tells something else than the others, or an alert's life is not whole.
    pub fn check(&self) {
        let ready = self.ready();
        let whole = ready.run(&Way::Whole);
        assert_eq!(lives(&whole.out.transitions), whole.open, "open");
        let cut = ready.run(&Way::Cut);
        self.same(&cut, &whole, "cut into batches");
        assert_eq!(cut.out.changes, whole.out.changes, "{}", self.told());
        self.same(&ready.run(&Way::Stopped), &whole, "stopped and restored");
    }

    fn ready(&self) -> Ready<'_> {
        let edits = self.edits.iter();
        Ready {
            line: self,
            inputs: inputs(&self.steps),
            first: self.first.ready(),
            edits: edits.map(|(before, e)| (*before, e.ready())).collect(),
        }
    }

    fn same(&self, run: &End, whole: &End, how: &str) {
        let difference = difference(&run.out.transitions, &whole.out.transitions);
        assert_eq!(difference, None, "{how}\n{}", self.told());
        // How often it looked may differ: after a restore it looks at what it had seen.
        let counted = |counts: Counts| Counts {
            evaluations: 0,
            ..counts
        };
        let (counts, expected) = (counted(run.counts), counted(whole.counts));
        assert_eq!(counts, expected, "{how}\n{}", self.told());
        assert_eq!(run.open, whole.open, "{how}\n{}", self.told());
    }

    /// The rules and the inputs, to see what went wrong.
    fn told(&self) -> String {
        let mut told = format!("rules:\n{}", self.first.text(true));
        for (before, edition) in &self.edits {
            let _ = writeln!(told, "before {before}:\n{}", edition.text(true));
        }
        let registries = std::iter::once(&self.first).chain(self.edits.iter().map(|(_, e)| e));
        let registries: Vec<_> = registries.map(Edition::registry).collect();
        let _ = writeln!(told, "registries {registries:?}, stops {:?}", self.stops);
        let _ = writeln!(told, "cuts {:?}", self.cuts);
        for (n, (gap, step)) in self.steps.iter().enumerate() {
            let _ = writeln!(told, "{n} after {gap} ms: {step:?}");
        }
        told
    }
}

/// What no way of running it changes: the inputs as the engine admits them, the editions compiled.
struct Ready<'a> {
    line: &'a Timeline,
    inputs: Vec<Stamped>,
    first: Compiled,
    edits: Vec<(usize, Compiled)>,
}

impl Ready<'_> {
    fn run(&self, way: &Way) -> End {
        let inputs = &self.inputs;
        let mut out = Output::default();
        let mut runner = Runner {
            engine: self.first.engine(),
            city: self.first.city,
            line: self.line,
        };
        let mut done = 0;
        for (before, edition) in &self.edits {
            let before = (*before).clamp(done, inputs.len());
            runner.feed(&inputs[done..before], done, way, &mut out);
            runner.edit(edition);
            done = before;
        }
        runner.feed(&inputs[done..], done, way, &mut out);
        runner.engine.advance(end(inputs), &mut out);
        End {
            out,
            counts: *runner.engine.counts(),
            open: runner.engine.open_instances(),
        }
    }
}

/// An engine on its way.
struct Runner<'a> {
    engine: Engine,
    city: &'static Arc<City>,
    line: &'a Timeline,
}

impl Runner<'_> {
    fn edit(&mut self, edition: &Compiled) {
        self.city = edition.city;
        let bytes = self.engine.checkpoint();
        self.engine = edition.restored(&bytes);
    }

    /// Stops and goes on as the same.
    fn restart(&mut self) {
        let bytes = self.engine.checkpoint();
        let same = Compiled {
            plan: Arc::clone(self.engine.plan()),
            city: self.city,
        };
        self.engine = same.restored(&bytes);
        let again = self.engine.checkpoint();
        assert!(
            again == bytes,
            "a checkpoint of a restored engine is the same"
        );
    }

    fn feed(&mut self, inputs: &[Stamped], first: usize, way: &Way, out: &mut Output) {
        match way {
            Way::Whole => self.engine.apply(inputs, out),
            Way::Cut => self.feed_cut(inputs, out),
            Way::Stopped => self.feed_stopped(inputs, first, out),
        }
    }

    fn feed_cut(&mut self, inputs: &[Stamped], out: &mut Output) {
        let (mut rest, mut cuts) = (inputs, self.line.cuts.iter().cycle());
        while let (Some(next), Some((size, tick))) = (rest.first(), cuts.next()) {
            if let Some(tick) = tick {
                self.tick(*tick, next, out);
            }
            let (batch, after) = rest.split_at((*size).min(rest.len()));
            self.engine.apply(batch, out);
            rest = after;
        }
    }

    fn feed_stopped(&mut self, inputs: &[Stamped], first: usize, out: &mut Output) {
        for (n, input) in inputs.iter().enumerate() {
            let stops = &self.line.stops;
            for (_, tick) in stops.iter().filter(|(stop, _)| *stop == first + n) {
                self.tick(*tick, input, out);
                self.restart();
            }
            self.engine.apply(std::slice::from_ref(input), out);
        }
    }

    /// Lets time pass, not beyond the next input. What is due is known before.
    fn tick(&mut self, ms: i64, next: &Stamped, out: &mut Output) {
        let to: Time = self.engine.now() + Span::from_millis(ms);
        let to = to.min(tick_limit(next));
        let is_due = self.engine.next_due().is_some_and(|due| due <= to);
        let before = out.transitions.len() + out.changes.len();
        self.engine.advance(to, out);
        let told = out.transitions.len() + out.changes.len() > before;
        assert!(is_due || !told, "more happened by {to:?} than was due");
    }
}

/// The first transition in which two runs differ, without their common beginning.
pub fn difference(a: &[Transition], b: &[Transition]) -> Option<String> {
    let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let told = |from: &[Transition]| from.get(common).map(|t| format!("{t:?}"));
    (a != b).then(|| format!("number {common}:\n  {:?}\n  {:?}", told(a), told(b)))
}
