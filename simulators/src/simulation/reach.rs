//! How conditions spread: along the registry's ties, and to everything that shares a column's value.

use std::sync::Arc;

use city::yaml::{Node, Reader};
use model::KindId;

use super::ConditionId;
use super::kind::{Pattern, lasting};
use super::read::Names;

/// When enough of `from` are in a condition, everything of `to` tied to them comes into another.
#[derive(Clone, Debug)]
pub struct Reach {
    /// The kind it starts from.
    pub from: KindId,
    /// Only those with these values in their columns.
    pub only: Vec<(Arc<str>, Arc<str>)>,
    /// In this condition.
    pub when: ConditionId,
    /// At least so many tied to the same target.
    pub at_least: u32,
    /// The kind it reaches.
    pub to: KindId,
    /// How the two are tied.
    pub tie: Tie,
    /// The condition it brings.
    pub gives: ConditionId,
}

/// What ties two assets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tie {
    /// The target's uplink is the source.
    Uplink,
    /// Both have the same value in this column; an asset whose kind has no such column stands for the value of its id.
    Column(Arc<str>),
}

/// A fault that comes over everything with one value in a column: a site without power.
#[derive(Clone, Debug)]
pub struct Outage {
    /// The condition it brings.
    pub gives: ConditionId,
    /// The column; each of its values has its own outages.
    pub column: Arc<str>,
    /// When and how long.
    pub pattern: Pattern,
}

/// `{from, where: {column: value}, when, at_least, to, by, gives}`.
pub(super) fn read_reach(reader: &mut Reader, names: &Names<'_>, node: &Node) -> Option<Reach> {
    let what = "a reach";
    let keys = ["from", "where", "when", "at_least", "to", "by", "gives"];
    let fields = reader.fields(node, what, &keys)?;
    let (from, to) = (
        reader.required(fields, "from", what)?,
        reader.required(fields, "to", what)?,
    );
    let (when, gives) = (
        reader.required(fields, "when", what)?,
        reader.required(fields, "gives", what)?,
    );
    let by = reader.required(fields, "by", what)?;
    let at_least = match fields.get("at_least") {
        Some(node) => reader.integer(node, "at_least", 1..10_000)? as u32,
        None => 1,
    };
    let mut only = Vec::new();
    if let Some(node) = fields.get("where") {
        for (column, value) in reader.entries(node, "where")? {
            let column = reader.text(column, "a column")?;
            only.push((column.into(), reader.text(value, "a value")?.into()));
        }
    }
    let tie = match reader.text(by, "by")? {
        "uplink" => Tie::Uplink,
        column => Tie::Column(column.into()),
    };
    Some(Reach {
        from: names.kind(reader, from)?,
        only,
        when: names.condition(reader, when)?,
        at_least,
        to: names.kind(reader, to)?,
        tie,
        gives: names.condition(reader, gives)?,
    })
}

/// `{gives, by, every, lasts}`.
pub(super) fn read_outage(reader: &mut Reader, names: &Names<'_>, node: &Node) -> Option<Outage> {
    let what = "an outage";
    let fields = reader.fields(node, what, &["gives", "by", "every", "lasts"])?;
    let gives = reader.required(fields, "gives", what)?;
    let by = reader.required(fields, "by", what)?;
    let every = reader.required(fields, "every", what)?;
    let lasts = reader.required(fields, "lasts", what)?;
    Some(Outage {
        gives: names.condition(reader, gives)?,
        column: reader.text(by, "by")?.into(),
        pattern: Pattern {
            every: reader.span(every, "every")?,
            lasts: lasting(reader, lasts)?,
            again: None,
        },
    })
}
