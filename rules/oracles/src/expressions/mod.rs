//! Any text as an expression: it is read or refused with places, reads the same in its one form, and what typed programs know
//! of it the dynamic evaluator says too.

mod forms;
mod host;
mod tree;
mod typed;

use std::collections::BTreeMap;

use cel::{Expr, Problem, Program, Value};
use model::{Why, WhyValue};

use forms::{ANY, expression};
use host::{Host, Moment};
use tree::tree;
use typed::TYPED;

/// Values and works larger than this are stopped: what one evaluation may take, in parts and in bytes read at once.
const MOST: usize = 4_000_000;
const READ_AT_ONCE: usize = 32;

/// Reads the bytes as an expression.
///
/// # Panics
/// Where something does not hold.
pub fn check(bytes: &[u8]) {
    check_text(&String::from_utf8_lossy(bytes));
}

/// Puts an expression together, as the bytes choose: typed or any.
///
/// # Panics
/// Where something does not hold.
pub fn check_made_up(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let (tables, types) = match first % 2 {
        0 => (&ANY, "?bilmo"),
        _ => (&TYPED, "binstu"),
    };
    let place = usize::from(first / 2) % types.len();
    let ty = types.chars().nth(place).unwrap_or('b');
    // Two bytes a choice: there are more forms than a byte can tell with all their variants.
    let mut choices = rest
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |n, byte| n << 8 | usize::from(*byte)));
    check_text(&expression(tables, &mut choices, ty, 6));
}

fn check_text(source: &str) {
    let expr = match cel::parse(source) {
        Ok(expr) => expr,
        Err(problems) => return places_are_in(source, &problems),
    };
    assert!(source.contains(expr.text()));
    check_spaced(source, &expr);
    check_value(source, &expr);
    check_typed(source, &expr);
}

/// Every problem can be underlined and drawn.
fn places_are_in(source: &str, problems: &[Problem]) {
    assert!(!problems.is_empty(), "refused without a word: {source:?}");
    for problem in problems {
        let found = source.get(problem.span.clone());
        assert!(found.is_some(), "{source:?}: {problem:?}");
    }
    assert!(!cel::render(source, problems).is_empty());
}

/// In its one form it reads the same, and stays as it is.
fn check_spaced(source: &str, expr: &Expr) {
    let Some(spaced) = cel::spaced(source) else {
        return;
    };
    let again = cel::parse_up_to(&spaced, spaced.len())
        .unwrap_or_else(|problems| panic!("{source:?} in its form {spaced:?}: {problems:?}"));
    assert_eq!(
        tree(&again),
        tree(expr),
        "{source:?} in its form {spaced:?}"
    );
    assert_eq!(cel::spaced(&spaced).as_deref(), Some(&*spaced));
}

/// It has a value, whose literal has the same, or an error with a place; and no value is larger than the budget.
fn check_value(source: &str, expr: &Expr) {
    let [_, moment, _] = Moment::all();
    match expr.eval(&moment.0) {
        Err(error) => {
            let found = source.get(error.span.clone());
            assert!(found.is_some(), "{source:?}: {error:?}");
            assert!(!error.to_string().is_empty());
        }
        Ok(value) => {
            assert!(weight(&value) <= MOST, "{source:?} is too large");
            let literal = value.to_string();
            let read = cel::parse_up_to(&literal, literal.len())
                .unwrap_or_else(|problems| panic!("{source:?}: {literal}: {problems:?}"));
            let again = read.eval(&BTreeMap::new()).map(|value| value.to_string());
            assert_eq!(again.as_ref(), Ok(&literal), "{source:?}");
        }
    }
}

/// How much a value holds, shared parts counted each time.
fn weight(value: &Value) -> usize {
    1 + match value {
        Value::String(text) => text.len() / READ_AT_ONCE,
        Value::Bytes(bytes) => bytes.len() / READ_AT_ONCE,
        Value::List(items) => items.iter().map(weight).sum(),
        Value::Map(entries) => entries.values().map(weight).sum(),
        Value::Optional(Some(inner)) => weight(inner),
        _ => 0,
    }
}

/// As a typed program it is refused with places, or knows what the dynamic evaluator says, and can tell why.
fn check_typed(source: &str, expr: &Expr) {
    let program = match expr.compile_value(&mut Host) {
        Ok(program) => program,
        Err(problems) => return places_are_in(source, &problems),
    };
    // Of what only typed programs have there is nothing to compare with. Blanks or a comment may come before the parenthesis.
    let typed_only = ["has", "unit"].iter().any(|own| source.contains(own));
    for moment in Moment::all() {
        let known = program.eval(moment);
        explained(source, &program, moment, known.as_ref());
        if let Some(value) = known.filter(|_| !typed_only) {
            let said = expr.eval(&moment.0);
            assert_eq!(said, Ok(value), "{source:?} {moment:?}");
        }
    }
}

/// The explanation knows what the program knows, of every part.
fn explained(source: &str, program: &Program<Value>, moment: &Moment, known: Option<&Value>) {
    let why = program.explain(moment, &mut |_, _| {});
    let unknown = why.value == WhyValue::Unknown;
    assert_eq!(unknown, known.is_none(), "{source:?} {why:?}");
    parts_are_known(source, &why, moment);
}

fn parts_are_known(source: &str, why: &Why, moment: &Moment) {
    assert!(source.contains(&*why.expr), "{source:?} {why:?}");
    let part = cel::parse(&why.expr).and_then(|expr| expr.compile_value(&mut Host));
    let part = part.unwrap_or_else(|problems| panic!("{source:?} {why:?} {problems:?}"));
    let known = part.eval(moment).is_some();
    assert_eq!(known, why.value != WhyValue::Unknown, "{source:?} {why:?}");
    for part in &why.parts {
        parts_are_known(source, part, moment);
    }
}
