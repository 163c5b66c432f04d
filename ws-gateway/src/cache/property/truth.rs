//! The naive truth: plain maps from the changes themselves, and filters read as their author wrote them.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{
    Area, AreaCode, AreaLevel, Areas, Asset, AssetHandle, AssetId, Catalog, Field, FieldId,
    Freshness, Kind, KindId, Lifecycle, Localized, Span, StateChange, Time, Value, ValueType,
};
use serde_json::{Value as Json, json};

use super::{Event, FRESHNESS, Step};
use crate::cache::{AssetFilter, Layout, View};

/// Filters of the clients, and the fields they want.
pub(super) const FILTERS: [(&str, Option<&[&str]>); 8] = [
    ("{}", None),
    (r#"{"freshness":["live"]}"#, None),
    (r#"{"areas":["north"]}"#, Some(&["load"])),
    (r#"{"bbox":[105.5,21.5,106.5,22.5]}"#, None),
    (r#"{"ids":["a-1","a-4"]}"#, None),
    (
        r#"{"kinds":["wifi/ap"],"freshness":["live","stale"]}"#,
        Some(&["state", "at"]),
    ),
    (
        r#"{"areas":["n1","south"],"freshness":["offline","unseen"]}"#,
        Some(&[]),
    ),
    (r#"{"areas":["n1"],"kinds":["air/station"]}"#, None),
];

const AREAS: [(&str, Option<&str>); 4] = [
    ("city", None),
    ("north", Some("city")),
    ("south", Some("city")),
    ("n1", Some("north")),
];
const STATES: [&str; 3] = ["up", "down", "odd \"one\""];

pub(super) fn areas() -> Areas {
    let area = |(code, parent): (&str, Option<&str>)| Area {
        code: AreaCode::new(code),
        parent: parent.map(AreaCode::new),
        level: AreaLevel::Commune,
        name: Localized::same(code),
        lat: 0.0,
        lon: 0.0,
    };
    Areas::new(AREAS.map(area).to_vec())
}

pub(super) fn catalog() -> Catalog {
    // A field named like a reserved column, and one name in both kinds with two types.
    let ap = [
        ("state", ValueType::Symbol),
        ("load", ValueType::F64),
        ("at", ValueType::Time),
    ];
    let air = [
        ("pm25", ValueType::F64),
        ("load", ValueType::Text),
        ("fault", ValueType::Bool),
    ];
    Catalog::new(vec![kind(0, "wifi/ap", ap), kind(1, "air/station", air)])
}

fn kind(id: u16, name: &str, fields: [(&str, ValueType); 3]) -> Kind {
    let field = |(i, (name, value_type)): (usize, (&str, ValueType))| Field {
        id: FieldId(i as u16),
        name: name.into(),
        title: Localized::default(),
        value_type,
        unit: None,
        range: None,
        symbols: STATES.map(Arc::from).to_vec(),
        headline: false,
    };
    Kind {
        id: KindId(id),
        name: name.into(),
        title: Localized::default(),
        fields: fields.into_iter().enumerate().map(field).collect(),
        report_every: Span::from_secs(1),
        stale_after: Span::from_secs(3),
        auto_register: false,
        columns: Vec::new(),
    }
}

pub(super) fn view(layout: &Layout, filter: usize) -> View {
    let (text, fields) = FILTERS[filter];
    let filter: AssetFilter = serde_json::from_str(text).unwrap();
    let fields = fields.map(|names| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
    View::new(layout, &filter, fields.as_deref(), None).unwrap()
}

#[derive(Clone)]
struct Known {
    entry: Arc<Asset>,
    at: Option<Time>,
    freshness: Freshness,
    values: BTreeMap<FieldId, Value>,
}

/// What every asset is, and every change there was.
#[derive(Default)]
pub(super) struct Truth {
    assets: BTreeMap<u32, Known>,
    log: Vec<(u64, StateChange)>,
    renumbered: u32,
}

impl Truth {
    /// The engine's word for an event; none when it makes no sense now.
    pub(super) fn change(&self, event: &Event) -> Option<StateChange> {
        let number = |asset: u32| (asset + self.renumbered) % 6;
        let known = |asset: &u32| self.assets.get(&number(*asset));
        Some(match event {
            Event::Register {
                asset,
                kind,
                area,
                retired,
            } => StateChange::Registered {
                asset: AssetHandle(number(*asset)),
                entry: Arc::new(entry(*asset, *kind, *area, *retired)),
            },
            Event::Update {
                asset,
                at,
                freshness,
                fields,
            } => StateChange::Updated {
                asset: AssetHandle(number(*asset)),
                at: Time::from_millis(*at),
                freshness: FRESHNESS[usize::from(*freshness)],
                fields: values(known(asset)?.entry.kind, *fields).into(),
            },
            Event::Freshness { asset, freshness } => {
                known(asset)?;
                StateChange::Freshness {
                    asset: AssetHandle(number(*asset)),
                    freshness: FRESHNESS[usize::from(*freshness)],
                }
            }
            Event::Gone { asset } => {
                known(asset)?;
                StateChange::Gone {
                    asset: AssetHandle(number(*asset)),
                }
            }
            _ => return None,
        })
    }

    /// Takes a change that the cache has given this sequence.
    pub(super) fn record(&mut self, change: &StateChange, seq: u64) {
        self.log.push((seq, change.clone()));
        match change {
            StateChange::Registered { asset, entry } => {
                let fresh = Known {
                    entry: Arc::clone(entry),
                    at: None,
                    freshness: Freshness::Unseen,
                    values: BTreeMap::new(),
                };
                let known = self.assets.entry(asset.0).or_insert_with(|| fresh.clone());
                if known.entry.kind == entry.kind {
                    known.entry = Arc::clone(entry);
                } else {
                    *known = fresh;
                }
            }
            StateChange::Updated {
                asset,
                at,
                freshness,
                fields,
            } => {
                let known = self.assets.get_mut(&asset.0).unwrap();
                known.at = Some(*at);
                known.freshness = *freshness;
                for (field, value) in fields {
                    match value {
                        Some(value) => known.values.insert(*field, value.clone()),
                        None => known.values.remove(field),
                    };
                }
            }
            StateChange::Freshness { asset, freshness } => {
                self.assets.get_mut(&asset.0).unwrap().freshness = *freshness;
            }
            StateChange::Gone { asset } => {
                self.assets.remove(&asset.0);
            }
        }
    }

    /// The state as changes for a new process, in which every asset has another number.
    pub(super) fn restart(&mut self) -> Vec<StateChange> {
        let old = std::mem::take(&mut self.assets);
        self.log.clear();
        self.renumbered += 1;
        let mut changes = Vec::new();
        for (number, known) in old {
            let asset = AssetHandle((number + 1) % 6);
            changes.push(StateChange::Registered {
                asset,
                entry: known.entry,
            });
            let fields = known
                .values
                .into_iter()
                .map(|(f, v)| (f, Some(v)))
                .collect();
            let freshness = known.freshness;
            changes.push(match known.at {
                Some(at) => StateChange::Updated {
                    asset,
                    at,
                    freshness,
                    fields,
                },
                None => StateChange::Freshness { asset, freshness },
            });
        }
        changes
    }

    /// The changes of one asset after `since`.
    pub(super) fn changes_of(&self, n: u32, since: u64) -> impl Iterator<Item = &StateChange> {
        self.log
            .iter()
            .filter(move |(seq, change)| *seq > since && number_of(change) == n)
            .map(|(_, change)| change)
    }

    /// What a client with this filter must hold: number → asset, unknown fields left out.
    pub(super) fn seen_through(
        &self,
        filter: &AssetFilter,
        fields: Option<&[&str]>,
    ) -> BTreeMap<u32, Json> {
        self.assets
            .iter()
            .filter(|(_, known)| lets_through(filter, known))
            .map(|(n, known)| (*n, json_of(*n, known, fields)))
            .collect()
    }
}

fn number_of(change: &StateChange) -> u32 {
    match change {
        StateChange::Registered { asset, .. }
        | StateChange::Updated { asset, .. }
        | StateChange::Freshness { asset, .. }
        | StateChange::Gone { asset } => asset.0,
    }
}

fn entry(asset: u32, kind: u16, area: usize, retired: bool) -> Asset {
    let area = AREAS.get(area).map(|(code, _)| *code);
    Asset {
        id: AssetId::new(format!("a-{asset}")),
        kind: KindId(kind),
        name: "Điểm đo".into(),
        area: area.map(AreaCode::new),
        lat: area.map(|code| 21.0 + code.len() as f64 / 4.0),
        lon: area.map(|_| 106.0),
        lifecycle: if retired {
            Lifecycle::Retired
        } else {
            Lifecycle::InService
        },
        uplink: None,
        columns: Vec::new(),
    }
}

fn values(kind: KindId, fields: [Step; 3]) -> Vec<(FieldId, Option<Value>)> {
    let catalog = catalog();
    let typed = |i: usize, small: u8| match catalog.kind(kind).fields[i].value_type {
        ValueType::F64 => Value::F64(f64::from(small) / 2.0),
        ValueType::Bool => Value::Bool(small > 0),
        ValueType::Symbol => Value::Symbol(u16::from(small)),
        ValueType::Text => Value::Text(format!("t{small}").into()),
        ValueType::Time => Value::Time(Time::from_millis(i64::from(small))),
    };
    let changed = fields.into_iter().enumerate();
    changed
        .filter_map(|(i, step)| {
            let value = match step {
                Step::Unchanged => return None,
                Step::Unknown => None,
                Step::Known(small) => Some(typed(i, small)),
            };
            Some((FieldId(i as u16), value))
        })
        .collect()
}

fn lets_through(filter: &AssetFilter, known: &Known) -> bool {
    let (areas, catalog, entry) = (areas(), catalog(), &known.entry);
    let any = |list: &[String], test: &dyn Fn(&str) -> bool| {
        list.is_empty() || list.iter().any(|x| test(x))
    };
    entry.lifecycle != Lifecycle::Retired
        && any(&filter.kinds, &|kind| {
            *kind == *catalog.kind(entry.kind).name
        })
        && any(&filter.areas, &|area| {
            entry
                .area
                .as_ref()
                .is_some_and(|own| areas.within(own.as_str(), area))
        })
        && any(&filter.ids, &|id| id == entry.id.as_str())
        && any(&filter.freshness, &|word| {
            word == crate::encode::freshness_word(known.freshness)
        })
        && filter.bbox.is_none_or(|[west, south, east, north]| {
            entry.lat.is_some_and(|lat| south <= lat && lat <= north)
                && entry.lon.is_some_and(|lon| west <= lon && lon <= east)
        })
}

fn json_of(n: u32, known: &Known, fields: Option<&[&str]>) -> Json {
    let catalog = catalog();
    let kind = catalog.kind(known.entry.kind);
    let wanted = |name: &str| fields.is_none_or(|fields| fields.contains(&name));
    let values: BTreeMap<&str, Json> = known
        .values
        .iter()
        .map(|(field, value)| (&*kind.fields[field.index()].name, value))
        .filter(|(name, _)| wanted(name))
        .map(|(name, value)| (name, json_value(value)))
        .collect();
    json!({
        "n": n,
        "id": known.entry.id.as_str(),
        "kind": &*kind.name,
        "name": &*known.entry.name,
        "area": known.entry.area.as_ref().map(AreaCode::as_str),
        "lat": known.entry.lat.map(number),
        "lon": known.entry.lon.map(number),
        "lifecycle": "in_service",
        "uplink": null,
        "freshness": crate::encode::freshness_word(known.freshness),
        "at": known.at.map(Time::millis),
        "v": values,
    })
}

fn json_value(value: &Value) -> Json {
    match value {
        Value::F64(x) => number(*x),
        Value::Bool(yes) => json!(yes),
        Value::Symbol(word) => json!(STATES[usize::from(*word)]),
        Value::Text(text) => json!(&**text),
        Value::Time(time) => json!(time.millis()),
    }
}

/// Whole numbers are written without a fraction.
fn number(x: f64) -> Json {
    if x.fract() == 0.0 {
        json!(x as i64)
    } else {
        json!(x)
    }
}
