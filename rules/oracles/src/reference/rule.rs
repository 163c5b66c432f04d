//! A generated rule: its text for the real engine, its plain meaning for the reference.

use std::fmt::Write as _;

use model::{Condition, Severity};

use super::conditions::{Cond, GroupCond, Memory};
use super::history::History;
use super::ladder::{Ladder, OnMissing, Standing, Timings, Truth};
use super::{ASSETS, Tick, Told, time};

/// What a rule watches.
#[derive(Clone, Debug)]
pub(super) enum Watched {
    /// Each gauge: `when` and `clear` a level.
    Gauges(Vec<(Cond, Option<Cond>)>),
    /// Each gauge: its silence.
    Silence(Tick),
    /// All gauges of the basin: `when` and `clear` a level.
    Basin(Vec<(GroupCond, Option<GroupCond>)>),
}

/// A rule.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(super) watched: Watched,
    pub(super) timings: Timings,
    /// How often its texts were edited.
    pub(super) edition: usize,
}

/// What an alert is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    Gauge(usize),
    Basin,
}

impl Key {
    fn name(self) -> String {
        match self {
            Self::Gauge(asset) => ASSETS[asset].to_owned(),
            Self::Basin => "cau".to_owned(),
        }
    }
}

impl Rule {
    pub(super) fn keys(&self) -> Vec<Key> {
        match self.watched {
            Watched::Basin(_) => vec![Key::Basin],
            _ => (0..ASSETS.len()).map(Key::Gauge).collect(),
        }
    }

    /// As an author writes it.
    pub(crate) fn text(&self, n: usize) -> String {
        let mut text = format!("  - alert: R{n}\n    on: env/river\n");
        let mut line = |what: String| writeln!(text, "    {what}").expect("a string takes it");
        match &self.watched {
            Watched::Gauges(levels) => {
                line("levels:".to_owned());
                for (n, (when, clear)) in levels.iter().enumerate() {
                    line(self.level(n, &when.text(), clear.as_ref().map(Cond::text)));
                }
            }
            Watched::Basin(levels) => {
                line("by: [basin]".to_owned());
                line("levels:".to_owned());
                for (n, (when, clear)) in levels.iter().enumerate() {
                    line(self.level(n, &when.text(), clear.as_ref().map(GroupCond::text)));
                }
            }
            Watched::Silence(length) => {
                line(format!("absent: {}s", length * 10));
                line(format!("severity: {}", self.timings.levels[0].0.as_str()));
            }
        }
        line(format!("keep_firing_for: {}s", self.timings.keep * 10));
        if matches!(self.watched, Watched::Gauges(_)) {
            let word = match self.timings.on_missing {
                OnMissing::Hold => "hold",
                OnMissing::Fire => "fire",
                OnMissing::Resolve => "resolve",
            };
            line(format!("on_missing: {word}"));
        }
        line(format!(
            "summary: {{vi: lần {0}, en: edition {0}}}",
            self.edition
        ));
        text
    }

    fn level(&self, n: usize, when: &str, clear: Option<String>) -> String {
        let (severity, length) = self.timings.levels[n];
        let mut level = format!(
            "  - {{severity: {}, for: {}s, when: \"{when}\"",
            severity.as_str(),
            length * 10
        );
        if let Some(clear) = clear {
            write!(level, ", clear: \"{clear}\"").expect("a string takes it");
        }
        level + "}"
    }

    fn truths(&self, key: Key, history: &History, memory: &mut Memory) -> Vec<Truth> {
        match (&self.watched, key) {
            (Watched::Gauges(levels), Key::Gauge(asset)) => levels
                .iter()
                .map(|(when, clear)| {
                    let mut eval = |cond: &Cond| cond.eval(history, asset, memory);
                    let when = eval(when);
                    (when, clear.as_ref().map_or(when.map(|w| !w), eval))
                })
                .collect(),
            (Watched::Silence(length), Key::Gauge(asset)) => {
                let silent = history.silent_for(asset) >= *length;
                vec![Truth::from({
                    let when = history.source_is_up().then_some(silent);
                    (when, when.map(|w| !w))
                })]
            }
            (Watched::Basin(levels), _) => {
                // Where less than half of the members can be asked, nothing is known of all of them.
                let conditions = levels
                    .iter()
                    .flat_map(|(when, clear)| clear.iter().chain([when]));
                let known = conditions.map(|c| c.known(history, memory)).min();
                if known.is_none_or(|known| known * 2 < ASSETS.len()) {
                    return vec![(None, None); levels.len()];
                }
                levels
                    .iter()
                    .map(|(when, clear)| {
                        let when = when.eval(history, memory);
                        let clear = clear.as_ref().map(|c| c.eval(history, memory));
                        (when, clear.unwrap_or(when.map(|w| !w)))
                    })
                    .collect()
            }
            _ => unreachable!("keys come from the rule"),
        }
    }

    fn is_missing(&self, key: Key, history: &History) -> bool {
        match (&self.watched, key) {
            (Watched::Gauges(_), Key::Gauge(asset)) => history.is_missing(asset),
            _ => false,
        }
    }
}

/// One key of one rule over time.
pub(super) struct Watcher {
    key: Key,
    ladder: Ladder,
    memory: Memory,
    standing: Standing,
    started_at: Tick,
    last: Severity,
}

impl Watcher {
    pub(super) fn new(rule: &Rule, key: Key) -> Self {
        Self {
            key,
            ladder: Ladder::new(rule.timings.levels.len()),
            memory: Memory::default(),
            standing: Standing::Nothing,
            started_at: 0,
            last: Severity::Low,
        }
    }

    /// A step of time passes.
    pub(super) fn pass(&mut self) {
        self.ladder.pass();
    }

    /// What the history says now.
    pub(super) fn look(&mut self, rule: &Rule, history: &History, told: &mut Vec<Told>) {
        let truths = rule.truths(self.key, history, &mut self.memory);
        let missing = rule.is_missing(self.key, history);
        let standing = self.ladder.look(&rule.timings, truths, missing);
        self.tell(standing, history.now, told);
    }

    fn tell(&mut self, standing: Standing, now: Tick, told: &mut Vec<Told>) {
        if standing == self.standing {
            return;
        }
        let (to, severity) = match standing {
            Standing::Nothing => (Condition::Resolved, self.last),
            Standing::Pending(severity) => (Condition::Pending, severity),
            Standing::Firing(severity) => (Condition::Firing, severity),
        };
        if self.standing == Standing::Nothing {
            self.started_at = now;
        }
        self.standing = standing;
        self.last = severity;
        told.push(Told {
            at: time(now),
            key: self.key.name(),
            to,
            severity,
            started_at: time(self.started_at),
        });
    }
}
