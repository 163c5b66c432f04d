//! The demo itself, on a clock that runs faster.

use anyhow::Result;
use model::{Span, Time};
use simulators::ledger::{self, Expected, Raised, Reckoning};
use tests::{Demo, Screen};

use crate::{IOC, stored, thai_nguyen};

/// Ten minutes in three and a half: as fast as a debug build on a busy machine follows without lagging behind the clock.
const SPEED: u32 = 3;

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
    let raised: Vec<_> = stored::raised(&stored::events(&demo.data())?)
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

/// What came of each entry, a line each, in seconds from the start of the run.
pub(crate) fn account(reckoning: &Reckoning, start: Time) -> String {
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
    let raised = |what: &str, alert: &Raised| {
        let (rule, key, severity) = (&alert.rule, &alert.key, alert.severity.as_str());
        format!(
            "{what}: {rule} {key} {severity} at {:.1} s",
            seconds(alert.at)
        )
    };
    let wrong = reckoning.false_alerts.iter().map(|a| raised("false", a));
    let repeated = reckoning.repeated.iter().map(|a| raised("repeated", a));
    found
        .chain(missed)
        .chain(wrong)
        .chain(repeated)
        .collect::<Vec<_>>()
        .join("\n")
}
