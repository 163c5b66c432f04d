//! What names mean where the expression is about one asset: fields, the registry, time.

use std::sync::Arc;

use cel::{Comparison, Expr, Node, Problem, Program, Reference, Resolution, Scope, Type};
use city::City;
use jiff::tz::TimeZone;
use model::{AreaLevel, Column, Field, Kind, ValueType, nearest};

use super::collects::Collects;
use super::kinds::KindBuilder;
use super::never::Ranged;
use super::over_time::length;
use super::surroundings::Clocks;
use super::turnings::{self, TimeRead};
use crate::group::Across;
use crate::slots::SlotSource;
use crate::windows::Statistic;

/// The scope of one asset of a kind.
pub(super) struct MemberScope<'a> {
    pub(super) city: &'a City,
    /// The city's.
    pub(super) zone: &'a TimeZone,
    pub(super) kind: &'a Kind,
    pub(super) builder: &'a mut KindBuilder,
    pub(super) slots: &'a mut Vec<SlotSource>,
    pub(super) clocks: &'a mut Clocks,
    /// Where the expression reads the time that passes.
    pub(super) reads: Vec<TimeRead>,
    /// Of a text: its language.
    pub(super) english: Option<bool>,
    /// Of a derivation whose windows close: what it keeps.
    pub(super) collects: Option<&'a mut Collects>,
    /// What is right and still hardly what was meant.
    pub(super) doubts: &'a mut Vec<Problem>,
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
        let words =
            |words: &[&str]| -> Vec<String> { words.iter().map(|w| (*w).to_owned()).collect() };
        match reference {
            Reference::Name(_) | Reference::Path(_) => fields.chain(registry).collect(),
            Reference::Method { .. } => {
                let own = words(&["age", "held"]);
                words(&Statistic::METHODS).into_iter().chain(own).collect()
            }
            Reference::Function { .. } => words(&[
                "last_known",
                "silent",
                "calendar",
                "local_hour",
                "sunrise",
                "sunset",
                "within",
                "distance_m",
            ]),
        }
    }

    fn divides_whole(&mut self, division: &Expr) {
        if self.english.is_none() {
            self.doubts.push(whole_division(division));
        }
    }

    fn compares(&mut self, written: &Expr, comparison: Comparison) {
        let Comparison::Number { slot, op, bound } = comparison else {
            return;
        };
        // A place of a text has no place in its file to underline.
        let source = self.slots.get(slot as usize);
        let source = source.filter(|_| self.english.is_none());
        if let Some(SlotSource::Field(field) | SlotSource::LastKnown(field)) = source {
            let ranged = Ranged::of(&self.kind.fields[field.index()]);
            let doubt = ranged.and_then(|ranged| ranged.doubt(written, op, bound));
            self.doubts.extend(doubt);
        }
    }
}

impl MemberScope<'_> {
    fn name(&mut self, name: &str, expr: &Expr) -> Resolution {
        if let Some(field) = self.kind.field(name) {
            let ty = self.type_of(field);
            return self.slot(SlotSource::Field(field.id), ty, field.unit.clone());
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
        match name {
            "now" => self.now(expr),
            "at" => self.slot(SlotSource::At, Type::Timestamp, None),
            _ => Resolution::NotMine,
        }
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
            [first, field] => self
                .neighbour(first, field, expr)
                .unwrap_or(Resolution::NotMine),
            _ => Resolution::NotMine,
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
        self.over_time(receiver, name, args, expr)
            .unwrap_or(Resolution::NotMine)
    }

    fn held(&mut self, receiver: &Expr, args: &[Expr], expr: &Expr) -> Resolution {
        let length = match length(args, expr, &format!("({}).held('5m')", receiver.text())) {
            Ok(length) => length,
            Err(problem) => return wrong(problem),
        };
        let mut slots = Vec::new();
        let mut inner = MemberScope {
            city: self.city,
            zone: self.zone,
            kind: self.kind,
            builder: &mut *self.builder,
            slots: &mut slots,
            clocks: &mut *self.clocks,
            reads: Vec::new(),
            english: None,
            // What has held is not bound to a window.
            collects: None,
            doubts: &mut *self.doubts,
        };
        let compiled = receiver.compile_bool(&mut inner);
        let compiled = compiled.and_then(|condition| inner.timed(condition));
        match compiled {
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
            _ if Across::FUNCTIONS.contains(&name) || name == "known_fraction" => {
                let message = format!("'{name}()' looks across members, and here is one asset");
                let problem = Problem::new("rule-across-one", expr.span(), message);
                wrong(problem.with_help("give the rule a coarser 'by', such as by: [area]; functions across members do not nest"))
            }
            _ => {
                let found = self.surroundings(name, args, expr);
                found.unwrap_or(Resolution::NotMine)
            }
        }
    }

    /// Sees to it that the engine looks when a condition turns by itself; a problem where it could not know.
    pub(super) fn timed(
        &mut self,
        condition: Program<bool>,
    ) -> Result<Program<bool>, Vec<Problem>> {
        let reads = std::mem::take(&mut self.reads);
        let turnings = turnings::of_condition(&condition, self.slots, &reads)?;
        self.builder.turnings(turnings);
        Ok(condition)
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
        let (source, ty) = (SlotSource::LastKnown(field.id), self.type_of(field));
        self.slot(source, ty, field.unit.clone())
    }

    fn type_of(&mut self, field: &Field) -> Type {
        match field.value_type {
            ValueType::Symbol => Type::Symbol(self.builder.words(field)),
            _ => field_type(field),
        }
    }

    pub(super) fn slot(
        &mut self,
        source: SlotSource,
        ty: Type,
        unit: Option<Arc<str>>,
    ) -> Resolution {
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

/// Ints are divided whole, in CEL as in most languages; an alert on the share of two counts would never come.
pub(super) fn whole_division(division: &Expr) -> Problem {
    let message = format!(
        "whole numbers are divided whole, as 3 / 4 is 0: '{}' has no fraction",
        division.text()
    );
    let mut problem = Problem::new("rule-whole-division", division.span(), message);
    if let Node::Binary { left, right, .. } = division.node() {
        let double = |side: &Expr| match side.node() {
            Node::Literal(_) => format!("{}.0", side.text()),
            _ => format!("double({})", side.text()),
        };
        problem.help = Some(match share_of(left, right) {
            Some(asked) => format!("write fraction({})", asked.text()),
            None => format!(
                "write {} / {}; or int({}) where that is meant",
                double(left),
                double(right),
                division.text()
            ),
        });
    }
    problem
}

/// The condition of `count(condition) / count()`.
fn share_of<'e>(left: &'e Expr, right: &Expr) -> Option<&'e Expr> {
    let counted = |expr: &'e Expr| match expr.node() {
        Node::Call {
            receiver: None,
            function,
            args,
        } if &**function == "count" => Some(args.as_slice()),
        _ => None,
    };
    match (counted(left)?, right.text()) {
        ([condition], "count()") => Some(condition),
        _ => None,
    }
}

pub(super) fn too_many_silences(expr: &Expr) -> Problem {
    let message = "the rules of this kind watch more than 63 different silences";
    Problem::new("rule-too-many-silences", expr.span(), message)
}

pub(super) fn field_type(field: &Field) -> Type {
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

/// The area levels that can be a dimension.
pub(super) fn area_level(name: &str) -> Option<AreaLevel> {
    Some(match name {
        "province" => AreaLevel::Province,
        "district" => AreaLevel::District,
        "commune" => AreaLevel::Commune,
        _ => return None,
    })
}
