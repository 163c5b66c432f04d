//! The keys of rule files and of their tests: one table, which the loader, the formatter, the schema and the guide go by.
//!
//! A new key is one entry in it. Where it stands is where the formatter puts it; what it says is what an editor shows.
//! Here is what a table is made of; the files beside have the tables.

mod alerts;
mod derivations;
mod elsewhere;
mod of_tests;
mod sequences;
mod spacing;

use std::ops::Range;

pub(crate) use alerts::{ESCALATION, FILE, INHIBITION, LEVEL, REPEAT, RULE};
pub(crate) use derivations::{DERIVATION, FIELD, HOP};
pub(crate) use elsewhere::fields;
pub(crate) use of_tests::{ASSET, LIFECYCLES, TEST, TESTS};
pub(crate) use sequences::{NOT, NOT_WHEN, SEQUENCE, STEP};
pub(crate) use spacing::{spaced, spaced_text};

/// A map of a file: what it is called in messages, and its keys.
#[derive(Debug)]
pub(crate) struct Part {
    /// In messages and in the schema: "a rule".
    pub(crate) what: &'static str,
    pub(crate) says: &'static str,
    /// In the order in which the formatter writes them.
    pub(crate) keys: &'static [Key],
    /// The ways to say it, of which each map takes one; none where there is only one.
    pub(crate) forms: &'static [Form],
}

/// One key of a [`Part`].
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    pub(crate) says: &'static str,
    /// A value that an editor offers and the guide may show.
    pub(crate) example: &'static str,
}

/// One way to say a [`Part`], told by the key that only it has.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) key: &'static str,
    pub(crate) needs: &'static [&'static str],
    pub(crate) refuses: &'static [&'static str],
}

/// What stands under a key.
#[derive(Debug)]
pub(crate) enum Shape {
    /// The version of the form of these files.
    Version,
    /// The name of a group of rules.
    Group,
    /// The name of a rule, without its group.
    Name,
    /// A kind of the catalog.
    Kind,
    /// Dimensions: one, or a list.
    Dimensions,
    /// An expression that is true or false.
    Condition,
    /// A length of time.
    Length,
    /// A calendar of the pack.
    Calendar,
    Severity,
    Words(&'static [&'static str]),
    /// A share from 0 to 1.
    Share,
    Count(Range<i64>),
    Flag,
    /// Names and values of the author's choice.
    Labels,
    /// A text for people, one for all languages or one each, with `{{…}}` places.
    Text,
    /// Another rule: `group/Name`, or `Name` of the same group.
    Rule,
    /// A list of maps, each one of these parts, told by the first key of the part; at least so many.
    List(&'static [&'static Part], usize),
    /// The steps of a sequence: maps like those of a list, of which the second part does not come first.
    Steps(&'static [&'static Part]),
    /// A map with the keys of this part.
    Map(&'static Part),
    /// A length of time above zero.
    While,
    /// A length of time, or this word.
    LengthOr(&'static str),
    /// What an expression calls a step.
    StepName,
    /// The kind that a rule derives: a domain and a kind.
    Derived,
    /// An expression of any type.
    Expression,
    /// Names of the author's choice, each with an expression or a map with the keys of this part.
    Fields(&'static Part),
    /// A unit by its code.
    Unit,
    /// A text of the author's choice.
    Free,
    /// Rules by their names: one, or a list.
    Rules,
    /// A moment, with its offset.
    Moment,
    /// Ids of assets: one, several, or a range.
    Ids,
    /// One number or text, or none.
    Scalar,
    /// What assets send: fields and their readings, a step a token.
    Timeline,
    /// Lines of what else happens.
    Events,
    /// Lines of transitions and of values.
    Expected,
}

/// The range that `limit` can have.
pub(crate) const LIMITS: Range<i64> = 1..1_000_001;
/// The range that `count` of a repetition can have.
pub(crate) const REPEATS: Range<i64> = 2..1_001;
/// The range that `times` of a step can have: each rise of a repetition is kept with its match.
pub(crate) const TIMES: Range<i64> = 1..101;
/// More steps of a sequence than anyone reads; each costs a byte an asset.
pub(crate) const MOST_STEPS: usize = 16;
/// The range that `count` of a derivation can have.
pub(crate) const WINDOW_READINGS: Range<i64> = 1..100_001;
/// What `sliding` can be beside a length of time.
pub(crate) const ON_CHANGE: &str = "change";
/// What `unless` of an escalation can be.
pub(crate) const UNLESS: [&str; 2] = ["acked", "assigned"];
/// What `on_missing` can be.
pub(crate) const ON_MISSING: [&str; 3] = ["hold", "fire", "resolve"];

const fn key(name: &'static str, shape: Shape, example: &'static str, says: &'static str) -> Key {
    Key {
        name,
        shape,
        required: false,
        says,
        example,
    }
}

const fn required(key: Key) -> Key {
    Key {
        required: true,
        ..key
    }
}

impl Part {
    /// The names of the keys.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|key| key.name).collect()
    }
}

/// Which of these parts a map with such keys is; the first where none shows.
pub(crate) fn pick(parts: &[&'static Part], has: impl Fn(&str) -> bool) -> Option<&'static Part> {
    let shown = |part: &&&'static Part| part.keys.first().is_some_and(|key| has(key.name));
    parts.iter().find(shown).or(parts.first()).copied()
}
