//! `ioc rules eval`: one expression, or one a line. Owns how questions and answers are written; what they mean is `cel`'s.

mod batch;
mod on;

use std::collections::BTreeMap;
use std::path::PathBuf;

use cel::{Expr, Problem, StaticType, Value};
use clap::Args;

use super::Failure;

/// The longest expression, literal and answer, in bytes. Authors write less; data may be longer.
const MAX_LENGTH: usize = 1 << 20;
/// How much of a part is shown in a message, in characters.
const SHOWN: usize = 80;

const HELP: &str = "\
Examples:
  ioc rules eval \"x.map(v, v * 2)\" --bind \"x=[1, 2]\"
  ioc rules eval \"height >= 27.0\" --on env/river --bind height=27.4
  ioc rules eval \"pm25.avg('1h')\" --on env/air --bind \"pm25.avg('1h')=40.0\"
  echo '{\"expr\":\"x + 1\",\"bind\":{\"x\":\"1u\"}}' | ioc rules eval --batch";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
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
    /// Looks a name up in this namespace first, then in those around it: with a.b, x may be a.b.x, a.x or x
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true, conflicts_with_all = ["batch", "on"])]
    container: String,
    /// Tells the type that CEL's type check gives the expression, list(int), and does not evaluate it
    #[arg(long, conflicts_with_all = ["batch", "on"])]
    check: bool,
    /// Types the expression as a condition about an asset of this kind; what is not bound is unknown
    #[arg(long, value_name = "KIND")]
    on: Option<String>,
    /// The city pack whose catalog has the kind; else the one you stand in
    #[arg(long, value_name = "DIR")]
    city: Option<PathBuf>,
    /// Reads a request a line, {"expr":"x + 1","bind":{"x":"1u"}}, and writes an answer a line
    #[arg(long)]
    batch: bool,
}

/// What an expression is.
struct Answer {
    type_name: String,
    /// A literal that evaluates to the value; none when it is unknown or was not asked for.
    value: Option<String>,
}

/// Names with the texts of their values.
type Bindings = BTreeMap<String, String>;

/// What is asked.
struct Question<'a> {
    expr: &'a str,
    /// The namespace names are looked up in first; empty for none.
    container: &'a str,
    /// Whether only the type is asked for.
    check: bool,
    bind: &'a Bindings,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let kind = match &options.on {
        Some(name) => {
            let city = super::rules::pack_dir(options.city.as_deref())?;
            Some(on::KindOfCity::find(&city, name)?)
        }
        None => None,
    };
    let Some(source) = &options.expr else {
        return batch::run(kind.as_ref());
    };
    let question = Question {
        expr: source,
        container: &options.container,
        check: options.check,
        bind: &bindings(&options.bind)?,
    };
    let answer = answer(&question, kind.as_ref()).map_err(Failure::Wrong)?;
    let type_name = answer.type_name;
    let line = match answer.value {
        Some(value) => format!("{type_name} {value}\n"),
        None if options.check => format!("{type_name}\n"),
        None => format!("{type_name} unknown\n"),
    };
    super::write_out(&line).map(drop)
}

fn bindings(texts: &[String]) -> Result<Bindings, Failure> {
    let split = |text: &String| {
        let pair = text.split_once('=');
        let pair = pair.map(|(name, value)| (name.trim().to_owned(), value.to_owned()));
        pair.ok_or_else(|| Failure::Usage(format!("--bind {text} has no '='; write --bind x=1u")))
    };
    texts.iter().map(split).collect()
}

/// The type and value of an expression, or what keeps it from having them.
fn answer(question: &Question<'_>, kind: Option<&on::KindOfCity>) -> Result<Answer, String> {
    let expr = read(question.expr)?;
    let mut values = BTreeMap::new();
    for (name, literal) in question.bind {
        let value = read(literal).and_then(|literal| evaluated(&literal, "", &BTreeMap::new()));
        let value = value.map_err(|error| format!("the value of {name}: {error}"))?;
        values.insert(name.clone(), value);
    }
    if let Some(kind) = kind {
        if question.check || !question.container.is_empty() {
            let message =
                "with --on, names and types are those of the kind; leave out container and check";
            return Err(message.to_owned());
        }
        return kind.answer(&expr, &values);
    }
    if question.check {
        return checked(&expr, question.container, &values);
    }
    let value = evaluated(&expr, question.container, &values)?;
    Ok(Answer {
        type_name: value.type_name().to_owned(),
        value: Some(written(&value)?),
    })
}

/// The type that the expression has whatever comes out.
fn checked(
    expr: &Expr,
    container: &str,
    values: &BTreeMap<String, Value>,
) -> Result<Answer, String> {
    let types = values
        .iter()
        .map(|(name, value)| (name.clone(), StaticType::of_value(value)));
    let found = expr
        .deduce(container, &types.collect())
        .map_err(|problems| told(expr.text(), &problems))?;
    Ok(Answer {
        type_name: found.to_string(),
        value: None,
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

fn evaluated(
    expr: &Expr,
    container: &str,
    bindings: &BTreeMap<String, Value>,
) -> Result<Value, String> {
    expr.eval_within(container, bindings).map_err(|error| {
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
