//! The naive engine: rules, what they have counted, and everything that ever came.

use super::conditions::Memory;
use super::history::{Event, History};
use super::rule::{Edits, Occasion, Rule, Watcher};
use super::{Cause, Step, Tick, end};

/// Looks at everything, at every step of time.
pub(super) struct Naive<'a> {
    rules: &'a [Rule],
    edits: Edits,
    history: History,
    memory: Memory,
    /// By rule, then by key.
    watchers: Vec<Vec<Watcher>>,
    /// By rule.
    told: Vec<Vec<Step<Cause>>>,
}

impl<'a> Naive<'a> {
    pub(super) fn new(rules: &'a [Rule]) -> Self {
        let watchers = |rule: &Rule| {
            let keys = rule.keys().into_iter();
            keys.map(|key| Watcher::new(rule, key)).collect()
        };
        Self {
            rules,
            edits: Edits::default(),
            history: History::default(),
            memory: Memory::default(),
            watchers: rules.iter().map(watchers).collect(),
            told: vec![Vec::new(); rules.len()],
        }
    }

    /// A day, and what is due afterwards.
    pub(super) fn live(mut self, day: &[(Tick, Event)]) -> Vec<Vec<Step<Cause>>> {
        let mut ahead = day.iter().peekable();
        for tick in 0..=end(day) {
            self.watchers.iter_mut().flatten().for_each(Watcher::pass);
            self.history.pass(tick);
            self.look(&Occasion {
                cause: Cause::Due(tick),
                retained: false,
                reload: false,
            });
            while let Some(next) = ahead.next_if(|(at, _)| *at == tick) {
                self.take(next);
            }
        }
        self.told
    }

    fn take(&mut self, next: &(Tick, Event)) {
        let (tick, event) = next;
        self.history.add(event);
        match event {
            Event::Retimed => self.edits.timings += 1,
            Event::Reregistered => self.edits.registry += 1,
            Event::Rewritten => {
                self.edits.conditions += 1;
                for (rule, watchers) in self.rules.iter().zip(&mut self.watchers) {
                    for watcher in watchers {
                        watcher.rewrite(rule);
                    }
                }
            }
            // Seen with the next report that is not.
            _ if event.is_past(*tick) => return,
            _ => {}
        }
        self.look(&Occasion {
            cause: Cause::of(event, *tick),
            retained: matches!(event, Event::Report(report) if report.retained),
            reload: event.is_edit(),
        });
    }

    fn look(&mut self, occasion: &Occasion) {
        if !self.history.knows_every_source() {
            return;
        }
        let edits = self.edits;
        let asked = self.rules.iter().flat_map(|rule| rule.asked(edits));
        self.memory.look(&self.history, edits, asked);
        let seen = (&self.history, &self.memory);
        let all = self.rules.iter().zip(&mut self.watchers);
        for ((rule, watchers), told) in all.zip(&mut self.told) {
            for watcher in watchers {
                watcher.look((rule, edits), seen, occasion, told);
            }
        }
    }
}
