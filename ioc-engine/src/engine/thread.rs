//! The engine's thread: drain → stamp → apply → show state at once → hand everything to the writer.
//! It never waits for a batch to fill; it waits only for work, for the next timer, or for a disk that is behind.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ingest::{Admitted, Delivery};
use model::{Clock, Input, Span, Stamped, StateChange, Time};
use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;
use ws_gateway::{CommandOutcome, CommandRequest, RuleCosts, RuleTexts, StateSender};

use super::backlog::Backlog;
use super::core::{Core, Step};
use super::costs::CostWatch;
use super::recovery::Recovered;
use super::reload::ReloadReport;
use super::status::{EngineStatus, Figures};
use crate::desk::Refusal;
use crate::pack::Pack;
use crate::stages::{Stage, Stages};
use crate::work::{Reply, Work, WorkSender};

/// Deliveries of one drain.
const DRAIN: usize = 4_096;
/// Commands of one drain.
const COMMANDS: usize = 256;
/// The longest sleep: timers are looked at this often even when the clock does not run at the machine's pace.
const LONGEST_SLEEP: Duration = Duration::from_millis(50);

/// The writer thread ended: nothing can be made durable any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the writer thread ended")]
pub struct WriterGone;

/// Where inputs come from.
pub struct Intake {
    /// Readings, sources, dead letters. The engine ends when every sender is gone.
    pub deliveries: Receiver<Delivery>,
    /// Operators' commands.
    pub commands: Receiver<CommandRequest>,
    /// Packs with edited rules.
    pub reloads: Receiver<Pack>,
}

/// Everything the thread owns.
pub struct EngineThread {
    /// Rules and desk.
    pub core: Core,
    /// The clock that stamps.
    pub clock: Arc<dyn Clock>,
    /// Fingerprint of the catalog and the rules, kept with checkpoints.
    pub print: Arc<str>,
    /// How often a checkpoint is taken.
    pub checkpoint_every: Span,
    /// To the writer. Bounded: when it is full the engine waits, and the brokers with it.
    pub work: WorkSender,
    /// To the gateway. Bounded: when it is full, state is conflated by asset.
    pub state: StateSender,
    /// The rules as authored, for who reads them.
    pub rules: watch::Sender<RuleTexts>,
    /// What they cost, for who reads that.
    pub costs: watch::Sender<RuleCosts>,
    /// How long stages take.
    pub stages: Arc<Stages>,
    /// Figures for the health panel.
    pub status: Arc<EngineStatus>,
}

struct Turns {
    thread: EngineThread,
    backlog: Backlog,
    checkpointed_at: Time,
    checkpointed_position: u64,
    /// The next checkpoint is due whatever the time: a restart must not replay across an edit of the rules.
    edited: bool,
    costs: CostWatch,
}

/// What one drain took from the queues.
#[derive(Default)]
struct Drained {
    commands: Vec<CommandRequest>,
    deliveries: Vec<Delivery>,
}

impl EngineThread {
    /// Admits `Resumed`, commits what recovery found in the log's tail and takes a checkpoint of where that leads,
    /// so that the next restart need not go back further. Returns the state of the world for screens.
    pub fn resume(
        recovered: Recovered,
        now: Time,
        print: &Arc<str>,
    ) -> (Core, Work, Vec<StateChange>) {
        let Recovered {
            mut core,
            tail: mut step,
            report,
        } = recovered;
        let mut inputs = Vec::new();
        if !report.first_start {
            let to = core.stamp(now);
            inputs.push(Stamped {
                stamp: to,
                input: Input::Resumed {
                    from: report.last,
                    to,
                },
            });
        }
        core.apply(&inputs, &mut step);
        core.advance(now, &mut step);
        step.commit.checkpoint = Some(core.checkpoint(print));
        let work = Work {
            inputs,
            commit: step.commit,
            ..Work::default()
        };
        let state = core.rules().snapshot_changes();
        (core, work, state)
    }

    /// Works until every source of deliveries is gone, then hands a last checkpoint to the writer.
    pub fn run(self, mut intake: Intake) -> Result<(), WriterGone> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let Ok(runtime) = runtime else {
            unreachable!("a runtime with timers only needs nothing of the machine");
        };
        let mut turns = Turns {
            backlog: Backlog::default(),
            checkpointed_at: self.clock.now(),
            checkpointed_position: self.core.stands().position,
            edited: false,
            costs: CostWatch::new(self.costs.clone()),
            thread: self,
        };
        runtime.block_on(turns.work_off(&mut intake))
    }
}

impl Turns {
    async fn work_off(&mut self, intake: &mut Intake) -> Result<(), WriterGone> {
        let mut commands_open = true;
        loop {
            let mut drained = Drained::default();
            tokio::select! {
                biased;
                taken = intake.commands.recv_many(&mut drained.commands, COMMANDS), if commands_open => {
                    commands_open = taken > 0;
                }
                taken = intake.deliveries.recv_many(&mut drained.deliveries, DRAIN) => {
                    if taken == 0 {
                        return self.turn(drained, 0.0, true);
                    }
                }
                Some(pack) = intake.reloads.recv() => self.reload(pack),
                () = tokio::time::sleep(self.rest()) => {}
            }
            let waiting = intake.deliveries.len() as f64;
            let fill = waiting / intake.deliveries.max_capacity() as f64;
            self.turn(drained, fill, false)?;
        }
    }

    /// How long nothing is due.
    fn rest(&self) -> Duration {
        if !self.backlog.is_empty() {
            return Duration::from_millis(1);
        }
        let now = self.thread.clock.now();
        let due = self.thread.core.next_due().unwrap_or(Time::MAX);
        let left = due.since(now).millis().max(0) as u64;
        Duration::from_millis(left).min(LONGEST_SLEEP)
    }

    fn turn(&mut self, drained: Drained, fill: f64, last: bool) -> Result<(), WriterGone> {
        let begun = Instant::now();
        let now = self.thread.core.stamp(self.thread.clock.now());
        let mut work = Work::default();
        let (asked, lag) = admit(drained, now, &mut work);
        let mut step = Step::default();
        let stopwatch = self.costs.stopwatch(work.inputs.len());
        self.thread.core.time_with(stopwatch);
        self.thread.core.apply(&work.inputs, &mut step);
        self.thread.core.advance(now, &mut step);
        self.costs.look(self.thread.core.rules(), begun);
        self.backlog.send(step.changes, &self.thread.state);
        work.replies = asked.into_iter().zip(step.outcomes).map(reply).collect();
        work.commit.join(step.commit);
        work.commit.checkpoint = self.checkpoint(now, last);
        self.tell(&work, lag, fill, begun);
        if work.inputs.is_empty() && work.acks.is_empty() && !work.commit.is_needed() {
            return Ok(());
        }
        self.thread.work.send(work).map_err(|_| WriterGone)
    }

    /// All or nothing: what does not fit leaves the rules as they are.
    fn reload(&mut self, pack: Pack) {
        let report = ReloadReport::of(self.thread.core.plan(), &pack.plan);
        let texts = pack.city.rules.clone();
        match self.thread.core.exchange(pack.plan, pack.city) {
            Ok(()) => {
                tracing::info!("{report}");
                self.thread.rules.send_replace(texts.into());
                if report.derived.is_some() {
                    self.recast();
                }
                self.thread.print = pack.print;
                self.edited = true;
            }
            Err(error) => tracing::error!(%error, "the rules stay as they are"),
        }
    }

    /// Assets have other numbers from here on: screens are told everything anew.
    fn recast(&mut self) {
        self.backlog.forget();
        let rules = self.thread.core.rules();
        let whole = rules.snapshot_changes();
        self.thread.state.recast(Arc::clone(rules.city()), whole);
    }

    fn checkpoint(&mut self, now: Time, last: bool) -> Option<crate::store::Checkpoint> {
        let position = self.thread.core.stands().position;
        let due = now.since(self.checkpointed_at) >= self.thread.checkpoint_every
            && position > self.checkpointed_position;
        if !(due || last || self.edited) {
            return None;
        }
        self.edited = false;
        self.checkpointed_at = now;
        self.checkpointed_position = position;
        Some(self.thread.core.checkpoint(&self.thread.print))
    }

    fn tell(&self, work: &Work, lag: Span, fill: f64, begun: Instant) {
        let stands = self.thread.core.stands();
        if !work.inputs.is_empty() {
            let stages = &self.thread.stages;
            stages.took(Stage::Apply, begun.elapsed());
            stages.took(
                Stage::Intake,
                Duration::from_millis(lag.millis().max(0) as u64),
            );
        }
        self.thread.status.set(Figures {
            engine_time: stands.engine_time,
            position: stands.position,
            alert_seq: stands.alert_seq,
            firing: self.thread.core.desk().firing(),
            pending: self.thread.core.desk().pending(),
            counts: *self.thread.core.rules().counts(),
            lag,
            queue_fill: fill,
            conflated: self.backlog.conflated(),
        });
    }
}

type Asked = Vec<tokio::sync::oneshot::Sender<CommandOutcome>>;

/// Stamps what was drained. Returns who waits for each command, and how old the oldest reading was.
fn admit(drained: Drained, now: Time, work: &mut Work) -> (Asked, Span) {
    let mut asked = Vec::new();
    let mut lag = Span::ZERO;
    for request in drained.commands {
        asked.push(request.reply);
        work.inputs.push(Stamped {
            stamp: now,
            input: Input::Command(request.command),
        });
    }
    for delivery in drained.deliveries {
        work.acks.extend(delivery.ack);
        match delivery.admitted {
            Admitted::Input(input) => {
                if let Input::Reading { reading, .. } = &input {
                    lag = lag.max(now.since(reading.received));
                }
                work.inputs.push(Stamped { stamp: now, input });
            }
            Admitted::DeadLetter(letter) => work.commit.dead_letters.push(letter),
        }
    }
    (asked, lag)
}

fn reply(
    (to, outcome): (
        tokio::sync::oneshot::Sender<CommandOutcome>,
        Result<(), Refusal>,
    ),
) -> Reply {
    let outcome = match outcome {
        Ok(()) => CommandOutcome::Done,
        Err(refusal) => CommandOutcome::Refused {
            code: refusal.code(),
            message: refusal.to_string(),
        },
    };
    Reply { to, outcome }
}
