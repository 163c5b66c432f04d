//! The city with what its rules derive: kinds of the catalog and assets of the registry, so that everyone who shows or
//! groups assets treats them as any other.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

use city::City;
use model::{Areas, Asset, AssetId, Catalog, Key, KeyPart, Kind, KindId, Lifecycle, Span, Value};

use crate::group::key_of;
use crate::hashing::Fingerprint;
use crate::plan::{Dimension, Plan};

/// A derived kind, and whom its assets stand for.
#[derive(Debug)]
pub(crate) struct Derived {
    /// Its place in the catalog.
    pub(crate) kind: KindId,
    pub(crate) name: Arc<str>,
    /// As the rule makes it; none where the catalog declares it.
    pub(crate) made: Option<Box<Kind>>,
    /// The kind it is made of.
    pub(crate) on: KindId,
    /// Empty for one derived asset an asset.
    pub(crate) by: Box<[Dimension]>,
    pub(crate) per_asset: bool,
    /// How long after the end of a window its readings come.
    pub(crate) grace: Span,
    /// The same as long as it has the same fields and is made of the same assets.
    pub(crate) print: u64,
}

impl Derived {
    /// What does not change with the order of kinds. `before` are the kinds derived before this one: ids are places, and
    /// those of derived kinds move when another comes before them.
    pub(crate) fn print(kind: &Kind, on: KindId, by: &[Dimension], before: &[Self]) -> u64 {
        let (fields, columns) = (&kind.fields, &kind.columns);
        let told = (&kind.title, kind.stale_after, kind.report_every);
        let made_of = before.iter().find(|of| of.kind == on).map(|of| &of.name);
        let declared = made_of.is_none().then_some(on);
        // Nothing in them but texts, numbers and lists of them.
        let text = format!("{fields:?}{columns:?}{told:?}{made_of:?}{declared:?}{by:?}");
        Fingerprint::default().text(&text).finish()
    }

    fn kind<'a>(&'a self, city: &'a City) -> Option<&'a Kind> {
        let declared = || city.catalog.find(&self.name);
        self.made.as_deref().or_else(declared)
    }
}

impl Plan {
    /// The kinds that the rules derive, in the order in which the catalog has them; each with what is the same as long as
    /// it has the same fields and is made of the same assets.
    pub fn derived_prints(&self) -> Vec<(Arc<str>, u64)> {
        let derived = self.derived.iter();
        derived
            .map(|derived| (Arc::clone(&derived.name), derived.print))
            .collect()
    }

    /// The city with the kinds and assets its rules derive; the same one where it has them already, or there are none.
    pub fn complete(&self, city: Arc<City>) -> Arc<City> {
        let mut whole = city;
        for derived in &self.derived {
            let known = whole.catalog.find(&derived.name).is_some();
            let assets = missing_assets(&whole, derived);
            if !known || !assets.is_empty() {
                complete(Arc::make_mut(&mut whole), derived, assets);
            }
        }
        whole
    }
}

/// Adds a derived kind and its assets to a city.
pub(crate) fn complete(city: &mut City, derived: &Derived, assets: Vec<Arc<Asset>>) {
    let known = city.catalog.kinds();
    if let Some(made) = &derived.made
        && city.catalog.find(&made.name).is_none()
    {
        let mut kinds = Vec::with_capacity(known.len() + 1);
        kinds.extend_from_slice(known);
        kinds.push(Kind::clone(made));
        city.catalog = Catalog::new(kinds);
    }
    city.assets.extend(assets);
}

/// The derived assets that the registry does not list itself.
pub(crate) fn missing_assets(city: &City, derived: &Derived) -> Vec<Arc<Asset>> {
    let Some(kind) = derived.kind(city) else {
        return Vec::new();
    };
    let on = city.catalog.kind(derived.on);
    let column = |name: &str| on.columns.iter().position(|c| &*c.name == name);
    let mut known: HashSet<AssetId> = city
        .assets
        .iter()
        .filter(|asset| asset.kind == kind.id)
        .map(|asset| asset.id.clone())
        .collect();
    let members = city.assets.iter();
    let members = members.filter(|a| a.kind == derived.on && a.lifecycle == Lifecycle::InService);
    let mut missing = Vec::new();
    for member in members {
        let made = if derived.per_asset {
            Some(of_asset(kind, member))
        } else {
            key_of(member, &derived.by, &city.areas, column)
                .map(|key| of_group(kind, &key, &city.areas))
        };
        let made = made.filter(|asset| known.insert(asset.id.clone()));
        missing.extend(made.map(Arc::new));
    }
    missing
}

/// `env-area-air:05443`: the kind as registry files are named, and what the asset stands for.
pub(crate) fn derived_id(kind: &Kind, key: &Key) -> AssetId {
    let mut id = id_prefix(kind);
    if key.0.is_empty() {
        id.push_str("city");
    }
    for (n, part) in key.0.iter().enumerate() {
        if n > 0 {
            id.push(',');
        }
        escape(&part.value, &mut id);
    }
    AssetId::new(id)
}

/// Whether a registry that lists derived assets of the kind itself calls one so, whatever key it is of.
pub(crate) fn is_derived_id(kind: &Kind, id: &AssetId) -> bool {
    id.as_str().starts_with(&id_prefix(kind))
}

fn id_prefix(kind: &Kind) -> String {
    kind.name.replace('/', "-") + ":"
}

/// An id is a part of topics and addresses: what cannot stand there is written as %XX, so that two keys are two ids.
fn escape(value: &str, id: &mut String) {
    for c in value.chars() {
        if c.is_whitespace() || c.is_control() || matches!(c, '/' | '+' | '#' | ',' | '%') {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                let _ = write!(id, "%{byte:02X}"); // Writing to a String does not fail.
            }
        } else {
            id.push(c);
        }
    }
}

/// The derived asset of one asset: beside it, and dependent on it.
fn of_asset(kind: &Kind, asset: &Asset) -> Asset {
    Asset {
        id: derived_id(kind, &Key::asset(&asset.id)),
        kind: kind.id,
        name: Arc::clone(&asset.name),
        area: asset.area.clone(),
        lat: asset.lat,
        lon: asset.lon,
        lifecycle: Lifecycle::InService,
        uplink: Some(asset.id.clone()),
        columns: vec![None; kind.columns.len()],
    }
}

/// The derived asset of a group: it stands in the group's area, and has the parts of its key as columns.
fn of_group(kind: &Kind, key: &Key, areas: &Areas) -> Asset {
    let is_area = |part: &&KeyPart| {
        matches!(
            &*part.dimension,
            "area" | "commune" | "district" | "province"
        )
    };
    let lowest = ["area", "commune", "district", "province"]
        .iter()
        .find_map(|dimension| key.get(dimension));
    let area = lowest.and_then(|code| areas.get(code));
    let names = key.0.iter().map(|part| match areas.get(&part.value) {
        Some(area) if is_area(&part) => area.name.vi.to_string(),
        _ => part.value.to_string(),
    });
    let name = names.collect::<Vec<_>>().join(", ");
    let columns = kind.columns.iter();
    let columns = columns.map(|column| key.get(&column.name).map(|text| Value::Text(text.into())));
    Asset {
        id: derived_id(kind, key),
        kind: kind.id,
        name: if name.is_empty() {
            Arc::clone(&kind.title.vi)
        } else {
            name.into()
        },
        area: area.map(|area| area.code.clone()),
        lat: area.map(|area| area.lat),
        lon: area.map(|area| area.lon),
        lifecycle: Lifecycle::InService,
        uplink: None,
        columns: columns.collect(),
    }
}

/// The derived asset of a key whose members no registry lists: as little is known of it as of them.
pub(crate) fn unlisted(kind: KindId, id: AssetId) -> Asset {
    Asset {
        name: id.as_str().into(),
        id,
        kind,
        area: None,
        lat: None,
        lon: None,
        lifecycle: Lifecycle::InService,
        uplink: None,
        columns: Vec::new(),
    }
}
