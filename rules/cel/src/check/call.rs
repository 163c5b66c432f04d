//! Calls: the host's functions first, then CEL's own.

use std::sync::Arc;

use super::name::{Resolved, with_nearest};
use super::{Checked, Checker, describe, literal};
use crate::ast::Expr;
use crate::code::{BoolCode, Code, DoubleCode, IntCode, Rounding, TextTest};
use crate::functions::{SpanPart, TimePart};
use crate::problem::{Problem, codes};
use crate::scope::Reference;
use crate::term::Term;
use crate::timestamp::Zone;
use crate::{Value, convert, functions, units};

/// CEL's own functions here, to offer the nearest.
const FUNCTIONS: [&str; 7] = [
    "has",
    "unit",
    "size",
    "double",
    "int",
    "duration",
    "timestamp",
];
/// CEL's own methods here.
const METHODS: [&str; 15] = [
    "startsWith",
    "endsWith",
    "contains",
    "matches",
    "size",
    "getFullYear",
    "getMonth",
    "getDayOfYear",
    "getDayOfMonth",
    "getDate",
    "getDayOfWeek",
    "getHours",
    "getMinutes",
    "getSeconds",
    "getMilliseconds",
];
/// Functions written `math.greatest(a, b)`.
const MATH: [&str; 7] = [
    "greatest", "least", "abs", "ceil", "floor", "round", "trunc",
];

/// A call as written.
struct Call<'a> {
    expr: &'a Expr,
    name: &'a str,
    args: &'a [Expr],
}

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        expr: &Expr,
        receiver: Option<&Expr>,
        name: &str,
        args: &[Expr],
    ) -> Option<Checked> {
        let reference = match receiver {
            Some(receiver) => Reference::Method {
                receiver,
                name,
                args,
            },
            None => Reference::Function { name, args },
        };
        if let Resolved::Is(checked) = self.resolve(reference, expr) {
            return checked;
        }
        let call = Call { expr, name, args };
        match receiver {
            None => self.function(&call, reference),
            Some(receiver) if receiver.as_name() == Some("math") => self.math(&call),
            Some(receiver) => self.method(&call, receiver, reference),
        }
    }

    fn function(&mut self, call: &Call<'_>, reference: Reference<'_>) -> Option<Checked> {
        match call.name {
            "has" => self.has(call),
            "unit" => self.unit(call),
            "size" => self.size(call),
            "double" => self.double(call),
            "int" => self.int(call),
            "duration" | "timestamp" => self.time_literal(call),
            _ => self.unknown(call, reference, &FUNCTIONS),
        }
    }

    /// `has(x)`: whether x is known. CEL asks it of fields; here every measured thing may be unknown.
    fn has(&mut self, call: &Call<'_>) -> Option<Checked> {
        let [arg] = self.args(call)?;
        let checked = self.check(arg)?;
        let code = match checked.code {
            Code::Constant(_) => Code::Constant(Value::Bool(true)),
            code => Code::Bool(Arc::new(BoolCode::Known(Term::of(&code)))),
        };
        Some(Checked::over(call.expr, code, None, vec![checked.parts]))
    }

    /// `unit(27.0, 'm')`: a number in a unit.
    fn unit(&mut self, call: &Call<'_>) -> Option<Checked> {
        let [number, unit] = self.args(call)?;
        let checked = self.check(number)?;
        let Some(written) = unit.as_str() else {
            let message = format!("`{}` is not a unit", unit.text());
            return self.problem(
                Problem::new(codes::ARGUMENTS, unit.span(), message)
                    .with_help("write a UCUM code: 'm', 'ug/m3'"),
            );
        };
        if !matches!(checked.code.type_name(), "int" | "double") {
            let message = format!("{}; only a number has a unit", describe(number, &checked));
            return self.problem(Problem::new(codes::ARGUMENTS, number.span(), message));
        }
        let (code, unit) = (unit, Arc::from(written));
        if !units::is_known(written) {
            let message = format!("'{written}' is not a UCUM unit code this product knows");
            let mut problem = Problem::new(codes::UNKNOWN_UNIT, code.span(), message);
            let near = model::units::suggestion(written);
            problem.help = near.map(|near| format!("did you mean '{near}'?"));
            return self.problem(problem);
        }
        let checked = units::converted(checked, &unit);
        if units::same(checked.unit.as_ref(), Some(&unit)).is_err() {
            let message = format!(
                "`{}` is in {} already",
                number.text(),
                checked.unit.as_deref().unwrap_or_default()
            );
            let help = units::mismatch_help(checked.unit.as_deref(), Some(written));
            let problem = Problem::new(codes::UNIT, call.expr.span(), message);
            return self.problem(problem.with_help(help));
        }
        Some(Checked {
            unit: Some(unit),
            ..checked
        })
    }

    fn double(&mut self, call: &Call<'_>) -> Option<Checked> {
        let [arg] = self.args(call)?;
        let checked = self.check(arg)?;
        let code = match &checked.code {
            Code::Double(_) => checked.code.clone(),
            Code::Int(code) => Code::Double(Arc::new(DoubleCode::OfInt(Arc::clone(code)))),
            Code::Constant(value) => self.folded(call.expr, convert::to_type("double", value))?,
            _ => return self.refused(call, arg, &checked, "a number"),
        };
        Some(converted(call, code, checked))
    }

    fn int(&mut self, call: &Call<'_>) -> Option<Checked> {
        let [arg] = self.args(call)?;
        let outer = std::mem::replace(&mut self.wants_whole, true);
        let checked = self.check(arg);
        self.wants_whole = outer;
        let checked = checked?;
        let code = match &checked.code {
            Code::Int(_) => checked.code.clone(),
            Code::Double(code) => Code::Int(Arc::new(IntCode::OfDouble(Arc::clone(code)))),
            Code::Constant(value) => self.folded(call.expr, convert::to_type("int", value))?,
            _ => return self.refused(call, arg, &checked, "a number"),
        };
        Some(converted(call, code, checked))
    }

    /// `duration('5m')`, `timestamp('2026-03-01T00:00:00Z')`
    fn time_literal(&mut self, call: &Call<'_>) -> Option<Checked> {
        let [arg] = self.args(call)?;
        let Some(text) = arg.as_str() else {
            let message = format!("`{}` is not a text in quotes", arg.text());
            return self.problem(Problem::new(codes::ARGUMENTS, arg.span(), message));
        };
        let (value, help) = if call.name == "duration" {
            let help = "write numbers with h, m, s or ms: '1h30m', '90s'; a day is '24h'";
            (convert::duration(text).map(Value::Duration), help)
        } else {
            let help = "write date, time and zone: '2026-03-01T08:00:00+07:00'";
            (text.parse().ok().map(Value::Timestamp), help)
        };
        let message = match value {
            Some(value) if literal::is_whole(&value) => return Some(Checked::constant(value)),
            Some(_) => format!("'{text}' is finer than a millisecond, in which rules count"),
            None => format!("'{text}' is not a {}", call.name),
        };
        self.problem(Problem::new(codes::LITERAL, arg.span(), message).with_help(help))
    }

    fn math(&mut self, call: &Call<'_>) -> Option<Checked> {
        let how = match call.name {
            "greatest" | "least" => return self.extreme(call),
            "abs" => Rounding::Abs,
            "ceil" => Rounding::Ceil,
            "floor" => Rounding::Floor,
            "round" => Rounding::Round,
            "trunc" => Rounding::Trunc,
            _ => return self.unknown_math(call),
        };
        let [arg] = self.args(call)?;
        let checked = self.check(arg)?;
        let code = match &checked.code {
            Code::Constant(Value::Double(n)) => Code::Constant(Value::Double(how.of(*n))),
            Code::Double(of) => Code::Double(Arc::new(DoubleCode::Rounded {
                how,
                of: Arc::clone(of),
            })),
            _ => return self.refused(call, arg, &checked, "a double"),
        };
        Some(converted(call, code, checked))
    }

    /// `math.greatest(a, b)`, `math.least(a, b)` of doubles.
    fn extreme(&mut self, call: &Call<'_>) -> Option<Checked> {
        let checked: Vec<_> = call.args.iter().map(|arg| self.check(arg)).collect();
        let (mut of, mut parts, mut unit) = (Vec::new(), Vec::new(), None);
        for (arg, checked) in call.args.iter().zip(checked) {
            let checked = checked?;
            let checked = match &unit {
                Some(unit) => units::converted(checked, unit),
                None => checked,
            };
            let Some(code) = checked.code.as_double() else {
                return self.refused(call, arg, &checked, "doubles");
            };
            let Ok(common) = units::same(unit.as_ref(), checked.unit.as_ref()) else {
                return self.unit_mismatch(
                    call.expr,
                    (
                        &call.args[0],
                        &Checked {
                            unit,
                            ..checked.clone()
                        },
                    ),
                    (arg, &checked),
                );
            };
            unit = common.cloned();
            of.push(code);
            parts.push(checked.parts);
        }
        if of.is_empty() {
            return self.wrong_count(call, 1);
        }
        let code = DoubleCode::Extreme {
            greatest: call.name == "greatest",
            of: of.into(),
        };
        Some(Checked {
            unit: unit.clone(),
            ..Checked::over(call.expr, Code::Double(Arc::new(code)), unit, parts)
        })
    }

    fn method(
        &mut self,
        call: &Call<'_>,
        receiver: &Expr,
        reference: Reference<'_>,
    ) -> Option<Checked> {
        let checked = self.check(receiver)?;
        match call.name {
            "startsWith" => self.text_test(call, TextTest::StartsWith, (receiver, checked)),
            "endsWith" => self.text_test(call, TextTest::EndsWith, (receiver, checked)),
            "contains" => self.text_test(call, TextTest::Contains, (receiver, checked)),
            "matches" => self.matches(call, (receiver, checked)),
            "size" => {
                let [] = self.args(call)?;
                self.size_of(call.expr, receiver, checked)
            }
            name => match TimePart::named(name) {
                Some(part) => self.time_part(call, part, (receiver, checked)),
                None => self.unknown(call, reference, &METHODS),
            },
        }
    }

    /// `uptime.getHours()`, `at.getHours('Asia/Ho_Chi_Minh')`
    fn time_part(
        &mut self,
        call: &Call<'_>,
        part: TimePart,
        (receiver, of): (&Expr, Checked),
    ) -> Option<Checked> {
        let code = if let Some(at) = of.code.as_time() {
            let zone = self.zone(call)?;
            IntCode::TimePart { part, at, zone }
        } else if let (Some(span), Some(part)) = (of.code.as_span(), SpanPart::named(call.name)) {
            let [] = self.args(call)?;
            IntCode::SpanPart { part, span }
        } else {
            return self.refused(call, receiver, &of, "a timestamp or a duration");
        };
        Some(Checked::over(
            call.expr,
            Code::Int(Arc::new(code)),
            None,
            vec![of.parts],
        ))
    }

    /// The zone a time is asked in: UTC, or the one argument.
    fn zone(&mut self, call: &Call<'_>) -> Option<Zone> {
        let [arg] = call.args else {
            let [] = self.args(call)?;
            return Some(Zone::UTC);
        };
        let zone = arg.as_str().and_then(Zone::named);
        zone.or_else(|| {
            let message = format!("{} is not a time zone", arg.text());
            let problem = Problem::new(codes::ARGUMENTS, arg.span(), message);
            self.problem(
                problem.with_help("write an IANA name or an offset: 'Asia/Ho_Chi_Minh', '+07:00'"),
            )
        })
    }

    /// `asset.name.matches('^gate-[0-9]+$')`
    fn matches(
        &mut self,
        call: &Call<'_>,
        (receiver, subject): (&Expr, Checked),
    ) -> Option<Checked> {
        let [arg] = self.args(call)?;
        let Some(text) = subject.code.as_text() else {
            return self.refused(call, receiver, &subject, "a string");
        };
        let Some(pattern) = arg.as_str() else {
            let message = format!("`{}` is not a pattern in quotes", arg.text());
            return self.problem(Problem::new(codes::ARGUMENTS, arg.span(), message));
        };
        match functions::pattern_of(pattern) {
            Ok(pattern) => {
                let pattern = Box::new(pattern);
                let code = Code::Bool(Arc::new(BoolCode::Matches { text, pattern }));
                Some(Checked::over(call.expr, code, None, vec![subject.parts]))
            }
            Err(error) => self.problem(Problem::new(codes::LITERAL, arg.span(), error.to_string())),
        }
    }

    fn text_test(
        &mut self,
        call: &Call<'_>,
        test: TextTest,
        (receiver, subject): (&Expr, Checked),
    ) -> Option<Checked> {
        let [arg] = self.args(call)?;
        let sought = self.check(arg)?;
        if let (Some(Value::String(text)), Some(Value::String(part))) =
            (subject.value(), sought.value())
        {
            return Some(Checked::constant(Value::Bool(test.holds(text, part))));
        }
        match (subject.code.as_text(), sought.code.as_text()) {
            (Some(whole), Some(part)) => {
                let code = Code::Bool(Arc::new(BoolCode::TextTest {
                    test,
                    text: whole,
                    part,
                }));
                Some(Checked::over(
                    call.expr,
                    code,
                    None,
                    vec![subject.parts, sought.parts],
                ))
            }
            (None, _) => self.refused(call, receiver, &subject, "a string"),
            (_, None) => self.refused(call, arg, &sought, "a string"),
        }
    }

    fn size(&mut self, call: &Call<'_>) -> Option<Checked> {
        let [of] = self.args(call)?;
        let checked = self.check(of)?;
        self.size_of(call.expr, of, checked)
    }

    fn size_of(&mut self, expr: &Expr, of: &Expr, checked: Checked) -> Option<Checked> {
        let code = match &checked.code {
            Code::Constant(value) => match convert::size(value) {
                Some(size) => Code::Constant(Value::Int(size)),
                None => return self.no_size(of, &checked),
            },
            code => match code.as_text() {
                Some(text) => Code::Int(Arc::new(IntCode::Size(text))),
                None => return self.no_size(of, &checked),
            },
        };
        Some(Checked::over(expr, code, None, vec![checked.parts]))
    }

    fn no_size(&mut self, of: &Expr, checked: &Checked) -> Option<Checked> {
        let message = format!(
            "{}; only texts, bytes and lists have a size",
            describe(of, checked)
        );
        self.problem(Problem::new(codes::ARGUMENTS, of.span(), message))
    }

    fn unknown(
        &mut self,
        call: &Call<'_>,
        reference: Reference<'_>,
        own: &[&str],
    ) -> Option<Checked> {
        let mut candidates = self.scope.candidates(reference);
        candidates.extend(own.iter().map(|&name| name.to_owned()));
        self.unknown_function(call, call.name, &candidates)
    }

    fn unknown_math(&mut self, call: &Call<'_>) -> Option<Checked> {
        let candidates = MATH.map(|name| format!("math.{name}"));
        self.unknown_function(call, &format!("math.{}", call.name), &candidates)
    }

    fn unknown_function(
        &mut self,
        call: &Call<'_>,
        name: &str,
        known: &[String],
    ) -> Option<Checked> {
        let message = format!("there is no function `{name}` here");
        let problem = Problem::new(codes::UNKNOWN_FUNCTION, call.expr.span(), message);
        if let ([arg], true) = (call.args, name.eq_ignore_ascii_case("not")) {
            return self.problem(problem.with_help(format!("write `!({})`", arg.text())));
        }
        self.problem(with_nearest(problem, name, known))
    }

    fn refused<T>(
        &mut self,
        call: &Call<'_>,
        arg: &Expr,
        checked: &Checked,
        wanted: &str,
    ) -> Option<T> {
        let message = format!("{}; `{}` takes {wanted}", describe(arg, checked), call.name);
        let mut problem = Problem::new(codes::ARGUMENTS, arg.span(), message);
        problem.help = super::literal::to_double_help(&(arg, checked.clone()))
            .filter(|_| wanted.starts_with("a double"));
        self.problem(problem)
    }

    /// The arguments, where there are as many as the function takes.
    fn args<'a, const N: usize>(&mut self, call: &Call<'a>) -> Option<&'a [Expr; N]> {
        match call.args.try_into() {
            Ok(args) => Some(args),
            Err(_) => self.wrong_count(call, N),
        }
    }

    fn wrong_count<T>(&mut self, call: &Call<'_>, takes: usize) -> Option<T> {
        let plural = if takes == 1 { "" } else { "s" };
        let message = format!(
            "`{}` takes {takes} argument{plural}, not {}",
            call.name,
            call.args.len()
        );
        self.problem(Problem::new(codes::ARGUMENTS, call.expr.span(), message))
    }
}

fn converted(call: &Call<'_>, code: Code, from: Checked) -> Checked {
    let unit = from.unit;
    Checked {
        unit: unit.clone(),
        ..Checked::over(call.expr, code, unit, vec![from.parts])
    }
}
