//! A generated rule: its text for the real engine, its plain meaning for the reference.

use std::fmt::Write as _;

use model::{Condition, Reason, Severity};

use super::attention::Attention;
use super::basin::{GroupCond, Members};
use super::conditions::{Asked, Cond, Memory};
use super::history::History;
use super::ladder::{Ladder, Look, OnMissing, Standing, Timings, Truth};
use super::{ASSETS, BASINS, Cause, Step, Tick, Told, basin_of, members, shift_is_on, time};

/// What a rule watches.
#[derive(Clone, Debug)]
pub(super) enum Watched {
    /// Each gauge: `when` and `clear` a level.
    Gauges(Vec<(Cond, Option<Cond>)>),
    /// Each gauge: its silence.
    Silence(Tick),
    /// All gauges of a basin: `when` and `clear` a level.
    Basin(Vec<(GroupCond, Option<GroupCond>)>),
}

/// A rule, as it is written at first and after an edit. Both watch the same sort of thing, by as many levels.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(super) watched: [Watched; 2],
    pub(super) timings: [Timings; 2],
    /// It is about the hours of the calendar `shifts`.
    pub(super) during: bool,
    /// The least share of a basin's gauges that has to be known.
    pub(super) min_known: f64,
    pub(super) attention: Attention,
}

/// How often what was edited.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Edits {
    pub(super) texts: usize,
    pub(super) timings: usize,
    pub(super) conditions: usize,
    pub(super) registry: usize,
}

/// What an alert is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Key {
    Gauge(usize),
    Basin(usize),
}

impl Key {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gauge(asset) => ASSETS[asset],
            Self::Basin(basin) => BASINS[basin],
        }
    }
}

// What it says.
impl Rule {
    pub(super) fn is_about_basins(&self) -> bool {
        matches!(self.watched[0], Watched::Basin(_))
    }

    pub(super) fn keys(&self) -> Vec<Key> {
        if self.is_about_basins() {
            (0..BASINS.len()).map(Key::Basin).collect()
        } else {
            (0..ASSETS.len()).map(Key::Gauge).collect()
        }
    }

    fn watched(&self, edits: Edits) -> &Watched {
        &self.watched[edits.conditions % 2]
    }

    fn timings(&self, edits: Edits) -> &Timings {
        &self.timings[edits.timings % 2]
    }

    /// Every condition it asks, of whatever level.
    pub(super) fn asked(&self, edits: Edits) -> Vec<Asked<'_>> {
        match self.watched(edits) {
            Watched::Gauges(levels) => {
                let levels = levels.iter();
                let conds = levels.flat_map(|(when, clear)| [Some(when), clear.as_ref()]);
                conds.flatten().map(Asked::Gauge).collect()
            }
            Watched::Basin(levels) => {
                let levels = levels.iter();
                let conds = levels.flat_map(|(when, clear)| [Some(when), clear.as_ref()]);
                conds.flatten().map(Asked::Basin).collect()
            }
            Watched::Silence(_) => Vec::new(),
        }
    }

    /// As an author writes it at first.
    pub(crate) fn text(&self, n: usize) -> String {
        self.text_after(n, Edits::default())
    }

    /// As it is after an edit of whatever may be edited.
    pub(super) fn text_edited(&self, n: usize) -> String {
        let edits = Edits {
            timings: 1,
            conditions: 1,
            ..Edits::default()
        };
        self.text_after(n, edits)
    }

    /// As an author writes it after some edits.
    pub(super) fn text_after(&self, n: usize, edits: Edits) -> String {
        let mut lines = vec!["on: env/river".to_owned()];
        if self.is_about_basins() {
            lines.push("by: [basin]".to_owned());
            lines.push(format!("min_known: {:?}", self.min_known));
        }
        let timings = self.timings(edits);
        match self.watched(edits) {
            Watched::Gauges(levels) => {
                let levels = levels.iter().zip(&timings.levels);
                let level = |((when, clear), of): (&(Cond, Option<Cond>), &(Severity, Tick))| {
                    level(*of, &when.text(), clear.as_ref().map(Cond::text))
                };
                lines.push("levels:".to_owned());
                lines.extend(levels.map(level));
                lines.push(format!("on_missing: {}", timings.on_missing.name()));
            }
            Watched::Basin(levels) => {
                let levels = levels.iter().zip(&timings.levels);
                let level =
                    |((when, clear), of): (&(GroupCond, Option<GroupCond>), &(Severity, Tick))| {
                        level(*of, &when.text(), clear.as_ref().map(GroupCond::text))
                    };
                lines.push("levels:".to_owned());
                lines.extend(levels.map(level));
            }
            Watched::Silence(length) => {
                lines.push(format!("absent: {}s", length * 10));
                lines.push(format!("severity: {}", timings.levels[0].0.as_str()));
            }
        }
        lines.push(format!("keep_firing_for: {}s", timings.keep * 10));
        if let Some((count, within)) = timings.repeat {
            let within = within * 10;
            lines.push(format!("repeat: {{count: {count}, within: {within}s}}"));
        }
        if self.during {
            lines.push("during: shifts".to_owned());
        }
        lines.extend(self.attention.lines(edits));
        let edition = edits.texts;
        lines.push(format!("summary: {{vi: lần {edition}, en: no. {edition}}}"));
        let mut text = format!("  - alert: R{n}\n");
        for line in lines {
            writeln!(text, "    {line}").expect("a string takes it");
        }
        text
    }
}

fn level((severity, length): (Severity, Tick), when: &str, clear: Option<String>) -> String {
    let (severity, length) = (severity.as_str(), length * 10);
    let clear = clear.map_or(String::new(), |clear| format!(", clear: \"{clear}\""));
    format!("  - {{severity: {severity}, for: {length}s, when: \"{when}\"{clear}}}")
}

impl OnMissing {
    fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Fire => "fire",
            Self::Resolve => "resolve",
        }
    }
}

// What it means.
impl Rule {
    /// Outside its hours it asks nothing. Silence only does not count then.
    fn is_shut(&self, now: Tick) -> bool {
        self.during && !self.is_about_silence() && !shift_is_on(now)
    }

    fn truths(&self, edits: Edits, key: Key, history: &History, memory: &Memory) -> Vec<Truth> {
        if self.is_shut(history.now) {
            return vec![(Some(false), Some(true)); self.timings(edits).levels.len()];
        }
        match (self.watched(edits), key) {
            (Watched::Gauges(levels), Key::Gauge(asset)) => {
                let eval = |cond: &Cond| cond.eval(history, asset, memory);
                let levels = levels.iter();
                levels
                    .map(|(when, clear)| truth(when, clear.as_ref(), eval))
                    .collect()
            }
            (Watched::Silence(length), Key::Gauge(asset)) => {
                let silent = history.silent_in_shifts(asset, self.during) >= *length;
                let when = history.source_is_up(asset).then_some(silent);
                vec![(when, when.map(|w| !w))]
            }
            (Watched::Basin(levels), Key::Basin(basin)) => {
                let members = members(basin, edits);
                let of = Members { members, memory };
                let conds = levels.iter().flat_map(|(when, clear)| {
                    let both = [Some(when), clear.as_ref()].into_iter().flatten();
                    both.filter_map(|cond| cond.known(history, of))
                });
                let known = conds.min().unwrap_or_else(|| of.known(history));
                if (known as f64 / members.len() as f64) < self.min_known {
                    return vec![(None, None); levels.len()];
                }
                let eval = |cond: &GroupCond| cond.eval(history, of);
                let levels = levels.iter();
                levels
                    .map(|(when, clear)| truth(when, clear.as_ref(), eval))
                    .collect()
            }
            _ => unreachable!("keys come from the rule"),
        }
    }

    fn is_missing(&self, edits: Edits, key: Key, history: &History) -> bool {
        match (self.watched(edits), key) {
            (Watched::Gauges(_), Key::Gauge(asset)) => {
                !self.is_shut(history.now) && history.is_missing(asset)
            }
            _ => false,
        }
    }

    fn is_about_silence(&self) -> bool {
        matches!(self.watched[0], Watched::Silence(_))
    }
}

fn truth<C>(when: &C, clear: Option<&C>, eval: impl Fn(&C) -> Option<bool>) -> Truth {
    let when = eval(when);
    (when, clear.map_or(when.map(|w| !w), eval))
}

/// What brings a look about.
#[derive(Clone, Debug)]
pub(super) struct Occasion {
    pub(super) cause: Cause,
    pub(super) retained: bool,
    pub(super) reload: bool,
}

/// One key of one rule over time.
pub(super) struct Watcher {
    key: Key,
    ladder: Ladder,
    standing: Standing,
    started_at: Tick,
    cause: Cause,
    last: Severity,
}

impl Watcher {
    pub(super) fn new(rule: &Rule, key: Key) -> Self {
        Self {
            key,
            ladder: Ladder::new(rule.timings[0].levels.len()),
            standing: Standing::Nothing,
            started_at: 0,
            cause: Cause::Due(0),
            last: Severity::Low,
        }
    }

    /// A step of time passes.
    pub(super) fn pass(&mut self) {
        self.ladder.pass();
    }

    /// The rule may ask something else now.
    pub(super) fn rewrite(&mut self, rule: &Rule) {
        let [before, after] = rule
            .watched
            .each_ref()
            .map(|watched| format!("{watched:?}"));
        if before == after {
            return;
        }
        self.ladder.rewrite(rule.timings[0].levels.len());
    }

    /// What the history says now.
    pub(super) fn look(
        &mut self,
        (rule, edits): (&Rule, Edits),
        (history, memory): (&History, &Memory),
        occasion: &Occasion,
        told: &mut Vec<Step<Cause>>,
    ) {
        if let Key::Gauge(asset) = self.key
            && basin_of(asset, edits).is_none()
        {
            self.ladder = Ladder::new(rule.timings[0].levels.len());
            let left = (history.now, occasion);
            self.tell(Standing::Nothing, Reason::Decommissioned, left, told);
            return;
        }
        let truths = rule.truths(edits, self.key, history, memory);
        let missing = rule.is_missing(edits, self.key, history);
        let holds = truths.iter().any(|(when, _)| *when == Some(true));
        let reason = match missing {
            _ if occasion.reload => Reason::Reload,
            true => Reason::Stale,
            false if rule.is_about_silence() && holds => Reason::Absent,
            false => Reason::Condition,
        };
        let look = Look {
            now: history.now,
            truths,
            missing,
            retained: occasion.retained,
        };
        let standing = self.ladder.look(rule.timings(edits), look);
        self.tell(standing, reason, (history.now, occasion), told);
    }

    fn tell(
        &mut self,
        standing: Standing,
        reason: Reason,
        (now, occasion): (Tick, &Occasion),
        told: &mut Vec<Step<Cause>>,
    ) {
        if standing == self.standing {
            return;
        }
        let (to, severity) = match standing {
            Standing::Nothing => (Condition::Resolved, self.last),
            Standing::Pending(severity) => (Condition::Pending, severity),
            Standing::Firing(severity) => (Condition::Firing, severity),
        };
        if self.standing == Standing::Nothing {
            (self.started_at, self.cause) = (now, occasion.cause.clone());
        }
        self.standing = standing;
        self.last = severity;
        let step = Told {
            at: time(now),
            key: self.key.name().to_owned(),
            to,
            severity,
            started_at: time(self.started_at),
            reason,
        };
        told.push((step, self.cause.clone()));
    }
}
