//! An engine's life on a data folder, without its threads: what it admits is logged, what comes of it is committed.

use std::path::Path;
use std::sync::Arc;

use ioc_engine::engine::{Core, EngineThread, Recovery, Step};
use ioc_engine::log::{InputLog, LogConfig};
use ioc_engine::pack::{self, Pack};
use ioc_engine::store::Store;
use model::{
    AlertId, AssetId, Command, CommandAction, FieldId, Input, KindId, Origin, Quality, Reading,
    SourceName, Span, Stamped, Time, Value,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use crate::support;

pub(crate) const START: Time = Time::from_millis(1_800_000_000_000);

/// Rules of every sort over the rivers of the tests' pack.
const MORE: &str = r"
version: 1
group: more
rules:
  - {alert: Silent, on: env/river, absent: 20m, severity: low, summary: {vi: x, en: x}}
  - {alert: Rising, on: env/river, when: height.delta('10m') > 3.0, for: 30s, severity: medium, summary: {vi: x, en: x}}
  - {alert: Missing, on: env/river, when: height > 18.0, on_missing: fire, severity: high, summary: {vi: x, en: x}}
  - {alert: Held, on: env/river, when: (height > 8.0).held('2m'), severity: low, summary: {vi: x, en: x}}
  - {alert: Many, on: env/river, by: [area], when: count(height > 9.0) >= 2, keep_firing_for: 1m, severity: high, summary: {vi: x, en: x}}
  - {alert: Again, on: env/river, when: height > 9.5, repeat: {count: 2, within: 5m}, severity: low, summary: {vi: x, en: x}}
  - alert: Pair
    by: [area]
    sequence:
      within: 4m
      steps:
        - {as: a, on: env/river, when: height > 11.0}
        - {on: env/river, when: height > 11.0 && asset.id != a.asset.id}
    severity: high
    summary: {vi: x, en: x}
  - {derive: env/level, on: env/river, by: [area], every: 1m, title: {vi: x, en: x}, fields: {mean: avg(height.avg())}}
  - {alert: LevelHigh, on: env/level, when: mean > 8.0, severity: medium, summary: {vi: x, en: x}}
";

/// A step of an alert as everybody tells it: id, state, severity, annunciation, time.
pub(crate) type Told = (String, String, String, String, i64);

pub(crate) struct Life {
    pub(crate) town: TempDir,
    pub(crate) data: TempDir,
    pack: Pack,
    store: Store,
    log: InputLog,
    core: Core,
    now: Time,
    chance: ChaCha8Rng,
    heights: [f64; 5],
    seq: u64,
    /// Everything that was admitted.
    pub(crate) admitted: Vec<Stamped>,
}

impl Life {
    pub(crate) fn begin(seed: u64) -> Self {
        let (town, data) = (support::town(), tempfile::tempdir().unwrap());
        std::fs::write(town.path().join("rules/more.yaml"), MORE).unwrap();
        let reading = pack::read(town.path());
        let pack = reading
            .pack
            .unwrap_or_else(|| panic!("{:#?}", reading.diagnostics));
        let (mut store, log) = files(data.path(), &pack);
        let core = start(&pack, &mut store, &log, START).0;
        Self {
            town,
            data,
            pack,
            store,
            log,
            core,
            now: START,
            chance: ChaCha8Rng::seed_from_u64(seed),
            heights: [6.0; 5],
            seq: 0,
            admitted: Vec::new(),
        }
    }

    /// Admits inputs of this moment as one drain.
    pub(crate) fn admit(&mut self, inputs: Vec<Input>) {
        let stamp = self.core.stamp(self.now);
        let stamped = inputs.into_iter().map(|input| Stamped { stamp, input });
        let stamped: Vec<_> = stamped.collect();
        let mut step = Step::default();
        self.core.apply(&stamped, &mut step);
        self.core.advance(stamp, &mut step);
        self.log.append(&stamped).unwrap();
        self.store.commit(&step.commit).unwrap();
        self.admitted.extend(stamped);
    }

    /// Lets time pass; the engine looks at its timers now and then.
    pub(crate) fn pass(&mut self, span: Span) {
        self.now = self.now + span;
    }

    pub(crate) fn source(&mut self, up: bool) {
        let source = SourceName::new("script");
        self.admit(vec![if up {
            Input::SourceUp { source }
        } else {
            Input::SourceDown { source }
        }]);
    }

    /// The process ends and comes back later.
    pub(crate) fn restart(&mut self, away: Span) {
        self.pass(away);
        let (store, log) = files(self.data.path(), &self.pack);
        (self.store, self.log) = (store, log);
        let (core, resumed) = start(&self.pack, &mut self.store, &self.log, self.now);
        self.log.append(&resumed).unwrap();
        self.admitted.extend(resumed);
        self.core = core;
    }

    /// Somebody acknowledges some alert.
    pub(crate) fn acknowledge(&mut self) {
        let open = self.core.desk().open();
        let alert = open.first().map_or(AlertId(7), |alert| alert.id);
        self.admit(vec![Input::Command(Command {
            id: format!("c-{}", self.seq).into(),
            alert,
            by: "an".into(),
            action: CommandAction::Acknowledge { note: "".into() },
        })]);
    }

    /// Readings of some gauges: some late, some repeated, some without a number of their own.
    pub(crate) fn rain(&mut self, drains: usize) {
        for _ in 0..drains {
            let gap = match self.chance.random_range(0..60) {
                0 => 25 * 60_000,
                1..10 => 0,
                _ => self.chance.random_range(1..20_000),
            };
            self.pass(Span::from_millis(gap));
            let count = self.chance.random_range(1..4);
            let inputs = (0..count).map(|_| self.reading()).collect();
            self.admit(inputs);
        }
    }

    fn reading(&mut self) -> Input {
        let gauge = self.chance.random_range(0..5_usize);
        let height = &mut self.heights[gauge];
        *height = (*height + self.chance.random_range(-2.0..2.0)).clamp(3.0, 20.0);
        let value = Value::F64((*height * 100.0).round() / 100.0);
        let behind = match self.chance.random_range(0..40) {
            0 => Span::from_mins(5),
            1 => Span::from_mins(40),
            _ => Span::from_millis(self.chance.random_range(0..900)),
        };
        self.seq += 1;
        let received = self.now - Span::from_millis(self.chance.random_range(0..40));
        let odd = |chance: &mut ChaCha8Rng| chance.random_range(0..30) == 0;
        Input::Reading {
            source: SourceName::new("script"),
            reading: Reading {
                asset: AssetId::new(format!("wl-{gauge}")),
                kind: KindId(0),
                at: received - behind,
                received,
                seq: self.chance.random_bool(0.7).then_some(self.seq),
                boot: None,
                quality: if odd(&mut self.chance) {
                    Quality::Fault
                } else {
                    Quality::Good
                },
                origin: if odd(&mut self.chance) {
                    Origin::Retained
                } else {
                    Origin::Live
                },
                fields: vec![(FieldId(0), value)],
            },
        }
    }

    /// The steps of the rules as they were committed.
    pub(crate) fn told(&self) -> Vec<Told> {
        let steps = self.store.steps_after(0).unwrap();
        let told = steps.iter().map(|step| {
            let annunciation = format!("{:?}", step.annunciation).to_lowercase();
            (
                step.alert.to_string(),
                step.to.as_str().to_owned(),
                step.severity.as_str().to_owned(),
                annunciation,
                step.at.millis(),
            )
        });
        told.collect()
    }

    /// The readings as lines, with the engine times they were admitted at.
    pub(crate) fn lines(&self) -> String {
        self.admitted.iter().filter_map(line).collect()
    }
}

/// A reading as a line.
fn line(stamped: &Stamped) -> Option<String> {
    let Input::Reading { reading, .. } = &stamped.input else {
        return None;
    };
    let (_, Value::F64(height)) = &reading.fields[0] else {
        return None;
    };
    let q = match reading.quality {
        Quality::Fault => "fault",
        _ => "good",
    };
    let line = serde_json::json!({
        "asset": reading.asset.as_str(), "kind": "env/river", "at": reading.at.millis(),
        "received": reading.received.millis(), "stamp": stamped.stamp.millis(), "q": q, "seq": reading.seq,
        "retained": reading.origin == Origin::Retained, "v": {"height": height},
    });
    Some(format!("{line}\n"))
}

fn files(data: &Path, pack: &Pack) -> (Store, InputLog) {
    let store = Store::open(&data.join("ioc.db"), Arc::default()).unwrap();
    let config = LogConfig {
        dir: data.join("log"),
        // Small, so that a history has several segments.
        segment_bytes: 20_000,
    };
    let log = InputLog::open(config, &pack.city.catalog, Arc::default()).unwrap();
    (store, log)
}

fn start(pack: &Pack, store: &mut Store, log: &InputLog, now: Time) -> (Core, Vec<Stamped>) {
    let recovery = Recovery {
        city: &pack.city,
        plan: &pack.plan,
        print: &pack.print,
        longest_shelving: Span::from_mins(480),
        now,
    };
    let recovered = recovery.run(store, log).unwrap();
    let (core, work, _) = EngineThread::resume(recovered, now, &pack.print);
    store.commit(&work.commit).unwrap();
    (core, work.inputs)
}
