//! What an edit of the rules came to, for the log: who sends SIGHUP must see whether it did what was meant.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

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
    /// What became of the kinds that rules derive, where that is anything.
    pub derived: Option<String>,
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
        report.derived = derived_changes(&old.derived_prints(), &new.derived_prints());
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
                let names: Vec<String> = names.iter().map(RuleName::told).collect();
                write!(f, " ({})", names.join(", "))?;
            }
        }
        if let Some(derived) = &self.derived {
            write!(f, "; derived kinds: {derived}; screens connect anew")?;
        }
        Ok(())
    }
}

/// A derived kind, and what is the same as long as it is.
type Derived = (Arc<str>, u64);

/// What became of derived kinds, by name; none where nothing did. Where only their order is another, all are named.
fn derived_changes(before: &[Derived], after: &[Derived]) -> Option<String> {
    if before == after {
        return None;
    }
    let has = |kinds: &[Derived], name: &str| kinds.iter().any(|(kind, _)| &**kind == name);
    let gone = before.iter().filter(|(name, _)| !has(after, name));
    let gone = gone.map(|(name, _)| format!("{name} (gone)"));
    let others = after.iter().filter(|kind| !before.contains(kind));
    let others = others.map(|(name, _)| {
        let what = if has(before, name) { "changed" } else { "new" };
        format!("{name} ({what})")
    });
    let mut named: Vec<_> = others.chain(gone).collect();
    if named.is_empty() {
        named = after
            .iter()
            .map(|(name, _)| format!("{name} (reordered)"))
            .collect();
    }
    Some(named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Derived> {
        let of = |word: &str| {
            let (name, print) = word.split_once('=').unwrap_or((word, "0"));
            (name.into(), print.parse().unwrap_or_default())
        };
        text.split_whitespace().map(of).collect()
    }

    #[track_caller]
    fn check(before: &str, after: &str, told: Option<&str>) {
        let changes = derived_changes(&kinds(before), &kinds(after));
        assert_eq!(changes.as_deref(), told);
    }

    #[test]
    fn what_became_of_derived_kinds_is_named() {
        check("env/a=1 env/b=2", "env/a=1 env/b=2", None);
        check(
            "env/a=1 env/b=2 env/c=3",
            "env/a=7 env/c=3 env/d=4",
            Some("env/a (changed), env/d (new), env/b (gone)"),
        );
        check(
            "env/a=1 env/b=2",
            "env/b=2 env/a=1",
            Some("env/b (reordered), env/a (reordered)"),
        );
    }
}
