//! Publish → alert frame through the real binary behind a real broker, and a bare subscriber on the same broker as the
//! floor. Open loop: a message is timed from when it was meant to be sent.

use std::collections::{BTreeMap, HashMap};
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
/// One gauge in so many is high in a turn.
const SPREAD: usize = 50;
/// Over the alarm level of the pack's rule, and under it.
const HIGH: f64 = 26.5;
const LOW: f64 = 20.0;
const RATES: [usize; 2] = [1_000, 10_000];

/// Runs each rate for some seconds, bare and through the engine.
pub(crate) fn run(ioc: &Path, seconds: u64, report: &mut Report) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    report.section(
        "End to end",
        &format!(
            "mosquitto on loopback, QoS 0, {GAUGES} gauges, one message in {} raises an alert, {seconds} s a rate; milliseconds from the intended send time; CPU of the subscriber's thread, and of the engine's process with its threads",
            2 * SPREAD
        ),
        &[
            "msg/s",
            "what",
            "count",
            "p50",
            "p99",
            "greatest",
            "CPU µs/msg",
            "by thread",
        ],
    );
    for rate in RATES {
        let (bare, used) = bare(&runtime, rate, seconds)?;
        row(report, rate, "bare subscriber", &bare, &used);
        let (alerts, used) = runtime.block_on(through_engine(ioc, rate, seconds))?;
        row(report, rate, "alert frame", &alerts, &used);
    }
    Ok(())
}

/// CPU time by thread, in microseconds a message.
type Used = BTreeMap<String, f64>;

fn row(report: &mut Report, rate: usize, what: &str, took: &Histogram<u64>, used: &Used) {
    let ms = |micros: u64| format!("{:.2}", micros as f64 / 1e3);
    let mut threads: Vec<_> = used.iter().collect();
    threads.sort_by(|a, b| b.1.total_cmp(a.1));
    let threads = threads.iter().filter(|(_, each)| **each >= 0.05);
    let threads: Vec<_> = threads
        .map(|(name, each)| format!("{name} {each:.1}"))
        .collect();
    report.row(&[
        rate.to_string(),
        what.to_owned(),
        took.len().to_string(),
        ms(took.value_at_quantile(0.5)),
        ms(took.value_at_quantile(0.99)),
        ms(took.max()),
        format!("{:.1}", used.values().sum::<f64>()),
        threads.join(", "),
    ]);
}

/// How long messages take to a subscriber that does nothing else, and what it costs: one thread with a runtime of its own.
fn bare(
    runtime: &tokio::runtime::Runtime,
    rate: usize,
    seconds: u64,
) -> Result<(Histogram<u64>, Used)> {
    let broker = broker()?;
    let total = rate * seconds as usize;
    let (subscribed, ready) = std::sync::mpsc::channel();
    std::thread::scope(|threads| {
        let listener = threads.spawn(|| {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(subscribe(&broker, subscribed, rate, total))
        });
        let start = Instant::now() + Duration::from_millis(200);
        ready.recv().context("the listener failed")?.send(start)?;
        runtime.block_on(publish(connect(&broker, "publisher"), start, rate, total))?;
        let heard = listener.join();
        let (took, cpu_time) = heard.map_err(|_| anyhow::anyhow!("the subscriber panicked"))??;
        let each = cpu_time.as_secs_f64() * 1e6 / total as f64;
        Ok((took, Used::from([("subscriber".to_owned(), each)])))
    })
}

/// Hears every message, timed from when it was to be sent; returns the CPU time of the calling thread too.
async fn subscribe(
    broker: &Mosquitto,
    subscribed: std::sync::mpsc::Sender<std::sync::mpsc::Sender<Instant>>,
    rate: usize,
    total: usize,
) -> Result<(Histogram<u64>, Duration)> {
    let (client, mut events) = connect(broker, "bare");
    client.subscribe("ioc/v1/#", QoS::AtMostOnce).await?;
    while !matches!(events.poll().await?, Event::Incoming(Packet::SubAck(_))) {}
    let (tell, told) = std::sync::mpsc::channel();
    subscribed.send(tell)?;
    let start = told.recv()?;
    let before = cpu::of_this_thread()?;
    let mut took = Histogram::new(3)?;
    while (took.len() as usize) < total {
        let event = tokio::time::timeout(Duration::from_secs(10), events.poll()).await;
        let event =
            event.with_context(|| format!("{} of {total} messages arrived", took.len()))??;
        if let Event::Incoming(Packet::Publish(message)) = event {
            let number: usize = std::str::from_utf8(&message.payload)?
                .split_once("\"seq\":")
                .and_then(|(_, rest)| rest.split([',', '}']).next())
                .context("a message without a number")?
                .parse()?;
            let lag = Instant::now().saturating_duration_since(intended(start, rate, number));
            took.record(lag.as_micros() as u64)?;
        }
    }
    Ok((took, cpu::of_this_thread()?.saturating_sub(before)))
}

/// How long readings take to become alert frames on a screen, and the CPU time the engine's process spent on each of them.
async fn through_engine(ioc: &Path, rate: usize, seconds: u64) -> Result<(Histogram<u64>, Used)> {
    let broker = broker()?;
    let engine = Engine::start(ioc, &Pack::rivers(GAUGES)?, Ways::Remote(broker.port())).await?;
    let mut screen = Screen::alerts_only(engine.http(), engine.token()).await?;
    let total = rate * seconds as usize;
    let start = Instant::now() + Duration::from_millis(200);
    let before = cpu::by_thread(engine.pid())?;
    let publisher = tokio::spawn(publish(connect(&broker, "publisher"), start, rate, total));
    let expected = (0..total)
        .filter(|number| message(*number).1 == HIGH)
        .count();
    let (mut took, mut rounds) = (Histogram::new(3)?, HashMap::new());
    while (took.len() as usize) < expected {
        let heard = screen.next().await;
        heard.with_context(|| format!("{} of {expected} alerts came", took.len()))?;
        let now = Instant::now();
        for event in screen.events.drain(..) {
            if event["state"] == "firing" {
                let gauge = event["key"]["asset"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                let round: &mut usize = rounds.entry(gauge.clone()).or_default();
                let number = number_of(&gauge, *round)?;
                *round += 1;
                let lag = now.saturating_duration_since(intended(start, rate, number));
                took.record(lag.as_micros() as u64)?;
            }
        }
    }
    publisher.await??;
    let after = cpu::by_thread(engine.pid())?;
    let used = after.into_iter().map(|(name, spent)| {
        let spent = spent.saturating_sub(before.get(&name).copied().unwrap_or_default());
        (name, spent.as_secs_f64() * 1e6 / total as f64)
    });
    Ok((took, used.collect()))
}

fn broker() -> Result<Mosquitto> {
    match Mosquitto::start()? {
        Some(broker) => Ok(broker),
        None => bail!("mosquitto is needed to measure against"),
    }
}

fn connect(broker: &Mosquitto, name: &str) -> (AsyncClient, EventLoop) {
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    let mut options = MqttOptions::new(name, "127.0.0.1", broker.port());
    options.set_network_options(network);
    AsyncClient::new(options, 10_000)
}

/// Sends every message when it is due, however long the others take; returns when the broker has them all.
async fn publish(
    (client, mut events): (AsyncClient, EventLoop),
    start: Instant,
    rate: usize,
    total: usize,
) -> Result<()> {
    let connection = tokio::spawn(async move {
        while !matches!(events.poll().await?, Event::Incoming(Packet::PubAck(_))) {}
        Ok::<_, anyhow::Error>(())
    });
    for number in 0..total {
        let due = intended(start, rate, number);
        if due > Instant::now() {
            tokio::time::sleep_until(due.into()).await;
        }
        let (gauge, height) = message(number);
        let payload = json!({"seq": number, "v": {"height": height}}).to_string();
        let topic = format!("ioc/v1/test/env/river/wl-{gauge}/tele");
        client
            .publish(topic, QoS::AtMostOnce, false, payload)
            .await?;
    }
    // The one message with an acknowledgement comes after all the others.
    client.publish("done", QoS::AtLeastOnce, false, "").await?;
    connection.await?
}

fn intended(start: Instant, rate: usize, number: usize) -> Instant {
    start + Duration::from_secs_f64(number as f64 / rate as f64)
}

/// Gauge and height of a message: in turn over all gauges. In every second turn one gauge in [`SPREAD`] is high, each time
/// another; the turn after it is low again.
fn message(number: usize) -> (usize, f64) {
    let (turn, gauge) = (number / GAUGES, number % GAUGES);
    let high = turn.is_multiple_of(2) && gauge % SPREAD == turn / 2 % SPREAD;
    (gauge, if high { HIGH } else { LOW })
}

/// The number of the message with which a gauge was high for the `round`-th time.
fn number_of(gauge: &str, round: usize) -> Result<usize> {
    let gauge: usize = gauge
        .trim_start_matches("wl-")
        .parse()
        .context("a gauge's number")?;
    let turn = 2 * (gauge % SPREAD + round * SPREAD);
    Ok(turn * GAUGES + gauge)
}
