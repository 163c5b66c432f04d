//! One rule: from what is written to what is run.

use cel::Program;
use city::yaml::{Node, Reader};
use model::{Kind, Severity, Span, nearest};

use super::collects::Collects;
use super::file::Draft;
use super::group_scope::GroupScope;
use super::member_scope::MemberScope;
use super::surroundings::unknown_calendar;
use super::{Loader, escalations, texts};
use crate::group::Aggregate;
use crate::hashing::Fingerprint;
use crate::keys;
use crate::ladder::LadderSpec;
use crate::plan::{
    Attached, Clock, Conditions, Dimension, Extras, GroupPlan, Guidance, Level, Rule, RuleInfo,
    Subject,
};
use crate::slots::SlotSource;
use crate::template::Template;

/// Compiles a rule, or reports why not. Goes on past every problem, so that one run shows them all.
pub(super) fn compile(draft: &Draft<'_>, loader: &mut Loader<'_>) -> Option<Rule> {
    let mut reader = Reader::new(draft.file);
    let compiling = Compiling::new(draft, loader, &mut reader);
    let rule = match draft.fields.get("sequence") {
        Some(node) => compiling.sequence(node),
        None => compiling.run(),
    };
    let failed = reader.diagnostics.iter().any(model::Diagnostic::is_error);
    loader.problems.append(&mut reader.diagnostics);
    rule.filter(|_| !failed)
}

/// A rule on its way: what is written of it, and what was found so far.
pub(super) struct Compiling<'a, 'd, 'c> {
    pub(super) draft: &'a Draft<'d>,
    pub(super) loader: &'a mut Loader<'c>,
    pub(super) reader: &'a mut Reader,
    pub(super) slots: Vec<SlotSource>,
    pub(super) aggregates: Vec<Aggregate>,
    /// Empty for a rule about assets.
    pub(super) by: Vec<Dimension>,
    /// Of a derivation whose windows close.
    pub(super) collects: Option<Collects>,
}

/// What alerts of a rule say.
pub(super) struct Texts {
    pub(super) summary: Option<Box<Template>>,
    pub(super) guidance: Option<Guidance>,
}

/// When a rule holds, and its severities with their `for`.
type Conditioned = (Conditions, Box<[(Severity, Span)]>);

/// What names mean in a rule.
pub(super) enum RuleScope<'a> {
    Asset(MemberScope<'a>),
    Group(GroupScope<'a>),
}

impl RuleScope<'_> {
    pub(super) fn as_scope(&mut self) -> &mut dyn cel::Scope {
        match self {
            Self::Asset(scope) => scope,
            Self::Group(scope) => scope,
        }
    }

    fn condition(&mut self, expr: &cel::Expr) -> Result<Program<bool>, Vec<cel::Problem>> {
        let condition = expr.compile_bool(self.as_scope())?;
        match self {
            Self::Asset(scope) => scope.timed(condition),
            // Its members saw to themselves.
            Self::Group(_) => Ok(condition),
        }
    }
}

impl<'a, 'd, 'c> Compiling<'a, 'd, 'c> {
    pub(super) fn new(
        draft: &'a Draft<'d>,
        loader: &'a mut Loader<'c>,
        reader: &'a mut Reader,
    ) -> Self {
        Self {
            draft,
            loader,
            reader,
            slots: Vec::new(),
            aggregates: Vec::new(),
            by: Vec::new(),
            collects: None,
        }
    }
}

impl Compiling<'_, '_, '_> {
    fn run(mut self) -> Option<Rule> {
        self.loader.clocks.asked.clear();
        let kind = self.kind()?;
        let grouped = self.by(&kind)?;
        let during = self.during();
        let (conditions, levels) = self.conditions(&kind, grouped)?;
        let condition_aggregates = self.aggregates.len();
        let condition_slots = self.slots.len();
        let clocks = std::mem::take(&mut self.loader.clocks.asked);
        let Texts { summary, guidance } = self.texts(&kind, grouped);
        let absent = matches!(conditions, Conditions::Absent { .. });
        let ladder = LadderSpec {
            levels,
            keep_firing_for: self.span("keep_firing_for"),
            on_missing: self.on_missing(grouped || absent),
            repeat: self.repeat().map(Box::new),
        };
        let mut info = self.info(&kind, &ladder);
        let subject = if grouped {
            info.by = self.by.iter().map(Dimension::name).collect();
            let by = std::mem::take(&mut self.by);
            Subject::Group(Box::new(GroupPlan {
                kind: kind.id,
                grouping: self.loader.kinds[kind.id.index()].grouping(by),
                asked: condition_aggregates,
                min_known: self.min_known(),
                aggregates: std::mem::take(&mut self.aggregates).into(),
            }))
        } else {
            self.refuse_key(
                "min_known",
                grouped,
                "rules about groups; this one is about single assets",
            );
            Subject::Asset(kind.id)
        };
        let rule = Rule {
            print: self.print(),
            whole: self.whole(),
            info,
            subject,
            // What the texts of a group rule ask across its members has to be kept up to date too.
            condition_slots: if grouped {
                self.slots.len()
            } else {
                condition_slots
            } as u32,
            slots: std::mem::take(&mut self.slots).into(),
            conditions,
            ladder,
            limit: self.limit(),
            summary,
            extras: Extras {
                // Silence counts inside the calendar; a condition holds only inside it.
                during: during.filter(|_| !absent),
                clocks: clocks.into(),
                settle: self.span("settle"),
                guidance,
            }
            .said(),
        };
        Some(rule)
    }

    pub(super) fn kind(&mut self) -> Option<Kind> {
        self.kind_of(self.draft.fields, "a rule")
    }

    /// The kind that stands under `on`.
    pub(super) fn kind_of(&mut self, fields: city::yaml::Fields<'_>, what: &str) -> Option<Kind> {
        let node = self.reader.required(fields, "on", what)?;
        let name = self.reader.text(node, "the kind")?;
        let catalog = &self.loader.city.catalog;
        if let Some(kind) = catalog.find(name) {
            return Some(kind.clone());
        }
        if self.loader.underivable.iter().any(|other| **other == *name) {
            return None; // What is wrong with it is told where it is derived.
        }
        let kinds = || catalog.kinds().iter().map(|kind| &*kind.name);
        let help = match nearest(name, kinds()) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("the catalog has {}", kinds().collect::<Vec<_>>().join(", ")),
        };
        let message = format!("the catalog has no kind '{name}'");
        self.reader
            .error("rule-unknown-kind", node.span.clone(), message)
            .help = Some(help);
        None
    }

    pub(super) fn during(&mut self) -> Option<u16> {
        let node = self.draft.fields.get("during")?;
        let name = self.reader.text(node, "a calendar")?;
        if !self.loader.city.calendars.contains_key(name) {
            let (message, help) = unknown_calendar(&self.loader.city, name);
            self.reader
                .error("rule-unknown-calendar", node.span.clone(), message)
                .help = Some(help);
            return None;
        }
        Some(self.loader.clocks.ask(Clock::Calendar(name.into())))
    }

    fn conditions(&mut self, kind: &Kind, grouped: bool) -> Option<Conditioned> {
        let fields = self.draft.fields;
        let written = ["when", "levels", "absent"].map(|key| fields.key(key));
        let one = written.iter().flatten().count() == 1;
        if !one {
            let second = written.iter().flatten().nth(1);
            let place = second.map_or(self.draft.name_node, |node| node);
            self.reader
                .error(
                    "rule-condition",
                    place.span.clone(),
                    "a rule has one of 'when', 'levels', 'absent' and 'sequence'",
                )
                .help = Some(
                "write the condition under 'when', or one a severity under 'levels'".to_owned(),
            );
            return None;
        }
        match (fields.get("levels"), fields.get("absent")) {
            (Some(levels), _) => self.levels(kind, grouped, levels),
            (_, Some(absent)) => self.absent(kind, grouped, absent),
            _ => {
                let severity = self.severity(fields.get("severity"));
                let level = self.level(kind, grouped, fields)?;
                let hold = self.span("for");
                Some((
                    Conditions::Levels([level].into()),
                    [(severity?, hold)].into(),
                ))
            }
        }
    }

    fn levels(&mut self, kind: &Kind, grouped: bool, node: &Node) -> Option<Conditioned> {
        for key in ["severity", "clear"] {
            self.refuse_key(
                key,
                false,
                "a rule without 'levels'; each level has its own",
            );
        }
        let common = self.span("for");
        let (mut levels, mut timings) = (Vec::new(), Vec::new());
        let items = self.reader.items(node, "'levels'")?;
        if items.is_empty() {
            let span = node.span.clone();
            self.reader
                .error("rule-condition", span, "'levels' is empty");
        }
        for item in items {
            let Some(fields) = self
                .reader
                .fields(item, keys::LEVEL.what, &keys::LEVEL.names())
            else {
                continue;
            };
            let severity = self.severity(fields.get("severity"));
            let hold = match fields.get("for") {
                Some(node) => self.reader.span(node, "'for'"),
                None => Some(common),
            };
            let level = self.level(kind, grouped, fields);
            if let (Some(level), Some(severity), Some(hold)) = (level, severity, hold) {
                if let Some((last, _)) = timings.last()
                    && severity >= *last
                {
                    let span = fields
                        .get("severity")
                        .map_or(0..0, |node| node.span.clone());
                    self.reader
                        .error(
                            "rule-level-order",
                            span,
                            "levels stand worst first, each severity once",
                        )
                        .help = Some(format!(
                        "'{}' stands below '{}'",
                        severity.as_str(),
                        last.as_str()
                    ));
                }
                levels.push(level);
                timings.push((severity, hold));
            }
        }
        (levels.len() == items.len()).then(|| (Conditions::Levels(levels.into()), timings.into()))
    }

    fn level(
        &mut self,
        kind: &Kind,
        grouped: bool,
        fields: city::yaml::Fields<'_>,
    ) -> Option<Level> {
        let when = self.reader.required(fields, "when", "a level");
        let when = when.map(|node| self.condition(kind, grouped, node));
        let clear = fields.get("clear");
        let clear = clear.map(|node| self.condition(kind, grouped, node));
        Some(Level {
            when: when??,
            clear: match clear {
                Some(clear) => Some(Box::new(clear?)),
                None => None,
            },
        })
    }

    fn absent(&mut self, kind: &Kind, grouped: bool, node: &Node) -> Option<Conditioned> {
        for key in ["clear", "for"] {
            self.refuse_key(
                key,
                false,
                "a rule with 'when'; 'absent' is its own length of time",
            );
        }
        if grouped {
            let message = "'absent' watches single assets";
            self.reader
                .error("rule-absent-group", node.span.clone(), message)
                .help = Some("for a group, write when: fraction(silent('15m')) > 0.5".to_owned());
            return None;
        }
        let severity = self.severity(self.draft.fields.get("severity"));
        let length = self.reader.span(node, "'absent'")?;
        let during = self.draft.fields.get("during").and_then(Node::as_str);
        let builder = &mut self.loader.kinds[kind.id.index()];
        let Some(bit) = builder.silence(length, during.map(Into::into)) else {
            let message = "the rules of this kind watch more than 63 different silences";
            self.reader
                .error("rule-too-many-silences", node.span.clone(), message);
            return None;
        };
        let timings = [(severity?, Span::ZERO)].into();
        Some((Conditions::Absent { bit }, timings))
    }

    /// Compiles one condition in the scope the rule has.
    fn condition(&mut self, kind: &Kind, grouped: bool, node: &Node) -> Option<Program<bool>> {
        let source = self.reader.text(node, "a condition")?;
        let compiled = cel::parse(source)
            .and_then(|expr| self.in_scope(kind, grouped, None, |scope| scope.condition(&expr)));
        match compiled {
            Ok(program) => Some(program),
            Err(problems) => {
                texts::report(self.draft, node, 0, problems, self.reader);
                None
            }
        }
    }

    pub(super) fn in_scope<T>(
        &mut self,
        kind: &Kind,
        grouped: bool,
        english: Option<bool>,
        compile: impl FnOnce(&mut RuleScope<'_>) -> T,
    ) -> T {
        let member = MemberScope {
            city: &self.loader.city,
            zone: &self.loader.zone,
            kind,
            builder: &mut self.loader.kinds[kind.id.index()],
            slots: &mut self.slots,
            clocks: &mut self.loader.clocks,
            reads: Vec::new(),
            english,
            collects: self.collects.as_mut(),
        };
        compile(&mut if grouped {
            RuleScope::Group(GroupScope {
                member,
                by: &self.by,
                aggregates: &mut self.aggregates,
            })
        } else {
            RuleScope::Asset(member)
        })
    }

    /// The summary, and the guidance as written and with its places.
    fn texts(&mut self, kind: &Kind, grouped: bool) -> Texts {
        let (draft, mut reader) = (self.draft, Reader::new(self.draft.file));
        let mut compile = |place: &str, english| {
            self.in_scope(kind, grouped, Some(english), |scope| {
                cel::compile_value(place, scope.as_scope())
            })
        };
        let summary = texts::summary(draft, &mut reader, &mut compile);
        let guidance = texts::guidance(draft, &mut reader, &mut compile);
        self.reader.diagnostics.append(&mut reader.diagnostics);
        Texts { summary, guidance }
    }

    pub(super) fn info(&mut self, kind: &Kind, ladder: &LadderSpec) -> RuleInfo {
        let shadow = self.draft.fields.get("shadow");
        RuleInfo {
            name: self.draft.name.clone(),
            kind: Some(kind.name.clone()),
            worst: ladder.levels.first().map(|(severity, _)| *severity),
            shadow: shadow.and_then(|node| self.reader.boolean(node, "'shadow'")) == Some(true),
            by: self.loader.names.asset_alone(),
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

    /// A print of all that is written of the rule but the blanks of its expressions.
    pub(super) fn whole(&self) -> u64 {
        let json = self.respaced().to_string();
        Fingerprint::default().text(&json).finish()
    }

    /// All that is written of the rule, with canonical blanks in its expressions.
    pub(super) fn respaced(&self) -> serde_json::Value {
        let mut json = self.draft.fields.node().to_json();
        let part = if self.draft.derives {
            &keys::DERIVATION
        } else {
            &keys::RULE
        };
        keys::spaced(&mut json, part);
        json
    }

    /// A print of everything that decides what the condition means.
    fn print(&self) -> u64 {
        let fields = self.draft.fields;
        let mut print = Fingerprint::default();
        for key in ["on", "by", "when", "clear", "absent", "during", "min_known"] {
            let json = fields.get(key).map(Node::to_json);
            let json = json.map(|json| match json {
                serde_json::Value::String(text) => keys::spaced_text(&text).into(),
                other => other,
            });
            print = print.text(&json.map_or(String::new(), |json| json.to_string()));
        }
        let levels = fields
            .get("levels")
            .and_then(Node::as_seq)
            .unwrap_or_default();
        for level in levels {
            for key in ["when", "clear"] {
                let node = level.get(key).and_then(Node::as_str);
                print = print.text(&keys::spaced_text(node.unwrap_or_default()));
            }
        }
        print.finish()
    }
}
