//! The process that is killed. Tells its parent on stdout what an outsider would see: acknowledgements and alerts.

use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use ioc_engine::engine::{Core, EngineThread, Recovery, Step};
use ioc_engine::failpoint::Failpoints;
use ioc_engine::log::{InputLog, LogConfig};
use ioc_engine::reserve::{RESERVE_BYTES, Reserve};
use ioc_engine::stages::Stages;
use ioc_engine::store::Store;
use ioc_engine::work::{self, Reply, Work};
use ioc_engine::writer::Writer;
use model::{AlertId, Span, Stamped};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::sync::oneshot;
use ws_gateway::{CommandOutcome, Update};

use crate::script;

/// What the parent says in the environment.
pub(crate) const DATA: &str = "IOC_TEST_DATA";
pub(crate) const SEED: &str = "IOC_TEST_SEED";
pub(crate) const FROM: &str = "IOC_TEST_FROM";
pub(crate) const KNOWN: &str = "IOC_TEST_KNOWN";

pub(crate) const LONGEST_SHELVING: Span = Span::from_mins(480);

pub(crate) fn run_if_asked() {
    let Ok(data) = std::env::var(DATA) else {
        return;
    };
    let number = |name| std::env::var(name).unwrap().parse::<u64>().unwrap();
    let known: Vec<AlertId> = std::env::var(KNOWN)
        .unwrap()
        .split_terminator(',')
        .map(|id| id.parse().unwrap())
        .collect();
    run(&PathBuf::from(data), number(SEED), number(FROM), &known);
    println!("@through");
}

pub(crate) fn log_config(data: &Path) -> LogConfig {
    LogConfig {
        dir: data.join("log"),
        // Small, so that segments roll within the script.
        segment_bytes: 2_000,
    }
}

pub(crate) fn small_town() -> city::City {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pack");
    let loaded = city::load(&dir);
    loaded
        .city
        .unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics))
}

/// Small, so that there are many groups to be killed in.
const GROUP: usize = 24;

fn run(data: &Path, seed: u64, from: u64, known: &[AlertId]) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let failpoints = Arc::new(Failpoints::from_env().unwrap());
    let city = Arc::new(small_town());
    let (plan, diagnostics) = rules::compile(&city.rules, 0, &city);
    let plan = Arc::new(plan.unwrap_or_else(|| panic!("{diagnostics:#?}")));
    let print = Arc::from("same");
    let store = Store::open(&data.join("ioc.db"), Arc::clone(&failpoints)).unwrap();
    let log = InputLog::open(log_config(data), &city.catalog, Arc::clone(&failpoints)).unwrap();
    let recovery = Recovery {
        city: &city,
        plan: &plan,
        print: &print,
        longest_shelving: LONGEST_SHELVING,
        now: script::time(0),
    };
    let recovered = recovery.run(&store, &log).unwrap();
    println!("@divergences {}", recovered.report.divergences);
    // Back within the same millisecond of the script, so that an uninterrupted run tells the same story.
    let (mut core, mut first, _) = EngineThread::resume(recovered, script::time(0), &print);
    reconnect(&mut core, &mut first);

    let (to_writer, work) = work::queue(GROUP);
    let (updates, published) = tokio::sync::mpsc::channel(1_000);
    let (durable, acknowledged) = mpsc::channel();
    let stages = Arc::new(Stages::default());
    let writer = Writer {
        log,
        store,
        reserve: Reserve::open(data, RESERVE_BYTES),
        // The parent counts every input that was ever acknowledged.
        log_keep_bytes: u64::MAX,
        alerts_keep: Span::from_millis(i64::MAX),
        updates,
        stages: Arc::clone(&stages),
        failpoints,
    };
    let writer = std::thread::spawn(move || writer.run(work));
    let observers = [
        std::thread::spawn(move || tell_acknowledged(&acknowledged)),
        std::thread::spawn(move || tell_published(published)),
    ];
    to_writer.send(first).unwrap();
    let mut next = from;
    while next < script::INPUTS {
        let end = (next + random.random_range(1..12)).min(script::INPUTS);
        let mut work = batch(&mut core, next, end, known, &mut random);
        if random.random_bool(0.1) {
            work.commit.checkpoint = Some(core.checkpoint(&print));
        }
        // Readings of QoS 0 have nobody who waits for them.
        if random.random_bool(0.7) || end == script::INPUTS {
            let (to, told) = oneshot::channel();
            let outcome = CommandOutcome::Done;
            work.replies.push(Reply { to, outcome });
            durable.send((end, told)).unwrap();
        }
        to_writer.send(work).unwrap();
        next = end;
    }
    drop((to_writer, durable));
    writer.join().unwrap();
    for observer in observers {
        observer.join().unwrap();
    }
    println!("@failures {}", stages.failures());
}

/// The source is back at once, as ingest says it after every start.
fn reconnect(core: &mut Core, work: &mut Work) {
    let mut step = Step::default();
    let input = Stamped {
        stamp: core.stamp(script::time(0)),
        input: script::source_up(),
    };
    core.apply(std::slice::from_ref(&input), &mut step);
    work.inputs.push(input);
    work.commit.join(step.commit);
}

/// Inputs `next..end`, each at its own script time, applied in one or more calls.
fn batch(core: &mut Core, next: u64, end: u64, known: &[AlertId], random: &mut ChaCha8Rng) -> Work {
    let mut work = Work::default();
    let mut step = Step::default();
    let mut begun = 0;
    for i in next..end {
        let stamp = core.stamp(script::time(i));
        work.inputs.push(Stamped {
            stamp,
            input: script::input(i, known),
        });
        if random.random_bool(0.3) || i + 1 == end {
            core.apply(&work.inputs[begun..], &mut step);
            begun = work.inputs.len();
        }
    }
    // A tick in between, as the thread's timers make them.
    core.advance(script::time(end - 1), &mut step);
    work.commit = step.commit;
    work
}

fn tell_acknowledged(acknowledged: &mpsc::Receiver<(u64, oneshot::Receiver<CommandOutcome>)>) {
    for (end, told) in acknowledged {
        if told.blocking_recv().is_ok() {
            println!("@acknowledged {end}");
        }
    }
}

fn tell_published(mut published: tokio::sync::mpsc::Receiver<Update>) {
    while let Some(update) = published.blocking_recv() {
        if let Update::Alerts(events) | Update::Undurable(events) = update {
            for event in events {
                let alert = &event.alert;
                println!(
                    "@alert {} {} {}",
                    event.seq,
                    alert.id,
                    alert.condition.as_str()
                );
            }
        }
    }
}
