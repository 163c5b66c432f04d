//! From the engine to a record.

use model::{AssetHandle, KindId};

use super::record::{
    AssetRecord, CellRecord, HeldRecord, KindRecord, Record, RuleRecord, VERSION, WindowRecord,
};
use super::{derived, words};
use crate::engine::Engine;
use crate::live_state::Cell;
use crate::plan::RuleIx;

pub(super) fn record(engine: &Engine) -> Record {
    let sources = engine.live.sources.all().iter();
    Record {
        version: VERSION,
        now: engine.now.millis(),
        counts: engine.counts,
        registry: super::registry_print(&engine.city),
        sources: sources
            .map(|source| (source.name.to_string(), source.uptime.clone()))
            .collect(),
        kinds: kinds(engine),
        assets: assets(engine),
        windows: windows(engine),
        helds: helds(engine),
        rules: rules(engine),
        sequences: super::sequences::write(engine),
        owed: engine.owed.iter().map(words::write_owed).collect(),
        ended: engine.ended.ids(engine.now).map(|id| id.0).collect(),
        derivations: derived::write(engine),
    }
}

fn kinds(engine: &Engine) -> Vec<KindRecord> {
    let kinds = engine.city.catalog.kinds().iter().zip(&engine.plan.kinds);
    kinds
        .map(|(kind, plan)| KindRecord {
            name: kind.name.to_string(),
            fields: words::write_fields(kind),
            silences: plan
                .silences
                .iter()
                .map(|silence| {
                    let during = silence.during.as_ref().map(ToString::to_string);
                    (silence.length.millis(), during)
                })
                .collect(),
        })
        .collect()
}

fn assets(engine: &Engine) -> Vec<AssetRecord> {
    // The registry's assets come first, in its order; who follows met the engine without it.
    let registered = engine.city.assets.len();
    let assets = engine.live.assets();
    assets
        .map(|(handle, state)| {
            let table = &engine.live.tables[state.entry.kind.index()];
            AssetRecord {
                id: state.entry.id.to_string(),
                kind: state.entry.kind.0,
                stranger: (handle.index() >= registered).then_some(state.alarms()),
                source: state.source.index() as u16,
                presence: state.presence,
                latest_at: state.latest_at.millis(),
                heard_at: state.heard_at.millis(),
                reached: state.reached,
                clock_wrong: state.clock_wrong,
                recent: state.recent.clone(),
                cells: table.row(state.row).iter().map(cell).collect(),
            }
        })
        .collect()
}

fn cell(cell: &Cell) -> CellRecord {
    CellRecord {
        last: cell.last.as_ref().map(words::write_value),
        good_at: cell.good_at.millis(),
        at: cell.at.millis(),
        bad: cell.bad,
    }
}

fn windows(engine: &Engine) -> Vec<WindowRecord> {
    let mut records = Vec::new();
    for (kind, windows) in engine.windows.iter().enumerate() {
        let fields = &engine.city.catalog.kind(KindId(kind as u16)).fields;
        for (place, spec) in windows.specs.iter().enumerate() {
            let members = engine.live.tables[kind].members.iter().enumerate();
            let rows = members
                .filter_map(|(row, asset)| Some((asset.0, windows.contents(row as u32, place)?)));
            records.push(WindowRecord {
                kind: kind as u16,
                field: fields[spec.field.index()].name.to_string(),
                length: spec.length.millis(),
                shape: words::write_shape(&spec.shape),
                rows: rows.collect(),
            });
        }
    }
    records
}

fn helds(engine: &Engine) -> Vec<HeldRecord> {
    let mut records = Vec::new();
    for (kind, plan) in engine.plan.kinds.iter().enumerate() {
        for (place, held) in plan.helds.iter().enumerate() {
            let members: &[AssetHandle] = &engine.live.tables[kind].members;
            // Nobody counts for an asset that is out of service.
            let members = members.iter().enumerate();
            let members = members.filter(|(_, asset)| engine.live.asset(**asset).alarms());
            let states = members.map(|(row, asset)| {
                let state = engine.helds[kind][row * plan.helds.len() + place];
                (asset.0, state)
            });
            records.push(HeldRecord {
                kind: kind as u16,
                text: held.text.to_string(),
                length: held.length.millis(),
                states: states.collect(),
            });
        }
    }
    records
}

fn rules(engine: &Engine) -> Vec<RuleRecord> {
    let rules = engine.plan.rules.iter().enumerate();
    rules
        .map(|(place, rule)| {
            let ix = RuleIx(place as u32);
            let mut instances: Vec<_> = engine.instances[place]
                .iter()
                .map(|(key, instance)| (engine.key(ix, *key), instance))
                .collect();
            instances.sort_by(|(a, _), (b, _)| a.cmp(b));
            RuleRecord {
                group: rule.info.name.group.to_string(),
                name: rule.info.name.name.to_string(),
                print: rule.print,
                whole: rule.whole,
                instances: instances
                    .iter()
                    .map(|(key, instance)| words::write_instance(key, instance))
                    .collect(),
            }
        })
        .collect()
}
