//! `derive:`, from what is written to what is run. Leaves its window to `derive_form`, its fields to `derive_fields`, the kind
//! it makes to `derive_kind`.

use std::sync::Arc;

use city::yaml::Reader;
use model::{Kind, KindId, Span};

use super::collects::Collects;
use super::file::Draft;
use super::kinds::KindBuilder;
use super::rule::Compiling;
use super::{Loader, derive_order};
use crate::derivations::{Derivation, Derived, Form, complete, missing_assets};
use crate::ladder::{LadderSpec, OnMissing};
use crate::plan::{Conditions, Dimension, Extras, GroupPlan, Rule, RuleInfo, Subject};

/// Compiles every derivation, each after those it is made of.
pub(super) fn compile_all<'a, 'd>(
    drafts: &'a [Draft<'d>],
    loader: &mut Loader<'_>,
) -> Vec<(Rule, &'a Draft<'d>)> {
    let mut compiled = Vec::new();
    for draft in derive_order::sorted(drafts, loader) {
        let mut reader = Reader::new(draft.file);
        let rule = Compiling::new(draft, loader, &mut reader).derivation();
        let failed = reader.diagnostics.iter().any(model::Diagnostic::is_error);
        loader.problems.append(&mut reader.diagnostics);
        match rule.filter(|_| !failed) {
            Some((rule, derived)) => {
                loader.add_derived(derived);
                compiled.push((rule, draft));
            }
            None => loader.underivable.push(draft.name.name.clone()),
        }
    }
    rank(&mut compiled, loader);
    compiled
}

/// Gives each derivation its place after all it looks at: the kind it is on, and its members' neighbours.
fn rank(compiled: &mut [(Rule, &Draft<'_>)], loader: &mut Loader<'_>) {
    let targets: Vec<_> = compiled.iter().map(|(rule, _)| target(rule)).collect();
    let made_of = compiled.iter().map(|(rule, _)| {
        let on = on(rule);
        let beside = loader.kinds[on.index()].looked_at(&rule.slots);
        let kinds = std::iter::once(on).chain(beside);
        kinds
            .filter_map(|kind| targets.iter().position(|target| *target == Some(kind)))
            .collect()
    });
    let made_of: Vec<Vec<usize>> = made_of.collect();
    match derive_order::order(&made_of) {
        Ok(order) => {
            for (rank, place) in (0..).zip(order) {
                if let Conditions::Derives(derivation) = &mut compiled[place].0.conditions {
                    derivation.rank = rank;
                }
            }
        }
        Err(circle) => {
            let circle: Vec<_> = circle.iter().map(|place| compiled[*place].1).collect();
            derive_order::report(&circle, loader);
        }
    }
}

fn target(rule: &Rule) -> Option<KindId> {
    match &rule.conditions {
        Conditions::Derives(derivation) => Some(derivation.target),
        _ => None,
    }
}

fn on(rule: &Rule) -> KindId {
    rule.subject.kind().unwrap_or(KindId(0))
}

impl Loader<'_> {
    fn add_derived(&mut self, derived: Derived) {
        let city = self.city.to_mut();
        let assets = missing_assets(city, &derived);
        complete(city, &derived, assets);
        if self.kinds.len() < city.catalog.kinds().len() {
            let made = city.catalog.kinds().last();
            self.kinds.extend(made.map(KindBuilder::new));
        }
        self.derived.push(derived);
    }
}

impl Compiling<'_, '_, '_> {
    fn derivation(mut self) -> Option<(Rule, Derived)> {
        self.loader.clocks.asked.clear();
        let kind = self.kind()?;
        let grouped = self.by(&kind)?;
        let form = self.form()?;
        if !form.is_sliding() {
            self.collects = Some(Collects {
                by_clock: form.every().is_some(),
                ..Collects::default()
            });
        }
        let grace = self.grace(&kind, form);
        let fields = self.derived_fields(&kind, grouped, form)?;
        let clocks = std::mem::take(&mut self.loader.clocks.asked);
        let target = self.target(&kind, form, grouped, &fields)?;
        let collects = self.collects.take().unwrap_or_default();
        let window = match form {
            Form::Hopping { size, .. } => size,
            _ => Span::ZERO,
        };
        let derivation = Derivation {
            target: target.id,
            rank: 0,
            form,
            grace,
            lookback: collects.lookback.max(window),
            collects: collects.fields.into(),
            figures: collects.figures.into(),
            form_print: self.form_print(),
            fields: self.placed(fields, &target),
        };
        let declared = self.loader.city.catalog.find(&target.name).is_some();
        let derived = Derived {
            kind: target.id,
            name: Arc::clone(&target.name),
            print: Derived::print(&target, kind.id, &self.by, &self.loader.derived),
            made: (!declared).then(|| Box::new(target)),
            on: kind.id,
            by: self.by.as_slice().into(),
            per_asset: !grouped,
            grace: derivation.grace,
        };
        let rule = self.derives(&kind, grouped, derivation, clocks);
        Some((rule, derived))
    }

    /// The rule as the engine runs it: it has no levels, and nothing of it is an alert.
    fn derives(
        &mut self,
        kind: &Kind,
        grouped: bool,
        derivation: Derivation,
        clocks: Vec<u16>,
    ) -> Rule {
        let sliding = derivation.form.is_sliding();
        let by = std::mem::take(&mut self.by);
        let info = RuleInfo {
            name: self.draft.name.clone(),
            kind: Some(kind.name.clone()),
            worst: None,
            shadow: false,
            attached: self.attached(),
            by: if grouped {
                by.iter().map(Dimension::name).collect()
            } else {
                self.loader.names.asset_alone()
            },
        };
        let subject = if grouped {
            Subject::Group(Box::new(GroupPlan {
                kind: kind.id,
                grouping: self.loader.kinds[kind.id.index()].grouping(by),
                asked: self.aggregates.len(),
                min_known: self.min_known_of_all(derivation.form),
                aggregates: std::mem::take(&mut self.aggregates).into(),
            }))
        } else {
            self.refuse_key(
                "min_known",
                false,
                "derivations about groups; this one is about single assets",
            );
            Subject::Asset(kind.id)
        };
        let whole = self.whole();
        Rule {
            info,
            subject,
            // A window that closes looks when it closes, whatever changes before.
            condition_slots: if sliding { self.slots.len() as u32 } else { 0 },
            slots: std::mem::take(&mut self.slots).into(),
            conditions: Conditions::Derives(Box::new(derivation)),
            ladder: LadderSpec {
                levels: [].into(),
                keep_firing_for: Span::ZERO,
                on_missing: OnMissing::Hold,
                repeat: None,
            },
            limit: u32::MAX,
            summary: None,
            extras: Extras {
                clocks: if sliding { clocks.into() } else { [].into() },
                ..Extras::default()
            }
            .said(),
            print: whole,
            whole,
        }
    }
}
