//! Rule files in their one form: keys in the order of [`crate::keys`], one style of quotes, blanks and indentation.
//!
//! `comments` finds what YAML's tree leaves out, `document` hangs it on what it stands beside, `scalar` writes values,
//! `print` writes the lines. Order of rules, levels and entries is the author's; so is block or flow, where flow fits.

mod comments;
mod document;
mod print;
mod scalar;

use city::yaml::{self, Node};
use model::{Diagnostic, SourceFile};
use serde_json::Value;

use crate::keys;

/// The file as the formatter writes it; its problems where it is no YAML. `file` is where it stands in the caller's
/// [`model::Sources`]. The keys of a `*.test.yaml` keep their order.
pub fn format(file: usize, source: &SourceFile) -> Result<String, Vec<Diagnostic>> {
    let text = &*source.text;
    let root = yaml::parse(file, text)?;
    if root.as_map().is_none() {
        return Ok(text.to_owned());
    }
    let part = (!source.path.ends_with(".test.yaml")).then_some(&keys::FILE);
    let comments = comments::of(text, &root);
    let written = print::print(document::of(text, &root, comments.clone()), part);
    if is_same(text, &root, &comments, &written) {
        return Ok(written);
    }
    let problem = Diagnostic::error(
        "rule-format",
        "this file cannot be formatted without changing what it says; it is left as it is",
        file,
        0..0,
    );
    let help =
        "please report it with the file; until then, look for an unusual way to write a text in it";
    Err(vec![problem.with_help(help)])
}

/// Whether what was written reads as before: every value and every comment. Blanks inside texts are compared by
/// [`cel::spaced`] where they may change.
fn is_same(before: &str, root: &Node, comments: &[comments::Comment<'_>], written: &str) -> bool {
    let Ok(again) = yaml::parse(0, written) else {
        return false;
    };
    let texts = |comments: &[comments::Comment<'_>]| {
        let mut texts: Vec<_> = comments.iter().map(|c| c.text.to_owned()).collect();
        texts.sort_unstable();
        texts
    };
    let after = comments::of(written, &again);
    // Counted apart from the scanner, so that what it does not see is not lost unseen.
    let marks = |text: &str| text.matches('#').count();
    marks(before) == marks(written)
        && texts(comments) == texts(&after)
        && with_spaced(root.to_json()) == with_spaced(again.to_json())
}

/// The same with every text that reads as an expression in canonical blanks.
fn with_spaced(value: Value) -> Value {
    match value {
        Value::String(text) => cel::spaced(&text).unwrap_or(text).into(),
        Value::Array(items) => items.into_iter().map(with_spaced).collect(),
        Value::Object(entries) => {
            let entries = entries.into_iter();
            Value::Object(
                entries
                    .map(|(key, value)| (key, with_spaced(value)))
                    .collect(),
            )
        }
        other => other,
    }
}
