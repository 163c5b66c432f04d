//! `inhibited_by`: finds the causes, checks that both sides have the shared dimensions, and that nothing silences itself.

use std::collections::BTreeSet;

use city::yaml::{Node, Reader};
use model::nearest;

use super::Loader;
use super::company::full_name;
use super::dimensions::{dimension, dimensions};
use super::file::Draft;
use super::member_scope::area_level;
use crate::inhibit::Inhibition;
use crate::keys::{self, INHIBITION};
use crate::plan::{Dimension, Rule, RuleIx, Subject};

/// Every `inhibited_by` of the rules, causes by place. Those of rules that did not compile are looked at too.
pub(super) fn resolve(
    rules: &[(Rule, Option<&Draft<'_>>)],
    drafts: &[Draft<'_>],
    loader: &mut Loader<'_>,
) -> Vec<Inhibition> {
    let mut found = Vec::new();
    for draft in drafts.iter().filter(|draft| !draft.derives) {
        let Some(node) = draft.fields.get("inhibited_by") else {
            continue;
        };
        let same = |other: &Draft<'_>| std::ptr::eq(other, draft);
        let place = rules.iter().position(|(_, other)| other.is_some_and(same));
        let mut reader = draft.reader.going_on();
        let Some(items) = reader.items(node, "'inhibited_by'") else {
            reader.advise::<()>("write inhibited_by: [{rule: power/SiteDown, on: [site]}]");
            loader.problems.append(&mut reader.diagnostics);
            continue;
        };
        for item in items {
            let mut side = Side {
                rules,
                drafts,
                effect: place.map(|place| RuleIx(place as u32)),
                draft,
                loader,
                reader: &mut reader,
            };
            if let Some(inhibition) = side.read(item) {
                // What hangs on one asset is never above it: along uplinks a rule may inhibit its own alerts further down.
                let climbs = inhibition.on.contains(&Dimension::Uplink);
                if !climbs && silences(&found, inhibition.effect, inhibition.cause) {
                    let message = "these rules would silence each other for ever";
                    reader
                        .error("rule-inhibition-circle", item.span.clone(), message)
                        .help = Some("an effect must not inhibit its own cause".to_owned());
                }
                found.push(inhibition);
            }
        }
        loader.problems.append(&mut reader.diagnostics);
    }
    found
}

/// Whether `cause` is silenced, over however many steps, by `effect`.
fn silences(found: &[Inhibition], effect: RuleIx, cause: RuleIx) -> bool {
    let (mut seen, mut next) = (BTreeSet::new(), vec![cause]);
    while let Some(rule) = next.pop() {
        if rule == effect {
            return true;
        }
        if seen.insert(rule) {
            let above = found.iter().filter(|i| i.effect == rule);
            let above = above.filter(|i| !i.on.contains(&Dimension::Uplink));
            next.extend(above.map(|inhibition| inhibition.cause));
        }
    }
    false
}

struct Side<'a, 'd, 'c> {
    rules: &'a [(Rule, Option<&'a Draft<'d>>)],
    drafts: &'a [Draft<'d>],
    /// None where the rule did not compile.
    effect: Option<RuleIx>,
    draft: &'a Draft<'d>,
    loader: &'a Loader<'c>,
    reader: &'a mut Reader,
}

impl Side<'_, '_, '_> {
    fn read(&mut self, item: &Node) -> Option<Inhibition> {
        let what = INHIBITION.what;
        let fields = keys::fields(item, &INHIBITION, self.reader)?;
        let rule = self.reader.required(fields, "rule", what);
        let on = self.reader.required(fields, "on", what);
        let cause = rule.and_then(|node| self.cause(node));
        let on = self.shared(cause, on?);
        Some(Inhibition {
            cause: cause?,
            effect: self.effect?,
            on: on?,
        })
    }

    fn cause(&mut self, node: &Node) -> Option<RuleIx> {
        let written = self.reader.text(node, "the cause")?;
        let name = full_name(written, &self.draft.name);
        let place = self
            .rules
            .iter()
            .position(|(rule, _)| rule.info.name == name);
        // A cause that did not compile has its own diagnostics; it is there all the same.
        if place.is_none() && self.drafts.iter().all(|draft| draft.name != name) {
            let known: Vec<_> = self.drafts.iter().map(|d| d.name.to_string()).collect();
            let near = nearest(&name.to_string(), known.iter().map(String::as_str));
            let help = near.map(|near| format!("did you mean '{near}'?"));
            let message = format!("there is no rule '{name}'");
            self.reader
                .error("rule-unknown-rule", node.span.clone(), message)
                .help = help.or_else(|| Some("name it with its group: power/SiteDown".to_owned()));
        }
        place.map(|place| RuleIx(place as u32))
    }

    /// What both sides have in common. A side that did not compile is taken to have everything.
    fn shared(&mut self, cause: Option<RuleIx>, node: &Node) -> Option<Vec<Dimension>> {
        let nodes = node.as_seq().unwrap_or(std::slice::from_ref(node));
        let mut shared = Vec::new();
        for node in nodes {
            let name = self.reader.text(node, "a shared dimension")?;
            let sides = [self.effect, cause];
            let has = sides.map(|rule| rule.and_then(|rule| self.has(rule, name)));
            let lacks =
                std::iter::zip(sides, &has).find(|(rule, has)| rule.is_some() && has.is_none());
            let Some((Some(lacks), _)) = lacks else {
                shared.extend(has.into_iter().flatten().next());
                continue;
            };
            let (lacking, _) = &self.rules[lacks.index()];
            let message = format!("alerts of {} have no '{name}'", lacking.info.name.told());
            self.reader
                .error("rule-inhibition-dimension", node.span.clone(), message)
                .help = Some(self.offer(lacks));
        }
        (!shared.is_empty()).then_some(shared)
    }

    fn offer(&self, rule: RuleIx) -> String {
        let (rule, _) = &self.rules[rule.index()];
        match &rule.subject {
            Subject::Asset(kind) | Subject::Sequence { asset: Some(kind) } => {
                let kind = self.loader.city.catalog.kind(*kind);
                format!("they have {}, uplink", dimensions(kind).join(", "))
            }
            _ => format!("they have {}", rule.info.by.join(", ")),
        }
    }

    /// The dimension of this name, where alerts of the rule have a value in it.
    fn has(&self, rule: RuleIx, name: &str) -> Option<Dimension> {
        let (rule, _) = &self.rules[rule.index()];
        match &rule.subject {
            Subject::Asset(kind) | Subject::Sequence { asset: Some(kind) } => {
                dimension(self.loader.city.catalog.kind(*kind), name)
            }
            Subject::Group(group) => {
                let kind = self.loader.city.catalog.kind(group.kind);
                let wanted = dimension(kind, name)?;
                let by = &self.loader.kinds[group.kind.index()].groupings()[group.grouping];
                has_or_lies_in(by, &wanted).then_some(wanted)
            }
            Subject::Sequence { asset: None } => {
                let by = &rule.sequence()?.by;
                let wanted = of_key(by, name)?;
                has_or_lies_in(by, &wanted).then_some(wanted)
            }
            Subject::Source | Subject::AnyAsset | Subject::Rule => None,
        }
    }
}

/// Whether keys with these dimensions have a value in another: in their own, and in every area level above one.
fn has_or_lies_in(by: &[Dimension], wanted: &Dimension) -> bool {
    let above = matches!(wanted, Dimension::AreaAt(level) if by.iter().any(|d| match d {
        Dimension::Area => true,
        Dimension::AreaAt(own) => own >= level,
        _ => false,
    }));
    by.contains(wanted) || above
}

/// The dimension of this name in the keys of a sequence, whose assets may be of several kinds.
fn of_key(by: &[Dimension], name: &str) -> Option<Dimension> {
    let own = by.iter().find(|dimension| *dimension.name() == *name);
    let level = || area_level(name).map(Dimension::AreaAt);
    own.cloned().or_else(level)
}
