//! Through Debian's mosquitto: foreign clients, and a broker that goes away and comes back.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::{Engine, Mosquitto, Pack, Screen, Ways};

use crate::{IOC, gauge};

#[tokio::test]
async fn a_reading_sent_by_mosquitto_pub_raises_an_alert_on_a_screen() -> Result<()> {
    let Some(broker) = Mosquitto::start()? else {
        return Ok(());
    };
    let engine = Engine::start(IOC, &Pack::rivers(3)?, Ways::Remote(broker.port())).await?;
    let mut desk = Screen::open(engine.http(), engine.token()).await?;

    publish(broker.port(), &gauge(2), r#"{"v":{"height":26.9}}"#)?;

    let alert = desk
        .until("the alert", |s| s.alert("flood/RiverHigh", "wl-2"))
        .await?;
    assert_eq!(alert["summary"]["en"], "Trạm 2: 26.9 m");
    Ok(())
}

#[tokio::test]
async fn a_lost_broker_is_one_alert_and_its_session_comes_back_by_itself() -> Result<()> {
    let Some(mut broker) = Mosquitto::start()? else {
        return Ok(());
    };
    let engine = Engine::start(IOC, &Pack::rivers(20)?, Ways::Remote(broker.port())).await?;
    let mut desk = Screen::open(engine.http(), engine.token()).await?;
    for n in 0..20 {
        publish(broker.port(), &gauge(n), r#"{"height":20.0}"#)?;
    }
    desk.until("every gauge live", |s| {
        (0..20)
            .all(|n| {
                s.asset(&format!("wl-{n}"))
                    .is_some_and(|a| a["freshness"] == "live")
            })
            .then_some(())
    })
    .await?;

    broker.stop()?;
    desk.until("the source down", |s| {
        s.alerts
            .values()
            .find(|a| a["rule"] == "ioc/SourceDown")
            .cloned()
    })
    .await?;
    desk.until("every gauge unknown", |s| {
        (0..20)
            .all(|n| {
                s.asset(&format!("wl-{n}"))
                    .is_some_and(|a| a["freshness"] == "stale")
            })
            .then_some(())
    })
    .await?;
    assert_eq!(
        desk.alerts.len(),
        1,
        "one alert, not a thousand absences: {:#?}",
        desk.alerts
    );

    broker.start_again()?;
    desk.until("the source back", |s| s.alerts.is_empty().then_some(()))
        .await?;
    publish(broker.port(), &gauge(7), r#"{"height":26.1}"#)?;
    desk.until("an alert after the return", |s| {
        s.alert("flood/RiverHigh", "wl-7")
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_websocket_client_that_is_not_ours_sees_what_mosquitto_pub_sent() -> Result<()> {
    let Some(broker) = Mosquitto::start()? else {
        return Ok(());
    };
    let engine = Engine::start(IOC, &Pack::rivers(3)?, Ways::Remote(broker.port())).await?;
    let mut client = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/foreign/watch.mjs"))
        .args([&engine.http().to_string(), engine.token()])
        .stdout(Stdio::piped())
        .spawn()
        .context("node is not installed")?;
    let out = client.stdout.take().context("no output")?;
    let mut lines = BufReader::new(out).lines();
    let mut next = || -> Result<Value> {
        let line = lines
            .next()
            .context("the client ended; is `make wall` done?")?;
        Ok(serde_json::from_str(&line?)?)
    };

    assert_eq!(next()?["ready"], true);
    publish(broker.port(), &gauge(0), r#"{"height":27.9}"#)?;
    let alert = next()?;
    client.kill()?;
    client.wait()?;

    assert_eq!(alert["rule"], "flood/RiverHigh");
    assert_eq!(alert["summary"]["en"], "Trạm 0: 27.9 m");
    Ok(())
}

/// As an engineer would from a shell.
fn publish(port: u16, topic: &str, payload: &str) -> Result<()> {
    let status = Command::new("mosquitto_pub")
        .args([
            "-p",
            &port.to_string(),
            "-q",
            "1",
            "-t",
            topic,
            "-m",
            payload,
        ])
        .status()
        .context("mosquitto_pub is not installed (Debian: apt install mosquitto-clients)")?;
    ensure!(status.success(), "mosquitto_pub: {status}");
    Ok(())
}
