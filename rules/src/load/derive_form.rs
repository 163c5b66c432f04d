//! When a window of a `derive:` closes, and what lies in it.

use city::yaml::Node;
use model::{Kind, Span};

use super::rule::{About, Compiling};
use crate::derivations::{Form, divides_the_clock};
use crate::hashing::Fingerprint;
use crate::keys;

/// Readings a second late are usual, and those of a whole minute come after it.
const DEFAULT_GRACE: Span = Span::from_secs(10);
const FORMS: [&str; 5] = ["every", "hop", "sliding", "session", "count"];

impl Compiling<'_, '_, '_> {
    pub(super) fn form(&mut self) -> Option<Form> {
        let fields = self.draft.fields;
        let written: Vec<_> = FORMS
            .iter()
            .filter_map(|name| Some((*name, fields.key(name)?, fields.get(name)?)))
            .collect();
        let [(name, _, node)] = written.as_slice() else {
            let misspelt = |key: &&str| self.reader.is_misspelt(fields, key);
            if written.is_empty() && FORMS.iter().any(misspelt) {
                return None;
            }
            let second = written.get(1).map(|(_, key, _)| *key);
            let place = second.unwrap_or(self.draft.name_node).span.clone();
            let message =
                "a derivation has one of 'every', 'hop', 'sliding', 'session' and 'count'";
            self.reader.error("derive-form", place, message).help =
                Some("write every: 5m for a value every five minutes".to_owned());
            return None;
        };
        match *name {
            "every" => Some(Form::Tumbling {
                every: self.by_clock(node, "'every'")?,
            }),
            "hop" => self.hop(node),
            "sliding" if node.as_str() == Some(keys::ON_CHANGE) => {
                Some(Form::Sliding { least: Span::ZERO })
            }
            "sliding" => Some(Form::Sliding {
                least: self.reader.span(node, "'sliding'")?,
            }),
            "session" => {
                let gap = self.reader.span(node, "'session'")?;
                if gap.is_zero() {
                    let message = "a session ends when nothing came for a while; this is no while";
                    self.reader.error("derive-form", node.span.clone(), message);
                    return None;
                }
                Some(Form::Session { gap })
            }
            _ => {
                let readings = self
                    .reader
                    .integer(node, "'count'", keys::WINDOW_READINGS)?;
                Some(Form::Count {
                    readings: readings as u32,
                })
            }
        }
    }

    fn hop(&mut self, node: &Node) -> Option<Form> {
        let fields = keys::fields(node, &keys::HOP, self.reader)?;
        let every = self.reader.required(fields, "every", keys::HOP.what);
        let every = every.and_then(|node| self.by_clock(node, "'every'"));
        let size_node = self.reader.required(fields, "size", keys::HOP.what)?;
        let size = self.reader.span(size_node, "'size'")?;
        let every = every?;
        if size < every {
            let message = format!("windows of {size}, one every {every}, would leave gaps");
            self.reader
                .error("derive-form", size_node.span.clone(), message)
                .help = Some("make 'size' at least as long as 'every'".to_owned());
            return None;
        }
        Some(Form::Hopping { size, every })
    }

    /// A length that fits the clock.
    fn by_clock(&mut self, node: &Node, what: &str) -> Option<Span> {
        let every = self.reader.span(node, what)?;
        if divides_the_clock(every) {
            return Some(every);
        }
        let message = format!("windows of {every} do not end at the same time every day");
        self.reader
            .error("derive-every", node.span.clone(), message)
            .help = Some(
            "write a length that divides the day, such as 5m, 15m, 1h, 8h, or whole days; at least 1s"
                .to_owned(),
        );
        None
    }

    pub(super) fn grace(&mut self, on: Option<&Kind>, form: Form) -> Span {
        // The last of what it is made of may come only when those windows close.
        let mut derived = self.loader.derived.iter();
        let before = derived.find(|d| on.is_some_and(|on| d.kind == on.id));
        let before = before.map_or(Span::ZERO, |derived| derived.grace);
        let Some(node) = self.draft.fields.get("grace") else {
            return match form.every() {
                Some(_) => DEFAULT_GRACE.max(before),
                None => Span::ZERO,
            };
        };
        if form.every().is_none() {
            let whom = "windows that end on the clock: 'every' and 'hop'";
            let help = "leave it out: other windows wait for no clock, and so for nothing late";
            self.refuse_key("grace", whom, help);
        }
        let grace = self.span("grace");
        if grace < before {
            let message = format!(
                "what {} derives comes {before} after the end of its windows: too late for a grace of {grace}",
                on.map_or("it", |on| &on.name)
            );
            self.reader
                .error("derive-grace", node.span.clone(), message)
                .help = Some(format!("write grace: {before} or more, or leave it out"));
        }
        grace
    }

    /// The least share of members that must be known, where a window is made of all and not of those who spoke. None where
    /// its form is not known.
    pub(super) fn min_known_of_all(
        &mut self,
        about: Option<About<'_>>,
        form: Option<Form>,
    ) -> Option<f64> {
        if form.is_some_and(Form::is_of_speakers) {
            let whom = "'every', 'hop' and 'sliding'";
            let help = "leave it out: a session or a count is made of those who spoke";
            self.refuse_key("min_known", whom, help);
        } else if let Some(About { grouped: false, .. }) = about {
            let whom = "derivations about groups; this one is about single assets";
            let help = "leave it out, or give it a coarser 'by', such as by: [area]";
            self.refuse_key("min_known", whom, help);
        }
        let share = self.min_known();
        form.map(|_| share)
    }

    /// Of everything that decides which readings lie in which window.
    pub(super) fn form_print(&self) -> u64 {
        let print = Fingerprint::default();
        let print = FORMS
            .iter()
            .chain(&["on", "by", "grace"])
            .fold(print, |print, key| {
                let node = self.draft.fields.get(key);
                print.text(&node.map_or(String::new(), |node| node.to_json().to_string()))
            });
        print.finish()
    }
}
