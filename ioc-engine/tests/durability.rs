//! kill -9 at every failpoint and at any moment: nothing acknowledged is lost, no alert lost, wrong or double.
//! A child process runs the real log, store, rules and writer over a scripted river; the parent kills it, starts it
//! again, sends again what was not acknowledged, and compares with a run that nobody interrupted.

#![expect(clippy::unwrap_used, reason = "a test may fail on the spot")]

#[path = "durability/child.rs"]
mod child;
#[path = "durability/parent.rs"]
mod parent;
#[path = "durability/script.rs"]
mod script;

use ioc_engine::failpoint::PLACES;
use parent::{Ending, Trial};

/// Not a test of its own: the process that is killed. Does nothing unless the parent starts it.
#[test]
fn child_process() {
    child::run_if_asked();
}

#[test]
fn killed_at_every_failpoint_the_alerts_are_those_of_an_uninterrupted_run() {
    let reference = Trial::new("reference").run_through();
    assert!(reference.alerts.len() > 20, "the script must raise alerts");
    for place in PLACES {
        for nth in [1, 2, 5] {
            let mut trial = Trial::new(&format!("{place} {nth}"));
            let armed = format!("{place}=abort@{nth}");
            // Two crashes in a row at the same place, then through.
            for seed in 0..2 {
                trial.start(seed, &armed);
            }
            trial.compare(&reference);
        }
    }
}

#[test]
fn killed_at_any_moment_the_alerts_are_those_of_an_uninterrupted_run() {
    let reference = Trial::new("reference").run_through();
    for seed in 0..6 {
        let mut trial = Trial::new(&format!("kill {seed}"));
        for crash in 0..5_u64 {
            // After this many acknowledged inputs; where in its next group the child is by then is chance.
            let ending = trial.kill_after(seed * 31 + crash, 40 + (seed * 97 + crash * 53) % 200);
            if ending == Ending::Through {
                break;
            }
        }
        trial.compare(&reference);
    }
}

#[test]
fn a_full_disk_acknowledges_nothing_and_all_resumes_by_itself() {
    let reference = Trial::new("reference").run_through();
    let mut trial = Trial::new("full");
    let ending = trial.start(
        1,
        "log.append=full*2;store.begin=full*1;store.commit=full*2",
    );
    assert_eq!(ending, Ending::Through);
    assert!(trial.undurable > 0, "the child must have noticed");
    trial.compare(&reference);
}
