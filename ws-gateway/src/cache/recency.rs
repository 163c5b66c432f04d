//! The order of the last changes: which key each sequence number changed.

use std::collections::VecDeque;

/// A bounded log of keys, one a sequence number, newest last. What falls out is the horizon of replay.
pub(crate) struct Recency {
    keys: VecDeque<u32>,
    head: u64,
    capacity: usize,
}

impl Recency {
    /// Remembers the last `capacity` changes.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            keys: VecDeque::new(),
            head: 0,
            capacity: capacity.max(1),
        }
    }

    /// The newest sequence number; 0 before the first change.
    pub(crate) fn head(&self) -> u64 {
        self.head
    }

    /// Gives a change of `key` its sequence number.
    pub(crate) fn push(&mut self, key: u32) -> u64 {
        if self.keys.len() == self.capacity {
            self.keys.pop_front();
        }
        self.keys.push_back(key);
        self.head += 1;
        self.head
    }

    /// The changes after `since`, newest first; none when some of them are forgotten or `since` lies ahead.
    pub(crate) fn back_to(&self, since: u64) -> Option<impl Iterator<Item = (u64, u32)>> {
        let count = self.head.checked_sub(since)?;
        let count = usize::try_from(count).ok()?;
        if count > self.keys.len() {
            return None;
        }
        let newest_first = self.keys.iter().rev().take(count);
        Some(
            (0..)
                .zip(newest_first)
                .map(|(age, key)| (self.head - age, *key)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_found_until_they_fall_behind_the_horizon() {
        let mut recent = Recency::new(3);
        for key in [7, 8, 7, 9] {
            recent.push(key);
        }
        let since = |seq| recent.back_to(seq).map(Iterator::collect::<Vec<_>>);
        assert_eq!(since(4), Some(vec![]));
        assert_eq!(since(1), Some(vec![(4, 9), (3, 7), (2, 8)]));
        assert_eq!(since(0), None, "the first change is forgotten");
        assert_eq!(since(5), None, "nobody can be ahead of the head");
    }
}
