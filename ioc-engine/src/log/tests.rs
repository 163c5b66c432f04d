//! The log against its promises: what was appended comes back, whole, after a crash and under another catalog.

use std::sync::Arc;

use model::{
    AlertId, AssetId, Command, CommandAction, Field, FieldId, Input, Kind, KindId, Localized,
    Origin, Quality, Reading, SourceName, Span, Value, ValueType,
};
use proptest::prelude::*;

use super::*;

fn kind(number: u16, name: &str, fields: &[(&str, &[&str])]) -> Kind {
    let field = |(i, (name, symbols)): (usize, &(&str, &[&str]))| Field {
        id: FieldId(i as u16),
        name: (*name).into(),
        title: Localized::default(),
        value_type: ValueType::Symbol,
        unit: None,
        range: None,
        symbols: symbols.iter().map(|s| (*s).into()).collect(),
        headline: false,
    };
    Kind {
        id: KindId(number),
        name: name.into(),
        title: Localized::default(),
        fields: fields.iter().enumerate().map(field).collect(),
        report_every: Span::from_secs(60),
        stale_after: Span::from_secs(180),
        auto_register: false,
        columns: Vec::new(),
    }
}

fn catalog() -> Catalog {
    Catalog::new(vec![
        kind(0, "env/river", &[("height", &[])]),
        kind(
            1,
            "wifi/ap",
            &[("apState", &["up", "down"]), ("clients", &[])],
        ),
    ])
}

fn reading(stamp: i64, asset: &str, kind: u16, fields: Vec<(FieldId, Value)>) -> Stamped {
    Stamped {
        stamp: Time::from_millis(stamp),
        input: Input::Reading {
            source: SourceName::new("embedded"),
            reading: Reading {
                asset: AssetId::new(asset),
                kind: KindId(kind),
                at: Time::from_millis(stamp - 40),
                received: Time::from_millis(stamp - 1),
                seq: Some(7),
                boot: None,
                quality: Quality::Estimated,
                origin: Origin::Retained,
                fields,
            },
        },
    }
}

fn config(dir: &Path) -> LogConfig {
    LogConfig {
        dir: dir.to_owned(),
        segment_bytes: 1 << 20,
    }
}

fn open(dir: &Path, segment_bytes: u64) -> InputLog {
    let config = LogConfig {
        segment_bytes,
        ..config(dir)
    };
    InputLog::open(config, &catalog(), Arc::default()).unwrap()
}

fn read_all(log: &InputLog, from: u64, catalog: &Catalog) -> Vec<Stamped> {
    let mut reader = log.read(from, catalog).unwrap();
    let mut all = Vec::new();
    while let Some(batch) = reader.next_batch().unwrap() {
        all.extend(batch.inputs);
    }
    all
}

fn every_input() -> Vec<Stamped> {
    let command = |action| {
        Input::Command(Command {
            id: "01J".into(),
            alert: AlertId(7 << 90),
            by: "lan".into(),
            action,
        })
    };
    let (until, reason) = (Time::from_millis(99), Arc::from("thay thiết bị"));
    let inputs = [
        Input::Offline {
            asset: AssetId::new("a"),
        },
        Input::SourceUp {
            source: SourceName::new("s"),
        },
        Input::SourceDown {
            source: SourceName::new("s"),
        },
        Input::Shed {
            assets: vec![AssetId::new("a"), AssetId::new("b")],
        },
        Input::Resumed {
            from: Time::MIN,
            to: Time::MAX,
        },
        command(CommandAction::Acknowledge {
            note: "đã rõ".into(),
        }),
        command(CommandAction::Shelve { until, reason }),
        command(CommandAction::Unshelve),
        command(CommandAction::Assign { to: None }),
        command(CommandAction::Assign {
            to: Some("tổ 3".into()),
        }),
        command(CommandAction::Comment { text: "…".into() }),
    ];
    let stamped = |(i, input)| Stamped {
        stamp: Time::from_millis(1_000 + i as i64),
        input,
    };
    let mut all: Vec<_> = inputs.into_iter().enumerate().map(stamped).collect();
    all.push(reading(
        2_000,
        "ap-1",
        1,
        vec![
            (FieldId(0), Value::Symbol(1)),
            (FieldId(1), Value::F64(0.1)),
        ],
    ));
    all
}

#[test]
fn every_kind_of_input_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), 1 << 20);
    log.append(&every_input()).unwrap();
    assert_eq!(read_all(&log, 0, &catalog()), every_input());
    drop(log);
    let again = open(dir.path(), 1 << 20);
    assert_eq!(
        (again.end(), again.last_stamp()),
        (12, Some(Time::from_millis(2_000)))
    );
    assert_eq!(read_all(&again, 5, &catalog()), every_input()[5..]);
}

#[test]
fn a_later_catalog_reads_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), 1 << 20);
    let fields = vec![
        (FieldId(0), Value::Symbol(1)),
        (FieldId(1), Value::F64(3.0)),
    ];
    log.append(&[reading(1, "ap-1", 1, fields), reading(2, "r", 0, vec![])])
        .unwrap();
    let later = Catalog::new(vec![kind(
        0,
        "wifi/ap",
        &[("x", &[]), ("apState", &["off", "down", "up"])],
    )]);
    let batch = log.read(0, &later).unwrap().next_batch().unwrap().unwrap();
    assert_eq!((batch.end, batch.unreadable), (2, 1));
    assert_eq!(
        batch.inputs,
        [reading(1, "ap-1", 0, vec![(FieldId(1), Value::Symbol(1))])]
    );
}

#[test]
fn retention_unlinks_whole_segments_and_never_what_is_needed() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), 1);
    for i in 0..10 {
        log.append(&[reading(i, "ap-1", 1, vec![])]).unwrap();
    }
    assert_eq!(log.retain(4, 0).unwrap(), 4);
    assert_eq!(read_all(&log, 4, &catalog()).len(), 6);
    assert_eq!(log.retain(99, u64::MAX).unwrap(), 0);
    let lost = log.read(2, &catalog()).unwrap().next_batch();
    assert!(
        matches!(lost, Err(LogError::Gap { position: 2 })),
        "{lost:?}"
    );
}

#[test]
fn a_guest_reads_while_the_log_goes_on_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), 1);
    let one = |i| [reading(i, "ap-1", 1, vec![])];
    log.append(&one(0)).unwrap();
    let catalog = catalog();
    let history = LogHistory::open(dir.path()).unwrap();
    let mut guest = history.read(Time::MIN, &catalog).unwrap();
    assert_eq!(guest.next_batch().unwrap().unwrap().inputs, one(0));
    // The guest stands in the segment that is sealed, and does not see what came after it began.
    log.append(&one(1)).unwrap();
    log.append(&one(2)).unwrap();
    assert_eq!(guest.next_batch().unwrap(), None);
    let later = LogHistory::open(dir.path()).unwrap();
    let mut later = later.read(Time::from_millis(2), &catalog).unwrap();
    assert_eq!(later.next_batch().unwrap().unwrap().inputs, one(2));
    assert_eq!(later.next_batch().unwrap(), None);
    drop((guest, later));
    assert_eq!(log.retain(99, 0).unwrap(), 2);
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.starts_with(&format!("{:020}", 2)), "{name}");
    }
}

#[test]
fn a_torn_tail_never_happened_and_a_damaged_batch_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), 1 << 20);
    log.append(&every_input()).unwrap();
    log.append(&[reading(3_000, "ap-1", 1, vec![])]).unwrap();
    // Copied while open, the way a crash leaves it: the WAL's last frame torn.
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    let wal = segment::path(copy.path(), 0).with_extension("seg-wal");
    let length = std::fs::metadata(&wal).unwrap().len();
    std::fs::OpenOptions::new()
        .write(true)
        .open(&wal)
        .unwrap()
        .set_len(length - 100)
        .unwrap();
    assert_eq!(open(copy.path(), 1 << 20).end(), 12);

    let connection = rusqlite::Connection::open(segment::path(copy.path(), 0)).unwrap();
    connection
        .execute(
            "UPDATE batch SET body = CAST(substr(body, 1, 30) || x'00' || substr(body, 32) AS BLOB)",
            [],
        )
        .unwrap();
    let damaged = open(copy.path(), 1 << 20)
        .read(0, &catalog())
        .unwrap()
        .next_batch();
    assert!(
        matches!(damaged, Err(LogError::Corrupt { .. })),
        "{damaged:?}"
    );
}

#[test]
fn a_full_disk_leaves_the_log_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let full = Arc::new(Failpoints::parse("log.append=full*1").unwrap());
    let mut log = InputLog::open(config(dir.path()), &catalog(), full).unwrap();
    assert!(matches!(
        log.append(&every_input()),
        Err(LogError::Failpoint(_))
    ));
    assert_eq!(log.end(), 0);
    log.append(&every_input()).unwrap();
    assert_eq!(read_all(&log, 0, &catalog()), every_input());
}

#[test]
fn after_a_failed_sync_everything_is_written_anew() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path(), 1 << 20);
    log.append(&every_input()).unwrap();
    log.current.as_mut().unwrap().doubt();
    log.sync().unwrap();
    assert!(log.unsynced_since().is_none());
    // What a loss of power may have left in the write-ahead log is no longer needed.
    let wal = segment::wal_path(&segment::path(dir.path(), 0));
    assert_eq!(std::fs::metadata(wal).unwrap().len(), 0);
    assert_eq!(read_all(&log, 0, &catalog()), every_input());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_split_into_batches_and_segments_reads_the_same(
        sizes in proptest::collection::vec(1_usize..40, 1..12), segment_bytes in 1_u64..4_000, from in 0_u64..200,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut log = open(dir.path(), segment_bytes);
        let all: Vec<_> = (0..sizes.iter().sum::<usize>() as i64)
            .map(|i| reading(i, &format!("ap-{}", i % 5), 1, vec![(FieldId(1), Value::F64(i as f64 / 10.0))]))
            .collect();
        let mut rest = &all[..];
        for size in sizes {
            let (batch, later) = rest.split_at(size);
            log.append(batch).unwrap();
            rest = later;
        }
        let from = from.min(all.len() as u64);
        prop_assert_eq!(read_all(&log, from, &catalog()), &all[from as usize..]);
    }
}
