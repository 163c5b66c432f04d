//! The ladder of one alert, counted step by step: meaning 1 and 6 of the language, word for word.

use model::Severity;

use super::Tick;

/// What a silent asset does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum OnMissing {
    Hold,
    Fire,
    Resolve,
}

/// What does not change.
#[derive(Clone, Debug)]
pub(super) struct Timings {
    /// Severity and `for`, worst first.
    pub(super) levels: Vec<(Severity, Tick)>,
    pub(super) keep: Tick,
    pub(super) on_missing: OnMissing,
}

/// `when` and `clear` of one level.
pub(super) type Truth = (Option<bool>, Option<bool>);

/// Where an alert stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    Nothing,
    Pending(Severity),
    Firing(Severity),
}

#[derive(Clone, Copy, Default, Debug)]
struct Level {
    latched: bool,
    /// How long `when` has been true, while it was known.
    held: Option<Tick>,
}

/// What is remembered between two looks.
#[derive(Clone, Debug)]
pub(super) struct Ladder {
    levels: Vec<Level>,
    truths: Vec<Truth>,
    missing: bool,
    /// How long everything has been clear, while it was known; none before it fired.
    clear_for: Option<Tick>,
    fired: Option<Severity>,
}

impl Ladder {
    pub(super) fn new(levels: usize) -> Self {
        Self {
            levels: vec![Level::default(); levels],
            truths: vec![(None, None); levels],
            missing: false,
            clear_for: None,
            fired: None,
        }
    }

    /// A step of time passes under the truths of the last look.
    pub(super) fn pass(&mut self) {
        for (level, truth) in self.levels.iter_mut().zip(&self.truths) {
            if truth.0 == Some(true) {
                level.held = level.held.map(|held| held + 1);
            }
        }
        if self.all_clear() {
            self.clear_for = self.clear_for.map(|passed| passed + 1);
        }
    }

    /// New truths, or the same.
    pub(super) fn look(
        &mut self,
        timings: &Timings,
        truths: Vec<Truth>,
        missing: bool,
    ) -> Standing {
        if missing && timings.on_missing == OnMissing::Resolve {
            *self = Self::new(self.levels.len());
            self.truths = vec![(None, None); self.levels.len()];
            return Standing::Nothing;
        }
        self.missing = missing && timings.on_missing == OnMissing::Fire;
        // What has held long enough by now was due before whatever turns now.
        self.ripen(timings);
        for (level, (when, clear)) in self.levels.iter_mut().zip(&truths) {
            match when {
                Some(true) if !level.latched => {
                    level.held.get_or_insert(0);
                }
                Some(false) if !level.latched => level.held = None,
                _ => {}
            }
            if level.latched && *clear == Some(true) && *when != Some(true) {
                *level = Level::default();
            }
        }
        self.truths = truths;
        self.settle(timings)
    }

    fn all_clear(&self) -> bool {
        self.truths.iter().all(|(when, _)| *when == Some(false))
    }

    fn ripen(&mut self, timings: &Timings) {
        for (level, (_, length)) in self.levels.iter_mut().zip(&timings.levels) {
            if level.held.is_some_and(|held| held >= *length) {
                *level = Level {
                    latched: true,
                    held: None,
                };
            }
        }
    }

    fn settle(&mut self, timings: &Timings) -> Standing {
        self.ripen(timings);
        let severities = timings.levels.iter().map(|(severity, _)| *severity);
        let levels = || self.levels.iter().zip(severities.clone());
        let latched = levels()
            .filter(|(level, _)| level.latched)
            .map(|(_, s)| s)
            .max();
        let silent = self.missing.then(|| severities.clone().min()).flatten();
        let pending = levels()
            .filter(|(level, _)| level.held.is_some())
            .map(|(_, s)| s)
            .max();
        if let Some(severity) = latched.max(silent) {
            self.fired = Some(severity);
            self.clear_for = None;
            return Standing::Firing(severity);
        }
        let Some(severity) = self.fired else {
            return pending.map_or(Standing::Nothing, Standing::Pending);
        };
        if self.truths.iter().any(|(when, _)| *when == Some(true)) {
            self.clear_for = None;
        } else if self.all_clear() {
            self.clear_for.get_or_insert(0);
        }
        if self.all_clear() && self.clear_for.is_some_and(|passed| passed >= timings.keep) {
            *self = Self {
                truths: std::mem::take(&mut self.truths),
                ..Self::new(self.levels.len())
            };
            return Standing::Nothing;
        }
        Standing::Firing(severity)
    }
}
