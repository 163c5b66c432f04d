//! Readings as lines of a file, in the order in which they were received.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use city::City;
use ingest::ReadingLines;
use model::{Input, SourceName, Span, Stamped, Time};

use super::blocks::{Blocks, Line, MAX_LINE};
use super::feed::{BacktestError, Batch, Feed, Met, Period, blank};

/// The name of the source that readings from lines come through.
const SOURCE: &str = "readings";
/// So much may a line lie before an earlier one: several receivers write into one file.
const DISORDER: Span = Span::from_mins(1);
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Lines on their way into batches.
pub(super) struct LinesFeed {
    path: PathBuf,
    blocks: Blocks,
    lines: ReadingLines,
    source: SourceName,
    period: Period,
    /// The stamp of the last input; none before the first.
    reached: Option<Time>,
    /// A line far ahead of those before it: if the next is not, this one is wrong.
    held: Option<(u64, Stamped)>,
    line: u64,
    met: Met,
}

/// What is to be done with a line that was read.
enum Place {
    /// It is taken at this time.
    At(Time),
    /// It lies so far ahead that the next line has to say whether it is right.
    Ahead,
    /// It lies so far back that the file is not sorted.
    Back(Span),
}

impl LinesFeed {
    /// The lines of a file, or of standard input (`-`).
    pub(super) fn open(path: &Path, city: &City, period: Period) -> Result<Self, BacktestError> {
        let refused = |source| BacktestError::Readings {
            path: path.to_owned(),
            source,
        };
        let input: Box<dyn Read + Send> = if path.as_os_str() == "-" {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).map_err(refused)?)
        };
        Ok(Self {
            blocks: Blocks::new(unpacked(input, path)?),
            path: path.to_owned(),
            lines: ReadingLines::new(&city.catalog),
            source: SourceName::new(SOURCE),
            period,
            reached: None,
            held: None,
            line: 0,
            met: Met::default(),
        })
    }

    /// Reads one line into the batch. False at the end of the lines or of the period.
    fn read(&mut self, batch: &mut Batch) -> Result<bool, BacktestError> {
        self.line += 1;
        let line = self.blocks.next().map_err(|source| {
            let path = self.path.clone();
            BacktestError::Readings { path, source }
        })?;
        let text = match line {
            None => return Ok(self.settle(Time::MAX, batch)),
            Some(Line::TooLong) => {
                let reason = format!("longer than {MAX_LINE} bytes");
                self.met.refuse(self.line, reason);
                return Ok(true);
            }
            Some(Line::Whole(bytes)) => match std::str::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => {
                    let reason = format!("not UTF-8 from byte {} on", error.valid_up_to());
                    self.met.refuse(self.line, reason);
                    return Ok(true);
                }
            },
        };
        if text.trim_ascii().is_empty() {
            return Ok(true);
        }
        let slot = batch.next(&self.source);
        let Input::Reading { reading, .. } = &mut slot.input else {
            unreachable!("a batch gives readings to write into");
        };
        match self.lines.read(text, reading) {
            Ok(stamp) => {
                let received = stamp.unwrap_or(reading.received);
                let usual = usual(self.reached, received, self.period);
                slot.stamp = usual.unwrap_or(received);
                if usual.is_none() || self.held.is_some() {
                    return Ok(self.take(received, batch));
                }
                self.met.out_of_order += u64::from(received < slot.stamp);
                self.met.readings += 1;
                self.reached = usual;
                batch.keep();
                Ok(true)
            }
            Err(bad) => {
                self.met.refuse(self.line, bad.to_string());
                Ok(true)
            }
        }
    }

    /// Takes the reading that was written behind the batch's last. False when it lies after the period.
    fn take(&mut self, received: Time, batch: &mut Batch) -> bool {
        batch.next(&self.source).stamp = received;
        if self.held.is_some() {
            let mut next = std::mem::replace(batch.next(&self.source), blank(&self.source));
            if !self.settle(received, batch) {
                return false;
            }
            std::mem::swap(batch.next(&self.source), &mut next);
        }
        match place(self.reached, received) {
            Place::At(stamp) => self.admit(stamp, received, batch),
            Place::Ahead => {
                let held = std::mem::replace(batch.next(&self.source), blank(&self.source));
                self.held = Some((self.line, held));
                true
            }
            Place::Back(by) => {
                let reason = format!(
                    "received {by} before a line above it; sort the lines by 'received' (up to {DISORDER} does not matter)"
                );
                self.met.refuse(self.line, reason);
                true
            }
        }
    }

    /// Decides about the line that was held, the next one having been received at `next`.
    fn settle(&mut self, next: Time, batch: &mut Batch) -> bool {
        let Some((line, held)) = self.held.take() else {
            return next != Time::MAX;
        };
        let stamp = held.stamp;
        let is_back = |time: Option<Time>| time.is_some_and(|t| t.since(next) > DISORDER);
        if is_back(Some(stamp)) && !is_back(self.reached) {
            let by = stamp.since(next);
            let reason =
                format!("received {by} after the line below it, which follows the one above");
            self.met.refuse(line, reason);
            return true;
        }
        *batch.next(&self.source) = held;
        self.admit(stamp, stamp, batch) && next != Time::MAX
    }

    /// Admits the reading behind the batch's last. False when it lies after the period.
    fn admit(&mut self, stamp: Time, received: Time, batch: &mut Batch) -> bool {
        if stamp > self.period.to {
            return false;
        }
        self.met.out_of_order += u64::from(received < stamp);
        if stamp < self.period.start {
            self.reached = Some(stamp);
            self.met.before += 1;
            return true;
        }
        if self
            .reached
            .is_none_or(|reached| reached < self.period.start)
        {
            self.announce(stamp, batch);
        }
        self.reached = Some(stamp);
        batch.next(&self.source).stamp = stamp;
        batch.keep();
        self.met.readings += 1;
        true
    }

    /// The source is up with its first reading, as a live one is before it.
    fn announce(&mut self, stamp: Time, batch: &mut Batch) {
        let reading = std::mem::replace(batch.next(&self.source), blank(&self.source));
        let source = self.source.clone();
        batch.push(Stamped {
            stamp,
            input: Input::SourceUp { source },
        });
        *batch.next(&self.source) = reading;
    }
}

/// The stamp of a line within the period that follows another there, as nearly all do.
fn usual(reached: Option<Time>, received: Time, period: Period) -> Option<Time> {
    let begun = reached.is_some_and(|reached| reached >= period.start);
    match place(reached, received) {
        Place::At(stamp) if begun && stamp <= period.to => Some(stamp),
        _ => None,
    }
}

/// Where a line received at this time belongs.
fn place(reached: Option<Time>, received: Time) -> Place {
    let Some(reached) = reached else {
        return Place::Ahead;
    };
    let ahead = received.since(reached);
    if ahead > DISORDER {
        Place::Ahead
    } else if ahead >= Span::ZERO {
        Place::At(received)
    } else if reached.since(received) <= DISORDER {
        Place::At(reached)
    } else {
        Place::Back(reached.since(received))
    }
}

impl Feed for LinesFeed {
    fn fill(&mut self, batch: &mut Batch) -> Result<bool, BacktestError> {
        while !batch.is_full() {
            if !self.read(batch)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What is not in the lines did not happen.
    fn known_until(&self, last: Time) -> Time {
        match self.period.to {
            Time::MAX => last,
            to => to,
        }
    }

    fn met(&self) -> Met {
        let unknown = self.lines.unknown();
        let unknown = unknown.iter().map(|(name, n)| (name.to_string(), *n));
        Met {
            unknown: unknown.collect(),
            ..self.met.clone()
        }
    }
}

/// What the bytes say, unpacked where they are packed.
fn unpacked(
    mut input: Box<dyn Read + Send>,
    path: &Path,
) -> Result<Box<dyn Read + Send>, BacktestError> {
    let refused = |source| BacktestError::Readings {
        path: path.to_owned(),
        source,
    };
    let mut first = Vec::new();
    (&mut input)
        .take(ZSTD.len() as u64)
        .read_to_end(&mut first)
        .map_err(refused)?;
    let (packed, gzip) = (first == ZSTD, first.starts_with(&GZIP));
    let whole = Cursor::new(first).chain(input);
    if gzip {
        return Err(BacktestError::Gzip(path.to_owned()));
    }
    if packed {
        let unpacked = zstd::Decoder::new(whole).map_err(refused)?;
        return Ok(Box::new(unpacked));
    }
    Ok(Box::new(whole))
}
