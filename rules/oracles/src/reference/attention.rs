//! Whether an alert calls for attention, worked out of everything that was told: meaning 8 of the language.
//!
//! Who fires is settled elsewhere; here it is taken as told. Which of several that come to call at one moment gets a place is
//! nobody's promise: that a place never stays free while one waits, and that nobody overtakes who waits, is.

use std::collections::BTreeMap;

use model::{AlertId, Annunciation, Condition, Time, Transition};

use super::rule::{Edits, Key};
use super::run::Moment;
use super::{ASSETS, BASINS, Tick, UPLINKS, basin_of, steps};

/// What a cause and its effect have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum On {
    Asset,
    Basin,
    Uplink,
}

/// The keys of a rule that hold back annunciation.
#[derive(Clone, Debug)]
pub(super) struct Attention {
    pub(super) settle: Tick,
    /// At first and after an edit, as the others.
    pub(super) limit: [usize; 2],
    pub(super) shadow: [bool; 2],
    /// The number of the rule that explains this one.
    pub(super) inhibited_by: Option<(usize, On)>,
}

impl Attention {
    pub(super) fn lines(&self, edits: Edits) -> Vec<String> {
        let mut lines = vec![
            format!("settle: {}s", self.settle * 10),
            format!("limit: {}", self.limit(edits)),
            format!("shadow: {}", self.is_shadow(edits)),
        ];
        if let Some((cause, on)) = self.inhibited_by {
            let on = match on {
                On::Asset => "asset",
                On::Basin => "basin",
                On::Uplink => "uplink",
            };
            lines.push(format!("inhibited_by: [{{rule: R{cause}, on: [{on}]}}]"));
        }
        lines
    }

    fn limit(&self, edits: Edits) -> usize {
        self.limit[edits.timings % 2]
    }

    fn is_shadow(&self, edits: Edits) -> bool {
        self.shadow[edits.timings % 2]
    }
}

impl On {
    /// The value that must agree; none of a gauge that left.
    fn value(self, key: Key, of_cause: bool, edits: Edits) -> Option<Key> {
        Some(match (self, key) {
            (Self::Basin, Key::Gauge(asset)) => Key::Basin(basin_of(asset, edits)?),
            (Self::Uplink, Key::Gauge(asset)) if !of_cause => Key::Gauge(UPLINKS[asset]),
            (_, key) => key,
        })
    }
}

/// An alert that is open.
#[derive(Clone, Copy, Debug)]
struct Open {
    alert: AlertId,
    condition: Condition,
    annunciation: Annunciation,
    /// Since when it has fired with nothing that explains it.
    calls_since: Option<Time>,
    started_at: Time,
    /// It was annunciated before this moment, and has called ever since.
    had_place: bool,
    /// It waited for a place before this moment.
    waited: bool,
}

/// All that is open, by the number of the rule.
#[derive(Default)]
struct Board {
    open: BTreeMap<(usize, Key), Open>,
    /// The rules of which `ioc/OverLimit` says that they have more alerts than they may show.
    over_limit: Vec<String>,
}

/// Every moment in its order: what is told must be what the rules say.
pub(super) fn check(rules: &[&Attention], moments: &[Moment]) {
    let mut board = Board::default();
    for moment in moments {
        for transition in &moment.transitions {
            board.take(transition);
        }
        board.check(rules, moment);
    }
}

impl Board {
    fn take(&mut self, told: &Transition) {
        let name = &told.key.0[0].value;
        if *told.rule.name == *"OverLimit" {
            self.over_limit.retain(|rule| **rule != **name);
            if told.to == Condition::Firing {
                self.over_limit.push(name.to_string());
            }
        }
        let number = told
            .rule
            .name
            .strip_prefix('R')
            .and_then(|n| n.parse().ok());
        let (Some(rule), Some(key)) = (number, key(name)) else {
            return;
        };
        let before = self.open.remove(&(rule, key));
        let before = before.filter(|before| before.alert == told.alert);
        if told.to == Condition::Resolved {
            return;
        }
        let open = Open {
            alert: told.alert,
            condition: told.to,
            annunciation: told.annunciation,
            calls_since: before.and_then(|b| b.calls_since),
            started_at: told.started_at,
            had_place: before.is_some_and(|b| b.had_place),
            waited: before.is_some_and(|b| b.waited),
        };
        self.open.insert((rule, key), open);
    }

    /// The alert that explains this one: the first by its name of those that fire and are no drafts.
    fn cause(
        &self,
        rules: &[&Attention],
        edits: Edits,
        (rule, key): (usize, Key),
    ) -> Option<AlertId> {
        let (cause, on) = rules[rule].inhibited_by?;
        let wanted = on.value(key, false, edits)?;
        let mut causes: Vec<_> = self.open.iter().collect();
        causes.sort_by_key(|((_, key), _)| key.name());
        let fits = |((number, key), open): &(&(usize, Key), &Open)| {
            *number == cause
                && open.condition == Condition::Firing
                && on.value(*key, true, edits) == Some(wanted)
        };
        let found = causes.into_iter().find(fits).map(|(_, open)| open.alert);
        found.filter(|_| !rules[cause].is_shadow(edits))
    }

    fn check(&mut self, rules: &[&Attention], moment: &Moment) {
        let (now, edits) = (moment.at, moment.edits);
        for ((rule, key), open) in self.open.clone() {
            let of = rules[rule];
            let cause = self.cause(rules, edits, (rule, key));
            let calls = open.condition == Condition::Firing && cause.is_none();
            let since = calls.then(|| open.calls_since.unwrap_or(now));
            let settled = since.is_some_and(|since| since + steps(of.settle) <= now);
            let expected = match (open.condition, cause) {
                _ if of.is_shadow(edits) => Some(Annunciation::Shadow),
                (Condition::Firing, Some(by)) => Some(Annunciation::Inhibited { by }),
                (Condition::Firing, None) if settled => None,
                _ => Some(Annunciation::Settling),
            };
            let told = open.annunciation;
            let place = matches!(told, Annunciation::Annunciated | Annunciation::OverLimit);
            let fits = expected.map_or(place, |expected| told == expected);
            assert!(
                fits,
                "R{rule} {key:?} at {now:?}: {told:?}, expected {expected:?}"
            );
            if let Some(open) = self.open.get_mut(&(rule, key)) {
                open.calls_since = since;
            }
        }
        for (number, rule) in rules.iter().enumerate() {
            self.check_queue(number, now);
            self.check_places(number, rule.limit(edits), moment);
        }
    }

    /// Of those that wait the one whose episode began first is next.
    fn check_queue(&self, number: usize, at: Time) {
        let mine = || self.open.iter().filter(|((rule, _), _)| *rule == number);
        let place = |((_, key), open): (&(usize, Key), &Open)| (open.started_at, key.name());
        let waits = |open: &Open| open.annunciation == Annunciation::OverLimit;
        let next = mine().filter(|(_, open)| open.waited && waits(open));
        let next = next.map(place).min();
        let shown = |open: &Open| open.annunciation == Annunciation::Annunciated;
        let new = mine().filter(|(_, open)| !open.had_place && shown(open));
        let last = new.map(place).max();
        assert!(
            last.zip(next).is_none_or(|(last, next)| last < next),
            "R{number}: {last:?} was shown before {next:?} at {at:?}"
        );
    }

    /// Who has a place keeps it; nobody waits while one is free; `ioc/OverLimit` says whether anybody waits.
    fn check_places(&mut self, number: usize, limit: usize, moment: &Moment) {
        let mine = self
            .open
            .iter_mut()
            .filter(|((rule, _), _)| *rule == number);
        let (mut shown, mut new, mut waiting) = (0, 0, 0);
        let at = moment.at;
        for ((_, key), open) in mine {
            let has = open.annunciation == Annunciation::Annunciated;
            let waits = open.annunciation == Annunciation::OverLimit;
            assert!(
                !(waits && open.had_place),
                "R{number} {key:?} lost its place at {at:?}"
            );
            shown += usize::from(has);
            new += usize::from(has && !open.had_place);
            waiting += usize::from(waits);
            (open.had_place, open.waited) = (has, waits);
        }
        assert!(
            waiting == 0 || shown >= limit,
            "R{number}: a place is free at {at:?}"
        );
        assert!(
            new == 0 || shown <= limit,
            "R{number}: {shown} of {limit} at {at:?}"
        );
        let name = format!("reference/R{number}");
        let told = self.over_limit.contains(&name);
        assert_eq!(told, waiting > 0, "{name} at {at:?}");
    }
}

fn key(name: &str) -> Option<Key> {
    let basin = BASINS.iter().position(|basin| *basin == name);
    let asset = ASSETS.iter().position(|asset| *asset == name);
    basin.map(Key::Basin).or(asset.map(Key::Gauge))
}
