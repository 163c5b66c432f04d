//! The log as others read it: no lock, nothing changed, while an engine may be writing to it.

use std::path::{Path, PathBuf};

use model::{Catalog, Time};

use super::segment::{self, Access, SegmentReader};
use super::{LogError, LogReader, segments};

/// An input log to be read by somebody whose it is not.
#[derive(Debug, Clone)]
pub struct LogHistory {
    dir: PathBuf,
    /// The first positions of the segments, in order; one at least.
    segments: Vec<u64>,
}

impl LogHistory {
    /// The log of a folder, as far as it has been written by now.
    pub fn open(dir: &Path) -> Result<Self, LogError> {
        if !dir.is_dir() {
            return Err(LogError::None(dir.to_owned()));
        }
        let segments = segments(dir)?;
        if segments.is_empty() {
            return Err(LogError::None(dir.to_owned()));
        }
        Ok(Self {
            dir: dir.to_owned(),
            segments,
        })
    }

    /// The inputs from the batch on that reaches `since`, to where the log ends by now. Older segments may have been deleted.
    pub fn read<'a>(&self, since: Time, catalog: &'a Catalog) -> Result<LogReader<'a>, LogError> {
        let end = self.end(catalog)?;
        let (at, position) = self.first_since(since, catalog)?.unwrap_or((0, end));
        let mut segments = self.segments.clone();
        segments.drain(..at);
        Ok(LogReader {
            dir: self.dir.clone(),
            catalog,
            segments: segments.into_iter(),
            access: Access::Guest,
            current: None,
            position,
            end,
        })
    }

    /// The segment and the position of the first batch that reaches `since`.
    fn first_since(
        &self,
        since: Time,
        catalog: &Catalog,
    ) -> Result<Option<(usize, u64)>, LogError> {
        for (at, first) in self.segments.iter().enumerate() {
            if let Some(position) = self.segment(*first, catalog)?.first_since(since)? {
                return Ok(Some((at, position)));
            }
        }
        Ok(None)
    }

    /// The position after the last batch.
    fn end(&self, catalog: &Catalog) -> Result<u64, LogError> {
        for first in self.segments.iter().rev() {
            if let Some((end, _)) = self.segment(*first, catalog)?.end()? {
                return Ok(end);
            }
        }
        Ok(self.segments[0])
    }

    fn segment(&self, first: u64, catalog: &Catalog) -> Result<SegmentReader, LogError> {
        let path = segment::path(&self.dir, first);
        SegmentReader::open(&path, catalog, Access::Guest)
    }
}
