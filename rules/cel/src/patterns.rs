//! Texts against patterns: `matches` and the regex extension. A macro asks with one pattern many times, so the last is kept.

use regex::{Captures, Regex};

use crate::budget::Budget;
use crate::functions::{no_overload, pattern_of, pattern_weight};
use crate::operators::Fault;
use crate::{Value, optional};

type Result<T = Value> = std::result::Result<T, Fault>;

/// Steps that compiling a pattern takes, at least: a short one may stand for many states.
const COMPILING: usize = 20_000;

/// The pattern that was used last, with its text and its weight.
#[derive(Debug, Default)]
pub(crate) struct Patterns(Option<(String, usize, Regex)>);

impl Patterns {
    /// A function of texts and patterns; none where the name is no such function.
    pub(crate) fn call(
        &mut self,
        name: &str,
        args: &[Value],
        budget: &mut Budget,
    ) -> Option<Result> {
        if !matches!(
            name,
            "matches" | "regex.replace" | "regex.extract" | "regex.extractAll"
        ) {
            return None;
        }
        let (Some(Value::String(text)), Some(Value::String(pattern))) = (args.first(), args.get(1))
        else {
            return Some(Err(no_overload(name, args)));
        };
        let pattern = match self.ready(pattern, text, budget) {
            Ok(pattern) => pattern,
            Err(fault) => return Some(Err(fault)),
        };
        Some(match (name, &args[2..]) {
            ("matches", []) => Ok(Value::Bool(pattern.is_match(text))),
            ("regex.extract", []) => extracted(pattern, text, Some(1))
                .map(|found| optional::of(found.into_iter().next())),
            ("regex.extractAll", []) => {
                extracted(pattern, text, None).map(|found| Value::List(found.into()))
            }
            ("regex.replace", [Value::String(by)]) => replaced(pattern, text, by, -1, budget),
            ("regex.replace", [Value::String(by), Value::Int(times)]) => {
                replaced(pattern, text, by, *times, budget)
            }
            _ => Err(no_overload(name, args)),
        })
    }

    fn ready(&mut self, pattern: &str, text: &str, budget: &mut Budget) -> Result<&Regex> {
        let kept = self.0.take().filter(|(kept, ..)| kept == pattern);
        let kept = if let Some(kept) = kept {
            kept
        } else {
            let weight = pattern_weight(pattern);
            budget.spend(COMPILING.saturating_add(weight))?;
            let regex = pattern_of(pattern).map_err(|e| Fault::Argument(e.to_string()))?;
            (pattern.to_owned(), weight, regex)
        };
        // At worst every character is held against every state.
        budget.spend(text.len().saturating_mul(1 + kept.1 / 8) / 8)?;
        Ok(&self.0.insert(kept).2)
    }
}

/// The first group of every match, or the whole match of a pattern without groups.
fn extracted(pattern: &Regex, text: &str, most: Option<usize>) -> Result<Vec<Value>> {
    let groups = pattern.captures_len() - 1;
    if groups > 1 {
        let message = format!("'{pattern}' has {groups} groups; extracting takes one at most");
        return Err(Fault::Argument(message));
    }
    let matches = pattern.captures_iter(text).take(most.unwrap_or(usize::MAX));
    let found = matches.filter_map(|found| found.get(groups));
    Ok(found
        .map(|found| Value::String(found.as_str().into()))
        .collect())
}

/// The text with its first matches replaced; all of them where `times` is negative. `\1` stands for a group.
fn replaced(pattern: &Regex, text: &str, by: &str, times: i64, budget: &mut Budget) -> Result {
    let times = usize::try_from(times).unwrap_or(usize::MAX);
    let (mut out, mut end) = (String::new(), 0);
    for found in pattern.captures_iter(text).take(times) {
        let Some(whole) = found.get(0) else { continue };
        out.push_str(&text[end..whole.start()]);
        let before = out.len();
        expand(&mut out, by, &found)?;
        budget.spend(out.len() - before)?;
        end = whole.end();
    }
    out.push_str(&text[end..]);
    Ok(Value::String(out.into()))
}

fn expand(out: &mut String, by: &str, found: &Captures<'_>) -> Result<()> {
    let mut signs = by.chars();
    while let Some(sign) = signs.next() {
        if sign != '\\' {
            out.push(sign);
            continue;
        }
        let named = signs.next();
        match named.and_then(|c| c.to_digit(10)) {
            Some(group) if (group as usize) < found.len() => {
                out.push_str(found.get(group as usize).map_or("", |group| group.as_str()));
            }
            None if named == Some('\\') => out.push('\\'),
            _ => {
                let message = format!(
                    r"'{by}' names no group of the pattern; write \1, or \\ for a backslash"
                );
                return Err(Fault::Argument(message));
            }
        }
    }
    Ok(())
}
