//! What names mean where the expression is about a group: functions across its members, and the parts of its key.

use std::sync::Arc;

use cel::{Expr, Problem, Reference, Resolution, Scope, Type};

use super::member_scope::{MemberScope, slot, spans_in, wrong};
use super::not_yet;
use crate::group::{Across, Aggregate, Contributes};
use crate::plan::Dimension;
use crate::slots::SlotSource;
use crate::windows::Statistic;

/// The scope of one group.
pub(super) struct GroupScope<'a> {
    /// The scope of its members.
    pub(super) member: MemberScope<'a>,
    pub(super) by: &'a [Dimension],
    pub(super) aggregates: &'a mut Vec<Aggregate>,
}

impl Scope for GroupScope<'_> {
    fn resolve(&mut self, reference: Reference<'_>, expr: &Expr) -> Resolution {
        match reference {
            Reference::Name(name) => self.name(name, expr),
            Reference::Path(path) => self.path(path, expr),
            Reference::Method { receiver, name, .. } => self.method(receiver, name, expr),
            Reference::Function { name, args } => self.function(name, args, expr),
        }
    }

    fn candidates(&self, reference: Reference<'_>) -> Vec<String> {
        match reference {
            Reference::Name(_) | Reference::Path(_) => {
                self.by.iter().map(|d| d.name().to_string()).collect()
            }
            Reference::Method { .. } => Vec::new(),
            Reference::Function { .. } => FUNCTIONS.iter().map(|f| (*f).to_owned()).collect(),
        }
    }
}

const FUNCTIONS: [&str; 9] = [
    "count",
    "fraction",
    "avg",
    "min",
    "max",
    "sum",
    "any",
    "all",
    "known_fraction",
];

impl GroupScope<'_> {
    fn name(&mut self, name: &str, expr: &Expr) -> Resolution {
        if let Some(place) = self.place_in_key(name) {
            return self.slot(SlotSource::KeyPart(place), Type::String, None);
        }
        if self.member.kind.field(name).is_some() || name == "asset" {
            return wrong(one_of_many(name, expr));
        }
        not_yet::name(name, expr).map_or(Resolution::NotMine, wrong)
    }

    fn path(&mut self, path: &[&str], expr: &Expr) -> Resolution {
        match path {
            ["asset", ..] => wrong(one_of_many(expr.text(), expr)),
            [dimension, "name"] => match (self.place_in_key(dimension), self.member.english) {
                (Some(place), Some(english)) => {
                    self.slot(SlotSource::KeyAreaName(place, english), Type::String, None)
                }
                _ => Resolution::NotMine,
            },
            [first, ..] => not_yet::name(first, expr).map_or(Resolution::NotMine, wrong),
            [] => Resolution::NotMine,
        }
    }

    fn method(&self, receiver: &Expr, name: &str, expr: &Expr) -> Resolution {
        let field = receiver.as_name().and_then(|n| self.member.kind.field(n));
        if field.is_some() {
            return wrong(one_of_many(expr.text(), expr));
        }
        if Statistic::METHODS.contains(&name) || ["age", "held"].contains(&name) {
            let message = format!(
                "'.{name}()' over a group's own figures is not evaluated by this version yet"
            );
            let problem = Problem::new(not_yet::CODE, expr.span(), message);
            return wrong(
                problem.with_help("look back on each member instead: avg(pm25.avg('1h'))"),
            );
        }
        Resolution::NotMine
    }

    fn function(&mut self, name: &str, args: &[Expr], expr: &Expr) -> Resolution {
        match (name, args) {
            ("count", []) => return self.slot(SlotSource::Count, Type::Int, None),
            ("known_fraction", []) => {
                return self.slot(SlotSource::KnownFraction, Type::Double, None);
            }
            ("known_fraction", [extra, ..]) => {
                let message = "'known_fraction()' takes no argument";
                return wrong(Problem::new("rule-arguments", extra.span(), message));
            }
            ("last_known" | "silent", _) => return wrong(one_of_many(expr.text(), expr)),
            _ => {}
        }
        match (Across::parse(name), args) {
            (Some(across), [member]) => self.across(across, member),
            (Some(across), _) => {
                let what = if across.takes_condition() {
                    "one condition"
                } else {
                    "one number"
                };
                let message = format!("'{name}()' takes {what} of the members");
                wrong(Problem::new("rule-arguments", expr.span(), message))
            }
            (None, _) => not_yet::function(name, expr).map_or(Resolution::NotMine, wrong),
        }
    }

    fn across(&mut self, across: Across, member: &Expr) -> Resolution {
        self.member.spans = spans_in(member);
        let compiled = if across.takes_condition() {
            member
                .compile_bool(&mut self.member)
                .map(Contributes::Condition)
        } else {
            member
                .compile_number(&mut self.member)
                .map(Contributes::Number)
        };
        let member = match compiled {
            Ok(member) => member,
            Err(problems) => return Resolution::Problems(problems),
        };
        let (ty, unit) = match (across, &member) {
            (Across::Count, _) => (Type::Int, None),
            (Across::Any | Across::All, _) => (Type::Bool, None),
            (_, Contributes::Number(number)) => (Type::Double, number.unit().cloned()),
            (_, Contributes::Condition(_)) => (Type::Double, None),
        };
        let same =
            |other: &Aggregate| other.across == across && other.member.source() == member.source();
        let place = self.aggregates.iter().position(same);
        let place = place.unwrap_or(self.aggregates.len());
        if place == self.aggregates.len() {
            self.aggregates.push(Aggregate { across, member });
        }
        self.slot(SlotSource::Aggregate(place as u16), ty, unit)
    }

    fn place_in_key(&self, dimension: &str) -> Option<u8> {
        let place = self.by.iter().position(|d| *d.name() == *dimension);
        place.map(|place| place as u8)
    }

    fn slot(&mut self, source: SlotSource, ty: Type, unit: Option<Arc<str>>) -> Resolution {
        slot(self.member.slots, source, ty, unit)
    }
}

/// A member's value stands where the group's is needed.
fn one_of_many(what: &str, expr: &Expr) -> Problem {
    let message = format!("'{what}' belongs to one member; this rule is about a group of them");
    let help = format!("ask across the members: avg({what}), fraction({what} …), any({what} …)");
    Problem::new("rule-needs-across", expr.span(), message).with_help(help)
}
