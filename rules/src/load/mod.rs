//! From rule files to a plan: reads, checks, compiles; reports every problem of every file in one run.

mod builtins;
mod collects;
mod company;
mod derive;
mod derive_fields;
mod derive_form;
mod derive_kind;
mod derive_order;
mod dimensions;
mod escalations;
mod file;
mod group_scope;
mod inhibitions;
mod kinds;
mod member_scope;
mod names;
mod never;
mod over_time;
mod rule;
mod sequence;
mod sequence_scope;
mod sequence_steps;
mod settings;
mod surroundings;
mod texts;
mod turnings;
mod typing;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use city::City;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use model::{Diagnostic, RuleName, SourceFile};

use self::file::Draft;
use self::kinds::KindBuilder;
use self::names::Names;
use self::surroundings::Clocks;
use crate::derivations::Derived;
use crate::plan::{Builtins, Conditions, Plan, Rule, RuleIx, name_order};

pub(crate) use dimensions::dimensions;
pub(crate) use sequence_steps::NOT_FOR_STEPS;
pub use typing::in_scope_of;

/// Compiles rule files against the city they are for. `first_file` is where `files[0]` stands in the caller's
/// [`model::Sources`]. The plan is none when any diagnostic is an error.
pub fn compile(
    files: &[SourceFile],
    first_file: usize,
    city: &City,
) -> (Option<Plan>, Vec<Diagnostic>) {
    compile_with(files, &[], first_file, city)
}

/// As [`compile`], with those rules of other files that the rules of these need: the causes that inhibit them and what derives
/// their kinds. They are the plan's [`Plan::company`]. The other files stand behind `files` in the caller's sources.
pub fn compile_with(
    files: &[SourceFile],
    others: &[SourceFile],
    first_file: usize,
    city: &City,
) -> (Option<Plan>, Vec<Diagnostic>) {
    let mut problems = Vec::new();
    let trees: Vec<_> = files
        .iter()
        .chain(others)
        .enumerate()
        .filter_map(|(i, source)| file::parse(first_file + i, source, &mut problems))
        .collect();
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    for tree in &trees {
        file::drafts(tree, &mut drafts, &mut problems);
    }
    file::refuse_doubles(&mut drafts, &mut problems);
    let company = company::keep_needed(&mut drafts, first_file + files.len());
    drafts.sort_by(|a, b| name_order(&a.name).cmp(&name_order(&b.name)));

    let mut loader = Loader {
        city: Cow::Borrowed(city),
        derived: Vec::new(),
        underivable: Vec::new(),
        zone: zone_of(city),
        kinds: city.catalog.kinds().iter().map(KindBuilder::new).collect(),
        clocks: Clocks::default(),
        names: Names::default(),
        doubts: Vec::new(),
        company,
        problems,
    };
    let mut compiled: Vec<(Rule, Option<&Draft<'_>>)> = Vec::new();
    compiled.extend(builtins::rules().into_iter().map(|rule| (rule, None)));
    for (rule, draft) in derive::compile_all(&drafts, &mut loader) {
        compiled.push((rule, Some(draft)));
    }
    for draft in drafts.iter().filter(|draft| !draft.derives) {
        if let Some(rule) = rule::compile(draft, &mut loader) {
            compiled.push((rule, Some(draft)));
        }
    }
    compiled.sort_by(|(a, _), (b, _)| name_order(&a.info.name).cmp(&name_order(&b.info.name)));
    let inhibitions = inhibitions::resolve(&compiled, &drafts, &mut loader);
    let rules = compiled.into_iter().map(|(rule, _)| rule).collect();
    loader.finish(rules, inhibitions)
}

/// What is gathered while rules compile.
struct Loader<'a> {
    /// With what the rules derive.
    city: Cow<'a, City>,
    derived: Vec<Derived>,
    /// Kinds that a rule would derive if nothing were wrong with it.
    underivable: Vec<Arc<str>>,
    zone: TimeZone,
    kinds: Vec<KindBuilder>,
    clocks: Clocks,
    names: Names,
    /// What is right in the expression being compiled, and still hardly what was meant.
    doubts: Vec<cel::Problem>,
    company: BTreeSet<RuleName>,
    problems: Vec<Diagnostic>,
}

/// The city's clock, from the bundled data; a loaded pack has one that is there.
fn zone_of(city: &City) -> TimeZone {
    let zone = TimeZoneDatabase::bundled().get(&city.time_zone);
    zone.unwrap_or(TimeZone::UTC)
}

impl Loader<'_> {
    fn finish(
        mut self,
        mut rules: Vec<Rule>,
        inhibitions: Vec<crate::inhibit::Inhibition>,
    ) -> (Option<Plan>, Vec<Diagnostic>) {
        self.problems
            .sort_by_key(|d| d.labels.first().map(|l| (l.file, l.span.start)));
        if self.problems.iter().any(Diagnostic::is_error) {
            return (None, self.problems);
        }
        rules.shrink_to_fit();
        self.derived.shrink_to_fit();
        for (place, rule) in rules.iter().enumerate() {
            if let Conditions::Sequence(sequence) = &rule.conditions {
                kinds::add_sequence(&mut self.kinds, RuleIx(place as u32), rule, sequence);
            }
            if let Some(kind) = rule.subject.kind() {
                let place = RuleIx(place as u32);
                self.kinds[kind.index()].add_rule(place, rule);
                if let Conditions::Derives(derivation) = &rule.conditions {
                    self.kinds[kind.index()].feeds(place, derivation);
                    self.kinds[derivation.target.index()].is_derived();
                }
            }
        }
        let at = |name: &str| {
            let name = RuleName {
                group: builtins::GROUP.into(),
                name: name.into(),
            };
            let place = rules.iter().position(|rule| rule.info.name == name);
            RuleIx(place.unwrap_or_default() as u32)
        };
        let plan = Plan {
            builtin: Builtins {
                clock_wrong: at(builtins::CLOCK_WRONG),
                over_limit: at(builtins::OVER_LIMIT),
                source_down: at(builtins::SOURCE_DOWN),
            },
            kinds: self.kinds.into_iter().map(KindBuilder::finish).collect(),
            clocks: self.clocks.all,
            zone: self.zone,
            inhibitions,
            derived: self.derived,
            company: self.company,
            rules,
        };
        (Some(plan), self.problems)
    }
}
