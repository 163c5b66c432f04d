//! `ioc demo` as a process: the living city on a clock that runs faster.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::ChildStdout;

use crate::PATIENCE;
use crate::engine::free_port;

/// A running demo and what it printed.
pub struct Demo {
    home: TempDir,
    child: tokio::process::Child,
    lines: Lines<BufReader<ChildStdout>>,
    http: SocketAddr,
    token: String,
}

impl Demo {
    /// Starts `program demo` on a pack and reads the three lines it promises.
    pub async fn start(program: &str, city: &Path, speed: u32) -> Result<Self> {
        let home = TempDir::new()?;
        let http = free_port()?;
        let mut child = tokio::process::Command::new(program)
            .args([
                "demo",
                "--http",
                &http.to_string(),
                "--mqtt",
                &free_port()?.to_string(),
            ])
            .args(["--speed", &speed.to_string(), "--data"])
            .arg(home.path().join("data"))
            .arg("--city")
            .arg(city)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(home.path().join("log"))?)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {program}"))?;
        let out = child.stdout.take().context("no output")?;
        let mut demo = Self {
            home,
            child,
            lines: BufReader::new(out).lines(),
            http,
            token: String::new(),
        };
        demo.token = demo.promised_lines().await?;
        Ok(demo)
    }

    /// `wall`, `mqtt` and `token`, in this order; the token is on the third.
    async fn promised_lines(&mut self) -> Result<String> {
        let wall = self.line("wall ").await?;
        anyhow::ensure!(wall.contains("/?token="), "{wall}");
        let mqtt = self.line("mqtt ").await?;
        anyhow::ensure!(mqtt.contains("user=device password="), "{mqtt}");
        let token = self.line("token ").await?;
        Ok(token
            .split_whitespace()
            .nth(1)
            .context("an empty token")?
            .to_owned())
    }

    async fn line(&mut self, begins: &str) -> Result<String> {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await??;
        let line = line.with_context(|| format!("the demo ended: {}", self.log()))?;
        anyhow::ensure!(
            line.starts_with(begins),
            "expected '{begins}…', the demo printed '{line}'"
        );
        Ok(line)
    }

    /// Where it serves HTTP.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// The operator's token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// What it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("log"))
            .unwrap_or_else(|error| format!("no log: {error}"))
    }

    /// Ctrl-C, as a person would; returns how it ended.
    pub async fn interrupt(&mut self) -> Result<ExitStatus> {
        let pid = self
            .child
            .id()
            .context("the demo has ended already")?
            .to_string();
        Command::new("kill").args(["-INT", &pid]).status()?;
        Ok(tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .context("the demo does not stop")??)
    }
}
