//! Whole-system scenarios: the real binary, real brokers, real crashes.

mod backtest;
mod broker;
mod crash;
mod derived;
mod edited_rules;
mod escalation;
mod killed_city;
mod killed_simulator;
mod living_city;
mod outage;
mod refused_starts;
mod rule_costs;
mod screens;
mod stored;
mod truth;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use tests::Engine;

/// The `ioc` binary.
const IOC: &str = env!("CARGO_BIN_EXE_ioc-under-test");

/// The `ioc-sim` binary.
const IOC_SIM: &str = env!("CARGO_BIN_EXE_ioc-sim-under-test");

/// The topic of a gauge of [`tests::Pack::rivers`].
fn gauge(n: usize) -> String {
    format!("ioc/v1/test/env/river/wl-{n}/tele")
}

/// Tells the engine to take the rules of its pack anew.
fn hang_up(engine: &Engine) -> Result<()> {
    let pid = engine.pid().to_string();
    let sent = Command::new("kill").args(["-HUP", &pid]).status()?;
    ensure!(sent.success(), "the signal was not sent");
    Ok(())
}

/// The pack of Thai Nguyen.
fn thai_nguyen() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cities/thai-nguyen")
}
