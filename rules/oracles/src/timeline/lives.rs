//! What every alert's life must look like, whatever happened.

use std::collections::BTreeMap;

use model::{AlertId, Condition, Key, RuleName, Time, Transition};

/// No alert is lost, none is doubled: an id is one episode of one rule and key, goes from pending over firing to resolved and
/// never back, and a rule and key have one open alert at most. Gives how many are open at the end.
///
/// # Panics
/// Where it is not so.
pub fn check(transitions: &[Transition]) -> usize {
    let mut last: BTreeMap<AlertId, &Transition> = BTreeMap::new();
    let mut open: BTreeMap<(RuleName, Key), AlertId> = BTreeMap::new();
    let mut now = Time::MIN;
    for t in transitions {
        assert!(t.at >= now, "told out of time: {t:?}");
        now = t.at;
        assert!(t.started_at <= t.at, "ahead of its own beginning: {t:?}");
        match last.insert(t.alert, t) {
            None => assert_ne!(t.to, Condition::Resolved, "it never began: {t:?}"),
            Some(before) => follows(before, t),
        }
        let about = (t.rule.clone(), t.key.clone());
        if t.to == Condition::Resolved {
            assert_eq!(open.remove(&about), Some(t.alert), "{t:?}");
        } else {
            let other = open.insert(about, t.alert);
            assert!(other.is_none_or(|id| id == t.alert), "a second one: {t:?}");
        }
    }
    open.len()
}

fn follows(before: &Transition, t: &Transition) {
    let about = |t: &Transition| (t.rule.clone(), t.key.clone(), t.started_at);
    assert_eq!(about(before), about(t), "one id, one episode");
    let may = match before.to {
        Condition::Pending => true,
        Condition::Firing => t.to != Condition::Pending,
        Condition::Resolved => false,
    };
    assert!(may, "from {before:?}\nto {t:?}");
    let what = |t: &Transition| (t.to, t.severity, t.annunciation);
    assert_ne!(what(before), what(t), "a step that changes nothing");
}
