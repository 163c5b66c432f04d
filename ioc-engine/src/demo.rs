//! `ioc demo`: a living city in one process: broker, simulated devices, engine, wall. No password is ever a default:
//! what the demo needs is made at random at its first start and kept in its data folder.

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ingest::{EmbeddedConfig, Password, Role as BrokerRole, SourceConfig, User};
use metrics_exporter_prometheus::PrometheusHandle;
use model::{Clock, SourceName, Span};
use simulators::Broker;
use simulators::living_city::{self, RunError};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use ws_gateway::Role;

use crate::clock::{AnchoredClock, ScaledClock};
use crate::config::Config;
use crate::failpoint::Failpoints;
use crate::pack::Pack;
use crate::serve::{self, Ended, Running, StartError};
use crate::tokens;

/// Played when the pack has it; it also says how often assets report, so that a wall moves.
const SCENARIO: &str = "demo";
/// How long the simulated devices may take to hang up, so that the broker does not cut them off.
const GOODBYE: Duration = Duration::from_millis(400);
/// Between two status lines where nobody looks at a terminal.
const QUIET_STATUS: u32 = 10;

/// What the demo is asked for.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// Where the wall is served.
    pub http: SocketAddr,
    /// Where the broker listens.
    pub mqtt: SocketAddr,
    /// Where secrets, alerts and the log are kept.
    pub data: PathBuf,
    /// Seconds of the city in one of ours.
    pub speed: f64,
    /// Same seed, same city.
    pub seed: u64,
}

/// Why the demo could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The engine.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The demo's own files.
    #[error("cannot keep the demo's secrets in {path}: {source}")]
    Secret {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Randomness.
    #[error("the machine gives no random bytes: {0}")]
    Random(#[from] rand::rand_core::OsError),
    /// A part ended.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// The simulated city.
    #[error("the simulated city ended: {0}")]
    Simulator(Box<RunError>),
    /// The terminal.
    #[error("cannot print: {0}")]
    Print(#[from] io::Error),
}

struct Secrets {
    token: String,
    mqtt_password: String,
}

/// Runs until `shutdown`, or until a part ends that must not.
pub async fn run(
    options: &DemoOptions,
    pack: &Pack,
    metrics: PrometheusHandle,
    shutdown: impl Future<Output = ()>,
) -> Result<(), DemoError> {
    let secrets = prepare(&options.data)?;
    let clock = clock(options)?;
    let config = config(options, &secrets);
    let mut running = serve::start(&config, pack, Arc::clone(&clock), metrics).await?;
    print_addresses(options, &running, &secrets)?;
    let (stop, stopped) = watch::channel(false);
    let broker = Broker {
        host: options.mqtt.ip().to_string(),
        port: running.mqtt().map_or(options.mqtt.port(), |a| a.port()),
        login: Some(("device".to_owned(), secrets.mqtt_password)),
        tls: None,
    };
    let scenario = pack.city.scenarios.iter().any(|file| {
        Path::new(&*file.path)
            .file_stem()
            .is_some_and(|stem| stem == SCENARIO)
    });
    let city = living_city::Config {
        city: Arc::clone(&pack.city),
        mqtt: broker,
        seed: options.seed,
        rate: 1.0,
        scenario: scenario.then(|| SCENARIO.to_owned()),
        ledger: Some(options.data.join("ledger.jsonl")),
    };
    let mut simulator = tokio::spawn(living_city::run(city, clock, until(stopped)));
    let status = tokio::spawn(tell_status(Arc::clone(running.status())));
    let outcome = tokio::select! {
        () = shutdown => Ok(()),
        ended = running.ended() => Err(ended.into()),
        ended = &mut simulator => Err(match ended {
            Ok(Err(error)) => DemoError::Simulator(Box::new(error)),
            Ok(Ok(_)) | Err(_) => Ended::Engine.into(),
        }),
    };
    status.abort();
    stop.send_replace(true);
    // Off the status line; who has closed the pipe must still see a clean end.
    drop(writeln!(io::stdout()));
    if !simulator.is_finished() && tokio::time::timeout(GOODBYE, &mut simulator).await.is_err() {
        simulator.abort();
    }
    running.stop().await;
    outcome
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // A sender that is gone means the same as one that says so.
    drop(stopped.wait_for(|stop| *stop).await);
}

/// Token and password, from the data folder or new in it; the token is put where the gateway finds it.
fn prepare(data: &Path) -> Result<Secrets, DemoError> {
    let mut store = serve::open_store(data, &Arc::new(Failpoints::default()))?;
    let secrets = Secrets {
        token: kept_secret(&data.join("demo-token"))?,
        mqtt_password: kept_secret(&data.join("demo-mqtt-password"))?,
    };
    let row = tokens::row(&secrets.token, "demo", Role::Operator);
    store.put_token(&row).map_err(StartError::from)?;
    Ok(secrets)
}

fn kept_secret(path: &Path) -> Result<String, DemoError> {
    let failed = |source| DemoError::Secret {
        path: path.to_owned(),
        source,
    };
    match std::fs::read_to_string(path) {
        Ok(kept) if !kept.trim().is_empty() => return Ok(kept.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let secret = tokens::new_secret()?;
    tokens::write_private(path, &format!("{secret}\n")).map_err(failed)?;
    Ok(secret)
}

/// A clock that a faster run before this one has not overtaken.
fn clock(options: &DemoOptions) -> Result<Arc<dyn Clock>, DemoError> {
    let store = serve::open_store(&options.data, &Arc::new(Failpoints::default()))?;
    let reached = store.committed().map_err(StartError::from)?.engine_time;
    let machine = AnchoredClock::new();
    let start = machine.now().max(reached);
    Ok(Arc::new(ScaledClock::starting(
        machine,
        start,
        options.speed,
    )))
}

fn config(options: &DemoOptions, secrets: &Secrets) -> Config {
    let device = User {
        name: "device".to_owned(),
        password: Password::Plain(secrets.mqtt_password.clone()),
        role: BrokerRole::Device,
    };
    let mut broker = EmbeddedConfig::new(SourceName::new("embedded"), options.mqtt, vec![device]);
    // The whole simulated city comes over a handful of connections.
    broker.messages_per_second = 0;
    broker.bytes_per_second = 0;
    Config {
        city: PathBuf::new(),
        data: options.data.clone(),
        log_segment_bytes: 64 << 20,
        log_keep_bytes: 256 << 20,
        alerts_keep: Span::from_mins(400 * 24 * 60),
        checkpoint_every: Span::from_mins(1),
        longest_shelving: Span::from_mins(8 * 60),
        intake_queue: 65_536,
        http: options.http,
        allowed_origins: Vec::new(),
        secure_cookie: false,
        sources: vec![SourceConfig::Embedded(broker)],
    }
}

fn print_addresses(
    options: &DemoOptions,
    running: &Running,
    secrets: &Secrets,
) -> Result<(), DemoError> {
    let mut out = io::stdout().lock();
    let (http, token) = (running.http(), &secrets.token);
    let mqtt = running.mqtt().unwrap_or(options.mqtt);
    let password = &secrets.mqtt_password;
    let file = options.data.join("demo-token");
    writeln!(out, "wall   http://{http}/?token={token}")?;
    writeln!(
        out,
        "mqtt   mqtt://{mqtt}   user=device password={password}"
    )?;
    writeln!(
        out,
        "token  {token}   (operator, for scripts; also in {})",
        file.display()
    )?;
    Ok(out.flush()?)
}

/// One line a second at most, in place where there is a terminal.
async fn tell_status(status: Arc<crate::engine::EngineStatus>) {
    let terminal = io::stdout().is_terminal();
    let mut every = tokio::time::interval(Duration::from_secs(1));
    // A machine that was held up must not catch up with lines.
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before = status.figures();
    for turn in 1_u32.. {
        every.tick().await;
        if !terminal && turn % QUIET_STATUS != 0 {
            continue;
        }
        let figures = status.figures();
        let seconds = if terminal { 1 } else { u64::from(QUIET_STATUS) };
        let rate = figures.position.saturating_sub(before.position) / seconds;
        before = figures;
        let line = format!(
            "{rate} readings/s  {} alerts firing, {} pending  lag {} ms",
            figures.firing,
            figures.pending,
            figures.lag.millis()
        );
        let (begin, end) = if terminal {
            ("\r\x1b[K", "")
        } else {
            ("", "\n")
        };
        let mut out = io::stdout().lock();
        // Whoever reads the status may stop reading; the city goes on.
        drop(write!(out, "{begin}{line}{end}").and_then(|()| out.flush()));
    }
}
