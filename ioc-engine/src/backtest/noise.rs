//! How much the alerts of a run ask of those who answer them. The measures are those of EEMUA 191 and ISA-18.2: alerts per
//! operator and ten minutes, floods, the worst offenders, alerts that chatter and alerts that stand.

use std::collections::HashMap;

use model::{Key, RuleName, Span, Time};
use serde::Serialize;

use super::episodes::Episode;

/// The length over which alerts are counted.
pub(super) const WINDOW: Span = Span::from_mins(10);
/// More alerts than this in one window are a flood.
pub(super) const FLOOD: f64 = 10.0;
/// An alert that calls so often…
const CHATTERS: usize = 3;
/// …within this long chatters.
const CHATTERING: Span = Span::from_secs(60);
/// An alert that fires for longer than this stands.
pub(super) const STANDS: Span = Span::from_mins(24 * 60);
/// How many are listed.
const LISTED: usize = 10;

/// Alerts that began to call for attention, per operator and ten minutes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Load {
    /// Among how many they are shared.
    pub operators: u32,
    /// How often an alert began to call for attention.
    pub annunciated: u64,
    /// Windows of ten minutes, the last one perhaps cut short.
    pub windows: u64,
    /// Of all windows.
    pub mean: f64,
    /// Of the fullest window.
    pub max: f64,
    /// When the fullest began.
    pub max_at: Option<i64>,
    /// The share of windows with more than ten.
    pub over_10: f64,
}

/// A rule and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Culprit {
    /// The rule.
    pub rule: String,
    /// What it is about: `asset=wl-1`.
    pub key: String,
    /// How often it called; of a standing alert, for how long it fired, in milliseconds.
    pub figure: i64,
}

/// Who makes the noise.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Noise {
    /// Those that called most often, the worst first; ten at most.
    pub noisiest: Vec<Culprit>,
    /// How many called three times or more within a minute.
    pub chattering: usize,
    /// The worst of them, by the number of all their calls; ten at most.
    pub chatterers: Vec<Culprit>,
    /// How many alerts fired for longer than a day.
    pub standing: usize,
    /// The longest of them; ten at most.
    pub longest: Vec<Culprit>,
}

/// The load of the time from `from` to `to`.
pub(super) fn load(episodes: &[Episode], (from, to): (Time, Time), operators: u32) -> Load {
    let mut windows: HashMap<i64, u64> = HashMap::new();
    let window = |at: Time| at.since(from).millis().div_euclid(WINDOW.millis());
    let calls = episodes.iter().flat_map(|e| &e.annunciated);
    for at in calls.filter(|at| (from..=to).contains(at)) {
        *windows.entry(window(*at)).or_default() += 1;
    }
    let count = window(to) as u64 + 1;
    let annunciated = windows.values().sum();
    let each = |calls: u64| calls as f64 / f64::from(operators.max(1));
    let fullest = windows.iter().max_by_key(|(window, n)| (**n, -**window));
    let floods = windows.values().filter(|n| each(**n) > FLOOD).count();
    Load {
        operators,
        annunciated,
        windows: count,
        mean: each(annunciated) / count as f64,
        max: fullest.map_or(0.0, |(_, n)| each(*n)),
        max_at: fullest.map(|(window, _)| from.millis() + window * WINDOW.millis()),
        over_10: floods as f64 / count as f64,
    }
}

/// Who made the noise in the time from `from` to `to`.
pub(super) fn noise(episodes: &[Episode], (from, to): (Time, Time)) -> Noise {
    let mut calls: HashMap<(&RuleName, &Key), Vec<Time>> = HashMap::new();
    for episode in episodes {
        let called = episode.annunciated.iter();
        let mut called = called.filter(|at| (from..=to).contains(at)).peekable();
        if called.peek().is_some() {
            let all = calls.entry((&episode.rule, &episode.key)).or_default();
            all.extend(called);
        }
    }
    let often = |((rule, key), times): (&(&RuleName, &Key), &Vec<Time>)| Culprit {
        rule: rule.to_string(),
        key: key.to_string(),
        figure: times.len() as i64,
    };
    let noisiest = worst(calls.iter().map(often));
    let chattering = calls.iter_mut().filter_map(|(who, times)| {
        times.sort_unstable();
        chatters(times).then(|| often((who, &*times)))
    });
    let chatterers: Vec<Culprit> = chattering.collect();
    let standing = episodes.iter().filter(|e| e.length(to) > STANDS);
    let standing: Vec<Culprit> = standing
        .map(|episode| Culprit {
            rule: episode.rule.to_string(),
            key: episode.key.to_string(),
            figure: episode.length(to).millis(),
        })
        .collect();
    Noise {
        noisiest,
        chattering: chatterers.len(),
        chatterers: worst(chatterers.into_iter()),
        standing: standing.len(),
        longest: worst(standing.into_iter()),
    }
}

fn chatters(times: &[Time]) -> bool {
    let mut some = times.windows(CHATTERS);
    some.any(|some| some[CHATTERS - 1].since(some[0]) <= CHATTERING)
}

fn worst(culprits: impl Iterator<Item = Culprit>) -> Vec<Culprit> {
    let mut all: Vec<_> = culprits.collect();
    all.sort_by(|a, b| {
        let by_name = (&a.rule, &a.key).cmp(&(&b.rule, &b.key));
        b.figure.cmp(&a.figure).then(by_name)
    });
    all.truncate(LISTED);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::episodes::tests::episode;

    fn at(seconds: i64) -> Time {
        Time::from_millis(seconds * 1_000)
    }

    #[test]
    fn alerts_are_shared_among_operators_by_windows_of_ten_minutes() {
        // 24 in the first ten minutes, none in the second, one in the third.
        let mut episodes: Vec<_> = (0..24).map(|n| episode("wl-1", n, Some(n + 5))).collect();
        episodes.push(episode("wl-2", 1_200, None));
        let one = load(&episodes, (at(0), at(1_500)), 1);
        assert_eq!((one.annunciated, one.windows), (25, 3));
        assert_eq!((one.max, one.max_at), (24.0, Some(0)));
        assert!((one.mean - 25.0 / 3.0).abs() < 1e-9 && (one.over_10 - 1.0 / 3.0).abs() < 1e-9);
        let three = load(&episodes, (at(0), at(1_500)), 3);
        assert!((three.max - 8.0).abs() < 1e-9 && three.over_10 < 1e-9);
        // What called before the period is not counted.
        assert_eq!(load(&episodes, (at(600), at(1_500)), 1).annunciated, 1);
        assert!(load(&[], (at(0), at(0)), 1).mean < 1e-9);
    }

    #[test]
    fn three_calls_within_a_minute_chatter_and_a_day_stands() {
        let mut episodes: Vec<_> = [0, 29, 60]
            .into_iter()
            .map(|n| episode("quick", n, Some(n + 1)))
            .collect();
        episodes.extend([0, 31, 62, 93].map(|n| episode("slow", n, Some(n + 1))));
        episodes.push(episode("long", 10, None));
        let noise = noise(&episodes, (at(0), at(2 * 86_400)));
        let told = |culprits: &[Culprit]| {
            let line = |c: &Culprit| format!("{} {}", c.key, c.figure);
            culprits.iter().map(line).collect::<Vec<_>>()
        };
        assert_eq!(
            told(&noise.noisiest),
            ["asset=slow 4", "asset=quick 3", "asset=long 1"]
        );
        assert_eq!(told(&noise.chatterers), ["asset=quick 3"]);
        assert_eq!(told(&noise.longest), ["asset=long 172790000"]);
    }
}
