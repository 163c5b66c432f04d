//! What names mean where the expression is about a group: functions across its members, and the parts of its key.

use std::sync::Arc;

use cel::{Comparison, Expr, Problem, Reference, Resolution, Scope, Type};
use model::{Field, ValueType};

use super::member_scope::{MemberScope, slot, wrong};
use super::never::Ranged;
use super::surroundings::{is_neighbour, now_of_group, of_the_clock};
use super::turnings;
use crate::group::{Across, Aggregate, Contributes};
use crate::plan::Dimension;
use crate::slots::SlotSource;
use crate::windows::{Share, Statistic};

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
            Reference::Function { .. } => {
                let others = ["known_fraction", "calendar", "local_hour"];
                let all = Across::FUNCTIONS.iter().chain(&others);
                all.map(|name| (*name).to_owned()).collect()
            }
        }
    }

    fn divides_whole(&mut self, division: &Expr) {
        self.member.divides_whole(division);
    }

    fn compares(&mut self, written: &Expr, comparison: Comparison) {
        let Comparison::Number { slot, op, bound } = comparison else {
            return;
        };
        let is_share = match self.member.slots.get(slot as usize) {
            Some(SlotSource::KnownFraction) => true,
            Some(SlotSource::Aggregate(place)) => {
                let asked = self.aggregates.get(usize::from(*place));
                asked.is_some_and(|asked| asked.across == Across::Fraction)
            }
            _ => false,
        };
        if is_share {
            let doubt = Ranged::SHARE.doubt(written, op, bound);
            self.member.doubts.extend(doubt);
        }
    }
}

impl GroupScope<'_> {
    fn name(&mut self, name: &str, expr: &Expr) -> Resolution {
        if let Some(place) = self.place_in_key(name) {
            return self.slot(SlotSource::KeyPart(place), Type::String, None);
        }
        if let Some(field) = self.member.kind.field(name) {
            return wrong(field_of_many(field, expr));
        }
        if name == "asset" {
            return wrong(one_of_many(name, expr));
        }
        match name {
            "now" if self.member.english.is_some() => self.member.now(expr),
            "now" => wrong(now_of_group(expr)),
            "at" => wrong(one_of_many(name, expr)),
            _ => Resolution::NotMine,
        }
    }

    fn path(&mut self, path: &[&str], expr: &Expr) -> Resolution {
        match path {
            ["asset", ..] => wrong(one_of_many(expr.text(), expr)),
            [dimension, "name"] => match (self.place_in_key(dimension), self.member.english) {
                (Some(place), Some(_)) if !self.by[usize::from(place)].is_area() => {
                    wrong(nameless(dimension, expr))
                }
                (Some(place), Some(english)) => {
                    self.slot(SlotSource::KeyAreaName(place, english), Type::String, None)
                }
                _ => Resolution::NotMine,
            },
            [first, _] if is_neighbour(&self.member.kind.columns, first) => {
                wrong(one_of_many(expr.text(), expr))
            }
            _ => Resolution::NotMine,
        }
    }

    fn method(&self, receiver: &Expr, name: &str, expr: &Expr) -> Resolution {
        let field = receiver.as_name().and_then(|n| self.member.kind.field(n));
        if field.is_some() {
            return wrong(one_of_many(expr.text(), expr));
        }
        if Statistic::METHODS.contains(&name) || ["age", "held"].contains(&name) {
            let message =
                format!("'.{name}()' looks back over readings, and a group's own figures are none");
            let problem = Problem::new("rule-group-over-time", expr.span(), message);
            return wrong(problem.with_help(format!(
                "derive them first and write the rule on what is derived (derive: …, fields: {{x: {}}}), or look back on each member: avg(pm25.avg('1h'))",
                receiver.text()
            )));
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
            ("sunrise" | "sunset" | "within" | "distance_m", _) => {
                return wrong(one_of_many(expr.text(), expr));
            }
            _ => {}
        }
        let MemberScope { city, clocks, .. } = &mut self.member;
        if let Some(found) = of_the_clock(city, clocks, name, args, expr) {
            return match found {
                Ok((source, ty)) => self.slot(source, ty, None),
                Err(problem) => wrong(problem),
            };
        }
        if !Across::FUNCTIONS.contains(&name) {
            return Resolution::NotMine;
        }
        match across(name, args, expr) {
            Ok((across, member)) => self.across(across, member),
            Err(problem) => wrong(problem),
        }
    }

    fn across(&mut self, across: Across, member: &Expr) -> Resolution {
        let compiled = if across.takes_condition() {
            let condition = member.compile_bool(&mut self.member);
            let condition = condition.and_then(|condition| self.member.timed(condition));
            condition.map(Contributes::Condition)
        } else if across == Across::Distinct {
            let value = member.compile_value(&mut self.member);
            value.and_then(|value| self.timeless(Contributes::Value(value)))
        } else {
            let number = member.compile_number(&mut self.member);
            number.and_then(|number| self.timeless(Contributes::Number(number)))
        };
        let member = match compiled {
            Ok(member) => member,
            Err(problems) => return Resolution::Problems(problems),
        };
        let (ty, unit) = match (across, &member) {
            (Across::Count | Across::Distinct, _) => (Type::Int, None),
            (Across::Any | Across::All, _) => (Type::Bool, None),
            (_, Contributes::Number(number)) => (Type::Double, number.unit().cloned()),
            (_, Contributes::Condition(_) | Contributes::Value(_)) => (Type::Double, None),
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

    /// A number that passes time all by itself could not be kept up to date.
    fn timeless(&mut self, member: Contributes) -> Result<Contributes, Vec<Problem>> {
        let reads = std::mem::take(&mut self.member.reads);
        turnings::of_number(self.member.slots, &reads).map(|()| member)
    }

    fn place_in_key(&self, dimension: &str) -> Option<u8> {
        let place = self.by.iter().position(|d| *d.name() == *dimension);
        place.map(|place| place as u8)
    }

    fn slot(&mut self, source: SlotSource, ty: Type, unit: Option<Arc<str>>) -> Resolution {
        slot(self.member.slots, source, ty, unit)
    }
}

/// What is asked of which part of the members.
fn across<'e>(name: &str, args: &'e [Expr], expr: &Expr) -> Result<(Across, &'e Expr), Problem> {
    let whole = Share::new(1.0);
    let (member, share) = match (name, args) {
        ("quantile", [member, share]) => (Some(member), share.as_number().and_then(Share::new)),
        ("quantile", _) => (None, whole),
        (_, [member]) => (Some(member), whole),
        _ => (None, whole),
    };
    if let (Some(member), Some(across)) = (member, share.and_then(|s| Across::parse(name, s))) {
        return Ok((across, member));
    }
    let what = match whole.and_then(|share| Across::parse(name, share)) {
        Some(Across::Quantile(_)) => "one number of the members and a share from 0 to 1",
        Some(Across::Distinct) => "one value of the members",
        Some(across) if across.takes_condition() => "one condition of the members",
        _ => "one number of the members",
    };
    let message = format!("'{name}()' takes {what}");
    let mut problem = Problem::new("rule-arguments", expr.span(), message);
    problem.help = (name == "quantile").then(|| "write quantile(pm25, 0.9)".to_owned());
    Err(problem)
}

/// Of the parts of a key only areas have a name: the others are what the registry has under a column.
pub(super) fn nameless(dimension: &str, expr: &Expr) -> Problem {
    let message = format!("'{dimension}' has no name of its own, as areas have");
    Problem::new("cel-unknown-name", expr.span(), message)
        .with_help(format!("write {{{{{dimension}}}}}"))
}

/// A member's value stands where the group's is needed.
fn one_of_many(what: &str, expr: &Expr) -> Problem {
    needs_across(
        what,
        expr,
        &format!("avg({what}), fraction({what} …), any({what} …)"),
    )
}

/// The same of a field, of which is known what can be asked.
fn field_of_many(field: &Field, expr: &Expr) -> Problem {
    let what = &field.name;
    let asked = match (field.value_type, field.symbols.last()) {
        (ValueType::F64, _) => format!("avg({what}), max({what}), fraction({what} > …)"),
        (ValueType::Bool, _) => format!("any({what}), fraction({what}) > 0.3"),
        (_, Some(word)) => {
            format!("any({what} == '{word}'), fraction({what} == '{word}') > 0.3")
        }
        _ => format!("any({what} == …), distinct({what})"),
    };
    needs_across(what, expr, &asked)
}

fn needs_across(what: &str, expr: &Expr, asked: &str) -> Problem {
    let message = format!("'{what}' belongs to one member; this rule is about a group of them");
    Problem::new("rule-needs-across", expr.span(), message)
        .with_help(format!("ask across the members: {asked}"))
}
