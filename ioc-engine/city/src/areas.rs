//! Reads `areas.csv`: the tree of official areas.

use std::collections::HashMap;

use model::{Area, AreaCode, AreaLevel, Areas, Diagnostic, Localized, nearest};

use crate::cells::{CellReader, Ids};
use crate::files::File;
use crate::table::{Cell, Table};

const COLUMNS: [&str; 7] = [
    "code", "parent", "level", "name_vi", "name_en", "lat", "lon",
];
const LEVELS: [(&str, AreaLevel); 3] = [
    ("province", AreaLevel::Province),
    ("district", AreaLevel::District),
    ("commune", AreaLevel::Commune),
];

/// An area as its row gives it, with the cells that checks of the whole tree point at.
struct Written<'t> {
    area: Area,
    parent: &'t Cell<'t>,
    level: &'t Cell<'t>,
}

/// The areas of the file; whatever is wrong with it goes to `diagnostics`.
pub(crate) fn read(file: &File, diagnostics: &mut Vec<Diagnostic>) -> Areas {
    let Some(table) = Table::parse(file.index, file.text(), diagnostics) else {
        return Areas::default();
    };
    let Some((columns, _)) = table.columns(&COLUMNS, &[], diagnostics) else {
        return Areas::default();
    };
    let mut reader = CellReader {
        file: file.index,
        diagnostics,
    };
    let mut ids = Ids::default();
    let mut written = Vec::new();
    for row in &table.rows {
        let [code, parent, level, vi, en, lat, lon] = std::array::from_fn(|i| row.cell(columns[i]));
        if code.text.is_empty() {
            reader.error("pack-area-code", code, "an area needs a code");
            continue;
        }
        if !ids.claim("pack-duplicate-area", code, &mut reader) {
            continue;
        }
        let known = reader.word("pack-area-level", level, "a level of areas", &LEVELS);
        let place = required_place(&mut reader, lat, lon);
        let (Some(known), Some((lat, lon))) = (known, place) else {
            continue;
        };
        let area = Area {
            code: AreaCode::new(&*code.text),
            parent: (!parent.text.is_empty()).then(|| AreaCode::new(&*parent.text)),
            level: known,
            name: Localized {
                vi: (&*vi.text).into(),
                en: (&*en.text).into(),
            },
            lat,
            lon,
        };
        written.push(Written {
            area,
            parent,
            level,
        });
    }
    check_parents(&written, &ids, &mut reader);
    Areas::new(written.into_iter().map(|w| w.area).collect())
}

fn required_place(
    reader: &mut CellReader<'_>,
    lat: &Cell<'_>,
    lon: &Cell<'_>,
) -> Option<(f64, f64)> {
    if lat.text.is_empty() && lon.text.is_empty() {
        reader.error(
            "pack-coordinate",
            lat,
            "an area needs a latitude and a longitude",
        );
        return None;
    }
    reader.coordinate(lat, lon)
}

/// Parents exist, stand above their children, and lead to a root.
fn check_parents(written: &[Written<'_>], ids: &Ids, reader: &mut CellReader<'_>) {
    let by_code: HashMap<&str, &Written<'_>> =
        written.iter().map(|w| (w.area.code.as_str(), w)).collect();
    for child in written {
        let Some(code) = &child.area.parent else {
            continue;
        };
        let Some(parent) = by_code.get(code.as_str()) else {
            // A parent whose own row is wrong has been reported there.
            if !ids.contains(code.as_str()) {
                let near = nearest(code.as_str(), ids.sorted());
                let help = near.map(|near| format!("did you mean '{near}'?"));
                reader
                    .error(
                        "pack-unknown-area",
                        child.parent,
                        format!("there is no area '{code}'"),
                    )
                    .help = help;
            }
            continue;
        };
        if in_circle(child, &by_code) {
            let message = format!("the parents of '{}' lead back to it", child.area.code);
            reader.error("pack-area-circle", child.parent, message);
        } else if parent.area.level >= child.area.level {
            let message = format!(
                "a {} cannot lie in a {}",
                child.level.text, parent.level.text
            );
            reader.error("pack-area-level", child.level, message);
        }
    }
}

fn in_circle(start: &Written<'_>, by_code: &HashMap<&str, &Written<'_>>) -> bool {
    let mut at = start;
    // No path without a circle is longer than there are areas.
    for _ in 0..by_code.len() {
        let parent = at
            .area
            .parent
            .as_ref()
            .and_then(|code| by_code.get(code.as_str()));
        match parent {
            None => return false,
            Some(parent) if parent.area.code == start.area.code => return true,
            Some(parent) => at = parent,
        }
    }
    false
}
