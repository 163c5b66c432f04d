//! The steps of a sequence: each entry with its kind and name, its condition taken apart into what rises and what chooses.

use std::sync::Arc;

use cel::{Expr, Problem};
use city::yaml::{Fields, Node};
use model::{Kind, KindId};

use super::rule::Compiling;
use super::sequence_scope::{Named, StepScope, Table};
use super::texts;
use crate::keys;
use crate::sequences::{Conjunct, Guard, Step, Watch};
use crate::slots::SlotSource;

/// What conditions mean by these words already.
pub(crate) const NOT_FOR_STEPS: [&str; 9] = [
    "asset", "area", "uplink", "now", "at", "true", "false", "null", "in",
];

/// One entry of `steps`.
pub(super) struct Written<'n> {
    pub(super) fields: Fields<'n>,
    /// None where the catalog has no such kind.
    pub(super) kind: Option<Kind>,
    is_guard: bool,
}

/// A compiled condition, as [`Watch`] has it.
struct Parts {
    parts: Box<[Conjunct]>,
    text: Option<Box<str>>,
}

/// A step whose table may grow: later steps and texts ask for more of its asset.
pub(super) struct Growing {
    times: u16,
    parts: Parts,
}

/// What becomes of the steps as they are read in order.
#[derive(Default)]
pub(super) struct Steps {
    pub(super) named: Vec<Named>,
    pub(super) growing: Vec<Growing>,
    pub(super) guards: Vec<Guard>,
    /// Names of steps that cannot be referred to: what is wrong was told at the step.
    pub(super) unusable: Vec<Arc<str>>,
}

impl Compiling<'_, '_, '_> {
    /// The entries of `steps` with their kinds; what is no step is told and left out.
    pub(super) fn written<'n>(&mut self, node: &'n Node) -> Vec<Written<'n>> {
        let Some(items) = self.reader.items(node, "'steps'") else {
            self.reader
                .advise::<()>("write steps: [{on: …, when: …}, …]");
            return Vec::new();
        };
        let problem = match items {
            [] => Some((
                node,
                "'steps' is empty",
                "write what has to happen, one step a line",
            )),
            [first, ..] if first.get("not").is_some() => Some((
                first,
                "a sequence does not begin with a 'not'",
                "nothing has begun yet that it could end; put a step before it",
            )),
            all if all.len() > keys::MOST_STEPS => {
                Some((node, "a sequence has at most 16 steps", "ask for less"))
            }
            _ => None,
        };
        if let Some((node, message, help)) = problem {
            self.reader
                .error("rule-sequence-steps", node.span.clone(), message)
                .help = Some(help.to_owned());
        }
        items.iter().filter_map(|item| self.entry(item)).collect()
    }

    fn entry<'n>(&mut self, item: &'n Node) -> Option<Written<'n>> {
        let entries = self.reader.entries(item, "a step");
        entries.or_else(|| self.reader.advise("write {on: …, when: …}"))?;
        let is_guard = item.get("not").is_some();
        let fields = if is_guard {
            let frame = keys::fields(item, &keys::NOT, self.reader)?;
            let node = self.reader.required(frame, "not", keys::NOT.what)?;
            keys::fields(node, &keys::NOT_WHEN, self.reader)?
        } else {
            keys::fields(item, &keys::STEP, self.reader)?
        };
        Some(Written {
            fields,
            kind: self.kind_of(fields, "a step"),
            is_guard,
        })
    }

    /// Compiles one entry of these. What is wrong with it leaves its asset to be referred to, where its kind is known.
    pub(super) fn step(&mut self, written: &Written<'_>, all: &[Written<'_>], steps: &mut Steps) {
        let fields = written.fields;
        let name = fields.get("as").filter(|_| !written.is_guard);
        let name = name.and_then(|node| self.step_name(node, all, steps));
        let times = fields.get("times").filter(|_| !written.is_guard);
        let times = times.and_then(|node| self.reader.integer(node, "'times'", keys::TIMES));
        let mut table = Table::default();
        let when = self.reader.required(fields, "when", "a step");
        let Some(kind) = written.kind.clone() else {
            if let Some(node) = when {
                self.read_only(node);
            }
            steps.unusable.extend(name);
            return;
        };
        let parts = when.and_then(|node| self.parts(node, &kind, &mut table, steps));
        if written.is_guard {
            steps.guards.extend(parts.map(|parts| Guard {
                before: steps.growing.len(),
                watch: self.watch(kind.id, parts, table),
            }));
            return;
        }
        steps.growing.extend(parts.map(|parts| Growing {
            times: times.unwrap_or(1) as u16,
            parts,
        }));
        steps.named.push(Named { name, kind, table });
    }

    /// An expression of which nobody can say what it means: only whether it can be read at all.
    fn read_only(&mut self, node: &Node) {
        let source = self.reader.text(node, "a condition");
        if let Some(Err(problems)) = source.map(cel::parse) {
            texts::report(self.draft, node, 0, problems, self.reader);
        }
    }

    /// The name of a step: one of its own, and none that means something already.
    fn step_name(&mut self, node: &Node, all: &[Written<'_>], steps: &Steps) -> Option<Arc<str>> {
        let name = self.reader.text(node, "a step's name")?;
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_word =
            name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(letters);
        let meant = self.meant(name, all);
        let named = steps.named.iter().filter_map(|named| named.name.as_deref());
        let mut taken = named.chain(steps.unusable.iter().map(|name| &**name));
        let mut refused = true;
        let (message, help) = if !is_word {
            (
                format!("'{name}' cannot be written in an expression"),
                "use letters and digits, such as first or a".to_owned(),
            )
        } else if NOT_FOR_STEPS.contains(&name) {
            taken_already(name, "a word of the language")
        } else if let Some(meant) = meant {
            refused = false;
            taken_already(name, &meant)
        } else if taken.any(|taken| taken == name) {
            (
                format!("there are two steps named '{name}'"),
                "give each its own name".to_owned(),
            )
        } else {
            return Some(name.into());
        };
        self.reader
            .error("rule-sequence-name", node.span.clone(), message)
            .help = Some(help);
        // What is written with the name and a dot is about the step all the same.
        (!refused).then(|| name.into())
    }

    /// What a name means in the conditions and texts of these steps, if anything.
    fn meant(&self, name: &str, all: &[Written<'_>]) -> Option<String> {
        let kinds = || all.iter().filter_map(|step| step.kind.as_ref());
        let of_field = kinds().find(|kind| kind.field(name).is_some());
        let of_column = || kinds().find(|kind| kind.column(name).is_some());
        let in_key = || self.by.iter().any(|dimension| *dimension.name() == *name);
        of_field
            .map(|kind| format!("a field of {}", kind.name))
            .or_else(|| of_column().map(|kind| format!("a registry column of {}", kind.name)))
            .or_else(|| in_key().then(|| "a dimension of 'by'".to_owned()))
    }

    /// A step's condition, taken apart into what speaks of its asset alone and what names earlier steps.
    fn parts(
        &mut self,
        node: &Node,
        kind: &Kind,
        table: &mut Table,
        steps: &mut Steps,
    ) -> Option<Parts> {
        let source = self.condition_text(node)?;
        let scope = StepScope {
            loader: self.loader,
            kind,
            table,
            earlier: &mut steps.named,
            unusable: &steps.unusable,
            reads: Vec::new(),
        };
        let compiled = cel::parse_and(source, |expr| split(expr, scope));
        self.tell_doubts(node);
        match compiled {
            Ok(parts) => Some(parts),
            Err(problems) => {
                texts::report(self.draft, node, 0, problems, self.reader);
                None
            }
        }
    }

    fn watch(&mut self, kind: KindId, parts: Parts, table: Table) -> Watch {
        Watch {
            kind,
            place: self.loader.kinds[kind.index()].watch() as u32,
            parts: parts.parts,
            text: parts.text,
            slots: table.sources.into(),
            kept: table.kept.into(),
        }
    }

    /// The steps, once nothing asks for more of their assets.
    pub(super) fn finished(&mut self, steps: Steps) -> Box<[Step]> {
        let steps = steps.growing.into_iter().zip(steps.named);
        let finish = |(Growing { times, parts }, Named { name, kind, table })| Step {
            name,
            times,
            watch: self.watch(kind.id, parts, table),
        };
        steps.map(finish).collect()
    }
}

fn taken_already(name: &str, meant: &str) -> (String, String) {
    (
        format!("'{name}' means something else in conditions: {meant}"),
        "give the step another name, such as a".to_owned(),
    )
}

/// Takes a condition apart at its outermost `&&`.
fn split(expr: &Expr, mut scope: StepScope<'_, '_>) -> Result<Parts, Vec<Problem>> {
    // Asked first, so that every problem is told once.
    expr.compile_bool(&mut scope)?;
    let (mut parts, mut rises) = (Vec::new(), false);
    for part in conjuncts(expr) {
        scope.reads.clear();
        let mut condition = part.compile_bool(&mut scope)?;
        let slots = condition.slots().into_iter();
        let mut slots = slots.map(|slot| scope.table.sources[slot as usize]);
        let chooses = slots.any(|source| matches!(source, SlotSource::Captured(..)));
        if !chooses {
            rises |= !condition.is_constant();
            condition = scope.own(|member| member.timed(condition))?;
        }
        parts.push(Conjunct { chooses, condition });
    }
    if !rises {
        let message = "nothing here comes true by itself: every part names an earlier step";
        let problem = Problem::new("rule-sequence-no-edge", expr.span(), message);
        return Err(vec![problem.with_help(
            "say what has to come true on the step's own asset; what names earlier steps then chooses, as in height >= 25.0 && height > a.height",
        )]);
    }
    Ok(Parts {
        text: (parts.len() > 1).then(|| expr.text().into()),
        parts: parts.into(),
    })
}

fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    match expr.node() {
        cel::Node::All(parts) => parts.iter().flat_map(conjuncts).collect(),
        _ => vec![expr],
    }
}
