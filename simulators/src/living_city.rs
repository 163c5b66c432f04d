//! The living city: its devices report to a broker as time passes, until told to stop.
//! Used by `ioc-sim city` and, in one process with the engine, by `ioc demo`.

use std::collections::VecDeque;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use city::City;
use model::{Clock, Diagnostic, Span, Time};

use crate::broker::{Broker, BrokerError};
use crate::fleet::Fleet;
use crate::ledger::Expected;
use crate::local_time::{LocalTime, ZoneError};
use crate::mqtt::{Lanes, Traffic, run_name};
use crate::scenario::Script;
use crate::scene::Scene;
use crate::simulation::Plan;
use crate::weather::{Place, Weather};
use crate::world::World;

/// How often the run looks at the clock. Due times are absolute; this only bounds how late a message leaves.
const TICK: Duration = Duration::from_millis(20);
/// Later than this behind its due time, a message counts as late.
const LATE_AFTER: Span = Span::from_secs(1);
const STATUS_EVERY: Span = Span::from_secs(10);
const CONNECTIONS: usize = 8;
const GOODBYE: Duration = Duration::from_secs(1);

/// What to run.
#[derive(Clone, Debug)]
pub struct Config {
    /// The city, loaded.
    pub city: Arc<City>,
    /// Where to send.
    pub mqtt: Broker,
    /// Same seed, same messages.
    pub seed: u64,
    /// Multiplies how often assets report.
    pub rate: f64,
    /// The scenario to play, by its file's name; none for the everyday.
    pub scenario: Option<String>,
    /// Where to write the truth ledger.
    pub ledger: Option<PathBuf>,
}

/// What came of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Devices that took part.
    pub devices: usize,
    /// What the broker got.
    pub traffic: Traffic,
    /// Messages that left more than a second after they were due.
    pub late: u64,
    /// The longest any message waited past its due time, in the run's own time.
    pub longest_lag: Span,
    /// Readings that devices lost while they had no link and their own store was full.
    pub store_lost: u64,
}

/// Why a run could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The pack's simulation or scenario files have problems; draw them.
    #[error("the pack's simulation files have {} problems", .0.len())]
    Pack(Vec<Diagnostic>),
    /// No scenario of that name.
    #[error("there is no scenario '{name}'; the pack has {known}")]
    NoScenario {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// Nothing to simulate.
    #[error(
        "the pack simulates no asset that is in service; add simulation/*.yaml for the kinds of its catalog"
    )]
    NothingToDo,
    /// The city's time zone.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// The broker.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// A connection's task ended early.
    #[error("a connection to the broker is gone: {0}")]
    Gone(Box<rumqttc::v5::ClientError>),
    /// The ledger file.
    #[error("cannot write the ledger {}: {source}", path.display())]
    Ledger {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Runs until `shutdown` resolves. Devices report on an absolute schedule of `clock`, so that a scaled clock scales all.
pub async fn run(
    config: Config,
    clock: Arc<dyn Clock>,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<Totals, RunError> {
    let start = clock.now();
    let mut prepared = prepare(
        &config.city,
        config.seed,
        config.rate,
        config.scenario.as_deref(),
        start,
        1,
    )?;
    let mut ledger = LedgerFile::create(config.ledger.as_deref(), prepared.expected)?;
    let name = run_name("city", start);
    let mut lanes = Lanes::open(&config.mqtt, &name, CONNECTIONS).await?;
    let mut totals = Totals {
        devices: prepared.fleet.len(),
        ..Totals::default()
    };
    tokio::pin!(shutdown);
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut next_status = start + STATUS_EVERY;
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            _ = tick.tick() => {}
        }
        let now = clock.now();
        ledger.write_until(now)?;
        let sending = send_due(&mut prepared.fleet, &mut lanes, &*clock, now, &mut totals);
        tokio::select! {
            () = &mut shutdown => break,
            sent = sending => sent?,
        }
        if now >= next_status {
            next_status = now + STATUS_EVERY;
            report_status(&totals, &lanes.traffic());
        }
    }
    totals.store_lost = prepared.fleet.store_lost();
    totals.traffic = lanes.close(GOODBYE).await;
    Ok(totals)
}

/// A fleet at the start of a run, with what its script expects.
#[derive(Debug)]
pub struct Prepared {
    /// The devices.
    pub fleet: Fleet,
    /// The alerts the script must raise, in the order their faults begin.
    pub expected: Vec<Expected>,
}

/// Everything of a run but the broker: for tests, and for whoever wants the messages themselves.
pub fn prepare(
    city: &Arc<City>,
    seed: u64,
    rate: f64,
    scenario: Option<&str>,
    start: Time,
    workers: usize,
) -> Result<Prepared, RunError> {
    let plan = read_plan(city)?;
    let script = match scenario {
        Some(name) => read_scenario(city, &plan, name, start)?,
        None => Script::everyday(),
    };
    stage(
        city,
        plan,
        script,
        Pace {
            seed,
            rate,
            workers,
        },
        start,
    )
}

/// How a fleet runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) seed: u64,
    pub(crate) rate: f64,
    pub(crate) workers: usize,
}

pub(crate) fn read_plan(city: &City) -> Result<Plan, RunError> {
    let (plan, problems) = Plan::read(&city.simulation, 0, &city.catalog);
    plan.ok_or(RunError::Pack(problems))
}

/// A fleet for a script that is resolved.
pub(crate) fn stage(
    city: &Arc<City>,
    plan: Plan,
    mut script: Script,
    pace: Pace,
    start: Time,
) -> Result<Prepared, RunError> {
    let mut local = LocalTime::new(&city.time_zone)?;
    if let Some(minute) = script.day_begins {
        local = local.beginning(start, minute)?;
    }
    let centre = Place {
        lat: city.centre.0,
        lon: city.centre.1,
    };
    let seed = pace.seed;
    let fronts = std::mem::take(&mut script.fronts);
    let weather = Weather::new(seed, local.clone(), centre, script.seeded_weather, fronts);
    let random = script.random_faults.then_some((seed, start));
    let world = World::new(&plan, &city.catalog, &city.assets, &script.faults, random);
    let scene = Arc::new(Scene {
        city: Arc::clone(city),
        plan,
        seed,
        form: script.form,
        start,
        local,
        weather,
    });
    let fleet = Fleet::new(scene, &mut script, world, pace.rate, pace.workers);
    if fleet.is_empty() {
        return Err(RunError::NothingToDo);
    }
    let expected = script.expected;
    Ok(Prepared { fleet, expected })
}

fn read_scenario(city: &City, plan: &Plan, name: &str, start: Time) -> Result<Script, RunError> {
    let stem = |path: &str| {
        let file = Path::new(path).file_stem();
        file.and_then(|s| s.to_str()).unwrap_or_default().to_owned()
    };
    let found = city.scenarios.iter().position(|s| stem(&s.path) == name);
    let Some(index) = found else {
        let known: Vec<String> = city.scenarios.iter().map(|s| stem(&s.path)).collect();
        let known = if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        };
        let name = name.to_owned();
        return Err(RunError::NoScenario { name, known });
    };
    // Places of problems count simulation files first, then scenarios: see `sources`.
    let file = city.simulation.len() + index;
    let (script, problems) = Script::read(&city.scenarios[index], file, city, plan, start);
    script.ok_or(RunError::Pack(problems))
}

/// The texts that the problems of [`RunError::Pack`] point into.
pub fn sources(city: &City) -> model::Sources {
    city.simulation
        .iter()
        .chain(&city.scenarios)
        .cloned()
        .collect()
}

async fn send_due(
    fleet: &mut Fleet,
    lanes: &mut Lanes,
    clock: &dyn Clock,
    now: Time,
    totals: &mut Totals,
) -> Result<(), RunError> {
    for message in fleet.advance(now) {
        let due = message.due;
        lanes
            .send(message)
            .await
            .map_err(|e| RunError::Gone(Box::new(e)))?;
        let lag = clock.now().since(due);
        totals.late += u64::from(lag > LATE_AFTER);
        totals.longest_lag = totals.longest_lag.max(lag);
    }
    Ok(())
}

fn report_status(totals: &Totals, traffic: &Traffic) {
    tracing::info!(
        devices = totals.devices,
        sent = traffic.sent,
        acked = traffic.acked,
        lagged = traffic.lagged,
        late = totals.late,
        reconnects = traffic.reconnects,
        "living city"
    );
}

/// The ledger on disk; each line is written when its fault begins.
struct LedgerFile {
    file: Option<(PathBuf, std::fs::File)>,
    waiting: VecDeque<Expected>,
}

impl LedgerFile {
    fn create(path: Option<&Path>, expected: Vec<Expected>) -> Result<Self, RunError> {
        let file = match path {
            None => None,
            Some(path) => {
                let file = std::fs::File::create(path).map_err(|source| RunError::Ledger {
                    path: path.to_owned(),
                    source,
                })?;
                Some((path.to_owned(), file))
            }
        };
        let waiting = expected.into();
        Ok(Self { file, waiting })
    }

    fn write_until(&mut self, now: Time) -> Result<(), RunError> {
        while self.waiting.front().is_some_and(|e| e.fault_at <= now) {
            let (Some(entry), Some((path, file))) = (self.waiting.pop_front(), &mut self.file)
            else {
                continue;
            };
            let written = entry
                .to_line()
                .map_err(std::io::Error::from)
                .and_then(|line| writeln!(file, "{line}"));
            written.map_err(|source| RunError::Ledger {
                path: path.clone(),
                source,
            })?;
        }
        Ok(())
    }
}
