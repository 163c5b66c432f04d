//! Reads the committed past for HTTP and screens, on a connection of its own: WAL lets it read while the writer commits.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{Alert, AlertId, Time, Why};
use rusqlite::{Connection, OpenFlags, OptionalExtension, named_params, params};
use ws_gateway::{AlertEvent, AlertQuery, Archive, ArchiveError, DeadLetterEntry, JournalEntry};

use super::{StoreError, json};

/// A reader of the main file.
pub struct StoreArchive {
    // Readers are few and each query is short and indexed: one connection behind a lock, never touched by the engine.
    connection: Mutex<Connection>,
}

impl StoreArchive {
    /// Opens the main file of a data folder for reading.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    /// Where the last commit stands.
    pub fn committed(&self) -> Result<super::Committed, StoreError> {
        let query = "SELECT position, engine_time, alert_seq FROM engine";
        let connection = self.connection();
        Ok(connection.query_row(query, [], super::read_stands)?)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn read_alerts(&self, query: &AlertQuery) -> Result<Vec<Arc<Alert>>, StoreError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT body FROM alert
             WHERE (:grp IS NULL OR grp = :grp) AND (:rule IS NULL OR rule = :rule)
               AND (NOT :fired OR json_extract(body, '$.fired_at') IS NOT NULL)
               AND severity >= :severity AND started_at >= :since AND started_at < :before
             ORDER BY started_at DESC LIMIT :limit",
        )?;
        let rows = statement.query_map(
            named_params! {
                ":grp": query.rule.as_ref().map(|r| &*r.group),
                ":rule": query.rule.as_ref().map(|r| &*r.name),
                ":fired": query.fired,
                ":severity": query.min_severity.map_or(0, |s| s as i64),
                ":since": query.since.unwrap_or(Time::MIN).millis(),
                ":before": query.before.unwrap_or(Time::MAX).millis(),
                ":limit": query.limit as i64,
            },
            |row| row.get::<_, String>(0),
        )?;
        rows.map(|body| Ok(Arc::new(json::read_alert(&body?)?)))
            .collect()
    }

    fn read_why(&self, id: AlertId) -> Result<Option<Arc<Why>>, StoreError> {
        let text: Option<String> = self
            .connection()
            .prepare_cached(
                "SELECT why FROM alert_event WHERE alert = ?1 AND why IS NOT NULL ORDER BY seq DESC LIMIT 1",
            )?
            .query_row([id.0.to_be_bytes()], |row| row.get(0))
            .optional()?;
        let why = text.map(|text| json::read_why(&text)).transpose()?;
        Ok(why.map(Arc::new))
    }

    fn read_events(&self, seq: u64, limit: usize) -> Result<Option<Vec<AlertEvent>>, StoreError> {
        let connection = self.connection();
        let deleted: i64 = connection.query_row("SELECT seq FROM deleted", [], |row| row.get(0))?;
        if seq < deleted as u64 {
            return Ok(None);
        }
        let mut statement = connection.prepare_cached(
            "SELECT seq, body FROM alert_event WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )?;
        let rows = statement.query_map(params![seq as i64, limit as i64], |row| {
            Ok((row.get::<_, i64>(0)? as u64, row.get::<_, String>(1)?))
        })?;
        let mut events = Vec::new();
        for row in rows {
            let (seq, body) = row?;
            let alert = Arc::new(json::read_alert(&body)?);
            events.push(AlertEvent { seq, alert });
        }
        let gap = events.first().is_some_and(|first| first.seq > seq + 1);
        Ok((!gap).then_some(events))
    }

    fn read_dead_letters(
        &self,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<DeadLetterEntry>, StoreError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT id, source, topic, reason, detail, received, payload, size
             FROM dead_letter WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
        )?;
        let before = before.map_or(i64::MAX, |id| id as i64);
        let rows = statement.query_map(params![before, limit as i64], |row| {
            Ok(DeadLetterEntry {
                id: row.get::<_, i64>(0)? as u64,
                source: row.get::<_, String>(1)?.into(),
                topic: row.get::<_, String>(2)?.into(),
                reason: row.get::<_, String>(3)?.into(),
                detail: row.get(4)?,
                received: Time::from_millis(row.get(5)?),
                payload: String::from_utf8_lossy(&row.get::<_, Vec<u8>>(6)?).into_owned(),
                size: row.get::<_, i64>(7)? as u64,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn read_journal(&self, id: AlertId, limit: usize) -> Result<Vec<JournalEntry>, StoreError> {
        let connection = self.connection();
        let mut query = connection.prepare_cached(
            "SELECT at, by, action, detail FROM audit WHERE alert = ?1 AND refused IS NULL
             ORDER BY id DESC LIMIT ?2",
        )?;
        let rows = query.query_map(params![id.0.to_be_bytes(), limit as i64], |row| {
            Ok(JournalEntry {
                at: Time::from_millis(row.get(0)?),
                by: row.get::<_, String>(1)?.into(),
                action: row.get::<_, String>(2)?.into(),
                detail: row.get(3)?,
            })
        })?;
        let mut entries: Vec<_> = rows.collect::<Result<_, _>>()?;
        entries.reverse();
        Ok(entries)
    }

    fn read_alert(&self, id: AlertId) -> Result<Option<Arc<Alert>>, StoreError> {
        let body: Option<String> = self
            .connection()
            .prepare_cached("SELECT body FROM alert WHERE id = ?1")?
            .query_row([id.0.to_be_bytes()], |row| row.get(0))
            .optional()?;
        let alert = body.map(|body| json::read_alert(&body)).transpose()?;
        Ok(alert.map(Arc::new))
    }
}

fn unanswered(error: StoreError) -> ArchiveError {
    ArchiveError(Box::new(error))
}

impl Archive for StoreArchive {
    fn alert(&self, id: AlertId) -> Result<Option<Arc<Alert>>, ArchiveError> {
        self.read_alert(id).map_err(unanswered)
    }

    fn why(&self, id: AlertId) -> Result<Option<Arc<Why>>, ArchiveError> {
        self.read_why(id).map_err(unanswered)
    }

    fn journal(&self, id: AlertId, limit: usize) -> Result<Vec<JournalEntry>, ArchiveError> {
        self.read_journal(id, limit).map_err(unanswered)
    }

    fn alerts(&self, query: &AlertQuery) -> Result<Vec<Arc<Alert>>, ArchiveError> {
        self.read_alerts(query).map_err(unanswered)
    }

    fn events_since(
        &self,
        seq: u64,
        limit: usize,
    ) -> Result<Option<Vec<AlertEvent>>, ArchiveError> {
        self.read_events(seq, limit).map_err(unanswered)
    }

    fn dead_letters(
        &self,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<DeadLetterEntry>, ArchiveError> {
        self.read_dead_letters(before, limit).map_err(unanswered)
    }
}
