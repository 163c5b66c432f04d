//! Readers that turn nodes into values and say what is wrong with those that are not what was wanted.

use std::ops::Range;
use std::sync::Arc;

use model::{Diagnostic, Localized, Span, nearest};

use super::{Node, NodeValue};

/// Reads one file and collects every problem on the way; a value that is wrong is `None` and reading goes on.
#[derive(Debug)]
pub struct Reader {
    /// Where the file's text stands in the caller's [`model::Sources`].
    pub file: usize,
    /// What was found so far.
    pub diagnostics: Vec<Diagnostic>,
    /// Keys that are most likely meant by others: where each map stands, and its key as it should be written.
    misspelt: Vec<(Range<usize>, String)>,
}

/// What to write in place of a key that a map has not.
#[derive(Debug)]
pub struct Instead {
    /// As people are told.
    pub help: String,
    /// The key of the same map that was most likely meant.
    pub meant: Option<String>,
}

/// A map whose keys have been checked.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'n> {
    node: &'n Node,
}

impl<'n> Fields<'n> {
    /// The value under a key; a key without a value counts as not written.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.node.get(key).filter(|value| !value.is_null())
    }

    /// The key itself, to point at.
    pub fn key(&self, key: &str) -> Option<&'n Node> {
        self.node.get_entry(key).map(|(key, _)| key)
    }

    /// The whole map.
    pub fn node(&self) -> &'n Node {
        self.node
    }
}

impl Reader {
    /// A reader of one file.
    pub fn new(file: usize) -> Self {
        Self {
            file,
            diagnostics: Vec::new(),
            misspelt: Vec::new(),
        }
    }

    /// A reader of more of the same file, which nothing was found by yet.
    #[must_use]
    pub fn going_on(&self) -> Self {
        Self {
            file: self.file,
            diagnostics: Vec::new(),
            misspelt: self.misspelt.clone(),
        }
    }

    /// Reports an error at a place; the result takes help and further labels.
    pub fn error(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let index = self.diagnostics.len();
        self.diagnostics
            .push(Diagnostic::error(code, message, self.file, span));
        &mut self.diagnostics[index]
    }

    /// A map with no other keys than these. `what` names it in messages: "a rule", "the kind 'ap'".
    pub fn fields<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        allowed: &[&str],
    ) -> Option<Fields<'n>> {
        self.fields_or(node, what, allowed, |_| None)
    }

    /// As [`Self::fields`]; `elsewhere` tells of a key that is known to people or belongs elsewhere, what to write instead.
    pub fn fields_or<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        allowed: &[&str],
        elsewhere: impl Fn(&str) -> Option<Instead>,
    ) -> Option<Fields<'n>> {
        for (key, _) in self.entries(node, what)? {
            let name = key.as_str().unwrap_or_default();
            if allowed.contains(&name) {
                continue;
            }
            let split = name.contains([')', ']']).then(|| Instead {
                help: "inside { } a comma ends a value: put an expression with commas into quotes"
                    .to_owned(),
                meant: None,
            });
            let instead = split.or_else(|| elsewhere(name)).unwrap_or_else(|| {
                let near = nearest(name, allowed.iter().copied());
                Instead {
                    help: near.map_or_else(
                        || format!("it has {}", allowed.join(", ")),
                        |near| format!("did you mean '{near}'?"),
                    ),
                    meant: near.map(str::to_owned),
                }
            });
            let meant = instead.meant.into_iter();
            self.misspelt
                .extend(meant.map(|meant| (node.span.clone(), meant)));
            let message = format!("{what} has no key '{name}'");
            self.error("yaml-unknown-key", key.span.clone(), message)
                .help = Some(instead.help);
        }
        Some(Fields { node })
    }

    /// Whether a key of a map is there under a name that is not quite its own: that was told, and that it is missing need
    /// not be.
    pub fn is_misspelt(&self, fields: Fields<'_>, key: &str) -> bool {
        let mut misspelt = self.misspelt.iter();
        misspelt.any(|(map, name)| *map == fields.node.span && name == key)
    }

    /// The value under a key that must be there.
    pub fn required<'n>(&mut self, fields: Fields<'n>, key: &str, what: &str) -> Option<&'n Node> {
        let found = fields.get(key);
        if found.is_none() && !self.is_misspelt(fields, key) {
            let place = fields
                .key(key)
                .map_or_else(|| first_line(fields.node), |written| written.span.clone());
            self.error("yaml-missing-key", place, format!("{what} needs '{key}'"));
        }
        found
    }

    /// Checks `version: 1`, the only form of files there is so far.
    pub fn version(&mut self, fields: Fields<'_>, what: &str) {
        if let Some(node) = self.required(fields, "version", what)
            && node.as_str() != Some("1")
        {
            self.error(
                "yaml-version",
                node.span.clone(),
                format!("{what} has version 1"),
            )
            .help = Some("a newer product may know newer versions".to_owned());
        }
    }

    /// Keys and values of a map whose keys are names the author chose.
    pub fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [(Node, Node)]> {
        let map = node.as_map();
        map.or_else(|| self.wrong_type(node, &format!("{what} is a map of keys and values")))
    }

    /// The items of a list.
    pub fn items<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        let seq = node.as_seq();
        seq.or_else(|| self.wrong_type(node, &format!("{what} is a list")))
    }

    /// A text that is not empty.
    pub fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let text = node.as_str().filter(|text| !text.is_empty());
        text.or_else(|| self.wrong_type(node, &format!("{what} is a text")))
    }

    /// A list of texts; a single text counts as a list of one.
    pub fn texts<'n>(&mut self, node: &'n Node, what: &str) -> Option<Vec<&'n str>> {
        match &node.value {
            NodeValue::Seq(items) => items.iter().map(|item| self.text(item, what)).collect(),
            NodeValue::Scalar { .. } | NodeValue::Map(_) => Some(vec![self.text(node, what)?]),
        }
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        match plain(node) {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => self.wrong_type(node, &format!("{what} is true or false")),
        }
    }

    /// A finite number.
    pub fn number(&mut self, node: &Node, what: &str) -> Option<f64> {
        let number = plain(node).and_then(parse_number);
        number.or_else(|| self.wrong_type(node, &format!("{what} is a number")))
    }

    /// A whole number within bounds.
    pub fn integer(&mut self, node: &Node, what: &str, bounds: Range<i64>) -> Option<i64> {
        let number = plain(node).and_then(|text| text.parse::<i64>().ok());
        let within = number.filter(|number| bounds.contains(number));
        within.or_else(|| {
            let (least, most) = (bounds.start, bounds.end - 1);
            self.wrong_type(
                node,
                &format!("{what} is a whole number from {least} to {most}"),
            )
        })
    }

    /// A length of time: `90s`, `2m`, `1h30m`.
    pub fn span(&mut self, node: &Node, what: &str) -> Option<Span> {
        match self.text(node, what)?.parse() {
            Ok(span) => Some(span),
            Err(error) => {
                self.error(
                    "yaml-duration",
                    node.span.clone(),
                    format!("{what}: {error}"),
                );
                None
            }
        }
    }

    /// One word of a list.
    pub fn word<'w>(&mut self, node: &Node, what: &str, words: &[&'w str]) -> Option<&'w str> {
        let written = self.text(node, what)?;
        let found = words.iter().copied().find(|word| *word == written);
        if found.is_none() {
            let message = format!("'{written}' is not {what}");
            let help = match nearest(written, words.iter().copied()) {
                Some(near) => format!("did you mean '{near}'?"),
                None => format!("it is one of {}", words.join(", ")),
            };
            self.error("yaml-word", node.span.clone(), message).help = Some(help);
        }
        found
    }

    /// `{vi: …, en: …}`; a plain text counts for both.
    pub fn localized(&mut self, node: &Node, what: &str) -> Option<Localized> {
        if let NodeValue::Scalar { .. } = node.value {
            return self.text(node, what).map(Localized::same);
        }
        let fields = self.fields(node, what, &["vi", "en"])?;
        let mut language = |key| -> Option<Arc<str>> {
            let value = self.required(fields, key, what)?;
            self.text(value, what).map(Arc::from)
        };
        let (vi, en) = (language("vi"), language("en"));
        Some(Localized { vi: vi?, en: en? })
    }

    /// Says what to do about the problem told last, where that says nothing yet. Gives nothing, to go on with.
    pub fn advise<T>(&mut self, help: &str) -> Option<T> {
        if let Some(last) = self.diagnostics.last_mut() {
            last.help.get_or_insert_with(|| help.to_owned());
        }
        None
    }

    fn wrong_type<T>(&mut self, node: &Node, wanted: &str) -> Option<T> {
        let found = match &node.value {
            NodeValue::Seq(_) => "a list".to_owned(),
            NodeValue::Map(_) => "a map".to_owned(),
            NodeValue::Scalar { text, .. } if text.is_empty() => "nothing".to_owned(),
            NodeValue::Scalar { text, .. } => format!("'{}'", shortened(text)),
        };
        self.error(
            "yaml-type",
            first_line(node),
            format!("{wanted}; here is {found}"),
        );
        None
    }
}

/// A scalar that is not quoted, hence not by itself a text.
fn plain(node: &Node) -> Option<&str> {
    match &node.value {
        NodeValue::Scalar {
            text,
            quoted: false,
        } => Some(text),
        _ => None,
    }
}

/// A finite decimal number; the words `inf` and `nan` are texts.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    let number = text.parse::<f64>().ok()?;
    (numeric && number.is_finite()).then_some(number)
}

/// The place of a whole map or list is too much to underline: its first part stands for it.
fn first_line(node: &Node) -> Range<usize> {
    match &node.value {
        NodeValue::Map(entries) if !entries.is_empty() => entries[0].0.span.clone(),
        NodeValue::Seq(items) if !items.is_empty() => first_line(&items[0]),
        _ => node.span.clone(),
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}
