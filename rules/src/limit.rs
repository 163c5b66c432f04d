//! How many instances of a rule may call for attention at once, and who waits for a place.

use std::collections::BTreeMap;

use model::{Key, Time};

/// The places under one rule's `limit`. Those beyond it wait in the order in which their episodes began.
#[derive(Debug, Default)]
pub(crate) struct Places {
    taken: u32,
    /// None while nobody waits: most rules never have anyone.
    waiting: Option<Box<Queue>>,
}

/// By when their episodes began and what they are about.
type Queue = BTreeMap<(Time, Key), u32>;

impl Places {
    /// Takes a place, if one is free and not for somebody whose episode began before.
    pub(crate) fn take(&mut self, limit: u32, since: Time, name: Key) -> bool {
        let free = limit.saturating_sub(self.taken) as usize;
        let place = (since, name);
        let earlier = self.waiting.iter().flat_map(|queue| queue.range(..&place));
        let takes = earlier.take(free).count() < free;
        self.taken += u32::from(takes);
        takes
    }

    /// Counts a place taken before a restart, even where the limit has been lowered since.
    pub(crate) fn keep(&mut self) {
        self.taken += 1;
    }

    /// Gives a place back.
    pub(crate) fn give_back(&mut self) {
        self.taken -= 1;
    }

    /// Those first in the queue, to be looked at: as many as there are free places, for several may come free before
    /// anybody looks.
    pub(crate) fn next(&self, limit: u32) -> impl Iterator<Item = u32> {
        let free = limit.saturating_sub(self.taken) as usize;
        let waiting = self.waiting.iter().flat_map(|waiting| waiting.values());
        waiting.take(free).copied()
    }

    /// Joins the queue. True when it was empty.
    pub(crate) fn wait(&mut self, since: Time, name: Key, key: u32) -> bool {
        let was_empty = !self.anyone_waits();
        let waiting = self.waiting.get_or_insert_default();
        waiting.insert((since, name), key);
        was_empty
    }

    /// Leaves the queue. True when it is empty now.
    pub(crate) fn leave(&mut self, since: Time, name: Key) -> bool {
        if let Some(waiting) = &mut self.waiting {
            waiting.remove(&(since, name));
            if waiting.is_empty() {
                self.waiting = None;
            }
        }
        !self.anyone_waits()
    }

    pub(crate) fn anyone_waits(&self) -> bool {
        self.waiting.is_some()
    }
}
