//! What one screen does, the others see.

use anyhow::Result;
use serde_json::json;
use tests::{Engine, Pack, Screen, Ways};

use crate::{IOC, gauge};

#[tokio::test]
async fn an_alert_is_raised_shown_acknowledged_on_one_screen_and_seen_on_another() -> Result<()> {
    let engine = Engine::start(IOC, &Pack::rivers(3)?, Ways::Embedded).await?;
    let mut desk = Screen::open(engine.http(), engine.token()).await?;
    let mut wall = Screen::open(engine.http(), engine.token()).await?;

    engine
        .device("gauge")
        .send(&gauge(1), json!({"height": 26.4}).to_string())
        .await?;

    let alert = desk
        .until("the alert", |s| s.alert("flood/RiverHigh", "wl-1"))
        .await?;
    assert_eq!(alert["state"], "firing");
    assert_eq!(alert["severity"], "high");
    assert_eq!(alert["summary"]["vi"], "Trạm 1: 26,4 m");
    assert_eq!(
        wall.until("the same alert", |s| s.alert("flood/RiverHigh", "wl-1"))
            .await?["id"],
        alert["id"]
    );

    let id = alert["id"].as_str().unwrap_or_default();
    let answer = desk.acknowledge(id, "c-1", "đã gọi trực ban").await?;
    assert_eq!(answer["ok"], true, "{answer}");
    let acked = wall
        .until("the acknowledgement", |s| {
            s.alerts.get(id).filter(|a| !a["ack"].is_null()).cloned()
        })
        .await?;
    assert_eq!(acked["ack"]["note"], "đã gọi trực ban");
    Ok(())
}

#[tokio::test]
async fn why_an_alert_stands_can_be_read() -> Result<()> {
    let engine = Engine::start(IOC, &Pack::rivers(1)?, Ways::Embedded).await?;
    let mut desk = Screen::open(engine.http(), engine.token()).await?;
    engine
        .device("gauge")
        .send(&gauge(0), json!({"height": 27.5}).to_string())
        .await?;
    let alert = desk
        .until("the alert", |s| s.alert("flood/RiverHigh", "wl-0"))
        .await?;

    let id = alert["id"].as_str().unwrap_or_default();
    let (status, why) = engine.get(&format!("/api/v1/alerts/{id}/why")).await?;

    assert_eq!(status, 200, "{why}");
    assert!(
        why.contains("height >= 26.0") && why.contains("27.5"),
        "{why}"
    );
    Ok(())
}
