//! How many instances of a rule may call for attention at once, and who waits for a place.

use std::collections::BTreeMap;

use model::{Key, Time};

/// The places under one rule's `limit`. Those beyond it wait in the order in which their episodes began. Most rules never
/// had an instance that asked for one: then it is a pointer to nothing.
#[derive(Debug, Default)]
pub(crate) struct Places(Option<Box<Asked>>);

#[derive(Debug, Default)]
struct Asked {
    taken: u32,
    /// By when their episodes began and what they are about.
    waiting: BTreeMap<(Time, Key), u32>,
}

impl Places {
    fn asked(&mut self) -> &mut Asked {
        self.0.get_or_insert_default()
    }

    /// Takes a place, if one is free and not for somebody whose episode began before.
    pub(crate) fn take(&mut self, limit: u32, since: Time, name: Key) -> bool {
        let asked = self.asked();
        let free = limit.saturating_sub(asked.taken) as usize;
        let earlier = asked.waiting.range(..&(since, name)).take(free);
        let takes = earlier.count() < free;
        asked.taken += u32::from(takes);
        takes
    }

    /// Counts a place taken before a restart, even where the limit has been lowered since.
    pub(crate) fn keep(&mut self) {
        self.asked().taken += 1;
    }

    /// Gives a place back.
    pub(crate) fn give_back(&mut self) {
        self.asked().taken -= 1;
    }

    /// Those first in the queue, to be looked at: as many as there are free places, for several may come free before
    /// anybody looks.
    pub(crate) fn next(&self, limit: u32) -> impl Iterator<Item = u32> {
        let asked = self.0.iter();
        asked.flat_map(move |asked| {
            let free = limit.saturating_sub(asked.taken) as usize;
            asked.waiting.values().take(free).copied()
        })
    }

    /// Joins the queue. True when it was empty.
    pub(crate) fn wait(&mut self, since: Time, name: Key, key: u32) -> bool {
        let was_empty = !self.anyone_waits();
        self.asked().waiting.insert((since, name), key);
        was_empty
    }

    /// Leaves the queue. True when it is empty now.
    pub(crate) fn leave(&mut self, since: Time, name: Key) -> bool {
        self.asked().waiting.remove(&(since, name));
        !self.anyone_waits()
    }

    pub(crate) fn anyone_waits(&self) -> bool {
        let asked = self.0.as_ref();
        asked.is_some_and(|asked| !asked.waiting.is_empty())
    }
}
