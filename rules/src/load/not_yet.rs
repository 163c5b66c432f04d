//! What the language has and this engine does not evaluate yet: refused with one stable code, never silently accepted.

use cel::{Expr, Problem};
use city::yaml::{Node, Reader};

/// The code of everything that is not built yet.
pub(super) const CODE: &str = "rule-not-yet";

/// Keys of a rule.
pub(super) const KEYS: [&str; 3] = ["repeat", "sequence", "escalate"];

/// Functions.
const FUNCTIONS: [&str; 9] = [
    "calendar",
    "local_hour",
    "sunset",
    "sunrise",
    "within",
    "area",
    "distance_m",
    "distinct",
    "quantile",
];

/// Names.
const NAMES: [&str; 3] = ["now", "at", "uplink"];

pub(super) fn key(reader: &mut Reader, node: &Node, name: &str) {
    let message = format!("'{name}' is not evaluated by this version yet");
    reader.error(CODE, node.span.clone(), message).help = Some(match name {
        "repeat" | "sequence" => {
            "until then, use 'for' or a window such as x.max('10m')".to_owned()
        }
        "derive" => "until then, write the computation where it is used".to_owned(),
        _ => "leave it out".to_owned(),
    });
}

pub(super) fn function(name: &str, expr: &Expr) -> Option<Problem> {
    FUNCTIONS
        .contains(&name)
        .then(|| problem(&format!("{name}()"), expr))
}

pub(super) fn name(name: &str, expr: &Expr) -> Option<Problem> {
    NAMES.contains(&name).then(|| problem(name, expr))
}

fn problem(what: &str, expr: &Expr) -> Problem {
    let message = format!("'{what}' is not evaluated by this version yet");
    Problem::new(CODE, expr.span(), message).with_help("docs/rule-language.md lists what is")
}
