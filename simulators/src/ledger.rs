//! The truth ledger: every scripted fault with the alert it must raise and when, one JSON object a line;
//! and the reckoning of raised alerts against it.

use std::collections::BTreeSet;

use model::{Severity, Time};
use serde::{Deserialize, Serialize};

/// An alert that a scripted fault must raise, or may.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expected {
    /// The name of the step that causes it.
    pub fault: String,
    /// When the fault begins.
    pub fault_at: Time,
    /// `group/name`.
    pub rule: String,
    /// `asset=wl-gia-bay`, as [`model::Key`] writes it; `*` as a value stands for any.
    pub key: String,
    /// The severity it must reach.
    pub severity: Severity,
    /// Not before.
    pub earliest: Time,
    /// Not after.
    pub latest: Time,
    /// False for what may come along with the fault but need not.
    pub required: bool,
}

/// An alert that was raised, or that climbed to a severity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Raised {
    /// `group/name`.
    pub rule: String,
    /// As [`model::Key`] writes it.
    pub key: String,
    /// The severity it reached.
    pub severity: Severity,
    /// When.
    pub at: Time,
}

/// How raised alerts compare with the truth; counts are exact.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reckoning {
    /// Required alerts that came, in time.
    pub found: Vec<Expected>,
    /// Required alerts that did not come in time.
    pub missed: Vec<Expected>,
    /// Raised alerts that nothing scripted explains.
    pub false_alerts: Vec<Raised>,
    /// Raised alerts that only a required entry explains that was found already: the same fault, told twice.
    pub repeated: Vec<Raised>,
    /// Raised alerts that were allowed but not required.
    pub allowed: u64,
}

impl Reckoning {
    /// True when everything required came once and nothing else did.
    pub fn is_clean(&self) -> bool {
        self.missed.is_empty() && self.false_alerts.is_empty() && self.repeated.is_empty()
    }
}

/// Compares what was raised with the ledger. Each raised alert explains at most one required entry.
pub fn check(ledger: &[Expected], raised: &[Raised]) -> Reckoning {
    let mut reckoning = Reckoning::default();
    let mut found = BTreeSet::new();
    for alert in raised {
        let explains: Vec<usize> = (0..ledger.len())
            .filter(|i| ledger[*i].explains(alert))
            .collect();
        let open = explains
            .iter()
            .find(|i| ledger[**i].required && !found.contains(*i));
        match open {
            Some(i) => {
                found.insert(*i);
            }
            None if explains.is_empty() => reckoning.false_alerts.push(alert.clone()),
            None if explains.iter().all(|i| ledger[*i].required) => {
                reckoning.repeated.push(alert.clone());
            }
            None => reckoning.allowed += 1,
        }
    }
    for (i, entry) in ledger.iter().enumerate().filter(|(_, e)| e.required) {
        let list = if found.contains(&i) {
            &mut reckoning.found
        } else {
            &mut reckoning.missed
        };
        list.push(entry.clone());
    }
    reckoning
}

impl Expected {
    fn explains(&self, alert: &Raised) -> bool {
        self.rule == alert.rule
            && self.severity == alert.severity
            && (self.earliest..=self.latest).contains(&alert.at)
            && keys_match(&self.key, &alert.key)
    }

    /// One line of the ledger, without its line end.
    pub fn to_line(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Line {
            fault: self.fault.clone(),
            at: self.fault_at.millis(),
            rule: self.rule.clone(),
            key: self.key.clone(),
            severity: self.severity.as_str().to_owned(),
            earliest: self.earliest.millis(),
            latest: self.latest.millis(),
            required: self.required,
        })
    }
}

fn keys_match(pattern: &str, key: &str) -> bool {
    let (pattern, key): (Vec<_>, Vec<_>) = (pattern.split(',').collect(), key.split(',').collect());
    pattern.len() == key.len()
        && pattern.iter().zip(&key).all(|(wanted, part)| {
            let any = wanted.strip_suffix('*');
            wanted == part || any.is_some_and(|stem| part.starts_with(stem))
        })
}

/// A line as written; times in milliseconds since 1970.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    fault: String,
    at: i64,
    rule: String,
    key: String,
    severity: String,
    earliest: i64,
    latest: i64,
    required: bool,
}

/// A line of a ledger that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Not a ledger line.
    #[error("line {line}: {source}")]
    Json {
        /// Which line, from one.
        line: usize,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A severity nobody knows.
    #[error("line {line}: '{word}' is not a severity")]
    Severity {
        /// Which line, from one.
        line: usize,
        /// The word.
        word: String,
    },
}

/// Reads a ledger back; empty lines are skipped.
pub fn parse(text: &str) -> Result<Vec<Expected>, LedgerError> {
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, text)| !text.trim().is_empty());
    lines.map(|(i, text)| parse_line(i + 1, text)).collect()
}

fn parse_line(line: usize, text: &str) -> Result<Expected, LedgerError> {
    let read: Line =
        serde_json::from_str(text).map_err(|source| LedgerError::Json { line, source })?;
    let Some(severity) = Severity::parse(&read.severity) else {
        let word = read.severity;
        return Err(LedgerError::Severity { line, word });
    };
    Ok(Expected {
        fault: read.fault,
        fault_at: Time::from_millis(read.at),
        rule: read.rule,
        key: read.key,
        severity,
        earliest: Time::from_millis(read.earliest),
        latest: Time::from_millis(read.latest),
        required: read.required,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEDGER: &str = r#"
{"fault":"river","at":240000,"rule":"flood/RiverHigh","key":"asset=wl-1","severity":"high","earliest":300000,"latest":400000,"required":true}
{"fault":"river","at":240000,"rule":"flood/RiverHigh","key":"asset=wl-1","severity":"critical","earliest":400000,"latest":500000,"required":true}
{"fault":"river","at":240000,"rule":"flood/RiverRising","key":"asset=*","severity":"medium","earliest":240000,"latest":500000,"required":false}
"#;

    fn raised(rule: &str, key: &str, severity: Severity, at: i64) -> Raised {
        Raised {
            rule: rule.into(),
            key: key.into(),
            severity,
            at: Time::from_millis(at),
        }
    }

    fn counts(alerts: &[Raised]) -> (usize, usize, usize, usize, u64) {
        let reckoning = check(&parse(LEDGER).unwrap(), alerts);
        (
            reckoning.found.len(),
            reckoning.missed.len(),
            reckoning.false_alerts.len(),
            reckoning.repeated.len(),
            reckoning.allowed,
        )
    }

    #[test]
    fn every_alert_is_found_missed_false_repeated_or_allowed() {
        let river = "flood/RiverHigh";
        let key = "asset=wl-1";
        assert_eq!(counts(&[]), (0, 2, 0, 0, 0));
        let clean = [
            raised(river, key, Severity::High, 350_000),
            raised(river, key, Severity::Critical, 450_000),
            raised("flood/RiverRising", "asset=wl-9", Severity::Medium, 250_000),
        ];
        assert_eq!(counts(&clean), (2, 0, 0, 0, 1));
        assert!(check(&parse(LEDGER).unwrap(), &clean).is_clean());
        let wrong = [
            raised(river, key, Severity::High, 299_999),
            raised(river, "asset=wl-2", Severity::High, 350_000),
            raised("wifi/ApDown", "asset=ap-1", Severity::Low, 350_000),
        ];
        assert_eq!(counts(&wrong), (0, 2, 3, 0, 0));
        let twice = [
            raised(river, key, Severity::High, 350_000),
            raised(river, key, Severity::High, 360_000),
        ];
        assert_eq!(counts(&twice), (1, 1, 0, 1, 0));
        let once_too_often = [&clean[..], &twice[1..]].concat();
        assert!(!check(&parse(LEDGER).unwrap(), &once_too_often).is_clean());
    }

    #[test]
    fn a_ledger_reads_back_as_it_was_written() {
        let ledger = parse(LEDGER).unwrap();
        let lines: Result<Vec<_>, _> = ledger.iter().map(Expected::to_line).collect();
        assert_eq!(lines.unwrap().join("\n"), LEDGER.trim());
        let error = parse("{\"fault\":1}").unwrap_err();
        assert!(error.to_string().starts_with("line 1: "), "{error}");
    }
}
