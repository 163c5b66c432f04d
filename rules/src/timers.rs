//! What is due when. Owns the order in which timers fire; leaves what they do to the engine.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use model::{AssetHandle, Time};

use crate::plan::RuleIx;

/// What a timer concerns. It carries no state: whoever set it knows whether it still stands, and what it means.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Timer {
    /// A calendar opens or closes, an hour or a day begins.
    Clock(u16),
    /// An asset may have been silent for long.
    Silence(AssetHandle),
    /// A condition on an asset may turn by the mere passing of time.
    Revisit(AssetHandle),
    /// An instance of a rule has to be looked at.
    Rule(RuleIx, u32),
}

/// Timers by due time. Cancelling is left to the reader: a timer whose owner no longer waits for it does nothing.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Time, Timer)>>,
}

impl Timers {
    pub(crate) fn set(&mut self, due: Time, timer: Timer) {
        if due != Time::MAX {
            self.heap.push(Reverse((due, timer)));
        }
    }

    pub(crate) fn next_due(&self) -> Option<Time> {
        self.heap.peek().map(|Reverse((due, _))| *due)
    }

    /// Moves every timer of the earliest due time, if it is not after `to`, into `batch`. Their order there is by number,
    /// which differs between a process and its successor: the engine orders them by name.
    pub(crate) fn take_due(&mut self, to: Time, batch: &mut Vec<Timer>) -> Option<Time> {
        batch.clear();
        let due = self.next_due().filter(|due| *due <= to)?;
        while self.next_due() == Some(due) {
            batch.extend(self.heap.pop().map(|Reverse((_, timer))| timer));
        }
        batch.dedup();
        Some(due)
    }
}
