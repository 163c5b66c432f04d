//! The kinds of assets a city has, and the fields each kind measures.

use std::sync::Arc;

use crate::{FieldId, KindId, Localized, Span, ValueType};

/// All kinds of the city, in the order their files were read.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    kinds: Vec<Kind>,
}

/// A kind of device or service.
#[derive(Clone, Debug)]
pub struct Kind {
    /// This kind's place in the catalog.
    pub id: KindId,
    /// `domain/kind`: `wifi/ap`.
    pub name: Arc<str>,
    /// What operators call it.
    pub title: Localized,
    /// The measured fields; a [`FieldId`] is an index into this.
    pub fields: Vec<Field>,
    /// How often an asset reports when all is well.
    pub report_every: Span,
    /// After this long without a reading an asset is stale and its fields unknown.
    pub stale_after: Span,
    /// Whether an asset that reports without being registered takes part.
    pub auto_register: bool,
    /// Registry columns beside the fixed ones, in the order of the file: the dimensions and thresholds of the kind.
    pub columns: Vec<Column>,
}

/// A registry column of a kind: a label used in `by`, or a number used as a threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The column's name: `ring`, `bd1`.
    pub name: Arc<str>,
    /// [`ValueType::Text`] for labels, [`ValueType::F64`] for thresholds.
    pub value_type: ValueType,
    /// UCUM code of a number's unit.
    pub unit: Option<Arc<str>>,
}

/// A measured field of a kind.
#[derive(Clone, Debug)]
pub struct Field {
    /// This field's place in its kind.
    pub id: FieldId,
    /// The name in payloads and rules: `pm25`.
    pub name: Arc<str>,
    /// What operators call it.
    pub title: Localized,
    /// The type of its values.
    pub value_type: ValueType,
    /// UCUM code of a number's unit: `m`, `ug/m3`, `%`, `Cel`.
    pub unit: Option<Arc<str>>,
    /// The least and the greatest a number may be; a reading outside is refused.
    pub range: Option<(f64, f64)>,
    /// The words of a symbol field; [`crate::Value::Symbol`] is an index into this.
    pub symbols: Vec<Arc<str>>,
    /// A change counts as a change of state and is reported at once; shown first on screens.
    pub headline: bool,
}

impl Catalog {
    /// A catalog of these kinds. Each kind's `id` must be its place in the list.
    pub fn new(kinds: Vec<Kind>) -> Self {
        debug_assert!(kinds.iter().enumerate().all(|(i, k)| k.id.index() == i));
        Self { kinds }
    }

    /// The kind of this number.
    pub fn kind(&self, id: KindId) -> &Kind {
        &self.kinds[id.index()]
    }

    /// The kind of this name, `wifi/ap`.
    pub fn find(&self, name: &str) -> Option<&Kind> {
        self.kinds.iter().find(|k| &*k.name == name)
    }

    /// Every kind.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }
}

impl Kind {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| &*f.name == name)
    }

    /// The registry column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| &*c.name == name)
    }

    /// The part before the slash: `wifi`.
    pub fn domain(&self) -> &str {
        self.name.split('/').next().unwrap_or(&self.name)
    }
}

impl Field {
    /// The index of a word among the field's symbols.
    pub fn symbol(&self, word: &str) -> Option<u16> {
        self.symbols
            .iter()
            .position(|s| &**s == word)
            .map(|i| i as u16)
    }
}
