//! A crowd of clients in a process of its own, so that what the server costs can be told apart from what they cost.
//!
//! The parent's side. The two talk in lines: the parent says `begin` and `end`, the crowd answers `ready` and a [`Tally`].

mod child;

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};
use clap::Args;
use serde::{Deserialize, Serialize};

pub(crate) use child::run;

/// Who the crowd is.
#[derive(Args, Clone, Debug)]
pub(crate) struct Who {
    /// Where the server listens.
    #[arg(long)]
    pub(crate) address: SocketAddr,
    /// Clients that read.
    #[arg(long)]
    pub(crate) healthy: usize,
    /// Clients that subscribe and then take nothing.
    #[arg(long, default_value_t = 0)]
    pub(crate) frozen: usize,
    /// What each follows.
    #[arg(long, value_delimiter = ',')]
    pub(crate) topics: Vec<String>,
    /// The column whose values are the microseconds at which they were sent.
    #[arg(long, default_value = "")]
    pub(crate) column: String,
}

/// What the reading clients got between `begin` and `end`. Times in microseconds.
#[derive(Serialize, Deserialize, Clone, Default, Debug)]
pub(crate) struct Tally {
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
    pub(crate) state: u64,
    pub(crate) state_p50: u64,
    pub(crate) state_p99: u64,
    pub(crate) alerts: u64,
    pub(crate) alert_p50: u64,
    pub(crate) alert_p99: u64,
}

/// A running crowd; it ends when this is dropped.
pub(crate) struct Crowd {
    process: Child,
    say: ChildStdin,
    hear: BufReader<ChildStdout>,
}

impl Crowd {
    /// Returns when every client has had the beginning of all it follows.
    pub(crate) fn start(who: &Who) -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["crowd", "--address", &who.address.to_string()])
            .args(["--healthy", &who.healthy.to_string()])
            .args(["--frozen", &who.frozen.to_string()])
            .args(["--topics", &who.topics.join(",")])
            .args(["--column", &who.column])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting the crowd")?;
        let say = process.stdin.take().context("the crowd's input")?;
        let hear = process.stdout.take().context("the crowd's output")?;
        let mut crowd = Self {
            process,
            say,
            hear: BufReader::new(hear),
        };
        crowd.answer()?;
        Ok(crowd)
    }

    /// Forgets what was measured so far.
    pub(crate) fn begin(&mut self) -> Result<()> {
        writeln!(self.say, "begin")?;
        self.answer().map(drop)
    }

    /// What was measured since `begin`.
    pub(crate) fn end(&mut self) -> Result<Tally> {
        writeln!(self.say, "end")?;
        let line = self.answer()?;
        serde_json::from_str(&line).with_context(|| format!("the crowd said {line:?}"))
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        let read = self.hear.read_line(&mut line)?;
        anyhow::ensure!(read > 0, "the crowd ended; its reason is above");
        Ok(line)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}
