//! Sequences in a checkpoint: edges by asset, matches with all that their steps kept.
//!
//! What a step kept is found again by how it is written; what a catalog or a text has lost since is unknown.

use std::sync::Arc;

use cel::Type;
use model::{AssetHandle, Span, Time};
use serde::{Deserialize, Serialize};

use super::record::{KeyRecord, RuleRecord};
use super::words;
use crate::engine::Engine;
use crate::plan::{Conditions, RuleIx};
use crate::sequences::{Capture, Edge, Held, Kept, KeyState, Match, SequencePlan, Watch};

#[derive(Serialize, Deserialize)]
pub(super) struct SequenceRecord {
    /// Index into the record's rules.
    rule: u32,
    /// For each watch: what was last known on each asset, by place in the record's assets.
    edges: Vec<Vec<(u32, bool)>>,
    /// For each step: its slots as they are written.
    names: Vec<Vec<String>>,
    states: Vec<StateRecord>,
}

#[derive(Serialize, Deserialize)]
struct StateRecord {
    key: KeyRecord,
    waiting: Vec<Vec<MatchRecord>>,
    held: Vec<(MatchRecord, Vec<(u8, u32)>)>,
    shown: Option<MatchRecord>,
    refused: u64,
}

#[derive(Serialize, Deserialize)]
struct MatchRecord {
    began: i64,
    count: u16,
    captures: Vec<CaptureRecord>,
}

#[derive(Serialize, Deserialize)]
struct CaptureRecord {
    step: u8,
    /// Index into the record's assets.
    asset: u32,
    at: i64,
    measured: Option<i64>,
    values: Vec<Option<KeptRecord>>,
}

#[derive(Serialize, Deserialize)]
enum KeptRecord {
    Bool(bool),
    Int(i64),
    Number(f64),
    Text(String),
    Word(String),
    Time(i64),
    Span(i64),
}

pub(super) fn write(engine: &Engine) -> Vec<SequenceRecord> {
    let rules = engine.plan.rules.iter().enumerate();
    let records = rules.filter_map(|(place, rule)| {
        let Conditions::Sequence(plan) = &rule.conditions else {
            return None;
        };
        Some(write_rule(engine, RuleIx(place as u32), plan))
    });
    records.collect()
}

fn write_rule(engine: &Engine, rule: RuleIx, plan: &SequencePlan) -> SequenceRecord {
    let all = engine.sequences.get(rule);
    let states = all.into_iter().flat_map(|all| &all.states);
    let mut states: Vec<_> = states
        .map(|(key, state)| (engine.key(rule, *key), state))
        .collect();
    states.sort_by(|(a, _), (b, _)| a.cmp(b));
    let steps = plan.steps.iter();
    SequenceRecord {
        rule: rule.0,
        edges: plan
            .watches()
            .map(|(_, watch)| write_edges(engine, watch))
            .collect(),
        names: steps
            .map(|step| {
                step.watch
                    .kept
                    .iter()
                    .map(|slot| slot.name.to_string())
                    .collect()
            })
            .collect(),
        states: states
            .iter()
            .map(|(key, state)| StateRecord {
                key: words::write_key(key),
                waiting: state
                    .waiting
                    .iter()
                    .map(|waiting| waiting.iter().map(|one| write_match(plan, one)).collect())
                    .collect(),
                held: state
                    .held
                    .iter()
                    .map(|held| {
                        let stands_on = held.stands_on.iter().map(|(step, asset)| (*step, asset.0));
                        (write_match(plan, &held.whole), stands_on.collect())
                    })
                    .collect(),
                shown: state.shown.as_ref().map(|shown| write_match(plan, shown)),
                refused: state.refused,
            })
            .collect(),
    }
}

fn write_edges(engine: &Engine, watch: &Watch) -> Vec<(u32, bool)> {
    let kind = watch.kind.index();
    let width = engine.plan.kinds[kind].watches;
    let members = engine.live.tables[kind].members.iter().enumerate();
    let edges = members.filter_map(|(row, asset)| {
        let edge = engine.sequences.edges[kind][row * width + watch.place as usize];
        Some((asset.0, edge.0?))
    });
    edges.collect()
}

fn write_match(plan: &SequencePlan, of: &Match) -> MatchRecord {
    let captures = of.captures.iter();
    MatchRecord {
        began: of.began.millis(),
        count: of.count,
        captures: captures
            .map(|capture| {
                let slots = &plan.steps[usize::from(capture.step)].watch.kept;
                let values = capture.values.iter().zip(slots);
                CaptureRecord {
                    step: capture.step,
                    asset: capture.asset.0,
                    at: capture.at.millis(),
                    measured: capture.measured.map(Time::millis),
                    values: values
                        .map(|(value, slot)| Some(write_kept(value.as_ref()?, &slot.ty)))
                        .collect(),
                }
            })
            .collect(),
    }
}

fn write_kept(value: &Kept, ty: &Type) -> KeptRecord {
    match (value, ty) {
        (Kept::Bool(value), _) => KeptRecord::Bool(*value),
        (Kept::Int(value), _) => KeptRecord::Int(*value),
        (Kept::Number(value), _) => KeptRecord::Number(*value),
        (Kept::Text(value), _) => KeptRecord::Text(value.to_string()),
        (Kept::Word(word), Type::Symbol(words)) => {
            let word = words.get(usize::from(*word));
            KeptRecord::Word(word.map_or(String::new(), ToString::to_string))
        }
        (Kept::Word(word), _) => KeptRecord::Int(i64::from(*word)),
        (Kept::Time(at), _) => KeptRecord::Time(at.millis()),
        (Kept::Span(span), _) => KeptRecord::Span(span.millis()),
    }
}

/// The value as a slot of this type shows it today.
fn read_kept(value: &KeptRecord, ty: &Type) -> Option<Kept> {
    Some(match (value, ty) {
        (KeptRecord::Bool(value), Type::Bool) => Kept::Bool(*value),
        (KeptRecord::Int(value), Type::Int) => Kept::Int(*value),
        (KeptRecord::Number(value), Type::Double) => Kept::Number(*value),
        (KeptRecord::Text(value), Type::String) => Kept::Text(value.as_str().into()),
        (KeptRecord::Word(value), Type::Symbol(words)) => {
            Kept::Word(words.iter().position(|word| **word == **value)? as u16)
        }
        (KeptRecord::Time(at), Type::Timestamp) => Kept::Time(Time::from_millis(*at)),
        (KeptRecord::Span(span), Type::Duration) => Kept::Span(Span::from_millis(*span)),
        _ => return None,
    })
}

/// Takes over what was remembered of the rules whose steps are the same; of others their conditions count as levels.
pub(super) fn restore(
    engine: &mut Engine,
    rules: &[RuleRecord],
    records: Vec<SequenceRecord>,
    handles: &[Option<AssetHandle>],
    same_registry: bool,
) {
    let mut known = Vec::new();
    for record in records {
        let of = rules.get(record.rule as usize);
        let rule = of.and_then(|of| Some((of.print, engine.plan.find(&of.name())?)));
        let Some((print, rule)) = rule else { continue };
        if engine.plan.get(rule).print == print {
            known.push(rule);
            restore_rule(engine, rule, record, handles);
        }
    }
    for rule in (0..engine.plan.rules.len()).map(|place| RuleIx(place as u32)) {
        if !same_registry || !known.contains(&rule) {
            engine.level_steps(rule);
        }
    }
}

fn restore_rule(
    engine: &mut Engine,
    rule: RuleIx,
    record: SequenceRecord,
    handles: &[Option<AssetHandle>],
) {
    let plan = Arc::clone(&engine.plan);
    let Conditions::Sequence(sequence) = &plan.get(rule).conditions else {
        return;
    };
    let handle = |asset: u32| handles.get(asset as usize).copied().flatten();
    for ((_, watch), edges) in sequence.watches().zip(&record.edges) {
        let kind = watch.kind.index();
        let width = plan.kinds[kind].watches;
        for (asset, truth) in edges {
            let Some(asset) = handle(*asset) else {
                continue;
            };
            let state = engine.live.asset(asset);
            if state.kind == watch.kind && state.alarms() {
                let at = state.row as usize * width + watch.place as usize;
                engine.sequences.edges[kind][at] = Edge(Some(*truth));
            }
        }
    }
    for state in record.states {
        let key = words::read_key(state.key);
        let Some(key) = engine
            .find_key(rule, &key)
            .filter(|key| engine.takes_part(rule, *key))
        else {
            continue;
        };
        let reading = Reading {
            engine: &*engine,
            rule,
            key,
            plan: sequence,
            names: &record.names,
            handle: &handle,
        };
        let mut today = KeyState::new(sequence.steps.len());
        for (step, records) in state.waiting.iter().enumerate().take(today.waiting.len()) {
            let waiting = records.iter().filter_map(|record| reading.whole(record));
            // Only those that wait for the end of `within` outlast it, until the contrary could have been heard.
            let in_time = |one: &Match| {
                step == sequence.steps.len() || one.began + sequence.within > engine.now
            };
            today.waiting[step].extend(waiting.filter(in_time));
        }
        for (whole, stands_on) in &state.held {
            let stands_on = stands_on
                .iter()
                .map(|(step, asset)| Some((*step, handle(*asset)?)));
            match (reading.whole(whole), stands_on.collect()) {
                (Some(whole), Some(stands_on)) => today.held.push(Held { whole, stands_on }),
                _ => today.left = true,
            }
        }
        today.left &= today.held.is_empty();
        today.shown = state.shown.as_ref().and_then(|shown| reading.any(shown));
        today.refused = state.refused;
        let now = engine.now;
        engine.take_state(rule, key, today, now);
    }
}

/// Reads the matches of one key.
struct Reading<'a> {
    engine: &'a Engine,
    rule: RuleIx,
    key: u32,
    plan: &'a SequencePlan,
    names: &'a [Vec<String>],
    handle: &'a dyn Fn(u32) -> Option<AssetHandle>,
}

impl Reading<'_> {
    /// A match all of whose assets are still in service and of its key.
    fn whole(&self, record: &MatchRecord) -> Option<Match> {
        let found = self.any(record)?;
        let all = &self.engine.sequences;
        let belongs = |asset: AssetHandle| {
            self.engine.live.asset(asset).alarms() && all.key_of(self.rule, asset) == Some(self.key)
        };
        let mut captures = found.captures.iter();
        captures
            .all(|capture| belongs(capture.asset))
            .then_some(found)
    }

    /// A match whose assets are known at all.
    fn any(&self, record: &MatchRecord) -> Option<Match> {
        let captures = record.captures.iter().map(|capture| self.capture(capture));
        Some(Match {
            began: Time::from_millis(record.began),
            count: record.count,
            captures: captures.collect::<Option<_>>()?,
        })
    }

    fn capture(&self, record: &CaptureRecord) -> Option<Arc<Capture>> {
        let watch = &self.plan.steps.get(usize::from(record.step))?.watch;
        let names = self.names.get(usize::from(record.step))?;
        let asset = (self.handle)(record.asset)?;
        if self.engine.live.asset(asset).kind != watch.kind {
            return None;
        }
        let values = watch.kept.iter().map(|slot| {
            let place = names.iter().position(|other| **other == *slot.name)?;
            read_kept(record.values.get(place)?.as_ref()?, &slot.ty)
        });
        Some(Arc::new(Capture {
            step: record.step,
            asset,
            at: Time::from_millis(record.at),
            measured: record.measured.map(Time::from_millis),
            values: values.collect(),
        }))
    }
}
