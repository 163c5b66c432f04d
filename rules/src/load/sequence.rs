//! `sequence`: from what is written to the steps that are watched.

use std::sync::Arc;

use cel::{Expr, Problem, Program};
use city::yaml::{Fields, Node};
use model::{Kind, KindId, Span};

use super::dimensions::dimension;
use super::rule::{Compiling, Texts};
use super::sequence_scope::{Asks, Named, StepScope, Table, WholeScope};
use super::texts;
use crate::hashing::Fingerprint;
use crate::keys;
use crate::ladder::{LadderSpec, OnMissing};
use crate::plan::{Conditions, Dimension, Extras, Rule, Subject};
use crate::sequences::{Conjunct, Guard, SequencePlan, Step, Watch};
use crate::slots::SlotSource;

/// What conditions mean by these words already.
pub(crate) const NOT_FOR_STEPS: [&str; 9] = [
    "asset", "area", "uplink", "now", "at", "true", "false", "null", "in",
];

/// One entry of `steps`.
struct Written<'n> {
    fields: Fields<'n>,
    kind: Kind,
    is_guard: bool,
}

/// A compiled condition, as [`Watch`] has it.
struct Parts {
    parts: Box<[Conjunct]>,
    text: Option<Box<str>>,
}

/// A step whose table may grow: later steps and texts ask for more of its asset.
struct Growing {
    times: u16,
    parts: Parts,
}

/// What becomes of the steps as they are read in order.
#[derive(Default)]
struct Steps {
    named: Vec<Named>,
    growing: Vec<Growing>,
    guards: Vec<Guard>,
}

impl Compiling<'_, '_, '_> {
    /// Compiles a rule with a `sequence`.
    pub(super) fn sequence(mut self, node: &Node) -> Option<Rule> {
        self.loader.clocks.asked.clear();
        self.refuse_other_conditions();
        let what = keys::SEQUENCE.what;
        let frame = self.reader.fields(node, what, &keys::SEQUENCE.names())?;
        let within = self.within(frame);
        let items = self.reader.required(frame, "steps", what)?;
        let written = self.written(items)?;
        let single = self.sequence_by(&written)?;
        let during = self.during();
        let severity = self.severity(self.draft.fields.get("severity"));
        let mut steps = Steps::default();
        for step in &written {
            self.step(step, &mut steps);
        }
        if steps.growing.len() + steps.guards.len() < written.len() {
            return None; // What refers to a step that is wrong would be told wrongly.
        }
        let clear = match self.draft.fields.get("clear") {
            Some(node) => Some(Box::new(self.clear(node, single, &mut steps.named)?)),
            None => None,
        };
        let texts = self.sequence_texts(single, &mut steps.named);
        let plan = SequencePlan {
            by: if single {
                [Dimension::Asset].into()
            } else {
                self.by.as_slice().into()
            },
            within: within?,
            clear,
            guards: std::mem::take(&mut steps.guards).into(),
            steps: self.finished(steps),
        };
        let ladder = LadderSpec {
            levels: [(severity?, Span::ZERO)].into(),
            keep_firing_for: self.span("keep_firing_for"),
            on_missing: OnMissing::Hold,
            repeat: None,
        };
        Some(self.sequence_rule(&written[0].kind, single, (plan, ladder), during, texts))
    }

    fn sequence_rule(
        &mut self,
        kind: &Kind,
        single: bool,
        (plan, ladder): (SequencePlan, LadderSpec),
        during: Option<u16>,
        Texts { summary, guidance }: Texts,
    ) -> Rule {
        let mut info = self.info(kind, &ladder);
        info.by = plan.by.iter().map(Dimension::name).collect();
        Rule {
            print: self.sequence_print(),
            whole: self.whole(),
            info,
            subject: Subject::Sequence {
                asset: single.then_some(kind.id),
            },
            slots: std::mem::take(&mut self.slots).into(),
            condition_slots: 0,
            conditions: Conditions::Sequence(Box::new(plan)),
            ladder,
            limit: self.limit(),
            summary,
            extras: Extras {
                during,
                clocks: std::mem::take(&mut self.loader.clocks.asked).into(),
                settle: self.span("settle"),
                guidance,
            }
            .said(),
        }
    }

    /// What decides when other rules hold has no meaning beside steps.
    fn refuse_other_conditions(&mut self) {
        for key in ["when", "levels", "absent"] {
            self.refuse_key(key, false, "rules without a 'sequence'");
        }
        self.refuse_key(
            "on",
            false,
            "rules without a 'sequence'; each step has its own",
        );
        self.refuse_key(
            "for",
            false,
            "rules without a 'sequence'; a step can ask for (…).held('2m')",
        );
        self.refuse_key(
            "repeat",
            false,
            "rules without a 'sequence'; a step has 'times'",
        );
        for key in ["on_missing", "min_known"] {
            self.refuse_key(key, false, "rules that ask for values, not for their rises");
        }
    }

    fn within(&mut self, frame: Fields<'_>) -> Option<Span> {
        let node = self.reader.required(frame, "within", "'sequence'")?;
        self.positive(node, "'within'")
    }

    /// The entries of `steps` with their kinds.
    fn written<'n>(&mut self, node: &'n Node) -> Option<Vec<Written<'n>>> {
        let items = self.reader.items(node, "'steps'")?;
        let mut written = Vec::new();
        for item in items {
            written.push(self.entry(item));
        }
        let all = written.into_iter().collect::<Option<Vec<_>>>()?;
        let problem = match all.first() {
            None => Some((
                node,
                "'steps' is empty",
                "write what has to happen, one step a line",
            )),
            Some(first) if first.is_guard => Some((
                first.fields.node(),
                "a sequence does not begin with a 'not'",
                "nothing has begun yet that it could end; put a step before it",
            )),
            Some(_) if all.len() > keys::MOST_STEPS => {
                Some((node, "a sequence has at most 16 steps", "ask for less"))
            }
            Some(_) => None,
        };
        if let Some((node, message, help)) = problem {
            self.reader
                .error("rule-sequence-steps", node.span.clone(), message)
                .help = Some(help.to_owned());
            return None;
        }
        Some(all)
    }

    fn entry<'n>(&mut self, item: &'n Node) -> Option<Written<'n>> {
        self.reader.entries(item, "a step")?;
        let is_guard = item.get("not").is_some();
        let fields = if is_guard {
            let (outer, inner) = (&keys::NOT, &keys::NOT_WHEN);
            let frame = self.reader.fields(item, outer.what, &outer.names())?;
            let node = self.reader.required(frame, "not", outer.what)?;
            self.reader.fields(node, inner.what, &inner.names())?
        } else {
            let step = &keys::STEP;
            self.reader.fields(item, step.what, &step.names())?
        };
        let kind = self.kind_of(fields, "a step");
        Some(Written {
            fields,
            kind: kind?,
            is_guard,
        })
    }

    /// Reads `by` against every kind. True for a sequence about single assets.
    fn sequence_by(&mut self, steps: &[Written<'_>]) -> Option<bool> {
        let first = &steps[0].kind;
        let single = !self.by(first)?;
        for other in steps.iter().filter(|step| step.kind.id != first.id) {
            let node = other.fields.get("on").unwrap_or(other.fields.node());
            if single {
                let message = format!(
                    "without a coarser 'by' all steps are about one asset; {} is another kind than {}",
                    other.kind.name, first.name
                );
                self.reader
                    .error("rule-sequence-kinds", node.span.clone(), message)
                    .help = Some("say what their assets have in common, such as by: [site]".into());
                return None;
            }
            for wanted in self.by.clone() {
                if dimension(&other.kind, &wanted.name()).is_none() {
                    self.unknown_dimension(&other.kind, node, &wanted.name());
                    return None;
                }
            }
        }
        Some(single)
    }

    /// Compiles one entry. Nothing is added where something is wrong with it.
    fn step(&mut self, written: &Written<'_>, steps: &mut Steps) {
        let before = self.reader.diagnostics.len();
        let fields = written.fields;
        let name = fields
            .get("as")
            .and_then(|node| self.step_name(node, steps));
        let times = fields.get("times");
        let times = times.and_then(|node| self.reader.integer(node, "'times'", keys::TIMES));
        let mut table = Table::default();
        let when = self.reader.required(fields, "when", "a step");
        let parts = when.and_then(|node| self.parts(node, &written.kind, &mut table, steps));
        let (Some(parts), true) = (parts, self.reader.diagnostics.len() == before) else {
            return;
        };
        if written.is_guard {
            steps.guards.push(Guard {
                before: steps.growing.len(),
                watch: self.watch(written.kind.id, parts, table),
            });
        } else {
            steps.growing.push(Growing {
                times: times.unwrap_or(1) as u16,
                parts,
            });
            steps.named.push(Named {
                name,
                kind: written.kind.clone(),
                table,
            });
        }
    }

    /// The name of a step: one of its own, and none that means something already.
    fn step_name(&mut self, node: &Node, steps: &Steps) -> Option<Arc<str>> {
        let name = self.reader.text(node, "a step's name")?;
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_word =
            name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(letters);
        let mut kinds = self.loader.city.catalog.kinds().iter();
        let is_field = kinds.any(|kind| kind.field(name).is_some() || kind.column(name).is_some());
        let taken = |named: &Named| named.name.as_deref() == Some(name);
        let (message, help) = if !is_word {
            (
                format!("'{name}' cannot be written in an expression"),
                "use letters and digits, such as first or a".to_owned(),
            )
        } else if is_field || NOT_FOR_STEPS.contains(&name) {
            (
                format!("'{name}' means something else in conditions"),
                "give the step another name, such as a".to_owned(),
            )
        } else if steps.named.iter().any(taken) {
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
        None
    }

    /// A step's condition, taken apart into what speaks of its asset alone and what names earlier steps.
    fn parts(
        &mut self,
        node: &Node,
        kind: &Kind,
        table: &mut Table,
        steps: &mut Steps,
    ) -> Option<Parts> {
        let source = self.reader.text(node, "a condition")?;
        let scope = StepScope {
            loader: self.loader,
            kind,
            table,
            earlier: &mut steps.named,
            reads: Vec::new(),
        };
        let compiled = cel::parse(source).and_then(|expr| split(&expr, scope));
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
    fn finished(&mut self, steps: Steps) -> Box<[Step]> {
        let steps = steps.growing.into_iter().zip(steps.named);
        let finish = |(Growing { times, parts }, Named { name, kind, table })| Step {
            name,
            times,
            watch: self.watch(kind.id, parts, table),
        };
        steps.map(finish).collect()
    }

    fn clear(&mut self, node: &Node, single: bool, steps: &mut [Named]) -> Option<Program<bool>> {
        let source = self.reader.text(node, "a condition")?;
        let mut scope = WholeScope {
            loader: self.loader,
            steps,
            slots: &mut self.slots,
            by: &self.by,
            single,
            asks: Asks::Clear,
        };
        match cel::compile_bool(source, &mut scope) {
            Ok(program) => Some(program),
            Err(problems) => {
                texts::report(self.draft, node, 0, problems, self.reader);
                None
            }
        }
    }

    fn sequence_texts(&mut self, single: bool, steps: &mut [Named]) -> Texts {
        let Self {
            draft,
            loader,
            reader,
            slots,
            by,
            ..
        } = self;
        let mut compile = |place: &str, english| {
            let mut scope = WholeScope {
                loader,
                steps,
                slots,
                by,
                single,
                asks: Asks::Text { english },
            };
            cel::compile_value(place, &mut scope)
        };
        let summary = texts::summary(draft, reader, &mut compile);
        let guidance = texts::guidance(draft, reader, &mut compile);
        Texts { summary, guidance }
    }

    /// A print of everything that decides what a match is. `within` is a timing: matches that wait carry over.
    fn sequence_print(&self) -> u64 {
        let written = self.respaced();
        let steps = written.pointer("/sequence/steps").into_iter();
        let others = ["by", "clear", "during"].map(|key| written.get(key));
        let print = Fingerprint::default().text("sequence");
        let all = steps.map(Some).chain(others);
        let print = all.fold(print, |print, json| {
            print.text(&json.map_or(String::new(), ToString::to_string))
        });
        print.finish()
    }
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
