//! `derive:`, from what is written to what is run: the kind it makes and its window. Leaves fields to `derive_fields`.

use std::sync::Arc;

use cel::Program;
use city::yaml::{Node, Reader};
use model::{Column, Field, Kind, KindId, Localized, Span, ValueType, nearest};

use super::collects::Collects;
use super::derive_fields::Compiled;
use super::file::Draft;
use super::kinds::KindBuilder;
use super::rule::Compiling;
use super::{Loader, derive_order};
use crate::derivations::{
    Derivation, Derived, DerivedField, Form, complete, divides_the_clock, missing_assets,
};
use crate::hashing::Fingerprint;
use crate::keys;
use crate::ladder::{LadderSpec, OnMissing};
use crate::plan::{Conditions, Dimension, Extras, GroupPlan, Rule, RuleInfo, Subject};
use crate::slots::SlotSource;

/// Readings a second late are usual, and those of a whole minute come after it.
const DEFAULT_GRACE: Span = Span::from_secs(10);
/// What a session or a count came to stays true until the next one; a day is long.
const DEFAULT_STALE: Span = Span::from_mins(24 * 60);
const FORMS: [&str; 5] = ["every", "hop", "sliding", "session", "count"];

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

// When a window closes.
impl Compiling<'_, '_, '_> {
    fn form(&mut self) -> Option<Form> {
        let fields = self.draft.fields;
        let written: Vec<_> = FORMS
            .iter()
            .filter_map(|name| Some((*name, fields.key(name)?, fields.get(name)?)))
            .collect();
        let [(name, _, node)] = written.as_slice() else {
            let second = written.get(1).map(|(_, key, _)| *key);
            let place = second.unwrap_or(self.draft.name_node).span.clone();
            let message =
                "a derivation has one of 'every', 'hop', 'sliding', 'session' and 'count'";
            self.reader.error("derive-form", place, message).help =
                Some("write every: 5m for a value every five minutes".to_owned());
            return None;
        };
        match *name {
            "every" => Some(Form::Tumbling {
                every: self.by_clock(node, "'every'")?,
            }),
            "hop" => self.hop(node),
            "sliding" if node.as_str() == Some(keys::ON_CHANGE) => {
                Some(Form::Sliding { least: Span::ZERO })
            }
            "sliding" => Some(Form::Sliding {
                least: self.reader.span(node, "'sliding'")?,
            }),
            "session" => {
                let gap = self.reader.span(node, "'session'")?;
                if gap.is_zero() {
                    let message = "a session ends when nothing came for a while; this is no while";
                    self.reader.error("derive-form", node.span.clone(), message);
                    return None;
                }
                Some(Form::Session { gap })
            }
            _ => {
                let readings = self
                    .reader
                    .integer(node, "'count'", keys::WINDOW_READINGS)?;
                Some(Form::Count {
                    readings: readings as u32,
                })
            }
        }
    }

    fn hop(&mut self, node: &Node) -> Option<Form> {
        let fields = self
            .reader
            .fields(node, keys::HOP.what, &keys::HOP.names())?;
        let every = self.reader.required(fields, "every", keys::HOP.what);
        let every = every.and_then(|node| self.by_clock(node, "'every'"));
        let size_node = self.reader.required(fields, "size", keys::HOP.what)?;
        let size = self.reader.span(size_node, "'size'")?;
        let every = every?;
        if size < every {
            let message = format!("windows of {size}, one every {every}, would leave gaps");
            self.reader
                .error("derive-form", size_node.span.clone(), message)
                .help = Some("make 'size' at least as long as 'every'".to_owned());
            return None;
        }
        Some(Form::Hopping { size, every })
    }

    /// A length that fits the clock.
    fn by_clock(&mut self, node: &Node, what: &str) -> Option<Span> {
        let every = self.reader.span(node, what)?;
        if divides_the_clock(every) {
            return Some(every);
        }
        let message = format!("windows of {every} do not end at the same time every day");
        self.reader
            .error("derive-every", node.span.clone(), message)
            .help = Some(
            "write a length that divides the day, such as 5m, 15m, 1h, 8h, or whole days; at least 1s"
                .to_owned(),
        );
        None
    }

    fn grace(&mut self, on: &Kind, form: Form) -> Span {
        // The last of what it is made of may come only when those windows close.
        let before = self.loader.derived.iter().find(|d| d.kind == on.id);
        let before = before.map_or(Span::ZERO, |derived| derived.grace);
        let Some(node) = self.draft.fields.get("grace") else {
            return match form.every() {
                Some(_) => DEFAULT_GRACE.max(before),
                None => Span::ZERO,
            };
        };
        let whom = "windows that end on the clock: 'every' and 'hop'";
        self.refuse_key("grace", form.every().is_some(), whom);
        let grace = self.span("grace");
        if grace < before {
            let message = format!(
                "what {} derives comes {before} after the end of its windows: too late for a grace of {grace}",
                on.name
            );
            self.reader
                .error("derive-grace", node.span.clone(), message)
                .help = Some(format!("write grace: {before} or more, or leave it out"));
        }
        grace
    }

    /// The least share of members that must be known, where a window is made of all and not of those who spoke.
    fn min_known_of_all(&mut self, form: Form) -> f64 {
        let whom = "'every', 'hop' and 'sliding'; a session or a count is made of those who spoke";
        self.refuse_key("min_known", !form.is_of_speakers(), whom);
        self.min_known()
    }

    /// Of everything that decides which readings lie in which window.
    fn form_print(&self) -> u64 {
        let print = Fingerprint::default();
        let print = FORMS
            .iter()
            .chain(&["on", "by", "grace"])
            .fold(print, |print, key| {
                let node = self.draft.fields.get(key);
                print.text(&node.map_or(String::new(), |node| node.to_json().to_string()))
            });
        print.finish()
    }
}

// The kind.
impl Compiling<'_, '_, '_> {
    /// The kind as the catalog declares it, or as the rule makes it.
    fn target(
        &mut self,
        on: &Kind,
        form: Form,
        grouped: bool,
        fields: &[Compiled],
    ) -> Option<Kind> {
        let name = Arc::clone(&self.draft.name.name);
        if let Some(declared) = self.loader.city.catalog.find(&name).cloned() {
            for key in ["stale_after", "title"] {
                self.refuse_key(key, false, "kinds that the catalog does not declare");
            }
            let agree = fields.iter().map(|field| self.agrees(&declared, field));
            let agree: Vec<_> = agree.collect();
            return agree.into_iter().all(|agrees| agrees).then_some(declared);
        }
        let (report_every, stale_after) = match form {
            Form::Tumbling { every } | Form::Hopping { every, .. } => {
                (every, Span::from_millis(every.millis().saturating_mul(3)))
            }
            Form::Sliding { least } => {
                let rare = Span::from_millis(least.millis().saturating_mul(3));
                (on.report_every, on.stale_after.max(rare))
            }
            Form::Session { .. } | Form::Count { .. } => (on.report_every, DEFAULT_STALE),
        };
        let stale_after = match self.draft.fields.get("stale_after") {
            Some(_) => self.span("stale_after").max(Span::from_millis(1)),
            None => stale_after,
        };
        let title = self.draft.fields.get("title");
        let title = title.and_then(|node| self.reader.localized(node, "a title"));
        let by = self.by.iter().filter(|_| grouped);
        let columns = by.filter_map(|dimension| match dimension {
            Dimension::Column(name) => Some(Column {
                name: name.clone(),
                value_type: ValueType::Text,
                unit: None,
            }),
            _ => None,
        });
        Some(Kind {
            id: KindId(self.loader.city.catalog.kinds().len() as u16),
            title: title.unwrap_or_else(|| Localized::same(&*name)),
            name,
            fields: fields
                .iter()
                .map(|compiled| compiled.field.clone())
                .collect(),
            report_every,
            stale_after,
            auto_register: false,
            columns: columns.collect(),
        })
    }

    /// Whether a declared kind has the field as it is computed.
    fn agrees(&mut self, declared: &Kind, compiled: &Compiled) -> bool {
        let (field, span) = (&compiled.field, compiled.node_span.clone());
        let Some(known) = declared.field(&field.name) else {
            let near = nearest(&field.name, declared.fields.iter().map(|f| &*f.name));
            let message = format!(
                "the catalog's {} has no field '{}'",
                declared.name, field.name
            );
            self.reader.error("derive-declared", span, message).help =
                near.map(|near| format!("did you mean '{near}'?"));
            return false;
        };
        let same_type = known.value_type == field.value_type && known.symbols == field.symbols;
        let same_unit = field.unit.is_none() || known.unit.is_none() || known.unit == field.unit;
        if same_type && same_unit {
            return true;
        }
        let told = |field: &Field| match &field.unit {
            Some(unit) => format!("a {} in {unit}", field.value_type),
            None => format!("a {}", field.value_type),
        };
        let message = format!(
            "the catalog says '{}' is {}; the expression is {}",
            field.name,
            told(known),
            told(field)
        );
        self.reader.error("derive-declared", span, message).help =
            Some("make the catalog and the expression agree".to_owned());
        false
    }

    /// The fields at their places in the kind.
    fn placed(&self, fields: Vec<Compiled>, target: &Kind) -> Box<[DerivedField]> {
        let aggregates = |program: &Program<cel::Value>| {
            let slots = program.slots().into_iter();
            slots
                .filter_map(|slot| match self.slots[slot as usize] {
                    SlotSource::Aggregate(place) => Some(place),
                    _ => None,
                })
                .collect()
        };
        let fields = fields
            .into_iter()
            .filter_map(|Compiled { field, program, .. }| {
                Some(DerivedField {
                    id: target.field(&field.name)?.id,
                    aggregates: aggregates(&program),
                    program,
                })
            });
        fields.collect()
    }
}
