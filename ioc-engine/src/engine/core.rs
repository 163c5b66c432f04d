//! What the engine is without its thread: rules and desk driven by stamped inputs. Live, replay and tests run this.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use city::City;
use model::{AreaCode, Asset, AssetId, Input, Stamped, StateChange, Time, Transition};
use rules::{Engine, Output, Plan, RestoreError, Stopwatch};

use crate::desk::{AlertChange, Desk, Escalations, Facts, Refusal};
use crate::store::{Audit, Checkpoint, Commit, Committed, Event};

/// What some inputs, or the passing of time, led to.
#[derive(Debug, Default)]
pub struct Step {
    /// For screens, at once.
    pub changes: Vec<StateChange>,
    /// For the next commit; its `stands` is where the stream stands now.
    pub commit: Commit,
    /// What became of each command, in order.
    pub outcomes: Vec<Result<(), Refusal>>,
}

/// Rules and desk at one place of the stream.
pub struct Core {
    plan: Arc<Plan>,
    areas: HashMap<AssetId, AreaCode>,
    rules: Engine,
    desk: Desk,
    stands: Committed,
}

impl Core {
    /// The core at a place of the stream.
    pub fn new(city: &City, plan: Arc<Plan>, rules: Engine, desk: Desk, at: Committed) -> Self {
        Self {
            plan,
            areas: areas_of(city),
            rules,
            desk,
            stands: at,
        }
    }

    /// Where the stream stands.
    pub fn stands(&self) -> Committed {
        self.stands
    }

    /// The rule engine, to read from.
    pub fn rules(&self) -> &Engine {
        &self.rules
    }

    /// Times the rules' evaluations until told otherwise.
    pub(super) fn time_with(&mut self, stopwatch: Option<Stopwatch>) {
        self.rules.time_with(stopwatch);
    }

    /// The rules in force.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The desk, to read from.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The stamp of something that happens now: never before a timer that has fired or an input that was stamped.
    pub fn stamp(&self, now: Time) -> Time {
        now.max(self.stands.engine_time)
    }

    /// When something is due without any input.
    pub fn next_due(&self) -> Option<Time> {
        [self.rules.next_due(), self.desk.next_due()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Applies inputs in order. Any split of the same inputs gives the same events.
    pub fn apply(&mut self, inputs: &[Stamped], step: &mut Step) {
        // A command and the transitions around it meet at the desk, so each command is applied alone.
        let is_command = |s: &Stamped| matches!(s.input, Input::Command(_));
        for run in inputs.chunk_by(|a, b| !is_command(a) && !is_command(b)) {
            self.apply_rules(|rules, out| rules.apply(run, out), step);
            let Some(last) = run.last() else { continue };
            if let Input::Command(command) = &last.input {
                let mut changed = Vec::new();
                let outcome = self.desk.command(command, last.stamp, &mut changed);
                self.number(changed, step);
                step.commit.audits.push(Audit {
                    command: command.clone(),
                    at: last.stamp,
                    refused: outcome.err(),
                });
                step.outcomes.push(outcome);
            }
            self.stands.position += run.len() as u64;
            self.reached(last.stamp, step);
        }
        step.commit.stands = self.stands;
    }

    /// Lets time pass without inputs.
    pub fn advance(&mut self, to: Time, step: &mut Step) {
        let to = self.stamp(to);
        self.apply_rules(|rules, out| rules.advance(to, out), step);
        self.reached(to, step);
        step.commit.stands = self.stands;
    }

    /// Goes on under other rules. What that brings about comes with the next step.
    pub(super) fn exchange(
        &mut self,
        plan: Arc<Plan>,
        city: Arc<City>,
    ) -> Result<(), RestoreError> {
        let mut rules = Engine::restore(Arc::clone(&plan), city, &self.rules.checkpoint())?;
        rules.carry_costs(&self.rules);
        self.areas = areas_of(rules.city());
        self.rules = rules;
        self.desk.exchange(Escalations::of(&plan));
        self.plan = plan;
        Ok(())
    }

    /// Takes steps that were worked out apart, after an edit of the pack while the engine was down.
    pub(super) fn correct(&mut self, corrections: &[Transition], step: &mut Step) {
        self.take(corrections, step);
        step.commit.stands = self.stands;
    }

    /// Counts inputs of the log that could not be read back, so that positions stay what they were.
    pub fn skip(&mut self, unreadable: usize) {
        self.stands.position += unreadable as u64;
    }

    /// Everything the rules hold, to restart from here.
    pub fn checkpoint(&self, plan: &Arc<str>) -> Checkpoint {
        Checkpoint {
            at: self.stands,
            plan: Arc::clone(plan),
            body: self.rules.checkpoint(),
        }
    }

    fn apply_rules(&mut self, act: impl FnOnce(&mut Engine, &mut Output), step: &mut Step) {
        let mut output = Output::default();
        act(&mut self.rules, &mut output);
        step.changes.append(&mut output.changes);
        self.take(&output.transitions, step);
    }

    fn take(&mut self, transitions: &[Transition], step: &mut Step) {
        let mut changed = Vec::new();
        for transition in transitions {
            let facts = self.facts(transition);
            self.desk.transition(transition, facts, &mut changed);
        }
        self.number(changed, step);
    }

    fn reached(&mut self, time: Time, step: &mut Step) {
        let mut changed = Vec::new();
        self.desk.advance(time, &mut changed);
        self.number(changed, step);
        self.stands.engine_time = self.stands.engine_time.max(time);
    }

    fn number(&mut self, changed: Vec<AlertChange>, step: &mut Step) {
        for change in changed {
            self.stands.alert_seq += 1;
            step.commit.events.push(Event {
                seq: self.stands.alert_seq,
                change,
            });
        }
    }

    fn facts(&self, transition: &Transition) -> Facts {
        let rule = self.plan.rule(&transition.rule);
        Facts {
            kind: rule.and_then(|r| r.kind.clone()),
            area: self.area(transition),
            labels: rule.map_or_else(BTreeMap::new, |r| r.labels().iter().cloned().collect()),
        }
    }

    /// The area a key names, or the one its asset stands in.
    fn area(&self, transition: &Transition) -> Option<AreaCode> {
        let named = ["area", "commune", "district", "province"]
            .into_iter()
            .find_map(|dimension| transition.key.get(dimension));
        if let Some(code) = named {
            return Some(AreaCode::new(code));
        }
        self.areas.get(transition.key.get("asset")?).cloned()
    }
}

/// Where each asset stands, of those that stand somewhere.
fn areas_of(city: &City) -> HashMap<AssetId, AreaCode> {
    let area = |asset: &Arc<Asset>| Some((asset.id.clone(), asset.area.clone()?));
    city.assets.iter().filter_map(area).collect()
}
