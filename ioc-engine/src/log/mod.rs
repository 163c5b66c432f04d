//! The input log: every admitted input, stamped, in order, on the disk before anybody is told of what it led to.
//! Owns the segment files; what the inputs mean and what was committed about them is left to others.

mod codec;
mod history;
mod schema;
mod segment;
mod wire;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use model::{Catalog, Stamped, Time};

use crate::failpoint::{DiskFull, Failpoints};
pub use codec::Recycled;
pub use history::LogHistory;
use schema::Schema;
use segment::{Access, Segment, SegmentReader};

/// Why the log cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file system refused.
    #[error(
        "cannot use the input log {path}: {source}; see that it is a folder that can be written and has room, or choose another with --data"
    )]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A batch cannot be packed.
    #[error("the input log cannot compress: {0}")]
    Compress(std::io::Error),
    /// SQLite refused, most often because the disk is full.
    #[error("the input log segment {path}: {source}")]
    Sqlite {
        /// Which segment.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A failpoint refused.
    #[error(transparent)]
    Failpoint(#[from] DiskFull),
    /// A batch that was written whole does not read back.
    #[error("the input log segment {path} is damaged: {detail}")]
    Corrupt {
        /// Which segment.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// Inputs are missing between two segments.
    #[error(
        "the input log has no inputs at {position}, yet it goes on later; a segment is missing"
    )]
    Gap {
        /// The first missing position.
        position: u64,
    },
    /// A folder that no engine logged to.
    #[error("{0} holds no input log; name the data folder of an engine")]
    None(PathBuf),
    /// Written by a later version.
    #[error(
        "{0} was written by a newer version of ioc; run that one, or choose another folder with --data"
    )]
    NewerFormat(PathBuf),
}

impl LogError {
    fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    fn sqlite(path: &Path, source: rusqlite::Error) -> Self {
        Self::Sqlite {
            path: path.to_owned(),
            source,
        }
    }

    fn corrupt(path: &Path, detail: impl std::fmt::Display) -> Self {
        Self::Corrupt {
            path: path.to_owned(),
            detail: detail.to_string(),
        }
    }
}

/// Inputs read back, in order.
#[derive(Debug, PartialEq)]
pub struct Batch {
    /// The position after the last of them.
    pub end: u64,
    /// The inputs, less those whose kind left the catalog.
    pub inputs: Vec<Stamped>,
    /// How many those are.
    pub unreadable: usize,
}

/// Where the log is kept and when a new segment begins.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// The folder of the segments.
    pub dir: PathBuf,
    /// A segment that has grown past this many bytes is sealed.
    pub segment_bytes: u64,
}

/// The log, open for appending.
pub struct InputLog {
    config: LogConfig,
    schema: Schema,
    failpoints: Arc<Failpoints>,
    current: Option<Segment>,
    end: u64,
    last_stamp: Option<Time>,
    unsynced_since: Option<Instant>,
}

impl InputLog {
    /// Opens the log, or begins one. Every process writes to segments of its own, so that one has one catalog.
    pub fn open(
        config: LogConfig,
        catalog: &Catalog,
        failpoints: Arc<Failpoints>,
    ) -> Result<Self, LogError> {
        std::fs::create_dir_all(&config.dir).map_err(|e| LogError::io(&config.dir, e))?;
        let mut log = Self {
            schema: Schema::of(catalog),
            config,
            failpoints,
            current: None,
            end: 0,
            last_stamp: None,
            unsynced_since: None,
        };
        for first in log.segments()?.into_iter().rev() {
            log.end = log.end.max(first);
            let path = segment::path(&log.config.dir, first);
            let reader = SegmentReader::open(&path, catalog, Access::Owner)?;
            if let Some((end, stamp)) = reader.end()? {
                log.end = end;
                log.last_stamp = Some(stamp);
                break;
            }
        }
        Ok(log)
    }

    /// The position after the last input: how many were ever admitted.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// The stamp of the last input, when there is one on the disk.
    pub fn last_stamp(&self) -> Option<Time> {
        self.last_stamp
    }

    /// Since when there are inputs that a loss of power would take; none when all are on the disk.
    pub fn unsynced_since(&self) -> Option<Instant> {
        self.unsynced_since
    }

    /// Appends inputs as one batch, which then survives the end of this process; with [`Self::sync`] that of the machine.
    /// A failure leaves the log as it was.
    pub fn append(&mut self, inputs: &[Stamped]) -> Result<(), LogError> {
        if inputs.is_empty() {
            return Ok(());
        }
        self.roll_when_large()?;
        self.failpoints.pass("log.append")?;
        let path = segment::path(&self.config.dir, self.end);
        let segment = match &mut self.current {
            Some(segment) => segment,
            none => none.insert(Segment::create(&path, &self.schema)?),
        };
        segment
            .append(self.end, inputs)
            .map_err(|e| LogError::sqlite(&path, e))?;
        self.end += inputs.len() as u64;
        self.last_stamp = inputs.last().map(|i| i.stamp);
        self.unsynced_since.get_or_insert_with(Instant::now);
        Ok(())
    }

    /// Returns when every input appended is on the disk.
    pub fn sync(&mut self) -> Result<(), LogError> {
        if self.unsynced_since.is_none() {
            return Ok(());
        }
        self.failpoints.pass("log.sync")?;
        if let Some(segment) = &mut self.current {
            segment.sync()?;
        }
        self.unsynced_since = None;
        self.failpoints.pass("log.synced")?;
        Ok(())
    }

    fn roll_when_large(&mut self) -> Result<(), LogError> {
        let large = |s: &Segment| s.bytes() >= self.config.segment_bytes;
        if !self.current.as_ref().is_some_and(large) {
            return Ok(());
        }
        // First, for a segment that does not seal is left as it is.
        self.sync()?;
        self.failpoints.pass("log.roll")?;
        self.current.take().map_or(Ok(()), Segment::seal)
    }

    /// Deletes whole segments while the log holds more than `keep_bytes`, oldest first.
    /// What lies at or after `needed` stays whatever its size. Returns how many were deleted.
    pub fn retain(&self, needed: u64, keep_bytes: u64) -> Result<usize, LogError> {
        let segments = self.segments()?;
        let mut total = 0;
        for first in &segments {
            total += size(&segment::path(&self.config.dir, *first))?;
        }
        let mut deleted = 0;
        for pair in segments.windows(2) {
            if total <= keep_bytes || pair[1] > needed {
                break;
            }
            let path = segment::path(&self.config.dir, pair[0]);
            total -= size(&path)?;
            std::fs::remove_file(&path).map_err(|e| LogError::io(&path, e))?;
            segment::remove_rest(&path).map_err(|e| LogError::io(&path, e))?;
            deleted += 1;
        }
        Ok(deleted)
    }

    /// The inputs from `position` on, batch by batch.
    pub fn read<'a>(&self, position: u64, catalog: &'a Catalog) -> Result<LogReader<'a>, LogError> {
        let mut segments = self.segments()?;
        let holding = segments.partition_point(|first| *first <= position);
        segments.drain(..holding.saturating_sub(1));
        Ok(LogReader {
            dir: self.config.dir.clone(),
            catalog,
            segments: segments.into_iter(),
            access: Access::Owner,
            current: None,
            position,
            end: self.end,
        })
    }

    fn segments(&self) -> Result<Vec<u64>, LogError> {
        segments(&self.config.dir)
    }
}

/// The first positions of the segments in a folder, in order.
fn segments(dir: &Path) -> Result<Vec<u64>, LogError> {
    let mut firsts = Vec::new();
    let refused = |e| LogError::io(dir, e);
    for entry in std::fs::read_dir(dir).map_err(refused)? {
        firsts.extend(segment::first_position(&entry.map_err(refused)?.path()));
    }
    firsts.sort_unstable();
    Ok(firsts)
}

fn size(path: &Path) -> Result<u64, LogError> {
    let metadata = std::fs::metadata(path).map_err(|e| LogError::io(path, e))?;
    Ok(metadata.len())
}

/// Reads the log in order; ends where the log ended when the reading began.
pub struct LogReader<'a> {
    dir: PathBuf,
    catalog: &'a Catalog,
    segments: std::vec::IntoIter<u64>,
    access: Access,
    current: Option<SegmentReader>,
    position: u64,
    end: u64,
}

impl LogReader<'_> {
    /// The next batch; none at the end of the log.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, LogError> {
        let mut onto = Recycled::default();
        let unreadable = self.next_onto(&mut onto)?;
        Ok(unreadable.map(|unreadable| Batch {
            end: self.position,
            inputs: onto.inputs,
            unreadable,
        }))
    }

    /// Appends the next batch in memory that is used again. Returns how many of its inputs are unreadable; none at the end of
    /// the log.
    pub fn next_onto(&mut self, onto: &mut Recycled) -> Result<Option<usize>, LogError> {
        while self.position < self.end {
            if let Some(segment) = &mut self.current
                && let Some((end, unreadable)) = segment.batch_onto(self.position, onto)?
            {
                self.position = end;
                return Ok(Some(unreadable));
            }
            let Some(first) = self.segments.next().filter(|f| *f <= self.position) else {
                return Err(LogError::Gap {
                    position: self.position,
                });
            };
            let path = segment::path(&self.dir, first);
            self.current = Some(SegmentReader::open(&path, self.catalog, self.access)?);
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
