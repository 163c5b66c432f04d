//! A simulator that is killed falls silent, as a gateway without power does: it leaves nothing unreadable behind.

use std::process::Stdio;

use anyhow::{Context, Result};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{LastWill, Packet};
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use serde_json::Value;
use tests::{Engine, Screen, Ways};

use crate::{IOC, IOC_SIM, thai_nguyen};

/// By then most connections of the simulator speak.
const ASSETS: u64 = 500;

#[tokio::test]
async fn a_killed_simulator_leaves_no_dead_letters() -> Result<()> {
    let engine = Engine::start_in(IOC, &thai_nguyen(), Ways::Embedded).await?;
    let mut wall = Screen::open(engine.http(), engine.token()).await?;
    let mut simulator = tokio::process::Command::new(IOC_SIM)
        .args(["city", "--rate", "20", "--city"])
        .arg(thai_nguyen())
        .args(["--mqtt", &format!("mqtt://{}", engine.mqtt())])
        .args(["--user", "device"])
        .env("IOC_SIM_PASSWORD", engine.password())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("starting ioc-sim")?;
    wall.until("the city's voice", |s| {
        (reporting(s) >= ASSETS).then_some(())
    })
    .await?;

    simulator.kill().await?;
    vanish_with_a_bad_will(&engine).await?;

    engine
        .shows("/metrics", "every connection seen off", |text| {
            count(text, "ioc_ingest_connects_total") == count(text, "ioc_ingest_losses_total")
        })
        .await?;
    // What the broker says for those who vanished has been said once it has said this.
    let letters = engine
        .shows("/api/v1/dead-letters", "the bad will", |text| {
            text.contains("/vanished/")
        })
        .await?;
    let letters: Value = serde_json::from_str(&letters)?;
    let letters = letters["dead_letters"].as_array().context("no letters")?;
    assert_eq!(letters.len(), 1, "{letters:#?}");
    Ok(())
}

/// A connection that is lost and whose last will nobody can read: it is a dead letter, and shows when wills are through.
async fn vanish_with_a_bad_will(engine: &Engine) -> Result<()> {
    let broker = engine.mqtt();
    let mut options = MqttOptions::new("vanishing", broker.ip().to_string(), broker.port());
    options.set_credentials("device", engine.password());
    let topic = "ioc/v1/thai-nguyen/vanished/kind/it/lwt";
    let will = LastWill::new(topic, "offline", QoS::AtLeastOnce, false, None);
    options.set_last_will(will);
    let (_client, mut events) = AsyncClient::new(options, 1);
    while !matches!(events.poll().await?, Event::Incoming(Packet::ConnAck(_))) {}
    Ok(())
}

/// How many assets have reported.
fn reporting(wall: &Screen) -> u64 {
    let sources = wall.health["sources"].as_array();
    sources
        .into_iter()
        .flatten()
        .filter_map(|source| source["assets"].as_u64())
        .sum()
}

/// The sum of a counter over its labels.
fn count(metrics: &str, name: &str) -> u64 {
    metrics
        .lines()
        .filter(|line| line.starts_with(name))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}
