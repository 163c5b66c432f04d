//! `ioc doctor`: one line a check, and what to do about what is wrong.

use std::net::{TcpListener, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use crate::clock::AnchoredClock;
use crate::{draw, pack};
use clap::Args;
use ingest::SourceConfig;
use model::{Clock, Time};

use super::Failure;

/// Below this the disk is as good as full.
const LEAST_FREE: u64 = 1 << 30;
/// 2025-01-01: a clock before it was never set.
const LEAST_TIME: Time = Time::from_millis(1_735_689_600_000);
const BROKER_TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    settings: super::config::Settings,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let config = options.settings.config()?;
    let mut checks = vec![
        ("clock", clock()),
        ("pack", city(&config.city)),
        ("data", data(&config.data)),
        ("disk", disk(&config.data)),
        ("http", port(&config.http.to_string())),
    ];
    checks.extend(config.sources.iter().map(|s| ("source", source(s))));
    let mut wrong = 0;
    for (what, outcome) in &checks {
        let (mark, line) = match outcome {
            Ok(line) => ("ok ", line),
            Err(line) => ("BAD", line),
        };
        wrong += usize::from(outcome.is_err());
        super::write_out(&format!("{mark} {what:6} {line}\n"))?;
    }
    if wrong == 0 {
        return Ok(());
    }
    Err(Failure::Wrong(format!(
        "{wrong} of {} checks failed",
        checks.len()
    )))
}

type Check = Result<String, String>;

fn clock() -> Check {
    if AnchoredClock::new().now() < LEAST_TIME {
        return Err(
            "the machine's clock was never set; set it, or start its time service".to_owned(),
        );
    }
    Ok("the machine's clock is plausible".to_owned())
}

fn city(dir: &Path) -> Check {
    let reading = pack::read(dir);
    let line = format!("{}: {}", dir.display(), draw::tally(&reading.diagnostics));
    if reading.pack.is_none() {
        return Err(format!("{line}; run ioc check {}", dir.display()));
    }
    Ok(line)
}

fn data(dir: &Path) -> Check {
    let probe = dir.join("doctor-probe");
    std::fs::create_dir_all(dir)
        .and_then(|()| std::fs::write(&probe, b"probe"))
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|e| format!("cannot write in {}: {e}", dir.display()))?;
    Ok(format!("{} can be written", dir.display()))
}

fn disk(dir: &Path) -> Check {
    let stat = rustix::fs::statvfs(dir).map_err(|e| e.to_string())?;
    let free = stat.f_bavail * stat.f_frsize;
    let line = format!("{} MiB free", free >> 20);
    if free < LEAST_FREE {
        return Err(format!("{line}; make room"));
    }
    Ok(line)
}

fn port(address: &str) -> Check {
    TcpListener::bind(address).map_err(|e| format!("{address}: {e}; stop what uses the port"))?;
    Ok(format!("{address} is free"))
}

fn source(source: &SourceConfig) -> Check {
    match source {
        SourceConfig::Embedded(config) => port(&config.listen.to_string()),
        SourceConfig::Remote(config) => {
            let (host, port) = (config.address.host.as_str(), config.address.port);
            reachable(host, port).map_err(|e| format!("{} at {host}:{port}: {e}", config.name))
        }
    }
}

fn reachable(host: &str, port: u16) -> Check {
    let addresses = (host, port).to_socket_addrs().map_err(|e| e.to_string())?;
    for address in addresses {
        if std::net::TcpStream::connect_timeout(&address, BROKER_TIMEOUT).is_ok() {
            return Ok(format!("{host}:{port} answers"));
        }
    }
    Err("nobody answers".to_owned())
}
