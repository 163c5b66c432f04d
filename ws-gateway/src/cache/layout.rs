//! The city as the cache needs it: columns, symbols and areas as numbers, names already quoted for JSON.

use std::collections::HashMap;
use std::sync::Arc;

use model::{AreaCode, Areas, Asset, Catalog, Field, KindId};

/// An area's place in [`Areas::all`].
pub(crate) type AreaIndex = u16;

/// Columns of deltas that every asset has; a catalog field of such a name is written with `v.` before it.
const RESERVED: [&str; 3] = ["id", "at", "freshness"];

/// Tables made once from the catalog and the areas.
pub(crate) struct Layout {
    kinds: Vec<KindLayout>,
    columns: Vec<Column>,
    area_codes: Vec<AreaCode>,
    area_index: HashMap<AreaCode, AreaIndex>,
    /// Per area: itself and everything above it.
    ancestry: Vec<Vec<AreaIndex>>,
    roots: Vec<AreaIndex>,
}

/// One name of a field, whichever kinds have it.
pub(crate) struct Column {
    /// As the catalog names it.
    pub(crate) name: Arc<str>,
    /// As JSON in a delta.
    pub(crate) quoted: String,
}

struct KindLayout {
    name: Arc<str>,
    quoted: String,
    fields: Vec<FieldLayout>,
}

/// One field of one kind.
pub(crate) struct FieldLayout {
    /// Its column in deltas.
    pub(crate) column: usize,
    /// Its name as JSON.
    pub(crate) quoted: String,
    /// Its words as JSON.
    pub(crate) symbols: Vec<String>,
}

impl Layout {
    /// The tables of this city.
    pub(crate) fn new(catalog: &Catalog, areas: &Areas) -> Self {
        let mut columns = Vec::new();
        let kinds = catalog
            .kinds()
            .iter()
            .map(|kind| KindLayout {
                name: Arc::clone(&kind.name),
                quoted: quoted(&kind.name),
                fields: kind
                    .fields
                    .iter()
                    .map(|field| FieldLayout::new(field, &mut columns))
                    .collect(),
            })
            .collect();
        let area_codes: Vec<AreaCode> = areas.all().iter().map(|a| a.code.clone()).collect();
        let area_index: HashMap<AreaCode, AreaIndex> =
            area_codes.iter().cloned().zip(0..).collect();
        let ancestry = area_codes
            .iter()
            .map(|code| {
                areas
                    .ancestry(code.as_str())
                    .map(|area| area_index[area.code.as_str()])
                    .collect()
            })
            .collect();
        let roots = areas
            .all()
            .iter()
            .filter(|area| area.parent.is_none())
            .map(|area| area_index[area.code.as_str()])
            .collect();
        Self {
            kinds,
            columns,
            area_codes,
            area_index,
            ancestry,
            roots,
        }
    }

    pub(crate) fn kind_count(&self) -> usize {
        self.kinds.len()
    }

    pub(crate) fn kind_quoted(&self, kind: KindId) -> &str {
        &self.kinds[kind.index()].quoted
    }

    pub(crate) fn kind_names(&self) -> impl Iterator<Item = (KindId, &str)> {
        (0..)
            .map(KindId)
            .zip(self.kinds.iter().map(|kind| &*kind.name))
    }

    pub(crate) fn field_count(&self, kind: KindId) -> usize {
        self.kinds.get(kind.index()).map_or(0, |k| k.fields.len())
    }

    pub(crate) fn fields(&self, kind: KindId) -> &[FieldLayout] {
        &self.kinds[kind.index()].fields
    }

    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(crate) fn area_codes(&self) -> &[AreaCode] {
        &self.area_codes
    }

    pub(crate) fn area(&self, code: &str) -> Option<AreaIndex> {
        self.area_index.get(code).copied()
    }

    /// The area an asset stands in, if the city knows it.
    pub(crate) fn area_of(&self, asset: &Asset) -> Option<AreaIndex> {
        self.area(asset.area.as_ref()?.as_str())
    }

    /// The area and all above it; what stands in no area belongs to the roots.
    pub(crate) fn ancestry(&self, area: Option<AreaIndex>) -> &[AreaIndex] {
        area.map_or(&self.roots, |area| &self.ancestry[usize::from(area)])
    }

    /// Those of these areas that the city has, in order.
    pub(crate) fn known_areas(&self, codes: &[AreaCode]) -> Vec<AreaIndex> {
        let mut known: Vec<_> = codes.iter().filter_map(|c| self.area(c.as_str())).collect();
        known.sort_unstable();
        known.dedup();
        known
    }

    /// Per area, whether it lies in one of these.
    pub(crate) fn inside_codes(&self, codes: &[AreaCode]) -> Box<[bool]> {
        self.inside(&self.known_areas(codes))
    }

    /// Per area, whether it is one of `tops` or lies inside one.
    pub(crate) fn inside(&self, tops: &[AreaIndex]) -> Box<[bool]> {
        self.ancestry
            .iter()
            .map(|line| line.iter().any(|area| tops.contains(area)))
            .collect()
    }
}

impl FieldLayout {
    fn new(field: &Field, columns: &mut Vec<Column>) -> Self {
        let known = columns.iter().position(|c| c.name == field.name);
        let column = known.unwrap_or_else(|| {
            columns.push(Column::new(&field.name));
            columns.len() - 1
        });
        Self {
            column,
            quoted: quoted(&field.name),
            symbols: field.symbols.iter().map(|word| quoted(word)).collect(),
        }
    }
}

impl Column {
    fn new(name: &Arc<str>) -> Self {
        let reserved = RESERVED.contains(&&**name);
        Self {
            name: Arc::clone(name),
            quoted: if reserved {
                quoted(&format!("v.{name}"))
            } else {
                quoted(name)
            },
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
