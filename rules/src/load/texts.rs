//! Summaries and labels: what alerts of a rule say.

use std::ops::Range;
use std::sync::Arc;

use cel::{Program, Value};
use city::yaml::{Node, NodeValue, Reader};

use model::Level;

use super::file::Draft;
use super::names::Names;
use crate::plan::Guidance;
use crate::template::{Template, Text};

/// What came of the text of one place.
type Compiled = Result<Program<Value>, Vec<cel::Problem>>;

/// Compiles the text of one place; the flag tells whether it stands in the English text.
pub(super) type CompilePlace<'a> = dyn FnMut(&str, bool) -> Compiled + 'a;

/// The summary of a rule, if it has one.
pub(super) fn summary(
    draft: &Draft<'_>,
    reader: &mut Reader,
    compile: &mut CompilePlace<'_>,
) -> Option<Box<Template>> {
    let node = draft.fields.get("summary")?;
    let summary = text(draft, node, "the summary", reader, compile);
    Some(Box::new(summary))
}

/// A text in every language, with its places.
fn text(
    draft: &Draft<'_>,
    node: &Node,
    what: &str,
    reader: &mut Reader,
    compile: &mut CompilePlace<'_>,
) -> Template {
    if reader.localized(node, what).is_none() {
        return Template::default();
    }
    let mut again = reader.going_on();
    // What is wrong with one text for both languages is told once.
    let of_en = if node.get("en").is_some() {
        &mut *reader
    } else {
        &mut again
    };
    let mut language = |key: &str, english: bool, reader: &mut Reader| {
        let text = node.get(key).unwrap_or(node);
        template(draft, text, reader, &mut |place| compile(place, english))
    };
    let en = language("en", true, of_en);
    Template {
        vi: language("vi", false, reader),
        en,
    }
}

/// One text. A place that does not compile is reported and left out.
fn template(
    draft: &Draft<'_>,
    node: &Node,
    reader: &mut Reader,
    compile: &mut dyn FnMut(&str) -> Compiled,
) -> Text {
    let text = node.as_str().unwrap_or_default();
    let (mut words, mut places, mut rest) = (String::new(), Vec::new(), 0);
    while let Some(open) = text[rest..].find("{{").map(|at| rest + at) {
        let Some(close) = text[open..].find("}}").map(|at| open + at) else {
            let span = node.locate(draft.text, open..open + 2);
            reader
                .error("rule-template", span, "'{{' is never closed")
                .help = Some("write {{height}}".to_owned());
            break;
        };
        words.push_str(&text[rest..open]);
        match compile(&text[open + 2..close]) {
            Ok(program) => places.push((words.len(), program.into_term())),
            Err(problems) => report(draft, node, open + 2, problems, reader),
        }
        rest = close + 2;
    }
    words.push_str(&text[rest..]);
    Text::new(words, places)
}

/// Problems of an expression that begins at `offset` of a scalar, as problems of the file.
pub(super) fn report(
    draft: &Draft<'_>,
    node: &Node,
    offset: usize,
    problems: Vec<cel::Problem>,
    reader: &mut Reader,
) {
    for problem in problems {
        let Range { start, end } = problem.span;
        let span = node.locate(draft.text, start + offset..end + offset);
        reader.error(problem.code, span, problem.message).help = problem.help;
    }
}

/// What is doubtful in an expression that is a whole scalar, as warnings of the file.
pub(super) fn warn(draft: &Draft<'_>, node: &Node, doubts: Vec<cel::Problem>, reader: &mut Reader) {
    for doubt in doubts {
        let span = node.locate(draft.text, doubt.span);
        let warning = reader.error(doubt.code, span, doubt.message);
        warning.level = Level::Warning;
        warning.help = doubt.help;
    }
}

/// What to do about alerts of the rule.
pub(super) fn guidance(
    draft: &Draft<'_>,
    reader: &mut Reader,
    compile: &mut CompilePlace<'_>,
) -> Option<Guidance> {
    let node = draft.fields.get("guidance")?;
    let written = reader.localized(node, "the guidance")?;
    let has_places = written.vi.contains("{{") || written.en.contains("{{");
    let template = has_places.then(|| Box::new(text(draft, node, "the guidance", reader, compile)));
    Some(Guidance { written, template })
}

/// The labels of a rule in the order of names; many rules have the same.
pub(super) fn labels(
    draft: &Draft<'_>,
    names: &mut Names,
    reader: &mut Reader,
) -> Box<[(Arc<str>, Arc<str>)]> {
    let Some(node) = draft.fields.get("labels") else {
        return [].into();
    };
    let mut labels = Vec::new();
    let entries = reader.entries(node, "'labels'");
    let entries = entries.or_else(|| reader.advise("write labels: {team: pccc}"));
    for (key, value) in entries.into_iter().flatten() {
        let NodeValue::Scalar { text, .. } = &value.value else {
            reader.text(value, "a label");
            continue;
        };
        let key = names.one(key.as_str().unwrap_or_default());
        labels.push((key, names.one(text)));
    }
    labels.sort_by(|(a, _), (b, _)| a.cmp(b));
    labels.into()
}
