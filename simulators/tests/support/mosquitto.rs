//! A mosquitto of the test's own. Without one installed, tests say so and pass, except under CI=true.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use simulators::Broker;

/// How long a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A mosquitto of our own on a free port; ends with the test.
pub(crate) struct Mosquitto {
    child: Child,
    port: u16,
    config: PathBuf,
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait().map(drop)) {
            eprintln!("mosquitto is still there: {error}");
        }
        if let Err(error) = std::fs::remove_file(&self.config) {
            eprintln!("{}: {error}", self.config.display());
        }
    }
}

impl Mosquitto {
    pub(crate) fn start() -> Option<Self> {
        Self::listening("")
    }

    /// With TLS: `server.pem` and `server.key` of the folder.
    pub(crate) fn secure(dir: &Path) -> Option<Self> {
        let dir = dir.display();
        Self::listening(&format!(
            "certfile {dir}/server.pem\nkeyfile {dir}/server.key\nuser root\n"
        ))
    }

    fn listening(extra: &str) -> Option<Self> {
        let broker = Self::spawn(extra)?;
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", broker.port)).is_err() {
            assert!(Instant::now() < deadline, "mosquitto does not listen");
            std::thread::yield_now();
        }
        Some(broker)
    }

    fn spawn(extra: &str) -> Option<Self> {
        let program = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"]
            .into_iter()
            .find(|p| std::path::Path::new(p).exists());
        let Some(program) = program else {
            let line = "skipped: mosquitto is not installed (Debian: apt-get install mosquitto)";
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{line}");
            eprintln!("{line}");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|l| l.local_addr())
            .expect("a free port")
            .port();
        let name = format!("ioc-sim-test-{}-{port}.conf", std::process::id());
        let config = std::env::temp_dir().join(name);
        let text = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\n{extra}"
        );
        std::fs::write(&config, text).expect("a temporary file");
        let child = Command::new(program)
            .arg("-c")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto starts");
        Some(Self {
            child,
            port,
            config,
        })
    }

    pub(crate) fn address(&self) -> Broker {
        Broker::parse(&format!("mqtt://127.0.0.1:{}", self.port), None, None).expect("an address")
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

/// A certificate for 127.0.0.1 that is its own authority. False without openssl; in CI that is a failure.
pub(crate) fn certificate(dir: &Path, name: &str) -> bool {
    const WANTED: &str = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 \
                          -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";
    let made = Command::new("openssl")
        .args(WANTED.split_whitespace())
        .args(["-keyout", &format!("{name}.key")])
        .args(["-out", &format!("{name}.pem")])
        .current_dir(dir)
        .output();
    match made {
        Ok(done) => {
            assert!(
                done.status.success(),
                "{}",
                String::from_utf8_lossy(&done.stderr)
            );
            true
        }
        Err(error) => {
            let line = format!("skipped: openssl: {error}");
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{line}");
            eprintln!("{line}");
            false
        }
    }
}
