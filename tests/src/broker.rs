//! Debian's mosquitto as a process of the scenario's own, on a port of its own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::PATIENCE;

/// A broker that can be killed and started again on the same port with the same store.
pub struct Mosquitto {
    port: u16,
    dir: TempDir,
    child: Option<Child>,
}

impl Mosquitto {
    /// Starts one; `None` with a line on stderr where mosquitto is not installed. Under `CI=true` that is a failure.
    pub fn start() -> Result<Option<Self>> {
        let Some(program) = find() else {
            if std::env::var("CI").is_ok_and(|ci| ci == "true") {
                bail!("mosquitto is not installed, and under CI=true nothing may be skipped");
            }
            eprintln!("SKIPPED: mosquitto is not installed (Debian: apt install mosquitto)");
            return Ok(None);
        };
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let dir = TempDir::new()?;
        // Started by root it would become another user, who may not write its sessions into this folder.
        let config = format!(
            "user root\nlistener {port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {}/\nautosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n",
            dir.path().display()
        );
        std::fs::write(dir.path().join("mosquitto.conf"), config)?;
        let mut broker = Self {
            port,
            dir,
            child: None,
        };
        broker.run(&program)?;
        Ok(Some(broker))
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends it as a service manager would, with its sessions saved.
    pub fn stop(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            let pid = child.id().to_string();
            Command::new("kill").args(["-TERM", &pid]).status()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Starts it again after [`Self::stop`].
    pub fn start_again(&mut self) -> Result<()> {
        let program = find().context("mosquitto went away")?;
        self.run(&program)
    }

    /// Its sessions, subscriptions and retained messages are gone, as after a lost disk. Only while it is stopped.
    pub fn forget(&mut self) -> Result<()> {
        let store = self.dir.path().join("mosquitto.db");
        match std::fs::remove_file(&store) {
            // Nothing worth keeping was ever written.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            other => other.with_context(|| format!("{}", store.display())),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    fn run(&mut self, program: &PathBuf) -> Result<()> {
        let child = Command::new(program)
            .arg("-c")
            .arg(self.dir.path().join("mosquitto.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        self.child = Some(child);
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if started.elapsed() > PATIENCE {
                bail!("mosquitto does not listen on port {}", self.port);
            }
            std::thread::yield_now();
        }
        Ok(())
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("mosquitto could not be stopped: {error}");
        }
    }
}

/// Debian keeps it in a folder that is not on every user's path.
fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")])
        .map(|dir| dir.join("mosquitto"))
        .find(|program| program.is_file())
}
