//! Numbers of one gauge, over time and else: as text for the real engine, and worked out of the whole history.

use std::collections::BTreeSet;

use super::history::{History, Report};
use super::{Tick, UPLINKS};

/// A number of one gauge.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Number {
    Height,
    LastKnown,
    Prev,
    Over(Method, Tick),
    /// Of the gauge this one depends on.
    Uplink,
}

/// A figure over the heights of a window.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Method {
    Avg,
    Min,
    Max,
    Sum,
    Stddev,
    Median,
    First,
    Last,
    Delta,
    Rate,
    Increase,
    Slope,
    Zscore,
    Ewma,
}

/// A whole number over a window of heights or of gate positions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Whole {
    Count,
    Changes,
    Distinct,
}

pub(super) fn height(report: &Report) -> Option<f64> {
    report.height
}

pub(super) fn gate(report: &Report) -> Option<f64> {
    report.gate.map(f64::from)
}

impl Number {
    pub(super) fn text(self) -> String {
        match self {
            Self::Height => "height".to_owned(),
            Self::LastKnown => "last_known(height)".to_owned(),
            Self::Prev => "height.prev()".to_owned(),
            Self::Uplink => "uplink.height".to_owned(),
            Self::Over(method, length) => {
                let (name, share) = match method {
                    Method::Avg => ("avg", ""),
                    Method::Min => ("min", ""),
                    Method::Max => ("max", ""),
                    Method::Sum => ("sum", ""),
                    Method::Stddev => ("stddev", ""),
                    Method::Median => ("quantile", "0.5, "),
                    Method::First => ("first", ""),
                    Method::Last => ("last", ""),
                    Method::Delta => ("delta", ""),
                    Method::Rate => ("rate", ""),
                    Method::Increase => ("increase", ""),
                    Method::Slope => ("slope", ""),
                    Method::Zscore => ("zscore", ""),
                    Method::Ewma => ("ewma", ""),
                };
                format!("height.{name}({share}'{}s')", length * 10)
            }
        }
    }

    pub(super) fn eval(self, history: &History, asset: usize) -> Option<f64> {
        if self == Self::LastKnown {
            return history.last_known(asset, height);
        }
        if self == Self::Uplink {
            return history.value(UPLINKS[asset], height);
        }
        if !history.is_known(asset) {
            return None;
        }
        match self {
            Self::Height | Self::LastKnown | Self::Uplink => history.value(asset, height),
            Self::Prev => {
                let values = history.values(asset, height);
                values.len().checked_sub(2).map(|place| values[place].1)
            }
            Self::Over(Method::Ewma, half_life) => ewma(&history.values(asset, height), half_life),
            Self::Over(method, length) => method.of(&window(history, asset, height, length)),
        }
    }
}

/// The values measured in `(t − length, t]`, t being the asset's newest time.
pub(super) fn window(
    history: &History,
    asset: usize,
    field: impl Fn(&Report) -> Option<f64>,
    length: Tick,
) -> Vec<(Tick, f64)> {
    let Some(edge) = history.newest_at(asset) else {
        return Vec::new();
    };
    let mut values = history.values(asset, field);
    values.retain(|(at, _)| *at > edge - length && *at <= edge);
    values
}

/// Of values of which there is one at least.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = (values.len() - 1) as f64 / 2.0;
    f64::midpoint(
        values[middle.floor() as usize],
        values[middle.ceil() as usize],
    )
}

fn ewma(values: &[(Tick, f64)], half_life: Tick) -> Option<f64> {
    let newest = values.last()?.0;
    let weight = |at: Tick| 0.5_f64.powf((newest - at) as f64 / half_life as f64);
    let weights: f64 = values.iter().map(|(at, _)| weight(*at)).sum();
    let sum: f64 = values.iter().map(|(at, value)| weight(*at) * value).sum();
    Some(sum / weights)
}

impl Method {
    fn of(self, window: &[(Tick, f64)]) -> Option<f64> {
        let (first, last) = (window.first()?, window.last()?);
        let values = || window.iter().map(|(_, value)| *value);
        let n = window.len() as f64;
        let mean = values().sum::<f64>() / n;
        let deviation = (values().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        let seconds = |tick: Tick| (tick - first.0) as f64 * 10.0;
        let found = match self {
            Self::Avg => mean,
            Self::Sum => values().sum(),
            Self::Min => values().fold(f64::INFINITY, f64::min),
            Self::Max => values().fold(f64::NEG_INFINITY, f64::max),
            Self::Stddev => deviation,
            Self::Median => median(values().collect()),
            Self::First => first.1,
            Self::Last => last.1,
            Self::Delta => last.1 - first.1,
            Self::Rate if seconds(last.0) > 0.0 => (last.1 - first.1) / seconds(last.0),
            Self::Increase => window
                .windows(2)
                .map(|pair| {
                    let (from, to) = (pair[0].1, pair[1].1);
                    if to >= from { to - from } else { to }
                })
                .sum(),
            Self::Zscore if deviation > 0.0 => (last.1 - mean) / deviation,
            Self::Slope if seconds(last.0) > 0.0 => {
                let mid = window.iter().map(|(at, _)| seconds(*at)).sum::<f64>() / n;
                let up = window
                    .iter()
                    .map(|(at, v)| (seconds(*at) - mid) * (v - mean));
                let along = window.iter().map(|(at, _)| (seconds(*at) - mid).powi(2));
                up.sum::<f64>() / along.sum::<f64>()
            }
            Self::Rate | Self::Zscore | Self::Slope | Self::Ewma => return None,
        };
        Some(found)
    }
}

impl Whole {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Changes => "changes",
            Self::Distinct => "distinct",
        }
    }

    pub(super) fn of(self, window: &[(Tick, f64)]) -> i64 {
        let bits = || window.iter().map(|(_, value)| value.to_bits());
        let found = match self {
            Self::Count => window.len(),
            Self::Changes => window
                .windows(2)
                .filter(|pair| pair[0].1.to_bits() != pair[1].1.to_bits())
                .count(),
            Self::Distinct => bits().collect::<BTreeSet<u64>>().len(),
        };
        found as i64
    }
}
