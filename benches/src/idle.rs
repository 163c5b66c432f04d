//! What a client costs that is connected, follows what a wall follows, and hears only heartbeats.

use std::path::Path;

use anyhow::{Context, Result};

use crate::crowd::{Crowd, Who};
use crate::report::Report;
use crate::server::Server;
use crate::workload;

const FIRST: usize = 1_000;
const MORE: usize = 1_000;
const TOPICS: [&str; 4] = ["assets", "areas", "alerts", "health"];
/// A few heartbeats.
const SETTLED: std::time::Duration = std::time::Duration::from_secs(7);

/// Measures memory without clients, with 1,000 and with 2,000 of them.
pub(crate) fn run(dir: &Path, report: &mut Report) -> Result<()> {
    let city = workload::load(dir)?;
    report.section(
        "Idle clients",
        &format!(
            "each has had a snapshot of all {} assets and follows {}; resident memory of the server's process, clients in another; bytes a client",
            city.assets.len(),
            TOPICS.join(", ")
        ),
        &["clients", "resident kB", "bytes a client more"],
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let server = Server::start(&runtime, &city)?;
    let who = |healthy| Who {
        address: server.address,
        healthy,
        frozen: 0,
        topics: TOPICS.map(str::to_owned).to_vec(),
        column: String::new(),
    };
    let mut held = resident()?;
    report.row(&["0".to_owned(), (held / 1_024).to_string(), "–".to_owned()]);
    let mut crowds = Vec::new();
    for (total, more) in [(FIRST, FIRST), (FIRST + MORE, MORE)] {
        crowds.push(Crowd::start(&who(more))?);
        std::thread::sleep(SETTLED);
        let now = resident()?;
        report.row(&[
            total.to_string(),
            (now / 1_024).to_string(),
            format!("{:.0}", now.saturating_sub(held) as f64 / more as f64),
        ]);
        held = now;
    }
    Ok(())
}

/// Bytes of this process in memory.
fn resident() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|line| line.split_whitespace().next());
    let kb: u64 = kb.context("no VmRSS in /proc/self/status")?.parse()?;
    Ok(kb * 1_024)
}
