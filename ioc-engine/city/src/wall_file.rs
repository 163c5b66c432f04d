//! Checks `wall.yaml`: screens and the panels on them, and what devices' words are called. Drawing them is left to the wall.

use model::{Catalog, Diagnostic, nearest};

use crate::files::File;
use crate::yaml::{self, Fields, Node, Reader};

/// The panels the wall can draw.
const PANELS: [&str; 9] = [
    "map", "alerts", "alert", "kind", "areas", "load", "health", "trend", "clock",
];
/// A screen is a grid of this many columns and rows unless the file says otherwise.
const GRID: [i64; 2] = [12, 8];
const GRID_MOST: i64 = 48;
const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];

/// The file as JSON, for the wall; whatever is wrong with it goes to `diagnostics`.
pub(crate) fn read(
    file: &File,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> serde_json::Value {
    let root = match yaml::parse(file.index, file.text()) {
        Ok(root) => root,
        Err(mut problems) => {
            diagnostics.append(&mut problems);
            return serde_json::Value::Null;
        }
    };
    let mut wall = WallReader {
        reader: Reader::new(file.index),
        catalog,
        grid: GRID,
    };
    wall.file(&root);
    diagnostics.append(&mut wall.reader.diagnostics);
    root.to_json()
}

struct WallReader<'a> {
    reader: Reader,
    catalog: &'a Catalog,
    grid: [i64; 2],
}

/// A panel's place: column, row, width, height, in cells of the grid.
type Place = [i64; 4];

impl WallReader<'_> {
    fn file(&mut self, root: &Node) {
        const KEYS: [&str; 6] = [
            "version",
            "operators",
            "grid",
            "words",
            "domains",
            "screens",
        ];
        let Some(fields) = self.reader.fields(root, "a wall", &KEYS) else {
            return;
        };
        self.reader.version(fields, "a wall");
        if let Some(node) = fields.get("operators") {
            self.reader.integer(node, "'operators'", 1..1_001);
        }
        let kinds = self.catalog.kinds();
        let symbols = kinds.iter().flat_map(|kind| &kind.fields);
        let symbols: Vec<&str> = symbols
            .flat_map(|field| &field.symbols)
            .map(|word| &**word)
            .collect();
        self.names(fields, "words", "word of a field", &symbols);
        let domains = kinds.iter().filter_map(|kind| kind.name.split('/').next());
        self.names(fields, "domains", "domain", &domains.collect::<Vec<_>>());
        if let Some(grid) = fields
            .get("grid")
            .and_then(|node| self.cells(node, "'grid' is [columns, rows]"))
        {
            self.grid = grid;
        }
        let screens = self
            .reader
            .required(fields, "screens", "a wall")
            .and_then(|node| self.reader.items(node, "'screens'"));
        let mut names = Vec::new();
        for screen in screens.unwrap_or_default() {
            self.screen(screen, &mut names);
        }
    }

    /// What operators call things of the catalog, by their names there.
    fn names(&mut self, fields: Fields<'_>, key: &str, what: &str, known: &[&str]) {
        let Some(node) = fields.get(key) else { return };
        let entries = self.reader.entries(node, &format!("'{key}'"));
        for (name, title) in entries.unwrap_or_default() {
            self.reader.localized(title, "a name");
            let word = name.as_str().unwrap_or_default();
            if known.contains(&word) {
                continue;
            }
            let near = nearest(word, known.iter().copied());
            let message = format!("the catalog has no {what} '{word}'");
            self.reader
                .error("pack-unknown-word", name.span.clone(), message)
                .help = near.map(|near| format!("did you mean '{near}'?"));
        }
    }

    fn screen<'n>(&mut self, node: &'n Node, names: &mut Vec<&'n str>) {
        let Some(fields) = self
            .reader
            .fields(node, "a screen", &["name", "title", "panels"])
        else {
            return;
        };
        if let Some(node) = self.reader.required(fields, "name", "a screen")
            && let Some(name) = self.reader.text(node, "a screen's name")
        {
            if names.contains(&name) {
                let message = format!("there are two screens '{name}'");
                self.reader
                    .error("pack-duplicate-screen", node.span.clone(), message);
            }
            names.push(name);
        }
        if let Some(node) = self.reader.required(fields, "title", "a screen") {
            self.reader.localized(node, "a title");
        }
        let panels = self
            .reader
            .required(fields, "panels", "a screen")
            .and_then(|node| self.reader.items(node, "'panels'"));
        let mut places = Vec::new();
        for panel in panels.unwrap_or_default() {
            self.panel(panel, &mut places);
        }
    }

    fn panel(&mut self, node: &Node, places: &mut Vec<Place>) {
        const KEYS: [&str; 6] = ["panel", "at", "title", "kinds", "field", "min_severity"];
        let Some(fields) = self.reader.fields(node, "a panel", &KEYS) else {
            return;
        };
        let name = self
            .reader
            .required(fields, "panel", "a panel")
            .and_then(|node| self.reader.word(node, "a panel of the wall", &PANELS));
        if let Some(node) = fields.get("title") {
            self.reader.localized(node, "a title");
        }
        if let Some(node) = fields.get("min_severity") {
            self.reader.word(node, "a severity", &SEVERITIES);
        }
        self.kinds(fields, name);
        if let Some(node) = self.reader.required(fields, "at", "a panel") {
            self.place(node, places);
        }
    }

    /// A panel about kinds names some of the catalog; its field is one that they all measure.
    fn kinds(&mut self, fields: Fields<'_>, panel: Option<&str>) {
        if matches!(panel, Some("kind" | "trend")) {
            self.reader.required(fields, "kinds", "this panel");
        }
        let names = fields
            .get("kinds")
            .and_then(|node| self.reader.items(node, "'kinds'"));
        let catalog = self.catalog;
        let mut kinds = Vec::new();
        for item in names.unwrap_or_default() {
            let Some(name) = self.reader.text(item, "a kind") else {
                continue;
            };
            if let Some(kind) = catalog.find(name) {
                kinds.push(kind);
                continue;
            }
            let near = nearest(name, catalog.kinds().iter().map(|k| &*k.name));
            let message = format!("the catalog has no kind '{name}'");
            self.reader
                .error("pack-unknown-kind", item.span.clone(), message)
                .help = near.map(|near| format!("did you mean '{near}'?"));
        }
        let Some(node) = fields.get("field") else {
            return;
        };
        let Some(field) = self.reader.text(node, "a field") else {
            return;
        };
        for kind in kinds.iter().filter(|kind| kind.field(field).is_none()) {
            let near = nearest(field, kind.fields.iter().map(|f| &*f.name));
            let message = format!("{} has no field '{field}'", kind.name);
            self.reader
                .error("pack-unknown-field", node.span.clone(), message)
                .help = near.map(|near| format!("did you mean '{near}'?"));
        }
    }

    fn place(&mut self, node: &Node, places: &mut Vec<Place>) {
        let what = "'at' is [column, row, width, height]";
        let Some(place) = self.cells::<4>(node, what) else {
            return;
        };
        let [column, row, width, height] = place;
        let [columns, rows] = self.grid;
        if width == 0 || height == 0 || column + width > columns || row + height > rows {
            let message =
                format!("the panel does not lie on the grid of {columns} by {rows} cells");
            self.reader
                .error("pack-panel-place", node.span.clone(), message)
                .help = Some(format!("{what}, counted from 0"));
        } else if places.iter().any(|other| overlap(*other, place)) {
            self.reader.error(
                "pack-panel-place",
                node.span.clone(),
                "the panel lies over another",
            );
        }
        places.push(place);
    }

    fn cells<const N: usize>(&mut self, node: &Node, what: &str) -> Option<[i64; N]> {
        let items = self.reader.items(node, what)?;
        if items.len() != N {
            let message = format!("{what}; here are {} values", items.len());
            self.reader.error("yaml-type", node.span.clone(), message);
            return None;
        }
        let mut found = [0; N];
        for (slot, item) in found.iter_mut().zip(items) {
            *slot = self
                .reader
                .integer(item, "a number of cells", 0..GRID_MOST + 1)?;
        }
        Some(found)
    }
}

fn overlap(a: Place, b: Place) -> bool {
    a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3]
}
