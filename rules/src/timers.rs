//! What is due when. Owns the order in which timers fire; leaves what they do to the engine.
//!
//! A hierarchical timing wheel (Varghese and Lauck, 1987): the times up to 64 ms ahead have a slot each, those up to 64
//! times as far a slot for each 64 ms, and so on. Setting a timer is a push; it moves to a finer level when its slot's time
//! comes, at most ten times in its life.

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
    /// A window of a derivation ends: of one key, or all at once ([`EVERY_KEY`]).
    Derive(RuleIx, u32),
    /// Time is up for matches of a sequence.
    Sequence(RuleIx, u32),
    /// An instance of a rule has to be looked at.
    Rule(RuleIx, u32),
}

/// All keys of a derivation.
pub(crate) const EVERY_KEY: u32 = u32::MAX;

/// A level has 2⁶ slots.
const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
/// Enough for every time there is.
const LEVELS: u32 = u64::BITS.div_ceil(BITS);

/// Timers by due time. Cancelling is left to the reader: a timer whose owner no longer waits for it does nothing.
#[derive(Debug)]
pub(crate) struct Timers {
    /// No timer of the wheel is due before this; a count of milliseconds in the order of times.
    position: u64,
    /// No timer at all is due before this: most inputs ask for nothing else.
    quiet_until: u64,
    levels: Vec<Level>,
    /// Timers set for before the position: the engine sets none in the usual course, but is free to.
    overdue: BinaryHeap<Reverse<(Time, Timer)>>,
}

/// Slots of one width. A slot holds timers that share all digits with the position but those of this level and below.
#[derive(Clone, Debug)]
struct Level {
    /// A bit a slot that holds any.
    occupied: u64,
    slots: Vec<Vec<(Time, Timer)>>,
}

/// A slot, and the first time that may be in it.
struct Place {
    level: u32,
    slot: usize,
    start: u64,
}

impl Default for Timers {
    fn default() -> Self {
        let level = Level {
            occupied: 0,
            slots: vec![Vec::new(); SLOTS],
        };
        Self {
            position: 0,
            quiet_until: u64::MAX,
            levels: vec![level; LEVELS as usize],
            overdue: BinaryHeap::new(),
        }
    }
}

/// Times as numbers in the same order, from zero.
fn ordinal(time: Time) -> u64 {
    time.millis() as u64 ^ (1 << 63)
}

fn time(ordinal: u64) -> Time {
    Time::from_millis((ordinal ^ (1 << 63)) as i64)
}

fn digit(ordinal: u64, level: u32) -> usize {
    (ordinal >> (level * BITS)) as usize % SLOTS
}

impl Timers {
    /// How many wait, void ones included.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let slots = self.levels.iter().flat_map(|level| &level.slots);
        slots.map(Vec::len).sum::<usize>() + self.overdue.len()
    }

    pub(crate) fn set(&mut self, due: Time, timer: Timer) {
        if due == Time::MAX {
            return;
        }
        let at = ordinal(due);
        self.quiet_until = self.quiet_until.min(at);
        if at < self.position {
            self.overdue.push(Reverse((due, timer)));
            return;
        }
        // The highest digit in which it differs from the position tells how far away it is.
        let level = (at ^ self.position).checked_ilog2().unwrap_or(0) / BITS;
        let slot = digit(at, level);
        let level = &mut self.levels[level as usize];
        level.slots[slot].push((due, timer));
        level.occupied |= 1 << slot;
    }

    /// When the next timer is due, or somewhat before: far timers are known by their slot.
    pub(crate) fn next_due(&self) -> Option<Time> {
        let overdue = self.overdue.peek().map(|Reverse((due, _))| *due);
        overdue.or_else(|| self.first().map(|place| time(place.start)))
    }

    /// True when nothing is due at `to` or before; may be false where nothing is either.
    pub(crate) fn is_quiet(&self, to: Time) -> bool {
        ordinal(to) < self.quiet_until
    }

    /// Moves every timer of the earliest due time, if it is not after `to`, into `batch`, in no particular order.
    pub(crate) fn take_due(&mut self, to: Time, batch: &mut Vec<Timer>) -> Option<Time> {
        batch.clear();
        if let Some(Reverse((due, _))) = self.overdue.peek() {
            let due = *due;
            if due > to {
                self.quiet_until = ordinal(due);
                return None;
            }
            return Some(self.take_overdue(due, batch));
        }
        loop {
            let Some(Place { level, slot, start }) = self.first() else {
                self.quiet_until = u64::MAX;
                return None;
            };
            if start > ordinal(to) {
                self.quiet_until = start;
                return None;
            }
            self.position = start;
            let from = &mut self.levels[level as usize];
            from.occupied &= !(1 << slot);
            if level == 0 {
                batch.extend(from.slots[slot].drain(..).map(|(_, timer)| timer));
                return Some(time(start));
            }
            for (due, timer) in std::mem::take(&mut from.slots[slot]) {
                self.set(due, timer);
            }
        }
    }

    fn take_overdue(&mut self, due: Time, batch: &mut Vec<Timer>) -> Time {
        while self
            .overdue
            .peek()
            .is_some_and(|Reverse((other, _))| *other == due)
        {
            batch.extend(self.overdue.pop().map(|Reverse((_, timer))| timer));
        }
        due
    }

    /// The first slot that holds any: what is on a finer level comes before all of the coarser ones.
    fn first(&self) -> Option<Place> {
        let mut levels = (0..LEVELS).zip(&self.levels);
        let (level, found) = levels.find(|(_, level)| level.occupied != 0)?;
        let slot = found.occupied.trailing_zeros();
        let above = (level + 1) * BITS;
        let shared = u64::MAX.checked_shl(above).unwrap_or(0) & self.position;
        Some(Place {
            level,
            slot: slot as usize,
            start: shared | u64::from(slot) << (level * BITS),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Set a timer so far from the present, or let time pass.
    #[derive(Clone, Debug)]
    enum Step {
        Set(i64),
        Pass(i64),
    }

    fn step() -> impl Strategy<Value = Step> {
        let near = prop_oneof![4 => 0_i64..100, 2 => 0_i64..1_000_000, 1 => 0_i64..(1 << 60), 1 => -50_i64..0];
        let pass = prop_oneof![4 => 0_i64..200, 2 => 0_i64..2_000_000, 1 => 0_i64..(1 << 40)];
        prop_oneof![3 => near.prop_map(Step::Set), 1 => pass.prop_map(Step::Pass)]
    }

    /// Fires everything due at `to` or before, from both, and compares.
    fn fire(timers: &mut Timers, naive: &mut BTreeMap<i64, Vec<u32>>, to: i64) {
        let mut batch = Vec::new();
        let quiet = timers.is_quiet(Time::from_millis(to));
        let next = naive.keys().next().copied();
        assert!(!quiet || next.is_none_or(|next| next > to), "{next:?}");
        while let Some(due) = timers.take_due(Time::from_millis(to), &mut batch) {
            let (expected, wanted) = naive.pop_first().expect("something is due");
            let mut keys: Vec<u32> = batch
                .iter()
                .map(|timer| match timer {
                    Timer::Rule(_, key) => *key,
                    other => panic!("{other:?} was never set"),
                })
                .collect();
            keys.sort_unstable();
            assert_eq!((due.millis(), keys), (expected, wanted));
        }
        let next = naive.keys().next().copied();
        assert!(next.is_none_or(|next| next > to), "{next:?} is due by {to}");
        let to = Time::from_millis(to);
        assert!(timers.is_quiet(to), "everything by then has fired");
        let told = timers.next_due().map(Time::millis);
        assert!(
            told.is_some() == next.is_some() && told <= next,
            "never late"
        );
    }

    proptest! {
        #[test]
        fn timers_come_in_the_order_of_their_due_times_whatever_their_distance(
            start in prop_oneof![Just(0_i64), Just(1_767_574_800_000), Just(-1_000_000), Just((1 << 62) - 7)],
            steps in prop::collection::vec(step(), 1..120),
        ) {
            let (mut timers, mut naive, mut now) = (Timers::default(), BTreeMap::new(), start);
            for (key, step) in (0..).zip(steps) {
                match step {
                    Step::Set(ahead) => {
                        let due = now.saturating_add(ahead);
                        timers.set(Time::from_millis(due), Timer::Rule(RuleIx(0), key));
                        naive.entry(due).or_insert_with(Vec::new).push(key);
                    }
                    Step::Pass(ms) => {
                        now = now.saturating_add(ms);
                        fire(&mut timers, &mut naive, now);
                    }
                }
            }
            fire(&mut timers, &mut naive, i64::MAX - 1);
            prop_assert!(naive.is_empty());
        }
    }

    #[test]
    fn never_is_not_a_time() {
        let mut timers = Timers::default();
        timers.set(Time::MAX, Timer::Clock(0));
        assert_eq!(timers.next_due(), None);
    }
}
