//! Nobody answers: the alert names whom it was escalated to, on every screen, over HTTP and after a crash, and once.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::{Engine, Pack, Screen, Ways};

use crate::{IOC, gauge};

const RULES: &str = "\
version: 1
group: duty
rules:
  - alert: Unanswered
    on: env/river
    when: height >= 24.0
    severity: low
    escalate:
      - {after: 300ms, unless: acked, to: shift-lead}
      - {after: 400ms, to: director}
  - alert: Patient
    on: env/river
    when: height >= 24.0
    severity: low
    escalate: [{after: 24h, to: nobody}]
";

#[tokio::test]
async fn what_nobody_answers_is_escalated_once_and_says_so_after_a_crash() -> Result<()> {
    let pack = Pack::rivers(1)?.with("rules/duty.yaml", RULES)?;
    let mut engine = Engine::start(IOC, &pack, Ways::Embedded).await?;
    let mut desk = Screen::open(engine.http(), engine.token()).await?;
    engine
        .device("gauge")
        .send(&gauge(0), json!({"height": 25.0}).to_string())
        .await?;
    let shown = desk
        .until("both steps", |s| escalated(s, "duty/Unanswered", 2))
        .await?;
    let fired = shown["fired_at"].as_i64().context("it fired")?;
    assert_eq!(
        shown["escalated"],
        json!([
            {"to": "shift-lead", "after_ms": 300, "at": fired + 300},
            {"to": "director", "after_ms": 400, "at": fired + 400},
        ])
    );

    engine.kill()?;
    engine.start_again(&[]).await?;
    let id = shown["id"].as_str().context("an id")?;
    let again = get(&engine, &format!("/api/v1/alerts/{id}")).await?;
    assert_eq!(again["escalated"], shown["escalated"]);
    let journal = get(&engine, &format!("/api/v1/alerts/{id}/journal")).await?;
    assert_eq!(
        journal["entries"],
        json!([
            {"at": fired + 300, "by": "duty/Unanswered", "action": "escalate", "detail": "shift-lead"},
            {"at": fired + 400, "by": "duty/Unanswered", "action": "escalate", "detail": "director"},
        ])
    );
    let mut after = Screen::open(engine.http(), engine.token()).await?;
    after
        .until("the patient one", |s| escalated(s, "duty/Patient", 0))
        .await?;
    Ok(())
}

/// The alert of the rule, once it was escalated so often.
fn escalated(screen: &Screen, rule: &str, times: usize) -> Option<Value> {
    let alert = screen.alert(rule, "wl-0")?;
    (alert["escalated"].as_array()?.len() == times).then_some(alert)
}

async fn get(engine: &Engine, path: &str) -> Result<Value> {
    let (status, body) = engine.get(path).await?;
    ensure!(status == 200, "{body}");
    Ok(serde_json::from_str(&body)?)
}
