//! What rules derive is an asset as any other: over HTTP, on a screen, and under alert rules.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::{Engine, Pack, Screen, Ways};

use crate::{IOC, gauge, hang_up};

const RULES: &str = "\
version: 1
group: derived
rules:
  - derive: env/reach
    on: env/river
    by: [area]
    sliding: change
    title: {vi: Đoạn sông, en: Reach}
    fields: {highest: max(height), gauges: count()}
  - derive: env/level
    on: env/river
    every: 1s
    grace: 1s
    fields: {mean: height.avg('1m')}
  - alert: ReachHigh
    on: env/reach
    when: highest >= 26.0
    severity: high
    summary: {vi: cao, en: high}
    guidance: {vi: Xem xét., en: Look.}
";

#[tokio::test]
async fn a_derived_asset_is_shown_and_watched_as_any_other() -> Result<()> {
    let pack = Pack::rivers(2)?.with("rules/derived.yaml", RULES)?;
    let engine = Engine::start(IOC, &pack, Ways::Embedded).await?;
    let mut desk = Screen::open(engine.http(), engine.token()).await?;
    desk.follow_assets().await?;
    let assets = assets(&engine).await?;
    let reach = assets.iter().find(|asset| asset["kind"] == "env/reach");
    let reach = reach.context("the registry lists the derived asset")?;
    let id = reach["id"].as_str().context("an id")?.to_owned();
    ensure!(reach["freshness"] == "unseen", "{reach}");

    engine
        .device("gauge")
        .send(&gauge(1), json!({"height": 26.5}).to_string())
        .await?;

    desk.until("the alert on what is derived", |s| {
        s.alert("derived/ReachHigh", &id)
    })
    .await?;
    desk.until("the derived asset", |s| {
        s.asset(&id)
            .filter(|asset| asset.to_string().contains("26.5"))
            .cloned()
    })
    .await?;
    let (status, body) = engine.get(&format!("/api/v1/assets/{id}")).await?;
    ensure!(status == 200, "{body}");
    let reach: Value = serde_json::from_str(&body)?;
    let shown = (&reach["freshness"], &reach["v"]);
    ensure!(
        shown == (&json!("live"), &json!({"highest": 26.5, "gauges": 1})),
        "{reach}"
    );
    desk.until("a window that closed", |s| {
        let level = s.asset("env-level:wl-1");
        level
            .filter(|asset| asset.to_string().contains("26.5"))
            .cloned()
    })
    .await?;
    Ok(())
}

const NONE: &str = "{version: 1, group: derived, rules: []}";

const MORE: &str = "\
version: 1
group: derived
rules:
  - derive: env/reach
    on: env/river
    by: [area]
    sliding: change
    title: {vi: Đoạn sông, en: Reach}
    fields: {lowest: min(height)}
  - alert: ReachLow
    on: env/reach
    when: lowest <= 20.0
    severity: low
    summary: {vi: thấp, en: low}
    guidance: {vi: Xem xét., en: Look.}
";

/// At three in the morning nobody wants to restart the centre.
#[tokio::test]
async fn a_hangup_takes_derived_kinds_in_and_out_under_open_screens() -> Result<()> {
    let pack = Pack::rivers(2)?;
    let engine = Engine::start(IOC, &pack, Ways::Embedded).await?;
    let mut desk = Screen::open(engine.http(), engine.token()).await?;
    let mut device = engine.device("gauge");
    device
        .send(&gauge(1), json!({"height": 26.5}).to_string())
        .await?;
    desk.until("the river's alert", |s| s.alert("flood/RiverHigh", "wl-1"))
        .await?;

    // New kinds: screens connect anew and find them, open alerts stay what they were.
    let pack = pack.with("rules/derived.yaml", RULES)?;
    hang_up(&engine)?;
    desk.closed("city_changed").await?;
    let mut desk = Screen::open(engine.http(), engine.token()).await?;
    device
        .send(&gauge(0), json!({"height": 27.0}).to_string())
        .await?;
    let id = "env-reach:05443";
    desk.until("the alert on what is derived", |s| {
        s.alert("derived/ReachHigh", id)
    })
    .await?;
    desk.until("the alert from before", |s| {
        s.alert("flood/RiverHigh", "wl-1")
    })
    .await?;
    let (_, catalog) = engine.get("/api/v1/catalog").await?;
    ensure!(catalog.contains("env/reach"), "{catalog}");

    // Other fields of the same kind, and a kind less.
    let pack = pack.with("rules/derived.yaml", MORE)?;
    hang_up(&engine)?;
    desk.closed("city_changed").await?;
    let mut desk = Screen::open(engine.http(), engine.token()).await?;
    device
        .send(&gauge(0), json!({"height": 19.5}).to_string())
        .await?;
    desk.until("the alert on the changed kind", |s| {
        s.alert("derived/ReachLow", id)
    })
    .await?;
    let gone = "/api/v1/assets/env-level:wl-1";
    let (status, body) = engine.get(gone).await?;
    ensure!(status == 404, "{body}");

    // None at all.
    let _pack = pack.with("rules/derived.yaml", NONE)?;
    hang_up(&engine)?;
    desk.closed("city_changed").await?;
    let told = "derived kinds: env/reach (gone); screens connect anew";
    ensure!(engine.log().contains(told), "{}", engine.log());
    let (_, catalog) = engine.get("/api/v1/catalog").await?;
    ensure!(!catalog.contains("env/reach"), "{catalog}");
    Ok(())
}

async fn assets(engine: &Engine) -> Result<Vec<Value>> {
    let (status, body) = engine.get("/api/v1/assets").await?;
    ensure!(status == 200, "{body}");
    let answer: Value = serde_json::from_str(&body)?;
    let list = answer["assets"].as_array();
    Ok(list.with_context(|| body.clone())?.clone())
}
