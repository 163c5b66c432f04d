//! Methods over time: `pm25.avg('1h')`, `packets.increase('10m')`, `apState.changes('1h')`, `height.age()`.

use std::sync::Arc;

use cel::{Expr, Problem, Resolution, Type};
use model::{Field, FieldId, Span, nearest};

use super::member_scope::{MemberScope, field_type, wrong};
use super::surroundings::is_neighbour;
use crate::slots::SlotSource;
use crate::windows::{Figure, MAX_WEEKS, Share, Statistic, WEEK_LENGTH};

impl MemberScope<'_> {
    /// A method that looks back over a field; none where the name is no such method.
    pub(super) fn over_time(
        &mut self,
        receiver: &Expr,
        name: &str,
        args: &[Expr],
        expr: &Expr,
    ) -> Option<Resolution> {
        if name != "age" && !Statistic::METHODS.contains(&name) {
            return None;
        }
        let field = receiver.as_name().and_then(|n| self.kind.field(n));
        let Some(field) = field.cloned() else {
            if let Some([via, _]) = receiver.as_path().as_deref()
                && is_neighbour(&self.kind.columns, via)
            {
                return Some(wrong(no_history(receiver, name, expr)));
            }
            let message = format!(
                "'.{name}()' looks back over a field; '{}' is not one",
                receiver.text()
            );
            let problem = Problem::new("rule-not-a-field", receiver.span(), message);
            let fields = self.kind.fields.iter().map(|field| &*field.name);
            let near = receiver.as_name().and_then(|n| nearest(n, fields));
            return Some(wrong(problem.with_help(match near {
                Some(near) => format!("did you mean {near}.{name}(…)?"),
                None => "write the field's name before the dot: pm25.avg('1h')".to_owned(),
            })));
        };
        if name == "age" {
            return Some(self.age(field.id, args, expr));
        }
        if let Some(found) = self.collected(&field, receiver, name, args) {
            return Some(found);
        }
        Some(match asked(name, args, expr, receiver.text()) {
            Ok((statistic, length)) => match figure_type(&field, receiver, statistic, name) {
                Ok((ty, unit)) => {
                    let shape = statistic.shape(self.zone);
                    let window = self.builder.window(field.id, length, shape);
                    self.slot(SlotSource::Window(window, statistic), ty, unit)
                }
                Err(problem) => wrong(problem),
            },
            Err(problem) => wrong(problem),
        })
    }

    fn age(&mut self, field: FieldId, args: &[Expr], expr: &Expr) -> Resolution {
        if let Some(extra) = args.first() {
            let message = "'.age()' takes no argument";
            return wrong(Problem::new("rule-arguments", extra.span(), message));
        }
        let found = self.slot(SlotSource::Age(field), Type::Duration, None);
        self.note_time_read(&found, expr);
        found
    }
}

/// Windows are kept with the assets that send what is in them.
fn no_history(receiver: &Expr, name: &str, expr: &Expr) -> Problem {
    let what = receiver.text();
    let message = format!(
        "'.{name}()' looks back; of related assets only the latest value is known, '{what}' as it is"
    );
    let field = what.rsplit('.').next().unwrap_or_default();
    Problem::new("rule-not-a-field", expr.span(), message).with_help(format!(
        "ask for {what} alone, or write the rule on the kind that has the history: on: …, when: {field}.{name}(…)"
    ))
}

/// The type and the unit of a figure about a field.
pub(super) fn figure_type(
    field: &Field,
    receiver: &Expr,
    statistic: Statistic,
    name: &str,
) -> Result<(Type, Option<Arc<str>>), Problem> {
    if !statistic.takes(field.value_type) {
        let wanted = match statistic.figure() {
            Figure::Value => "a number, a bool, a symbol or a time",
            _ => "a number",
        };
        let (field, value_type) = (receiver.text(), field.value_type);
        let message = format!("'{field}' is a {value_type}; '.{name}()' needs {wanted}");
        return Err(Problem::new("rule-not-a-number", receiver.span(), message));
    }
    Ok(match statistic.figure() {
        Figure::Measured => (Type::Double, field.unit.clone()),
        Figure::PerSecond => (Type::Double, per_second(field.unit.as_deref())),
        Figure::Plain => (Type::Double, None),
        Figure::Counted => (Type::Int, None),
        Figure::Value => (field_type(field), field.unit.clone()),
    })
}

/// What a method asks for: the statistic and how far back.
fn asked(
    name: &str,
    args: &[Expr],
    expr: &Expr,
    field: &str,
) -> Result<(Statistic, Span), Problem> {
    let all = Share::new(1.0);
    let (share, args) = match (name, args) {
        ("quantile", [share, rest @ ..]) => {
            let number = share.as_number().and_then(Share::new);
            (Some(number.ok_or_else(|| not_a_share(share, field))?), rest)
        }
        _ => (all, args),
    };
    let statistic = share.and_then(|share| Statistic::parse(name, share));
    let Some(statistic) = statistic else {
        let message = format!("there is no method '{name}'");
        return Err(Problem::new("rule-arguments", expr.span(), message));
    };
    let length = match (statistic, args) {
        (Statistic::Prev, []) => Span::ZERO,
        (Statistic::Prev, [extra, ..]) => {
            let message = "'.prev()' takes no argument";
            return Err(Problem::new("rule-arguments", extra.span(), message));
        }
        (Statistic::Quantile(_), _) => {
            length(args, expr, &format!("{field}.quantile(0.9, '10m')"))?
        }
        (Statistic::Baseline, _) => whole_weeks(args, expr, field)?,
        _ => length(args, expr, &format!("{field}.{name}('1h')"))?,
    };
    Ok((statistic, length))
}

fn not_a_share(arg: &Expr, field: &str) -> Problem {
    let message = format!("'{}' is not a share from 0 to 1", arg.text());
    Problem::new("rule-arguments", arg.span(), message)
        .with_help(format!("write {field}.quantile(0.9, '10m')"))
}

/// A baseline compares an hour with the same hour of weeks before.
fn whole_weeks(args: &[Expr], expr: &Expr, field: &str) -> Result<Span, Problem> {
    let example = format!("{field}.baseline('14d')");
    let length = length(args, expr, &example)?;
    let written = args.first().map_or("", Expr::text);
    let (week, all) = (WEEK_LENGTH.millis(), length.millis());
    if all % week == 0 && all / week <= MAX_WEEKS {
        return Ok(length);
    }
    let message =
        format!("a baseline looks back on whole weeks, 1 to {MAX_WEEKS}; {written} is not");
    Err(Problem::new("rule-arguments", expr.span(), message)
        .with_help(format!("write a length of whole weeks: {example}")))
}

/// The unit of a change a second.
fn per_second(unit: Option<&str>) -> Option<Arc<str>> {
    Some(match unit? {
        "1" => "/s".into(),
        unit => format!("{unit}/s").into(),
    })
}

/// The one argument of a method or function over time.
pub(super) fn length(args: &[Expr], expr: &Expr, example: &str) -> Result<Span, Problem> {
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
