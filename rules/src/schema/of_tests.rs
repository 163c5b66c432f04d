//! What stands in files of tests alone: assets with the columns of their kinds, timelines, and lines in a notation of their own.

use model::{Reason, Severity};
use serde_json::{Map, Value, json};

use super::{LENGTH, Writer, scalar, worded};
use crate::keys::{Part, Shape};
use crate::testing::ANNUNCIATIONS;

impl Writer<'_> {
    /// The columns of every kind beside the keys of an asset; without a city, whatever is written.
    pub(super) fn take_columns(&self, part: &Part, schema: &mut Value) {
        let Some(city) = self.city else {
            schema["additionalProperties"] = scalar();
            return;
        };
        for kind in city.catalog.kinds() {
            for column in &kind.columns {
                let key = &*column.name;
                if part.keys.iter().all(|known| known.name != key) {
                    let mut value = scalar();
                    value["description"] = "A column of the registry.".into();
                    schema["properties"][key] = value;
                }
            }
        }
    }

    /// Of each kind, that no asset has the columns of another, and which of them are numbers.
    pub(super) fn of_columns(&self, part: &Part) -> Vec<Value> {
        let is_asset = part.keys.iter().any(|key| matches!(key.shape, Shape::Ids));
        let city = self.city.filter(|_| is_asset);
        let kinds = city.map_or(&[][..], |city| city.catalog.kinds());
        let of_kind = kinds.iter().map(|kind| {
            let mut names = part.names();
            names.extend(kind.columns.iter().map(|column| &*column.name));
            let numbers = kind.columns.iter();
            let numbers = numbers.filter(|column| column.value_type == model::ValueType::F64);
            let numbers: Map<_, _> = numbers
                .map(|column| (column.name.to_string(), json!({"type": "number"})))
                .collect();
            json!({
                "if": {"required": ["kind"], "properties": {"kind": {"const": &*kind.name}}},
                "then": {"propertyNames": {"enum": names}, "properties": numbers},
            })
        });
        of_kind.collect()
    }

    /// Assets by name, under each its fields; with a city, those of its kinds.
    pub(super) fn timeline(&self) -> Value {
        let mut fields = json!({"type": "object", "additionalProperties": scalar()});
        if let Some(city) = self.city {
            let mut known: Map<String, Value> = Map::new();
            for kind in city.catalog.kinds() {
                for field in &kind.fields {
                    let mut value = scalar();
                    let says = format!("{}: {}.", kind.name, field.title.en);
                    value["description"] = says.into();
                    known.entry(field.name.to_string()).or_insert(value);
                }
            }
            fields["properties"] = known.into();
            fields["additionalProperties"] = false.into();
        }
        json!({"type": "object", "additionalProperties": fields})
    }
}

/// A moment that no zone can change.
pub(super) fn moment() -> Value {
    worded(
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}[0-9:.]*([Zz]|[+-][0-9:]+)$",
        "a time with its offset, like 2026-01-05T08:00:00+07:00",
    )
}

/// As `file::event` reads them.
pub(super) fn events() -> Value {
    let pattern =
        format!(r"^\s*{LENGTH}\s+(source\s+(up|down)|(offline|shed)\s+\S+|restart\s+{LENGTH})\s*$");
    let message = "a time and what happens then: 10m source down, 10m source up, 10m offline ASSET, 10m shed ASSET, 10m restart 2m";
    json!({"type": "array", "items": worded(&pattern, message)})
}

/// As `expect::parse` and `values::parse` read them.
pub(super) fn expected() -> Value {
    let severities = Severity::ALL.map(Severity::as_str).join("|");
    let reasons = Reason::ALL.map(Reason::as_str).join("|");
    let annunciations = ANNUNCIATIONS.join("|");
    let transition = format!(
        r"\S+\s+(pending|firing|resolved)\s+({severities})(\s+({annunciations}|\(({reasons})\)))*"
    );
    let values = r"[^\s=]+=\S*(\s+[^\s=]+=\S*)*";
    let pattern = format!(r"^\s*{LENGTH}\s+\S+\s+({transition}|{values})\s*$");
    let message = "12m RiverHigh wl-gia-bay firing high, or what an asset shows: 10m env-area-air:w1 pm25=40.5";
    json!({"type": "array", "items": worded(&pattern, message)})
}
