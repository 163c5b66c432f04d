//! The store against its promises: one commit is all or nothing, and everything reads back as it was.

use std::collections::BTreeMap;

use bytes::Bytes;
use ingest::DeadLetterReason;
use model::{
    Acknowledgement, Alert, AreaCode, Attention, CommandAction, Escalation, KeyPart, Localized,
    Reason, Shelving, SourceName, Span, Why, WhyValue,
};
use ws_gateway::{AlertQuery, Archive, JournalEntry};

use super::*;

pub(crate) fn alert(id: u128, condition: Condition) -> Alert {
    Alert {
        id: AlertId(id),
        rule: RuleName {
            group: "flood".into(),
            name: "RiverHigh".into(),
        },
        key: Key(vec![KeyPart {
            dimension: "asset".into(),
            value: "wl-gia-bay".into(),
        }]),
        kind: Some("env/river".into()),
        area: Some(AreaCode::new("05443")),
        severity: Severity::High,
        condition,
        annunciation: Annunciation::Inhibited { by: AlertId(9) },
        started_at: Time::from_millis(5),
        fired_at: Some(Time::from_millis(6)),
        resolved_at: None,
        summary: Localized {
            vi: "Gia Bảy: 26,1 m".into(),
            en: "Gia Bay: 26.1 m".into(),
        },
        guidance: Localized::same("…"),
        labels: BTreeMap::from([("team".into(), "pccc".into())]),
        reason: Reason::Stale,
        ack: Some(Acknowledgement {
            by: "lan".into(),
            at: Time::from_millis(7),
            note: "đã rõ".into(),
        }),
        shelved: Some(Shelving {
            until: Time::from_millis(8),
            by: "lan".into(),
            reason: "bảo trì".into(),
        }),
        assignee: Some("tổ 3".into()),
        escalated: vec![Escalation {
            to: "trưởng ca".into(),
            after: Span::from_mins(10),
            at: Time::from_millis(9),
        }],
        attention: Attention {
            spent: Span::from_secs(11),
            since: Some(Time::from_millis(6)),
        },
        occurrence: 4,
    }
}

fn why() -> Why {
    let part = |value| Why {
        expr: "height".into(),
        value,
        at: Some(Time::from_millis(3)),
        note: Some("6 readings in 1h".into()),
        parts: Vec::new(),
    };
    Why {
        parts: vec![
            part(WhyValue::Number(26.1, Some("m".into()))),
            part(WhyValue::Unknown),
            part(WhyValue::Time(Time::from_millis(1))),
            part(WhyValue::Text("down".into())),
        ],
        ..part(WhyValue::Bool(true))
    }
}

fn event(seq: u64, alert: Alert) -> Event {
    Event {
        seq,
        change: AlertChange {
            alert: Arc::new(alert),
            cause: Cause::Rule,
            at: Time::from_millis(6),
            why: Some(Arc::new(why())),
        },
    }
}

fn commit() -> Commit {
    let stands = Committed {
        position: 70,
        engine_time: Time::from_millis(600),
        alert_seq: 2,
    };
    Commit {
        events: vec![
            event(1, alert(1, Condition::Firing)),
            event(2, alert(2, Condition::Resolved)),
        ],
        audits: vec![Audit {
            command: Command {
                id: "01J".into(),
                alert: AlertId(1),
                by: "lan".into(),
                action: CommandAction::Unshelve,
            },
            at: Time::from_millis(7),
            refused: Some(Refusal::NotShelved),
        }],
        dead_letters: vec![DeadLetter {
            source: SourceName::new("embedded"),
            topic: "ioc/v1/x".into(),
            payload: Bytes::from_static(b"\xff{"),
            size: 2,
            reason: DeadLetterReason::InvalidUtf8,
            detail: "byte 0".into(),
            received: Time::from_millis(4),
        }],
        checkpoint: Some(Checkpoint {
            at: stands,
            plan: "p1".into(),
            body: vec![1, 2, 3],
        }),
        stands,
    }
}

fn open(dir: &tempfile::TempDir, failpoints: &str) -> Store {
    let failpoints = Arc::new(Failpoints::parse(failpoints).unwrap());
    Store::open(&dir.path().join("ioc.db"), failpoints).unwrap()
}

#[test]
fn what_calls_nobody_is_committed_and_not_urgent() {
    let step = |fired_at, cause| {
        let alert = Alert {
            fired_at,
            ..alert(1, Condition::Pending)
        };
        let mut event = event(1, alert);
        event.change.cause = cause;
        Commit {
            events: vec![event],
            ..Commit::default()
        }
    };
    let pending = step(None, Cause::Rule);
    assert!(pending.is_needed() && !pending.is_urgent());
    assert!(step(Some(Time::from_millis(6)), Cause::Rule).is_urgent());
    assert!(step(None, Cause::Operator).is_urgent());
    assert!(commit().is_urgent());
}

#[test]
fn what_was_committed_reads_back_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(open(&dir, "").committed().unwrap(), Committed::default());
    open(&dir, "").commit(&commit()).unwrap();
    let store = open(&dir, "");
    assert_eq!(store.committed().unwrap(), commit().stands);
    let desk = store.desk_state().unwrap();
    assert_eq!(
        desk.alerts,
        [alert(1, Condition::Firing), alert(2, Condition::Resolved)]
    );
    assert_eq!(desk.commands, [("01J".into(), Some(Refusal::NotShelved))]);
    assert_eq!(
        desk.occurrences,
        [(desk.alerts[0].rule.clone(), desk.alerts[0].key.clone(), 4)]
    );
    let steps = store.steps_after(1).unwrap();
    assert_eq!(
        (steps.len(), steps[0].alert, steps[0].to),
        (1, AlertId(2), Condition::Resolved)
    );
    let checkpoint = store.checkpoints().unwrap().remove(0);
    assert_eq!((&*checkpoint.plan, checkpoint.body), ("p1", vec![1, 2, 3]));
}

#[test]
fn the_journal_of_an_alert_says_what_was_done_and_not_what_was_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(&dir, "");
    let mut commit = commit();
    commit.audits.push(Audit {
        command: Command {
            id: "01K".into(),
            alert: AlertId(1),
            by: "an".into(),
            action: CommandAction::Comment {
                text: "nước rút".into(),
            },
        },
        at: Time::from_millis(8),
        refused: None,
    });
    store.commit(&commit).unwrap();
    let archive = store.archive().unwrap();
    let wrote = JournalEntry {
        at: Time::from_millis(8),
        by: "an".into(),
        action: "comment".into(),
        detail: "nước rút".to_owned(),
    };
    assert_eq!(archive.journal(AlertId(1), 10).unwrap(), [wrote]);
    assert_eq!(archive.journal(AlertId(2), 10).unwrap(), []);
}

#[test]
fn the_archive_reads_while_the_writer_lives() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(&dir, "");
    let archive = store.archive().unwrap();
    store.commit(&commit()).unwrap();
    assert_eq!(
        archive.alert(AlertId(1)).unwrap().as_deref(),
        Some(&alert(1, Condition::Firing))
    );
    assert_eq!(archive.alert(AlertId(3)).unwrap(), None);
    assert_eq!(archive.why(AlertId(2)).unwrap().as_deref(), Some(&why()));
    let query = |since| AlertQuery {
        since,
        min_severity: Some(Severity::High),
        limit: 10,
        ..AlertQuery::default()
    };
    assert_eq!(archive.alerts(&query(None)).unwrap().len(), 2);
    assert_eq!(
        archive.alerts(&query(Some(Time::from_millis(6)))).unwrap(),
        []
    );
    let seqs: Vec<u64> = archive
        .events_since(0, 9)
        .unwrap()
        .unwrap()
        .iter()
        .map(|e| e.seq)
        .collect();
    assert_eq!(seqs, [1, 2]);
    let letters = archive.dead_letters(None, 5).unwrap();
    assert_eq!(
        (&*letters[0].reason, letters[0].payload.as_str()),
        ("invalid_utf8", "\u{fffd}{")
    );
    assert_eq!(archive.dead_letters(Some(1), 5).unwrap(), []);
}

#[test]
fn a_full_disk_leaves_nothing_behind_and_the_same_commit_succeeds_later() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(&dir, "store.begin=full*1;store.commit=full*1");
    assert!(matches!(
        store.commit(&commit()),
        Err(StoreError::Failpoint(_))
    ));
    assert!(matches!(
        store.commit(&commit()),
        Err(StoreError::Failpoint(_))
    ));
    assert_eq!(store.committed().unwrap(), Committed::default());
    assert_eq!(store.desk_state().unwrap().alerts, []);
    store.commit(&commit()).unwrap();
    assert_eq!(store.committed().unwrap(), commit().stands);
}

#[test]
fn a_token_is_kept_as_its_hash() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(&dir, "");
    let row = TokenRow {
        hash: hash_token("secret"),
        name: "lan".into(),
        role: "operator".into(),
        expires: Some(Time::from_millis(9)),
    };
    store.put_token(&row).unwrap();
    assert_eq!(store.token_rows().unwrap(), [row]);
}

/// The two events of an alert that was pending and ended.
fn live(id: u128, fired: Option<i64>, ended: i64) -> [Alert; 2] {
    let ended = Alert {
        fired_at: fired.map(Time::from_millis),
        resolved_at: Some(Time::from_millis(ended)),
        occurrence: id as u32,
        ..alert(id, Condition::Resolved)
    };
    [alert(id, Condition::Pending), ended]
}

#[test]
fn what_never_fired_is_forgotten_and_what_fired_is_kept_for_its_time() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("ioc.db"), Arc::default()).unwrap();
    let (old, new, unfired) = (1, 2, 9_001);
    let mut alerts = vec![
        live(old, Some(100), 200),
        live(new, Some(100), 5_000),
        live(unfired, None, 5_000),
    ];
    // Enough newer events that these are history.
    alerts.extend((10..5_010).map(|id| live(id, Some(100), 5_000)));
    let events = alerts.into_iter().flatten().zip(1..);
    let events: Vec<Event> = events.map(|(alert, seq)| event(seq, alert)).collect();
    let stands = Committed {
        alert_seq: events.len() as u64,
        ..Committed::default()
    };
    let commit = Commit {
        events,
        stands,
        ..Commit::default()
    };
    store.commit(&commit).unwrap();
    let stands = Committed {
        position: 7,
        ..stands
    };
    let checkpoint = Checkpoint {
        at: stands,
        plan: "p".into(),
        body: Vec::new(),
    };
    let commit = Commit {
        checkpoint: Some(checkpoint),
        stands,
        ..Commit::default()
    };
    let before = store.forget(Time::from_millis(1_000)).unwrap();
    assert_eq!(before, 0, "a restart would compare with all of it");
    store.commit(&commit).unwrap();
    assert_eq!(store.forget(Time::from_millis(1_000)).unwrap(), 2);
    assert_eq!(store.forget(Time::from_millis(1_000)).unwrap(), 0);

    let archive = store.archive().unwrap();
    let kept = |id| archive.alert(AlertId(id)).unwrap().is_some();
    assert_eq!((kept(old), kept(new), kept(unfired)), (false, true, false));
    assert!(archive.events_since(5, 10).unwrap().is_none());
    let events = archive.events_since(6, 10).unwrap().unwrap();
    assert_eq!(events.first().map(|e| e.seq), Some(7));
    assert_eq!(store.steps_after(stands.alert_seq).unwrap(), []);
    let highest = store.desk_state().unwrap().occurrences;
    assert_eq!(highest.len(), 1);
    assert_eq!(highest[0].2, 9_001);
}
