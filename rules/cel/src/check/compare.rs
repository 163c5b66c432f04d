//! Comparisons and `in`: numbers across types, symbols by their words, units only with themselves.

use std::sync::Arc;

use super::{Checked, Checker, always_fails, describe, name};
use crate::ast::{Compare, Expr, Node};
use crate::code::{BoolCode, Code, DoubleCode, IntCode, SymbolCode, TextIn};
use crate::problem::{Problem, codes};
use crate::{Value, atoms, convert, operators, scale, units};

/// An operand: as written and as typed.
type Side<'a> = (&'a Expr, Checked);

impl Checker<'_> {
    pub(super) fn compare(
        &mut self,
        expr: &Expr,
        op: Compare,
        (a, of_a): Side<'_>,
        (b, of_b): Side<'_>,
    ) -> Option<Checked> {
        let (of_a, of_b) = units::aligned(of_a, of_b);
        let (a, b) = ((a, of_a), (b, of_b));
        if units::same(a.1.unit.as_ref(), b.1.unit.as_ref()).is_err() {
            return self.unit_mismatch(expr, (a.0, &a.1), (b.0, &b.1));
        }
        let code = self.comparison(expr, op, &a, &b)?;
        Some(Checked::over(expr, code, None, vec![a.1.parts, b.1.parts]))
    }

    fn comparison(&mut self, expr: &Expr, op: Compare, a: &Side<'_>, b: &Side<'_>) -> Option<Code> {
        if let (Some(x), Some(y)) = (a.1.value(), b.1.value()) {
            return match operators::compare(op, x, y) {
                Ok(value) => Some(Code::Constant(Value::Bool(value))),
                Err(fault) => self.problem(always_fails(expr, &fault)),
            };
        }
        let code = match (&a.1.code, &b.1.code) {
            (Code::Symbol(symbol), Code::Constant(Value::String(word))) if !op.is_order() => {
                self.symbol_is(b.0, symbol, word, op)?
            }
            (Code::Constant(Value::String(word)), Code::Symbol(symbol)) if !op.is_order() => {
                self.symbol_is(a.0, symbol, word, op)?
            }
            (Code::Symbol(x), Code::Symbol(y)) if !op.is_order() && x.words == y.words => {
                BoolCode::SymbolsEqual {
                    a: x.slot,
                    b: y.slot,
                    equal: op == Compare::Equal,
                }
            }
            (Code::Symbol(_), _) | (_, Code::Symbol(_)) if op.is_order() => {
                return self.incomparable(expr, op, a, b);
            }
            (x, y) => match typed(op, x, y) {
                Some(code) => code,
                None => return self.incomparable(expr, op, a, b),
            },
        };
        if let Some(comparison) = atoms::comparison(&code) {
            self.scope.compares(expr, comparison);
        }
        Some(Code::Bool(Arc::new(code)))
    }

    fn symbol_is(
        &mut self,
        at: &Expr,
        symbol: &SymbolCode,
        word: &str,
        op: Compare,
    ) -> Option<BoolCode> {
        let word = self.word(at, symbol, word)?;
        Some(BoolCode::SymbolIs {
            slot: symbol.slot,
            word,
            equal: op == Compare::Equal,
        })
    }

    /// The index of a word; a problem with the nearest where it is none of the symbol's.
    fn word(&mut self, at: &Expr, symbol: &SymbolCode, word: &str) -> Option<u16> {
        if let Some(index) = symbol.words.iter().position(|known| &**known == word) {
            return Some(index as u16);
        }
        let message = format!("'{word}' is none of the words it can be");
        let words = symbol.words.iter().map(|word| &**word);
        let help = match model::nearest(word, words.clone()) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!(
                "it can be {}",
                name::listed(words.map(|word| format!("'{word}'")))
            ),
        };
        self.problem(Problem::new(codes::UNKNOWN_WORD, at.span(), message).with_help(help))
    }

    /// A word of a symbol that stands without quotes was taken for a name: says what is meant.
    pub(super) fn advise_quotes(&mut self, side: &Expr, other: Option<&Checked>) {
        let (Some(name), Some(Code::Symbol(symbol))) = (side.as_name(), other.map(|of| &of.code))
        else {
            return;
        };
        let unknown = |problem: &&mut Problem| {
            problem.code == codes::UNKNOWN_NAME && problem.span == side.span()
        };
        let mut words = symbol.words.iter();
        if let Some(word) = words.find(|word| word.eq_ignore_ascii_case(name))
            && let Some(problem) = self.problems.iter_mut().find(unknown)
        {
            problem.help = Some(format!("a word stands in quotes: `'{word}'`"));
        }
    }

    fn incomparable<T>(
        &mut self,
        expr: &Expr,
        op: Compare,
        a: &Side<'_>,
        b: &Side<'_>,
    ) -> Option<T> {
        let message = format!(
            "{} and {}: `{}` does not compare them",
            describe(a.0, &a.1),
            describe(b.0, &b.1),
            op.as_str()
        );
        let mut problem = Problem::new(codes::TYPE, expr.span(), message);
        problem.help = incomparable_help(op, a, b);
        self.problem(problem)
    }

    /// `x in [a, b]`
    pub(super) fn membership(&mut self, expr: &Expr, left: &Expr, right: &Expr) -> Option<Checked> {
        let member = self.check(left);
        let Node::List(items) = &right.node else {
            return self.not_a_list(right);
        };
        let checked: Vec<_> = items.iter().map(|item| self.check(item)).collect();
        let member = member?;
        for item in items {
            self.advise_quotes(item, Some(&member));
        }
        let items: Vec<_> = items
            .iter()
            .zip(checked)
            .filter_map(|(item, checked)| Some((item, checked?)))
            .collect();
        let words: Option<Vec<_>> = items
            .iter()
            .map(|(item, checked)| Some((*item, string(checked)?)))
            .collect();
        let code = match (&member.code, words) {
            (Code::Symbol(symbol), Some(words)) => {
                let found: Vec<_> = words
                    .into_iter()
                    .map(|(item, word)| self.word(item, symbol, &word))
                    .collect();
                let words = found.into_iter().collect::<Option<_>>()?;
                Code::Bool(Arc::new(BoolCode::SymbolIn {
                    slot: symbol.slot,
                    words,
                }))
            }
            (Code::String(text), Some(words)) => {
                let mut sorted: Box<[_]> = words.into_iter().map(|(_, word)| word).collect();
                sorted.sort();
                let text = Arc::clone(text);
                let list = Box::new(TextIn { text, sorted });
                Code::Bool(Arc::new(BoolCode::TextIn(list)))
            }
            _ => self.any_equal(expr, (left, &member), &items)?,
        };
        let mut parts = vec![member.parts];
        parts.extend(items.into_iter().map(|(_, checked)| checked.parts));
        Some(Checked::over(expr, code, None, parts))
    }

    /// `x == a || x == b`, which is what `in` means.
    fn any_equal(
        &mut self,
        expr: &Expr,
        member: (&Expr, &Checked),
        items: &[(&Expr, Checked)],
    ) -> Option<Code> {
        let mut codes = Vec::with_capacity(items.len());
        let mut complete = true;
        for (item, checked) in items {
            let a = (member.0, member.1.clone());
            match self.compare(expr, Compare::Equal, a, (item, checked.clone())) {
                Some(Checked {
                    code: Code::Constant(Value::Bool(false)),
                    ..
                }) => {}
                Some(Checked {
                    code: Code::Constant(_),
                    ..
                }) => return Some(Code::Constant(Value::Bool(true))),
                Some(equal) => codes.extend(equal.code.as_bool()),
                None => complete = false,
            }
        }
        let code = if codes.is_empty() {
            Code::Constant(Value::Bool(false))
        } else {
            Code::Bool(Arc::new(BoolCode::Any(codes.into())))
        };
        complete.then_some(code)
    }

    fn not_a_list(&mut self, right: &Expr) -> Option<Checked> {
        let checked = self.check(right)?;
        let message = format!("{}; `in` needs a list", describe(right, &checked));
        let help = match checked.code {
            Code::String(_) | Code::Symbol(_) => {
                format!("ask a text with `{}.contains('…')`", right.text())
            }
            _ => "write the list out: `x in [a, b]`".to_owned(),
        };
        self.problem(Problem::new(codes::TYPE, right.span(), message).with_help(help))
    }
}

fn string(checked: &Checked) -> Option<Arc<str>> {
    match checked.value() {
        Some(Value::String(text)) => Some(Arc::clone(text)),
        _ => None,
    }
}

fn incomparable_help(op: Compare, a: &Side<'_>, b: &Side<'_>) -> Option<String> {
    let null = |side: &Side<'_>| matches!(side.1.value(), Some(Value::Null));
    if null(a) || null(b) {
        let other = if null(a) { b.0 } else { a.0 };
        return Some(format!(
            "ask whether it is known with `has({})`",
            other.text()
        ));
    }
    if let (
        Node::Binary {
            op: crate::ast::Operator::Compare(_),
            right,
            ..
        },
        true,
    ) = (&a.0.node, op.is_order())
    {
        let (first, middle, last) = (a.0.text(), right.text(), b.0.text());
        return Some(format!(
            "write `{first} && {middle} {} {last}`",
            op.as_str()
        ));
    }
    let number_as_text = |number: &Side<'_>, text: &Side<'_>| {
        let is_number = matches!(number.1.code, Code::Double(_) | Code::Int(_));
        let written = string(&text.1)?;
        (is_number && written.parse::<f64>().is_ok())
            .then(|| format!("write the number without quotes: `{written}`"))
    };
    number_as_text(a, b)
        .or_else(|| number_as_text(b, a))
        .or_else(|| other_than_text(a, b))
        .or_else(|| other_than_text(b, a))
        .or_else(|| other_than_length(a, b))
        .or_else(|| other_than_length(b, a))
}

/// What to write in place of a number where the other side is a text: codes of areas look like numbers.
fn other_than_text(text: &Side<'_>, number: &Side<'_>) -> Option<String> {
    let is_literal = matches!(number.1.value(), Some(Value::Int(_) | Value::Double(_)));
    let of_text = matches!(text.1.code, Code::String(_));
    (of_text && is_literal).then(|| format!("texts stand in quotes: `'{}'`", number.0.text()))
}

/// What to write in place of something else where the other side is a length of time, or the other way round.
fn other_than_length(length: &Side<'_>, other: &Side<'_>) -> Option<String> {
    let write = |length: &str| Some(format!("write a length of time: `duration('{length}')`"));
    match (&length.1.code, other.1.value()) {
        (Code::Duration(_), Some(Value::Int(seconds))) => write(&length_of(*seconds)),
        (Code::Duration(_), Some(Value::String(text))) if convert::duration(text).is_some() => {
            write(text)
        }
        (Code::Duration(_), _) => write("10m"),
        (Code::Constant(Value::Duration(length)), None) => {
            let unit = other.1.unit.as_ref()?;
            let (over, under) = scale::between("s", unit)?;
            let amount = length.as_secs_f64() * over / under;
            Some(format!(
                "write a number in {unit}: `unit({amount:?}, '{unit}')`"
            ))
        }
        _ => None,
    }
}

/// So many seconds, as an author writes them.
fn length_of(seconds: i64) -> String {
    match seconds {
        0 => "0s".to_owned(),
        whole if whole % 3600 == 0 => format!("{}h", whole / 3600),
        whole if whole % 60 == 0 => format!("{}m", whole / 60),
        rest => format!("{rest}s"),
    }
}

/// A comparison of two parts, one of them not constant; none where their types do not compare.
fn typed(op: Compare, a: &Code, b: &Code) -> Option<BoolCode> {
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return Some(numbers(op, a, b));
    }
    if let (Some(a), Some(b)) = (a.as_text(), b.as_text()) {
        return Some(BoolCode::Texts { op, a, b });
    }
    if let (Some(a), Some(b)) = (a.as_time(), b.as_time()) {
        return Some(BoolCode::Times { op, a, b });
    }
    if let (Some(a), Some(b)) = (a.as_span(), b.as_span()) {
        return Some(BoolCode::Spans { op, a, b });
    }
    let (a, b) = (a.as_bool()?, b.as_bool()?);
    let equal = op == Compare::Equal;
    (!op.is_order()).then_some(BoolCode::Bools { equal, a, b })
}

enum Number {
    Int(Arc<IntCode>),
    Double(Arc<DoubleCode>),
}

fn number(code: &Code) -> Option<Number> {
    Some(match code {
        Code::Constant(Value::Uint(n)) => match i64::try_from(*n) {
            Ok(n) => Number::Int(Arc::new(IntCode::Constant(n))),
            // Above every int; among doubles the rounding is below a double's own step.
            Err(_) => Number::Double(Arc::new(DoubleCode::Constant(*n as f64))),
        },
        Code::Int(_) | Code::Constant(Value::Int(_)) => Number::Int(code.as_int()?),
        _ => Number::Double(code.as_double()?),
    })
}

fn numbers(op: Compare, a: Number, b: Number) -> BoolCode {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => match (&*a, &*b) {
            (IntCode::Slot(slot), IntCode::Constant(bound)) => BoolCode::IntBound {
                slot: *slot,
                op,
                bound: *bound,
            },
            (IntCode::Constant(bound), IntCode::Slot(slot)) => BoolCode::IntBound {
                slot: *slot,
                op: op.flipped(),
                bound: *bound,
            },
            _ => BoolCode::Ints { op, a, b },
        },
        (Number::Double(a), Number::Double(b)) => doubles(op, a, b),
        (Number::Int(a), Number::Double(b)) => match constant(&a) {
            Some(a) => doubles(op, a, b),
            None => BoolCode::IntDouble { op, a, b },
        },
        (Number::Double(a), Number::Int(b)) => match constant(&b) {
            Some(b) => doubles(op, a, b),
            None => BoolCode::IntDouble {
                op: op.flipped(),
                a: b,
                b: a,
            },
        },
    }
}

fn doubles(op: Compare, a: Arc<DoubleCode>, b: Arc<DoubleCode>) -> BoolCode {
    match (&*a, &*b) {
        (DoubleCode::Slot(slot), DoubleCode::Constant(bound)) => BoolCode::Bound {
            slot: *slot,
            op,
            bound: *bound,
        },
        (DoubleCode::Constant(bound), DoubleCode::Slot(slot)) => BoolCode::Bound {
            slot: *slot,
            op: op.flipped(),
            bound: *bound,
        },
        _ => BoolCode::Doubles { op, a, b },
    }
}

/// A constant int as the double it is compared as: the nearest.
fn constant(code: &IntCode) -> Option<Arc<DoubleCode>> {
    match code {
        IntCode::Constant(n) => Some(Arc::new(DoubleCode::Constant(*n as f64))),
        _ => None,
    }
}
