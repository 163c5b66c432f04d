//! The severity ladder of one instance: a latch a level, one alert that climbs and descends (meaning 6).
//!
//! A pure state machine over three-valued truths. Leaves identity, texts and annunciation to `instance`.

use model::{Severity, Span, Time};
use smallvec::SmallVec;

use crate::hold::Hold;
use crate::repeat::{Repeat, Repeats};

/// What a stale asset does to its alerts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnMissing {
    /// Nothing: the alert stays as it is until the truth is known again.
    #[default]
    Hold,
    /// The silence itself fires, at the mildest level.
    Fire,
    /// The alert resolves at once.
    Resolve,
}

/// The timings of a ladder, worst level first.
#[derive(Clone, Debug)]
pub(crate) struct LadderSpec {
    pub(crate) levels: Box<[(Severity, Span)]>,
    pub(crate) keep_firing_for: Span,
    pub(crate) on_missing: OnMissing,
    /// A level fires once it has come true so often.
    pub(crate) repeat: Option<Box<Repeat>>,
}

/// What one level's conditions came to. `clear` is the negation of `when` where the author gave none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LevelTruth {
    pub(crate) when: Option<bool>,
    pub(crate) clear: Option<bool>,
}

impl LevelTruth {
    /// Neither true nor false.
    pub(crate) const UNKNOWN: Self = Self {
        when: None,
        clear: None,
    };

    /// Of a level without a `clear` of its own.
    pub(crate) fn plain(when: Option<bool>) -> Self {
        Self {
            when,
            clear: when.map(|w| !w),
        }
    }
}

/// One level's memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) enum Latch {
    #[default]
    Off,
    /// `when` holds; `for` counts.
    Arming(Hold),
    On,
}

/// Where an instance stands on the condition axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// Nothing holds and nothing fired.
    Idle,
    Pending(Severity),
    Firing(Severity),
    /// It fired and is over.
    Resolved,
}

/// The memory of one instance's ladder.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Ladder {
    /// In the ladder itself where it has one level, as most have.
    pub(crate) latches: SmallVec<[Latch; 1]>,
    /// One a level; none without `repeat`.
    pub(crate) repeats: Vec<Repeats>,
    /// The asset's silence fires in place of a level.
    pub(crate) missing: bool,
    /// Counts `keep_firing_for` while everything is known to be clear.
    pub(crate) clearing: Option<Hold>,
    /// The severity it fired with last; none before it first fired.
    pub(crate) fired: Option<Severity>,
}

impl LadderSpec {
    pub(crate) fn repeat(&self) -> Option<Repeat> {
        self.repeat.as_deref().copied()
    }
}

impl Ladder {
    /// Memory beside it for so many levels.
    pub(crate) fn bytes_beside(levels: usize) -> usize {
        if levels > 1 {
            levels * size_of::<Latch>()
        } else {
            0
        }
    }

    pub(crate) fn new(levels: usize) -> Self {
        Self {
            latches: SmallVec::from_elem(Latch::Off, levels),
            ..Self::default()
        }
    }

    /// Brings the ladder up to `now` under these truths. Idempotent at one time. A `retained` message shows a level: what
    /// it shows did not come true now.
    pub(crate) fn step(
        &mut self,
        spec: &LadderSpec,
        truths: &[LevelTruth],
        missing: bool,
        retained: bool,
        now: Time,
    ) -> Standing {
        if missing && spec.on_missing == OnMissing::Resolve {
            return self.drop_all();
        }
        self.missing = missing && spec.on_missing == OnMissing::Fire;
        let levels = spec.levels.iter().zip(truths);
        match spec.repeat() {
            Some(_) => self
                .repeats
                .resize_with(spec.levels.len(), Repeats::default),
            None => self.repeats.clear(),
        }
        for (place, (latch, ((_, hold), truth))) in self.latches.iter_mut().zip(levels).enumerate()
        {
            let before = *latch;
            *latch = latch.stepped(*hold, *truth, now);
            if let (Some(repeat), Some(repeats)) = (spec.repeat(), self.repeats.get_mut(place)) {
                let set = *latch == Latch::On;
                let came = set && before != Latch::On && !retained;
                repeats.step(repeat, came, set, now);
            }
        }
        if let Some(severity) = self.worst(spec, |place| self.is_on(spec, place)) {
            self.clearing = None;
            self.fired = Some(severity);
            return Standing::Firing(severity);
        }
        match self.fired {
            Some(severity) => self.clear(spec.keep_firing_for, truths, severity, now),
            None => self
                .worst(spec, |place| self.is_on_its_way(place))
                .map_or(Standing::Idle, Standing::Pending),
        }
    }

    /// The next time at which it has to be looked at, if nothing else happens.
    pub(crate) fn due(&self, spec: &LadderSpec) -> Time {
        let arming = self.latches.iter().zip(&spec.levels);
        let arming = arming.filter_map(|(latch, (_, length))| match latch {
            Latch::Arming(hold) => hold.due(*length),
            Latch::Off | Latch::On => None,
        });
        let clearing = self.clearing.and_then(|c| c.due(spec.keep_firing_for));
        let calm = spec.repeat().into_iter().flat_map(|repeat| {
            let repeats = self.repeats.iter();
            repeats.filter_map(move |repeats| repeats.due(repeat))
        });
        arming
            .chain(clearing)
            .chain(calm)
            .min()
            .unwrap_or(Time::MAX)
    }

    /// The worst level in the wanted state; a firing silence counts as the mildest.
    fn worst(&self, spec: &LadderSpec, wanted: impl Fn(usize) -> bool) -> Option<Severity> {
        let latched = spec.levels.iter().enumerate();
        let latched =
            latched.filter_map(|(place, (severity, _))| wanted(place).then_some(*severity));
        let mildest = spec.levels.iter().map(|(severity, _)| *severity).min();
        let silence = mildest.filter(|_| self.missing);
        latched.chain(silence).max()
    }

    /// A level fires: its latch is set or, where it has to come true repeatedly, it did.
    fn is_on(&self, spec: &LadderSpec, place: usize) -> bool {
        match spec.repeat {
            Some(_) => self.repeats.get(place).is_some_and(|repeats| repeats.on),
            None => self.latches.get(place) == Some(&Latch::On),
        }
    }

    /// A level may come to fire: `for` counts, or it came true but not often enough.
    fn is_on_its_way(&self, place: usize) -> bool {
        let latched = self
            .latches
            .get(place)
            .is_some_and(|latch| *latch != Latch::Off);
        latched || self.repeats.get(place).is_some_and(Repeats::any)
    }

    fn clear(
        &mut self,
        keep: Span,
        truths: &[LevelTruth],
        severity: Severity,
        now: Time,
    ) -> Standing {
        if truths.iter().any(|truth| truth.when == Some(true)) {
            self.clearing = None;
        } else if truths.iter().all(|truth| truth.when == Some(false)) {
            self.clearing.get_or_insert(Hold::started(now)).run(now);
        } else {
            self.clearing.get_or_insert_default().pause(now);
        }
        match self.clearing {
            Some(hold) if hold.is_over(keep, now) => self.drop_all(),
            _ => Standing::Firing(severity),
        }
    }

    fn drop_all(&mut self) -> Standing {
        self.latches.fill(Latch::Off);
        self.repeats.clear();
        self.missing = false;
        self.clearing = None;
        match self.fired.take() {
            Some(_) => Standing::Resolved,
            None => Standing::Idle,
        }
    }
}

impl Latch {
    fn stepped(self, length: Span, truth: LevelTruth, now: Time) -> Self {
        let ripe = |hold: Hold| {
            if hold.is_over(length, now) {
                Self::On
            } else {
                Self::Arming(hold)
            }
        };
        // What was due by now comes first: it was due before whatever brings the new truth.
        let before = match self {
            Self::Arming(hold) => ripe(hold),
            other => other,
        };
        match (before, truth.when) {
            (Self::Off, Some(true)) => ripe(Hold::started(now)),
            (Self::Arming(mut hold), Some(true)) => {
                hold.run(now);
                ripe(hold)
            }
            (Self::Arming(_), Some(false)) => Self::Off,
            (Self::Arming(mut hold), None) => {
                hold.pause(now);
                Self::Arming(hold)
            }
            (Self::On, when) if truth.clear == Some(true) && when != Some(true) => Self::Off,
            (kept, _) => kept,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const T: Option<bool> = Some(true);
    const F: Option<bool> = Some(false);

    fn spec(hold: i64, keep: i64, on_missing: OnMissing) -> LadderSpec {
        let hold = Span::from_millis(hold);
        LadderSpec {
            levels: [(Severity::Critical, hold), (Severity::High, hold)].into(),
            keep_firing_for: Span::from_millis(keep),
            on_missing,
            repeat: None,
        }
    }

    /// Steps through `(time, critical, high, missing)` and tells where the instance stands after each.
    fn check(
        spec: &LadderSpec,
        steps: &[(i64, Option<bool>, Option<bool>, bool)],
        expected: &Expect,
    ) {
        use std::fmt::Write as _;
        let mut ladder = Ladder::new(2);
        let mut told = String::new();
        for (at, critical, high, missing) in steps {
            let truths = [LevelTruth::plain(*critical), LevelTruth::plain(*high)];
            let standing = ladder.step(spec, &truths, *missing, false, Time::from_millis(*at));
            writeln!(told, "{at} {standing:?}").unwrap();
        }
        expected.assert_eq(&told);
    }

    #[test]
    fn one_alert_climbs_and_descends() {
        let steps = [
            (0, F, T, false),
            (5, T, T, false),
            (10, T, T, false),
            (15, T, T, false),
            (20, F, T, false),
            (25, F, F, false),
        ];
        check(
            &spec(10, 0, OnMissing::Hold),
            &steps,
            &expect![[r"
                0 Pending(High)
                5 Pending(Critical)
                10 Firing(High)
                15 Firing(Critical)
                20 Firing(High)
                25 Resolved
            "]],
        );
    }

    #[test]
    fn unknown_pauses_both_countdowns() {
        let steps = [
            (0, F, T, false),
            (6, None, None, false),
            (90, F, T, false),
            (94, F, T, false),
            (100, F, F, false),
            (108, None, None, false),
            (200, F, F, false),
            (202, F, F, false),
        ];
        check(
            &spec(10, 10, OnMissing::Hold),
            &steps,
            &expect![[r"
                0 Pending(High)
                6 Pending(High)
                90 Pending(High)
                94 Firing(High)
                100 Firing(High)
                108 Firing(High)
                200 Firing(High)
                202 Resolved
            "]],
        );
    }

    #[test]
    fn silence_fires_mildly_or_resolves_as_the_rule_says() {
        let steps = [(0, None, None, true), (5, F, F, false)];
        check(
            &spec(10, 0, OnMissing::Fire),
            &steps,
            &expect![[r"
                  0 Firing(High)
                  5 Resolved
            "]],
        );
        let steps = [(0, T, T, false), (10, T, T, false), (11, None, None, true)];
        check(
            &spec(10, 50, OnMissing::Resolve),
            &steps,
            &expect![[r"
                0 Pending(Critical)
                10 Firing(Critical)
                11 Resolved
            "]],
        );
    }
}
