//! The writer thread: makes durable what the engine has decided, and only then lets anyone outside know.
//! Owns the input log and the store. Order of one group: log synced → commit → acknowledgements → alerts → replies.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use model::{Span, Time};
use tokio::sync::mpsc::Sender;
use ws_gateway::{AlertEvent, Update};

use self::outbox::Outbox;
use crate::failpoint::{DiskFull, Failpoints};
use crate::log::{InputLog, LogError};
use crate::reserve::Reserve;
use crate::stages::{Stage, Stages};
use crate::store::{Event, Store, StoreError};
use crate::work::{Work, WorkReceiver};

/// While the disk is full, this many inputs are taken on so that their alerts are shown; then the engine waits.
const STRANDED_INPUTS: usize = 262_144;
/// Between two attempts while the disk is full.
const RETRY: Duration = Duration::from_millis(250);
/// Between two attempts to hand alerts to a gateway that lags.
const RESEND: Duration = Duration::from_millis(20);
/// What nobody waits for is written within milliseconds, and on the disk after this time at the latest.
const UNSYNCED: Duration = Duration::from_millis(100);

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

impl WriteError {
    /// Whether room on the disk would help.
    fn is_disk_full(&self) -> bool {
        match self {
            Self::Failpoint(_)
            | Self::Log(LogError::Failpoint(_))
            | Self::Store(StoreError::Failpoint(_)) => true,
            Self::Log(LogError::Io { source, .. }) => source.kind() == ErrorKind::StorageFull,
            Self::Log(LogError::Sqlite { source, .. })
            | Self::Store(StoreError::Sqlite(source) | StoreError::Open { source, .. }) => {
                lacks_room(source)
            }
            Self::Log(_) | Self::Store(_) => false,
        }
    }
}

/// SQLite says so in two ways: its files cannot grow, or the index of the write-ahead log cannot.
fn lacks_room(error: &rusqlite::Error) -> bool {
    let Some(error) = error.sqlite_error() else {
        return false;
    };
    error.code == rusqlite::ErrorCode::DiskFull
        || error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE
}

/// The writer's thread.
pub struct Writer {
    /// The log it appends to.
    pub log: InputLog,
    /// The store it commits to.
    pub store: Store,
    /// Room for when the disk is full.
    pub reserve: Reserve,
    /// Bytes of input log kept beyond what recovery needs.
    pub log_keep_bytes: u64,
    /// How long alerts that fired are kept after they ended.
    pub alerts_keep: Span,
    /// Where committed alerts go.
    pub updates: Sender<Update>,
    /// How it is doing.
    pub stages: Arc<Stages>,
    /// Where a test may end the process.
    pub failpoints: Arc<Failpoints>,
}

/// Work that is written together.
struct Group {
    work: Work,
    /// How many of the commit's events were shown already.
    shown: usize,
}

impl Writer {
    /// Writes until the engine hangs up and everything it handed over is durable.
    pub fn run(mut self, mut work: WorkReceiver) {
        let mut outbox = Outbox::default();
        self.stages.reserve(self.reserve.is_held());
        loop {
            let received = work.receive(self.patience(&outbox));
            let ends = received.is_err();
            // Nothing came in time or nothing will come any more: what is due meanwhile is a group of its own.
            let mut group = Group {
                work: received.ok().flatten().unwrap_or_default(),
                shown: 0,
            };
            while let Err(error) = self.write(&mut group, ends) {
                if error.is_disk_full() && self.give_up_reserve(&error) {
                    continue;
                }
                self.show_undurable(&error, &mut group, &mut outbox);
                group.wait(&mut work);
            }
            self.stages.durable();
            outbox.commit();
            self.restore_reserve();
            self.finish(group, &mut outbox);
            if ends {
                return;
            }
        }
    }

    /// How long nothing is due: alerts that wait for the gateway are not left waiting long, nor inputs for their sync.
    fn patience(&self, outbox: &Outbox) -> Option<Duration> {
        let resend = (!outbox.is_empty()).then_some(RESEND);
        let unsynced = self.log.unsynced_since();
        let sync = unsynced.map(|since| UNSYNCED.saturating_sub(since.elapsed()));
        [resend, sync].into_iter().flatten().min()
    }

    /// Log first, so that a position in the store is never ahead of the inputs it counts; synced first, so that nobody
    /// is told of what a loss of power would take back.
    fn write(&mut self, group: &mut Group, ends: bool) -> Result<(), WriteError> {
        let work = &mut group.work;
        let begun = Instant::now();
        let logs = !work.inputs.is_empty();
        if logs {
            self.log.append(&work.inputs)?;
            work.inputs.clear();
        }
        let unsynced = self.log.unsynced_since();
        let overdue = unsynced.is_some_and(|since| since.elapsed() >= UNSYNCED);
        let syncs = unsynced.is_some() && (work.is_awaited() || overdue || ends);
        if syncs {
            self.log.sync()?;
        }
        if logs || syncs {
            self.stages.took(Stage::Log, begun.elapsed());
        }
        if work.commit.is_needed() {
            let begun = Instant::now();
            self.store.commit(&work.commit)?;
            self.stages.took(Stage::Commit, begun.elapsed());
        }
        Ok(())
    }

    fn finish(&mut self, group: Group, outbox: &mut Outbox) {
        for ack in group.work.acks {
            ack.release();
        }
        self.pass("acks.released");
        outbox.extend(group.work.commit.events[group.shown..].iter().map(event));
        outbox.send(&self.updates);
        for reply in group.work.replies {
            // The asker may have left; the outcome is committed either way.
            drop(reply.to.send(reply.outcome));
        }
        self.pass("alerts.published");
        if group.work.commit.checkpoint.is_some() {
            self.retain_log();
            self.forget_alerts(group.work.commit.stands.engine_time);
        }
    }

    /// The first time the disk is full everything goes on, on the room that was set aside for it.
    fn give_up_reserve(&mut self, error: &WriteError) -> bool {
        if !self.reserve.give_up() {
            return false;
        }
        metrics::counter!("ioc_disk_reserve_given_up_total").increment(1);
        self.stages.reserve(false);
        tracing::error!(%error, "the disk is full; the reserve is given up and everything goes on for a while; make room");
        true
    }

    fn restore_reserve(&mut self) {
        if self.reserve.look() {
            self.stages.reserve(true);
            tracing::info!("there is room again; the disk reserve is set aside");
        }
    }

    /// Nothing is acknowledged, but operators see the alerts, and health says that they are not durable.
    fn show_undurable(&mut self, error: &WriteError, group: &mut Group, outbox: &mut Outbox) {
        if self.stages.not_durable(&error.to_string()) {
            tracing::error!(%error, "nothing can be made durable; alerts are shown, nothing is acknowledged");
        }
        let unshown = &group.work.commit.events[group.shown..];
        outbox.extend_undurable(unshown.iter().map(event));
        group.shown = group.work.commit.events.len();
        outbox.send(&self.updates);
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

    /// What never fired would fill the store within weeks: conditions hover at their thresholds.
    fn forget_alerts(&mut self, now: Time) {
        match self.store.forget(now - self.alerts_keep) {
            Ok(0) => {}
            Ok(alerts) => tracing::info!(alerts, "past alerts beyond their retention"),
            Err(error) => tracing::warn!(%error, "past alerts could not be trimmed"),
        }
    }

    fn pass(&self, place: &'static str) {
        // Only `abort` can be armed here.
        drop(self.failpoints.pass(place));
    }
}

fn event(event: &Event) -> AlertEvent {
    AlertEvent {
        seq: event.seq,
        alert: Arc::clone(&event.change.alert),
    }
}

impl Group {
    /// Waits for the next attempt, taking on what comes in the meantime.
    fn wait(&mut self, work: &mut WorkReceiver) {
        if self.work.inputs.len() >= STRANDED_INPUTS {
            std::thread::sleep(RETRY);
        } else {
            self.work.join(work.receive_after(RETRY));
        }
    }
}

mod outbox;
#[cfg(test)]
mod tests;
