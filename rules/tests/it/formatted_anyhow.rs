//! The formatter on files written anyhow: keys in any order, any quotes, any indentation, comments everywhere.

use std::sync::LazyLock;

use proptest::prelude::*;

use crate::format::keeps_everything;
use crate::support::{self, Pack};

/// How one author writes.
#[derive(Clone, Debug)]
struct Manner {
    /// Which keys, in which order.
    keys: Vec<usize>,
    indent: usize,
    flow: bool,
    quotes: u8,
    /// By line: what is put above it and beside it.
    above: Vec<u8>,
    beside: Vec<bool>,
}

fn manner() -> impl Strategy<Value = Manner> {
    let keys = Just((0..10).collect::<Vec<usize>>()).prop_shuffle();
    let lines = proptest::collection::vec(0_u8..6, 40);
    let beside = proptest::collection::vec(proptest::bool::weighted(0.3), 40);
    (keys, 1_usize..5, any::<bool>(), 0_u8..3, lines, beside).prop_map(
        |(keys, indent, flow, quotes, above, beside)| Manner {
            keys,
            indent,
            flow,
            quotes,
            above,
            beside,
        },
    )
}

/// Writes lines and counts its comments.
struct Author<'a> {
    manner: &'a Manner,
    text: String,
    line: usize,
    comments: usize,
}

impl Author<'_> {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn comment(&mut self) -> String {
        self.comments += 1;
        format!("# comment {} of: many, {{words}}", self.comments)
    }

    /// A line with comments and empty lines where the author puts them.
    fn line(&mut self, indent: usize, text: &str) {
        let place = self.line % self.manner.above.len();
        self.line += 1;
        let above = self.manner.above[place];
        if above == 1 || above == 2 {
            self.text.push('\n');
        }
        if above == 2 || above == 3 {
            let comment = self.comment();
            self.put(&format!("{:indent$}{comment}\n", ""));
        }
        self.put(&format!("{:indent$}{text}", ""));
        if self.manner.beside[place] {
            let comment = self.comment();
            self.put(&format!("  {comment}"));
        }
        self.text.push('\n');
    }

    fn quoted(&self, text: &str) -> String {
        match self.manner.quotes {
            0 => text.to_owned(),
            1 => format!("\"{text}\""),
            _ => format!("'{}'", text.replace('\'', "''")),
        }
    }

    fn rule(&mut self, name: &str, at: usize) {
        let step = self.manner.indent;
        let inner = at + 2;
        let mut first = true;
        for key in self.manner.keys.clone() {
            let start = if first {
                format!("{:at$}- ", "")
            } else {
                " ".repeat(inner)
            };
            first = false;
            let when = self.quoted("gate=='shut'  &&  ! pump");
            let one = |key: &str, value: &str| format!("{start}{key}: {value}");
            match key {
                0 => self.line(0, &one("alert", name)),
                1 => self.line(0, &one("on", &self.quoted("env/river"))),
                2 => self.line(0, &one("when", &when)),
                3 => self.line(0, &one("severity", "high")),
                4 => self.line(0, &one("for", &self.quoted("5m"))),
                5 if self.manner.flow => self.line(0, &one("labels", "{ team: a,floor: \"3\" }")),
                5 => {
                    self.line(0, &format!("{start}labels:"));
                    self.line(inner + step, "team: a");
                    self.line(inner + step, "floor: \"3\"");
                }
                6 => self.line(0, &one("by", "[ asset ]")),
                7 => {
                    self.line(0, &format!("{start}guidance:"));
                    self.line(inner + step, "en: >-");
                    let pad = " ".repeat(inner + step + step);
                    let lines = format!("{pad}call # them\n\n{pad}  twice\n");
                    self.text.push_str(&lines);
                    self.line(inner + step, "vi: 'gọi \"họ\"'");
                }
                8 => self.line(0, &one("summary", "\"{{asset.name}}: {{height}} m\"")),
                _ => {
                    self.line(0, &format!("{start}inhibited_by:"));
                    let dash = if self.manner.flow {
                        inner
                    } else {
                        inner + step
                    };
                    self.line(dash, "- rule: Cause");
                    self.line(dash + 2, "on: [asset]");
                    self.line(dash, "- {on: asset, rule: Cause}");
                }
            }
        }
    }
}

fn written(manner: &Manner) -> (String, usize) {
    let mut author = Author {
        manner,
        text: String::new(),
        line: 0,
        comments: 0,
    };
    author.line(0, "group: \"any\"");
    author.line(0, "version: 1");
    author.line(0, "rules:");
    let at = if manner.flow { 0 } else { manner.indent };
    author.rule("Effect", at);
    author.put(&format!(
        "{:at$}- {{ alert: Cause,on: env/river, when: pump,severity: low }}\n",
        ""
    ));
    author.rule("Other", at);
    let last = author.comment();
    author.put(&format!("{last}\n"));
    (author.text, author.comments)
}

static PACK: LazyLock<Pack> = LazyLock::new(support::pack);

proptest! {
    #[test]
    fn whatever_was_written_is_there_in_one_form(manner in manner()) {
        let (text, comments) = written(&manner);
        let formatted = keeps_everything("any.yaml", &text, &PACK);
        for comment in 1..=comments {
            let comment = format!("# comment {comment} of: many, {{words}}");
            prop_assert!(formatted.contains(&comment), "{comment} of\n{text}\nin\n{formatted}");
        }
    }
}
