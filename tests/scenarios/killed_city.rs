//! A simulated city reports through mosquitto while the engine is killed again and again. What the engine raised is held
//! against the simulator's own ledger, against what every screen was shown, and against one engine that reads the whole
//! input log without a break.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use ioc_engine::clock::AnchoredClock;
use ioc_engine::pack;
use model::{Clock, Time};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use simulators::Broker;
use simulators::ledger::{self, Expected};
use simulators::living_city::{self, RunError, Totals};
use tests::{Device, Engine, Mosquitto, Pack, Screen, Ways};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::crash::kills;
use crate::living_city::account;
use crate::stored::{self, Stored};
use crate::{IOC, gauge};

/// Gauges to which nothing happens: an alert on one of them is false.
const QUIET: usize = 15;

const RULES: &str = "\
version: 1
group: flood
rules:
  - alert: RiverHigh
    on: env/river
    when: height >= 26.0
    clear: height < 25.8
    severity: high
    summary: {vi: Cao, en: High}
    guidance: {vi: Gọi trực ban., en: Call the flood watch.}
  - alert: RiverStays
    on: env/river
    when: height >= 30.0
    for: 3s
    severity: critical
    summary: {vi: Vẫn cao, en: Still high}
    guidance: {vi: Sơ tán., en: Evacuate.}
  - alert: GaugeSilent
    on: env/river
    absent: 10s
    severity: low
    summary: {vi: Mất tín hiệu, en: Silent}
    guidance: {vi: Kiểm tra trạm., en: Look at the gauge.}
";

/// Every message is confirmed: what mosquitto took for an engine that is down, it keeps.
const SIMULATION: &str = "\
version: 1
conditions:
  mute: {silent: true}
kinds:
  env/river:
    report_every: 1s
    qos: 1
    fields:
      height: {base: {column: bd1, plus: -1, or: 24}, decimals: 2}
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_city_raises_its_alert_once_however_often_the_engine_is_killed()
-> Result<()> {
    let Some(broker) = Mosquitto::start()? else {
        return Ok(());
    };
    let faults = (kills() * 9 / 10).max(3);
    let pack = valley(faults)?;
    let mut engine = Engine::start(IOC, &pack, Ways::Remote(broker.port())).await?;
    let ledger = engine.data().join("ledger.jsonl");
    let city = City::start(pack.path(), broker.port(), &ledger)?;
    let mut wall = Wall::default();

    // One fault begins every second: past the last kill until the last of them has begun.
    let mut random = ChaCha8Rng::seed_from_u64(20_261_123);
    let mut kill = 0;
    while kill < kills() || begun(&ledger)? < expected(faults) {
        wall.watch(&engine, random.random_range(1..15))
            .await
            .with_context(|| format!("before kill {kill}"))?;
        engine.kill()?;
        engine.spawn(&[])?;
        // Now and then while it still catches up with what mosquitto kept for it.
        let up_to = if random.random_bool(0.3) {
            "/healthz"
        } else {
            "/readyz"
        };
        let again = engine.answers(up_to).await;
        again.with_context(|| format!("after kill {kill}"))?;
        kill += 1;
    }
    engine.answers("/readyz").await?;
    wall.until_raised(&engine, expected(faults)).await?;
    let totals = city.stop().await?;
    everything_has_arrived(&engine, &broker, faults).await?;
    engine.kill()?;

    eprintln!("{kill} kills, {} messages", totals.traffic.acked);
    let read = pack::read(pack.path()).pack.context("a sound pack")?;
    let stored = Stored::read(&engine.data(), &read)?;
    nothing_acknowledged_is_lost(&stored, &totals)?;
    the_ledger_is_met_exactly(&stored, &ledger::parse(&std::fs::read_to_string(&ledger)?)?)?;
    wall.was_shown_what_stands(&stored)?;
    an_engine_without_a_break_says_the_same(&stored, &read)
}

/// A pack with one gauge a fault, and a scenario in which a fault begins every second: waves that rise and fall, floods
/// that stay, gauges that fall silent.
fn valley(faults: usize) -> Result<Pack> {
    let mut scenario =
        "version: 1\nrandom_faults: false\nweather: {seeded: false}\nsteps:\n".to_owned();
    for n in 0..faults {
        let at = n + 3;
        let step = match n % 3 {
            0 => format!(
                "drive: height, through: [{{at: {}s, to: 27}}, {{at: {}s, to: 27}}, {{at: {}s, to: usual}}], expect: [{}]",
                at + 2,
                at + 6,
                at + 8,
                alert("RiverHigh", n, "high", at)
            ),
            1 => format!(
                "drive: height, through: [{{at: {}s, to: 31}}, {{at: 10h, to: 31}}], expect: [{}, {}]",
                at + 2,
                alert("RiverHigh", n, "high", at),
                alert("RiverStays", n, "critical", at + 3)
            ),
            _ => format!(
                "fault: mute, lasts: 10h, expect: [{}]",
                alert("GaugeSilent", n, "low", at + 8)
            ),
        };
        writeln!(
            scenario,
            "  - {{name: fault {n}, at: {at}s, on: {{asset: wl-{n}}}, {step}}}"
        )?;
    }
    Pack::rivers(faults + QUIET)?
        .with("rules/flood.yaml", RULES)?
        .with("simulation/env.yaml", SIMULATION)?
        .with("scenarios/kills.yaml", &scenario)
}

/// How late an alert is depends on how long the engine was down: only that it comes is promised here.
fn alert(rule: &str, n: usize, severity: &str, from: usize) -> String {
    format!(
        "{{rule: flood/{rule}, key: {{asset: wl-{n}}}, severity: {severity}, from: {from}s, until: 10h}}"
    )
}

/// How many alerts so many faults must raise: a flood that stays raises two.
fn expected(faults: usize) -> usize {
    faults + (faults + 1) / 3
}

fn begun(ledger: &Path) -> Result<usize> {
    Ok(std::fs::read_to_string(ledger)?.lines().count())
}

/// The simulated city, which no kill touches.
struct City {
    run: JoinHandle<Result<Totals, RunError>>,
    stop: oneshot::Sender<()>,
}

impl City {
    fn start(pack: &Path, port: u16, ledger: &Path) -> Result<Self> {
        std::fs::write(ledger, "")?;
        let config = living_city::Config {
            city: pack::read(pack).pack.context("a sound pack")?.city,
            mqtt: Broker::parse(&format!("mqtt://127.0.0.1:{port}"), None, None)?,
            seed: 1,
            rate: 1.0,
            scenario: Some("kills".to_owned()),
            ledger: Some(ledger.to_owned()),
        };
        let clock: Arc<dyn Clock> = Arc::new(AnchoredClock::new());
        let (stop, stopped) = oneshot::channel();
        let run = tokio::spawn(living_city::run(config, clock, async {
            // A sender that is gone means the same as one that says so.
            drop(stopped.await);
        }));
        Ok(Self { run, stop })
    }

    async fn stop(self) -> Result<Totals> {
        drop(self.stop);
        Ok(self.run.await??)
    }
}

/// A screen that comes back after every kill and goes on where it was.
#[derive(Default)]
struct Wall {
    /// What it was shown, by place in the alert log: which alert, and how it stood.
    shown: BTreeMap<u64, (String, String)>,
    /// The alerts of the city among them that fired.
    raised: BTreeSet<String>,
    /// How far the alert log was shown.
    last: u64,
}

impl Wall {
    /// Watches until so many frames have come.
    async fn watch(&mut self, engine: &Engine, frames: usize) -> Result<()> {
        let mut screen = self.open(engine).await?;
        screen.follow_assets().await?;
        for _ in 0..frames {
            screen.next().await?;
        }
        self.close(&screen);
        Ok(())
    }

    async fn until_raised(&mut self, engine: &Engine, alerts: usize) -> Result<()> {
        let before = self.raised.clone();
        let mut screen = self.open(engine).await?;
        screen
            .until("every fault's alert", |s| {
                let now = s.events.iter().filter(|e| is_raised(e));
                let ids: BTreeSet<_> = now.filter_map(|e| e["id"].as_str()).collect();
                let new = ids.iter().filter(|id| !before.contains(**id)).count();
                (before.len() + new >= alerts).then_some(())
            })
            .await?;
        self.close(&screen);
        Ok(())
    }

    async fn open(&self, engine: &Engine) -> Result<Screen> {
        let mut screen = Screen::resume(engine.http(), engine.token(), self.last).await?;
        screen
            .until("the alert log to go on", |s| s.resumed.then_some(()))
            .await?;
        Ok(screen)
    }

    fn close(&mut self, screen: &Screen) {
        let text = |event: &Value, name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let shown = screen
            .events
            .iter()
            .map(|e| (text(e, "id"), text(e, "state")));
        self.shown.extend(screen.places.iter().copied().zip(shown));
        self.last = screen.alert_seq;
        let raised = screen.events.iter().filter(|e| is_raised(e));
        self.raised.extend(raised.map(|e| text(e, "id")));
    }

    /// What a screen once showed is what the store holds at that place.
    fn was_shown_what_stands(&self, stored: &Stored) -> Result<()> {
        let stood = |seq: &u64| {
            let event = stored
                .events
                .get(usize::try_from(*seq).ok()?.checked_sub(1)?)?;
            let alert = &event.alert;
            Some((alert.id.to_string(), alert.condition.as_str().to_owned()))
        };
        for (seq, shown) in &self.shown {
            let stands = stood(seq);
            ensure!(
                stands.as_ref() == Some(shown),
                "alert event {seq} was shown as {shown:?}, and is now {stands:?}"
            );
        }
        ensure!(!self.shown.is_empty(), "the wall was shown nothing");
        Ok(())
    }
}

/// An alert of the city that fires; not those of the engine about itself.
fn is_raised(event: &Value) -> bool {
    let rule = event["rule"].as_str().unwrap_or_default();
    event["state"] == "firing" && rule.starts_with("flood/")
}

/// The last message through mosquitto, behind all others: when it is on a screen, all others are in the log.
async fn everything_has_arrived(engine: &Engine, broker: &Mosquitto, faults: usize) -> Result<()> {
    let last = faults + QUIET - 1;
    let mut screen = Screen::open(engine.http(), engine.token()).await?;
    Device::new(broker.address(), "last", None)
        .send(&gauge(last), r#"{"height": 20.25}"#.to_owned())
        .await?;
    let name = format!("wl-{last}");
    screen
        .until("the last message", |s| {
            s.asset(&name)
                .filter(|a| a["v"]["height"] == 20.25)
                .map(drop)
        })
        .await
}

fn nothing_acknowledged_is_lost(stored: &Stored, totals: &Totals) -> Result<()> {
    let traffic = totals.traffic;
    ensure!(
        traffic.acked == traffic.to_confirm && traffic.acked == traffic.queued,
        "mosquitto did not take everything: {traffic:?}"
    );
    let logged = stored.numbered().len() as u64;
    ensure!(
        logged == traffic.acked,
        "{} messages were acknowledged and {logged} are in the log",
        traffic.acked
    );
    Ok(())
}

fn the_ledger_is_met_exactly(stored: &Stored, ledger: &[Expected]) -> Result<()> {
    let mut raised = stored::raised(&stored.events);
    // While it is killed more often than it connects, the engine may say that it has lost its source.
    raised.retain(|alert| alert.rule != "ioc/SourceDown");
    let reckoning = ledger::check(ledger, &raised);
    let begin = stored.inputs.first().map_or(Time::MIN, |i| i.stamp);
    ensure!(reckoning.is_clean(), "{}", account(&reckoning, begin));
    ensure!(raised.len() == ledger.len(), "{raised:#?}");
    let fired = stored
        .events
        .iter()
        .filter(|e| e.alert.fired_at == Some(e.at));
    let mut ids = BTreeSet::new();
    for event in fired.filter(|e| e.alert.condition == model::Condition::Firing) {
        ensure!(ids.insert(event.alert.id), "raised twice: {event:?}");
    }
    Ok(())
}

/// Same alerts, same ids, same times, same order.
fn an_engine_without_a_break_says_the_same(stored: &Stored, pack: &pack::Pack) -> Result<()> {
    let replayed = stored.replayed(pack)?;
    for (committed, replayed) in stored.events.iter().zip(&replayed) {
        ensure!(
            committed == replayed,
            "the killed engine said {committed:#?}, the other {replayed:#?}"
        );
    }
    ensure!(
        stored.events.len() == replayed.len(),
        "the killed engine told {} events, the other {}",
        stored.events.len(),
        replayed.len()
    );
    Ok(())
}
