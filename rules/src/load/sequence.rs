//! `sequence`: from what is written to the rule that is run. Leaves its steps to `sequence_steps`.

use cel::Program;
use city::yaml::{Fields, Node};
use model::{Kind, Span};

use super::dimensions::dimension;
use super::rule::{Compiling, Texts};
use super::sequence_scope::{Asks, WholeScope};
use super::sequence_steps::{Steps, Written};
use super::settings::Settings;
use super::texts;
use crate::hashing::Fingerprint;
use crate::keys;
use crate::ladder::{LadderSpec, OnMissing};
use crate::plan::{Conditions, Dimension, Extras, Rule, Subject};
use crate::sequences::SequencePlan;

/// All that is written of a sequence, and nothing of it wrong.
struct Read {
    plan: SequencePlan,
    ladder: LadderSpec,
    during: Option<u16>,
    texts: Texts,
    settings: Settings,
}

impl Compiling<'_, '_, '_> {
    /// Compiles a rule with a `sequence`. Everything is read before anything is given up, so that one run shows every problem.
    pub(super) fn sequence(mut self, node: &Node) -> Option<Rule> {
        self.loader.clocks.asked.clear();
        self.refuse_other_conditions();
        let frame = keys::fields(node, &keys::SEQUENCE, self.reader).or_else(|| {
            self.reader
                .advise("write sequence: {within: 10m, steps: [{on: …, when: …}, …]}")
        });
        let within = frame.and_then(|frame| self.within(frame));
        let items = frame.and_then(|f| self.reader.required(f, "steps", keys::SEQUENCE.what));
        let written = items.map_or(Vec::new(), |items| self.written(items));
        let single = self.sequence_by(&written);
        let during = self.during();
        let severity = self.severity(self.draft.fields);
        let mut steps = Steps::default();
        for step in &written {
            self.step(step, &written, &mut steps);
        }
        let clear = self.draft.fields.get("clear");
        let clear = clear.and_then(|node| self.clear(node, single, &mut steps));
        let texts = self.sequence_texts(single, &mut steps);
        let settings = self.settings();
        // A step that is wrong is not among them.
        if steps.growing.len() + steps.guards.len() < written.len() {
            return None;
        }
        let single = single?;
        let plan = SequencePlan {
            by: if single {
                [Dimension::Asset].into()
            } else {
                self.by.as_slice().into()
            },
            within: within?,
            clear: clear.map(Box::new),
            guards: std::mem::take(&mut steps.guards).into(),
            steps: self.finished(steps),
        };
        let ladder = LadderSpec {
            levels: [(severity?, Span::ZERO)].into(),
            keep_firing_for: settings.keep_firing_for,
            on_missing: OnMissing::Hold,
            repeat: None,
        };
        let kind = written.first()?.kind.as_ref()?;
        let read = Read {
            plan,
            ladder,
            during,
            texts,
            settings,
        };
        Some(self.sequence_rule(kind, single, read))
    }

    fn sequence_rule(&mut self, kind: &Kind, single: bool, read: Read) -> Rule {
        let Read {
            plan,
            ladder,
            during,
            texts: Texts { summary, guidance },
            settings,
        } = read;
        let mut info = self.info(kind, &ladder, &settings);
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
            limit: settings.limit,
            summary,
            extras: Extras {
                during,
                clocks: std::mem::take(&mut self.loader.clocks.asked).into(),
                settle: settings.settle,
                guidance,
            }
            .said(),
        }
    }

    /// What decides when other rules hold has no meaning beside steps.
    fn refuse_other_conditions(&mut self) {
        const REFUSED: [(&str, &str, &str); 8] = [
            (
                "when",
                "rules without a 'sequence'",
                "write it in a step: {on: …, when: …}",
            ),
            (
                "levels",
                "rules without a 'sequence'",
                "a sequence has one 'severity', beside 'sequence'",
            ),
            (
                "absent",
                "rules without a 'sequence'",
                "in the condition of a step, write silent('15m')",
            ),
            (
                "on",
                "rules without a 'sequence'; each step has its own",
                "write it in each step: {on: …, when: …}",
            ),
            (
                "for",
                "rules without a 'sequence'",
                "in the condition of a step, write (height > 27.0).held('2m')",
            ),
            (
                "repeat",
                "rules without a 'sequence'",
                "a step that comes true several times has times: 3",
            ),
            (
                "on_missing",
                "rules that ask for values, not for their rises",
                "leave it out: a step waits for what comes true, and what is not known does not",
            ),
            (
                "min_known",
                "rules that ask for values, not for their rises",
                "leave it out: steps watch single assets, whatever 'by' is",
            ),
        ];
        for (key, whom, help) in REFUSED {
            self.refuse_key(key, whom, help);
        }
    }

    fn within(&mut self, frame: Fields<'_>) -> Option<Span> {
        let node = self.reader.required(frame, "within", "'sequence'")?;
        self.positive(node, "'within'")
    }

    /// Reads `by` against every kind. True for a sequence about single assets; none where that cannot be told.
    fn sequence_by(&mut self, steps: &[Written<'_>]) -> Option<bool> {
        let first = steps.iter().find_map(|step| step.kind.clone())?;
        let single = !self.by(&first)?;
        let by = self.by.clone();
        for step in steps {
            let Some(other) = step.kind.as_ref().filter(|kind| kind.id != first.id) else {
                continue;
            };
            let node = step.fields.get("on").unwrap_or(step.fields.node());
            if single {
                let message = format!(
                    "without a coarser 'by' all steps are about one asset; {} is another kind than {}",
                    other.name, first.name
                );
                self.reader
                    .error("rule-sequence-kinds", node.span.clone(), message)
                    .help = Some("say what their assets have in common, such as by: [site]".into());
                return None;
            }
            // What the first has not either was told of it.
            for wanted in by.iter().map(Dimension::name) {
                if dimension(&first, &wanted).is_some() && dimension(other, &wanted).is_none() {
                    self.unknown_dimension(other, node, &wanted);
                }
            }
        }
        Some(single)
    }

    fn clear(
        &mut self,
        node: &Node,
        single: Option<bool>,
        steps: &mut Steps,
    ) -> Option<Program<bool>> {
        let source = self.condition_text(node)?;
        let compiled = cel::parse_and(source, |expr| {
            let mut scope = self.whole_scope(single, steps, Asks::Clear);
            let scope = scope.as_mut().ok_or_else(Vec::new)?;
            expr.compile_bool(scope)
        });
        self.tell_doubts(node);
        match compiled {
            Ok(program) => Some(program),
            Err(problems) => {
                texts::report(self.draft, node, 0, problems, self.reader);
                None
            }
        }
    }

    fn sequence_texts(&mut self, single: Option<bool>, steps: &mut Steps) -> Texts {
        let (draft, mut reader) = (self.draft, self.reader.going_on());
        let mut compile = |place: &str, english| {
            cel::parse_and(place, |expr| {
                let mut scope = self.whole_scope(single, steps, Asks::Text { english });
                let scope = scope.as_mut().ok_or_else(Vec::new)?;
                expr.compile_value(scope)
            })
        };
        let summary = texts::summary(draft, &mut reader, &mut compile);
        let guidance = texts::guidance(draft, &mut reader, &mut compile);
        self.reader.diagnostics.append(&mut reader.diagnostics);
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

impl<'c> Compiling<'_, '_, 'c> {
    /// What names mean outside the steps; none where that cannot be told.
    fn whole_scope<'s>(
        &'s mut self,
        single: Option<bool>,
        steps: &'s mut Steps,
        asks: Asks,
    ) -> Option<WholeScope<'s, 'c>> {
        steps.named.first()?;
        Some(WholeScope {
            loader: self.loader,
            steps: &mut steps.named,
            unusable: &steps.unusable,
            slots: &mut self.slots,
            by: &self.by,
            single: single?,
            asks,
        })
    }
}
