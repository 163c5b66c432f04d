//! A countdown that can be paused: `for`, `keep_firing_for` and `held` count only while their condition is known.

use model::{Span, Time};

/// What has been counted so far. The length to reach stays with the rule, so that an edited length applies at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Hold {
    elapsed_ms: i64,
    since_ms: Option<i64>,
}

impl Hold {
    /// A countdown that runs from `now`.
    pub(crate) fn started(now: Time) -> Self {
        Self {
            elapsed_ms: 0,
            since_ms: Some(now.millis()),
        }
    }

    /// Counts on from `now`, if it was paused.
    pub(crate) fn run(&mut self, now: Time) {
        self.since_ms.get_or_insert(now.millis());
    }

    /// Stands still from `now`.
    pub(crate) fn pause(&mut self, now: Time) {
        if let Some(since) = self.since_ms.take() {
            self.elapsed_ms += now.millis() - since;
        }
    }

    /// When it will have counted `length`; none while it is paused.
    pub(crate) fn due(&self, length: Span) -> Option<Time> {
        let since = Time::from_millis(self.since_ms?);
        Some(since + Span::from_millis(length.millis() - self.elapsed_ms))
    }

    /// True when it has counted `length` at `now`.
    pub(crate) fn is_over(&self, length: Span, now: Time) -> bool {
        self.due(length).is_some_and(|due| due <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_keeps_what_was_counted() {
        let (at, length) = (Time::from_millis, Span::from_millis(100));
        let mut hold = Hold::started(at(0));
        hold.pause(at(60));
        assert_eq!(hold.due(length), None);
        hold.run(at(1_000));
        assert_eq!(hold.due(length), Some(at(1_040)));
        assert!(!hold.is_over(length, at(1_039)));
        assert!(hold.is_over(length, at(1_040)));
    }
}
