//! Inputs in batches, made on a thread of their own; the memory of a batch comes back and is used again.

use std::io;
use std::path::PathBuf;

use ingest::ReadingLines;
use model::{Input, SourceName, Stamped, Time};
use serde::Serialize;
use ws_gateway::ArchiveError;

use crate::log::{LogError, Recycled};
use crate::store::StoreError;

/// Inputs of one batch: enough that threads meet seldom, few enough to stay in a cache.
const BATCH: usize = 256;
/// Bad lines told one by one; the rest are counted only.
const TOLD: usize = 10;

/// Why a backtest cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// The readings cannot be read.
    #[error("cannot read {path}: {source}")]
    Readings {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A form of compression that is not read here.
    #[error("{0} is compressed with gzip; write `zcat {0} | ioc rules backtest --readings - …`")]
    Gzip(PathBuf),
    /// The input log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The main file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The alerts that an engine raised.
    #[error(transparent)]
    Recorded(#[from] ArchiveError),
    /// Transitions cannot be written.
    #[error("cannot write transitions: {0}")]
    Output(io::Error),
    /// A thread cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    /// A thread ended before its time.
    #[error("the thread that reads inputs broke down")]
    Broken,
    /// There is nothing to run over.
    #[error("there is no input in the period{0}")]
    Nothing(String),
}

/// The part of the past that is run over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    /// Inputs before it are left out.
    pub(super) start: Time,
    /// Inputs after it are left out.
    pub(super) to: Time,
}

/// Makes batches of inputs in order of their stamps.
pub(super) trait Feed: Send {
    /// Fills an empty batch. False when it is the last.
    fn fill(&mut self, batch: &mut Batch) -> Result<bool, BacktestError>;

    /// Up to when it is known what happened, the last input having been stamped `last`.
    fn known_until(&self, last: Time) -> Time;

    /// What was met on the way.
    fn met(&self) -> Met;
}

/// Inputs in memory that is used again.
#[derive(Debug, Default)]
pub(super) struct Batch {
    slots: Recycled,
    used: usize,
}

impl Batch {
    /// The inputs.
    pub(super) fn inputs(&self) -> &[Stamped] {
        &self.slots.inputs[..self.used]
    }

    pub(super) fn is_full(&self) -> bool {
        self.used >= BATCH
    }

    /// Forgets the inputs, not their memory.
    pub(super) fn clear(&mut self) {
        self.used = 0;
    }

    /// Where the next reading may be written; it counts once it is kept.
    pub(super) fn next(&mut self, source: &SourceName) -> &mut Stamped {
        let is_reading = |s: &Stamped| matches!(s.input, Input::Reading { .. });
        if self
            .slots
            .inputs
            .get(self.used)
            .is_none_or(|s| !is_reading(s))
        {
            self.put(blank(source));
        }
        &mut self.slots.inputs[self.used]
    }

    /// Keeps what was written.
    pub(super) fn keep(&mut self) {
        self.used += 1;
    }

    /// Adds an input.
    pub(super) fn push(&mut self, input: Stamped) {
        self.put(input);
        self.used += 1;
    }

    /// The inputs' own memory, to be extended; what is left in it counts.
    pub(super) fn lend<T>(&mut self, extend: impl FnOnce(&mut Recycled) -> T) -> T {
        if self.used == 0 {
            self.slots.recycle();
        }
        let outcome = extend(&mut self.slots);
        self.used = self.slots.inputs.len();
        outcome
    }

    fn put(&mut self, input: Stamped) {
        match self.slots.inputs.get_mut(self.used) {
            Some(slot) => *slot = input,
            None => self.slots.inputs.push(input),
        }
    }
}

/// A reading to be written over.
pub(super) fn blank(source: &SourceName) -> Stamped {
    Stamped {
        stamp: Time::MIN,
        input: Input::Reading {
            source: source.clone(),
            reading: ReadingLines::blank(),
        },
    }
}

/// What was met on the way through the inputs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Met {
    /// Readings taken, those of the warm-up included.
    pub readings: u64,
    /// Operators' commands; they move no condition.
    pub commands: u64,
    /// Sources up and down, last wills, shed readings, restarts.
    pub others: u64,
    /// Lines that are no reading, and readings whose kind left the catalog.
    pub unreadable: u64,
    /// The first of the lines.
    pub first_unreadable: Vec<Unreadable>,
    /// Lines that came a little after later ones; they are taken at the time that was reached.
    pub out_of_order: u64,
    /// Inputs before the warm-up, left out.
    pub before: u64,
    /// What nobody knows, and how often it came: members of lines, fields of kinds.
    pub unknown: Vec<(String, u64)>,
}

/// A line that is no reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// Its number, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

impl Met {
    pub(super) fn count(&mut self, input: &Input) {
        match input {
            Input::Reading { .. } => self.readings += 1,
            Input::Command(_) => self.commands += 1,
            Input::Offline { .. }
            | Input::SourceUp { .. }
            | Input::SourceDown { .. }
            | Input::Shed { .. }
            | Input::Resumed { .. } => self.others += 1,
        }
    }

    pub(super) fn refuse(&mut self, line: u64, reason: String) {
        self.unreadable += 1;
        if self.first_unreadable.len() < TOLD {
            self.first_unreadable.push(Unreadable { line, reason });
        }
    }
}
