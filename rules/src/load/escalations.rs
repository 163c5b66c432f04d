//! `escalate`: who is told when nobody answers an alert. Read and checked here, carried in the plan, decided by the alert desk.

use city::yaml::{Node, Reader};
use model::{EscalationStep, Span, Unless};

use super::file::Draft;
use crate::keys::{self, ESCALATION};

/// More steps than any duty roster has.
const MOST: usize = 16;

/// The steps of a rule as written; those with problems are left out.
pub(super) fn read(draft: &Draft<'_>, reader: &mut Reader) -> Box<[EscalationStep]> {
    let Some(node) = draft.fields.get("escalate") else {
        return [].into();
    };
    let Some(items) = reader.items(node, "'escalate'") else {
        reader.advise::<()>("write escalate: [{after: 10m, to: shift-lead}]");
        return [].into();
    };
    if items.len() > MOST {
        let message = format!("'escalate' has {} steps, more than {MOST}", items.len());
        reader.error("rule-escalate-steps", node.span.clone(), message);
        return [].into();
    }
    let mut steps: Vec<EscalationStep> = Vec::new();
    for item in items {
        let Some(step) = step(item, reader) else {
            continue;
        };
        let twin = |other: &EscalationStep| other.to == step.to && other.after == step.after;
        if steps.iter().any(twin) {
            let message = format!("'{}' is told twice after {}", step.to, step.after);
            reader
                .error("rule-escalate-steps", item.span.clone(), message)
                .help = Some("leave one of the two out, or give it another time".to_owned());
        }
        steps.push(step);
    }
    steps.into()
}

fn step(item: &Node, reader: &mut Reader) -> Option<EscalationStep> {
    let what = ESCALATION.what;
    let fields = keys::fields(item, &ESCALATION, reader)?;
    let after = reader.required(fields, "after", what);
    let after = after.and_then(|node| length(node, reader));
    let to = reader.required(fields, "to", what);
    let to = to.and_then(|node| reader.text(node, "the role or person"));
    let unless = match fields.get("unless") {
        Some(node) => Some(unless(node, reader)?),
        None => None,
    };
    Some(EscalationStep {
        after: after?,
        unless,
        to: to?.into(),
    })
}

fn length(node: &Node, reader: &mut Reader) -> Option<Span> {
    let after = reader.span(node, "'after'")?;
    if after <= Span::ZERO {
        let message = "'after' is no time at all: nobody could answer before it";
        reader
            .error("rule-escalate-after", node.span.clone(), message)
            .help = Some("write how long the alert may go unanswered: after: 10m".to_owned());
        return None;
    }
    Some(after)
}

fn unless(node: &Node, reader: &mut Reader) -> Option<Unless> {
    let words = Unless::ALL.map(Unless::as_str);
    let word = reader.word(node, "what 'unless' can be", &words)?;
    Unless::parse(word)
}
