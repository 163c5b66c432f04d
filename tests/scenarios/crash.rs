//! kill -9 under load: nothing acknowledged is lost, no alert is lost, wrong or doubled.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tests::{Engine, Pack, Screen, Ways};

use crate::{IOC, gauge};

const GAUGES: usize = 8;

/// Cycles of kill and restart; `IOC_KILLS=1000` for the long run.
pub(crate) fn kills() -> usize {
    std::env::var("IOC_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(50)
}

/// Every gauge swings over and under the alarm level and sends each edge until it is acknowledged, as a device does.
/// So the oracle needs no engine: gauge by gauge, the alerts are the rising edges, one each.
#[tokio::test]
async fn kills_under_load_lose_nothing_and_double_nothing() -> Result<()> {
    let pack = Pack::rivers(GAUGES)?;
    let mut engine = Engine::start(IOC, &pack, Ways::Embedded).await?;
    let mut random = ChaCha8Rng::seed_from_u64(20_261_123);
    let mut load = Load::new();
    for kill in 0..kills() {
        let acknowledgements = random.random_range(1..40);
        load.run(&engine, kill, acknowledgements)
            .await
            .with_context(|| format!("before kill {kill}"))?;
        engine.kill()?;
        engine
            .start_again(&[])
            .await
            .with_context(|| format!("after kill {kill}"))?;
    }
    load.come_down(&engine).await?;

    let events = every_event(&engine, &load).await?;
    load.check(&events)
}

/// The gauges' side of the story.
struct Load {
    gauges: Vec<Gauge>,
    seq: u64,
}

#[derive(Default)]
struct Gauge {
    /// Edges acknowledged so far; the next one rises when it is even.
    edges: usize,
    /// Sent and not yet acknowledged: sent again, to the letter, by the next session.
    in_flight: Option<String>,
}

impl Load {
    fn new() -> Self {
        Self {
            gauges: (0..GAUGES).map(|_| Gauge::default()).collect(),
            seq: 0,
        }
    }

    /// Keeps one edge of every gauge in flight until so many are acknowledged; the others stay in flight.
    async fn run(
        &mut self,
        engine: &Engine,
        session: usize,
        acknowledgements: usize,
    ) -> Result<()> {
        let mut device = engine.device(&format!("load-{session}"));
        for n in 0..GAUGES {
            let payload = self.next(n);
            device.publish(n as u64, &gauge(n), payload)?;
        }
        let mut seen = 0;
        while seen < acknowledgements {
            device.step().await?;
            while let Some(&number) = device.acknowledged().get(seen) {
                seen += 1;
                let n = number as usize;
                self.acknowledged(n);
                let payload = self.next(n);
                device.publish(number, &gauge(n), payload)?;
            }
        }
        Ok(())
    }

    /// What gauge `n` has to say now: the edge in flight, or the next one.
    fn next(&mut self, n: usize) -> String {
        let gauge = &mut self.gauges[n];
        if let Some(payload) = &gauge.in_flight {
            return payload.clone();
        }
        self.seq += 1;
        let height = if gauge.edges.is_multiple_of(2) {
            26.5
        } else {
            20.0
        };
        let payload = json!({"ts": now_ms(), "seq": self.seq, "v": {"height": height}}).to_string();
        gauge.in_flight = Some(payload.clone());
        payload
    }

    fn acknowledged(&mut self, n: usize) {
        self.gauges[n].in_flight = None;
        self.gauges[n].edges += 1;
    }

    /// Ends with every gauge under the level and nothing in flight, so that every alert is over.
    async fn come_down(&mut self, engine: &Engine) -> Result<()> {
        let mut device = engine.device("come-down");
        for n in 0..GAUGES {
            while self.gauges[n].in_flight.is_some() || self.gauges[n].edges % 2 == 1 {
                let payload = self.next(n);
                device.send(&gauge(n), payload).await?;
                self.acknowledged(n);
            }
        }
        Ok(())
    }

    fn check(&self, events: &[Value]) -> Result<()> {
        let mut raised: BTreeMap<&str, usize> = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for event in events
            .iter()
            .filter(|e| e["rule"] == "flood/RiverHigh" && e["state"] == "firing")
        {
            let id = event["id"].as_str().context("an alert without an id")?;
            ensure!(ids.insert(id), "alert {id} was raised twice: {event}");
            *raised
                .entry(event["key"]["asset"].as_str().unwrap_or_default())
                .or_default() += 1;
        }
        for (n, gauge) in self.gauges.iter().enumerate() {
            let seen = raised
                .get(format!("wl-{n}").as_str())
                .copied()
                .unwrap_or_default();
            let rises = gauge.edges / 2;
            ensure!(
                seen == rises,
                "wl-{n}: {rises} rising edges were acknowledged and {seen} alerts raised"
            );
        }
        Ok(())
    }

    fn rises(&self) -> usize {
        self.gauges.iter().map(|gauge| gauge.edges / 2).sum()
    }
}

/// The whole alert log from its first event, as a screen that was away all the time would ask for it.
async fn every_event(engine: &Engine, load: &Load) -> Result<Vec<Value>> {
    let mut screen = Screen::resume(engine.http(), engine.token(), 0).await?;
    let over = |s: &Screen| {
        s.events
            .iter()
            .filter(|e| e["rule"] == "flood/RiverHigh" && e["state"] == "resolved")
            .count()
    };
    screen
        .until("every alert over", |s| {
            (over(s) >= load.rises()).then_some(())
        })
        .await?;
    Ok(screen.events)
}

fn now_ms() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    since.as_millis() as u64
}
