//! What names mean where the expression is about one asset: fields, the registry, time.

use std::sync::Arc;

use cel::{Expr, Node, Problem, Reference, Resolution, Scope, Type};
use city::City;
use model::{AreaLevel, Column, Field, Kind, Span, ValueType, nearest};

use super::kinds::KindBuilder;
use super::not_yet;
use crate::group::Across;
use crate::slots::SlotSource;
use crate::windows::Statistic;

/// The scope of one asset of a kind.
pub(super) struct MemberScope<'a> {
    pub(super) city: &'a City,
    pub(super) kind: &'a Kind,
    pub(super) builder: &'a mut KindBuilder,
    pub(super) slots: &'a mut Vec<SlotSource>,
    /// Lengths of time written anywhere in the expression: an age can only be compared with one of them.
    pub(super) spans: Vec<Span>,
    /// Of a text: its language.
    pub(super) english: Option<bool>,
}

impl Scope for MemberScope<'_> {
    fn resolve(&mut self, reference: Reference<'_>, expr: &Expr) -> Resolution {
        match reference {
            Reference::Name(name) => self.name(name, expr),
            Reference::Path(path) => self.path(path, expr),
            Reference::Method {
                receiver,
                name,
                args,
            } => self.method(receiver, name, args, expr),
            Reference::Function { name, args } => self.function(name, args, expr),
        }
    }

    fn candidates(&self, reference: Reference<'_>) -> Vec<String> {
        let fields = self.kind.fields.iter().map(|field| field.name.to_string());
        let registry = ["id", "name", "area"].into_iter().map(str::to_owned);
        let columns = self.kind.columns.iter().map(|c| c.name.to_string());
        let registry = registry.chain(columns).map(|name| format!("asset.{name}"));
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
        match reference {
            Reference::Name(_) | Reference::Path(_) => fields.chain(registry).collect(),
            Reference::Method { .. } => {
                words(&["avg", "min", "max", "delta", "rate", "age", "held"])
            }
            Reference::Function { .. } => words(&["last_known", "silent"]),
        }
    }
}

impl MemberScope<'_> {
    fn name(&mut self, name: &str, expr: &Expr) -> Resolution {
        if let Some(field) = self.kind.field(name) {
            return self.slot(
                SlotSource::Field(field.id),
                field_type(field),
                field.unit.clone(),
            );
        }
        if name == "asset" {
            let problem = Problem::new(
                "rule-asset",
                expr.span(),
                "'asset' is not a value by itself",
            );
            return wrong(
                problem.with_help("write asset.id, asset.name, asset.area or a registry column"),
            );
        }
        not_yet::name(name, expr).map_or(Resolution::NotMine, wrong)
    }

    fn path(&mut self, path: &[&str], expr: &Expr) -> Resolution {
        match path {
            ["asset", "id"] => self.slot(SlotSource::AssetId, Type::String, None),
            ["asset", "name"] => self.slot(SlotSource::AssetName, Type::String, None),
            ["asset", "area"] => self.slot(SlotSource::AssetArea, Type::String, None),
            ["area", "name"] if self.english.is_some() => {
                let english = self.english.unwrap_or_default();
                self.slot(SlotSource::AssetAreaName(english), Type::String, None)
            }
            ["asset", column] => match self.kind.columns.iter().position(|c| &*c.name == *column) {
                Some(place) => {
                    let Column {
                        value_type, unit, ..
                    } = &self.kind.columns[place];
                    let (ty, unit) = (scalar_type(*value_type), unit.clone());
                    self.slot(SlotSource::Column(place as u16), ty, unit)
                }
                None => self.unknown_column(column, expr),
            },
            [first, ..] => not_yet::name(first, expr).map_or(Resolution::NotMine, wrong),
            [] => Resolution::NotMine,
        }
    }

    fn unknown_column(&self, column: &str, expr: &Expr) -> Resolution {
        let kind = &self.kind.name;
        let message = format!("the registry of {kind} has no column '{column}'");
        let columns = self.kind.columns.iter().map(|c| &*c.name);
        let known: Vec<_> = columns.chain(["id", "name", "area"]).collect();
        let help = match nearest(column, known.iter().copied()) {
            Some(near) => format!("did you mean asset.{near}?"),
            None => format!("it has {}", known.join(", ")),
        };
        wrong(Problem::new("rule-unknown-column", expr.span(), message).with_help(help))
    }

    fn method(&mut self, receiver: &Expr, name: &str, args: &[Expr], expr: &Expr) -> Resolution {
        if name == "held" {
            return self.held(receiver, args, expr);
        }
        let statistic = Statistic::parse(name);
        if statistic.is_none() && name != "age" {
            let known_field = receiver
                .as_name()
                .is_some_and(|n| self.kind.field(n).is_some());
            let later = if known_field {
                not_yet::method(name, expr)
            } else {
                None
            };
            return later.map_or(Resolution::NotMine, wrong);
        }
        let field = receiver.as_name().and_then(|n| self.kind.field(n));
        let Some(field) = field else {
            let message = format!(
                "'.{name}()' looks back over a field; '{}' is not one",
                receiver.text()
            );
            let problem = Problem::new("rule-not-a-field", receiver.span(), message);
            return wrong(
                problem.with_help("write the field's name before the dot: pm25.avg('1h')"),
            );
        };
        let (id, unit, value_type) = (field.id, field.unit.clone(), field.value_type);
        let Some(statistic) = statistic else {
            return self.age(id, args, expr);
        };
        if value_type != ValueType::F64 {
            let message = format!(
                "'{}' is a {value_type}; '.{name}()' needs a number",
                receiver.text()
            );
            return wrong(Problem::new("rule-not-a-number", receiver.span(), message));
        }
        match length(args, expr, &format!("{}.{name}('1h')", receiver.text())) {
            Ok(length) => {
                let window = self.builder.window(id, length, statistic);
                // A rate has another unit than its field: so many a second.
                let unit = if statistic == Statistic::Rate {
                    None
                } else {
                    unit
                };
                self.slot(SlotSource::Window(window, statistic), Type::Double, unit)
            }
            Err(problem) => wrong(problem),
        }
    }

    fn age(&mut self, field: model::FieldId, args: &[Expr], expr: &Expr) -> Resolution {
        if let Some(extra) = args.first() {
            return wrong(Problem::new(
                "rule-arguments",
                extra.span(),
                "'.age()' takes no argument",
            ));
        }
        if self.spans.is_empty() {
            let problem = Problem::new(
                "rule-age",
                expr.span(),
                "an age grows all the time; the engine must know when to look",
            );
            return wrong(problem.with_help(format!(
                "compare it with a fixed length: {} > duration('10m')",
                expr.text()
            )));
        }
        for span in &self.spans {
            self.builder.age(field, *span);
        }
        self.slot(SlotSource::Age(field), Type::Duration, None)
    }

    fn held(&mut self, receiver: &Expr, args: &[Expr], expr: &Expr) -> Resolution {
        let length = match length(args, expr, &format!("({}).held('5m')", receiver.text())) {
            Ok(length) => length,
            Err(problem) => return wrong(problem),
        };
        let mut slots = Vec::new();
        let mut inner = MemberScope {
            city: self.city,
            kind: self.kind,
            builder: &mut *self.builder,
            slots: &mut slots,
            spans: self.spans.clone(),
            english: None,
        };
        match receiver.compile_bool(&mut inner) {
            Ok(condition) => {
                let held = self.builder.held(receiver.text(), condition, slots, length);
                self.slot(SlotSource::Held(held), Type::Bool, None)
            }
            Err(problems) => Resolution::Problems(problems),
        }
    }

    fn function(&mut self, name: &str, args: &[Expr], expr: &Expr) -> Resolution {
        match name {
            "last_known" => self.last_known(args, expr),
            "silent" => match length(args, expr, "silent('15m')") {
                Ok(length) => match self.builder.silence(length, None) {
                    Some(bit) => self.slot(SlotSource::Silent(bit), Type::Bool, None),
                    None => wrong(too_many_silences(expr)),
                },
                Err(problem) => wrong(problem),
            },
            _ if Across::parse(name).is_some() || name == "known_fraction" => {
                let message = format!("'{name}()' looks across members, and here is one asset");
                let problem = Problem::new("rule-across-one", expr.span(), message);
                wrong(problem.with_help("give the rule a coarser 'by', such as by: [area]; functions across members do not nest"))
            }
            _ => not_yet::function(name, expr).map_or(Resolution::NotMine, wrong),
        }
    }

    fn last_known(&mut self, args: &[Expr], expr: &Expr) -> Resolution {
        let field = match args {
            [arg] => arg.as_name().and_then(|name| self.kind.field(name)),
            _ => None,
        };
        let Some(field) = field else {
            let problem = Problem::new(
                "rule-not-a-field",
                expr.span(),
                "'last_known()' takes one field of the kind",
            );
            return wrong(problem.with_help("write last_known(height)"));
        };
        self.slot(
            SlotSource::LastKnown(field.id),
            field_type(field),
            field.unit.clone(),
        )
    }

    fn slot(&mut self, source: SlotSource, ty: Type, unit: Option<Arc<str>>) -> Resolution {
        slot(self.slots, source, ty, unit)
    }
}

/// The number of a slot, the same for the same source.
pub(super) fn slot(
    slots: &mut Vec<SlotSource>,
    source: SlotSource,
    ty: Type,
    unit: Option<Arc<str>>,
) -> Resolution {
    let place = slots.iter().position(|s| *s == source).unwrap_or_else(|| {
        slots.push(source);
        slots.len() - 1
    });
    Resolution::Slot {
        slot: place as u32,
        ty,
        unit,
    }
}

pub(super) fn wrong(problem: Problem) -> Resolution {
    Resolution::Problems(vec![problem])
}

pub(super) fn too_many_silences(expr: &Expr) -> Problem {
    let message = "the rules of this kind watch more than 63 different silences";
    Problem::new("rule-too-many-silences", expr.span(), message)
}

fn field_type(field: &Field) -> Type {
    match field.value_type {
        ValueType::Symbol => Type::Symbol(field.symbols.clone().into()),
        other => scalar_type(other),
    }
}

fn scalar_type(value_type: ValueType) -> Type {
    match value_type {
        ValueType::F64 => Type::Double,
        ValueType::Bool => Type::Bool,
        ValueType::Symbol | ValueType::Text => Type::String,
        ValueType::Time => Type::Timestamp,
    }
}

/// The one argument of a method or function over time.
fn length(args: &[Expr], expr: &Expr, example: &str) -> Result<Span, Problem> {
    let help = format!("write a length of time: {example}");
    let [arg] = args else {
        let message = "one length of time is needed here";
        return Err(Problem::new("rule-arguments", expr.span(), message).with_help(help));
    };
    let Some(text) = arg.as_str() else {
        let message = format!("'{}' is not a length of time", arg.text());
        return Err(Problem::new("rule-arguments", arg.span(), message).with_help(help));
    };
    match text.parse::<Span>() {
        Ok(span) if !span.is_zero() => Ok(span),
        Ok(_) => {
            Err(Problem::new("rule-arguments", arg.span(), "a length of no time").with_help(help))
        }
        Err(error) => {
            Err(Problem::new("rule-arguments", arg.span(), error.to_string()).with_help(help))
        }
    }
}

/// Every `duration('…')` written in an expression.
pub(super) fn spans_in(expr: &Expr) -> Vec<Span> {
    let mut spans = Vec::new();
    collect_spans(expr, &mut spans);
    spans
}

/// Recursion is bounded by the parser's limit on depth.
fn collect_spans(expr: &Expr, spans: &mut Vec<Span>) {
    match expr.node() {
        Node::Literal(_) | Node::Name(_) => {}
        Node::Select { of, .. } => collect_spans(of, spans),
        Node::Call {
            receiver,
            function,
            args,
        } => {
            if &**function == "duration" {
                let texts = args.iter().filter_map(Expr::as_str);
                spans.extend(texts.filter_map(|text| text.parse::<Span>().ok()));
            }
            for part in receiver.iter().map(|r| &**r).chain(args) {
                collect_spans(part, spans);
            }
        }
        Node::Index { of, index } => {
            collect_spans(of, spans);
            collect_spans(index, spans);
        }
        Node::List(parts) | Node::All(parts) | Node::Any(parts) => {
            for part in parts {
                collect_spans(part, spans);
            }
        }
        Node::Map(entries) => {
            for (key, value) in entries {
                collect_spans(key, spans);
                collect_spans(value, spans);
            }
        }
        Node::Not(part) | Node::Negate(part) => collect_spans(part, spans),
        Node::Binary { left, right, .. } => {
            collect_spans(left, spans);
            collect_spans(right, spans);
        }
        Node::Choose {
            condition,
            then,
            otherwise,
        } => {
            collect_spans(condition, spans);
            collect_spans(then, spans);
            collect_spans(otherwise, spans);
        }
    }
}

/// The area levels that can be a dimension.
pub(super) fn area_level(name: &str) -> Option<AreaLevel> {
    Some(match name {
        "province" => AreaLevel::Province,
        "district" => AreaLevel::District,
        "commune" => AreaLevel::Commune,
        _ => return None,
    })
}
