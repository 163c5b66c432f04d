//! The notation of transitions: `12m RiverHigh wl-gia-bay firing high (stale)`.
//!
//! Time since the start, rule, key, condition, severity; then, where the test cares, the annunciation and the reason in
//! parentheses. What a line leaves out is not compared.

use model::{
    Annunciation, Condition, Key, Reason, RuleName, Severity, Span, Time, Transition, nearest,
};

use crate::plan::Plan;

/// One expected transition.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Expected {
    pub(super) at: Span,
    pub(super) rule: RuleName,
    pub(super) key: String,
    pub(super) condition: Condition,
    pub(super) severity: Severity,
    pub(super) annunciation: Option<&'static str>,
    pub(super) reason: Option<Reason>,
    pub(super) line: String,
}

pub(crate) const ANNUNCIATIONS: [&str; 5] = [
    "settling",
    "annunciated",
    "inhibited",
    "over_limit",
    "shadow",
];

/// Reads a line, or tells what is wrong with it.
pub(super) fn parse(line: &str, plan: &Plan, home: Option<&str>) -> Result<Expected, String> {
    let mut words = line.split_whitespace();
    let mut next = |what: &str| words.next().ok_or_else(|| format!("{what} is missing"));
    let at = next("the time")?;
    let at = at.parse::<Span>().map_err(|error| error.to_string())?;
    let rule = rule(next("the rule")?, plan, home)?;
    let key = next("the key")?.to_owned();
    if let Some((_, value)) = key.split_once('=') {
        return Err(format!(
            "the key is written without its names: '{value}', not '{key}'"
        ));
    }
    let condition = match next("the condition")? {
        "pending" => Condition::Pending,
        "firing" => Condition::Firing,
        "resolved" => Condition::Resolved,
        other => return Err(format!("'{other}' is not pending, firing or resolved")),
    };
    let severity = next("the severity")?;
    let severity = Severity::parse(severity)
        .ok_or_else(|| format!("'{severity}' is not low, medium, high or critical"))?;
    let mut expected = Expected {
        at,
        rule,
        key,
        condition,
        severity,
        annunciation: None,
        reason: None,
        line: line.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    for word in words {
        let reason = word.strip_prefix('(').and_then(|w| w.strip_suffix(')'));
        let annunciation = ANNUNCIATIONS.into_iter().find(|a| *a == word);
        match (reason, annunciation) {
            (Some(reason), _) => {
                let known = Reason::ALL.into_iter().find(|r| r.as_str() == reason);
                expected.reason = Some(known.ok_or_else(|| format!("'{reason}' is no reason"))?);
            }
            (None, Some(annunciation)) => expected.annunciation = Some(annunciation),
            (None, None) => {
                return Err(format!(
                    "'{word}' is neither an annunciation ({}) nor a (reason)",
                    ANNUNCIATIONS.join(", ")
                ));
            }
        }
    }
    Ok(expected)
}

/// A rule by `group/name`; by its name where the group at home has it, or only one rule does.
pub(super) fn rule(written: &str, plan: &Plan, home: Option<&str>) -> Result<RuleName, String> {
    let names = || plan.rules().map(|info| &info.name);
    let is_ours = |name: &&RuleName| *name.name == *written && home == Some(&*name.group);
    if let Some(ours) = names().find(is_ours) {
        return Ok(ours.clone());
    }
    let mut found = names().filter(|name| name.to_string() == written || *name.name == *written);
    match (found.next(), found.next()) {
        (Some(name), None) => Ok(name.clone()),
        (Some(_), Some(_)) => Err(format!(
            "several groups have a rule '{written}': write group/{written}"
        )),
        (None, _) => {
            let whole = written.contains('/');
            let names = names().map(|name| {
                if whole {
                    name.to_string()
                } else {
                    name.name.to_string()
                }
            });
            let names: Vec<_> = names.collect();
            let near = nearest(written, names.iter().map(String::as_str));
            let near = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
            Err(format!("there is no rule '{written}'{near}"))
        }
    }
}

/// A key as the notation writes it: its values, or `city` for the whole.
pub(super) fn key_text(key: &Key) -> String {
    if key.0.is_empty() {
        return "city".to_owned();
    }
    let values: Vec<_> = key
        .0
        .iter()
        .map(|part| part.value.replace(' ', "_"))
        .collect();
    values.join(",")
}

/// A transition in the notation, whole.
pub(super) fn describe(transition: &Transition, start: Time) -> String {
    format!(
        "{} {} {} {} {} {} ({})",
        transition.at.since(start),
        transition.rule.name,
        key_text(&transition.key),
        transition.to.as_str(),
        transition.severity.as_str(),
        annunciation(&transition.annunciation),
        transition.reason.as_str(),
    )
}

pub(super) fn annunciation(annunciation: &Annunciation) -> &'static str {
    match annunciation {
        Annunciation::Settling => "settling",
        Annunciation::Annunciated => "annunciated",
        Annunciation::Inhibited { .. } => "inhibited",
        Annunciation::OverLimit => "over_limit",
        Annunciation::Shadow => "shadow",
    }
}

impl Expected {
    /// Whether a transition is what was expected, as far as the line says.
    pub(super) fn agrees(&self, transition: &Transition, start: Time) -> bool {
        transition.at.since(start) == self.at
            && transition.rule == self.rule
            && key_text(&transition.key) == self.key
            && transition.to == self.condition
            && transition.severity == self.severity
            && self
                .annunciation
                .is_none_or(|a| a == annunciation(&transition.annunciation))
            && self.reason.is_none_or(|reason| reason == transition.reason)
    }
}
