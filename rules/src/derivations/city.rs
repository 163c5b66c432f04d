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
    /// As the catalog has it, or as the rule makes it.
    pub(crate) kind: Kind,
    /// The kind it is made of.
    pub(crate) on: KindId,
    /// Empty for one derived asset an asset.
    pub(crate) by: Vec<Dimension>,
    pub(crate) per_asset: bool,
    /// How long after the end of a window its readings come.
    pub(crate) grace: Span,
}

impl Plan {
    /// The kinds that the rules derive, in the order in which the catalog has them; each with what is the same as long as
    /// it has the same fields and is made of the same assets.
    pub fn derived_prints(&self) -> Vec<(Arc<str>, u64)> {
        let derived = self.derived.iter();
        let prints = derived.map(|derived| {
            let (kind, by) = (&derived.kind, &derived.by);
            let (fields, columns) = (&kind.fields, &kind.columns);
            let told = (&kind.title, kind.stale_after, kind.report_every);
            // Ids are places: those of derived kinds move when another comes before them.
            let made_of = self.derived.iter().find(|of| of.kind.id == derived.on);
            let made_of = made_of.map(|of| &of.kind.name);
            let declared = made_of.is_none().then_some(derived.on);
            // Nothing in them but texts, numbers and lists of them.
            let text = format!("{fields:?}{columns:?}{told:?}{made_of:?}{declared:?}{by:?}");
            (
                kind.name.clone(),
                Fingerprint::default().text(&text).finish(),
            )
        });
        prints.collect()
    }

    /// The city with the kinds and assets its rules derive; the same one where it has them already, or there are none.
    pub fn complete(&self, city: Arc<City>) -> Arc<City> {
        let mut whole = city;
        for derived in &self.derived {
            let known = whole.catalog.find(&derived.kind.name).is_some();
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
    if city.catalog.find(&derived.kind.name).is_none() {
        let mut kinds = city.catalog.kinds().to_vec();
        kinds.push(derived.kind.clone());
        city.catalog = Catalog::new(kinds);
    }
    city.assets.extend(assets);
}

/// The derived assets that the registry does not list itself.
pub(crate) fn missing_assets(city: &City, derived: &Derived) -> Vec<Arc<Asset>> {
    let kind = city.catalog.kind(derived.on);
    let column = |name: &str| kind.columns.iter().position(|c| &*c.name == name);
    let mut known: HashSet<AssetId> = city
        .assets
        .iter()
        .filter(|asset| asset.kind == derived.kind.id)
        .map(|asset| asset.id.clone())
        .collect();
    let members = city.assets.iter();
    let members = members.filter(|a| a.kind == derived.on && a.lifecycle == Lifecycle::InService);
    let mut missing = Vec::new();
    for member in members {
        let made = if derived.per_asset {
            Some(of_asset(derived, member))
        } else {
            key_of(member, &derived.by, &city.areas, column)
                .map(|key| of_group(derived, &key, &city.areas))
        };
        let made = made.filter(|asset| known.insert(asset.id.clone()));
        missing.extend(made.map(Arc::new));
    }
    missing
}

/// `env-area-air:05443`: the kind as registry files are named, and what the asset stands for.
pub(crate) fn derived_id(kind: &Kind, key: &Key) -> AssetId {
    let mut id = kind.name.replace('/', "-");
    id.push(':');
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
fn of_asset(derived: &Derived, asset: &Asset) -> Asset {
    Asset {
        id: derived_id(&derived.kind, &Key::asset(&asset.id)),
        kind: derived.kind.id,
        name: Arc::clone(&asset.name),
        area: asset.area.clone(),
        lat: asset.lat,
        lon: asset.lon,
        lifecycle: Lifecycle::InService,
        uplink: Some(asset.id.clone()),
        columns: vec![None; derived.kind.columns.len()],
    }
}

/// The derived asset of a group: it stands in the group's area, and has the parts of its key as columns.
fn of_group(derived: &Derived, key: &Key, areas: &Areas) -> Asset {
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
    let columns = derived.kind.columns.iter();
    let columns = columns.map(|column| key.get(&column.name).map(|text| Value::Text(text.into())));
    Asset {
        id: derived_id(&derived.kind, key),
        kind: derived.kind.id,
        name: if name.is_empty() {
            Arc::clone(&derived.kind.title.vi)
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
