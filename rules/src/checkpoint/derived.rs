//! What derivations remember, keyed by names: open windows and the readings kept for them.

use std::collections::BTreeMap;

use model::{AssetHandle, Field, RuleName, Time};
use serde::{Deserialize, Serialize};

use super::record::{KeyRecord, KindRecord};
use super::words;
use crate::derivations::{KeyState, State};
use crate::engine::Engine;
use crate::plan::RuleIx;
use crate::windows::Contents;

#[derive(Serialize, Deserialize)]
pub(super) struct DerivationRecord {
    group: String,
    name: String,
    /// Of what decides which readings lie in which window.
    form: u64,
    /// The kind it is made of: index into [`super::record::Record::kinds`].
    kind: u16,
    /// Where the open window begins, where the clock ends windows.
    edge: i64,
    /// The fields it keeps readings of.
    fields: Vec<String>,
    /// By asset, as an index into the record's assets: the readings kept of each field, oldest first.
    rows: Vec<(u32, Vec<Contents>)>,
    keys: Vec<(KeyRecord, KeyStateRecord)>,
}

#[derive(Serialize, Deserialize)]
struct KeyStateRecord {
    readings: u32,
    last: i64,
    due: i64,
}

pub(super) fn write(engine: &Engine) -> Vec<DerivationRecord> {
    let rules = (0..engine.plan.rules.len()).map(|place| RuleIx(place as u32));
    rules.filter_map(|rule| one(engine, rule)).collect()
}

fn one(engine: &Engine, rule: RuleIx) -> Option<DerivationRecord> {
    let derivation = engine.plan.derivation(rule)?;
    let windows = engine.derivations.get(rule)?;
    let kind = engine.plan.get(rule).subject.kind()?;
    let fields = &engine.city.catalog.kind(kind).fields;
    let members = engine.live.tables[kind.index()].members.iter();
    let rows = members.zip(0..windows.memory.rows()).map(|(asset, row)| {
        let places = 0..derivation.collects.len();
        let kept = places
            .map(|field| Contents::Samples(windows.memory.samples(row, field).copied().collect()));
        (asset.0, kept.collect())
    });
    // An empty row is as if there had never been one.
    let kept = |(_, kept): &(u32, Vec<Contents>)| {
        let is_empty = |c: &Contents| matches!(c, Contents::Samples(samples) if samples.is_empty());
        !kept.iter().all(is_empty)
    };
    let rows = rows.filter(kept);
    let mut keys: Vec<_> = windows
        .keys
        .iter()
        .map(|(key, state)| (words::write_key(&engine.key(rule, *key)), write_key(state)))
        .collect();
    keys.sort_by(|(a, _), (b, _)| a.cmp(b));
    Some(DerivationRecord {
        group: engine.plan.get(rule).info.name.group.to_string(),
        name: engine.plan.get(rule).info.name.name.to_string(),
        form: derivation.form_print,
        kind: kind.0,
        edge: windows.edge.millis(),
        fields: derivation
            .collects
            .iter()
            .map(|field| fields[field.index()].name.to_string())
            .collect(),
        rows: rows.collect(),
        keys,
    })
}

fn write_key(state: &KeyState) -> KeyStateRecord {
    KeyStateRecord {
        readings: state.readings,
        last: state.last.millis(),
        due: state.due.millis(),
    }
}

/// Gives each derivation back what it kept. Where its windows are others now, the readings stay and the windows begin anew.
pub(super) fn read(
    engine: &mut Engine,
    kinds: &[KindRecord],
    handles: &[Option<AssetHandle>],
    records: Vec<DerivationRecord>,
) {
    for record in records {
        let name = RuleName {
            group: record.group.as_str().into(),
            name: record.name.as_str().into(),
        };
        let Some(rule) = engine.plan.find(&name) else {
            continue;
        };
        let plan = std::sync::Arc::clone(&engine.plan);
        let Some(derivation) = plan.derivation(rule) else {
            continue;
        };
        let same = derivation.form_print == record.form;
        let clocked = derivation.form.every().is_some();
        // What a session or a count held belongs to a window that is none any more.
        if same || clocked {
            read_rows(engine, rule, kinds, handles, &record);
        }
        if !same {
            continue;
        }
        if clocked {
            engine.reopen_window(rule, Time::from_millis(record.edge));
        }
        let keys = record.keys.into_iter().filter_map(|(key, state)| {
            let key = engine.find_key(rule, &words::read_key(key))?;
            Some((key, read_key(&state)))
        });
        let keys: Vec<_> = keys.collect();
        if let Some(windows) = engine.derivations.get_mut(rule) {
            for (key, state) in keys {
                windows.keys.insert(key, state);
            }
        }
    }
}

fn read_key(state: &KeyStateRecord) -> KeyState {
    KeyState {
        readings: state.readings,
        last: Time::from_millis(state.last),
        due: Time::from_millis(state.due),
    }
}

fn read_rows(
    engine: &mut Engine,
    rule: RuleIx,
    kinds: &[KindRecord],
    handles: &[Option<AssetHandle>],
    record: &DerivationRecord,
) {
    let plan = std::sync::Arc::clone(&engine.plan);
    let (Some(derivation), Some(old)) =
        (plan.derivation(rule), kinds.get(usize::from(record.kind)))
    else {
        return;
    };
    let Some(kind) = engine.city.catalog.find(&old.name) else {
        return;
    };
    if plan.get(rule).subject.kind() != Some(kind.id) {
        return;
    }
    let kind = kind.clone();
    // Where each of today's fields stands in the record, with the words it had.
    let words: BTreeMap<&str, &Vec<String>> = old
        .fields
        .iter()
        .map(|(name, words)| (&**name, words))
        .collect();
    let fields: Vec<(usize, usize, &Field)> = derivation
        .collects
        .iter()
        .enumerate()
        .filter_map(|(today, field)| {
            let field = &kind.fields[field.index()];
            let then = record
                .fields
                .iter()
                .position(|name| **name == *field.name)?;
            Some((today, then, field))
        })
        .collect();
    for (asset, kept) in &record.rows {
        let Some(asset) = handles.get(*asset as usize).copied().flatten() else {
            continue;
        };
        let row = engine.live.asset(asset).row;
        let Some(windows) = engine.derivations.get_mut(rule) else {
            return;
        };
        for (today, then, field) in &fields {
            if let (Some(contents), Some(words)) = (kept.get(*then), words.get(&*field.name)) {
                put(
                    windows,
                    row,
                    *today,
                    &words::read_contents(contents, words, field),
                );
            }
        }
    }
}

fn put(windows: &mut State, row: u32, field: usize, contents: &Contents) {
    if let Contents::Samples(samples) = contents {
        for (at, value) in samples {
            let at = Time::from_millis(*at);
            windows.memory.add(row, field, at, *value);
        }
    }
}
