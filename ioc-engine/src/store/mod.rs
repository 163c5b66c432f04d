//! The main file: alerts, their events and reasons, audit, dead letters, checkpoints, and the position they stand at.
//! Owns what one commit writes; who decides what goes into it and when is the writer's business.

mod archive;
mod json;
mod retention;
mod rows;
mod tokens;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ingest::DeadLetter;
use model::{AlertId, Annunciation, Command, Condition, Key, RuleName, Severity, Time};
use rusqlite::{Connection, params};

use crate::desk::{AlertChange, Answered, Cause, DeskState, Refusal};
use crate::failpoint::{DiskFull, Failpoints};
pub use archive::StoreArchive;
pub use json::BadRecord;
pub use tokens::{TokenRow, hash_token};

const FORMAT: i64 = 1;

/// Why the main file cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be used.
    #[error(
        "cannot use {path}: {source}; see that the folder can be written and has room, or choose another with --data"
    )]
    Open {
        /// Which file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// SQLite refused, most often because the disk is full.
    #[error("the store: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A failpoint refused.
    #[error(transparent)]
    Failpoint(#[from] DiskFull),
    /// A row does not read back.
    #[error("the store holds a damaged record: {0}")]
    Record(#[from] BadRecord),
    /// A checkpoint does not unpack.
    #[error("the store holds a damaged checkpoint: {0}")]
    Checkpoint(std::io::Error),
    /// Written by a later version.
    #[error(
        "{0} was written by a newer version of ioc; run that one, or choose another folder with --data"
    )]
    NewerFormat(PathBuf),
}

/// Where the last commit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Committed {
    /// Inputs admitted up to it.
    pub position: u64,
    /// Every timer due up to here has fired.
    pub engine_time: Time,
    /// The last alert event.
    pub alert_seq: u64,
}

/// An alert change with its place in the alert sequence.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its place, one more than the event before it.
    pub seq: u64,
    /// What changed.
    pub change: AlertChange,
}

/// A command and what became of it.
#[derive(Debug, Clone)]
pub struct Audit {
    /// The command.
    pub command: Command,
    /// When it was done, in engine time.
    pub at: Time,
    /// Why it was refused.
    pub refused: Option<Refusal>,
}

/// The rule engine's whole state at one point of the stream.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// The point.
    pub at: Committed,
    /// Fingerprint of the rules it was taken under.
    pub plan: Arc<str>,
    /// As the rule engine wrote it.
    pub body: Vec<u8>,
}

/// Everything one transaction writes.
#[derive(Debug, Default)]
pub struct Commit {
    /// Alert events, in order.
    pub events: Vec<Event>,
    /// Commands, in order.
    pub audits: Vec<Audit>,
    /// Dead letters, in order.
    pub dead_letters: Vec<DeadLetter>,
    /// The newest checkpoint.
    pub checkpoint: Option<Checkpoint>,
    /// Where the stream stands after it.
    pub stands: Committed,
}

impl Commit {
    /// False when only inputs came in: then the log alone is written.
    pub fn is_needed(&self) -> bool {
        self.records() > 0 || self.checkpoint.is_some()
    }

    /// True when it holds a step that calls somebody, or an operator's. An alert that is only pending, or that ended before
    /// it fired, calls nobody, and many a condition hovers at its threshold.
    pub fn is_urgent(&self) -> bool {
        let calls = |event: &Event| {
            event.change.cause == Cause::Operator || event.change.alert.fired_at.is_some()
        };
        !self.audits.is_empty() || self.events.iter().any(calls)
    }

    /// How many rows it brings beside a checkpoint.
    pub fn records(&self) -> usize {
        self.events.len() + self.audits.len() + self.dead_letters.len()
    }

    /// Adds what came after.
    pub fn join(&mut self, mut later: Self) {
        self.events.append(&mut later.events);
        self.audits.append(&mut later.audits);
        self.dead_letters.append(&mut later.dead_letters);
        self.checkpoint = later.checkpoint.or(self.checkpoint.take());
        self.stands = later.stands;
    }
}

/// One step of the rules as it was committed, to compare a replay with.
#[derive(Debug, Clone, PartialEq)]
pub struct CommittedStep {
    /// Which alert.
    pub alert: AlertId,
    /// Its condition after the step.
    pub to: Condition,
    /// Its severity after the step.
    pub severity: Severity,
    /// Its annunciation after the step.
    pub annunciation: Annunciation,
    /// When it took effect.
    pub at: Time,
}

/// The main file, open for writing.
pub struct Store {
    path: PathBuf,
    connection: Connection,
    failpoints: Arc<Failpoints>,
}

impl Store {
    /// Opens the file, or begins it.
    pub fn open(path: &Path, failpoints: Arc<Failpoints>) -> Result<Self, StoreError> {
        let refused = |source| StoreError::Open {
            path: path.to_owned(),
            source,
        };
        let connection = Connection::open(path).map_err(refused)?;
        let format = prepare(&connection).map_err(refused)?;
        if format > FORMAT {
            return Err(StoreError::NewerFormat(path.to_owned()));
        }
        connection
            .execute_batch(include_str!("schema.sql"))
            .and_then(|()| connection.pragma_update(None, "user_version", FORMAT))
            .map_err(refused)?;
        Ok(Self {
            path: path.to_owned(),
            connection,
            failpoints,
        })
    }

    /// A reader of the same file for HTTP and screens.
    pub fn archive(&self) -> Result<StoreArchive, StoreError> {
        StoreArchive::open(&self.path)
    }

    /// Writes everything of `commit`, or nothing.
    pub fn commit(&mut self, commit: &Commit) -> Result<(), StoreError> {
        self.failpoints.pass("store.begin")?;
        let transaction = self.connection.transaction()?;
        for event in &commit.events {
            rows::insert_event(&transaction, event)?;
        }
        for audit in &commit.audits {
            rows::insert_audit(&transaction, audit)?;
        }
        rows::insert_dead_letters(&transaction, &commit.dead_letters)?;
        if let Some(checkpoint) = &commit.checkpoint {
            rows::insert_checkpoint(&transaction, checkpoint)?;
        }
        let stands = commit.stands;
        transaction.execute(
            "UPDATE engine SET position = ?1, engine_time = ?2, alert_seq = ?3",
            params![
                stands.position as i64,
                stands.engine_time.millis(),
                stands.alert_seq as i64
            ],
        )?;
        self.failpoints.pass("store.commit")?;
        transaction.commit()?;
        self.failpoints.pass("store.committed")?;
        Ok(())
    }

    /// Where the last commit stands.
    pub fn committed(&self) -> Result<Committed, StoreError> {
        let row = self.connection.query_row(
            "SELECT position, engine_time, alert_seq FROM engine",
            [],
            read_stands,
        )?;
        Ok(row)
    }

    /// The position of the oldest checkpoint: the log is needed from there on.
    pub fn checkpoints_begin(&self) -> Result<u64, StoreError> {
        let position: Option<i64> =
            self.connection
                .query_row("SELECT min(position) FROM checkpoint", [], |row| row.get(0))?;
        Ok(position.unwrap_or(0) as u64)
    }

    /// The checkpoints, newest first.
    pub fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreError> {
        let mut statement = self.connection.prepare(
            "SELECT position, engine_time, alert_seq, plan, body FROM checkpoint ORDER BY position DESC",
        )?;
        let rows = statement.query_map([], |row| {
            Ok((
                read_stands(row)?,
                row.get::<_, String>(3)?,
                row.get::<_, Vec<u8>>(4)?,
            ))
        })?;
        let mut checkpoints = Vec::new();
        for row in rows {
            let (at, plan, packed) = row?;
            checkpoints.push(Checkpoint {
                at,
                plan: plan.into(),
                body: zstd::decode_all(&packed[..]).map_err(StoreError::Checkpoint)?,
            });
        }
        Ok(checkpoints)
    }

    /// The steps of the rules committed after `seq`, in order.
    pub fn steps_after(&self, seq: u64) -> Result<Vec<CommittedStep>, StoreError> {
        let mut statement = self.connection.prepare(
            "SELECT at, body FROM alert_event WHERE seq > ?1 AND cause = 0 ORDER BY seq",
        )?;
        let rows = statement.query_map([seq as i64], |row| {
            Ok((Time::from_millis(row.get(0)?), row.get::<_, String>(1)?))
        })?;
        let mut steps = Vec::new();
        for row in rows {
            let (at, body) = row?;
            let alert = json::read_alert(&body)?;
            steps.push(CommittedStep {
                alert: alert.id,
                to: alert.condition,
                severity: alert.severity,
                annunciation: alert.annunciation,
                at,
            });
        }
        Ok(steps)
    }

    /// What the desk starts from.
    pub fn desk_state(&self) -> Result<DeskState, StoreError> {
        let mut alerts = self.alerts("open = 1 ORDER BY seq")?;
        let resolved =
            "id IN (SELECT id FROM alert WHERE open = 0 ORDER BY seq DESC LIMIT 1000) ORDER BY seq";
        alerts.extend(self.alerts(resolved)?);
        Ok(DeskState {
            alerts,
            occurrences: self.occurrences()?,
            commands: self.commands()?,
            at: self.committed()?.engine_time,
        })
    }

    fn alerts(&self, condition: &str) -> Result<Vec<model::Alert>, StoreError> {
        let query = format!("SELECT body FROM alert WHERE {condition}");
        let mut statement = self.connection.prepare(&query)?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        rows.map(|body| Ok(json::read_alert(&body?)?)).collect()
    }

    fn occurrences(&self) -> Result<Vec<(RuleName, Key, u32)>, StoreError> {
        let mut statement = self.connection.prepare(
            "SELECT grp, rule, key, max(count) FROM (
                     SELECT grp, rule, key, occurrence AS count FROM alert
                     UNION ALL SELECT grp, rule, key, count FROM occurrence)
                 GROUP BY grp, rule, key",
        )?;
        let rows = statement.query_map([], |row| {
            let rule = RuleName {
                group: row.get::<_, String>(0)?.into(),
                name: row.get::<_, String>(1)?.into(),
            };
            Ok((rule, row.get::<_, String>(2)?, row.get(3)?))
        })?;
        let mut occurrences = Vec::new();
        for row in rows {
            let (rule, key, count) = row?;
            occurrences.push((rule, rows::read_key(&key)?, count));
        }
        Ok(occurrences)
    }

    fn commands(&self) -> Result<Vec<Answered>, StoreError> {
        let mut statement = self
            .connection
            .prepare("SELECT command, refused FROM audit ORDER BY id DESC LIMIT 10000")?;
        let rows = statement.query_map([], |row| {
            let refused: Option<String> = row.get(1)?;
            let command: String = row.get(0)?;
            Ok((command.into(), refused.as_deref().and_then(Refusal::parse)))
        })?;
        let mut commands = rows.collect::<Result<Vec<_>, _>>()?;
        commands.reverse();
        Ok(commands)
    }

    /// Every token.
    pub fn token_rows(&self) -> Result<Vec<TokenRow>, StoreError> {
        tokens::all(&self.connection)
    }

    /// Adds a token, or replaces the one of the same hash.
    pub fn put_token(&mut self, row: &TokenRow) -> Result<(), StoreError> {
        tokens::put(&self.connection, row)
    }
}

/// Settings of the connection. Returns the format of the file, 0 for a new one.
fn prepare(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn read_stands(row: &rusqlite::Row<'_>) -> rusqlite::Result<Committed> {
    Ok(Committed {
        position: row.get::<_, i64>(0)? as u64,
        engine_time: Time::from_millis(row.get(1)?),
        alert_seq: row.get::<_, i64>(2)? as u64,
    })
}

#[cfg(test)]
pub(crate) mod tests;
