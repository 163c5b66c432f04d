//! From a record to an engine, on the plan and the city of today.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use city::City;
use model::{
    AlertId, Asset, AssetHandle, AssetId, Condition, KindId, Lifecycle, Reason, RuleName,
    SourceName, Span, Time, Transition,
};

use super::record::{
    AssetRecord, HeldRecord, KindRecord, Record, RuleRecord, ShapeRecord, WindowRecord,
};
use super::{derived, words};
use crate::engine::Engine;
use crate::held::HeldState;
use crate::instance::Instance;
use crate::ladder::Ladder;
use crate::live_state::{Cell, LiveState, Silence, Source, SourceIx, Sources};
use crate::plan::{Plan, RuleIx};
use crate::windows::{Contents, WindowSpec};

pub(super) fn engine(plan: &Arc<Plan>, city: &Arc<City>, record: Record) -> Engine {
    let now = Time::from_millis(record.now);
    let mut live = LiveState::new(&city.catalog, &city.assets, now);
    live.sources = Sources::restored(
        record
            .sources
            .into_iter()
            .map(|(name, uptime)| Source {
                name: SourceName::new(name),
                uptime,
            })
            .collect(),
    );
    let mut names = Names {
        city,
        plan,
        kinds: &record.kinds,
        handles: Vec::with_capacity(record.assets.len()),
    };
    for asset in record.assets {
        let handle = names.asset(&mut live, asset);
        names.handles.push(handle);
    }
    let handles = std::mem::take(&mut names.handles);
    let mut engine = Engine::with_live(Arc::clone(plan), Arc::clone(city), live, now);
    engine.counts = record.counts;
    restore_windows(&mut engine, &record.kinds, &handles, &record.windows);
    let carried = restore_helds(&mut engine, &record.kinds, &handles, &record.helds);
    derived::read(&mut engine, &record.kinds, &handles, record.derivations);
    for id in record.ended {
        engine.ended.note(AlertId(id), now);
    }
    engine.owed = record.owed.into_iter().map(words::read_owed).collect();
    engine.set_clocks(now);
    // What groups count may be silences and held conditions: those come first.
    engine.watch_silences();
    engine.begin_helds(&carried);
    engine.watch_turnings();
    engine.recount_groups();
    engine.watch_windows();
    let same_registry = record.registry == super::registry_print(city);
    super::sequences::restore(
        &mut engine,
        &record.rules,
        record.sequences,
        &handles,
        same_registry,
    );
    restore_rules(&mut engine, record.rules, same_registry);
    engine
}

/// What the record's numbers stand for today.
struct Names<'a> {
    city: &'a Arc<City>,
    plan: &'a Plan,
    kinds: &'a [KindRecord],
    /// By place in the record; none for an asset that is gone.
    handles: Vec<Option<AssetHandle>>,
}

impl Names<'_> {
    fn asset(&self, live: &mut LiveState, record: AssetRecord) -> Option<AssetHandle> {
        let old = self.kinds.get(usize::from(record.kind))?;
        let kind = self.city.catalog.find(&old.name)?;
        let handle = match (live.handle(&record.id), record.stranger) {
            (Some(handle), _) => handle,
            (None, Some(takes_part)) => {
                live.add(Arc::new(stranger(&record, kind.id, takes_part)), Time::MIN)
            }
            (None, None) => return None,
        };
        if live.asset(handle).entry.kind != kind.id {
            return None;
        }
        let reached = self.reached(old, kind.id, record.reached);
        let state = &mut live.assets[handle.index()];
        state.source = SourceIx::new(usize::from(record.source));
        state.presence = record.presence;
        state.latest_at = Time::from_millis(record.latest_at);
        state.heard_at = Time::from_millis(record.heard_at);
        state.reached = reached;
        state.clock_wrong = record.clock_wrong;
        state.recent = record.recent;
        let row = live.tables[kind.id.index()].row_mut(state.row);
        for (cell, (name, words)) in record.cells.into_iter().zip(&old.fields) {
            let Some(field) = kind.field(name) else {
                continue;
            };
            let value = cell
                .last
                .and_then(|value| words::read_value(value, words, field));
            row[field.id.index()] = Cell {
                last: value,
                good_at: Time::from_millis(cell.good_at),
                at: Time::from_millis(cell.at),
                bad: cell.bad,
            };
        }
        Some(handle)
    }

    /// The bits of today's silences that the record says were reached.
    fn reached(&self, old: &KindRecord, kind: KindId, bits: u64) -> u64 {
        let today = &self.plan.kinds[kind.index()].silences;
        let reached = old.silences.iter().enumerate();
        let reached = reached.filter(|(bit, _)| bits & (1 << bit) != 0);
        reached
            .filter_map(|(_, (length, during))| {
                let silence = Silence {
                    length: Span::from_millis(*length),
                    during: during.as_deref().map(Into::into),
                };
                today.iter().position(|other| *other == silence)
            })
            .fold(0, |bits, bit| bits | (1 << bit))
    }
}

fn stranger(record: &AssetRecord, kind: KindId, takes_part: bool) -> Asset {
    Asset {
        id: AssetId::new(record.id.as_str()),
        kind,
        name: record.id.as_str().into(),
        area: None,
        lat: None,
        lon: None,
        lifecycle: if takes_part {
            Lifecycle::InService
        } else {
            Lifecycle::Unregistered
        },
        uplink: None,
        columns: Vec::new(),
    }
}

/// Today's windows take what the same window held, or the longest over the same field that can serve them.
fn restore_windows(
    engine: &mut Engine,
    kinds: &[KindRecord],
    handles: &[Option<AssetHandle>],
    records: &[WindowRecord],
) {
    for kind in engine.city.catalog.kinds().to_vec() {
        let Some((old, of_kind)) = kinds
            .iter()
            .zip(0_u16..)
            .find(|(k, _)| *k.name == *kind.name)
        else {
            continue;
        };
        let specs: Arc<[WindowSpec]> = Arc::clone(&engine.windows[kind.id.index()].specs);
        let mut held: BTreeMap<(u32, Time), Vec<(usize, Contents)>> = BTreeMap::new();
        for (place, spec) in specs.iter().enumerate() {
            let field = &kind.fields[spec.field.index()];
            let words = old.fields.iter().find(|(name, _)| **name == *field.name);
            let (Some((_, words)), Some(best)) = (words, best_for(spec, of_kind, field, records))
            else {
                continue;
            };
            for (asset, contents) in &best.rows {
                let Some(asset) = handles.get(*asset as usize).copied().flatten() else {
                    continue;
                };
                let contents = words::read_contents(contents, words, field);
                let state = engine.live.asset(asset);
                let of_asset = held.entry((state.row, state.latest_at)).or_default();
                of_asset.push((place, contents));
            }
        }
        for ((row, edge), held) in held {
            engine.windows[kind.id.index()].restore(row, &held, edge);
        }
    }
}

/// What a window can take over from: the same one, or the longest with samples; a fading average only from its like.
fn best_for<'a>(
    spec: &WindowSpec,
    kind: u16,
    field: &model::Field,
    records: &'a [WindowRecord],
) -> Option<&'a WindowRecord> {
    let (length, shape) = (spec.length.millis(), words::write_shape(&spec.shape));
    let of_field = records
        .iter()
        .filter(|record| record.kind == kind && *record.field == *field.name);
    let fits = of_field.filter(|record| match shape {
        ShapeRecord::Decayed => record.shape == shape && record.length == length,
        ShapeRecord::Weekly => record.shape == shape,
        ShapeRecord::Samples | ShapeRecord::Pair => {
            matches!(record.shape, ShapeRecord::Samples | ShapeRecord::Pair)
        }
    });
    fits.max_by_key(|record| {
        let same = record.shape == shape && record.length == length;
        (same, record.length)
    })
}

/// Takes over what was counted of held conditions. Tells of which, by kind and place.
fn restore_helds(
    engine: &mut Engine,
    kinds: &[KindRecord],
    handles: &[Option<AssetHandle>],
    records: &[HeldRecord],
) -> Vec<Vec<bool>> {
    let plan = Arc::clone(&engine.plan);
    let none = |states: &Vec<HeldState>| vec![false; states.len()];
    let mut carried: Vec<Vec<bool>> = engine.helds.iter().map(none).collect();
    for record in records {
        let kind = kinds.get(usize::from(record.kind));
        let kind = kind.and_then(|k| engine.city.catalog.find(&k.name));
        let Some(kind) = kind.map(|kind| kind.id.index()) else {
            continue;
        };
        // A condition that is still asked for keeps its count, even where another length is asked for now.
        let today = plan.kinds[kind].helds.iter().enumerate();
        let same = today.filter(|(_, held)| *held.text == *record.text);
        let width = plan.kinds[kind].helds.len();
        for (place, _) in same {
            for (asset, state) in &record.states {
                let asset = handles.get(*asset as usize).copied().flatten();
                if let Some(asset) = asset.filter(|asset| engine.live.asset(*asset).alarms()) {
                    let at = engine.live.asset(asset).row as usize * width + place;
                    engine.helds[kind][at] = *state;
                    carried[kind][at] = true;
                }
            }
        }
    }
    carried
}

fn restore_rules(engine: &mut Engine, records: Vec<RuleRecord>, same_registry: bool) {
    let mut unchanged = BTreeSet::new();
    for record in records {
        let name = record.name();
        let rule = engine.plan.find(&name);
        let (same, whole) = rule.map_or((false, false), |rule| {
            let today = engine.plan.get(rule);
            (today.print == record.print, today.whole == record.whole)
        });
        if let Some(rule) = rule.filter(|_| whole) {
            unchanged.insert(rule);
        }
        for instance in record.instances {
            let (key, mut instance) = words::read_instance(instance);
            let Some(rule) = rule else {
                owe_end(engine, &name, key, &instance, Reason::Reload);
                continue;
            };
            let Some(number) = engine
                .find_key(rule, &key)
                .filter(|n| engine.takes_part(rule, *n))
            else {
                owe_end(engine, &name, key, &instance, Reason::Decommissioned);
                continue;
            };
            if !same {
                let levels = engine.plan.get(rule).ladder.levels.len();
                let fired = instance.ladder.fired;
                instance.ladder = Ladder {
                    fired,
                    ..Ladder::new(levels)
                };
            }
            engine.adopt(rule, number, instance);
        }
    }
    let all = (0..engine.plan.rules.len()).map(|place| RuleIx(place as u32));
    // A cause that became a draft, or is none any more, explains nothing: its effects have to call for themselves.
    let inhibitions = engine.plan.inhibitions.iter();
    let explained: BTreeSet<_> = inhibitions
        .filter(|inhibition| !unchanged.contains(&inhibition.cause))
        .map(|inhibition| inhibition.effect)
        .collect();
    let changed = all
        .filter(|rule| !same_registry || !unchanged.contains(rule) || explained.contains(rule))
        .collect();
    engine.reconsider(changed);
}

/// An open alert that nothing carries on any more.
fn owe_end(
    engine: &mut Engine,
    rule: &RuleName,
    key: model::Key,
    instance: &Instance,
    reason: Reason,
) {
    let Some(told) = instance.told else { return };
    engine.ended.note(instance.id, engine.now);
    engine.owed.push(Transition {
        alert: instance.id,
        rule: rule.clone(),
        key,
        to: Condition::Resolved,
        severity: told.severity,
        annunciation: told.annunciation,
        at: engine.now,
        started_at: instance.started_at,
        reason,
        summary: model::Localized::default(),
        guidance: model::Localized::default(),
        why: None,
    });
}
