//! The kind of a `derive:`, as the catalog declares it or as the rule makes it.

use std::sync::Arc;

use cel::Program;
use model::{Column, Field, Kind, KindId, Localized, Span, ValueType, nearest};

use super::derive_fields::Compiled;
use super::rule::Compiling;
use crate::derivations::{DerivedField, Form, is_derived_id};
use crate::plan::Dimension;
use crate::slots::SlotSource;

/// What a session or a count came to stays true until the next one; a day is long.
const DEFAULT_STALE: Span = Span::from_mins(24 * 60);

/// What is written of the kind that a rule makes, beside its fields.
pub(super) struct Made {
    title: Option<Localized>,
    stale_after: Option<Span>,
}

impl Compiling<'_, '_, '_> {
    pub(super) fn made(&mut self) -> Made {
        let title = self.draft.fields.get("title");
        let stale_after = self.draft.fields.get("stale_after");
        Made {
            title: title.and_then(|node| self.reader.localized(node, "a title")),
            stale_after: stale_after.map(|_| self.span("stale_after")),
        }
    }

    /// The kind of its readings.
    pub(super) fn target(
        &mut self,
        on: &Kind,
        form: Form,
        grouped: bool,
        made: Made,
        fields: &[Compiled],
    ) -> Option<Kind> {
        let name = Arc::clone(&self.draft.name.name);
        if let Some(declared) = self.loader.city.catalog.find(&name).cloned() {
            for key in ["stale_after", "title"] {
                let whom = "kinds that the catalog does not declare";
                self.refuse_key(key, whom, "leave it out: what the catalog says stands");
            }
            self.refuse_reported(&declared);
            let agree = fields.iter().map(|field| self.agrees(&declared, field));
            let agree: Vec<_> = agree.collect();
            return agree.into_iter().all(|agrees| agrees).then_some(declared);
        }
        let (report_every, stale_after) = match form {
            Form::Tumbling { every } | Form::Hopping { every, .. } => {
                (every, Span::from_millis(every.millis().saturating_mul(3)))
            }
            Form::Sliding { least } => {
                let rare = Span::from_millis(least.millis().saturating_mul(3));
                (on.report_every, on.stale_after.max(rare))
            }
            Form::Session { .. } | Form::Count { .. } => (on.report_every, DEFAULT_STALE),
        };
        let written = made.stale_after.map(|span| span.max(Span::from_millis(1)));
        let by = self.by.iter().filter(|_| grouped);
        let columns = by.filter_map(|dimension| match dimension {
            Dimension::Column(name) => Some(Column {
                name: name.clone(),
                value_type: ValueType::Text,
                unit: None,
            }),
            _ => None,
        });
        Some(Kind {
            id: KindId(self.loader.city.catalog.kinds().len() as u16),
            title: made.title.unwrap_or_else(|| Localized::same(&*name)),
            name,
            fields: fields
                .iter()
                .map(|compiled| compiled.field.clone())
                .collect(),
            report_every,
            stale_after: written.unwrap_or(stale_after),
            auto_register: false,
            columns: columns.collect(),
        })
    }

    /// A kind that is derived takes no readings of devices: those of assets that the rule does not make would go dark.
    fn refuse_reported(&mut self, declared: &Kind) {
        let assets = self.loader.city.assets.iter();
        let mut reported =
            assets.filter(|asset| asset.kind == declared.id && !is_derived_id(declared, &asset.id));
        let Some(first) = reported.next() else { return };
        let more = match reported.count() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (name, id) = (&declared.name, &first.id);
        let message = format!("'{name}' is what devices report: the registry has '{id}'{more}");
        let span = self.draft.name_node.span.clone();
        self.reader.error("derive-reported", span, message).help = Some(format!(
            "readings of devices are refused for a kind that is derived: derive a kind of its own name, such as {name}-derived"
        ));
    }

    /// Whether a declared kind has the field as it is computed.
    fn agrees(&mut self, declared: &Kind, compiled: &Compiled) -> bool {
        let (field, span) = (&compiled.field, compiled.node_span.clone());
        let Some(known) = declared.field(&field.name) else {
            let near = nearest(&field.name, declared.fields.iter().map(|f| &*f.name));
            let message = format!(
                "the catalog's {} has no field '{}'",
                declared.name, field.name
            );
            self.reader.error("derive-declared", span, message).help =
                near.map(|near| format!("did you mean '{near}'?"));
            return false;
        };
        let same_type = known.value_type == field.value_type && known.symbols == field.symbols;
        let same_unit = field.unit.is_none() || known.unit.is_none() || known.unit == field.unit;
        if same_type && same_unit {
            return true;
        }
        let told = |field: &Field| match &field.unit {
            Some(unit) => format!("a {} in {unit}", field.value_type),
            None => format!("a {}", field.value_type),
        };
        let message = format!(
            "the catalog says '{}' is {}; the expression is {}",
            field.name,
            told(known),
            told(field)
        );
        self.reader.error("derive-declared", span, message).help =
            Some("make the catalog and the expression agree".to_owned());
        false
    }

    /// The fields at their places in the kind.
    pub(super) fn placed(&self, fields: Vec<Compiled>, target: &Kind) -> Box<[DerivedField]> {
        let aggregates = |program: &Program<cel::Value>| {
            let slots = program.slots().into_iter();
            slots
                .filter_map(|slot| match self.slots[slot as usize] {
                    SlotSource::Aggregate(place) => Some(place),
                    _ => None,
                })
                .collect()
        };
        let fields = fields
            .into_iter()
            .filter_map(|Compiled { field, program, .. }| {
                Some(DerivedField {
                    id: target.field(&field.name)?.id,
                    aggregates: aggregates(&program),
                    program,
                })
            });
        fields.collect()
    }
}
