//! One case: a way in, devices that push, and an engine that commits a batch before it releases it.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ingest::{
    Ack, BrokerAddress, Decoder, Delivery, EmbeddedConfig, Ingest, Limits, Password, RemoteConfig,
    Role, SourceConfig, User, start,
};
use model::{
    Catalog, Clock, Field, FieldId, Kind, KindId, Localized, SourceName, Span, Time, ValueType,
};
use tokio::sync::mpsc;

use super::usage::cpu;

pub(crate) const USER: &str = "devices";
pub(crate) const PASSWORD: &str = "seams";
/// As many as there are sessions with disjoint filters at most.
pub(crate) const DOMAINS: [&str; 4] = ["wifi", "env", "road", "queue"];
pub(crate) const PAYLOAD: &str = r#"{"ts":1795418999000,"seq":123456,"v":{"apState":"up","clientsConnected":31,"channelUtilization":47.5,"noiseFloor":-94,"x_uplinkMs":12.4,"x_authFailPct":0.5,"x_rxMbps":88.25,"x_txMbps":13.5}}"#;

const WARM_UP: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(4);
/// Places between the sources and the engine.
const QUEUE: usize = 20_000;

#[derive(Clone, Copy)]
pub(crate) enum Way {
    Embedded,
    Mosquitto { sessions: usize },
}

pub(crate) struct Case {
    pub(crate) way: Way,
    pub(crate) qos: u8,
    pub(crate) connections: u32,
    pub(crate) commit_ms: u64,
}

/// Runs the case and gives its row of the table.
pub(crate) fn measure(case: &Case) -> String {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (out, queue) = mpsc::channel(QUEUE);
    let taken = Arc::new(AtomicU64::new(0));
    let engine = thread::spawn({
        let (taken, commit) = (Arc::clone(&taken), Duration::from_millis(case.commit_ms));
        move || commit_in_groups(queue, commit, &taken)
    });
    let dir = tempfile::tempdir().expect("a folder");
    let mut broker = None;
    let (sources, addr) = match case.way {
        Way::Embedded => (vec![embedded()], None),
        Way::Mosquitto { sessions } => {
            let (child, addr) = mosquitto(dir.path());
            broker = Some(child);
            (remote(addr, sessions), Some(addr))
        }
    };
    let decoder = Arc::new(Decoder::new("tn", &catalog(), &[], Limits::default()));
    let ingest = runtime
        .block_on(start(sources, decoder, Arc::new(Wall), out))
        .expect("the sources start");
    let addr = addr
        .or_else(|| ingest.local_addr())
        .expect("somewhere to connect to");
    let mut devices = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "devices",
            &addr.to_string(),
            &case.connections.to_string(),
            &case.qos.to_string(),
        ])
        .spawn()
        .expect("the devices start");

    let broker_pid = broker.as_ref().map(Child::id);
    let row = row(case, &ingest, &taken, broker_pid);
    end(&mut devices);
    runtime.block_on(ingest.stop());
    if let Some(broker) = &mut broker {
        end(broker);
    }
    engine.join().expect("the engine ends with its queue");
    row
}

struct Reading {
    at: Instant,
    taken: u64,
    shed: u64,
    engine: Duration,
    broker: Duration,
}

fn row(case: &Case, ingest: &Ingest, taken: &AtomicU64, broker: Option<u32>) -> String {
    let read = || Reading {
        at: Instant::now(),
        taken: taken.load(Ordering::Relaxed),
        shed: ingest
            .status()
            .iter()
            .flat_map(|s| s.counts.shed.clone())
            .map(|(_, n)| n)
            .sum(),
        engine: cpu(std::process::id()),
        broker: broker.map_or(Duration::ZERO, cpu),
    };
    thread::sleep(WARM_UP);
    let from = read();
    thread::sleep(MEASURED);
    let to = read();
    let seconds = (to.at - from.at).as_secs_f64();
    let (taken, shed) = (to.taken - from.taken, to.shed - from.shed);
    let per = |cpu: Duration, n: u64| cpu.as_secs_f64() * 1e6 / n.max(1) as f64;
    let way = match case.way {
        Way::Embedded => "embedded".to_owned(),
        Way::Mosquitto { sessions } => format!("mosquitto, {sessions} session(s)"),
    };
    format!(
        "| {way} | {} | {} | {} ms | {:.0} | {:.0} | {:.2} | {:.2} |",
        case.qos,
        case.connections,
        case.commit_ms,
        taken as f64 / seconds,
        shed as f64 / seconds,
        per(to.engine.saturating_sub(from.engine), taken + shed),
        per(to.broker.saturating_sub(from.broker), taken + shed),
    )
}

/// The engine in small: takes what is there, is busy for a commit, releases it all.
fn commit_in_groups(mut queue: mpsc::Receiver<Delivery>, commit: Duration, taken: &AtomicU64) {
    let mut batch = Vec::new();
    while queue.blocking_recv_many(&mut batch, QUEUE) > 0 {
        let acks: Vec<Ack> = batch
            .drain(..)
            .filter_map(|delivery| {
                taken.fetch_add(1, Ordering::Relaxed);
                delivery.ack
            })
            .collect();
        thread::sleep(commit);
        acks.into_iter().for_each(Ack::release);
    }
}

fn embedded() -> SourceConfig {
    let user = User {
        name: USER.to_owned(),
        password: Password::Plain(PASSWORD.to_owned()),
        role: Role::Device,
    };
    let any = "127.0.0.1:0".parse().expect("an address");
    let mut config = EmbeddedConfig::new(SourceName::new("embedded"), any, vec![user]);
    config.messages_per_second = 0;
    config.bytes_per_second = 0;
    SourceConfig::Embedded(config)
}

/// So many sessions with disjoint filters that cover every domain together.
fn remote(addr: SocketAddr, sessions: usize) -> Vec<SourceConfig> {
    (0..sessions)
        .map(|n| {
            let topics = DOMAINS
                .iter()
                .skip(n)
                .step_by(sessions)
                .map(|d| format!("ioc/v1/tn/{d}/#"))
                .collect();
            let address = BrokerAddress {
                host: addr.ip().to_string(),
                port: addr.port(),
                tls: false,
            };
            let name = format!("session-{n}");
            SourceConfig::Remote(RemoteConfig::new(
                SourceName::new(name.as_str()),
                address,
                name.as_str(),
                topics,
            ))
        })
        .collect()
}

fn mosquitto(dir: &Path) -> (Child, SocketAddr) {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = free.local_addr().expect("bound");
    let file = dir.join("mosquitto.conf");
    let config = format!(
        "listener {} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nmax_inflight_messages 0\nmax_queued_messages 100000\nlog_dest none\n",
        addr.port()
    );
    std::fs::write(&file, config).expect("written");
    drop(free);
    let child = Command::new("mosquitto")
        .arg("-c")
        .arg(&file)
        .stderr(Stdio::null())
        .spawn()
        .expect("mosquitto is installed");
    while std::net::TcpStream::connect(addr).is_err() {
        thread::sleep(Duration::from_millis(10));
    }
    (child, addr)
}

fn end(child: &mut Child) {
    child.kill().expect("its own child");
    child.wait().expect("it ends");
}

fn catalog() -> Catalog {
    let field = |id: usize, name: &str| Field {
        id: FieldId(id as u16),
        name: name.into(),
        title: Localized::default(),
        value_type: if id == 0 {
            ValueType::Symbol
        } else {
            ValueType::F64
        },
        unit: None,
        range: None,
        symbols: vec!["up".into(), "down".into()],
        headline: false,
    };
    let names = [
        "apState",
        "clientsConnected",
        "channelUtilization",
        "noiseFloor",
        "x_uplinkMs",
        "x_authFailPct",
        "x_rxMbps",
        "x_txMbps",
    ];
    let kind = |(n, domain): (usize, &&str)| Kind {
        id: KindId(n as u16),
        name: format!("{domain}/ap").into(),
        title: Localized::default(),
        fields: names
            .iter()
            .enumerate()
            .map(|(id, name)| field(id, name))
            .collect(),
        report_every: Span::from_mins(1),
        stale_after: Span::from_mins(3),
        auto_register: true,
        columns: Vec::new(),
    };
    Catalog::new(DOMAINS.iter().enumerate().map(kind).collect())
}

/// Readings carry their own times; when they were received is measured by nobody here.
struct Wall;

impl Clock for Wall {
    fn now(&self) -> Time {
        Time::from_millis(1_795_418_999_000)
    }
}
