//! Moves one instance to the present moment and tells what changed about it.

use std::sync::Arc;

use model::{Annunciation, Condition, Reason, Severity, Time, Transition};

use super::{Engine, Moment, Output};
use crate::identity::alert_id;
use crate::instance::{Instance, Told};
use crate::ladder::{OnMissing, Standing};
use crate::plan::{Conditions, Rule, RuleIx, Subject};
use crate::timers::Timer;

impl Engine {
    /// Looks at every instance in `todo`, in the order (rule, key), until none is left. Looking at one may put others
    /// there: effects of a cause, the next in a queue. Causes and effects form no circle, hence it ends.
    pub(super) fn work_off(&mut self, moment: &Moment, out: &mut Output) {
        if !self.sequences.rises.is_empty() {
            self.take_rises(moment);
        }
        while !self.todo.is_empty() {
            // What is computed is known before any rule looks at it.
            self.derive_first(moment, out);
            let mut round = std::mem::take(&mut self.todo);
            if round.len() > 1 {
                round.sort_by(|(rule_a, a), (rule_b, b)| {
                    let rules = rule_a.cmp(rule_b);
                    rules.then_with(|| self.key_order(*rule_a, *a, *b))
                });
                round.dedup();
            }
            for (rule, key) in &round {
                let begun = self.begun();
                self.step(*rule, *key, moment, out);
                self.evaluated(*rule, begun);
            }
            if self.todo.is_empty() {
                round.clear();
                self.todo = round;
            }
        }
    }

    fn step(&mut self, rule: RuleIx, key: u32, moment: &Moment, out: &mut Output) {
        self.counts.evaluations += 1;
        let plan = Arc::clone(&self.plan);
        let plan = plan.get(rule);
        if matches!(plan.conditions, Conditions::Sequence(_)) {
            self.advance_matches(rule, key, moment.now);
            self.step_instance(rule, plan, key, moment, out);
            self.settle_matches(rule, key);
        } else {
            self.step_instance(rule, plan, key, moment, out);
        }
    }

    fn step_instance(
        &mut self,
        rule: RuleIx,
        plan: &Rule,
        key: u32,
        moment: &Moment,
        out: &mut Output,
    ) {
        let truths = self.truths(rule, key);
        let missing = self.is_missing(plan, key);
        let open = self.instances[rule.index()].remove(&key);
        let holds = truths.iter().any(|truth| truth.when == Some(true));
        let fires_silent = missing && plan.ladder.on_missing == OnMissing::Fire;
        let mut instance = match open {
            Some(instance) => instance,
            None if holds || fires_silent => {
                let id = alert_id(&plan.info.name, &self.key(rule, key), &moment.origin);
                let id = self.ended.free(id, moment.now);
                Instance::new(id, moment.now, plan.ladder.levels.len())
            }
            None => return,
        };
        let standing =
            instance
                .ladder
                .step(&plan.ladder, &truths, missing, moment.retained, moment.now);
        let reason = match (&plan.subject, &plan.conditions) {
            (Subject::Sequence { .. }, _) if self.has_left(rule, key) => Reason::Decommissioned,
            _ if moment.reason != Reason::Condition => moment.reason,
            _ if missing => Reason::Stale,
            (Subject::Source, _) => Reason::Source,
            (Subject::Rule, _) => Reason::Limit,
            (_, Conditions::Absent { .. }) if holds => Reason::Absent,
            _ => Reason::Condition,
        };
        let stays = self.tell(rule, key, &mut instance, standing, reason, moment.now, out);
        if stays {
            let due = self.due_of(rule, &instance, moment.now);
            if let Some(due) = instance.deadline.move_to(due) {
                self.timers.set(due, Timer::Rule(rule, key));
            }
            self.instances[rule.index()].insert(key, instance);
        }
    }

    /// Tells where an instance stands, if that is news. False when it is over.
    #[expect(
        clippy::too_many_arguments,
        reason = "one step is one thing; a struct for it would be named after nothing"
    )]
    fn tell(
        &mut self,
        rule: RuleIx,
        key: u32,
        instance: &mut Instance,
        standing: Standing,
        reason: Reason,
        now: Time,
        out: &mut Output,
    ) -> bool {
        let before = instance.told;
        let (condition, severity) = match standing {
            Standing::Pending(severity) => (Condition::Pending, severity),
            Standing::Firing(severity) => (Condition::Firing, severity),
            // A pending instance whose condition went away never was an alert, but its end is told all the same.
            Standing::Idle | Standing::Resolved => match before {
                Some(told) => (Condition::Resolved, told.severity),
                None => return false,
            },
        };
        let annunciation = self.annunciation(rule, key, instance, condition, now);
        let told = Told {
            condition,
            severity,
            annunciation,
        };
        if before != Some(told) {
            instance.told = Some(told);
            let reason = match annunciation {
                Annunciation::OverLimit if reason == Reason::Condition => Reason::Limit,
                _ => reason,
            };
            let only_annunciation = before
                .is_some_and(|before| (before.condition, before.severity) == (condition, severity));
            let why = if only_annunciation {
                None
            } else {
                let level = self.level(rule, severity);
                let why = self.why(rule, key, level, condition == Condition::Resolved);
                why.map(|why| self.repeated(rule, instance, level, why))
            };
            out.transitions.push(Transition {
                alert: instance.id,
                rule: self.plan.get(rule).info.name.clone(),
                key: self.key(rule, key),
                to: condition,
                severity,
                annunciation,
                at: now,
                started_at: instance.started_at,
                reason,
                summary: self.summary(rule, key),
                guidance: self.guidance(rule, key),
                why: why.map(Arc::new),
            });
            self.counts.transitions += 1;
            self.works[rule.index()].transitions += 1;
        }
        let stays = condition != Condition::Resolved;
        if !stays {
            self.ended.note(instance.id, now);
        }
        stays
    }

    /// The level of this severity: each severity has one level at most.
    fn level(&self, rule: RuleIx, severity: Severity) -> usize {
        let mut levels = self.plan.get(rule).ladder.levels.iter();
        // An edit may have taken it away.
        levels.position(|(of, _)| *of == severity).unwrap_or(0)
    }
}
