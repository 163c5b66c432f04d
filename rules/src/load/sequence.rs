//! `sequence`: from what is written to the rule that is run. Leaves its steps to `sequence_steps`.

use cel::Program;
use city::yaml::{Fields, Node};
use model::{Kind, Span};

use super::dimensions::dimension;
use super::rule::{Compiling, Texts};
use super::sequence_scope::{Asks, Named, WholeScope};
use super::sequence_steps::{Steps, Written};
use super::texts;
use crate::hashing::Fingerprint;
use crate::keys;
use crate::ladder::{LadderSpec, OnMissing};
use crate::plan::{Conditions, Dimension, Extras, Rule, Subject};
use crate::sequences::SequencePlan;

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
