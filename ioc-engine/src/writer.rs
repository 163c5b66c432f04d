//! The writer thread: makes durable what the engine has decided, and only then lets anyone outside know.
//! Owns the input log and the store. Order of one group: log synced → commit → acknowledgements → alerts → replies.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use ingest::Ack;
use model::Stamped;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use ws_gateway::{AlertEvent, CommandOutcome, Update};

use crate::failpoint::{DiskFull, Failpoints};
use crate::log::{InputLog, LogError};
use crate::stages::{Stage, Stages};
use crate::store::{Commit, Event, Store, StoreError};

/// What the engine may be ahead of the disk, in drains of its queues; then it waits, and the brokers with it.
pub const WORK_QUEUE: usize = 64;
/// One group holds at most this many inputs, so that its oldest acknowledgement is not kept waiting by its newest.
const GROUP_INPUTS: usize = 32_768;
/// How long a group that nobody waits for — readings of QoS 0 that changed no alert — may gather before it is synced.
const GATHER: Duration = Duration::from_millis(4);
/// While the disk is full, this many inputs are taken on so that their alerts are shown; then the engine waits.
const STRANDED_INPUTS: usize = 262_144;
/// Between two attempts while the disk is full.
const RETRY: Duration = Duration::from_millis(250);
/// Between two attempts to hand alerts to a gateway that lags.
const RESEND: Duration = Duration::from_millis(20);
/// Alerts kept for a gateway that lags; then the writer waits for it, for alerts are never shed.
const OUTBOX: usize = 65_536;

/// One drain of the engine's queues and everything it led to.
#[derive(Debug, Default)]
pub struct Work {
    /// The inputs admitted, not yet logged.
    pub inputs: Vec<Stamped>,
    /// What to release once they are durable.
    pub acks: Vec<Ack>,
    /// What to commit; its `stands` is where the stream stands after this work.
    pub commit: Commit,
    /// Who waits for the outcome of a command.
    pub replies: Vec<Reply>,
}

/// An outcome and who waits for it.
#[derive(Debug)]
pub struct Reply {
    /// Where it goes.
    pub to: oneshot::Sender<CommandOutcome>,
    /// What became of the command.
    pub outcome: CommandOutcome,
}

/// Why a group is not durable yet.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Failpoint(#[from] DiskFull),
}

/// The writer's thread.
pub struct Writer {
    /// The log it appends to.
    pub log: InputLog,
    /// The store it commits to.
    pub store: Store,
    /// Bytes of input log kept beyond what recovery needs.
    pub log_keep_bytes: u64,
    /// Where committed alerts go.
    pub updates: Sender<Update>,
    /// How it is doing.
    pub stages: Arc<Stages>,
    /// Where a test may end the process.
    pub failpoints: Arc<Failpoints>,
}

/// Waiting work, drained into one.
#[derive(Default)]
struct Group {
    work: Work,
    /// How many of the commit's events were shown already.
    shown: usize,
}

impl Writer {
    /// Writes until the engine hangs up and everything it handed over is durable.
    pub fn run(mut self, work: &Receiver<Work>) {
        let mut outbox = VecDeque::new();
        loop {
            let first = match next(work, &outbox) {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) => {
                    self.send(&mut outbox);
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let mut group = Group::default();
            group.take(first);
            group.drain(work);
            group.gather(work);
            while let Err(error) = self.write(&mut group) {
                self.show_undurable(&error, &mut group, &mut outbox);
                group.wait(work);
            }
            self.stages.durable();
            self.finish(group, &mut outbox);
        }
    }

    /// Log first, so that a position in the store is never ahead of the inputs it counts.
    fn write(&mut self, group: &mut Group) -> Result<(), WriteError> {
        let work = &mut group.work;
        if !work.inputs.is_empty() {
            let begun = Instant::now();
            self.log.append(&work.inputs)?;
            work.inputs.clear();
            self.stages.took(Stage::Log, begun.elapsed());
        }
        if work.commit.is_needed() {
            let begun = Instant::now();
            self.store.commit(&work.commit)?;
            self.stages.took(Stage::Commit, begun.elapsed());
        }
        Ok(())
    }

    fn finish(&mut self, group: Group, outbox: &mut VecDeque<AlertEvent>) {
        for ack in group.work.acks {
            ack.release();
        }
        self.pass("acks.released");
        outbox.extend(group.work.commit.events[group.shown..].iter().map(event));
        self.send(outbox);
        for reply in group.work.replies {
            // The asker may have left; the outcome is committed either way.
            drop(reply.to.send(reply.outcome));
        }
        self.pass("alerts.published");
        if group.work.commit.checkpoint.is_some() {
            self.retain_log();
        }
    }

    /// Nothing is acknowledged, but operators see the alerts, and health says that they are not durable.
    fn show_undurable(
        &mut self,
        error: &WriteError,
        group: &mut Group,
        outbox: &mut VecDeque<AlertEvent>,
    ) {
        if self.stages.not_durable(&error.to_string()) {
            tracing::error!(%error, "nothing can be made durable; alerts are shown, nothing is acknowledged");
        }
        outbox.extend(group.work.commit.events[group.shown..].iter().map(event));
        group.shown = group.work.commit.events.len();
        self.send(outbox);
    }

    fn send(&self, outbox: &mut VecDeque<AlertEvent>) {
        if outbox.is_empty() {
            return;
        }
        let alerts = Update::Alerts(outbox.iter().cloned().collect());
        if outbox.len() >= OUTBOX {
            // The gateway's end is observed by `serve`, which then stops this thread too.
            drop(self.updates.blocking_send(alerts));
            outbox.clear();
            return;
        }
        match self.updates.try_send(alerts) {
            Ok(()) | Err(TrySendError::Closed(_)) => outbox.clear(),
            Err(TrySendError::Full(_)) => {}
        }
    }

    /// The log is needed from the oldest checkpoint on.
    fn retain_log(&self) {
        let oldest = self.store.checkpoints_begin();
        let deleted = oldest
            .map_err(WriteError::from)
            .and_then(|oldest| Ok(self.log.retain(oldest, self.log_keep_bytes)?));
        match deleted {
            Ok(0) => {}
            Ok(deleted) => tracing::info!(deleted, "input log segments past their retention"),
            Err(error) => tracing::warn!(%error, "the input log could not be trimmed"),
        }
    }

    fn pass(&self, place: &'static str) {
        // Only `abort` can be armed here.
        drop(self.failpoints.pass(place));
    }
}

/// Waits for work; while alerts wait for the gateway, not for long.
fn next(work: &Receiver<Work>, outbox: &VecDeque<AlertEvent>) -> Result<Work, RecvTimeoutError> {
    if outbox.is_empty() {
        return work.recv().map_err(|_| RecvTimeoutError::Disconnected);
    }
    work.recv_timeout(RESEND)
}

fn event(event: &Event) -> AlertEvent {
    AlertEvent {
        seq: event.seq,
        alert: Arc::clone(&event.change.alert),
    }
}

impl Group {
    fn take(&mut self, more: Work) {
        let mine = &mut self.work;
        mine.inputs.extend(more.inputs);
        mine.acks.extend(more.acks);
        mine.replies.extend(more.replies);
        mine.commit.join(more.commit);
    }

    /// Takes what waits, without waiting.
    fn drain(&mut self, work: &Receiver<Work>) {
        while self.work.inputs.len() < GROUP_INPUTS
            && let Ok(more) = work.try_recv()
        {
            self.take(more);
        }
    }

    /// While nobody waits for the group, takes on what comes: a sync costs the same for one reading as for a hundred.
    fn gather(&mut self, work: &Receiver<Work>) {
        let until = Instant::now() + GATHER;
        while !self.is_awaited() && self.work.inputs.len() < GROUP_INPUTS {
            let left = until.saturating_duration_since(Instant::now());
            match work.recv_timeout(left) {
                Ok(more) => self.take(more),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// True when a device, a screen or an operator waits for the group to be durable.
    fn is_awaited(&self) -> bool {
        let work = &self.work;
        !work.acks.is_empty() || !work.replies.is_empty() || work.commit.is_needed()
    }

    /// Waits for the next attempt, taking on what comes in the meantime.
    fn wait(&mut self, work: &Receiver<Work>) {
        let until = Instant::now() + RETRY;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            if self.work.inputs.len() >= STRANDED_INPUTS {
                std::thread::sleep(left);
                return;
            }
            match work.recv_timeout(left) {
                Ok(more) => self.take(more),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(left),
            }
        }
    }
}
