//! A mosquitto of the test's own. Without one installed, tests say so and pass, except under CI=true.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
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
        let mut file = std::fs::File::create(&config).expect("a temporary file");
        writeln!(
            file,
            "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0"
        )
        .expect("a temporary file");
        let child = Command::new(program)
            .arg("-c")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto starts");
        let broker = Self {
            child,
            port,
            config,
        };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "mosquitto does not listen");
            std::thread::yield_now();
        }
        Some(broker)
    }

    pub(crate) fn address(&self) -> Broker {
        Broker::parse(&format!("mqtt://127.0.0.1:{}", self.port), None).expect("an address")
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}
