//! Reads `catalog/<domain>.yaml`: the kinds of assets and what they measure.

use std::sync::Arc;

use model::{
    Catalog, Column, Diagnostic, Field, FieldId, Kind, KindId, Localized, Span, ValueType,
};

use crate::files::File;
use crate::yaml::{self, Fields, Node, Reader};
use model::units;

/// The registry columns every kind has.
pub(crate) const FIXED_COLUMNS: [&str; 7] =
    ["id", "name", "area", "lat", "lon", "lifecycle", "uplink"];

/// What rules group by without a column of the name.
const DIMENSIONS: [&str; 4] = ["asset", "province", "district", "commune"];

/// Words with a meaning of their own in expressions.
const TAKEN_NAMES: [&str; 9] = [
    "true", "false", "null", "in", "asset", "uplink", "now", "at", "by",
];

const KIND_KEYS: [&str; 6] = [
    "title",
    "report_every",
    "stale_after",
    "auto_register",
    "columns",
    "fields",
];
const FIELD_KEYS: [&str; 6] = ["title", "type", "unit", "range", "symbols", "headline"];
const TOPIC_WORD: &str = "small letters, digits and hyphens: it is a part of MQTT topics";
const TYPES: [&str; 5] = ["number", "bool", "symbol", "text", "time"];

/// The kinds of these files; whatever is wrong with them goes to `diagnostics`.
pub(crate) fn read(files: &[File], diagnostics: &mut Vec<Diagnostic>) -> Catalog {
    let mut kinds = Vec::new();
    for file in files {
        match yaml::parse(file.index, file.text()) {
            Ok(root) => {
                let mut reader = KindReader {
                    reader: Reader::new(file.index),
                    domain: &file.stem,
                };
                reader.file(&root, &mut kinds);
                diagnostics.append(&mut reader.reader.diagnostics);
            }
            Err(mut problems) => diagnostics.append(&mut problems),
        }
    }
    Catalog::new(kinds)
}

struct KindReader<'a> {
    reader: Reader,
    domain: &'a str,
}

impl KindReader<'_> {
    fn file(&mut self, root: &Node, kinds: &mut Vec<Kind>) {
        let Some(fields) = self
            .reader
            .fields(root, "a catalog file", &["version", "kinds"])
        else {
            return;
        };
        self.reader.version(fields, "a catalog file");
        if !is_topic_word(self.domain) {
            let message = format!("'{}.yaml' cannot name a domain", self.domain);
            self.reader.error("pack-name", 0..0, message).help = Some(TOPIC_WORD.to_owned());
        }
        let entries = self
            .reader
            .required(fields, "kinds", "a catalog file")
            .and_then(|node| self.reader.entries(node, "'kinds'"));
        for (name, node) in entries.unwrap_or_default() {
            if let Some(kind) = self.kind(KindId(kinds.len() as u16), name, node) {
                kinds.push(kind);
            }
        }
    }

    /// A kind with something wrong in it stays in the catalog as far as it can be read, so that what refers to it is not
    /// reported in its place.
    fn kind(&mut self, id: KindId, name: &Node, node: &Node) -> Option<Kind> {
        let word = name.as_str()?;
        let what = format!("the kind '{word}'");
        if !is_topic_word(word) {
            let message = format!("'{word}' cannot name a kind");
            self.reader
                .error("pack-name", name.span.clone(), message)
                .help = Some(TOPIC_WORD.to_owned());
        }
        let fields = self.reader.fields(node, &what, &KIND_KEYS)?;
        let title = self.title(fields, &what);
        let (report_every, stale_after) = self.times(fields, &what);
        let auto_register = self.flag(fields, "auto_register");
        let columns = self.columns(fields);
        let measured = self.fields(fields, &what);
        self.check_clashes(fields);
        Some(Kind {
            id,
            name: format!("{}/{word}", self.domain).into(),
            title: title.unwrap_or_else(|| Localized::same(word)),
            fields: measured.unwrap_or_default(),
            report_every: report_every.unwrap_or(Span::from_mins(1)),
            stale_after: stale_after.unwrap_or(Span::from_mins(3)),
            auto_register,
            columns,
        })
    }

    fn title(&mut self, fields: Fields<'_>, what: &str) -> Option<Localized> {
        let node = self.reader.required(fields, "title", what)?;
        self.reader.localized(node, "a title")
    }

    fn flag(&mut self, fields: Fields<'_>, key: &str) -> bool {
        fields
            .get(key)
            .and_then(|node| self.reader.boolean(node, &format!("'{key}'")))
            .unwrap_or(false)
    }

    fn times(&mut self, fields: Fields<'_>, what: &str) -> (Option<Span>, Option<Span>) {
        let mut time = |key: &str| {
            let node = self.reader.required(fields, key, what)?;
            let span = self.reader.span(node, &format!("'{key}'"))?;
            if span.is_zero() {
                let message = format!("'{key}' of {what} is no time at all");
                self.reader
                    .error("pack-report-every", node.span.clone(), message);
                return None;
            }
            Some(span)
        };
        let (every, stale) = (time("report_every"), time("stale_after"));
        if let (Some(every), Some(stale), Some(node)) = (every, stale, fields.get("stale_after"))
            && stale < every
        {
            let message = format!(
                "{what} would be stale after {stale}, before its next report after {every}"
            );
            self.reader
                .error("pack-stale-after", node.span.clone(), message)
                .help = Some("two to three reports are usual".to_owned());
        }
        (every, stale)
    }

    fn columns(&mut self, fields: Fields<'_>) -> Vec<Column> {
        let entries = fields
            .get("columns")
            .and_then(|node| self.reader.entries(node, "'columns'"));
        entries
            .unwrap_or_default()
            .iter()
            .filter_map(|(name, node)| self.column(name, node))
            .collect()
    }

    fn column(&mut self, name: &Node, node: &Node) -> Option<Column> {
        let word = self.name(name, "column")?;
        if FIXED_COLUMNS.contains(&word) || DIMENSIONS.contains(&word) {
            let message = format!("every kind has '{word}' already");
            self.reader
                .error("pack-column-name", name.span.clone(), message)
                .help = Some("leave it out, or choose another name".to_owned());
            return None;
        }
        let what = format!("the column '{word}'");
        let fields = self.reader.fields(node, &what, &["type", "unit"])?;
        let type_node = self.reader.required(fields, "type", &what)?;
        let written = self
            .reader
            .word(type_node, "a type of columns", &["text", "number"])?;
        let value_type = if written == "number" {
            ValueType::F64
        } else {
            ValueType::Text
        };
        let unit = self.unit(fields, &what, value_type);
        Some(Column {
            name: word.into(),
            value_type,
            unit,
        })
    }

    fn fields(&mut self, kind: Fields<'_>, what: &str) -> Option<Vec<Field>> {
        let node = self.reader.required(kind, "fields", what)?;
        let entries = self.reader.entries(node, "'fields'")?;
        let mut fields: Vec<Field> = Vec::with_capacity(entries.len());
        for (name, node) in entries {
            if let Some(field) = self.field(FieldId(fields.len() as u16), name, node) {
                fields.push(field);
            }
        }
        Some(fields)
    }

    fn field(&mut self, id: FieldId, name: &Node, node: &Node) -> Option<Field> {
        let word = self.name(name, "field")?;
        let what = format!("the field '{word}'");
        let fields = self.reader.fields(node, &what, &FIELD_KEYS)?;
        let title = self.title(fields, &what);
        let type_node = self.reader.required(fields, "type", &what)?;
        let value_type = match self.reader.word(type_node, "a type of fields", &TYPES)? {
            "number" => ValueType::F64,
            "bool" => ValueType::Bool,
            "symbol" => ValueType::Symbol,
            "text" => ValueType::Text,
            _ => ValueType::Time,
        };
        Some(Field {
            id,
            name: word.into(),
            unit: self.unit(fields, &what, value_type),
            range: self.range(fields, &what, value_type),
            symbols: self.symbols(fields, &what, value_type, type_node),
            headline: self.flag(fields, "headline"),
            title: title?,
            value_type,
        })
    }

    /// A name that expressions can use.
    fn name<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let word = node.as_str()?;
        let help = if TAKEN_NAMES.contains(&word) {
            "the word has a meaning of its own in expressions"
        } else if is_identifier(word) {
            return Some(word);
        } else {
            "letters without accents, digits and _, not beginning with a digit: expressions use it"
        };
        let message = format!("'{word}' cannot name a {what}");
        self.reader
            .error("pack-name", node.span.clone(), message)
            .help = Some(help.to_owned());
        None
    }

    fn unit(&mut self, fields: Fields<'_>, what: &str, value_type: ValueType) -> Option<Arc<str>> {
        let node = fields.get("unit")?;
        let code = self.reader.text(node, "'unit'")?;
        if value_type != ValueType::F64 {
            let message = format!("{what} holds no numbers, so it has no unit");
            self.reader.error("pack-unit", node.span.clone(), message);
            return None;
        }
        if !units::is_unit(code) {
            let message = format!("'{code}' is not a UCUM unit code this product knows");
            self.reader
                .error("pack-unit", node.span.clone(), message)
                .help = units::suggestion(code).map(|near| format!("did you mean '{near}'?"));
            return None;
        }
        Some(code.into())
    }

    fn range(
        &mut self,
        fields: Fields<'_>,
        what: &str,
        value_type: ValueType,
    ) -> Option<(f64, f64)> {
        let node = fields.get("range")?;
        if value_type != ValueType::F64 {
            let message = format!("{what} holds no numbers, so it has no range");
            self.reader.error("pack-range", node.span.clone(), message);
            return None;
        }
        let [least, most] = self.reader.items(node, "'range'")? else {
            let message = "a range has two numbers: the least and the greatest";
            self.reader.error("pack-range", node.span.clone(), message);
            return None;
        };
        let least = self.reader.number(least, "the least");
        let most = self.reader.number(most, "the greatest");
        let (least, most) = (least?, most?);
        if least >= most {
            let message = format!("the range begins at {least} and ends at {most}");
            self.reader
                .error("pack-range", node.span.clone(), message)
                .help = Some("the least comes first".to_owned());
            return None;
        }
        Some((least, most))
    }

    fn symbols(
        &mut self,
        fields: Fields<'_>,
        what: &str,
        value_type: ValueType,
        type_node: &Node,
    ) -> Vec<Arc<str>> {
        let is_symbol = value_type == ValueType::Symbol;
        let node = match fields.get("symbols") {
            Some(node) if is_symbol => node,
            Some(node) => {
                let message = format!("{what} is a {value_type}; only a symbol has symbols");
                self.reader
                    .error("pack-symbols", node.span.clone(), message);
                return Vec::new();
            }
            None => {
                if is_symbol {
                    self.reader
                        .error(
                            "pack-symbols",
                            type_node.span.clone(),
                            format!("{what} needs 'symbols'"),
                        )
                        .help = Some("the words it can be: symbols: [up, down]".to_owned());
                }
                return Vec::new();
            }
        };
        let mut symbols: Vec<Arc<str>> = Vec::new();
        for item in self.reader.items(node, "'symbols'").unwrap_or_default() {
            let Some(word) = self.reader.text(item, "a symbol") else {
                continue;
            };
            if symbols.iter().any(|s| &**s == word) {
                self.reader.error(
                    "pack-symbols",
                    item.span.clone(),
                    format!("the symbol '{word}' stands here twice"),
                );
            }
            symbols.push(word.into());
        }
        symbols
    }

    /// A name means one thing in an expression: a field, or a column behind `asset.`; in `by` it would be either.
    fn check_clashes(&mut self, kind: Fields<'_>) {
        let (Some(columns), Some(fields)) = (kind.get("columns"), kind.get("fields")) else {
            return;
        };
        for (name, _) in columns.as_map().unwrap_or_default() {
            let word = name.as_str().unwrap_or_default();
            if fields.get(word).is_some() {
                let message = format!("'{word}' is a field and a column of this kind");
                self.reader
                    .error("pack-column-name", name.span.clone(), message);
            }
        }
    }
}

fn is_identifier(word: &str) -> bool {
    !word.starts_with(|c: char| c.is_ascii_digit())
        && !word.is_empty()
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_topic_word(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}
