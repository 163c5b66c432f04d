//! Rules over recorded inputs: which alerts they would have raised, on the engine that runs live.
//!
//! Inputs come on a thread of their own (`lines`, `history`), in batches of memory that is used again (`feed`); the engine
//! takes them here. `episodes` follows alerts from step to step, `summary` works out figures about them, `difference`
//! compares two sets of rules. Leaves what is typed and printed to `cli`.

mod blocks;
mod difference;
mod episodes;
mod feed;
mod history;
mod lines;
mod noise;
mod steps;
mod summary;
mod told;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

use city::City;
use model::{Key, RuleName, Span, Stamped, Time, Transition};
use rules::{Engine, Output, Plan};

pub use difference::Difference;
use episodes::{Episode, Episodes, recorded};
pub use feed::{BacktestError, Met, Unreadable};
use feed::{Batch, Feed, Period};
use history::HistoryFeed;
use lines::LinesFeed;
pub use summary::Summary;
pub use told::text;

/// Batches on their way to the engine; as many again come back or are being made.
const ON_THE_WAY: usize = 4;

/// Where inputs come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inputs {
    /// A file of readings, one a line; `-` is standard input.
    Readings(PathBuf),
    /// The data folder of an engine.
    History(PathBuf),
}

/// What a run is compared with.
#[derive(Debug, Clone)]
pub enum Against {
    /// Other rules over the same inputs.
    Rules(Arc<Plan>),
    /// The alerts that the engine of the history raised, whatever its rules were at the time.
    Recorded,
}

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Backtest {
    /// The city whose catalog, registry and calendars count, without what rules derive: each engine adds that itself.
    pub city: Arc<City>,
    /// The rules.
    pub plan: Arc<Plan>,
    /// What to compare with.
    pub against: Option<Against>,
    /// The inputs.
    pub inputs: Inputs,
    /// Transitions before it are not told; everything is, when absent.
    pub from: Option<Time>,
    /// The end.
    pub to: Option<Time>,
    /// How much before `from` is run in silence, so that windows and countdowns are what they were.
    pub warm_up: Span,
    /// Among how many operators the alerts are shared.
    pub operators: u32,
}

/// What a run came to, before figures are worked out.
#[derive(Debug)]
struct Ran {
    /// The first and the last time that counts.
    from: Time,
    to: Time,
    /// The first input, with the warm-up.
    first: Time,
    met: Met,
    counts: rules::Counts,
    episodes: Vec<Episode>,
    /// Of the other rules.
    others: Option<Vec<Episode>>,
    took: Duration,
    /// CPU time of the thread that read and of the one that ran the rules.
    reading: Duration,
    running: Duration,
}

impl Backtest {
    /// Runs the rules over the inputs, writing each transition as a line, and works out what it came to.
    pub fn run(&self, out: &mut dyn Write) -> Result<Summary, BacktestError> {
        let period = self.period();
        let ran = match &self.inputs {
            Inputs::Readings(path) => self.play(LinesFeed::open(path, &self.city, period)?, out)?,
            Inputs::History(data) => {
                let feed = HistoryFeed::open(data, &self.city.catalog, period)?;
                let mut ran = self.play(feed, out)?;
                if let Some(Against::Recorded) = self.against {
                    ran.others = Some(recorded(data, ran.to)?);
                }
                ran
            }
        };
        Ok(Summary::of(self, ran))
    }

    fn period(&self) -> Period {
        Period {
            start: self.from.map_or(Time::MIN, |from| from - self.warm_up),
            to: self.to.unwrap_or(Time::MAX),
        }
    }

    fn play(&self, feed: impl Feed, out: &mut dyn Write) -> Result<Ran, BacktestError> {
        let begun = (Instant::now(), cpu_time());
        let mut stage = Stage::new(self, out);
        let (feed, reading) = std::thread::scope(|scope| {
            let (to_engine, batches) = sync_channel(ON_THE_WAY);
            let (used, empty) = channel();
            let reader = std::thread::Builder::new()
                .name("backtest-read".to_owned())
                .spawn_scoped(scope, move || read(feed, &to_engine, &empty))
                .map_err(BacktestError::Thread)?;
            let played = stage.work_off(&batches, &used);
            // Without a receiver the reader ends, wherever it is.
            drop((batches, used));
            let read = reader.join().or(Err(BacktestError::Broken))?;
            played?;
            read
        })?;
        let ended = stage.end(&feed)?;
        Ok(Ran {
            took: begun.0.elapsed(),
            reading,
            running: cpu_time().saturating_sub(begun.1),
            ..ended
        })
    }
}

/// Makes batches until there are no more inputs, or nobody takes them. Returns the feed and the CPU time it took.
fn read<F: Feed>(
    mut feed: F,
    to_engine: &SyncSender<Batch>,
    empty: &Receiver<Batch>,
) -> Result<(F, Duration), BacktestError> {
    let begun = cpu_time();
    let mut made = 0;
    loop {
        let mut batch = if made < 2 * ON_THE_WAY {
            made += 1;
            Batch::default()
        } else {
            match empty.recv() {
                Ok(batch) => batch,
                Err(_) => break,
            }
        };
        batch.clear();
        let goes_on = feed.fill(&mut batch)?;
        if to_engine.send(batch).is_err() || !goes_on {
            break;
        }
    }
    Ok((feed, cpu_time().saturating_sub(begun)))
}

/// The engines, and what follows their steps.
struct Stage<'a> {
    backtest: &'a Backtest,
    out: &'a mut dyn Write,
    first: Option<Time>,
    last: Time,
    /// Steps in the period.
    told: usize,
    rules: Option<Player>,
    others: Option<Player>,
}

/// One engine and the alerts it raised.
struct Player {
    engine: Engine,
    plan: Arc<Plan>,
    output: Output,
    episodes: Episodes,
}

impl<'a> Stage<'a> {
    fn new(backtest: &'a Backtest, out: &'a mut dyn Write) -> Self {
        Self {
            backtest,
            out,
            first: None,
            last: Time::MIN,
            told: 0,
            rules: None,
            others: None,
        }
    }

    fn work_off(
        &mut self,
        batches: &Receiver<Batch>,
        used: &Sender<Batch>,
    ) -> Result<(), BacktestError> {
        while let Ok(batch) = batches.recv() {
            if let (Some(first), Some(last)) = (batch.inputs().first(), batch.inputs().last()) {
                self.begin(first.stamp);
                self.last = last.stamp;
                self.apply(batch.inputs())?;
            }
            // The reader may be through and gone.
            drop(used.send(batch));
        }
        Ok(())
    }

    /// The engines begin with the first input, as an engine does that starts with its sources.
    fn begin(&mut self, at: Time) {
        if self.first.is_some() {
            return;
        }
        let Backtest { city, plan, .. } = self.backtest;
        self.first = Some(at);
        self.rules = Some(Player::new(plan, city, at));
        if let Some(Against::Rules(others)) = &self.backtest.against {
            self.others = Some(Player::new(others, city, at));
        }
    }

    fn apply(&mut self, inputs: &[Stamped]) -> Result<(), BacktestError> {
        if let Some(others) = &mut self.others {
            others.apply(inputs);
            others.follow();
        }
        if let Some(rules) = &mut self.rules {
            rules.apply(inputs);
            self.told += tell(&rules.output, self.backtest.from, self.out)?;
            rules.follow();
        }
        Ok(())
    }

    /// Lets time pass to where it is known what happened.
    fn end(mut self, feed: &impl Feed) -> Result<Ran, BacktestError> {
        let (Some(first), Some(mut rules)) = (self.first, self.rules.take()) else {
            return Err(nothing(&feed.met()));
        };
        let to = feed.known_until(self.last);
        rules.advance(to);
        self.told += tell(&rules.output, self.backtest.from, self.out)?;
        // Silence may raise alerts where nothing came; where none were, the warm-up is all there was.
        let only_before = self.backtest.from.is_some_and(|from| self.last < from);
        if only_before && self.told == 0 {
            return Err(nothing(&feed.met()));
        }
        self.out.flush().map_err(BacktestError::Output)?;
        rules.follow();
        let others = self.others.map(|mut others| {
            others.advance(to);
            others.follow();
            others.episodes.all()
        });
        let from = self.backtest.from.map_or(first, |from| from.max(first));
        Ok(Ran {
            from,
            to: to.max(from),
            first,
            met: feed.met(),
            counts: *rules.engine.counts(),
            episodes: rules.episodes.all(),
            others,
            took: Duration::ZERO,
            reading: Duration::ZERO,
            running: Duration::ZERO,
        })
    }
}

impl Player {
    fn new(plan: &Arc<Plan>, city: &Arc<City>, start: Time) -> Self {
        Self {
            engine: Engine::new(Arc::clone(plan), Arc::clone(city), start).unwatched(),
            plan: Arc::clone(plan),
            output: Output::default(),
            episodes: Episodes::default(),
        }
    }

    fn apply(&mut self, inputs: &[Stamped]) {
        self.engine.apply(inputs, &mut self.output);
        self.leave_out_company();
    }

    fn advance(&mut self, to: Time) {
        self.engine.advance(to, &mut self.output);
        self.leave_out_company();
    }

    /// Rules that only run along inhibit and derive as they do in life; their own alerts are nobody's question.
    fn leave_out_company(&mut self) {
        let company = self.plan.company();
        if !company.is_empty() {
            let about = |step: &Transition| is_about(company, step);
            self.output.transitions.retain(|step| !about(step));
        }
    }

    /// Takes note of the steps, and empties the output.
    fn follow(&mut self) {
        for transition in self.output.transitions.drain(..) {
            self.episodes.step(&transition);
        }
        self.output.changes.clear();
    }
}

/// Whether a step is of one of these rules, or says of one that it passed its limit.
fn is_about(rules: &BTreeSet<RuleName>, step: &Transition) -> bool {
    let over_limit = |key: &Key| {
        let name = key.get("rule").and_then(|name| name.split_once('/'));
        name.is_some_and(|(group, name)| {
            rules.contains(&RuleName {
                group: group.into(),
                name: name.into(),
            })
        })
    };
    rules.contains(&step.rule) || (*step.rule.group == *"ioc" && over_limit(&step.key))
}

/// Writes the steps of the period. How many they are.
fn tell(output: &Output, from: Option<Time>, out: &mut dyn Write) -> Result<usize, BacktestError> {
    let mut told = 0;
    for transition in &output.transitions {
        if from.is_none_or(|from| transition.at >= from) {
            steps::write(transition, out).map_err(output_error)?;
            told += 1;
        }
    }
    Ok(told)
}

/// There is nothing to run over but what lies before the period.
fn nothing(met: &Met) -> BacktestError {
    let before = met.before + met.readings + met.commands + met.others;
    let why = match (before, met.unreadable) {
        (0, 0) => String::new(),
        (before, bad) => format!("; {before} lie before it, {bad} are unreadable"),
    };
    BacktestError::Nothing(why)
}

fn output_error(error: io::Error) -> BacktestError {
    BacktestError::Output(error)
}

/// What this thread has used of a processor.
fn cpu_time() -> Duration {
    let spec = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(spec.tv_sec as u64, spec.tv_nsec as u32)
}
