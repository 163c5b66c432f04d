//! The demo itself, on a clock that runs faster.

use std::path::Path;

use anyhow::{Context, Result};
use model::{Severity, Span, Time};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use simulators::ledger::{self, Expected, Raised, Reckoning};
use tests::{Demo, Screen};

use crate::{IOC, thai_nguyen};

/// Ten minutes in two and a half: as fast as a debug build on a busy machine follows without lagging behind the clock.
const SPEED: u32 = 4;

/// Ten minutes of the city: every scripted fault raises its alert once, nothing else fires, Ctrl-C ends it cleanly.
#[tokio::test]
async fn every_scripted_fault_of_the_demo_raises_its_alert_once_and_nothing_else_fires()
-> Result<()> {
    let mut demo = Demo::start(IOC, &thai_nguyen(), SPEED).await?;
    let mut screen = Screen::open(demo.http(), demo.token()).await?;
    let start = screen
        // Zero until the first reading.
        .until("the engine's time", |s| {
            s.health["engine_time"].as_i64().filter(|time| *time > 0)
        })
        .await?;
    let ten_minutes = start + Span::from_mins(10).millis();
    while screen
        .until("the time to pass", |s| s.health["engine_time"].as_i64())
        .await?
        < ten_minutes
    {
        screen.next().await?;
    }

    let ended = demo.interrupt().await?;

    assert!(ended.success(), "{ended}: {}", demo.log());
    let end = Time::from_millis(ten_minutes);
    let expected = ledger::parse(&std::fs::read_to_string(demo.data().join("ledger.jsonl"))?)?;
    let raised: Vec<_> = raised(&demo.data())?
        .into_iter()
        .filter(|alert| alert.at <= end)
        .collect();
    let mut reckoning = ledger::check(&expected, &raised);
    // The story goes on: what may still come after minute ten is not missed.
    reckoning.missed.retain(|entry| entry.latest <= end);
    let account = account(&reckoning, Time::from_millis(start));
    assert!(reckoning.is_clean(), "{account}");
    assert!(
        reckoning.found.len() >= 3,
        "faults before minute ten: {account}"
    );
    Ok(())
}

/// What came of each entry, a line each, in seconds from the start of the demo.
fn account(reckoning: &Reckoning, start: Time) -> String {
    let seconds = |time: Time| time.since(start).secs_f64();
    let expected = |what: &str, e: &Expected| {
        let (from, until) = (seconds(e.earliest), seconds(e.latest));
        format!(
            "{what}: {} {} {} from {from:.0} s until {until:.0} s",
            e.rule,
            e.key,
            e.severity.as_str()
        )
    };
    let found = reckoning.found.iter().map(|e| expected("found", e));
    let missed = reckoning.missed.iter().map(|e| expected("missed", e));
    let wrong = reckoning.false_alerts.iter().map(|alert| {
        let (rule, key, severity) = (&alert.rule, &alert.key, alert.severity.as_str());
        format!(
            "false: {rule} {key} {severity} at {:.1} s",
            seconds(alert.at)
        )
    });
    found
        .chain(missed)
        .chain(wrong)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Every alert that fired or climbed, from the committed events.
fn raised(data: &Path) -> Result<Vec<Raised>> {
    let store = Connection::open_with_flags(data.join("ioc.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut events =
        store.prepare("SELECT at, body FROM alert_event WHERE cause = 0 ORDER BY seq")?;
    let rows = events.query_map([], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut worst = std::collections::HashMap::new();
    let mut raised = Vec::new();
    for row in rows {
        let (at, body) = row?;
        let alert: Value = serde_json::from_str(&body)?;
        let severity = alert["severity"]
            .as_str()
            .and_then(Severity::parse)
            .context("no severity")?;
        let id = alert["id"].as_str().unwrap_or_default().to_owned();
        let before = worst.get(&id).copied();
        if alert["condition"] != "firing" || before >= Some(severity) {
            continue;
        }
        worst.insert(id, severity);
        raised.push(Raised {
            rule: rule(&alert),
            key: key(&alert),
            severity,
            at: Time::from_millis(at),
        });
    }
    Ok(raised)
}

fn rule(alert: &Value) -> String {
    let text = |name: &str| alert[name].as_str().unwrap_or_default().to_owned();
    format!("{}/{}", text("group"), text("rule"))
}

fn key(alert: &Value) -> String {
    let parts = alert["key"].as_array().into_iter().flatten().map(|part| {
        let text = |place: usize| part[place].as_str().unwrap_or_default();
        format!("{}={}", text(0), text(1))
    });
    parts.collect::<Vec<_>>().join(",")
}
