//! The real binary as a process: made ready by `ioc init`, started by `ioc serve`, killed and started again.

use std::fs::File;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Device, PATIENCE, Pack};

/// Which sources an engine reads.
#[derive(Clone, Copy, Debug)]
pub enum Ways {
    /// Its embedded broker.
    Embedded,
    /// A broker outside, on this port of 127.0.0.1, and its own.
    Remote(u16),
}

/// An engine with a data folder of its own. Ports, tokens and data stay the same over restarts.
pub struct Engine {
    program: PathBuf,
    home: TempDir,
    http: SocketAddr,
    mqtt: SocketAddr,
    token: String,
    password: String,
    child: Option<Child>,
}

impl Engine {
    /// Prepares a data folder for a pack and starts `program` (the `ioc` binary) on it; returns when it is ready.
    pub async fn start(program: impl Into<PathBuf>, pack: &Pack, ways: Ways) -> Result<Self> {
        Self::start_in(program, pack.path(), ways).await
    }

    /// As [`Self::start`], on the pack in a folder.
    pub async fn start_in(program: impl Into<PathBuf>, city: &Path, ways: Ways) -> Result<Self> {
        let program = program.into();
        let home = TempDir::new()?;
        let (token, password) = init(&program, home.path(), city)?;
        if let Ways::Remote(port) = ways {
            add_source(&config_of(home.path()), port)?;
        }
        let mut engine = Self {
            program,
            home,
            http: free_port()?,
            mqtt: free_port()?,
            token,
            password,
            child: None,
        };
        engine.start_again(&[]).await?;
        Ok(engine)
    }

    /// Starts it again, with these variables in its environment; returns when it is ready.
    pub async fn start_again(&mut self, environment: &[(&str, &str)]) -> Result<()> {
        self.spawn(environment)?;
        self.answers("/readyz").await
    }

    /// Returns when `GET path` says 200: `/healthz` while sources may still be catching up, `/readyz` after that.
    pub async fn answers(&mut self, path: &str) -> Result<()> {
        let answer = tokio::time::timeout(PATIENCE, async {
            loop {
                if self.get(path).await.is_ok_and(|(status, _)| status == 200) {
                    return Ok(());
                }
                if let Some(status) = self
                    .child
                    .as_mut()
                    .and_then(|child| child.try_wait().transpose())
                {
                    bail!("the engine ended: {}\n{}", status?, self.log());
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        answer.await.with_context(|| {
            format!(
                "the engine does not answer {path}; its log:\n{}",
                self.log()
            )
        })?
    }

    /// Returns what `GET path` says as soon as it says what is waited for.
    pub async fn shows(
        &self,
        path: &str,
        what: &str,
        found: impl Fn(&str) -> bool,
    ) -> Result<String> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let (_, body) = self.get(path).await?;
            if found(&body) {
                return Ok(body);
            }
            if tokio::time::Instant::now() > deadline {
                bail!("waited in vain for {what}; GET {path} says {body}");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Starts the process without waiting for anything.
    pub fn spawn(&mut self, environment: &[(&str, &str)]) -> Result<()> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.home.path().join("log"))?;
        let child = Command::new(&self.program)
            .arg("serve")
            .arg("--config")
            .arg(config_of(self.home.path()))
            .args(["--http", &self.http.to_string()])
            .env("IOC_SOURCES__EMBEDDED__LISTEN", self.mqtt.to_string())
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {}", self.program.display()))?;
        self.child = Some(child);
        Ok(())
    }

    /// Kills it as a power cut would: SIGKILL, nothing is said or saved.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Its process; 0 while it is down.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// Where it serves HTTP.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// Where its embedded broker listens.
    pub fn mqtt(&self) -> SocketAddr {
        self.mqtt
    }

    /// A token that may act on alerts.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The password of the user `device` on its embedded broker.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The file of its settings.
    pub fn config(&self) -> PathBuf {
        config_of(self.home.path())
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        data_of(self.home.path())
    }

    /// What it logged, for the message of a scenario that failed.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("log"))
            .unwrap_or_else(|error| format!("no log: {error}"))
    }

    /// A device on its embedded broker.
    pub fn device(&self, client_id: &str) -> Device {
        Device::new(self.mqtt, client_id, Some(("device", &self.password)))
    }

    /// `GET path` with the token: status and body.
    pub async fn get(&self, path: &str) -> Result<(u16, String)> {
        let mut stream = TcpStream::connect(self.http).await?;
        // In HTTP/1.0 an answer ends with its connection: long ones do not come in chunks.
        let request = format!(
            "GET {path} HTTP/1.0\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
            self.http, self.token
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .context("an answer without a head")?;
        let status = head
            .split_whitespace()
            .nth(1)
            .context("an answer without a status")?
            .parse()?;
        Ok((status, body.to_owned()))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            eprintln!("the engine could not be ended: {error}");
        }
    }
}

fn config_of(home: &Path) -> PathBuf {
    home.join("ioc.toml")
}

fn data_of(home: &Path) -> PathBuf {
    home.join("data")
}

/// A port that was free a moment ago; it stays the same over restarts of the engine.
pub(crate) fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// Runs `ioc init`; the token and the password are on the lines it prints.
fn init(program: &Path, home: &Path, city: &Path) -> Result<(String, String)> {
    let output = Command::new(program)
        .args(["init", "--data"])
        .arg(data_of(home))
        .arg("--city")
        .arg(city)
        .arg("--config")
        .arg(config_of(home))
        .output()
        .with_context(|| format!("running {}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let after = |mark: &str| {
        let rest = text.split(mark).nth(1)?;
        rest.split_whitespace().next().map(str::to_owned)
    };
    match (after("?token="), after("password=")) {
        (Some(token), Some(password)) => Ok((token, password)),
        _ => bail!(
            "ioc init says {text}{}",
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}

fn add_source(config: &Path, port: u16) -> Result<()> {
    let mut file = File::options().append(true).open(config)?;
    writeln!(
        file,
        "\n[sources.mosquitto]\ntype = \"remote\"\nurl = \"mqtt://127.0.0.1:{port}\""
    )?;
    Ok(())
}
