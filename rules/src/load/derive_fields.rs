//! The fields of a derivation: their expressions, and the types and units that follow from them.

use std::sync::Arc;

use cel::Program;
use city::yaml::Node;
use model::{Field, FieldId, Localized, ValueType};

use super::rule::{About, Compiling, RuleScope};
use super::{texts, turnings};
use crate::derivations::Form;
use crate::keys::{self, FIELD};

/// A field as it will be, and how it is computed.
pub(super) struct Compiled {
    pub(super) field: Field,
    pub(super) program: Program<cel::Value>,
    pub(super) node_span: std::ops::Range<usize>,
}

impl Compiling<'_, '_, '_> {
    pub(super) fn derived_fields(
        &mut self,
        about: Option<About<'_>>,
        form: Option<Form>,
    ) -> Option<Vec<Compiled>> {
        let node = self
            .reader
            .required(self.draft.fields, "fields", "a derivation")?;
        let entries = self.reader.entries(node, "'fields'");
        let entries =
            entries.or_else(|| self.reader.advise("write fields: {pm25: avg(pm25), …}"))?;
        if entries.is_empty() {
            let message = "a derivation computes at least one field";
            self.reader
                .error("derive-field", node.span.clone(), message);
        }
        let mut fields = Vec::new();
        for (name, node) in entries {
            let id = FieldId(fields.len() as u16);
            fields.extend(self.derived_field(about, form, (id, name, node)));
        }
        (fields.len() == entries.len()).then_some(fields)
    }

    fn derived_field(
        &mut self,
        about: Option<About<'_>>,
        form: Option<Form>,
        (id, name_node, node): (FieldId, &Node, &Node),
    ) -> Option<Compiled> {
        let name = name_node.as_str().unwrap_or_default();
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(is_word) {
            let message = format!("'{name}' cannot name a field");
            self.reader
                .error("derive-field", name_node.span.clone(), message)
                .help = Some("a letter, then letters, digits and '_'".to_owned());
        }
        let (mut title, mut unit, mut value) = (Localized::same(name), None, node);
        if node.as_map().is_some() {
            let fields = keys::fields(node, &FIELD, self.reader)?;
            if let Some(node) = fields.get("title") {
                title = self.reader.localized(node, "a title").unwrap_or(title);
            }
            value = self.reader.required(fields, "value", FIELD.what)?;
            unit = fields.get("unit");
        }
        let program = self.expression(about, form, value)?;
        let value_type = self.value_type(&program, value)?;
        let unit = self.unit(&program, value_type, unit);
        let field = Field {
            id,
            name: name.into(),
            title,
            value_type,
            unit,
            range: None,
            symbols: program.words().map(<[_]>::to_vec).unwrap_or_default(),
            headline: id.0 == 0,
        };
        Some(Compiled {
            field,
            program,
            node_span: name_node.span.clone(),
        })
    }

    fn expression(
        &mut self,
        about: Option<About<'_>>,
        form: Option<Form>,
        node: &Node,
    ) -> Option<Program<cel::Value>> {
        let source = self.reader.text(node, "an expression")?;
        let compiled = cel::parse_and(source, |expr| {
            self.in_scope(about, None, |scope| {
                let program = expr.compile_value(scope.as_scope())?;
                match scope {
                    // Nobody looks at a sliding value just because time passes.
                    RuleScope::Asset(member) if form.is_some_and(Form::is_sliding) => {
                        let reads = std::mem::take(&mut member.reads);
                        turnings::of_number(member.slots, &reads)?;
                    }
                    RuleScope::Asset(_) | RuleScope::Group(_) => {}
                }
                Ok(program)
            })
        });
        self.tell_doubts(node);
        match compiled {
            Ok(program) => Some(program),
            Err(problems) => {
                texts::report(self.draft, node, 0, problems, self.reader);
                None
            }
        }
    }

    fn value_type(&mut self, program: &Program<cel::Value>, node: &Node) -> Option<ValueType> {
        let type_name = program.type_name();
        Some(match type_name {
            "double" | "int" | "uint" | "google.protobuf.Duration" => ValueType::F64,
            "bool" => ValueType::Bool,
            "string" if program.words().is_some() => ValueType::Symbol,
            "string" => ValueType::Text,
            "google.protobuf.Timestamp" => ValueType::Time,
            _ => {
                let message = format!("a field cannot hold a {type_name}");
                self.reader
                    .error("derive-type", node.span.clone(), message)
                    .help = Some("it holds a number, a bool, a text or a time".to_owned());
                return None;
            }
        })
    }

    /// The unit that follows from the expression; a written one is checked, or fills in where none follows. What is
    /// wrong with it is reported, and the derivation refused with it.
    fn unit(
        &mut self,
        program: &Program<cel::Value>,
        value_type: ValueType,
        written: Option<&Node>,
    ) -> Option<Arc<str>> {
        let seconds = program.type_name() == "google.protobuf.Duration";
        let found = if seconds {
            Some("s".into())
        } else {
            program.unit().cloned()
        };
        let Some(node) = written else {
            return found;
        };
        let text = self.reader.text(node, "a unit")?;
        if value_type != ValueType::F64 {
            let message = format!("a {value_type} has no unit");
            self.reader.error("derive-unit", node.span.clone(), message);
            return None;
        }
        match found {
            Some(found) if *found != *text => {
                let message = format!("the expression is in {found}, not in {text}");
                self.reader
                    .error("derive-unit", node.span.clone(), message)
                    .help = Some(format!("write unit: {found}, or leave it out"));
                None
            }
            _ => Some(text.into()),
        }
    }
}
