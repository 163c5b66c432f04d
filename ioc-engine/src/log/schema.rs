//! The names behind a segment's numbers: its kinds, fields and symbols as they were when it was begun.
//! A segment read under a later catalog is translated by name, so that an edit of the pack cannot change what was logged.

use model::{Catalog, FieldId, KindId, Value};
use serde::{Deserialize, Serialize};

/// What a segment keeps of the catalog it was written under.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Schema {
    kinds: Vec<KindNames>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KindNames {
    name: String,
    fields: Vec<FieldNames>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct FieldNames {
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    symbols: Vec<String>,
}

impl Schema {
    pub(super) fn of(catalog: &Catalog) -> Self {
        let field = |field: &model::Field| FieldNames {
            name: field.name.to_string(),
            symbols: field.symbols.iter().map(ToString::to_string).collect(),
        };
        let kinds = catalog
            .kinds()
            .iter()
            .map(|kind| KindNames {
                name: kind.name.to_string(),
                fields: kind.fields.iter().map(field).collect(),
            })
            .collect();
        Self { kinds }
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }

    pub(super) fn from_json(json: &str) -> serde_json::Result<Self> {
        serde_json::from_str(json)
    }

    /// How this segment's numbers read under `catalog`.
    pub(super) fn translation(&self, catalog: &Catalog) -> Translation {
        let kinds = self
            .kinds
            .iter()
            .map(|names| KindTranslation::of(names, catalog))
            .collect();
        Translation { kinds }
    }
}

/// A segment's numbers in terms of today's catalog.
pub(super) struct Translation {
    kinds: Vec<Option<KindTranslation>>,
}

struct KindTranslation {
    id: KindId,
    fields: Vec<Option<FieldTranslation>>,
}

struct FieldTranslation {
    id: FieldId,
    symbols: Vec<Option<u16>>,
}

impl KindTranslation {
    fn of(names: &KindNames, catalog: &Catalog) -> Option<Self> {
        let kind = catalog.find(&names.name)?;
        let field = |names: &FieldNames| {
            let field = kind.field(&names.name)?;
            let symbols = names.symbols.iter().map(|word| field.symbol(word));
            Some(FieldTranslation {
                id: field.id,
                symbols: symbols.collect(),
            })
        };
        Some(Self {
            id: kind.id,
            fields: names.fields.iter().map(field).collect(),
        })
    }
}

impl Translation {
    /// Today's number of a segment's kind; none when the catalog no longer has it.
    pub(super) fn kind(&self, number: u64) -> Option<KindId> {
        Some(self.kinds.get(number as usize)?.as_ref()?.id)
    }

    /// Today's number and value of a segment's field; none when the catalog no longer has the field or the word.
    pub(super) fn field(&self, kind: u64, number: u64, value: Value) -> Option<(FieldId, Value)> {
        let kind = self.kinds.get(kind as usize)?.as_ref()?;
        let field = kind.fields.get(number as usize)?.as_ref()?;
        let value = match value {
            Value::Symbol(s) => Value::Symbol((*field.symbols.get(usize::from(s))?)?),
            other => other,
        };
        Some((field.id, value))
    }
}
