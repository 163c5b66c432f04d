//! Two sets of alerts over the same inputs, compared: which appear, which disappear, which come at other times.
//! Alerts are held together by rule and key; of those, the same alert is the one of the same id or of the same time.

use std::collections::BTreeMap;

use model::{RuleName, Time};
use serde::Serialize;

use super::episodes::Episode;

/// Differences listed; all are counted.
const LISTED: usize = 1_000;

/// What changes from one set of alerts to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// Alerts that are the same in both.
    pub same: usize,
    /// How many are new.
    pub appear: usize,
    /// How many are gone.
    pub disappear: usize,
    /// How many fire or resolve at other times, or are of another severity.
    pub change: usize,
    /// The same by rule, for rules with a difference.
    pub by_rule: BTreeMap<String, [usize; 3]>,
    /// The first of the differences, in order of time.
    pub list: Vec<Changed>,
}

/// One alert that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The rule.
    pub rule: String,
    /// What it is about.
    pub key: String,
    /// How it stood; none where it appears.
    pub was: Option<Stood>,
    /// How it stands; none where it disappears.
    pub is: Option<Stood>,
}

/// When an alert fired and how bad it got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stood {
    /// When it fired, in milliseconds since 1970.
    pub fired_at: i64,
    /// When it resolved; none while it fires.
    pub resolved_at: Option<i64>,
    /// The worst that is known of it.
    pub severity: &'static str,
}

impl Difference {
    /// What changes from `before` to `after`, each in the order in which they fired.
    pub(super) fn of(before: &[Episode], after: &[Episode]) -> Self {
        let mut difference = Self::default();
        let mut changes = Vec::new();
        for (was, is) in pairs(before, after) {
            if let (Some(was), Some(is)) = (was, is)
                && stand_alike(was, is)
            {
                difference.same += 1;
                continue;
            }
            changes.push((was, is));
        }
        let begins = |(was, is): &(Option<&Episode>, Option<&Episode>)| {
            let either = is.or(*was);
            either.map(|e| (e.fired_at, e.id))
        };
        changes.sort_by_key(begins);
        for (was, is) in changes {
            difference.add(was, is);
        }
        difference
    }

    fn add(&mut self, was: Option<&Episode>, is: Option<&Episode>) {
        let Some(either) = is.or(was) else { return };
        let place = match (was, is) {
            (None, _) => 0,
            (_, None) => 1,
            _ => 2,
        };
        let rule = either.rule.to_string();
        let [appear, disappear, change] = self.by_rule.entry(rule.clone()).or_default();
        *[appear, disappear, change][place] += 1;
        *[&mut self.appear, &mut self.disappear, &mut self.change][place] += 1;
        if self.list.len() < LISTED {
            self.list.push(Changed {
                rule,
                key: either.key.to_string(),
                was: was.map(stood),
                is: is.map(stood),
            });
        }
    }
}

fn stood(episode: &Episode) -> Stood {
    Stood {
        fired_at: episode.fired_at.millis(),
        resolved_at: episode.resolved_at.map(Time::millis),
        severity: episode.badness().as_str(),
    }
}

fn stand_alike(was: &Episode, is: &Episode) -> bool {
    let worst = match (was.worst, is.worst) {
        (Some(was), Some(is)) => was == is,
        _ => true,
    };
    worst
        && (was.fired_at, was.resolved_at, was.severity)
            == (is.fired_at, is.resolved_at, is.severity)
}

type Pair<'a> = (Option<&'a Episode>, Option<&'a Episode>);
type By<'a> = BTreeMap<(&'a str, &'a str, String), (Vec<&'a Episode>, Vec<&'a Episode>)>;

fn pairs<'a>(before: &'a [Episode], after: &'a [Episode]) -> Vec<Pair<'a>> {
    let mut by: By<'a> = BTreeMap::new();
    for episode in before {
        by.entry(rule_and_key(episode)).or_default().0.push(episode);
    }
    for episode in after {
        by.entry(rule_and_key(episode)).or_default().1.push(episode);
    }
    let mut pairs = Vec::new();
    for (was, is) in by.values() {
        pair_off(was, is, &mut pairs);
    }
    pairs
}

fn rule_and_key(episode: &Episode) -> (&str, &str, String) {
    let RuleName { group, name } = &episode.rule;
    (group, name, episode.key.to_string())
}

/// One walk along both: an alert meets the first that fires while it does, as long as no later one has its id.
fn pair_off<'a>(was: &[&'a Episode], is: &[&'a Episode], pairs: &mut Vec<Pair<'a>>) {
    let (mut was, mut is) = (was.iter().peekable(), is.iter().peekable());
    loop {
        match (was.peek(), is.peek()) {
            (None, None) => return,
            (Some(_), None) => pairs.push((was.next().copied(), None)),
            (None, Some(_)) => pairs.push((None, is.next().copied())),
            (Some(a), Some(b)) => {
                if a.id == b.id || overlap(a, b) {
                    pairs.push((was.next().copied(), is.next().copied()));
                } else if a.fired_at <= b.fired_at {
                    pairs.push((was.next().copied(), None));
                } else {
                    pairs.push((None, is.next().copied()));
                }
            }
        }
    }
}

fn overlap(a: &Episode, b: &Episode) -> bool {
    a.reaches(b.fired_at) && b.reaches(a.fired_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::episodes::tests::episode;

    #[test]
    fn alerts_of_one_rule_and_key_meet_by_their_times() {
        let before = [
            episode("same", 10, Some(20)),
            episode("gone", 11, Some(20)),
            episode("later", 12, Some(20)),
            episode("split", 13, Some(90)),
        ];
        let after = [
            episode("same", 10, Some(20)),
            episode("later", 15, Some(25)),
            episode("split", 14, Some(40)),
            episode("split", 50, Some(90)),
            episode("new", 16, None),
        ];
        let difference = Difference::of(&before, &after);
        let told = difference.list.iter().map(|changed| {
            let times = |stood: &Option<Stood>| {
                stood.as_ref().map_or("–".to_owned(), |stood| {
                    format!("{}..{:?}", stood.fired_at, stood.resolved_at)
                })
            };
            format!(
                "{} {} → {}",
                changed.key,
                times(&changed.was),
                times(&changed.is)
            )
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                "asset=gone 11000..Some(20000) → –",
                "asset=split 13000..Some(90000) → 14000..Some(40000)",
                "asset=later 12000..Some(20000) → 15000..Some(25000)",
                "asset=new – → 16000..None",
                "asset=split – → 50000..Some(90000)",
            ]
        );
        let Difference {
            same,
            appear,
            disappear,
            change,
            by_rule,
            ..
        } = difference;
        assert_eq!((same, appear, disappear, change), (1, 2, 1, 2));
        assert_eq!(by_rule["g/R"], [2, 1, 2]);
    }

    #[test]
    fn a_severity_that_is_not_known_throughout_is_not_compared() {
        let whole = episode("a", 10, Some(20));
        let mut recorded = whole.clone();
        recorded.worst = None;
        assert_eq!(
            Difference::of(&[recorded], std::slice::from_ref(&whole)).same,
            1
        );
        let mut worse = whole.clone();
        worse.worst = Some(model::Severity::Critical);
        assert_eq!(Difference::of(&[whole], &[worse]).change, 1);
    }
}
