//! Rules are edited under a running engine, and what fired is read over HTTP.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::{Engine, Pack, Screen, Ways};

use crate::{IOC, gauge, hang_up};

const BEFORE: &str = "\
version: 1
group: more
rules:
  - alert: Edited
    on: env/river
    when: height >= 30.0
    severity: low
    summary: {vi: cao, en: high}
    guidance: {vi: Xem xét., en: Look.}
  - alert: Dropped
    on: env/river
    when: height >= 24.0
    severity: low
    summary: {vi: cao, en: high}
    guidance: {vi: Xem xét., en: Look.}
";

const AFTER: &str = "\
version: 1
group: more
rules:
  - alert: Edited
    on: env/river
    when: height >= 31.0
    severity: low
    summary: {vi: cao, en: high}
    guidance: {vi: Xem xét., en: Look.}
  - alert: Added
    on: env/river
    when: height >= 35.0
    severity: low
    summary: {vi: cao, en: high}
    guidance: {vi: Xem xét., en: Look.}
";

const WAITS: &str = "\
version: 1
group: more
rules:
  - alert: Waits
    on: env/river
    when: height >= 20.0
    for: 24h
    severity: low
    summary: {vi: cao, en: high}
    guidance: {vi: Xem xét., en: Look.}
";

#[tokio::test]
async fn a_hangup_takes_the_edited_rules_and_says_what_became_of_each() -> Result<()> {
    let pack = Pack::rivers(1)?.with("rules/more.yaml", BEFORE)?;
    let engine = Engine::start(IOC, &pack, Ways::Embedded).await?;
    let mut desk = Screen::open(engine.http(), engine.token()).await?;
    engine
        .device("gauge")
        .send(&gauge(0), json!({"height": 25.0}).to_string())
        .await?;
    desk.until("the alert", |s| s.alert("more/Dropped", "wl-0"))
        .await?;
    ensure!(rules(&engine).await?.contains("more.yaml"));

    let _pack = pack.with("rules/more.yaml", AFTER)?;
    hang_up(&engine)?;

    // The alert of a rule that is gone is over: by then the edit is in force and has been told.
    desk.until("the end of the dropped rule's alert", |s| {
        s.events
            .iter()
            .find(|e| e["rule"] == "more/Dropped" && e["state"] == "resolved")
            .cloned()
    })
    .await?;
    let texts = rules(&engine).await?;
    assert!(
        texts.contains("height >= 31.0") && texts.contains("alert: Added"),
        "{texts}"
    );
    assert!(!texts.contains("alert: Dropped"), "{texts}");
    // Kept are the other rules of the pack and those every city has.
    let told = " kept, 1 changed (more/Edited), 1 added (more/Added), 1 dropped (more/Dropped)";
    assert!(engine.log().contains(told), "{}", engine.log());
    Ok(())
}

#[tokio::test]
async fn of_all_alerts_those_that_fired_are_listed() -> Result<()> {
    let pack = Pack::rivers(2)?.with("rules/more.yaml", WAITS)?;
    let engine = Engine::start(IOC, &pack, Ways::Embedded).await?;
    let mut device = engine.device("gauge");
    for (n, height) in [(0, 26.5), (1, 22.0)] {
        let payload = json!({"height": height}).to_string();
        device.send(&gauge(n), payload).await?;
    }

    let all = alerts(&engine, "state=all").await?;
    assert_eq!(
        all,
        [
            ("flood/RiverHigh".to_owned(), "firing".to_owned()),
            ("more/Waits".to_owned(), "pending".to_owned()),
            ("more/Waits".to_owned(), "pending".to_owned()),
        ]
    );
    let fired = alerts(&engine, "state=all&fired=true").await?;
    assert_eq!(fired, all[..1]);
    Ok(())
}

/// The rule files in force.
async fn rules(engine: &Engine) -> Result<String> {
    let (status, body) = engine.get("/api/v1/rules").await?;
    ensure!(status == 200, "{body}");
    Ok(body)
}

/// Rule and state of the alerts a query finds, sorted.
async fn alerts(engine: &Engine, query: &str) -> Result<Vec<(String, String)>> {
    let (status, body) = engine.get(&format!("/api/v1/alerts?{query}")).await?;
    ensure!(status == 200, "{body}");
    let answer: Value = serde_json::from_str(&body)?;
    let alerts = answer["alerts"].as_array().context("no alerts")?;
    let word = |alert: &Value, name: &str| alert[name].as_str().unwrap_or_default().to_owned();
    let mut found: Vec<_> = alerts
        .iter()
        .map(|alert| (word(alert, "rule"), word(alert, "state")))
        .collect();
    found.sort();
    Ok(found)
}
