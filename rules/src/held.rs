//! `(apState == 'down').held('5m')`: whether a condition has held without a break for a while.

use model::{Span, Time};

use crate::hold::Hold;

/// What is remembered of one such condition on one asset.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct HeldState {
    truth: Option<bool>,
    /// Counts while the condition is true; stands still while it is unknown.
    hold: Hold,
}

impl HeldState {
    /// Takes note of what the condition is from `now`.
    pub(crate) fn step(&mut self, truth: Option<bool>, now: Time) {
        self.truth = truth;
        match truth {
            Some(true) => self.hold.run(now),
            Some(false) => self.hold = Hold::default(),
            None => self.hold.pause(now),
        }
    }

    /// Whether it has held for `length`.
    pub(crate) fn held(&self, length: Span, now: Time) -> Option<bool> {
        self.truth
            .map(|truth| truth && self.hold.is_over(length, now))
    }

    /// When it will have held for `length`, unless something happens.
    pub(crate) fn due(&self, length: Span) -> Option<Time> {
        self.hold.due(length)
    }
}
