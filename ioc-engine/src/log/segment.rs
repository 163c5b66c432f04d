//! One file of the input log: a SQLite database with one row a batch, compressed and checksummed.
//! A torn tail is SQLite's own business: a transaction whose WAL frames do not check out never happened.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

use model::Stamped;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use zstd::zstd_safe::CParameter;

use super::LogError;
use super::codec::{self, Recycled};
use super::schema::{Schema, Translation};

const FORMAT: i64 = 1;
/// Fast enough to keep up with the disk; the fields repeat so much that higher levels gain little.
const COMPRESSION_LEVEL: i32 = 1;
/// A batch never decodes to more; larger is corruption, not data.
const MAX_BODY_BYTES: usize = 256 << 20;

/// The segment being written.
pub(super) struct Segment {
    path: PathBuf,
    connection: Connection,
    compressor: zstd::bulk::Compressor<'static>,
    bytes: u64,
    /// SQLite's write-ahead log, opened once more: batches are synced when somebody waits for them, not each.
    wal: File,
    /// A sync failed, after which the system may take for written what is not.
    doubtful: bool,
}

/// The file of the segment whose first position is `first`.
pub(super) fn path(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}.seg"))
}

/// The first position of a segment file, or none for another file.
pub(super) fn first_position(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    name.strip_suffix(".seg")?.parse().ok()
}

impl Segment {
    /// Begins a segment, or goes on with one that was begun and never written to.
    pub(super) fn create(path: &Path, schema: &Schema) -> Result<Self, LogError> {
        let connection = Connection::open(path).map_err(|e| LogError::sqlite(path, e))?;
        let begin = || -> rusqlite::Result<()> {
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "user_version", FORMAT)?;
            connection.execute_batch(
                "CREATE TABLE IF NOT EXISTS schema (names TEXT NOT NULL);
                 CREATE TABLE IF NOT EXISTS batch (
                     first INTEGER PRIMARY KEY, count INTEGER NOT NULL,
                     last_stamp INTEGER NOT NULL, body BLOB NOT NULL);
                 DELETE FROM schema;",
            )?;
            connection.execute("INSERT INTO schema (names) VALUES (?1)", [schema.to_json()])?;
            // The segment is begun for good. From here on a commit only writes, and `sync` makes it durable.
            connection.pragma_update(None, "synchronous", "NORMAL")
        };
        begin().map_err(|e| LogError::sqlite(path, e))?;
        let wal_path = wal_path(path);
        let wal = File::open(&wal_path).map_err(|e| LogError::io(&wal_path, e))?;
        let mut compressor =
            zstd::bulk::Compressor::new(COMPRESSION_LEVEL).map_err(LogError::Compress)?;
        compressor
            .set_parameter(CParameter::ChecksumFlag(true))
            .map_err(LogError::Compress)?;
        Ok(Self {
            path: path.to_owned(),
            connection,
            compressor,
            bytes: 0,
            wal,
            doubtful: false,
        })
    }

    /// Bytes of batches written since the segment was begun.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Appends one batch: a crash of the process leaves it, one of the machine only after [`Self::sync`].
    pub(super) fn append(&mut self, first: u64, inputs: &[Stamped]) -> rusqlite::Result<()> {
        let Some(last) = inputs.last() else {
            return Ok(());
        };
        let body = self
            .compressor
            .compress(&codec::encode(inputs))
            .map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
        self.connection
            .prepare_cached(
                "INSERT INTO batch (first, count, last_stamp, body) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                first as i64,
                inputs.len() as i64,
                last.stamp.millis(),
                body
            ])?;
        self.bytes += body.len() as u64;
        Ok(())
    }

    /// Returns when everything appended is on the disk.
    pub(super) fn sync(&mut self) -> Result<(), LogError> {
        if self.doubtful {
            // Written anew, into the segment's file, whatever became of the pages that were not written.
            return self
                .write_anew()
                .map_err(|e| LogError::sqlite(&self.path, e));
        }
        let synced = self.wal.sync_data();
        self.doubtful = synced.is_err();
        synced.map_err(|e| LogError::io(&wal_path(&self.path), e))
    }

    fn write_anew(&mut self) -> rusqlite::Result<()> {
        if !moves_wal(&self.connection)? {
            let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
            return Err(rusqlite::Error::SqliteFailure(busy, None));
        }
        self.doubtful = false;
        Ok(())
    }

    /// Moves the WAL into the file, so that a sealed segment is one file.
    pub(super) fn seal(self) -> Result<(), LogError> {
        // Where somebody reads it, it stays two files.
        let moved = moves_wal(&self.connection);
        moved.map(drop).map_err(|e| LogError::sqlite(&self.path, e))
    }

    /// As if a sync had failed.
    #[cfg(test)]
    pub(super) fn doubt(&mut self) {
        self.doubtful = true;
    }
}

/// Moves everything into the segment's own file and syncs that. False when another reader is in the way.
fn moves_wal(connection: &Connection) -> rusqlite::Result<bool> {
    let busy: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    Ok(!busy)
}

/// Where SQLite keeps the write-ahead log of a file.
pub(super) fn wal_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push("-wal");
    name.into()
}

/// Who reads a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Access {
    /// The engine the log belongs to: what a crash left is put in order first.
    Owner,
    /// Anybody else, while an engine may be writing: nothing in the file is changed.
    Guest,
}

impl Access {
    fn open(self, path: &Path) -> rusqlite::Result<Connection> {
        let rights = match self {
            // Read-write, because a WAL left by a crash must be recovered first.
            Self::Owner => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Self::Guest => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let flags = rights | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let connection = if self == Self::Guest && !wal(path).exists() {
            // Sealed: one file that nobody writes to any more. It can lie in a folder that cannot be written to.
            Connection::open_with_flags(uri(path, "immutable=1"), flags)?
        } else {
            Connection::open_with_flags(path, flags)?
        };
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(connection)
    }
}

/// Where SQLite keeps what is not yet in the file.
fn wal(path: &Path) -> PathBuf {
    path.with_extension("seg-wal")
}

/// Removes what SQLite keeps beside a segment: a guest that read it while it was sealed leaves that behind.
pub(super) fn remove_rest(path: &Path) -> std::io::Result<()> {
    for rest in [wal(path), path.with_extension("seg-shm")] {
        match std::fs::remove_file(rest) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The name of a file as SQLite reads one with parameters.
fn uri(path: &Path, parameters: &str) -> String {
    let escaped = path.to_string_lossy().replace('%', "%25");
    let escaped = escaped.replace('?', "%3f").replace('#', "%23");
    format!("file:{escaped}?{parameters}")
}

/// A segment opened to be read.
pub(super) struct SegmentReader {
    path: PathBuf,
    connection: Connection,
    translation: Translation,
    decompressor: zstd::bulk::Decompressor<'static>,
    /// Of the last batch, unpacked.
    body: Vec<u8>,
}

impl SegmentReader {
    pub(super) fn open(
        path: &Path,
        catalog: &model::Catalog,
        access: Access,
    ) -> Result<Self, LogError> {
        let sqlite = |e| LogError::sqlite(path, e);
        let connection = access.open(path).map_err(sqlite)?;
        let format: i64 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(sqlite)?;
        if format > FORMAT {
            return Err(LogError::NewerFormat(path.to_owned()));
        }
        let names: Option<String> = connection
            .query_row("SELECT names FROM schema", [], |row| row.get(0))
            .optional()
            .or_else(missing_table_is_none)
            .map_err(sqlite)?;
        // Without a schema the process died while it began the segment: nothing was written to it.
        let schema = match names {
            Some(json) => Schema::from_json(&json).map_err(|e| LogError::corrupt(path, e))?,
            None => Schema::default(),
        };
        Ok(Self {
            path: path.to_owned(),
            connection,
            translation: schema.translation(catalog),
            decompressor: zstd::bulk::Decompressor::new().map_err(LogError::Compress)?,
            body: Vec::new(),
        })
    }

    /// The position after the last batch and the stamp of its last input; none when there is no batch.
    pub(super) fn end(&self) -> Result<Option<(u64, model::Time)>, LogError> {
        self.connection
            .query_row(
                "SELECT first + count, last_stamp FROM batch ORDER BY first DESC LIMIT 1",
                [],
                |row| {
                    Ok((
                        row.get::<_, i64>(0)? as u64,
                        model::Time::from_millis(row.get(1)?),
                    ))
                },
            )
            .optional()
            .or_else(missing_table_is_none)
            .map_err(|e| LogError::sqlite(&self.path, e))
    }

    /// The position of the first batch that ends at `time` or later; none when all lies before it.
    pub(super) fn first_since(&self, time: model::Time) -> Result<Option<u64>, LogError> {
        self.connection
            .query_row(
                "SELECT first FROM batch WHERE last_stamp >= ?1 ORDER BY first LIMIT 1",
                [time.millis()],
                |row| Ok(row.get::<_, i64>(0)? as u64),
            )
            .optional()
            .or_else(missing_table_is_none)
            .map_err(|e| LogError::sqlite(&self.path, e))
    }

    /// Appends the batch that holds `position`, from there on. Returns the position after it and how many of its inputs are
    /// unreadable; none past the segment's end.
    pub(super) fn batch_onto(
        &mut self,
        position: u64,
        onto: &mut Recycled,
    ) -> Result<Option<(u64, usize)>, LogError> {
        let row: Option<(i64, i64, Vec<u8>)> = self
            .connection
            .prepare_cached(
                "SELECT first, count, body FROM batch WHERE first <= ?1 ORDER BY first DESC LIMIT 1",
            )
            .and_then(|mut statement| {
                statement
                    .query_row([position as i64], |row| {
                        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                    })
                    .optional()
            })
            .map_err(|e| LogError::sqlite(&self.path, e))?;
        let Some((first, count, body)) = row else {
            return Ok(None);
        };
        let (first, count) = (first as u64, count as usize);
        let end = first + count as u64;
        if position >= end {
            return Ok(None);
        }
        let from = onto.inputs.len();
        self.decode(&body, count, onto)?;
        onto.inputs.drain(from..from + (position - first) as usize);
        let admitted = onto.inputs.len();
        if onto.inputs[from..].iter().any(is_gone) {
            let mut place = 0;
            onto.inputs.retain(|stamped| {
                place += 1;
                place <= from || !is_gone(stamped)
            });
        }
        Ok(Some((end, admitted - onto.inputs.len())))
    }

    fn decode(&mut self, body: &[u8], count: usize, onto: &mut Recycled) -> Result<(), LogError> {
        let size = zstd::bulk::Decompressor::upper_bound(body).unwrap_or(MAX_BODY_BYTES);
        self.body.clear();
        self.body.reserve(size.min(MAX_BODY_BYTES));
        self.decompressor
            .decompress_to_buffer(body, &mut self.body)
            .map_err(|e| LogError::corrupt(&self.path, e))?;
        codec::decode(&self.body, count, &self.translation, onto)
            .map_err(|e| LogError::corrupt(&self.path, e))
    }
}

fn is_gone(stamped: &Stamped) -> bool {
    matches!(&stamped.input, model::Input::Reading { reading, .. } if reading.kind == codec::GONE)
}

/// A process that dies while it begins a segment leaves a file without tables.
fn missing_table_is_none<T>(error: rusqlite::Error) -> rusqlite::Result<Option<T>> {
    if error.to_string().contains("no such table") {
        return Ok(None);
    }
    Err(error)
}
