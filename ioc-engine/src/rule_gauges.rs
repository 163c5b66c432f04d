//! What each rule costs, as metrics.

use ws_gateway::{RuleCosts, RuleFigures};

/// Remembers which rules have metrics: those of a rule that an edit dropped say 0 from then on.
#[derive(Default)]
pub(crate) struct RuleGauges {
    shown: RuleCosts,
}

impl RuleGauges {
    pub(crate) fn set(&mut self, costs: &RuleCosts) {
        for gone in self.shown.iter() {
            if costs.iter().all(|figures| figures.rule != gone.rule) {
                stands(&RuleFigures {
                    pending: 0,
                    firing: 0,
                    state_bytes: 0,
                    ..gone.clone()
                });
            }
        }
        for figures in costs.iter() {
            let rule = figures.rule.to_string();
            metrics::counter!("ioc_rule_evaluations_total", "rule" => rule.clone())
                .absolute(figures.evaluations);
            metrics::counter!("ioc_rule_transitions_total", "rule" => rule.clone())
                .absolute(figures.transitions);
            if let Some(seconds) = figures.seconds {
                metrics::gauge!("ioc_rule_seconds", "rule" => rule).set(seconds);
            }
            stands(figures);
        }
        self.shown.clone_from(costs);
    }
}

/// What a rule has now, as opposed to what it ever did.
fn stands(figures: &RuleFigures) {
    let rule = figures.rule.to_string();
    for (condition, count) in [("pending", figures.pending), ("firing", figures.firing)] {
        metrics::gauge!("ioc_rule_instances", "rule" => rule.clone(), "condition" => condition)
            .set(count as f64);
    }
    metrics::gauge!("ioc_rule_state_bytes", "rule" => rule).set(figures.state_bytes as f64);
}
