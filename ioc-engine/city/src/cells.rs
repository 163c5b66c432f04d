//! Readers that turn table cells into values and say what is wrong with those that are not what was wanted.

use std::collections::HashMap;
use std::ops::Range;

use model::{Diagnostic, Label, nearest};

use crate::table::Cell;

/// Reads the cells of one table and collects every problem on the way.
pub(crate) struct CellReader<'d> {
    pub(crate) file: usize,
    pub(crate) diagnostics: &'d mut Vec<Diagnostic>,
}

impl CellReader<'_> {
    /// Reports an error at a cell; the result takes help and further labels.
    pub(crate) fn error(
        &mut self,
        code: &'static str,
        cell: &Cell<'_>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let index = self.diagnostics.len();
        self.diagnostics.push(Diagnostic::error(
            code,
            message,
            self.file,
            cell.span.clone(),
        ));
        &mut self.diagnostics[index]
    }

    /// A finite number; nothing for an empty cell.
    pub(crate) fn number(&mut self, cell: &Cell<'_>, column: &str) -> Option<f64> {
        if cell.text.is_empty() {
            return None;
        }
        let number = cell.text.parse::<f64>().ok().filter(|n| n.is_finite());
        if number.is_none() {
            let message = format!(
                "'{}' is not a number; the column '{column}' holds numbers",
                cell.text
            );
            let comma = cell.text.replace(',', ".").parse::<f64>().is_ok();
            self.error("pack-number", cell, message).help =
                comma.then(|| "the decimal mark is a point, not a comma".to_owned());
        }
        number
    }

    /// One word of a list with what it stands for.
    pub(crate) fn word<T: Copy>(
        &mut self,
        code: &'static str,
        cell: &Cell<'_>,
        what: &str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let found = words.iter().find(|(word, _)| *word == cell.text);
        if found.is_none() {
            let names = words.iter().map(|(word, _)| *word);
            let help = match nearest(&cell.text, names.clone()) {
                Some(near) => format!("did you mean '{near}'?"),
                None => format!("it is one of {}", names.collect::<Vec<_>>().join(", ")),
            };
            self.error(code, cell, format!("'{}' is not {what}", cell.text))
                .help = Some(help);
        }
        found.map(|(_, value)| *value)
    }

    /// Latitude and longitude in degrees (WGS 84); nothing when both cells are empty.
    pub(crate) fn coordinate(&mut self, lat: &Cell<'_>, lon: &Cell<'_>) -> Option<(f64, f64)> {
        for (given, other) in [(lat, lon), (lon, lat)] {
            if given.text.is_empty() && !other.text.is_empty() {
                self.error(
                    "pack-coordinate",
                    other,
                    "a latitude and a longitude come together; one is missing",
                );
                return None;
            }
        }
        let (north, east) = (self.number(lat, "lat"), self.number(lon, "lon"));
        let (north, east) = (north?, east?);
        if north.abs() > 90.0 && north.abs() <= 180.0 && east.abs() <= 90.0 {
            self.error(
                "pack-coordinate",
                lat,
                format!("the latitude {north} lies beyond the pole"),
            )
            .help = Some("are latitude and longitude exchanged?".to_owned());
            return None;
        }
        for (value, most, cell, name) in [
            (north, 90.0, lat, "latitude"),
            (east, 180.0, lon, "longitude"),
        ] {
            if value.abs() > most {
                self.error(
                    "pack-coordinate",
                    cell,
                    format!("the {name} {value} is not within ±{most} degrees"),
                );
                return None;
            }
        }
        Some((north, east))
    }
}

/// Where each id was first written, over all tables, so that a second one can point at the first.
#[derive(Default)]
pub(crate) struct Ids(HashMap<String, (usize, Range<usize>)>);

impl Ids {
    /// True when some row claimed this id.
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// Every id, sorted, so that suggestions do not depend on hashing.
    pub(crate) fn sorted(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.0.keys().map(String::as_str).collect();
        ids.sort_unstable();
        ids
    }

    /// Takes an id; reports and refuses one that is taken.
    pub(crate) fn claim(
        &mut self,
        code: &'static str,
        cell: &Cell<'_>,
        reader: &mut CellReader<'_>,
    ) -> bool {
        let place = (reader.file, cell.span.clone());
        if let Some((file, span)) = self.0.get(&*cell.text).cloned() {
            let message = format!("'{}' stands in the pack twice", cell.text);
            let first = Label {
                file,
                span,
                text: "the first".to_owned(),
            };
            reader.error(code, cell, message).labels.push(first);
            return false;
        }
        self.0.insert(cell.text.to_string(), place);
        true
    }
}
