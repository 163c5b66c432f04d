//! Publish → alert frame through the real binary behind a real broker, and a bare subscriber on the same broker as the
//! floor. Open loop: a message is timed from when it was meant to be sent.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use rumqttc::NetworkOptions;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use serde_json::json;
use tests::{Engine, Mosquitto, Pack, Screen, Ways};

use crate::cpu;
use crate::report::Report;

const GAUGES: usize = 1_000;
/// Over the alarm level of the pack's rule, and under it. The number of the message is added in millionths of a
/// centimetre, so that a screen's value tells which message it is.
const HIGH: f64 = 26.5;
const LOW: f64 = 20.0;
const STEP: f64 = 1e-8;
/// Messages a second over one connection to the engine's own broker, which reads a faster one more slowly.
const PACE: usize = 800;
/// Frames a second that the screen asks for: as many as it gets.
const HZ: f64 = 20.0;

/// Messages a second and how many gauges are high in turn: one gauge in so many.
#[derive(Clone, Copy)]
struct Load {
    rate: usize,
    total: usize,
    spread: usize,
}

/// Alerts as no city has them: one message in a hundred raises one.
const STORMY: usize = 50;
/// One message in two thousand.
const QUIET: usize = 1_000;
const RATES: [(usize, usize); 6] = [
    (1_000, STORMY),
    (1_000, QUIET),
    (10_000, STORMY),
    (10_000, QUIET),
    (50_000, QUIET),
    (100_000, QUIET),
];

/// Which frames are timed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Timed {
    Alerts,
    States,
}

/// Runs each load for some seconds, bare and through the engine.
pub(crate) fn run(ioc: &Path, seconds: u64, report: &mut Report) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    report.section(
        "End to end",
        &format!(
            "loopback, QoS 0, {GAUGES} gauges, one message in 100 or in 2,000 raises an alert, {seconds} s a row; milliseconds from the intended send time; a state frame is one of {HZ} a second with all gauges, each of their values timed; CPU of the subscriber's thread, and of the engine's process with its threads"
        ),
        &[
            "msg/s",
            "alerts",
            "what",
            "count",
            "p50",
            "p99",
            "greatest",
            "CPU µs/msg",
            "over bare",
            "by thread",
        ],
    );
    for (rate, spread) in RATES {
        let total = rate * seconds as usize;
        let load = Load {
            rate,
            total,
            spread,
        };
        if let Err(error) = rows(&runtime, ioc, load, report) {
            // The machine does not carry this rate; the others still tell something.
            report.row(&[
                rate.to_string(),
                load.alerts(),
                format!("not carried: {error:#}"),
            ]);
        }
    }
    Ok(())
}

/// One load: bare, through the engine behind a broker, and through its own broker.
fn rows(
    runtime: &tokio::runtime::Runtime,
    ioc: &Path,
    load: Load,
    report: &mut Report,
) -> Result<()> {
    let (took, used) = bare(runtime, load)?;
    let floor = used.values().sum();
    row(report, load, "bare subscriber", &took, &used, None);
    let through = |timed, embedded| runtime.block_on(through_engine(ioc, load, timed, embedded));
    let (took, used) = through(Timed::Alerts, false)?;
    row(report, load, "alert frame", &took, &used, Some(floor));
    if load.rate <= 10_000 && load.spread == STORMY {
        let (took, used) = through(Timed::States, false)?;
        row(report, load, "state frame", &took, &used, Some(floor));
    }
    if load.spread == QUIET {
        let (took, used) = through(Timed::Alerts, true)?;
        row(report, load, "alert frame, own broker", &took, &used, None);
    }
    Ok(())
}

/// CPU time by thread, in microseconds a message.
type Used = BTreeMap<String, f64>;

fn row(
    report: &mut Report,
    load: Load,
    what: &str,
    took: &Histogram<u64>,
    used: &Used,
    floor: Option<f64>,
) {
    let ms = |micros: u64| format!("{:.2}", micros as f64 / 1e3);
    let mut threads: Vec<_> = used.iter().collect();
    threads.sort_by(|a, b| b.1.total_cmp(a.1));
    let threads = threads.iter().filter(|(_, each)| **each >= 0.05);
    let threads: Vec<_> = threads
        .map(|(name, each)| format!("{name} {each:.1}"))
        .collect();
    let all: f64 = used.values().sum();
    report.row(&[
        load.rate.to_string(),
        load.alerts(),
        what.to_owned(),
        took.len().to_string(),
        ms(took.value_at_quantile(0.5)),
        ms(took.value_at_quantile(0.99)),
        ms(took.max()),
        format!("{all:.1}"),
        floor.map_or_else(|| "–".to_owned(), |floor| format!("{:.1}", all - floor)),
        threads.join(", "),
    ]);
}

/// How long messages take to a subscriber that does nothing else, and what it costs: one thread with a runtime of its own.
fn bare(runtime: &tokio::runtime::Runtime, load: Load) -> Result<(Histogram<u64>, Used)> {
    let broker = broker()?;
    let address = broker.address();
    let (subscribed, ready) = std::sync::mpsc::channel();
    std::thread::scope(|threads| {
        let listener = threads.spawn(|| {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(subscribe(address, subscribed, load))
        });
        let start = Instant::now() + Duration::from_millis(200);
        ready.recv().context("the listener failed")?.send(start)?;
        runtime.block_on(publish(
            vec![connect(address, "publisher", None)],
            start,
            load,
        ))?;
        let heard = listener.join();
        let (took, cpu_time) = heard.map_err(|_| anyhow::anyhow!("the subscriber panicked"))??;
        let each = cpu_time.as_secs_f64() * 1e6 / load.total as f64;
        Ok((took, Used::from([("subscriber".to_owned(), each)])))
    })
}

/// Hears every message, timed from when it was to be sent; returns the CPU time of the calling thread too.
async fn subscribe(
    broker: SocketAddr,
    subscribed: std::sync::mpsc::Sender<std::sync::mpsc::Sender<Instant>>,
    load: Load,
) -> Result<(Histogram<u64>, Duration)> {
    let (client, mut events) = connect(broker, "bare", None);
    client.subscribe("ioc/v1/#", QoS::AtMostOnce).await?;
    while !matches!(events.poll().await?, Event::Incoming(Packet::SubAck(_))) {}
    let (tell, told) = std::sync::mpsc::channel();
    subscribed.send(tell)?;
    let start = told.recv()?;
    let before = cpu::of_this_thread()?;
    let mut took = Histogram::new(3)?;
    while (took.len() as usize) < load.total {
        let event = tokio::time::timeout(Duration::from_secs(10), events.poll()).await;
        let event = event
            .with_context(|| format!("{} of {} messages arrived", took.len(), load.total))??;
        if let Event::Incoming(Packet::Publish(message)) = event {
            let number: usize = std::str::from_utf8(&message.payload)?
                .split_once("\"seq\":")
                .and_then(|(_, rest)| rest.split([',', '}']).next())
                .context("a message without a number")?
                .parse()?;
            took.record(load.lag(start, number))?;
        }
    }
    Ok((took, cpu::of_this_thread()?.saturating_sub(before)))
}

/// How long readings take to become frames on a screen, and the CPU time the engine's process spent on each of them.
async fn through_engine(
    ioc: &Path,
    load: Load,
    timed: Timed,
    embedded: bool,
) -> Result<(Histogram<u64>, Used)> {
    let outside = if embedded { None } else { Some(broker()?) };
    let ways = outside
        .as_ref()
        .map_or(Ways::Embedded, |broker| Ways::Remote(broker.port()));
    let engine = Engine::start(ioc, &Pack::rivers(GAUGES)?, ways).await?;
    let devices = match &outside {
        Some(broker) => vec![connect(broker.address(), "publisher", None)],
        None => (0..load.rate.div_ceil(PACE))
            .map(|n| {
                connect(
                    engine.mqtt(),
                    &format!("publisher-{n}"),
                    Some(engine.password()),
                )
            })
            .collect(),
    };
    let mut screen = Screen::alerts_only(engine.http(), engine.token()).await?;
    if timed == Timed::States {
        screen
            .say(json!({"op": "subscribe", "sub": 1, "topic": "assets", "max_hz": HZ}))
            .await?;
        screen
            .until("all gauges", |screen| {
                (screen.assets.len() == GAUGES).then_some(())
            })
            .await?;
    }
    let start = Instant::now() + Duration::from_millis(200);
    let before = cpu::by_thread(engine.pid())?;
    let publisher = tokio::spawn(publish(devices, start, load));
    let took = match timed {
        Timed::Alerts => alerts(&mut screen, start, load).await?,
        Timed::States => states(&mut screen, start, load).await?,
    };
    publisher.await??;
    let after = cpu::by_thread(engine.pid())?;
    let used = after.into_iter().map(|(name, spent)| {
        let spent = spent.saturating_sub(before.get(&name).copied().unwrap_or_default());
        (name, spent.as_secs_f64() * 1e6 / load.total as f64)
    });
    Ok((took, used.collect()))
}

/// Every alert that the load raises.
async fn alerts(screen: &mut Screen, start: Instant, load: Load) -> Result<Histogram<u64>> {
    let expected = (0..load.total)
        .filter(|number| load.message(*number).1 >= HIGH)
        .count();
    let (mut took, mut rounds) = (Histogram::new(3)?, HashMap::new());
    while (took.len() as usize) < expected {
        let heard = screen.next().await;
        heard.with_context(|| format!("{} of {expected} alerts came", took.len()))?;
        let firing = |event: &serde_json::Value| event["state"] == "firing";
        for event in screen.events.drain(..).filter(firing) {
            let gauge = event["key"]["asset"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let round: &mut usize = rounds.entry(gauge.clone()).or_default();
            let number = load.number_of(&gauge, *round)?;
            *round += 1;
            took.record(load.lag(start, number))?;
        }
    }
    Ok(took)
}

/// Every value that a frame brings, until the last message's.
async fn states(screen: &mut Screen, start: Instant, load: Load) -> Result<Histogram<u64>> {
    let mut took = Histogram::new(3)?;
    let mut seen_last = false;
    while !seen_last {
        screen.next().await?;
        for n in std::mem::take(&mut screen.changed) {
            let height = screen
                .assets
                .get(&n)
                .and_then(|asset| asset["v"]["height"].as_f64());
            let height = height.context("a gauge without its height")?;
            let above = if height >= HIGH {
                height - HIGH
            } else {
                height - LOW
            };
            let number = (above / STEP).round() as usize;
            took.record(load.lag(start, number))?;
            seen_last |= number + 1 == load.total;
        }
    }
    Ok(took)
}

fn broker() -> Result<Mosquitto> {
    match Mosquitto::start()? {
        Some(broker) => Ok(broker),
        None => bail!("mosquitto is needed to measure against"),
    }
}

fn connect(broker: SocketAddr, name: &str, password: Option<&str>) -> (AsyncClient, EventLoop) {
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    let mut options = MqttOptions::new(name, broker.ip().to_string(), broker.port());
    options.set_network_options(network);
    // No table of 65,535 messages in flight for each of a hundred connections.
    options.set_outgoing_inflight_upper_limit(16);
    if let Some(password) = password {
        options.set_credentials("device", password);
    }
    AsyncClient::new(options, 10_000)
}

/// Sends every message when it is due, however long the others take, each gauge over one of the connections; returns when
/// the broker has them all.
async fn publish(
    connections: Vec<(AsyncClient, EventLoop)>,
    start: Instant,
    load: Load,
) -> Result<()> {
    let (mut clients, mut connected) = (Vec::new(), Vec::new());
    for (client, mut events) in connections {
        clients.push(client);
        connected.push(tokio::spawn(async move {
            while !matches!(events.poll().await?, Event::Incoming(Packet::PubAck(_))) {}
            Ok::<_, anyhow::Error>(())
        }));
    }
    for number in 0..load.total {
        let due = load.intended(start, number);
        if due > Instant::now() {
            tokio::time::sleep_until(due.into()).await;
        }
        let (gauge, height) = load.message(number);
        let payload = format!(r#"{{"seq":{number},"v":{{"height":{height:.8}}}}}"#);
        let topic = format!("ioc/v1/test/env/river/wl-{gauge}/tele");
        clients[gauge % clients.len()]
            .publish(topic, QoS::AtMostOnce, false, payload)
            .await?;
    }
    for (client, connection) in clients.iter().zip(connected) {
        // The one message with an acknowledgement comes after all the others.
        client.publish(LAST, QoS::AtLeastOnce, false, "").await?;
        connection.await??;
    }
    Ok(())
}

/// Below the city's topics, where the engine's own broker lets devices publish; an empty payload says nothing.
const LAST: &str = "ioc/v1/test/env/river/wl-0/state";

impl Load {
    fn intended(self, start: Instant, number: usize) -> Instant {
        start + Duration::from_secs_f64(number as f64 / self.rate as f64)
    }

    /// Since a message was to be sent, in microseconds.
    fn lag(self, start: Instant, number: usize) -> u64 {
        let lag = Instant::now().saturating_duration_since(self.intended(start, number));
        lag.as_micros() as u64
    }

    /// Gauge and height of a message: in turn over all gauges. In every second turn one gauge in `spread` is high, each
    /// time another; the turn after it is low again.
    fn message(self, number: usize) -> (usize, f64) {
        let (turn, gauge) = (number / GAUGES, number % GAUGES);
        let high = turn.is_multiple_of(2) && gauge % self.spread == turn / 2 % self.spread;
        let height = if high { HIGH } else { LOW };
        (gauge, height + number as f64 * STEP)
    }

    /// The number of the message with which a gauge was high for the `round`-th time.
    fn number_of(self, gauge: &str, round: usize) -> Result<usize> {
        let gauge: usize = gauge
            .trim_start_matches("wl-")
            .parse()
            .context("a gauge's number")?;
        let turn = 2 * (gauge % self.spread + round * self.spread);
        Ok(turn * GAUGES + gauge)
    }

    fn alerts(self) -> String {
        format!("1 in {}", 2 * self.spread)
    }
}
