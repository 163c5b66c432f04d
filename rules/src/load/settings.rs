//! The keys of a rule that are one word, one number or one length of time.

use city::yaml::Node;
use model::{Severity, Span};

use super::rule::Compiling;
use crate::keys;
use crate::ladder::OnMissing;
use crate::repeat::Repeat;

/// A rule without a limit of its own annunciates this many instances at once.
const DEFAULT_LIMIT: i64 = 500;

impl Compiling<'_, '_, '_> {
    pub(super) fn severity(&mut self, node: Option<&Node>) -> Option<Severity> {
        let names = Severity::ALL.map(Severity::as_str);
        let Some(node) = node else {
            let span = self.draft.name_node.span.clone();
            self.reader
                .error("rule-severity", span, "the rule says no severity")
                .help = Some(format!("write severity: one of {}", names.join(", ")));
            return None;
        };
        let word = self.reader.word(node, "a severity", &names)?;
        Severity::parse(word)
    }

    pub(super) fn on_missing(&mut self, refused: bool) -> OnMissing {
        let Some(node) = self.draft.fields.get("on_missing") else {
            return OnMissing::Hold;
        };
        if refused {
            self.refuse_key(
                "on_missing",
                false,
                "rules that ask for the values of single assets",
            );
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
        let (what, names) = (keys::REPEAT.what, keys::REPEAT.names());
        let fields = self.reader.fields(node, what, &names)?;
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

    pub(super) fn refuse_key(&mut self, key: &str, fits: bool, whom: &str) {
        if let Some(node) = self.draft.fields.key(key)
            && !fits
        {
            let message = format!("'{key}' is for {whom}");
            self.reader
                .error("rule-key-conflict", node.span.clone(), message);
        }
    }
}
