//! `ioc rules eval`: one expression, or one a line. Owns how questions and answers are written; what they mean is `cel`'s.

mod batch;
mod on;

use std::collections::BTreeMap;
use std::path::PathBuf;

use cel::{Expr, Problem, Value};
use clap::Args;

use super::Failure;

/// The longest expression, literal and answer, in bytes. Authors write less; data may be longer.
const MAX_LENGTH: usize = 1 << 20;
/// How much of a part is shown in a message, in characters.
const SHOWN: usize = 80;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The expression
    #[arg(
        required_unless_present = "batch",
        conflicts_with = "batch",
        allow_hyphen_values = true
    )]
    expr: Option<String>,
    /// Gives a name a value, written as a CEL literal: --bind x=1u
    #[arg(long, value_name = "NAME=CEL", conflicts_with = "batch")]
    bind: Vec<String>,
    /// Types the expression as a condition about an asset of this kind; what is not bound is unknown
    #[arg(long, value_name = "KIND")]
    on: Option<String>,
    /// The city pack whose catalog has the kind
    #[arg(long, value_name = "DIR", default_value = super::USUAL_CITY)]
    city: PathBuf,
    /// Reads a request a line, {"expr":"x + 1","bind":{"x":"1u"}}, and writes an answer a line
    #[arg(long)]
    batch: bool,
}

/// What an expression is.
struct Answer {
    type_name: &'static str,
    /// A literal that evaluates to the value; none when it is unknown.
    value: Option<String>,
}

/// Names with the texts of their values.
type Bindings = BTreeMap<String, String>;

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let kind = match &options.on {
        Some(name) => Some(on::KindOfCity::find(&options.city, name)?),
        None => None,
    };
    let Some(source) = &options.expr else {
        return batch::run(kind.as_ref());
    };
    let bind = bindings(&options.bind)?;
    let answer = answer(source, &bind, kind.as_ref()).map_err(Failure::Wrong)?;
    let value = answer.value.as_deref().unwrap_or("unknown");
    println!("{} {value}", answer.type_name);
    Ok(())
}

fn bindings(texts: &[String]) -> Result<Bindings, Failure> {
    let split = |text: &String| {
        let pair = text.split_once('=');
        let pair = pair.map(|(name, value)| (name.trim().to_owned(), value.to_owned()));
        pair.ok_or_else(|| Failure::Wrong(format!("--bind {text} has no '='; write --bind x=1u")))
    };
    texts.iter().map(split).collect()
}

/// The type and value of an expression, or what keeps it from having them.
fn answer(source: &str, bind: &Bindings, kind: Option<&on::KindOfCity>) -> Result<Answer, String> {
    let expr = read(source)?;
    let mut values = BTreeMap::new();
    for (name, literal) in bind {
        let value = read(literal).and_then(|literal| evaluated(&literal, &BTreeMap::new()));
        let value = value.map_err(|error| format!("the value of {name}: {error}"))?;
        values.insert(name.clone(), value);
    }
    if let Some(kind) = kind {
        return kind.answer(&expr, &values);
    }
    let value = evaluated(&expr, &values)?;
    Ok(Answer {
        type_name: value.type_name(),
        value: Some(written(&value)?),
    })
}

fn read(source: &str) -> Result<Expr, String> {
    cel::parse_up_to(source, MAX_LENGTH).map_err(|problems| told(source, &problems))
}

/// Every problem with its place, in one line.
fn told(source: &str, problems: &[Problem]) -> String {
    let told = problems.iter().map(|problem| {
        let before = source.get(..problem.span.start).unwrap_or(source);
        let place = before.chars().count() + 1;
        let help = problem.help.as_ref().map(|help| format!("; {help}"));
        format!(
            "{}{} (character {place})",
            problem.message,
            help.unwrap_or_default()
        )
    });
    told.collect::<Vec<_>>().join(" | ")
}

fn evaluated(expr: &Expr, bindings: &BTreeMap<String, Value>) -> Result<Value, String> {
    expr.eval(bindings).map_err(|error| {
        let (whole, span) = (expr.span(), &error.span);
        let part = span
            .start
            .checked_sub(whole.start)
            .zip(span.end.checked_sub(whole.start));
        let part = part.and_then(|(start, end)| expr.text().get(start..end));
        match part {
            Some(part) if *span != whole => format!("{error}, in `{}`", shortened(part)),
            _ => error.to_string(),
        }
    })
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let shown: String = text.chars().take(SHOWN).collect();
    format!("{shown}…")
}

fn written(value: &Value) -> Result<String, String> {
    let literal = value.to_string();
    if literal.len() > MAX_LENGTH {
        let len = literal.len();
        return Err(format!(
            "the value takes {len} bytes to write; at most {MAX_LENGTH} are written"
        ));
    }
    Ok(literal)
}
