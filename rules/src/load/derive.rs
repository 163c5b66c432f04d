//! `derive:`, from what is written to what is run. Leaves its window to `derive_form`, its fields to `derive_fields`, the kind
//! it makes to `derive_kind`.

use std::sync::Arc;

use model::{Kind, KindId, Span};

use super::collects::Collects;
use super::file::Draft;
use super::kinds::KindBuilder;
use super::rule::{About, Compiling};
use super::{Loader, derive_order};
use crate::derivations::{Derivation, Derived, Form, complete, missing_assets};
use crate::ladder::{LadderSpec, OnMissing};
use crate::plan::{Attached, Conditions, Dimension, Extras, GroupPlan, Rule, RuleInfo, Subject};

/// Compiles every derivation, each after those it is made of.
pub(super) fn compile_all<'a, 'd>(
    drafts: &'a [Draft<'d>],
    loader: &mut Loader<'_>,
) -> Vec<(Rule, &'a Draft<'d>)> {
    let mut compiled = Vec::new();
    for draft in derive_order::sorted(drafts, loader) {
        let mut reader = draft.reader.going_on();
        let rule = Compiling::new(draft, loader, &mut reader).derivation();
        let failed = reader.diagnostics.iter().any(model::Diagnostic::is_error);
        loader.problems.append(&mut reader.diagnostics);
        match rule.filter(|_| !failed && draft.named) {
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
    /// Everything is read before anything is given up, so that one run shows every problem.
    fn derivation(mut self) -> Option<(Rule, Derived)> {
        self.loader.clocks.asked.clear();
        let kind = self.kind();
        let about = self.about(kind.as_ref());
        let form = self.form();
        if form.is_none_or(|form| !form.is_sliding()) {
            self.collects = Some(Collects {
                by_clock: form.is_none_or(|form| form.every().is_some()),
                ..Collects::default()
            });
        }
        let grace = form.map(|form| self.grace(kind.as_ref(), form));
        let fields = self.derived_fields(about, form);
        let clocks = std::mem::take(&mut self.loader.clocks.asked);
        let attached = self.attached();
        let min_known = self.min_known_of_all(about, form);
        let made = self.made();
        let (About { kind, grouped }, form, fields) = (about?, form?, fields?);
        let target = self.target(kind, form, grouped, made, &fields)?;
        let collects = self.collects.take().unwrap_or_default();
        let window = match form {
            Form::Hopping { size, .. } => size,
            _ => Span::ZERO,
        };
        let derivation = Derivation {
            target: target.id,
            rank: 0,
            form,
            grace: grace?,
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
        let rule = self.derives(
            kind,
            min_known.filter(|_| grouped),
            derivation,
            (clocks, attached),
        );
        Some((rule, derived))
    }

    /// The rule as the engine runs it: it has no levels, and nothing of it is an alert. `min_known` is that of groups.
    fn derives(
        &mut self,
        kind: &Kind,
        min_known: Option<f64>,
        derivation: Derivation,
        (clocks, attached): (Vec<u16>, Option<Box<Attached>>),
    ) -> Rule {
        let sliding = derivation.form.is_sliding();
        let by = std::mem::take(&mut self.by);
        let info = RuleInfo {
            name: self.draft.name.clone(),
            kind: Some(kind.name.clone()),
            worst: None,
            shadow: false,
            attached,
            by: if min_known.is_some() {
                by.iter().map(Dimension::name).collect()
            } else {
                self.loader.names.asset_alone()
            },
        };
        let subject = match min_known {
            Some(min_known) => Subject::Group(Box::new(GroupPlan {
                kind: kind.id,
                grouping: self.loader.kinds[kind.id.index()].grouping(by),
                asked: self.aggregates.len(),
                min_known,
                aggregates: std::mem::take(&mut self.aggregates).into(),
            })),
            None => Subject::Asset(kind.id),
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
