//! What one subscription sees of the assets: its filter, its fields and the limits of its session.

use std::collections::HashSet;
use std::hash::BuildHasher;

use model::{AreaCode, AssetId, Freshness, KindId, nearest};
use serde::Deserialize;

use super::{AreaIndex, Layout, Slot};

/// The filter of an `assets` subscription as a client writes it. An empty list asks for everything.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AssetFilter {
    /// Kinds by name: `wifi/ap`.
    pub(crate) kinds: Vec<String>,
    /// Areas by code, with everything inside.
    pub(crate) areas: Vec<String>,
    /// West, south, east, north in degrees; what has no place is outside.
    pub(crate) bbox: Option<[f64; 4]>,
    /// Assets by id.
    pub(crate) ids: Vec<String>,
    /// `live`, `stale`, `unseen`, `offline`.
    pub(crate) freshness: Vec<String>,
}

/// Why a filter cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ViewError {
    /// A name the city does not have.
    #[error("there is no {what} '{name}'{}", hint(.nearest.as_deref()))]
    Unknown {
        what: &'static str,
        name: String,
        nearest: Option<String>,
    },
    /// A box that is none.
    #[error("a bbox is [west, south, east, north] in degrees, west ≤ east and south ≤ north")]
    Box,
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |name| format!("; did you mean '{name}'?"))
}

/// A filter made ready. Two views with the same `spec` see the same.
#[derive(Debug)]
pub(crate) struct View {
    spec: Spec,
    kinds: Option<Box<[bool]>>,
    areas: Option<Box<[bool]>>,
    limit: Option<Box<[bool]>>,
    ids: Option<HashSet<AssetId>>,
    columns: Option<Box<[bool]>>,
}

/// A filter in one normal form: sorted, without repetitions.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Spec {
    kinds: Vec<KindId>,
    areas: Vec<AreaIndex>,
    /// The bits of west, south, east, north.
    bbox: Option<[u64; 4]>,
    ids: Vec<AssetId>,
    freshness: Vec<u8>,
    columns: Option<Vec<usize>>,
    limit: Option<Vec<AreaIndex>>,
}

impl View {
    /// The view of a filter, of the fields it names (none: all) and of a session's areas (none: all).
    pub(crate) fn new(
        layout: &Layout,
        filter: &AssetFilter,
        fields: Option<&[String]>,
        limit: Option<&[AreaCode]>,
    ) -> Result<Self, ViewError> {
        let spec = Spec {
            kinds: layout.find_kinds(&filter.kinds)?,
            areas: layout.find_areas(&filter.areas)?,
            bbox: filter.bbox.map(bbox).transpose()?,
            ids: sorted(&filter.ids, |id| Ok(AssetId::new(id)))?,
            freshness: sorted(&filter.freshness, freshness)?,
            columns: fields
                .map(|names| sorted(names, |name| column(layout, name)))
                .transpose()?,
            // An area the city no longer has shows nothing; it must not show everything.
            limit: limit.map(|codes| layout.known_areas(codes)),
        };
        Ok(Self::ready(layout, spec))
    }

    fn ready(layout: &Layout, spec: Spec) -> Self {
        let some = |empty: bool| (!empty).then_some(());
        Self {
            kinds: some(spec.kinds.is_empty()).map(|()| {
                let wanted = |k: usize| spec.kinds.iter().any(|kind| kind.index() == k);
                (0..layout.kind_count()).map(wanted).collect()
            }),
            areas: some(spec.areas.is_empty()).map(|()| layout.inside(&spec.areas)),
            limit: spec.limit.as_ref().map(|tops| layout.inside(tops)),
            ids: some(spec.ids.is_empty()).map(|()| spec.ids.iter().cloned().collect()),
            columns: spec.columns.as_ref().map(|columns| {
                let wanted = |c: usize| columns.contains(&c);
                (0..layout.columns().len()).map(wanted).collect()
            }),
            spec,
        }
    }

    /// Names this view in `since`, so that a position is never taken for that of another filter.
    pub(crate) fn key(&self) -> u64 {
        foldhash::fast::FixedState::default().hash_one(&self.spec)
    }

    /// True when both see the same.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        self.spec == other.spec
    }

    /// True when the asset is to be shown now.
    pub(crate) fn matches(&self, slot: &Slot) -> bool {
        slot.is_shown() && self.matches_place(slot) && self.matches_freshness(slot.freshness)
    }

    /// True when what the registry says of the asset lets it through, present or not.
    pub(crate) fn matches_place(&self, slot: &Slot) -> bool {
        let entry = &slot.entry;
        self.kinds
            .as_ref()
            .is_none_or(|kinds| kinds[entry.kind.index()])
            && contains(self.areas.as_deref(), slot.area)
            && contains(self.limit.as_deref(), slot.area)
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&entry.id))
            && self.matches_box(entry.lat, entry.lon)
    }

    /// True when a change of freshness can let an asset in or out.
    pub(crate) fn watches_freshness(&self) -> bool {
        !self.spec.freshness.is_empty()
    }

    /// True when this column is wanted.
    pub(crate) fn wants(&self, column: usize) -> bool {
        self.columns.as_ref().is_none_or(|columns| columns[column])
    }

    fn matches_freshness(&self, freshness: Freshness) -> bool {
        !self.watches_freshness() || self.spec.freshness.contains(&(freshness as u8))
    }

    fn matches_box(&self, lat: Option<f64>, lon: Option<f64>) -> bool {
        let Some(bits) = self.spec.bbox else {
            return true;
        };
        let [west, south, east, north] = bits.map(f64::from_bits);
        lat.is_some_and(|lat| (south..=north).contains(&lat))
            && lon.is_some_and(|lon| (west..=east).contains(&lon))
    }
}

fn contains(areas: Option<&[bool]>, area: Option<AreaIndex>) -> bool {
    areas.is_none_or(|inside| area.is_some_and(|area| inside[usize::from(area)]))
}

fn sorted<T: Ord>(
    names: &[String],
    find: impl Fn(&str) -> Result<T, ViewError>,
) -> Result<Vec<T>, ViewError> {
    let mut found = names
        .iter()
        .map(|n| find(n))
        .collect::<Result<Vec<T>, _>>()?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

impl ViewError {
    /// There is no such `what`; the nearest of those there are is offered.
    pub(crate) fn unknown<'a>(
        what: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self::Unknown {
            what,
            name: name.to_owned(),
            nearest: nearest(name, known).map(str::to_owned),
        }
    }
}

impl Layout {
    /// The kinds of these names.
    pub(crate) fn find_kinds(&self, names: &[String]) -> Result<Vec<KindId>, ViewError> {
        sorted(names, |name| {
            let found = self.kind_names().find(|(_, known)| *known == name);
            found
                .map(|(id, _)| id)
                .ok_or_else(|| ViewError::unknown("kind", name, self.kind_names().map(|(_, k)| k)))
        })
    }

    /// The areas of these codes.
    pub(crate) fn find_areas(&self, codes: &[String]) -> Result<Vec<AreaIndex>, ViewError> {
        sorted(codes, |code| {
            let known = self.area_codes().iter().map(AreaCode::as_str);
            self.area(code)
                .ok_or_else(|| ViewError::unknown("area", code, known))
        })
    }
}

fn column(layout: &Layout, name: &str) -> Result<usize, ViewError> {
    let names = || layout.columns().iter().map(|c| &*c.name);
    names()
        .position(|known| known == name)
        .ok_or_else(|| ViewError::unknown("field", name, names()))
}

fn freshness(word: &str) -> Result<u8, ViewError> {
    use crate::encode::{FRESHNESS, freshness_word};
    FRESHNESS
        .into_iter()
        .find(|f| freshness_word(*f) == word)
        .map(|f| f as u8)
        .ok_or_else(|| ViewError::unknown("freshness", word, FRESHNESS.map(freshness_word)))
}

fn bbox(sides: [f64; 4]) -> Result<[u64; 4], ViewError> {
    let [west, south, east, north] = sides;
    let real = sides.iter().all(|side| side.is_finite());
    if !real || west > east || south > north {
        return Err(ViewError::Box);
    }
    Ok(sides.map(f64::to_bits))
}
