//! A broker that is away for a whole minute, longer than any rule about silence waits.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use model::Span;
use serde_json::json;
use tests::{Device, Engine, Mosquitto, Pack, Screen, Ways};

use crate::{IOC, gauge};

const GAUGES: usize = 200;
/// This one never comes back after the outage: the proof that silence is watched.
const LOST: usize = 13;

const CATALOG: &str = "\
version: 1
kinds:
  river:
    title: {vi: Mực nước sông, en: River level}
    report_every: 5s
    stale_after: 40s
    auto_register: false
    columns:
      bd1: {type: number, unit: m}
    fields:
      height: {type: number, unit: m, range: [0, 40], headline: true, title: {vi: Mực nước, en: Height}}
";

const RULES: &str = "\
version: 1
group: flood
rules:
  - alert: RiverHigh
    on: env/river
    when: height >= 26.0
    clear: height < 25.8
    severity: high
    summary: {vi: Cao, en: High}
    guidance: {vi: Gọi trực ban., en: Call the flood watch.}
  - alert: GaugeSilent
    on: env/river
    absent: 20s
    severity: low
    summary: {vi: Mất tín hiệu, en: Silent}
    guidance: {vi: Kiểm tra trạm., en: Look at the gauge.}
";

/// Two hundred gauges behind one broker, which is stopped for sixty seconds while the river rises and falls again.
#[tokio::test]
async fn a_minute_without_the_broker_is_one_alert_and_what_devices_kept_is_the_past() -> Result<()>
{
    let Some(mut broker) = Mosquitto::start()? else {
        return Ok(());
    };
    let pack = Pack::rivers(GAUGES)?
        .with("catalog/env.yaml", CATALOG)?
        .with("rules/flood.yaml", RULES)?;
    let engine = Engine::start(IOC, &pack, Ways::Remote(broker.port())).await?;
    let mut desk = Screen::open(engine.http(), engine.token()).await?;
    let mut gauges = Gauges::new(&broker);
    gauges.report(&desk, 20.0, |_| true).await?;
    desk.until("every gauge live", |s| {
        (with(s, "live") == GAUGES).then_some(())
    })
    .await?;

    broker.stop()?;
    let stopped = time(&mut desk).await?;
    desk.until("the source down", |s| {
        s.alerts.values().find(|a| is_loss(a)).cloned()
    })
    .await?;
    desk.until("the source down in the health report", |s| {
        (source(s) != Some("up")).then_some(())
    })
    .await?;
    while time(&mut desk).await? < stopped + Span::from_mins(1).millis() {
        desk.next().await?;
        ensure!(with(&desk, "stale") == GAUGES, "every gauge is unknown");
        ensure!(desk.alerts.len() == 1, "one alert: {:#?}", desk.alerts);
    }

    broker.start_again()?;
    let mut gauges = gauges.reconnected(&broker);
    // Fifty seconds ago the river was over the level: older than `stale_after`, so no reason to call anybody now.
    gauges.told_late(&desk, 27.5).await?;
    gauges.report(&desk, 20.1, |n| n != LOST).await?;
    desk.until("the source back", |s| {
        (s.alerts.values().all(|a| !is_loss(a)) && source(s) == Some("up")).then_some(())
    })
    .await?;
    gauges.until_silent(&mut desk).await?;

    // Whatever was subscribed before is subscribed now.
    gauges.report(&desk, 26.1, |n| n == 7).await?;
    desk.until("an alert after the return", |s| {
        s.alert("flood/RiverHigh", "wl-7")
    })
    .await?;
    let told = told(&desk);
    let count = |rule: &str, state: &str| told.get(&(rule, state)).copied().unwrap_or_default();
    assert_eq!(count("ioc/SourceDown", "firing"), 1, "{told:?}");
    assert_eq!(count("ioc/SourceDown", "resolved"), 1, "{told:?}");
    assert_eq!(count("flood/GaugeSilent", "firing"), 1, "{told:?}");
    assert_eq!(count("flood/RiverHigh", "firing"), 1, "{told:?}");
    let (_, metrics) = engine.get("/metrics").await?;
    let late = format!("ioc_readings_total{{outcome=\"catch_up\"}} {GAUGES}");
    assert!(metrics.contains(&late), "{metrics}");
    Ok(())
}

#[tokio::test]
async fn a_broker_that_forgot_its_sessions_is_subscribed_anew() -> Result<()> {
    let Some(mut broker) = Mosquitto::start()? else {
        return Ok(());
    };
    let engine = Engine::start(IOC, &Pack::rivers(3)?, Ways::Remote(broker.port())).await?;
    let mut desk = Screen::open(engine.http(), engine.token()).await?;

    broker.stop()?;
    broker.forget()?;
    desk.until("the source lost", |s| {
        (source(s) == Some("down")).then_some(())
    })
    .await?;
    broker.start_again()?;
    desk.until("the source back", |s| {
        (source(s) == Some("up")).then_some(())
    })
    .await?;

    Device::new(broker.address(), "gauge", None)
        .send(&gauge(1), json!({"height": 26.4}).to_string())
        .await?;
    desk.until("the alert", |s| s.alert("flood/RiverHigh", "wl-1"))
        .await?;
    Ok(())
}

/// The gauges behind one gateway, by the engine's own clock.
struct Gauges {
    gateway: Device,
    seq: u64,
}

impl Gauges {
    fn new(broker: &Mosquitto) -> Self {
        Self {
            gateway: Device::new(broker.address(), "gateway", None),
            seq: 0,
        }
    }

    fn reconnected(self, broker: &Mosquitto) -> Self {
        Self {
            seq: self.seq,
            ..Self::new(broker)
        }
    }

    async fn report(
        &mut self,
        desk: &Screen,
        height: f64,
        who: impl Fn(usize) -> bool,
    ) -> Result<()> {
        for n in (0..GAUGES).filter(|n| who(*n)) {
            self.publish(desk, n, height, 0)?;
        }
        self.gateway.settle().await
    }

    /// What every gauge measured fifty seconds ago and could not send.
    async fn told_late(&mut self, desk: &Screen, height: f64) -> Result<()> {
        for n in 0..GAUGES {
            self.publish(desk, n, height, 50_000)?;
        }
        self.gateway.settle().await
    }

    /// All gauges fit into the gateway's queue: none waits for the acknowledgement of the one before.
    fn publish(&mut self, desk: &Screen, n: usize, height: f64, ago_ms: i64) -> Result<()> {
        self.seq += 1;
        let at = desk.health["engine_time"].as_i64().unwrap_or_default() - ago_ms;
        let payload = match at {
            ..=0 => json!({"seq": self.seq, "v": {"height": height}}),
            _ => json!({"ts": at, "seq": self.seq, "v": {"height": height}}),
        };
        let (number, topic) = (self.seq, gauge(n));
        self.gateway.publish(number, &topic, payload.to_string())
    }

    /// All but the lost one go on reporting until that one's silence is an alert.
    async fn until_silent(&mut self, desk: &mut Screen) -> Result<()> {
        loop {
            if desk
                .alert("flood/GaugeSilent", &format!("wl-{LOST}"))
                .is_some()
            {
                return Ok(());
            }
            let next = time(desk).await? + Span::from_secs(3).millis();
            self.report(desk, 20.2, |n| n != LOST).await?;
            while time(desk).await? < next {
                desk.next().await?;
            }
        }
    }
}

/// The engine's time as its last health report says it.
async fn time(desk: &mut Screen) -> Result<i64> {
    // Zero until the first input.
    let told = |s: &Screen| s.health["engine_time"].as_i64().filter(|time| *time > 0);
    desk.until("the engine's time", told).await
}

/// The state of the broker outside in the last health report.
fn source(desk: &Screen) -> Option<&str> {
    let mut sources = desk.health["sources"].as_array()?.iter();
    sources.find(|s| s["name"] == "mosquitto")?["state"].as_str()
}

/// How many gauges are shown so.
fn with(desk: &Screen, freshness: &str) -> usize {
    let shown = desk.assets.values().filter(|a| a["freshness"] == freshness);
    shown.count()
}

fn is_loss(alert: &serde_json::Value) -> bool {
    alert["rule"] == "ioc/SourceDown" && alert["state"] == "firing"
}

/// How often each rule took each state.
fn told(desk: &Screen) -> BTreeMap<(&str, &str), usize> {
    let mut told = BTreeMap::new();
    for event in &desk.events {
        let word = |name: &str| event[name].as_str().unwrap_or_default();
        *told.entry((word("rule"), word("state"))).or_default() += 1;
    }
    told
}
