//! One rule: from what is written to what is run.

use cel::Program;
use city::yaml::{Node, Reader};
use model::{Kind, Severity, Span, nearest};

use super::collects::Collects;
use super::file::Draft;
use super::group_scope::GroupScope;
use super::member_scope::MemberScope;
use super::never::follows;
use super::settings::Settings;
use super::surroundings::unknown_calendar;
use super::{Loader, texts};
use crate::group::Aggregate;
use crate::hashing::Fingerprint;
use crate::keys;
use crate::ladder::LadderSpec;
use crate::plan::{
    Clock, Conditions, Dimension, Extras, GroupPlan, Guidance, Level, Rule, RuleInfo, Subject,
};
use crate::slots::SlotSource;
use crate::template::Template;

/// Compiles a rule, or reports why not. Goes on past every problem, so that one run shows them all.
pub(super) fn compile(draft: &Draft<'_>, loader: &mut Loader<'_>) -> Option<Rule> {
    let mut reader = draft.reader.going_on();
    let compiling = Compiling::new(draft, loader, &mut reader);
    let rule = match draft.fields.get("sequence") {
        Some(node) => compiling.sequence(node),
        None => compiling.run(),
    };
    let failed = reader.diagnostics.iter().any(model::Diagnostic::is_error);
    loader.problems.append(&mut reader.diagnostics);
    rule.filter(|_| !failed && draft.named)
}

/// What a rule is about, for what is written in its expressions. Where that could not be found out, expressions are only
/// read, and what they would mean is left open.
#[derive(Clone, Copy)]
pub(super) struct About<'k> {
    pub(super) kind: &'k Kind,
    pub(super) grouped: bool,
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

const NOT_FOR_SILENCE: (&str, &str) = (
    "rules that ask for the values of single assets",
    "leave it out: 'absent' is about silence as it is",
);
const NOT_FOR_GROUPS: (&str, &str) = (
    "rules that ask for the values of single assets",
    "leave it out: who is silent is not counted; 'min_known' says when too few are left, and fraction(silent('15m')) asks for them",
);

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
    /// Everything is read before anything is given up, so that one run shows every problem.
    fn run(mut self) -> Option<Rule> {
        self.loader.clocks.asked.clear();
        let kind = self.kind();
        let about = self.about(kind.as_ref());
        let during = self.during();
        let conditions = self.conditions(about);
        let condition_aggregates = self.aggregates.len();
        let condition_slots = self.slots.len();
        let clocks = std::mem::take(&mut self.loader.clocks.asked);
        let Texts { summary, guidance } = self.texts(about);
        let settings = self.settings();
        let absent = self.draft.fields.get("absent").is_some();
        let on_missing = self.on_missing(match about {
            _ if absent => Some(NOT_FOR_SILENCE),
            Some(About { grouped: true, .. }) => Some(NOT_FOR_GROUPS),
            _ => None,
        });
        let repeat = self.repeat();
        let min_known = self.min_known();
        if let Some(About { grouped: false, .. }) = about {
            let whom = "rules about groups; this one is about single assets";
            let help = "leave it out, or give the rule a coarser 'by', such as by: [area]";
            self.refuse_key("min_known", whom, help);
        }
        let About { kind, grouped } = about?;
        let (conditions, levels) = conditions?;
        let ladder = LadderSpec {
            levels,
            keep_firing_for: settings.keep_firing_for,
            on_missing,
            repeat: repeat.map(Box::new),
        };
        let mut info = self.info(kind, &ladder, &settings);
        let subject = if grouped {
            info.by = self.by.iter().map(Dimension::name).collect();
            let by = std::mem::take(&mut self.by);
            Subject::Group(Box::new(GroupPlan {
                kind: kind.id,
                grouping: self.loader.kinds[kind.id.index()].grouping(by),
                asked: condition_aggregates,
                min_known,
                aggregates: std::mem::take(&mut self.aggregates).into(),
            }))
        } else {
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
            limit: settings.limit,
            summary,
            extras: Extras {
                // Silence counts inside the calendar; a condition holds only inside it.
                during: during.filter(|_| !absent),
                clocks: clocks.into(),
                settle: settings.settle,
                guidance,
            }
            .said(),
        };
        Some(rule)
    }

    /// Reads `by`; none where it, or the kind, does not tell what the rule is about.
    pub(super) fn about<'k>(&mut self, kind: Option<&'k Kind>) -> Option<About<'k>> {
        let kind = kind?;
        let grouped = self.by(kind)?;
        Some(About { kind, grouped })
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
        let name = self.reader.text(node, "a calendar");
        let name = name.or_else(|| {
            self.reader.advise(
                "write the name of one calendar; ask for several in 'when': calendar('office_hours') || calendar('holidays')",
            )
        })?;
        if !self.loader.city.calendars.contains_key(name) {
            let (message, mut help) = unknown_calendar(&self.loader.city, name);
            if let Some(closed) = name.strip_prefix('!') {
                help = format!(
                    "'during' takes a calendar's name only; for the time outside it write !calendar('{}') in 'when'",
                    closed.trim()
                );
            }
            self.reader
                .error("rule-unknown-calendar", node.span.clone(), message)
                .help = Some(help);
            return None;
        }
        Some(self.loader.clocks.ask(Clock::Calendar(name.into())))
    }

    fn conditions(&mut self, about: Option<About<'_>>) -> Option<Conditioned> {
        let fields = self.draft.fields;
        let written = ["when", "levels", "absent"].map(|key| fields.key(key));
        let many = written.iter().flatten().count();
        let ways = ["when", "levels", "absent", "sequence"];
        if many == 0 && ways.iter().any(|key| self.reader.is_misspelt(fields, key)) {
            self.severity_and_for();
            return None;
        }
        if many != 1 {
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
            if many == 0 {
                self.severity_and_for();
            }
            return None;
        }
        match (fields.get("levels"), fields.get("absent")) {
            (Some(levels), _) => self.levels(about, levels),
            (_, Some(absent)) => self.absent(about, absent),
            _ => {
                let (severity, hold) = self.severity_and_for();
                let level = self.level(about, fields)?;
                Some((
                    Conditions::Levels([level].into()),
                    [(severity?, hold)].into(),
                ))
            }
        }
    }

    fn severity_and_for(&mut self) -> (Option<Severity>, Span) {
        (self.severity(self.draft.fields), self.span("for"))
    }

    fn levels(&mut self, about: Option<About<'_>>, node: &Node) -> Option<Conditioned> {
        for key in ["severity", "clear"] {
            self.refuse_key(
                key,
                "a rule without 'levels'; each level has its own",
                "write it in each level: {severity: high, when: …, clear: …}",
            );
        }
        let common = self.span("for");
        let (mut levels, mut timings) = (Vec::new(), Vec::new());
        let items = self.reader.items(node, "'levels'").or_else(|| {
            self.reader
                .advise("write one severity an entry: - {severity: high, when: height > 27.0}")
        })?;
        if items.is_empty() {
            let span = node.span.clone();
            self.reader
                .error("rule-condition", span, "'levels' is empty");
        }
        for item in items {
            let Some(fields) = keys::fields(item, &keys::LEVEL, self.reader) else {
                continue;
            };
            let severity = self.severity(fields);
            let hold = match fields.get("for") {
                Some(node) => self.reader.span(node, "'for'"),
                None => Some(common),
            };
            let level = self.level(about, fields);
            let is_below = severity < timings.last().map(|(worse, _)| *worse);
            if let (Some(level), Some(worse), true) = (&level, levels.last(), is_below) {
                self.tell_unreached(fields, level, worse);
            }
            // Their order is told of those whose conditions are wrong, too.
            if let (Some(severity), Some(hold)) = (severity, hold) {
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
                levels.extend(level);
                timings.push((severity, hold));
            }
        }
        (levels.len() == items.len()).then(|| (Conditions::Levels(levels.into()), timings.into()))
    }

    /// Warns of a level that nobody will see: wherever it holds, the worse one above it does.
    fn tell_unreached(&mut self, fields: city::yaml::Fields<'_>, level: &Level, worse: &Level) {
        let Some(when) = fields.get("when") else {
            return;
        };
        if follows(&level.when, &worse.when) {
            let message =
                "this level is never reached: whenever it holds, the worse one above it does";
            let warning = self.reader.error("rule-never", when.span.clone(), message);
            warning.level = model::Level::Warning;
            warning.help = Some("the worst level has the farthest bound".to_owned());
        }
    }

    fn level(&mut self, about: Option<About<'_>>, fields: city::yaml::Fields<'_>) -> Option<Level> {
        let when = self.reader.required(fields, "when", "a level");
        let when = when.map(|node| self.condition(about, node));
        let clear = fields.get("clear");
        let clear = clear.map(|node| self.condition(about, node));
        Some(Level {
            when: when??,
            clear: match clear {
                Some(clear) => Some(Box::new(clear?)),
                None => None,
            },
        })
    }

    fn absent(&mut self, about: Option<About<'_>>, node: &Node) -> Option<Conditioned> {
        let whom = "a rule with 'when'; 'absent' is its own length of time";
        let help = "leave it out: the alert is over when the asset speaks again";
        self.refuse_key("clear", whom, help);
        let help = "write the whole time without a reading under 'absent'";
        self.refuse_key("for", whom, help);
        let severity = self.severity(self.draft.fields);
        if let Some(About { grouped: true, .. }) = about {
            let message = "'absent' watches single assets";
            self.reader
                .error("rule-absent-group", node.span.clone(), message)
                .help = Some("for a group, write when: fraction(silent('15m')) > 0.5".to_owned());
            return None;
        }
        let length = self.reader.span(node, "'absent'")?;
        let during = self.draft.fields.get("during").and_then(Node::as_str);
        let builder = &mut self.loader.kinds[about?.kind.id.index()];
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
    fn condition(&mut self, about: Option<About<'_>>, node: &Node) -> Option<Program<bool>> {
        let source = self.condition_text(node)?;
        let compiled = cel::parse_and(source, |expr| {
            self.in_scope(about, None, |scope| scope.condition(expr))
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

    /// A condition as written; where it is a list, how its parts are joined.
    pub(super) fn condition_text<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        let source = self.reader.text(node, "a condition");
        source.or_else(|| {
            self.reader.advise(
                "join several by && where all have to hold, by || where one is enough: calendar('a') || calendar('b')",
            )
        })
    }

    /// Warns of what was doubtful in the expression just compiled.
    pub(super) fn tell_doubts(&mut self, node: &Node) {
        let mut doubts = std::mem::take(&mut self.loader.doubts);
        // A part that is compiled twice is doubtful once.
        doubts.sort_by_key(|doubt| doubt.span.start);
        doubts.dedup();
        texts::warn(self.draft, node, doubts, self.reader);
    }

    /// Compiles in the scope the rule has; where nothing is known of that, nothing comes of it and nothing is wrong with it.
    pub(super) fn in_scope<T>(
        &mut self,
        about: Option<About<'_>>,
        english: Option<bool>,
        compile: impl FnOnce(&mut RuleScope<'_>) -> Result<T, Vec<cel::Problem>>,
    ) -> Result<T, Vec<cel::Problem>> {
        let Some(About { kind, grouped }) = about else {
            return Err(Vec::new());
        };
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
            doubts: &mut self.loader.doubts,
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
    fn texts(&mut self, about: Option<About<'_>>) -> Texts {
        let (draft, mut reader) = (self.draft, Reader::new(self.draft.file));
        let mut compile = |place: &str, english| {
            cel::parse_and(place, |expr| {
                self.in_scope(about, Some(english), |scope| {
                    expr.compile_value(scope.as_scope())
                })
            })
        };
        let summary = texts::summary(draft, &mut reader, &mut compile);
        let guidance = texts::guidance(draft, &mut reader, &mut compile);
        self.reader.diagnostics.append(&mut reader.diagnostics);
        Texts { summary, guidance }
    }

    pub(super) fn info(
        &mut self,
        kind: &Kind,
        ladder: &LadderSpec,
        settings: &Settings,
    ) -> RuleInfo {
        RuleInfo {
            name: self.draft.name.clone(),
            kind: Some(kind.name.clone()),
            worst: ladder.levels.first().map(|(severity, _)| *severity),
            shadow: settings.shadow,
            by: self.loader.names.asset_alone(),
            attached: settings.attached.clone(),
        }
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
