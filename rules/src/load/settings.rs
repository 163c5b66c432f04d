//! The keys of a rule that are one word, one number or one length of time.

use city::yaml::{Fields, Node};
use model::{Severity, Span};

use super::rule::Compiling;
use super::{escalations, texts};
use crate::keys;
use crate::ladder::OnMissing;
use crate::plan::Attached;
use crate::repeat::Repeat;

/// A rule without a limit of its own annunciates this many instances at once.
const DEFAULT_LIMIT: i64 = 500;

/// The settings that alerts and sequences have alike.
pub(super) struct Settings {
    pub(super) keep_firing_for: Span,
    pub(super) settle: Span,
    pub(super) limit: u32,
    pub(super) shadow: bool,
    pub(super) attached: Option<Box<Attached>>,
}

impl Compiling<'_, '_, '_> {
    pub(super) fn settings(&mut self) -> Settings {
        let shadow = self.draft.fields.get("shadow");
        Settings {
            keep_firing_for: self.span("keep_firing_for"),
            settle: self.span("settle"),
            limit: self.limit(),
            shadow: shadow.and_then(|node| self.reader.boolean(node, "'shadow'")) == Some(true),
            attached: self.attached(),
        }
    }

    /// What goes with alerts of the rule, if anything is said of it.
    pub(super) fn attached(&mut self) -> Option<Box<Attached>> {
        let attached = Attached {
            labels: texts::labels(self.draft, &mut self.loader.names, self.reader),
            escalate: escalations::read(self.draft, self.reader),
        };
        let none = attached.labels.is_empty() && attached.escalate.is_empty();
        (!none).then(|| Box::new(attached))
    }

    pub(super) fn severity(&mut self, fields: Fields<'_>) -> Option<Severity> {
        let names = Severity::ALL.map(Severity::as_str);
        let Some(node) = fields.get("severity") else {
            if !self.reader.is_misspelt(fields, "severity") {
                let of_level = !std::ptr::eq(fields.node(), self.draft.fields.node());
                let first = fields.node().as_map().and_then(|map| map.first());
                let place = first.filter(|_| of_level).map(|(key, _)| key);
                let place = place.unwrap_or(self.draft.name_node);
                self.reader
                    .error(
                        "rule-severity",
                        place.span.clone(),
                        "the rule says no severity",
                    )
                    .help = Some(format!("write severity: one of {}", names.join(", ")));
            }
            return None;
        };
        let word = self.reader.word(node, "a severity", &names)?;
        Severity::parse(word)
    }

    /// `refused` where the rule cannot have one: for whom it is, and what to do instead.
    pub(super) fn on_missing(&mut self, refused: Option<(&str, &str)>) -> OnMissing {
        let Some(node) = self.draft.fields.get("on_missing") else {
            return OnMissing::Hold;
        };
        if let Some((whom, help)) = refused {
            self.refuse_key("on_missing", whom, help);
        }
        match self
            .reader
            .word(node, "what 'on_missing' can be", &keys::ON_MISSING)
        {
            Some("fire") => OnMissing::Fire,
            Some("resolve") => OnMissing::Resolve,
            _ => OnMissing::Hold,
        }
    }

    pub(super) fn repeat(&mut self) -> Option<Repeat> {
        let node = self.draft.fields.get("repeat")?;
        let what = keys::REPEAT.what;
        let fields = keys::fields(node, &keys::REPEAT, self.reader)?;
        let count = self.reader.required(fields, "count", what);
        let within = self.reader.required(fields, "within", what);
        let count = count.and_then(|node| self.reader.integer(node, "'count'", keys::REPEATS));
        let within = within.and_then(|node| self.positive(node, "'within'"));
        Some(Repeat {
            count: count? as usize,
            within: within?,
        })
    }

    /// A length of time above zero.
    pub(super) fn positive(&mut self, node: &Node, what: &str) -> Option<Span> {
        let span = self.reader.span(node, what)?;
        if span.is_zero() {
            let message = format!("{what} is a length of time above zero");
            self.reader.error("rule-within", node.span.clone(), message);
        }
        Some(span)
    }

    pub(super) fn min_known(&mut self) -> f64 {
        let Some(node) = self.draft.fields.get("min_known") else {
            return 0.5;
        };
        let share = self.reader.number(node, "'min_known'").unwrap_or(0.5);
        if !(0.0..=1.0).contains(&share) {
            let message = "'min_known' is a share from 0 to 1";
            self.reader
                .error("rule-min-known", node.span.clone(), message);
        }
        share
    }

    pub(super) fn limit(&mut self) -> u32 {
        let node = self.draft.fields.get("limit");
        let limit = node.and_then(|node| self.reader.integer(node, "'limit'", keys::LIMITS));
        limit.unwrap_or(DEFAULT_LIMIT) as u32
    }

    pub(super) fn span(&mut self, key: &str) -> Span {
        let node = self.draft.fields.get(key);
        let span = node.and_then(|node| self.reader.span(node, &format!("'{key}'")));
        span.unwrap_or_default()
    }

    /// A key that the rule cannot have beside its others: for whom it is, and what to do instead.
    pub(super) fn refuse_key(&mut self, key: &str, whom: &str, help: &str) {
        if let Some(node) = self.draft.fields.key(key) {
            let message = format!("'{key}' is for {whom}");
            self.reader
                .error("rule-key-conflict", node.span.clone(), message)
                .help = Some(help.to_owned());
        }
    }
}
