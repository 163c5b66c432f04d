//! What one kind of device does.

use city::yaml::{Fields, Node, Reader};
use model::{Kind, Span};

use super::effect::{self, Effect};
use super::field::{self, FieldPlan};
use super::read::{Names, nearest_help};
use super::{ConditionId, field::pair};

/// A kind's behaviour.
#[derive(Clone, Debug)]
pub struct KindPlan {
    /// How often an asset reports; the catalog's word unless the simulation or the scenario has another.
    pub report_every: Span,
    /// A device whose condition changes says so within this time, each after its own delay.
    pub tells_within: Span,
    /// Whether the broker confirms each message (`QoS` 1).
    pub confirmed: bool,
    /// The fields of its retained `state` message, by their place in `fields`.
    pub state: Vec<usize>,
    /// Its fields in the order they are worked out.
    pub fields: Vec<FieldPlan>,
    /// What each condition does to it, by condition; none where it does not matter.
    pub under: Vec<Option<Effect>>,
    /// The faults it has by itself.
    pub faults: Vec<FaultPlan>,
}

/// A fault devices of a kind have by themselves, each at its own times.
#[derive(Clone, Debug)]
pub struct FaultPlan {
    /// The condition it brings.
    pub gives: ConditionId,
    /// When and how long.
    pub pattern: Pattern,
}

/// When something random happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pattern {
    /// The mean time from one to the next.
    pub every: Span,
    /// It lasts between these.
    pub lasts: (Span, Span),
    /// It comes and goes so many times, this far apart: a flapping line.
    pub again: Option<(u32, Span)>,
}

const KEYS: [&str; 7] = [
    "report_every",
    "tells_within",
    "qos",
    "state",
    "fields",
    "under",
    "faults",
];

/// A kind whose effects are not yet spread over all condition words.
pub(super) struct Draft {
    pub(super) plan: KindPlan,
    pub(super) under: Vec<(ConditionId, Effect)>,
}

pub(super) fn read(
    reader: &mut Reader,
    names: &Names<'_>,
    kind: &Kind,
    node: &Node,
) -> Option<Draft> {
    let what = format!("the kind '{}'", kind.name);
    let keys = reader.fields(node, &what, &KEYS)?;
    let fields = fields(reader, names, kind, keys, &what)?;
    let mut state = Vec::new();
    if let Some(node) = keys.get("state") {
        for name in reader.texts(node, "state")? {
            let Some(slot) = fields.iter().position(|f| &*f.name == name) else {
                let message = format!("'{name}' is not a field this file simulates");
                reader.error("sim-field", node.span.clone(), message).help =
                    nearest_help(name, fields.iter().map(|f| &*f.name));
                return None;
            };
            state.push(slot);
        }
    }
    let mut under = Vec::new();
    if let Some(node) = keys.get("under") {
        for (word, node) in reader.entries(node, "under")? {
            let condition = names.condition(reader, word)?;
            under.push((
                condition,
                effect::read_for_kind(reader, kind, &fields, node)?,
            ));
        }
    }
    let plan = KindPlan {
        report_every: span_or(reader, keys, "report_every", kind.report_every)?,
        tells_within: span_or(reader, keys, "tells_within", Span::from_secs(2))?,
        confirmed: match keys.get("qos") {
            Some(node) => reader.integer(node, "qos", 0..2)? == 1,
            None => true,
        },
        state,
        fields,
        under: Vec::new(),
        faults: faults(reader, names, keys)?,
    };
    Some(Draft { plan, under })
}

fn fields(
    reader: &mut Reader,
    names: &Names<'_>,
    kind: &Kind,
    keys: Fields<'_>,
    what: &str,
) -> Option<Vec<FieldPlan>> {
    let node = reader.required(keys, "fields", what)?;
    let mut plans: Vec<FieldPlan> = Vec::new();
    let mut whole = true;
    for (name, node) in reader.entries(node, "fields")? {
        let text = name.as_str().unwrap_or_default();
        let Some(field) = kind.field(text) else {
            let message = format!("'{}' has no field '{text}'", kind.name);
            reader.error("sim-field", name.span.clone(), message).help =
                nearest_help(text, kind.fields.iter().map(|f| &*f.name));
            whole = false;
            continue;
        };
        let make = field::read(reader, names, kind, field, node, &plans);
        match (make, field::read_only(reader, kind, node)) {
            (Some(make), Some(only)) => plans.push(FieldPlan {
                field: field.id,
                name: field.name.clone(),
                only,
                make,
            }),
            _ => whole = false,
        }
    }
    whole.then_some(plans)
}

fn faults(reader: &mut Reader, names: &Names<'_>, keys: Fields<'_>) -> Option<Vec<FaultPlan>> {
    let Some(node) = keys.get("faults") else {
        return Some(Vec::new());
    };
    let mut faults = Vec::new();
    for (word, node) in reader.entries(node, "faults")? {
        let gives = names.condition(reader, word)?;
        let fields = reader.fields(node, "a fault", &["every", "lasts", "times", "apart"])?;
        let every = reader.required(fields, "every", "a fault")?;
        let lasts = reader.required(fields, "lasts", "a fault")?;
        let again = match (fields.get("times"), fields.get("apart")) {
            (Some(times), Some(apart)) => Some((
                reader.integer(times, "times", 1..1000)? as u32,
                reader.span(apart, "apart")?,
            )),
            _ => None,
        };
        let pattern = Pattern {
            every: reader.span(every, "every")?,
            lasts: lasting(reader, lasts)?,
            again,
        };
        faults.push(FaultPlan { gives, pattern });
    }
    Some(faults)
}

/// `[2m, 20m]`.
pub(super) fn lasting(reader: &mut Reader, node: &Node) -> Option<(Span, Span)> {
    pair(reader, node, "lasts", |reader, n| reader.span(n, "lasts"))
}

fn span_or(reader: &mut Reader, keys: Fields<'_>, key: &str, default: Span) -> Option<Span> {
    match keys.get(key) {
        Some(node) => reader.span(node, key),
        None => Some(default),
    }
}
