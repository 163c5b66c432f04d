//! Builds the parts of one running engine, wires them, watches them and stops them in order.
//! Owns no behaviour of its own: recovery, engine, writer, ingest and gateway do the work.

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ingest::{Decoder, Delivery, Ingest, IngestError, Limits};
use metrics_exporter_prometheus::PrometheusHandle;
use model::Clock;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use ws_gateway::{
    CommandRequest, GatewayConfig, GatewayError, Opening, Readiness, RuleCosts, RuleTexts,
    StateReceiver, Update, Wiring,
};

use crate::config::Config;
use crate::engine::{
    EngineStatus, EngineThread, Intake, Recovery, RecoveryError, Report, WriterGone,
};
use crate::failpoint::{BadFailpoint, Failpoints};
use crate::health::HealthTask;
use crate::log::{InputLog, LogConfig, LogError};
use crate::pack::Pack;
use crate::reserve::{RESERVE_BYTES, Reserve};
use crate::stages::Stages;
use crate::store::{Store, StoreError};
use crate::tokens::TokenTable;
use crate::work::{self, Gone, Work, WorkSender};
use crate::writer::Writer;

/// Alerts and health on their way to the gateway.
const UPDATES: usize = 256;
/// Commands on their way to the engine; when it is full, the gateway answers `busy`.
const COMMANDS: usize = 1_024;
/// Edited rules on their way to the engine.
const RELOADS: usize = 1;
/// How long the parts may take to stop.
const STOPPING: Duration = Duration::from_millis(1_500);

/// Why the engine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder of the data.
    #[error("cannot use {path} for data: {source}; choose another with --data")]
    Data {
        /// The folder.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Another process works on the data.
    #[error("another ioc works on {path}; stop it, or choose another folder with --data")]
    Locked {
        /// The folder.
        path: String,
    },
    /// The port of HTTP.
    #[error(
        "cannot listen on {address}: {source}; stop what uses the port, or choose another with --http"
    )]
    Http {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The sources of readings.
    #[error("{0}; {remedy}", remedy = ingest_remedy(.0))]
    Ingest(#[from] IngestError),
    /// The main file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The input log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// What was committed and logged.
    #[error("cannot go on where the engine stood: {0}")]
    Recovery(#[from] RecoveryError),
    /// The environment.
    #[error(transparent)]
    Failpoint(#[from] BadFailpoint),
    /// A thread.
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
}

fn ingest_remedy(error: &IngestError) -> String {
    match error {
        IngestError::Broker { source_name, .. } => format!(
            "stop what uses the port, or choose another with sources.{source_name}.listen (--mqtt in the demo)"
        ),
        IngestError::SameName(_)
        | IngestError::TooMany(_)
        | IngestError::Setting { .. }
        | IngestError::Tls { .. } => {
            "mend the settings of sources; ioc config --explain prints them".to_owned()
        }
        IngestError::Thread { .. } => {
            "raise the system's limit on threads, or configure fewer sources".to_owned()
        }
    }
}

/// Why edited rules are not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReloadError {
    /// More than rules was edited.
    #[error("catalog, registry, areas or calendars were edited too; restart to take them")]
    CityChanged,
    /// There is no engine any more.
    #[error("the engine ended")]
    EngineGone,
}

/// Why a running engine ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// The gateway.
    #[error("the gateway ended: {0}")]
    Gateway(GatewayError),
    /// The engine or the writer thread.
    #[error("the engine's threads ended")]
    Engine,
}

/// Makes the data folder ours, as long as the file lives: two engines on one log would each miss what the other admits.
fn lock(data: &Path) -> Result<File, StartError> {
    let refused = |source| StartError::Data {
        path: data.display().to_string(),
        source,
    };
    std::fs::create_dir_all(data).map_err(refused)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(data.join("lock"))
        .map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::Locked {
            path: data.display().to_string(),
        }),
        Err(TryLockError::Error(source)) => Err(refused(source)),
    }
}

/// Opens the main file of a data folder, making the folder where there is none.
pub fn open_store(data: &Path, failpoints: &Arc<Failpoints>) -> Result<Store, StartError> {
    std::fs::create_dir_all(data).map_err(|source| StartError::Data {
        path: data.display().to_string(),
        source,
    })?;
    Ok(Store::open(&data.join("ioc.db"), Arc::clone(failpoints))?)
}

/// A running engine.
pub struct Running {
    http: SocketAddr,
    report: Report,
    status: Arc<EngineStatus>,
    ingest: Arc<Ingest>,
    /// What keeps other processes off the data.
    _lock: File,
    gateway: JoinHandle<Result<(), GatewayError>>,
    stop_gateway: Option<oneshot::Sender<()>>,
    health: JoinHandle<()>,
    reloads: mpsc::Sender<Pack>,
    city_print: Arc<str>,
    engine: Option<oneshot::Receiver<Result<(), WriterGone>>>,
    writer: Option<oneshot::Receiver<()>>,
}

/// The parts between recovery and the threads.
struct Threads {
    engine: oneshot::Receiver<Result<(), WriterGone>>,
    writer: oneshot::Receiver<()>,
    deliveries: mpsc::Sender<Delivery>,
    commands: mpsc::Sender<CommandRequest>,
    reloads: mpsc::Sender<Pack>,
    updates: mpsc::Sender<Update>,
    news: mpsc::Receiver<Update>,
    shown: StateReceiver,
    rules: watch::Sender<RuleTexts>,
    costs: watch::Sender<RuleCosts>,
    status: Arc<EngineStatus>,
    stages: Arc<Stages>,
    opening: Opening,
    report: Report,
}

/// Starts everything, from the port to the sources, so that what cannot work is known at once.
pub async fn start(
    config: &Config,
    pack: &Pack,
    clock: Arc<dyn Clock>,
    metrics: PrometheusHandle,
) -> Result<Running, StartError> {
    let (listener, http) = listen(config.http)?;
    let failpoints = Arc::new(Failpoints::from_env()?);
    let lock = lock(&config.data)?;
    let store = open_store(&config.data, &failpoints)?;
    let archive = Arc::new(store.archive()?);
    let tokens = Arc::new(TokenTable::new(store.token_rows()?, Arc::clone(&clock)));
    let threads = start_threads(config, pack, &clock, store, failpoints)?;
    let decoder = Arc::new(Decoder::new(
        &pack.city.id,
        &pack.city.catalog,
        &pack.city.assets,
        Limits::default(),
    ));
    let ingest = Arc::new(
        ingest::start(
            config.sources.clone(),
            decoder,
            Arc::clone(&clock),
            threads.deliveries,
        )
        .await?,
    );
    let readiness = watch::Sender::new(Readiness::default());
    let (stop_gateway, stopped) = oneshot::channel();
    let wiring = Wiring {
        config: gateway_config(config),
        city: Arc::clone(&pack.city),
        clock: Arc::clone(&clock),
        opening: threads.opening,
        state: threads.shown,
        rules: threads.rules.subscribe(),
        costs: threads.costs.subscribe(),
        updates: threads.news,
        commands: threads.commands,
        archive,
        tokens,
        metrics: rendering(&metrics),
        ready: readiness.subscribe(),
    };
    let health = HealthTask {
        status: Arc::clone(&threads.status),
        stages: threads.stages,
        ingest: Arc::clone(&ingest),
        updates: threads.updates,
        readiness,
        metrics,
        data: config.data.clone(),
        report: threads.report.clone(),
        costs: threads.costs.subscribe(),
    };
    Ok(Running {
        http,
        report: threads.report,
        status: threads.status,
        ingest,
        _lock: lock,
        gateway: tokio::spawn(ws_gateway::serve(listener, wiring, async {
            // A sender that is gone means the same as one that says so.
            drop(stopped.await);
        })),
        stop_gateway: Some(stop_gateway),
        health: tokio::spawn(health.run()),
        reloads: threads.reloads,
        city_print: Arc::clone(&pack.city_print),
        engine: Some(threads.engine),
        writer: Some(threads.writer),
    })
}

/// What `/metrics` shows.
fn rendering(metrics: &PrometheusHandle) -> Arc<dyn Fn() -> String + Send + Sync> {
    let metrics = metrics.clone();
    Arc::new(move || metrics.render())
}

/// The gateway's own listener: its sockets hold little for a screen that does not read.
fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let bound = ws_gateway::listen(address).and_then(|listener| {
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    });
    bound.map_err(|source| StartError::Http { address, source })
}

fn gateway_config(config: &Config) -> GatewayConfig {
    GatewayConfig {
        allowed_origins: config.allowed_origins.clone(),
        secure_cookie: config.secure_cookie,
        ..GatewayConfig::default()
    }
}

/// Recovers, then starts the writer and the engine.
fn start_threads(
    config: &Config,
    pack: &Pack,
    clock: &Arc<dyn Clock>,
    store: Store,
    failpoints: Arc<Failpoints>,
) -> Result<Threads, StartError> {
    let log = open_log(config, pack, &failpoints)?;
    let recovery = Recovery {
        city: &pack.city,
        plan: &pack.plan,
        print: &pack.print,
        longest_shelving: config.longest_shelving,
        now: clock.now(),
    };
    let recovered = recovery.run(&store, &log)?;
    let report = recovered.report.clone();
    tracing::info!(?report, "recovered");
    let (core, first, whole) = EngineThread::resume(recovered, clock.now(), &pack.print);
    let opening = Opening {
        open_alerts: core.desk().open(),
        alert_seq: core.stands().alert_seq,
        state: whole,
    };
    let (deliveries, to_engine) = mpsc::channel(config.intake_queue);
    let (commands, asked) = mpsc::channel(COMMANDS);
    let (reloads, edited) = mpsc::channel(RELOADS);
    let (updates, news) = mpsc::channel(UPDATES);
    let (state, shown) = ws_gateway::state_feed();
    let rules = watch::Sender::new(pack.city.rules.clone().into());
    let costs = watch::Sender::new(RuleCosts::default());
    let (stages, status) = <(Arc<Stages>, Arc<EngineStatus>)>::default();
    let writer = Writer {
        log,
        store,
        reserve: Reserve::open(&config.data, RESERVE_BYTES),
        log_keep_bytes: config.log_keep_bytes,
        alerts_keep: config.alerts_keep,
        updates: updates.clone(),
        stages: Arc::clone(&stages),
        failpoints,
    };
    let (work, writer) = start_writer(writer, first)?;
    let engine = EngineThread {
        core,
        clock: Arc::clone(clock),
        print: Arc::clone(&pack.print),
        checkpoint_every: config.checkpoint_every,
        work,
        state,
        rules: rules.clone(),
        costs: costs.clone(),
        stages: Arc::clone(&stages),
        status: Arc::clone(&status),
    };
    let intake = Intake {
        deliveries: to_engine,
        commands: asked,
        reloads: edited,
    };
    let engine = in_thread("ioc-engine", move || engine.run(intake))?;
    Ok(Threads {
        engine,
        writer,
        deliveries,
        commands,
        reloads,
        updates,
        news,
        shown,
        rules,
        costs,
        status,
        stages,
        opening,
        report,
    })
}

fn open_log(
    config: &Config,
    pack: &Pack,
    failpoints: &Arc<Failpoints>,
) -> Result<InputLog, LogError> {
    let log_config = LogConfig {
        dir: config.data.join("log"),
        segment_bytes: config.log_segment_bytes,
    };
    InputLog::open(log_config, &pack.city.catalog, Arc::clone(failpoints))
}

fn start_writer(
    writer: Writer,
    first: Work,
) -> Result<(WorkSender, oneshot::Receiver<()>), StartError> {
    let (to_writer, work) = work::queue(work::CAPACITY);
    if to_writer.send(first) == Err(Gone) {
        unreachable!("both ends are here");
    }
    let ended = in_thread("ioc-writer", move || writer.run(work))?;
    Ok((to_writer, ended))
}

/// A named thread and what tells of its end; a panic tells by hanging up.
fn in_thread<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<oneshot::Receiver<T>, StartError> {
    let (tell, ended) = oneshot::channel();
    std::thread::Builder::new()
        .name(name.to_owned())
        // Who waits may have given up.
        .spawn(move || drop(tell.send(run())))
        .map_err(StartError::Thread)?;
    Ok(ended)
}

impl Running {
    /// Where HTTP is served.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// Where the embedded broker listens, where there is one.
    pub fn mqtt(&self) -> Option<SocketAddr> {
        self.ingest.local_addr()
    }

    /// The engine's own figures.
    pub fn status(&self) -> &Arc<EngineStatus> {
        &self.status
    }

    /// What recovery did.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Goes on under the edited rules of a pack whose catalog and registry are the same.
    pub async fn reload(&self, pack: Pack) -> Result<(), ReloadError> {
        if pack.city_print != self.city_print {
            return Err(ReloadError::CityChanged);
        }
        self.reloads
            .send(pack)
            .await
            .or(Err(ReloadError::EngineGone))
    }

    /// Resolves when a part ends that must not.
    pub async fn ended(&mut self) -> Ended {
        let (Some(engine), Some(writer)) = (&mut self.engine, &mut self.writer) else {
            return Ended::Engine;
        };
        tokio::select! {
            ended = &mut self.gateway => match ended {
                Ok(Err(error)) => Ended::Gateway(error),
                Ok(Ok(())) | Err(_) => Ended::Gateway(GatewayError::EngineGone),
            },
            _ = engine => {
                self.engine = None;
                Ended::Engine
            }
            _ = writer => {
                self.writer = None;
                Ended::Engine
            }
        }
    }

    /// Takes nothing more in, makes durable what was taken, says goodbye to screens. Bounded: what hangs is left behind.
    pub async fn stop(mut self) {
        self.health.abort();
        drop(self.stop_gateway.take());
        let draining = async {
            if let Some(ingest) = Arc::into_inner(self.ingest) {
                ingest.stop().await;
            }
            if let Some(engine) = self.engine {
                report_end("engine", engine.await.is_ok());
            }
            if let Some(writer) = self.writer {
                report_end("writer", writer.await.is_ok());
            }
        };
        if tokio::time::timeout(STOPPING, draining).await.is_err() {
            tracing::warn!(
                "stopping took too long; the log brings the rest back at the next start"
            );
        }
        if !self.gateway.is_finished() {
            self.gateway.abort();
        }
    }
}

fn report_end(part: &str, in_order: bool) {
    if !in_order {
        tracing::error!(part, "ended by a panic");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_folder_has_one_engine_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = lock(dir.path()).unwrap();
        let second = lock(dir.path()).unwrap_err().to_string();
        assert!(second.contains("another ioc works on"), "{second}");
        drop(first);
        assert!(lock(dir.path()).is_ok());
    }

    #[test]
    fn what_is_in_the_way_of_the_log_is_named() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("log"), "").unwrap();
        let config = LogConfig {
            dir: dir.path().join("log"),
            segment_bytes: 1,
        };
        let opened = InputLog::open(config, &model::Catalog::default(), Arc::default());
        let said = opened.map(|_| ()).unwrap_err().to_string();
        assert!(
            said.contains("log: File exists") && said.contains("--data"),
            "{said}"
        );
    }
}
