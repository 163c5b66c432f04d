//! `repeat: {count: 3, within: 10m}`: how often a level came true of late.
//!
//! It came true when its latch was set: at the first reading that holds, after `for`, and again only once it was clear.

use model::{Span, Time};

/// So often, within so long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Repeat {
    pub(crate) count: usize,
    pub(crate) within: Span,
}

/// What one level remembers of its repetitions.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Repeats {
    /// When it came true, in milliseconds, oldest first; no more than the last that could be needed.
    came_ms: Vec<i64>,
    /// It came true often enough, and has not been calm since.
    pub(crate) on: bool,
}

impl Repeats {
    /// Forgets what is too long ago, takes note of whether the level `came` true now, and of whether it `holds`.
    pub(crate) fn step(&mut self, repeat: Repeat, came: bool, holds: bool, now: Time) {
        let since = |ms: i64| Time::from_millis(ms) + repeat.within > now;
        self.came_ms.retain(|ms| since(*ms));
        if came {
            self.came_ms.push(now.millis());
        }
        let excess = self.came_ms.len().saturating_sub(repeat.count);
        self.came_ms.drain(..excess);
        let often = self.came_ms.len() >= repeat.count;
        self.on = (often && (came || self.on)) || (self.on && holds);
    }

    /// It came true of late.
    pub(crate) fn any(&self) -> bool {
        !self.came_ms.is_empty()
    }

    /// When it came true, oldest first.
    pub(crate) fn came(&self) -> impl Iterator<Item = Time> {
        self.came_ms.iter().copied().map(Time::from_millis)
    }

    /// When the oldest of it is too long ago.
    pub(crate) fn due(&self, repeat: Repeat) -> Option<Time> {
        self.came().next().map(|first| first + repeat.within)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_agrees_with_the_whole_history(
            count in 2_usize..4,
            within in 1_i64..40,
            // How long after the last, whether the latch is set, and whether by a retained message.
            looks in prop::collection::vec((0_i64..15, any::<bool>(), prop::bool::weighted(0.1)), 1..60),
        ) {
            let repeat = Repeat { count, within: Span::from_millis(within) };
            let (mut repeats, mut at, mut history) = (Repeats::default(), 0, Vec::new());
            for (gap, holds, retained) in looks {
                at += gap;
                let before = history.last().is_some_and(|(_, _, held)| *held);
                let came = holds && !before && !retained;
                history.push((at, came, holds));
                repeats.step(repeat, came, holds, Time::from_millis(at));

                let often = |until: usize| {
                    let (now, ..) = history[until];
                    let lately = history[..=until].iter().filter(|(at, came, _)| *came && at + within > now);
                    lately.count() >= count
                };
                let begins = (0..history.len()).rev().find(|n| history[*n].1 && often(*n));
                let lasts = |from: usize| (from..history.len()).all(|n| history[n].2 || often(n));
                prop_assert_eq!(repeats.on, begins.is_some_and(lasts));
            }
        }
    }
}
