//! What each rule costs is told over HTTP, as metrics and by `ioc rules top`.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::{Engine, Pack, Screen, Ways};

use crate::{IOC, gauge};

#[tokio::test]
async fn a_rule_that_works_stands_in_the_table() -> Result<()> {
    let pack = Pack::rivers(1)?;
    let engine = Engine::start(IOC, &pack, Ways::Embedded).await?;
    let mut desk = Screen::open(engine.http(), engine.token()).await?;
    engine
        .device("gauge")
        .send(&gauge(0), json!({"height": 27.0}).to_string())
        .await?;
    desk.until("the alert", |s| s.alert("flood/RiverHigh", "wl-0"))
        .await?;
    engine
        .shows("/api/v1/rules", "a firing rule", |body| {
            let answer: Value = serde_json::from_str(body).unwrap_or_default();
            river(&answer).is_some_and(|rule| rule["firing"] == 1)
        })
        .await?;

    let told: Value = serde_json::from_str(&top(&engine, &["--format", "json"])?)?;
    let rule = river(&told).context("the rule")?;
    assert_eq!(
        (&rule["transitions"], &rule["pending"]),
        (&json!(1), &json!(0))
    );
    let evaluated = rule["evaluations"].as_u64().unwrap_or_default();
    let seconds = rule["seconds"].as_f64().unwrap_or_default();
    assert!(evaluated > 0 && seconds > 0.0, "{rule}");
    let table = top(&engine, &["--sort", "evaluations", "--limit", "1"])?;
    assert!(table.contains("flood/RiverHigh"), "{table}");
    let metric = "ioc_rule_instances{rule=\"flood/RiverHigh\",condition=\"firing\"} 1";
    engine
        .shows("/metrics", "its gauge", |body| body.contains(metric))
        .await?;
    Ok(())
}

fn river(answer: &Value) -> Option<&Value> {
    let mut rules = answer["rules"].as_array()?.iter();
    rules.find(|rule| rule["rule"] == "flood/RiverHigh")
}

/// What `ioc rules top --once` prints.
fn top(engine: &Engine, more: &[&str]) -> Result<String> {
    let url = format!("http://{}", engine.http());
    let mut command = Command::new(IOC);
    command
        .args(["rules", "top", "--once", "--url", &url])
        .args(more);
    let output = command.env("IOC_TOKEN", engine.token()).output()?;
    ensure!(output.status.success(), "{output:?}");
    Ok(String::from_utf8(output.stdout)?)
}
