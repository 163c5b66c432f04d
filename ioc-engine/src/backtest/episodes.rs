//! Alerts from their first step to their last: when they fired, how bad they got, when they called for attention.

use std::collections::HashMap;
use std::path::Path;

use model::{
    Alert, AlertId, Annunciation, Condition, Key, RuleName, Severity, Span, Time, Transition,
};
use ws_gateway::{AlertQuery, Archive};

use super::feed::BacktestError;
use crate::store::StoreArchive;

/// One alert that fired.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Episode {
    /// Which.
    pub id: AlertId,
    /// By which rule.
    pub rule: RuleName,
    /// About what.
    pub key: Key,
    /// How bad it is, or was at its end.
    pub severity: Severity,
    /// The worst it got, where every step is known.
    pub worst: Option<Severity>,
    /// When it fired.
    pub fired_at: Time,
    /// When it resolved; none while it fires.
    pub resolved_at: Option<Time>,
    /// A draft, never annunciated.
    pub shadow: bool,
    /// When it began to call for attention, each time.
    pub annunciated: Vec<Time>,
}

/// Follows alerts from step to step.
#[derive(Debug, Default)]
pub(super) struct Episodes {
    open: HashMap<AlertId, Open>,
    over: Vec<Episode>,
}

#[derive(Debug)]
struct Open {
    episode: Episode,
    calls: bool,
}

impl Episode {
    /// The worst that is known of it.
    pub(super) fn badness(&self) -> Severity {
        self.worst.map_or(self.severity, |worst| worst)
    }

    /// How long it fired, up to `end` where it still does.
    pub(super) fn length(&self, end: Time) -> Span {
        self.resolved_at.unwrap_or(end).since(self.fired_at)
    }

    /// True when it fired at some time from `from` on.
    pub(super) fn reaches(&self, from: Time) -> bool {
        self.resolved_at.is_none_or(|at| at >= from)
    }
}

impl Episodes {
    /// Takes note of a step. What never fires leaves no trace.
    pub(super) fn step(&mut self, step: &Transition) {
        match step.to {
            Condition::Pending => {}
            Condition::Firing => {
                let open = self.open.entry(step.alert).or_insert_with(|| Open {
                    episode: begun(step),
                    calls: false,
                });
                open.episode.severity = step.severity;
                open.episode.worst = open.episode.worst.max(Some(step.severity));
                let calls = step.annunciation == Annunciation::Annunciated;
                if calls && !open.calls {
                    open.episode.annunciated.push(step.at);
                }
                open.calls = calls;
            }
            Condition::Resolved => {
                if let Some(Open { mut episode, .. }) = self.open.remove(&step.alert) {
                    episode.resolved_at = Some(step.at);
                    self.over.push(episode);
                }
            }
        }
    }

    /// Every alert that fired, in the order in which they did.
    pub(super) fn all(self) -> Vec<Episode> {
        let mut all = self.over;
        all.extend(self.open.into_values().map(|open| open.episode));
        sort(&mut all);
        all
    }
}

fn begun(step: &Transition) -> Episode {
    Episode {
        id: step.alert,
        rule: step.rule.clone(),
        key: step.key.clone(),
        severity: step.severity,
        worst: None,
        fired_at: step.at,
        resolved_at: None,
        shadow: step.annunciation == Annunciation::Shadow,
        annunciated: Vec::new(),
    }
}

fn sort(episodes: &mut [Episode]) {
    episodes.sort_by_key(|episode| (episode.fired_at, episode.id));
}

/// The alerts that an engine's store says it raised, as they stood at `to`.
pub(super) fn recorded(data: &Path, to: Time) -> Result<Vec<Episode>, BacktestError> {
    let store = StoreArchive::open(&data.join("ioc.db"))?;
    let query = AlertQuery {
        fired: true,
        limit: usize::MAX >> 1,
        ..AlertQuery::default()
    };
    let alerts = store.alerts(&query)?;
    let mut episodes: Vec<_> = alerts.iter().filter_map(|a| of_alert(a, to)).collect();
    episodes.retain(|episode| episode.fired_at <= to);
    sort(&mut episodes);
    Ok(episodes)
}

fn of_alert(alert: &Alert, to: Time) -> Option<Episode> {
    Some(Episode {
        id: alert.id,
        rule: alert.rule.clone(),
        key: alert.key.clone(),
        severity: alert.severity,
        worst: None,
        fired_at: alert.fired_at?,
        resolved_at: alert.resolved_at.filter(|at| *at <= to),
        shadow: alert.annunciation == Annunciation::Shadow,
        annunciated: Vec::new(),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use model::AssetId;

    /// An alert of one asset that called once, with times in seconds.
    pub(in crate::backtest) fn episode(asset: &str, fired: i64, resolved: Option<i64>) -> Episode {
        let at = |seconds: i64| Time::from_millis(seconds * 1_000);
        Episode {
            id: AlertId(u128::from(fired.unsigned_abs()) << 64 | asset.len() as u128),
            rule: RuleName {
                group: "g".into(),
                name: "R".into(),
            },
            key: Key::asset(&AssetId::new(asset)),
            severity: Severity::High,
            worst: Some(Severity::High),
            fired_at: at(fired),
            resolved_at: resolved.map(at),
            shadow: false,
            annunciated: vec![at(fired)],
        }
    }
}
