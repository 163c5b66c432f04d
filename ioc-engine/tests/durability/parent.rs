//! Starts, kills and starts again; remembers what was promised, and holds the files against it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use std::sync::Arc;

use ioc_engine::desk::{Desk, DeskState, Escalations};
use ioc_engine::engine::{Core, Step};
use ioc_engine::failpoint::{Failpoints, VARIABLE};
use ioc_engine::log::InputLog;
use ioc_engine::store::{Committed, Store};
use model::{Alert, AlertId, Input, Stamped};
use tempfile::TempDir;
use ws_gateway::{AlertEvent, AlertQuery, Archive};

use crate::{child, script};

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Killed,
    Through,
}

/// What a run leaves behind about the town; what the engine tells of itself differs from crash to crash.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    /// Every alert at its end.
    pub(crate) alerts: Vec<String>,
    /// Every event of every alert, in order.
    pub(crate) events: Vec<String>,
}

/// One data folder and everything an outsider was promised about it.
pub(crate) struct Trial {
    name: String,
    data: TempDir,
    known: Vec<AlertId>,
    acknowledged: u64,
    published: BTreeMap<u64, String>,
    pub(crate) undurable: u64,
}

impl Trial {
    pub(crate) fn new(name: &str) -> Self {
        let mut trial = Self {
            name: name.to_owned(),
            data: tempfile::tempdir().unwrap(),
            known: Vec::new(),
            acknowledged: 0,
            published: BTreeMap::new(),
            undurable: 0,
        };
        // A first run without commands tells which alerts there are to act on.
        assert_eq!(trial.start(99, ""), Ending::Through);
        let known = trial.alert_ids();
        Self {
            known,
            data: tempfile::tempdir().unwrap(),
            acknowledged: 0,
            published: BTreeMap::new(),
            ..trial
        }
    }

    pub(crate) fn run_through(mut self) -> Outcome {
        assert_eq!(self.start(7, ""), Ending::Through);
        self.outcome()
    }

    /// Runs a child until it ends by itself.
    pub(crate) fn start(&mut self, seed: u64, failpoints: &str) -> Ending {
        self.run(seed, failpoints, u64::MAX)
    }

    /// Runs a child and kills it once this many more inputs are acknowledged.
    pub(crate) fn kill_after(&mut self, seed: u64, inputs: u64) -> Ending {
        self.run(seed, "", self.acknowledged + inputs)
    }

    fn run(&mut self, seed: u64, failpoints: &str, kill_at: u64) -> Ending {
        let known: Vec<String> = self.known.iter().map(ToString::to_string).collect();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child_process", "--exact", "--nocapture"])
            .env(child::DATA, self.data.path())
            .env(child::SEED, seed.to_string())
            // What was acknowledged may come again too: QoS 1 is at least once.
            .env(
                child::FROM,
                self.acknowledged.saturating_sub(seed % 20).to_string(),
            )
            .env(child::KNOWN, known.join(","))
            .env(VARIABLE, failpoints)
            .env("RUST_BACKTRACE", "0")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ending = Ending::Killed;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let Ok(line) = line else { break };
            let Some((_, told)) = line.split_once('@') else {
                continue;
            };
            self.hear(told);
            if told == "through" {
                ending = Ending::Through;
            }
            if self.acknowledged >= kill_at {
                child.kill().unwrap();
            }
        }
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("panicked"), "{}: {stderr}", self.name);
        ending
    }

    fn hear(&mut self, told: &str) {
        let (what, rest) = told.split_once(' ').unwrap_or((told, ""));
        match what {
            "acknowledged" => self.acknowledged = self.acknowledged.max(rest.parse().unwrap()),
            "failures" => self.undurable = rest.parse().unwrap(),
            "divergences" => assert_eq!(rest, "0", "{}: the replay diverged", self.name),
            "alert" => {
                let (seq, alert) = rest.split_once(' ').unwrap();
                let seq = seq.parse().unwrap();
                let before = self.published.insert(seq, alert.to_owned());
                assert!(
                    before.as_deref().is_none_or(|b| b == alert),
                    "{}: alert event {seq} was {before:?}, now {alert}",
                    self.name
                );
            }
            _ => {}
        }
    }

    /// Lets the rest of the script run, then holds everything against the reference.
    pub(crate) fn compare(mut self, reference: &Outcome) {
        if self.acknowledged < script::INPUTS {
            assert_eq!(self.start(3, ""), Ending::Through, "{}", self.name);
        }
        assert_eq!(self.acknowledged, script::INPUTS, "{}", self.name);
        let outcome = self.outcome();
        assert_eq!(outcome.alerts, reference.alerts, "{}", self.name);
        assert_eq!(outcome.events, reference.events, "{}", self.name);
        self.check_log();
        self.check_events();
    }

    /// One engine that reads the whole log at once says what all the interrupted ones committed and published.
    fn check_events(&self) {
        let committed: Vec<(u64, String)> = self
            .events()
            .into_iter()
            .map(|e| (e.seq, format!("{:?}", e.alert)))
            .collect();
        let told = self.oracle();
        assert_eq!(committed, told, "{}", self.name);
        let escalated = |to: &str| told.iter().any(|(_, alert)| alert.contains(to));
        assert!(escalated("shift-lead") && escalated("duty-officer"));
        for (seq, shown) in &self.published {
            let (_, alert) = &committed[*seq as usize - 1];
            let (id, condition) = shown.split_once(' ').unwrap();
            let said = [id, condition]
                .iter()
                .all(|w| alert.to_lowercase().contains(w));
            assert!(said, "{}: {shown} became {alert}", self.name);
        }
    }

    fn oracle(&self) -> Vec<(u64, String)> {
        let city = Arc::new(child::small_town());
        let (plan, _) = rules::compile(&city.rules, 0, &city);
        let plan = Arc::new(plan.unwrap());
        let rules = rules::Engine::new(Arc::clone(&plan), Arc::clone(&city), script::time(0));
        let desk = Desk::new(
            child::LONGEST_SHELVING,
            Escalations::of(&plan),
            DeskState::default(),
        );
        let mut core = Core::new(&city, plan, rules, desk, Committed::default());
        let mut step = Step::default();
        core.apply(&self.logged(), &mut step);
        core.advance(self.store().committed().unwrap().engine_time, &mut step);
        let told = step.commit.events.into_iter();
        told.map(|e| (e.seq, format!("{:?}", e.change.alert)))
            .collect()
    }

    /// Every reading of the script was acknowledged, so every one must be in the log.
    fn check_log(&self) {
        let reading = |stamped: Stamped| match stamped.input {
            Input::Reading { reading, .. } => reading.seq,
            _ => None,
        };
        let logged: BTreeSet<u64> = self.logged().into_iter().filter_map(reading).collect();
        let is_reading = |i: &u64| matches!(script::input(*i, &self.known), Input::Reading { .. });
        let sent: BTreeSet<u64> = (0..script::INPUTS).filter(is_reading).collect();
        assert_eq!(logged, sent, "{}", self.name);
    }

    fn logged(&self) -> Vec<Stamped> {
        let city = child::small_town();
        let config = child::log_config(self.data.path());
        let log = InputLog::open(config, &city.catalog, Failpoints::default().into()).unwrap();
        let mut reader = log.read(0, &city.catalog).unwrap();
        let mut logged = Vec::new();
        while let Some(batch) = reader.next_batch().unwrap() {
            logged.extend(batch.inputs);
        }
        logged
    }

    fn events(&self) -> Vec<AlertEvent> {
        let events = self.store().archive().unwrap().events_since(0, 100_000);
        events.unwrap().unwrap()
    }

    fn store(&self) -> Store {
        Store::open(
            &self.data.path().join("ioc.db"),
            Failpoints::default().into(),
        )
        .unwrap()
    }

    fn alert_ids(&self) -> Vec<AlertId> {
        let query = AlertQuery {
            limit: 10_000,
            ..AlertQuery::default()
        };
        let archive = self.store().archive().unwrap();
        let mut alerts = archive.alerts(&query).unwrap();
        alerts.retain(|alert| is_of_town(alert));
        alerts.sort_by_key(|a| (a.started_at, a.id));
        alerts.iter().map(|a| a.id).collect()
    }

    fn outcome(&self) -> Outcome {
        let archive = self.store().archive().unwrap();
        let alerts = self.alert_ids();
        let alert = |id| format!("{:?}", archive.alert(id).unwrap().unwrap());
        let events = self.events().into_iter().filter(|e| is_of_town(&e.alert));
        Outcome {
            alerts: alerts.into_iter().map(alert).collect(),
            events: events.map(|e| format!("{:?}", e.alert)).collect(),
        }
    }
}

/// The engine's own alerts, such as of a lost source, are about the crash itself.
fn is_of_town(alert: &Alert) -> bool {
    &*alert.rule.group != "ioc"
}
