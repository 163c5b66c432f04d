//! Open-loop load: so many devices of the pack, so many messages a second, each at its intended time whatever the broker does.
//! Owns the two histograms that tell the truth of a run: how late the generator itself was, and how long a change took to a screen.

use std::sync::Arc;
use std::time::Duration;

use city::City;
use hdrhistogram::Histogram;
use model::{Clock, Span, Time};
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::broker::Broker;
use crate::live::{Live, LiveError, Watch};
use crate::living_city::{Pace, RunError, read_plan, stage};
use crate::message::Form;
use crate::mqtt::{Lanes, Traffic, run_name};
use crate::scenario::Script;

const TICK: Duration = Duration::from_millis(1);
const GOODBYE: Duration = Duration::from_secs(2);
/// A screen may show the last changes a little after they were sent.
const LAST_FRAMES: Duration = Duration::from_secs(1);
/// Histograms keep three digits; an hour is past any latency worth telling apart.
const LONGEST_MS: u64 = 3_600_000;

/// The load that is asked for.
#[derive(Clone, Debug)]
pub struct Load {
    /// The city whose devices send.
    pub city: Arc<City>,
    /// Where to.
    pub mqtt: Broker,
    /// Same seed, same messages.
    pub seed: u64,
    /// How many devices, spread evenly over the registry.
    pub assets: usize,
    /// Messages a second over all of them.
    pub rate: f64,
    /// For how long.
    pub duration: Span,
    /// Connections that share the devices.
    pub connections: usize,
    /// `QoS` 1 instead of 0.
    pub confirmed: bool,
    /// How payloads are written.
    pub form: Form,
    /// A screen to watch.
    pub live: Option<Live>,
    /// The generator lagged when one in a hundred messages left later than this.
    pub most_lag: Span,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The city or the broker.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The screen.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// More devices than there are.
    #[error("the pack simulates {most} assets, not {asked}; ask for at most {most}")]
    TooMany {
        /// What was asked for.
        asked: usize,
        /// What there is.
        most: usize,
    },
    /// A rate at which devices would report more than once a millisecond.
    #[error("{assets} assets cannot send {rate} messages a second; each sends at most 1,000")]
    TooFast {
        /// How many.
        assets: usize,
        /// What was asked for.
        rate: f64,
    },
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the broker got.
    pub traffic: Traffic,
    /// How much later than intended messages were given to their connection, in ms.
    pub own_lag: Histogram<u64>,
    /// How much later than intended a screen had the change, in ms.
    pub to_screen: Option<Histogram<u64>>,
    /// Changes the screen was told it skipped, because later ones overtook them.
    pub conflated: u64,
    /// True when the generator could not keep its own schedule: the load was not the one asked for.
    pub lagged: bool,
}

/// Runs the load to its end, or until `shutdown`.
pub async fn run(
    load: Load,
    clock: Arc<dyn Clock>,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<Report, LoadError> {
    let start = clock.now();
    let mut fleet = stage_load(&load, start)?;
    let name = run_name("load", start);
    let broker = Lanes::open(&load.mqtt, &name, load.connections);
    let mut lanes = broker.await.map_err(RunError::from)?;
    let watch = match &load.live {
        Some(live) => Some(Watch::open(live, Arc::clone(&clock), start).await?),
        None => None,
    };
    let mut own_lag = histogram();
    tokio::pin!(shutdown);
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let end = start + load.duration;
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            _ = tick.tick() => {}
        }
        let now = clock.now().min(end);
        for mut message in fleet.advance(now) {
            message.confirmed = load.confirmed;
            let due = message.due;
            lanes
                .send(message)
                .await
                .map_err(|e| RunError::Gone(Box::new(e)))?;
            record(&mut own_lag, clock.now().since(due));
        }
        if now >= end {
            break;
        }
    }
    let traffic = lanes.close(GOODBYE).await;
    let seen = match watch {
        Some(watch) => {
            sleep(LAST_FRAMES).await;
            Some(watch.close().await?)
        }
        None => None,
    };
    let lagged = own_lag.value_at_quantile(0.99) > load.most_lag.millis().unsigned_abs();
    Ok(Report {
        traffic,
        own_lag,
        conflated: seen.as_ref().map_or(0, |s| s.conflated),
        to_screen: seen.map(|s| s.latency),
        lagged,
    })
}

/// Healthy devices that all report equally often; what they measure is the pack's, how often is the load's.
fn stage_load(load: &Load, start: Time) -> Result<crate::Fleet, LoadError> {
    let plan = read_plan(&load.city)?;
    let period_ms = load.assets as f64 / load.rate * 1_000.0;
    if period_ms < 1.0 {
        let (assets, rate) = (load.assets, load.rate);
        return Err(LoadError::TooFast { assets, rate });
    }
    let kinds = load.city.catalog.kinds().iter();
    let script = Script {
        // Periods of whole milliseconds: the mean rate is kept to a thousandth from ten messages a device in ten seconds on.
        report_every: kinds
            .map(|k| (k.id, Span::from_millis(period_ms.round() as i64)))
            .collect(),
        most_assets: Some(load.assets),
        form: load.form,
        ..Script::default()
    };
    let pace = Pace {
        seed: load.seed,
        rate: 1.0,
        workers: 1,
    };
    let fleet = stage(&load.city, plan, script, pace, start)?.fleet;
    if fleet.len() < load.assets {
        return Err(LoadError::TooMany {
            asked: load.assets,
            most: fleet.len(),
        });
    }
    Ok(fleet)
}

pub(crate) fn histogram() -> Histogram<u64> {
    match Histogram::new_with_bounds(1, LONGEST_MS, 3) {
        Ok(histogram) => histogram,
        // The bounds are constants that the library accepts; an auto-resizing one measures the same.
        Err(_) => Histogram::new(3).unwrap_or_else(|_| unreachable!("three digits are allowed")),
    }
}

/// Counts one waiting time; past the longest counts as the longest.
pub(crate) fn record(histogram: &mut Histogram<u64>, waited: Span) {
    histogram.saturating_record(waited.millis().max(0).unsigned_abs());
}
