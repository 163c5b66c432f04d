//! A real mosquitto on a free port, started and ended by the test.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

pub struct Mosquitto {
    pub port: u16,
    dir: TempDir,
    program: PathBuf,
    running: Option<Child>,
}

/// The broker, or none where it is not installed; in CI that is a failure.
pub fn mosquitto(extra: &str) -> Option<Mosquitto> {
    let Some(program) = installed("mosquitto") else {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "mosquitto must be installed in CI"
        );
        eprintln!("skipped: mosquitto is not installed");
        return None;
    };
    let dir = tempfile::tempdir().expect("a temporary folder");
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = free.local_addr().expect("bound").port();
    let config = format!(
        "listener {port} 127.0.0.1\nallow_anonymous true\nlog_dest stderr\nlog_type all\n\
         persistence true\npersistence_location {}/\nmax_queued_messages 100000\nuser root\n{extra}\n",
        dir.path().display()
    );
    fs::write(dir.path().join("mosquitto.conf"), config).expect("written");
    let mut broker = Mosquitto {
        port,
        dir,
        program,
        running: None,
    };
    drop(free);
    broker.start();
    Some(broker)
}

/// Where a program is, on the path or where Debian keeps daemons.
pub fn installed(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
}

impl Mosquitto {
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Adds a line to its configuration, for the next start.
    pub fn configure(&self, line: &str) {
        let file = self.dir.path().join("mosquitto.conf");
        let config = fs::read_to_string(&file).expect("written before");
        fs::write(&file, config + line + "\n").expect("written");
    }

    /// Starts it, and returns once it says that it runs.
    pub fn start(&mut self) {
        let mut child = Command::new(&self.program)
            .arg("-c")
            .arg(self.dir.path().join("mosquitto.conf"))
            .stderr(Stdio::piped())
            .spawn()
            .expect("mosquitto starts");
        let mut log = BufReader::new(child.stderr.take().expect("piped")).lines();
        let mut said = Vec::new();
        loop {
            match log.next() {
                Some(Ok(line)) if line.ends_with("running") => break,
                Some(Ok(line)) => said.push(line),
                _ => panic!("mosquitto ended: {said:#?}"),
            }
        }
        // Read on, so that it never blocks on a full pipe.
        std::thread::spawn(move || log.for_each(drop));
        self.running = Some(child);
    }

    /// Ends it cleanly: what it keeps for sessions is on disk.
    pub fn stop(&mut self) {
        let mut child = self.running.take().expect("running");
        let pid = child.id().to_string();
        let sent = Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .expect("kill runs");
        assert!(sent.success());
        child.wait().expect("it ends");
    }

    /// Ends it at once: its sessions are lost.
    pub fn kill(&mut self) {
        let mut child = self.running.take().expect("running");
        child.kill().expect("its own child");
        child.wait().expect("it ends");
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        if self.running.is_some() {
            self.kill();
        }
    }
}
