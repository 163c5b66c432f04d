//! What an alert of a sequence says: its texts, and the steps of its match.

use model::{Localized, Why, WhyValue};

use super::Engine;
use crate::plan::{Conditions, Rule, RuleIx};
use crate::sequences::{Capture, MAX_MATCHES, Match, SequencePlan, View};
use crate::template::Template;

impl Engine {
    /// A text of the rule with what its match saw.
    pub(super) fn sequence_text(&self, rule: RuleIx, key: u32, text: &Template) -> Localized {
        let key_of = self.key(rule, key);
        let subject = key_of.0.first().map_or("", |part| &part.value);
        let shown = self.sequences.state(rule, key);
        let shown = shown.and_then(|state| state.shown.as_ref());
        let view = View::Texts {
            sources: &self.plan.get(rule).slots,
            captures: shown.map_or(&[], |shown| &shown.captures),
            key: &key_of,
            areas: &self.city.areas,
        };
        text.fill(subject, &self.plan.zone, &view)
    }

    /// The steps of the match that the alert tells of: asset, time and values of each.
    pub(super) fn why_sequence(&self, rule: RuleIx, key: u32, over: bool) -> Option<Why> {
        let plan = self.plan.get(rule);
        let Conditions::Sequence(sequence) = &plan.conditions else {
            return None;
        };
        let state = self.sequences.state(rule, key)?;
        let shown = state.shown.as_ref()?;
        let captures = shown.captures.iter();
        let mut parts: Vec<_> = captures
            .map(|capture| self.why_step(plan, sequence, capture, shown))
            .collect();
        parts.extend(sequence.guards.iter().map(|guard| Why {
            expr: format!("not: {}", guard.watch.source()).into(),
            value: WhyValue::Bool(true),
            at: None,
            note: Some("did not come true meanwhile".into()),
            parts: Vec::new(),
        }));
        if let (Some(clear), true) = (&sequence.clear, over) {
            let live = self.live_view(plan, sequence, shown);
            parts.push(clear.explain(&live, &mut |_, _| {}));
        }
        let refused = (state.refused > 0).then(|| {
            let refused = state.refused;
            format!("{refused} more matches were not followed: at most {MAX_MATCHES} at once")
                .into()
        });
        Some(Why {
            expr: format!("sequence within {}", sequence.within).into(),
            value: WhyValue::Bool(!over),
            at: parts.iter().filter_map(|part| part.at).max(),
            note: refused,
            parts,
        })
    }

    fn why_step(&self, rule: &Rule, plan: &SequencePlan, capture: &Capture, of: &Match) -> Why {
        let step = &plan.steps[usize::from(capture.step)];
        let view = View::Kept {
            sources: &step.watch.slots,
            values: &capture.values,
            captures: &of.captures,
        };
        let mut why = step.watch.explain(&view);
        let asset = &self.live.asset(capture.asset).entry.id;
        let over = match self.watched(rule, &step.watch, capture.asset) {
            Some(true) => "",
            Some(false) => "; over",
            None => "; unknown now",
        };
        let rose = cel::Timestamp::from_time(capture.at);
        let rose = rose.map_or(String::new(), |at| format!(" rose {at}"));
        why.note = Some(format!("{asset}{rose}{over}").into());
        why.at = capture.measured;
        if let Some(name) = &step.name {
            why.expr = format!("{name}: {}", why.expr).into();
        }
        why
    }
}
