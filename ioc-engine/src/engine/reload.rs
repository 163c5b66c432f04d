//! What an edit of the rules came to, for the log: who sends SIGHUP must see whether it did what was meant.

use std::collections::BTreeMap;
use std::fmt;

use model::RuleName;
use rules::Plan;

/// The rules of two plans, compared.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReloadReport {
    /// How many rules are what they were.
    pub kept: usize,
    /// Rules that are written differently.
    pub changed: Vec<RuleName>,
    /// Rules that were not there.
    pub added: Vec<RuleName>,
    /// Rules that are gone; their alerts are resolved.
    pub dropped: Vec<RuleName>,
}

impl ReloadReport {
    /// What became of the rules of `old` in `new`.
    pub fn of(old: &Plan, new: &Plan) -> Self {
        let key = |name: &RuleName| name.to_string();
        let mut before: BTreeMap<String, (&RuleName, u64)> = old
            .prints()
            .map(|(name, print)| (key(name), (name, print)))
            .collect();
        let mut report = Self::default();
        for (name, print) in new.prints() {
            match before.remove(&key(name)) {
                Some((_, same)) if same == print => report.kept += 1,
                Some(_) => report.changed.push(name.clone()),
                None => report.added.push(name.clone()),
            }
        }
        report.dropped = before.into_values().map(|(name, _)| name.clone()).collect();
        report
    }
}

impl fmt::Display for ReloadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rules reloaded: {} kept", self.kept)?;
        for (what, names) in [
            ("changed", &self.changed),
            ("added", &self.added),
            ("dropped", &self.dropped),
        ] {
            write!(f, ", {} {what}", names.len())?;
            if !names.is_empty() {
                let names: Vec<String> = names.iter().map(ToString::to_string).collect();
                write!(f, " ({})", names.join(", "))?;
            }
        }
        Ok(())
    }
}
