//! What the writer does on a full disk: first it uses up its reserve, then it says that nothing is durable.

use tokio::sync::{mpsc, oneshot};
use ws_gateway::CommandOutcome;

use super::*;
use crate::log::LogConfig;
use crate::store::{Checkpoint, Committed};
use crate::work::{self, Reply};

const RESERVE: u64 = 64 << 10;

/// A writer on a disk that is full so often, and its file.
fn writer(dir: &std::path::Path, full: &str) -> Writer {
    let failpoints = Arc::new(Failpoints::parse(full).unwrap());
    let config = LogConfig {
        dir: dir.join("log"),
        segment_bytes: 1 << 20,
    };
    Writer {
        log: InputLog::open(config, &model::Catalog::default(), Arc::clone(&failpoints)).unwrap(),
        store: Store::open(&dir.join("ioc.db"), Arc::clone(&failpoints)).unwrap(),
        reserve: Reserve::open(dir, RESERVE),
        log_keep_bytes: 0,
        alerts_keep: Span::from_secs(1),
        updates: mpsc::channel(1).0,
        stages: Arc::default(),
        failpoints,
    }
}

/// Something to commit that somebody waits for.
fn awaited() -> (Work, oneshot::Receiver<CommandOutcome>) {
    let (to, told) = oneshot::channel();
    let stands = Committed {
        position: 7,
        ..Committed::default()
    };
    let mut work = Work::default();
    work.commit.stands = stands;
    work.commit.checkpoint = Some(Checkpoint {
        at: stands,
        plan: "p".into(),
        body: vec![1],
    });
    work.replies.push(Reply {
        to,
        outcome: CommandOutcome::Done,
    });
    (work, told)
}

/// Writes one commit to the end; returns the writer's own figures.
fn write_one(writer: Writer) -> Arc<Stages> {
    let stages = Arc::clone(&writer.stages);
    let (sender, receiver) = work::queue(10);
    let (work, mut told) = awaited();
    sender.send(work).unwrap();
    drop(sender);
    writer.run(receiver);
    assert!(matches!(told.try_recv(), Ok(CommandOutcome::Done)));
    stages
}

#[test]
fn the_reserve_carries_a_commit_over_a_full_disk() {
    let dir = tempfile::tempdir().unwrap();
    let stages = write_one(writer(dir.path(), "store.commit=full*1"));
    assert_eq!(stages.failures(), 0, "nothing was shown as not durable");
    assert!(!stages.has_reserve());
    assert!(!dir.path().join("reserve").exists());
}

#[test]
fn beyond_the_reserve_it_is_said_that_nothing_is_durable_and_all_is_committed_later() {
    let dir = tempfile::tempdir().unwrap();
    let stages = write_one(writer(dir.path(), "store.commit=full*2"));
    assert_eq!(stages.failures(), 1, "the second refusal found no reserve");
    assert!(stages.is_durable(), "the third attempt had room");
}

#[test]
fn the_reserve_comes_back_with_the_first_commit_that_finds_room() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(dir.path(), "");
    // As after a start on a full disk: there was never room for it.
    std::fs::remove_file(dir.path().join("reserve")).unwrap();
    writer.reserve = Reserve::open(dir.path(), u64::MAX);
    assert!(!writer.reserve.is_held());
    writer.reserve.needs_only(RESERVE);
    let stages = write_one(writer);
    assert!(stages.has_reserve());
    assert!(dir.path().join("reserve").exists());
}

/// Readings that nobody waits for.
fn readings() -> Work {
    let source = model::SourceName::new("s");
    let stamp = Time::from_millis(1);
    let input = model::Input::SourceUp { source };
    Work {
        inputs: vec![model::Stamped { stamp, input }],
        ..Work::default()
    }
}

#[test]
fn what_nobody_waits_for_is_written_and_what_somebody_waits_for_is_synced() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(dir.path(), "");
    let group = |work| Group { work, shown: 0 };
    writer.write(&mut group(readings()), false).unwrap();
    assert_eq!(writer.log.end(), 1);
    assert!(writer.log.unsynced_since().is_some());
    writer.write(&mut group(awaited().0), false).unwrap();
    assert!(writer.log.unsynced_since().is_none());
    writer.write(&mut group(readings()), true).unwrap();
    assert!(writer.log.unsynced_since().is_none(), "the last group");
}

#[test]
fn nobody_is_answered_before_the_sync() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(dir.path(), "log.sync=full*1");
    let (mut work, mut told) = awaited();
    work.join(readings());
    let mut group = Group { work, shown: 0 };
    assert!(writer.write(&mut group, false).is_err());
    assert_eq!(
        writer.store.committed().unwrap(),
        Committed::default(),
        "the store must not be ahead of the log"
    );
    writer.write(&mut group, false).unwrap();
    assert_eq!(writer.log.end(), 1, "appended once");
    assert!(told.try_recv().is_err());
    writer.finish(group, &mut Outbox::default());
    assert!(told.try_recv().is_ok());
}

#[test]
fn what_nobody_waits_for_is_synced_before_long() {
    let dir = tempfile::tempdir().unwrap();
    // The first refusal costs the reserve, the second shows that there was a sync nobody asked for.
    let writer = writer(dir.path(), "log.sync=full*2");
    let stages = Arc::clone(&writer.stages);
    let (sender, receiver) = work::queue(10);
    let thread = std::thread::spawn(move || writer.run(receiver));
    sender.send(readings()).unwrap();
    while stages.failures() == 0 {
        std::thread::yield_now();
    }
    drop(sender);
    thread.join().unwrap();
}

#[test]
fn a_full_disk_is_told_from_a_broken_one() {
    let sqlite = |code| {
        let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        WriteError::from(StoreError::from(error))
    };
    assert!(sqlite(rusqlite::ffi::SQLITE_FULL).is_disk_full());
    assert!(sqlite(rusqlite::ffi::SQLITE_IOERR_SHMSIZE).is_disk_full());
    assert!(!sqlite(rusqlite::ffi::SQLITE_IOERR_FSYNC).is_disk_full());
    assert!(!sqlite(rusqlite::ffi::SQLITE_CORRUPT).is_disk_full());
}
