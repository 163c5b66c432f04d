//! The rows of one commit: how each record lies in its table.

use ingest::DeadLetter;
use model::{CommandAction, Condition, Key, KeyPart};
use rusqlite::{Transaction, params};

use super::{Audit, BadRecord, Checkpoint, Event, StoreError, json};
use crate::desk::{Cause, Refusal};

/// Dead letters kept; older ones are deleted with the next commit that brings new ones.
const DEAD_LETTERS_KEPT: i64 = 10_000;
/// Two, so that a checkpoint that does not restore leaves another.
const CHECKPOINTS_KEPT: i64 = 2;

fn write_key(key: &Key) -> String {
    let parts: Vec<_> = key.0.iter().map(|p| (&*p.dimension, &*p.value)).collect();
    serde_json::json!(parts).to_string()
}

pub(super) fn read_key(text: &str) -> Result<Key, BadRecord> {
    let parts: Vec<(String, String)> = serde_json::from_str(text)?;
    let part = |(dimension, value): (String, String)| KeyPart {
        dimension: dimension.into(),
        value: value.into(),
    };
    Ok(Key(parts.into_iter().map(part).collect()))
}

pub(super) fn insert_event(transaction: &Transaction<'_>, event: &Event) -> rusqlite::Result<()> {
    let change = &event.change;
    let alert = &change.alert;
    let id = alert.id.0.to_be_bytes();
    let body = json::write_alert(alert);
    let why = change.why.as_ref().map(|why| json::write_why(why));
    transaction
        .prepare_cached(
            "INSERT INTO alert_event (seq, alert, cause, at, body, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            event.seq as i64,
            id,
            i64::from(change.cause == Cause::Operator),
            change.at.millis(),
            body,
            why
        ])?;
    transaction
        .prepare_cached("REPLACE INTO alert (id, grp, rule, key, open, seq, occurrence, severity, started_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?
        .execute(params![
            id,
            alert.rule.group,
            alert.rule.name,
            write_key(&alert.key),
            alert.condition != Condition::Resolved,
            event.seq as i64,
            alert.occurrence,
            alert.severity as i64,
            alert.started_at.millis(),
            body
        ])?;
    Ok(())
}

pub(super) fn insert_audit(transaction: &Transaction<'_>, audit: &Audit) -> rusqlite::Result<()> {
    let command = &audit.command;
    let (action, detail) = action_words(&command.action);
    // Sent again after a lost link: the audit has it already, with the same outcome.
    transaction
        .prepare_cached(
            "INSERT INTO audit (command, at, by, alert, action, detail, refused)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (command) DO NOTHING",
        )?
        .execute(params![
            command.id,
            audit.at.millis(),
            command.by,
            command.alert.0.to_be_bytes(),
            action,
            detail,
            audit.refused.map(Refusal::code)
        ])?;
    Ok(())
}

fn action_words(action: &CommandAction) -> (&'static str, String) {
    use CommandAction as A;
    match action {
        A::Acknowledge { note } => ("acknowledge", note.to_string()),
        A::Shelve { until, reason } => ("shelve", format!("until {}: {reason}", until.millis())),
        A::Unshelve => ("unshelve", String::new()),
        A::Assign { to } => ("assign", to.as_deref().unwrap_or_default().to_owned()),
        A::Comment { text } => ("comment", text.to_string()),
    }
}

pub(super) fn insert_dead_letters(
    transaction: &Transaction<'_>,
    letters: &[DeadLetter],
) -> rusqlite::Result<()> {
    for letter in letters {
        transaction
            .prepare_cached("INSERT INTO dead_letter (received, source, topic, reason, detail, size, payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![
                letter.received.millis(),
                letter.source.as_str(),
                letter.topic,
                letter.reason.as_str(),
                letter.detail,
                letter.size as i64,
                &letter.payload[..]
            ])?;
    }
    if !letters.is_empty() {
        let horizon = transaction.last_insert_rowid() - DEAD_LETTERS_KEPT;
        transaction.execute("DELETE FROM dead_letter WHERE id <= ?1", [horizon])?;
    }
    Ok(())
}

pub(super) fn insert_checkpoint(
    transaction: &Transaction<'_>,
    checkpoint: &Checkpoint,
) -> Result<(), StoreError> {
    let packed = zstd::encode_all(&checkpoint.body[..], 1).map_err(StoreError::Checkpoint)?;
    transaction.execute(
        "REPLACE INTO checkpoint (position, engine_time, alert_seq, plan, body) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            checkpoint.at.position as i64,
            checkpoint.at.engine_time.millis(),
            checkpoint.at.alert_seq as i64,
            checkpoint.plan,
            packed
        ],
    )?;
    transaction.execute(
        "DELETE FROM checkpoint WHERE position NOT IN
         (SELECT position FROM checkpoint ORDER BY position DESC LIMIT ?1)",
        [CHECKPOINTS_KEPT],
    )?;
    Ok(())
}
