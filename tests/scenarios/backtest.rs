//! A backtest over the history of an engine that is running tells the alerts that its screens saw.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::{Engine, Pack, Screen, Ways};

use crate::{IOC, gauge};

#[tokio::test]
async fn a_backtest_of_a_running_engine_tells_its_alerts() -> Result<()> {
    let pack = Pack::rivers(3)?;
    let mut engine = Engine::start(IOC, &pack, Ways::Embedded).await?;
    let mut device = engine.device("gauge");
    for (n, height) in [(0, 26.5), (1, 22.0), (0, 25.0), (2, 27.0)] {
        let payload = json!({"height": height}).to_string();
        device.send(&gauge(n), payload).await?;
    }
    engine.kill()?;
    engine.start_again(&[]).await?;
    let mut desk = Screen::open(engine.http(), engine.token()).await?;
    let standing = desk
        .until("the alert that stands", |s| {
            s.alert("flood/RiverHigh", "wl-2")
        })
        .await?;
    let id = standing["id"].as_str().context("an id")?;
    desk.acknowledge(id, "c-1", "seen").await?;
    let mut device = engine.device("gauge");
    device
        .send(&gauge(1), json!({"height": 28.0}).to_string())
        .await?;
    desk.until("the next alert", |s| s.alert("flood/RiverHigh", "wl-1"))
        .await?;

    let output = Command::new(IOC)
        .args([
            "rules",
            "backtest",
            "--against",
            "running",
            "--summary",
            "json",
            "--rules",
        ])
        .arg(pack.path())
        .arg("--history")
        .arg(engine.data())
        .output()?;
    let said = String::from_utf8(output.stderr)?;
    ensure!(output.status.success(), "{said}");
    let (status, body) = engine.get("/api/v1/alerts?state=all&fired=true").await?;
    ensure!(status == 200, "{body}");
    let live: Value = serde_json::from_str(&body)?;
    let live = live["alerts"].as_array().context("no alerts")?;
    let live: BTreeSet<_> = live
        .iter()
        .filter_map(|alert| fired(alert, "fired_at"))
        .collect();
    let steps = String::from_utf8(output.stdout)?;
    let steps = steps.lines().map(serde_json::from_str);
    let steps = steps.collect::<Result<Vec<Value>, _>>()?;
    let firing = steps.iter().filter(|step| step["state"] == "firing");
    let ran: BTreeSet<_> = firing.filter_map(|step| fired(step, "at")).collect();
    assert_eq!(ran, live);
    // The river gauges; and the broker was lost while the engine was away.
    assert!(live.len() >= 3, "{live:?}");
    let summary: Value = serde_json::from_str(&said)?;
    let difference = &summary["difference"];
    for what in ["appear", "disappear", "change"] {
        assert_eq!(difference[what], 0, "{difference}");
    }
    Ok(())
}

/// Which alert fired when.
fn fired(alert: &Value, time: &str) -> Option<(String, i64)> {
    Some((alert["id"].as_str()?.to_owned(), alert[time].as_i64()?))
}
