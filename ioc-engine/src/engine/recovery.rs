//! After a stop or a crash: from the last checkpoint and the log back to exactly where the engine stood.
//! What was committed is replayed in silence and compared; what was only logged is replayed as if it came now.

mod edited;

use std::collections::VecDeque;
use std::sync::Arc;

use city::City;
use model::{Span, Time, Transition};
use rules::{Engine, Output, Plan};

use super::core::{Core, Step};
use crate::desk::{Desk, Escalations};
use crate::log::{InputLog, LogError};
use crate::store::{Checkpoint, Committed, CommittedStep, Store, StoreError};

/// Divergent steps written to the log one by one; the rest are counted only.
const DIVERGENCES_TOLD: u64 = 10;

/// What recovery needs to know.
pub struct Recovery<'a> {
    /// The city as it is now.
    pub city: &'a Arc<City>,
    /// The rules as they are now.
    pub plan: &'a Arc<Plan>,
    /// Fingerprint of the catalog and the rules.
    pub print: &'a Arc<str>,
    /// The longest a shelving may last.
    pub longest_shelving: Span,
    /// The present, for an engine that never ran before.
    pub now: Time,
}

/// An engine that goes on where it stood.
pub struct Recovered {
    /// Rules and desk after everything logged.
    pub core: Core,
    /// What the tail of the log led to, still to be committed.
    pub tail: Step,
    /// What was done.
    pub report: Report,
}

/// What recovery did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// True for an engine that never ran before.
    pub first_start: bool,
    /// The last engine time before the stop.
    pub last: Time,
    /// Committed inputs replayed in silence.
    pub replayed: u64,
    /// Logged inputs after the last commit.
    pub tail: u64,
    /// Logged readings of kinds that left the catalog; they are left out.
    pub unreadable: u64,
    /// Steps that differ from what was committed. Always 0, or something is badly wrong.
    pub divergences: u64,
    /// True when the pack was edited while the engine was down: then nothing can be compared.
    pub rules_changed: bool,
    /// Alerts that stand differently under the edited pack.
    pub corrected: u64,
}

/// Why the engine cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No checkpoint restores.
    #[error("none of the {tried} checkpoints restores; the last says: {reason}")]
    NoCheckpoint {
        /// How many there are.
        tried: usize,
        /// Why the last of them does not.
        reason: String,
    },
    /// The log ends before what was committed: files are missing.
    #[error(
        "the input log ends at {log}, yet {committed} inputs were committed; log files are missing"
    )]
    LogTooShort {
        /// Where the log ends.
        log: u64,
        /// What the store says.
        committed: u64,
    },
}

impl Recovery<'_> {
    /// Brings the engine back.
    pub fn run(&self, store: &Store, log: &InputLog) -> Result<Recovered, RecoveryError> {
        let committed = store.committed()?;
        if log.end() < committed.position {
            return Err(RecoveryError::LogTooShort {
                log: log.end(),
                committed: committed.position,
            });
        }
        let mut report = Report::default();
        let (mut rules, from) = self.restore(store, &mut report)?;
        let expected = store.steps_after(from.alert_seq)?;
        let replayed = self.replay_committed(log, &mut rules, from, committed, &mut report)?;
        let escalations = Escalations::of(self.plan);
        let desk = Desk::new(self.longest_shelving, escalations, store.desk_state()?);
        let mut core = Core::new(self.city, Arc::clone(self.plan), rules, desk, committed);
        let mut tail = Step::default();
        if report.rules_changed {
            let corrections = edited::corrections(core.desk(), &expected, replayed, committed);
            report.corrected = corrections.len() as u64;
            core.correct(&corrections, &mut tail);
        } else {
            report.divergences = compare(expected.into(), &replayed);
        }
        let mut reader = log.read(committed.position, &self.city.catalog)?;
        while let Some(batch) = reader.next_batch()? {
            report.tail += batch.inputs.len() as u64;
            report.unreadable += batch.unreadable as u64;
            core.skip(batch.unreadable);
            core.apply(&batch.inputs, &mut tail);
        }
        // Screens begin with the whole state; the steps that led to it are of no use to them.
        tail.changes.clear();
        report.last = core.stands().engine_time;
        Ok(Recovered { core, tail, report })
    }

    /// The newest checkpoint that restores, and where it stands.
    fn restore(
        &self,
        store: &Store,
        report: &mut Report,
    ) -> Result<(Engine, Committed), RecoveryError> {
        let checkpoints = store.checkpoints()?;
        let tried = checkpoints.len();
        if tried == 0 {
            report.first_start = true;
            let (plan, city) = (Arc::clone(self.plan), Arc::clone(self.city));
            return Ok((Engine::new(plan, city, self.now), Committed::default()));
        }
        let mut reason = String::new();
        for Checkpoint { at, plan, body } in checkpoints {
            match Engine::restore(Arc::clone(self.plan), Arc::clone(self.city), &body) {
                Ok(rules) => {
                    report.rules_changed = plan != *self.print;
                    return Ok((rules, at));
                }
                Err(error) => {
                    tracing::error!(%error, position = at.position, "a checkpoint does not restore");
                    reason = error.to_string();
                }
            }
        }
        Err(RecoveryError::NoCheckpoint { tried, reason })
    }

    /// Runs what was committed after the checkpoint through the rules, telling nobody.
    fn replay_committed(
        &self,
        log: &InputLog,
        rules: &mut Engine,
        from: Committed,
        committed: Committed,
        report: &mut Report,
    ) -> Result<Vec<Transition>, RecoveryError> {
        let mut transitions = Vec::new();
        let mut reader = log.read(from.position, &self.city.catalog)?;
        let mut position = from.position;
        while position < committed.position {
            let Some(batch) = reader.next_batch()? else {
                break;
            };
            position = batch.end;
            report.replayed += batch.inputs.len() as u64;
            report.unreadable += batch.unreadable as u64;
            let mut output = Output::default();
            rules.apply(&batch.inputs, &mut output);
            transitions.append(&mut output.transitions);
        }
        let mut output = Output::default();
        rules.advance(committed.engine_time, &mut output);
        transitions.append(&mut output.transitions);
        Ok(transitions)
    }
}

/// Compares a replay with what was committed, step by step. Returns how many differ.
fn compare(mut expected: VecDeque<CommittedStep>, replayed: &[Transition]) -> u64 {
    let mut divergences = 0;
    let mut tell = |committed: Option<&CommittedStep>, replayed: Option<&CommittedStep>| {
        divergences += 1;
        if divergences <= DIVERGENCES_TOLD {
            tracing::error!(
                ?committed,
                ?replayed,
                "the replay differs from what was committed"
            );
        }
    };
    for transition in replayed {
        let step = step_of(transition);
        let committed = expected.pop_front();
        if committed.as_ref() != Some(&step) {
            tell(committed.as_ref(), Some(&step));
        }
    }
    for committed in &expected {
        tell(Some(committed), None);
    }
    divergences
}

fn step_of(transition: &Transition) -> CommittedStep {
    CommittedStep {
        alert: transition.alert,
        to: transition.to,
        severity: transition.severity,
        annunciation: transition.annunciation,
        at: transition.at,
    }
}
