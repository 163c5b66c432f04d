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

/// What may be edited without another condition.
#[derive(Clone, Debug)]
pub(super) struct Timings {
    /// Severity and `for`, worst first.
    pub(super) levels: Vec<(Severity, Tick)>,
    pub(super) keep: Tick,
    pub(super) on_missing: OnMissing,
    /// How often a level has to come true, and within how long.
    pub(super) repeat: Option<(usize, Tick)>,
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

/// What the ladder is told.
pub(super) struct Look {
    pub(super) now: Tick,
    pub(super) truths: Vec<Truth>,
    /// The asset is silent by its own fault.
    pub(super) missing: bool,
    /// A retained message shows this: it did not come true now.
    pub(super) retained: bool,
}

#[derive(Clone, Default, Debug)]
struct Level {
    latched: bool,
    /// How long `when` has been true, while it was known.
    held: Option<Tick>,
    /// Every look since the episode began: when, whether the level came true then, and whether it was latched.
    looks: Vec<(Tick, bool, bool)>,
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

impl Level {
    /// Takes note of a look. Of looks at which nothing came, the last says everything.
    fn note(&mut self, now: Tick, came: bool) {
        if let Some((_, false, latched)) = self.looks.last()
            && *latched == self.latched
            && !came
        {
            self.looks.pop();
        }
        self.looks.push((now, came, self.latched));
    }

    /// Fires: latched or, where it has to come true repeatedly, since it did so often enough, until it is clear and did not.
    fn is_on(&self, repeat: Option<(usize, Tick)>) -> bool {
        let Some((count, within)) = repeat else {
            return self.latched;
        };
        let often = |until: usize| {
            let (now, ..) = self.looks[until];
            let lately = self.looks[..=until].iter();
            let lately = lately.filter(|(at, came, _)| *came && at + within > now);
            lately.count() >= count
        };
        let mut looks = (0..self.looks.len()).rev();
        let begins = looks.find(|n| self.looks[*n].1 && often(*n));
        begins.is_some_and(|from| (from..self.looks.len()).all(|n| self.looks[n].2 || often(n)))
    }

    /// May come to fire.
    fn is_on_its_way(&self, repeat: Option<(usize, Tick)>, now: Tick) -> bool {
        let (_, within) = repeat.unwrap_or((0, 0));
        let lately = |(at, came, _): &(Tick, bool, bool)| *came && at + within > now;
        self.latched || self.held.is_some() || self.looks.iter().any(lately)
    }
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

    /// Another condition: nothing that was counted under the old one counts, but an alert that fired goes on.
    pub(super) fn rewrite(&mut self, levels: usize) {
        *self = Self {
            fired: self.fired,
            ..Self::new(levels)
        };
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
    pub(super) fn look(&mut self, timings: &Timings, look: Look) -> Standing {
        if look.missing && timings.on_missing == OnMissing::Resolve {
            *self = Self::new(self.levels.len());
            return Standing::Nothing;
        }
        self.missing = look.missing && timings.on_missing == OnMissing::Fire;
        let before: Vec<bool> = self.levels.iter().map(|level| level.latched).collect();
        // What has held long enough by now was due before whatever turns now.
        self.ripen(timings);
        for (level, (when, clear)) in self.levels.iter_mut().zip(&look.truths) {
            match when {
                Some(true) if !level.latched => {
                    level.held.get_or_insert(0);
                }
                Some(false) if !level.latched => level.held = None,
                _ => {}
            }
            if level.latched && *clear == Some(true) && *when != Some(true) {
                (level.latched, level.held) = (false, None);
            }
        }
        self.truths = look.truths;
        self.ripen(timings);
        for (level, before) in self.levels.iter_mut().zip(before) {
            let came = level.latched && !before && !look.retained;
            level.note(look.now, came);
        }
        self.settle(timings, look.now)
    }

    fn all_clear(&self) -> bool {
        self.truths.iter().all(|(when, _)| *when == Some(false))
    }

    /// Of what is unknown nothing fires, not even where an edit asks for less than it has counted.
    fn ripen(&mut self, timings: &Timings) {
        let levels = self.levels.iter_mut().zip(&self.truths);
        for ((level, truth), (_, length)) in levels.zip(&timings.levels) {
            let holds = truth.0 == Some(true);
            if holds && level.held.is_some_and(|held| held >= *length) {
                (level.latched, level.held) = (true, None);
            }
        }
    }

    fn settle(&mut self, timings: &Timings, now: Tick) -> Standing {
        let severities = timings.levels.iter().map(|(severity, _)| *severity);
        let levels = || self.levels.iter().zip(severities.clone());
        let on = levels().filter(|(level, _)| level.is_on(timings.repeat));
        let on = on.map(|(_, severity)| severity).max();
        let silent = self.missing.then(|| severities.clone().min()).flatten();
        let pending = levels().filter(|(level, _)| level.is_on_its_way(timings.repeat, now));
        let pending = pending.map(|(_, severity)| severity).max();
        if let Some(severity) = on.max(silent) {
            self.fired = Some(severity);
            self.clear_for = None;
            return Standing::Firing(severity);
        }
        let Some(severity) = self.fired else {
            if pending.is_none() {
                self.forget_looks();
            }
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

    /// The next episode counts anew.
    fn forget_looks(&mut self) {
        for level in &mut self.levels {
            level.looks.clear();
        }
    }
}
