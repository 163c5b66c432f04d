//! Problems of a pack as lines a person can act on: place, what, and what to do.

use model::{Diagnostic, Sources};

use super::say;

/// `file:line:column: error[code]: message`, and the help below.
pub(crate) fn print(problems: &[Diagnostic], sources: &Sources) {
    for problem in problems {
        say::err(format_args!("{}", line(problem, sources)));
        if let Some(help) = &problem.help {
            say::err(format_args!("  help: {help}"));
        }
    }
}

fn line(problem: &Diagnostic, sources: &Sources) -> String {
    let level = if problem.is_error() {
        "error"
    } else {
        "warning"
    };
    let place = problem
        .labels
        .first()
        .and_then(|label| {
            let source = sources.get(label.file)?;
            let before = source.text.get(..label.span.start)?;
            let row = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
            Some(format!("{}:{row}:{column}: ", source.path))
        })
        .unwrap_or_default();
    format!("{place}{level}[{}]: {}", problem.code, problem.message)
}
