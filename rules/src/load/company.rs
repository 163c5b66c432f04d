//! Rules of other files that those asked for cannot do without: the causes in their `inhibited_by`, and what derives the
//! kinds they look at.

use std::collections::BTreeSet;

use city::yaml::{Node, NodeValue};
use model::RuleName;

use super::file::Draft;

/// Keeps the first files' rules and, of the others, what these need, over however many steps. The names of the latter.
pub(super) fn keep_needed(drafts: &mut Vec<Draft<'_>>, first_other: usize) -> BTreeSet<RuleName> {
    let mut kept: Vec<bool> = drafts.iter().map(|d| d.file < first_other).collect();
    let derived_here = |kept: &[bool], kind: &str| {
        let mut those = drafts.iter().zip(kept);
        those.any(|(d, kept)| *kept && d.derives && *d.name.name == *kind)
    };
    let mut next: Vec<usize> = (0..drafts.len()).filter(|place| kept[*place]).collect();
    while let Some(place) = next.pop() {
        let (causes, kinds) = needs(&drafts[place]);
        for (other, draft) in drafts.iter().enumerate() {
            let cause = !draft.derives && causes.contains(&draft.name);
            let derives = draft.derives && kinds.contains(&&*draft.name.name);
            // A kind that is derived already has no need of another rule that does.
            let needed = cause || derives && !derived_here(&kept, &draft.name.name);
            if needed && !kept[other] {
                kept[other] = true;
                next.push(other);
            }
        }
    }
    let mut keeps = kept.into_iter();
    drafts.retain(|_| keeps.next().unwrap_or_default());
    let others = drafts.iter().filter(|draft| draft.file >= first_other);
    others.map(|draft| draft.name.clone()).collect()
}

/// The rules that inhibit a rule, and the kinds that it and its steps look at.
fn needs<'a>(draft: &Draft<'a>) -> (Vec<RuleName>, Vec<&'a str>) {
    let inhibitions = draft.fields.get("inhibited_by").and_then(Node::as_seq);
    let causes = inhibitions.unwrap_or_default().iter();
    let causes = causes.filter_map(|item| item.get("rule")?.as_str());
    let causes = causes.map(|written| full_name(written, &draft.name));
    let mut kinds = Vec::new();
    kinds_in(draft.fields.node(), &mut kinds);
    (causes.collect(), kinds)
}

/// What a cause is called: without a group it is of the effect's.
pub(super) fn full_name(written: &str, effect: &RuleName) -> RuleName {
    let (group, name) = match written.split_once('/') {
        Some((group, name)) => (group.into(), name),
        None => (effect.group.clone(), written),
    };
    RuleName {
        group,
        name: name.into(),
    }
}

/// Every `on:`, of the rule and of its steps. That of an inhibition names dimensions, which no kind is called.
fn kinds_in<'a>(node: &'a Node, kinds: &mut Vec<&'a str>) {
    match &node.value {
        NodeValue::Map(entries) => {
            for (key, value) in entries {
                if key.as_str() == Some("on") {
                    kinds.extend(value.as_str());
                }
                kinds_in(value, kinds);
            }
        }
        NodeValue::Seq(items) => items.iter().for_each(|item| kinds_in(item, kinds)),
        NodeValue::Scalar { .. } => {}
    }
}
