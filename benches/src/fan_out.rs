//! One update to many screens through the real gateway, and the bare floor with the same crowd and the same frames.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use city::City;
use model::{AssetHandle, FieldId, Freshness, StateChange, Time, Value, ValueType};
use tokio::runtime::Runtime;
use tokio::time::{MissedTickBehavior, interval};
use ws_gateway::{AlertEvent, Update};

use crate::bare::Bare;
use crate::crowd::{Crowd, Tally, Who};
use crate::report::Report;
use crate::server::{Server, now_us};
use crate::{alerts, cpu, workload};

const CROWDS: [usize; 3] = [10, 100, 1_000];
/// Assets that change at once, and how often.
const CHANGED: usize = 100;
const ROUND: Duration = Duration::from_millis(100);
/// An alert with every so many rounds.
const ALERT_EVERY: u64 = 2;
const WARM_UP: Duration = Duration::from_secs(1);
/// After the last round, for what is still on its way.
const DRAIN: Duration = Duration::from_millis(500);
const TOPICS: [&str; 2] = ["assets", "alerts"];

/// Measures every crowd, whole, with one client in ten frozen, and bare.
pub(crate) fn run(dir: &Path, seconds: u64, report: &mut Report) -> Result<()> {
    let city = workload::load(dir)?;
    let feed = Feed::new(&city)?;
    let rounds = seconds * 1_000 / ROUND.as_millis() as u64;
    report.section(
        "Fan-out",
        &format!(
            "loopback; {CHANGED} assets change every {} ms and an alert fires every {} ms; each client follows all assets at 20 Hz and all alerts; {seconds} s a row; milliseconds from the cache's update to the frame in the client, in another process; CPU of the server's process",
            ROUND.as_millis(),
            ROUND.as_millis() * u128::from(ALERT_EVERY),
        ),
        &["clients", "server", "frames/s", "bytes/frame", "CPU µs/frame", "state p50", "state p99", "alert p50", "alert p99"],
    );
    for clients in CROWDS {
        let whole = through_gateway(&city, &feed, clients, 0, rounds)?;
        row(report, clients, "gateway", seconds, &whole);
        let some = through_gateway(&city, &feed, clients, clients / 10, rounds)?;
        row(
            report,
            clients,
            "gateway, one in ten frozen",
            seconds,
            &some,
        );
        let length = (whole.0.bytes / whole.0.frames.max(1)) as usize;
        let bare = bare(&feed, clients, rounds, length)?;
        row(report, clients, "bare", seconds, &bare);
    }
    Ok(())
}

fn row(report: &mut Report, clients: usize, what: &str, seconds: u64, outcome: &(Tally, Duration)) {
    let (tally, used) = outcome;
    let ms = |micros: u64| format!("{:.2}", micros as f64 / 1e3);
    let frames = tally.frames.max(1) as f64;
    report.row(&[
        clients.to_string(),
        what.to_owned(),
        format!("{:.0}", frames / seconds as f64),
        format!("{:.0}", tally.bytes as f64 / frames),
        format!("{:.1}", used.as_secs_f64() * 1e6 / frames),
        ms(tally.state_p50),
        ms(tally.state_p99),
        ms(tally.alert_p50),
        ms(tally.alert_p99),
    ]);
}

fn runtime() -> Result<Runtime> {
    let built = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    built.context("starting a runtime")
}

fn who(address: std::net::SocketAddr, healthy: usize, frozen: usize, feed: &Feed) -> Who {
    Who {
        address,
        healthy,
        frozen,
        topics: TOPICS.map(str::to_owned).to_vec(),
        column: feed.column.clone(),
    }
}

/// What the readers got and the CPU time the gateway spent meanwhile.
fn through_gateway(
    city: &Arc<City>,
    feed: &Feed,
    clients: usize,
    frozen: usize,
    rounds: u64,
) -> Result<(Tally, Duration)> {
    let runtime = runtime()?;
    let server = Server::start(&runtime, city)?;
    let healthy = clients - frozen;
    let mut crowd = Crowd::start(&who(server.address, healthy, frozen, feed))?;
    let (state, updates) = (Arc::clone(&server.state), server.updates.clone());
    let send = |round: u64| {
        let (feed, state, updates) = (feed.clone(), Arc::clone(&state), updates.clone());
        async move {
            ensure!(
                state.offer(&mut feed.changes(round)),
                "the gateway is behind"
            );
            if round.is_multiple_of(ALERT_EVERY) {
                updates
                    .send(Update::Alerts(vec![Feed::alert(round)]))
                    .await?;
            }
            Ok(())
        }
    };
    let outcome = measure(&runtime, &mut crowd, rounds, send)?;
    let expected = rounds.div_ceil(ALERT_EVERY) * healthy as u64;
    let got = outcome.0.alerts;
    ensure!(got == expected, "{got} of {expected} alert frames came");
    Ok(outcome)
}

fn bare(feed: &Feed, clients: usize, rounds: u64, length: usize) -> Result<(Tally, Duration)> {
    let runtime = runtime()?;
    let server = Bare::start(&runtime, TOPICS.len())?;
    let mut crowd = Crowd::start(&who(server.address, clients, 0, feed))?;
    let send = |round: u64| {
        let (feed, frames) = (feed.clone(), server.frames.clone());
        async move {
            frames.send(padded(&format!("{{\"{}\":[{}", feed.column, now_us()), length).into())?;
            if round.is_multiple_of(ALERT_EVERY) {
                frames.send(padded(&format!("{{\"stamp\":\"{}", now_us()), length).into())?;
            }
            Ok(())
        }
    };
    measure(&runtime, &mut crowd, rounds, send)
}

fn padded(text: &str, length: usize) -> String {
    format!(
        "{text}{}",
        " ".repeat(length.saturating_sub(text.len()).max(1))
    )
}

/// Warms up, then sends round after round.
fn measure<F: Future<Output = Result<()>>>(
    runtime: &Runtime,
    crowd: &mut Crowd,
    rounds: u64,
    send: impl Fn(u64) -> F,
) -> Result<(Tally, Duration)> {
    let warm_up = (WARM_UP.as_millis() / ROUND.as_millis()) as u64;
    runtime.block_on(send_rounds(0..warm_up, &send))?;
    std::thread::sleep(DRAIN);
    crowd.begin()?;
    let before = cpu::of_process(std::process::id())?;
    runtime.block_on(send_rounds(warm_up..warm_up + rounds, &send))?;
    std::thread::sleep(DRAIN);
    let used = cpu::of_process(std::process::id())?.saturating_sub(before);
    Ok((crowd.end()?, used))
}

async fn send_rounds<F: Future<Output = Result<()>>>(
    rounds: std::ops::Range<u64>,
    send: &impl Fn(u64) -> F,
) -> Result<()> {
    let mut tick = interval(ROUND);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for round in rounds {
        tick.tick().await;
        send(round).await?;
    }
    Ok(())
}

/// What is sent: stamps as values of one field of one kind.
#[derive(Clone)]
struct Feed {
    column: String,
    field: FieldId,
    assets: Vec<AssetHandle>,
}

impl Feed {
    fn new(city: &City) -> Result<Self> {
        let kind = city.catalog.find("wifi/ap");
        let kind = kind.context("the pack has no kind wifi/ap, on which the workload is made")?;
        let number = kind.fields.iter().find(|f| f.value_type == ValueType::F64);
        let number = number.context("wifi/ap has no number")?;
        let of_kind = city
            .assets
            .iter()
            .zip(0..)
            .filter(|(a, _)| a.kind == kind.id);
        Ok(Self {
            column: number.name.to_string(),
            field: number.id,
            assets: of_kind.map(|(_, n)| AssetHandle(n)).collect(),
        })
    }

    fn changes(&self, round: u64) -> Vec<StateChange> {
        let first = round as usize * CHANGED;
        let updated = |n| StateChange::Updated {
            asset: self.assets[(first + n) % self.assets.len()],
            at: Time::from_millis((now_us() / 1_000) as i64),
            freshness: Freshness::Live,
            fields: std::iter::once((self.field, Some(Value::F64(now_us() as f64)))).collect(),
        };
        (0..CHANGED).map(updated).collect()
    }

    fn alert(round: u64) -> AlertEvent {
        AlertEvent {
            seq: round / ALERT_EVERY + 1,
            alert: Arc::new(alerts::firing(round, &now_us().to_string())),
        }
    }
}
