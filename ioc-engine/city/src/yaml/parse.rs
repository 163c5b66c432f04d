//! From the events of the YAML parser to a tree, with limits: what a pack does not need is refused, never expanded.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

use model::{Diagnostic, Label};
use saphyr_parser::{Event, Parser, ScalarStyle};

use super::places::Lines;
use super::{Node, NodeValue};

/// How deep lists and maps may nest; bounds the recursion of everything that walks a tree.
const MAX_DEPTH: usize = 64;

/// The tree of one YAML document.
///
/// Refused with a diagnostic: broken syntax, a key twice, aliases and tags (a pack is plain data, and an alias can grow
/// without bound), a second document, nesting deeper than 64. An empty file is an empty scalar. `file` is where
/// the text stands in the caller's [`model::Sources`].
pub fn parse(file: usize, text: &str) -> Result<Node, Vec<Diagnostic>> {
    let mut builder = Builder {
        file,
        text,
        lines: Lines::new(text),
        open: Vec::new(),
        root: None,
        problems: Vec::new(),
    };
    builder.run();
    let root = builder
        .root
        .unwrap_or_else(|| scalar(String::new(), false, 0..0));
    if builder.problems.is_empty() {
        Ok(root)
    } else {
        Err(builder.problems)
    }
}

struct Builder<'a> {
    file: usize,
    text: &'a str,
    lines: Lines<'a>,
    open: Vec<Open>,
    root: Option<Node>,
    problems: Vec<Diagnostic>,
}

/// A list or map whose end has not been read.
struct Open {
    start: usize,
    is_map: bool,
    /// Of a map: keys and values in turn.
    items: Vec<Node>,
}

impl Builder<'_> {
    fn run(&mut self) {
        let mut parser = Parser::new_from_str(self.text);
        while let Some(next) = parser.next_event() {
            let (event, marks) = match next {
                Ok(next) => next,
                Err(error) => {
                    let at = self.lines.byte(*error.marker());
                    let visible = self.text[at..].chars().next().filter(|c| !c.is_control());
                    let end = at + visible.map_or(0, char::len_utf8);
                    let info = plain_words(error.info());
                    self.problem("yaml-syntax", at..end, &info).help =
                        remedy(&info).map(str::to_owned);
                    return;
                }
            };
            let span = self.lines.byte(marks.start)..self.lines.byte(marks.end);
            if !self.take(event, span) {
                return;
            }
        }
    }

    /// Adds one event to the tree; false when reading on would only repeat the problem.
    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> bool {
        self.refuse_tag(&event, &span);
        match event {
            Event::Scalar(text, style, ..) => {
                let quoted = style != ScalarStyle::Plain;
                let span = self.without_trailing_space(span);
                self.add(scalar(text.into_owned(), quoted, span));
            }
            Event::Alias(_) => {
                self.problem(
                    "yaml-alias",
                    span.clone(),
                    "an alias (*name) is not used in packs",
                )
                .help = Some("write the value out here".to_owned());
                self.add(scalar(String::new(), false, span));
            }
            Event::SequenceStart(..) => return self.open(false, span),
            Event::MappingStart(..) => return self.open(true, span),
            Event::SequenceEnd | Event::MappingEnd => self.close(&span),
            Event::DocumentStart(_) if self.root.is_some() => {
                self.problem("yaml-documents", span, "a second document in one file")
                    .help = Some("put it into a file of its own".to_owned());
                return false;
            }
            Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::StreamStart
            | Event::StreamEnd
            | Event::Nothing => {}
        }
        true
    }

    fn refuse_tag(&mut self, event: &Event<'_>, span: &Range<usize>) {
        let (Event::Scalar(_, _, _, tag)
        | Event::SequenceStart(_, tag)
        | Event::MappingStart(_, tag)) = event
        else {
            return;
        };
        if let Some(tag) = tag {
            let written = &self.text[span.start..];
            let line = written.lines().next().unwrap_or_default().trim_end();
            // A name of a type has no brackets and no dots.
            let help = if line.contains(['(', '.', '<', '=']) {
                format!("a text that begins with '!' stands in quotes: \"{line}\"")
            } else {
                "leave the tag out; the catalog and the schema say what type a value has".to_owned()
            };
            let message = format!("the tag '{tag}' is not used in packs");
            self.problem("yaml-tag", span.clone(), &message).help = Some(help);
        }
    }

    fn open(&mut self, is_map: bool, span: Range<usize>) -> bool {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("lists and maps nest deeper than {MAX_DEPTH}");
            self.problem("yaml-depth", span, &message);
            return false;
        }
        self.open.push(Open {
            start: span.start,
            is_map,
            items: Vec::new(),
        });
        true
    }

    fn close(&mut self, end: &Range<usize>) {
        let Some(done) = self.open.pop() else {
            return;
        };
        // A flow collection ends at its bracket; a block has no end of its own but that of its last part.
        let flow =
            matches!(self.text.as_bytes().get(done.start), Some(b'{' | b'[')) && !end.is_empty();
        let last = done.items.last().map_or(done.start, |n| n.span.end);
        let first = done.items.first().map_or(done.start, |n| n.span.start);
        let span = if flow {
            done.start..end.end
        } else if done.is_map {
            first..last
        } else {
            done.start.min(first)..last
        };
        let value = if done.is_map {
            NodeValue::Map(self.entries(done.items))
        } else {
            NodeValue::Seq(done.items)
        };
        self.add(Node { span, value });
    }

    fn entries(&mut self, items: Vec<Node>) -> Vec<(Node, Node)> {
        let mut entries: Vec<(Node, Node)> = Vec::with_capacity(items.len() / 2);
        let mut seen: HashMap<String, Range<usize>> = HashMap::new();
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            let Some(name) = key.as_str() else {
                let is_place = matches!(key.value, NodeValue::Map(_));
                let problem = self.problem("yaml-key", key.span, "a list or map cannot be a key");
                if is_place {
                    problem.help = Some(
                        "put a text with {{…}} in it between quotes: \"{{height}}\"".to_owned(),
                    );
                }
                continue;
            };
            match seen.entry(name.to_owned()) {
                Entry::Occupied(first) => self.refuse_double(&key, first.key(), first.get()),
                Entry::Vacant(free) => {
                    free.insert(key.span.clone());
                    entries.push((key, value));
                }
            }
        }
        entries
    }

    fn refuse_double(&mut self, key: &Node, name: &str, first: &Range<usize>) {
        let message = format!("the key '{name}' stands here twice");
        let first = Label {
            file: self.file,
            span: first.clone(),
            text: "the first".to_owned(),
        };
        self.problem("yaml-duplicate-key", key.span.clone(), &message)
            .labels
            .push(first);
    }

    fn add(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(parent) => parent.items.push(node),
            None => self.root = Some(node),
        }
    }

    fn problem(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: &str,
    ) -> &mut Diagnostic {
        let index = self.problems.len();
        self.problems
            .push(Diagnostic::error(code, message, self.file, span));
        &mut self.problems[index]
    }

    /// The parser ends a block scalar, and some plain ones, where the next thing begins.
    fn without_trailing_space(&self, span: Range<usize>) -> Range<usize> {
        let kept = self.text[span.clone()].trim_end().len();
        span.start..span.start + kept
    }
}

fn scalar(text: String, quoted: bool, span: Range<usize>) -> Node {
    Node {
        span,
        value: NodeValue::Scalar { text, quoted },
    }
}

/// What to do about what expressions bring into YAML.
fn remedy(info: &str) -> Option<&'static str> {
    if info.starts_with("mapping values are not allowed") {
        return Some(
            "a text with a colon and a blank in it stands in quotes: when: \"pump ? a : b\"",
        );
    }
    info.starts_with("the text goes on").then_some(
        "inside { } and [ ] a comma ends a text; one with a comma or quotes of its own stands in quotes: {when: \"h > unit(1.0, 'm')\"}",
    )
}

/// The parser's words without its "while …" preambles.
fn plain_words(info: &str) -> String {
    if info.starts_with("invalid trailing content") {
        return "the text goes on after its closing quote".to_owned();
    }
    match info.rsplit_once(", ") {
        Some((preamble, words)) if preamble.starts_with("while ") => words.to_owned(),
        _ => info.to_owned(),
    }
}
