//! What a run came to, in figures: the document that `--summary json` prints.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{RuleName, Severity, Span, Time};
use serde::Serialize;

use super::difference::Difference;
use super::episodes::Episode;
use super::feed::Met;
use super::noise::{self, Load, Noise};
use super::{Backtest, Ran};

/// What a run came to. Times are milliseconds since 1970, lengths milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The time that counts.
    pub period: PeriodTold,
    /// Rules of other files that ran along because these need them; none of their alerts is in here.
    pub company: Vec<String>,
    /// The inputs.
    pub inputs: Met,
    /// What became of the readings, those of the warm-up included.
    pub readings: BTreeMap<&'static str, u64>,
    /// The alerts that fired.
    pub alerts: Alerts,
    /// What they ask of operators.
    pub load: Load,
    /// Who makes the noise.
    pub noise: Noise,
    /// Against other rules, where some were named.
    pub difference: Option<Difference>,
    /// How fast it went.
    pub speed: Speed,
}

/// The time that counts, and what was run before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeriodTold {
    /// Its beginning.
    pub from: i64,
    /// Its end.
    pub to: i64,
    /// What the rules look back on: the length of the warm-up before `from`, where one was given.
    pub warm_up: i64,
    /// The first input that was run.
    pub first_input: i64,
}

/// The alerts that fired in the period or still did at its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Alerts {
    /// How many fired in the period.
    pub fired: usize,
    /// How many fired already when it began.
    pub at_beginning: usize,
    /// How many still fire at its end.
    pub at_end: usize,
    /// How many are of drafts (`shadow: true`): never annunciated, not in the load.
    pub drafts: usize,
    /// Those that fired in the period, by the worst they got.
    pub by_severity: BTreeMap<&'static str, usize>,
    /// The same by rule; most alerts first.
    pub by_rule: Vec<OfRule>,
}

/// The alerts of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfRule {
    /// Which.
    pub rule: String,
    /// How many fired in the period.
    pub fired: usize,
    /// How many still fire at its end.
    pub at_end: usize,
    /// By the worst they got.
    pub by_severity: BTreeMap<&'static str, usize>,
    /// How long they fired: half of them not longer. Of one that still fires, up to the end.
    pub median: i64,
    /// The longest.
    pub max: i64,
}

/// How fast a run went.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Speed {
    /// By the clock on the wall.
    pub seconds: f64,
    /// Readings a second by that clock.
    pub readings_per_s: f64,
    /// CPU seconds of the thread that read the inputs.
    pub read_cpu_s: f64,
    /// CPU seconds of the thread that ran the rules.
    pub rules_cpu_s: f64,
    /// Readings a CPU second of the busier of the two: what they reach side by side with a processor each.
    pub readings_per_cpu_s: f64,
    /// How much longer the inputs took in life.
    pub times_real_time: f64,
}

impl Summary {
    pub(super) fn of(backtest: &Backtest, ran: Ran) -> Self {
        let period = (ran.from, ran.to);
        let in_period = |all: &[Episode]| -> Vec<Episode> {
            let reaches = |e: &&Episode| e.reaches(ran.from) && e.fired_at <= ran.to;
            all.iter().filter(reaches).cloned().collect()
        };
        let episodes = in_period(&ran.episodes);
        let difference = ran
            .others
            .as_deref()
            .map(|others| Difference::of(&in_period(others), &episodes));
        Self {
            period: PeriodTold {
                from: ran.from.millis(),
                to: ran.to.millis(),
                warm_up: backtest
                    .from
                    .map_or(Span::ZERO, |_| backtest.warm_up)
                    .millis(),
                first_input: ran.first.millis(),
            },
            company: backtest.plan.company().iter().map(RuleName::told).collect(),
            readings: readings(&ran.counts),
            alerts: alerts(&episodes, period),
            load: noise::load(&episodes, period, backtest.operators),
            noise: noise::noise(&episodes, period),
            difference,
            speed: speed(&ran),
            inputs: ran.met,
        }
    }
}

fn readings(counts: &rules::Counts) -> BTreeMap<&'static str, u64> {
    BTreeMap::from([
        ("accepted", counts.accepted),
        ("backfill", counts.backfill),
        ("catch_up", counts.catch_up),
        ("clock_wrong", counts.clock_flagged),
        ("derived_refused", counts.derived_refused),
        ("duplicate", counts.duplicates),
        ("kind_mismatch", counts.kind_mismatch),
        ("late", counts.late),
        ("late_for_window", counts.late_for_window),
        ("retained", counts.retained),
        ("unregistered", counts.unregistered),
        ("unregistered_refused", counts.unregistered_refused),
    ])
}

fn alerts(episodes: &[Episode], (from, to): (Time, Time)) -> Alerts {
    let mut alerts = Alerts::default();
    let mut by_rule: BTreeMap<String, Vec<&Episode>> = BTreeMap::new();
    for episode in episodes {
        alerts.at_end += usize::from(episode.resolved_at.is_none());
        if episode.fired_at < from {
            alerts.at_beginning += 1;
            continue;
        }
        alerts.fired += 1;
        alerts.drafts += usize::from(episode.shadow);
        let worst = episode.badness().as_str();
        *alerts.by_severity.entry(worst).or_default() += 1;
        let rule = episode.rule.to_string();
        by_rule.entry(rule).or_default().push(episode);
    }
    let of_rule = by_rule.into_iter();
    alerts.by_rule = of_rule
        .map(|(rule, all)| of_rule_named(rule, &all, to))
        .collect();
    alerts
        .by_rule
        .sort_by_key(|rule| std::cmp::Reverse(rule.fired));
    alerts
}

fn of_rule_named(rule: String, episodes: &[&Episode], to: Time) -> OfRule {
    let mut lengths: Vec<i64> = episodes.iter().map(|e| e.length(to).millis()).collect();
    lengths.sort_unstable();
    let mut by_severity = BTreeMap::new();
    for episode in episodes {
        *by_severity.entry(episode.badness().as_str()).or_default() += 1;
    }
    OfRule {
        rule,
        fired: episodes.len(),
        at_end: episodes.iter().filter(|e| e.resolved_at.is_none()).count(),
        by_severity,
        median: lengths
            .get((lengths.len().max(1) - 1) / 2)
            .copied()
            .unwrap_or_default(),
        max: lengths.last().copied().unwrap_or_default(),
    }
}

fn speed(ran: &Ran) -> Speed {
    let (seconds, readings) = (ran.took.as_secs_f64(), ran.met.readings as f64);
    let per = |time: Duration| readings / time.as_secs_f64().max(1e-9);
    Speed {
        seconds,
        readings_per_s: per(ran.took),
        read_cpu_s: ran.reading.as_secs_f64(),
        rules_cpu_s: ran.running.as_secs_f64(),
        readings_per_cpu_s: per(ran.reading.max(ran.running)),
        times_real_time: ran.to.since(ran.first).secs_f64() / seconds.max(1e-9),
    }
}

/// Severities, worst first.
pub(super) fn severities() -> impl Iterator<Item = &'static str> {
    Severity::ALL.into_iter().rev().map(Severity::as_str)
}
