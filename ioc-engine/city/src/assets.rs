//! Reads `assets/<domain>-<kind>.csv`: the registry.

use std::collections::HashMap;
use std::ops::Range;

use model::{
    AreaCode, Areas, Asset, AssetId, Catalog, Column, Diagnostic, Kind, Lifecycle, Value,
    ValueType, nearest,
};

use crate::catalog::FIXED_COLUMNS;
use crate::cells::{CellReader, Ids};
use crate::city_file::Bounds;
use crate::files::File;
use crate::table::{Cell, ColumnIndex, Row, Table};

const LIFECYCLES: [(&str, Lifecycle); 4] = [
    ("planned", Lifecycle::Planned),
    ("in_service", Lifecycle::InService),
    ("maintenance", Lifecycle::Maintenance),
    ("retired", Lifecycle::Retired),
];

/// Reads the registry, file by file, and checks at the end what only the whole can tell.
pub(crate) struct Registry<'a, 'd> {
    catalog: &'a Catalog,
    areas: &'a Areas,
    bounds: Option<Bounds>,
    diagnostics: &'d mut Vec<Diagnostic>,
    ids: Ids,
    assets: Vec<Asset>,
    uplinks: Vec<Uplink>,
}

/// Where an asset names the asset it depends on.
struct Uplink {
    asset: usize,
    file: usize,
    span: Range<usize>,
}

/// The columns of one file.
struct Columns {
    fixed: Vec<ColumnIndex>,
    uplink: Option<ColumnIndex>,
    of_kind: Vec<Option<ColumnIndex>>,
}

impl<'a, 'd> Registry<'a, 'd> {
    pub(crate) fn new(
        catalog: &'a Catalog,
        areas: &'a Areas,
        bounds: Option<Bounds>,
        diagnostics: &'d mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            catalog,
            areas,
            bounds,
            diagnostics,
            ids: Ids::default(),
            assets: Vec::new(),
            uplinks: Vec::new(),
        }
    }

    /// The assets of these files; whatever is wrong with them has gone to the diagnostics.
    pub(crate) fn read(mut self, files: &[File]) -> Vec<Asset> {
        for file in files {
            if let Some(kind) = self.kind_of(file) {
                self.table(file, kind);
            }
        }
        self.check_uplinks();
        self.assets
    }

    /// `assets/wifi-ap.csv` holds the assets of `wifi/ap`.
    fn kind_of(&mut self, file: &File) -> Option<&'a Kind> {
        let stem = |kind: &Kind| kind.name.replace('/', "-");
        let found = self
            .catalog
            .kinds()
            .iter()
            .find(|kind| stem(kind) == file.stem);
        if found.is_none() {
            let stems: Vec<String> = self.catalog.kinds().iter().map(stem).collect();
            let help = match nearest(&file.stem, stems.iter().map(String::as_str)) {
                Some(near) => format!("did you mean '{near}.csv'?"),
                None => "the file is named after its kind: wifi-ap.csv for wifi/ap".to_owned(),
            };
            let message = format!(
                "no kind of the catalog has its assets in '{}.csv'",
                file.stem
            );
            self.diagnostics.push(
                Diagnostic::error("pack-unknown-kind", message, file.index, 0..0).with_help(help),
            );
        }
        found
    }

    fn table(&mut self, file: &File, kind: &Kind) {
        let Some(table) = Table::parse(file.index, file.text(), self.diagnostics) else {
            return;
        };
        let (uplink, fixed) = FIXED_COLUMNS.split_last().unwrap_or((&"", &[]));
        let of_kind: Vec<&str> = kind.columns.iter().map(|c| &*c.name).collect();
        let optional: Vec<&str> = std::iter::once(*uplink).chain(of_kind).collect();
        let Some((fixed, optional)) = table.columns(fixed, &optional, self.diagnostics) else {
            return;
        };
        let columns = Columns {
            fixed,
            uplink: optional[0],
            of_kind: optional[1..].to_vec(),
        };
        for row in &table.rows {
            self.row(file.index, row, kind, &columns);
        }
    }

    fn row(&mut self, file: usize, row: &Row<'_>, kind: &Kind, columns: &Columns) {
        let [id, name, area, lat, lon, lifecycle] =
            std::array::from_fn(|i| row.cell(columns.fixed[i]));
        let mut reader = CellReader {
            file,
            diagnostics: self.diagnostics,
        };
        if !check_id(id, &mut reader) || !self.ids.claim("pack-duplicate-asset", id, &mut reader) {
            return;
        }
        if name.text.is_empty() {
            reader.error(
                "pack-asset-name",
                name,
                format!("'{}' needs a name", id.text),
            );
        }
        check_area(area, self.areas, &mut reader);
        let place = reader.coordinate(lat, lon);
        check_bounds(place, lat, self.bounds, &mut reader);
        let lifecycle = reader.word("pack-lifecycle", lifecycle, "a lifecycle", &LIFECYCLES);
        let values = kind
            .columns
            .iter()
            .zip(&columns.of_kind)
            .map(|(column, at)| value(row.cell((*at)?), column, &mut reader))
            .collect();
        let uplink = columns
            .uplink
            .map(|c| row.cell(c))
            .filter(|c| !c.text.is_empty());
        if let Some(cell) = uplink {
            self.uplinks.push(Uplink {
                asset: self.assets.len(),
                file,
                span: cell.span.clone(),
            });
        }
        self.assets.push(Asset {
            id: AssetId::new(&*id.text),
            kind: kind.id,
            name: (&*name.text).into(),
            area: (!area.text.is_empty()).then(|| AreaCode::new(&*area.text)),
            lat: place.map(|(lat, _)| lat),
            lon: place.map(|(_, lon)| lon),
            // A wrong word has been reported; the pack will not be used.
            lifecycle: lifecycle.unwrap_or(Lifecycle::Planned),
            uplink: uplink.map(|cell| AssetId::new(&*cell.text)),
            columns: values,
        });
    }

    /// Uplinks exist and form no circle.
    fn check_uplinks(&mut self) {
        let by_id: HashMap<&str, &Asset> = self.assets.iter().map(|a| (a.id.as_str(), a)).collect();
        let mut sorted = None;
        for uplink in &self.uplinks {
            let asset = &self.assets[uplink.asset];
            let Some(wanted) = asset.uplink.as_ref().map(AssetId::as_str) else {
                continue;
            };
            let problem = |code, message: String| {
                Diagnostic::error(code, message, uplink.file, uplink.span.clone())
            };
            if !by_id.contains_key(wanted) {
                let ids = sorted.get_or_insert_with(|| self.ids.sorted());
                let near = nearest(wanted, ids.iter().copied());
                let message = format!("the pack has no asset '{wanted}'");
                let mut problem = problem("pack-unknown-uplink", message);
                problem.help = near.map(|near| format!("did you mean '{near}'?"));
                self.diagnostics.push(problem);
            } else if leads_back(asset, &by_id) {
                let message = format!("the uplinks of '{}' lead back to it", asset.id);
                self.diagnostics
                    .push(problem("pack-uplink-circle", message));
            }
        }
    }
}

/// An id is a level of an MQTT topic.
fn check_id(id: &Cell<'_>, reader: &mut CellReader<'_>) -> bool {
    let bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | '+' | '#');
    if id.text.is_empty() {
        reader.error("pack-asset-id", id, "an asset needs an id");
        return false;
    }
    if let Some(found) = id.text.chars().find(|c| bad(*c)) {
        let message = format!("the id '{}' contains {found:?}", id.text);
        reader.error("pack-asset-id", id, message).help =
            Some("an id is a part of MQTT topics: no blanks, no /, + or #".to_owned());
        return false;
    }
    true
}

fn check_area(area: &Cell<'_>, areas: &Areas, reader: &mut CellReader<'_>) {
    if area.text.is_empty() {
        reader.error(
            "pack-unknown-area",
            area,
            "an asset needs the area it stands in",
        );
    } else if areas.get(&area.text).is_none() {
        let near = nearest(&area.text, areas.all().iter().map(|a| a.code.as_str()));
        let message = format!("there is no area '{}'", area.text);
        reader.error("pack-unknown-area", area, message).help =
            near.map(|near| format!("did you mean '{near}'?"));
    }
}

fn check_bounds(
    place: Option<(f64, f64)>,
    cell: &Cell<'_>,
    bounds: Option<Bounds>,
    reader: &mut CellReader<'_>,
) {
    let (Some((lat, lon)), Some(bounds)) = (place, bounds) else {
        return;
    };
    if bounds.contains(lat, lon) {
        return;
    }
    let message = format!("{lat}, {lon} lies outside the bounds of the city");
    let problem = reader.error("pack-coordinate-outside", cell, message);
    *problem = problem.clone().warning();
    if bounds.contains(lon, lat) {
        problem.help = Some("are latitude and longitude exchanged?".to_owned());
    }
}

fn value(cell: &Cell<'_>, column: &Column, reader: &mut CellReader<'_>) -> Option<Value> {
    match column.value_type {
        ValueType::F64 => reader.number(cell, &column.name).map(Value::F64),
        _ if cell.text.is_empty() => None,
        _ => Some(Value::Text((&*cell.text).into())),
    }
}

fn leads_back(start: &Asset, by_id: &HashMap<&str, &Asset>) -> bool {
    let mut at = start;
    // No path without a circle is longer than there are assets.
    for _ in 0..by_id.len() {
        match at.uplink.as_ref().and_then(|id| by_id.get(id.as_str())) {
            None => return false,
            Some(next) if next.id == start.id => return true,
            Some(next) => at = next,
        }
    }
    false
}
