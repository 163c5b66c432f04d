//! What rules derive is an asset as any other: over HTTP, on a screen, and under alert rules.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::{Engine, Pack, Screen, Ways};

use crate::{IOC, gauge};

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

async fn assets(engine: &Engine) -> Result<Vec<Value>> {
    let (status, body) = engine.get("/api/v1/assets").await?;
    ensure!(status == 200, "{body}");
    let answer: Value = serde_json::from_str(&body)?;
    let list = answer["assets"].as_array();
    Ok(list.with_context(|| body.clone())?.clone())
}
