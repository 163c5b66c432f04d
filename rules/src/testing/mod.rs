//! `*.test.yaml`: timelines of readings in, transitions and derived values out. Used by `ioc rules test` and by the tests of this crate.
//!
//! `file` reads tests, `ids` whom they name, `timeline` the notation of readings, `expect` that of transitions, `possible` which of them can
//! come, `values` that of values, `run` plays one test on the production engine, `report` and `table` draw a failure.

mod expect;
mod file;
mod ids;
mod possible;
mod report;
mod run;
mod table;
mod timeline;
mod values;

use std::sync::Arc;

use city::City;
use model::{Diagnostic, SourceFile};

use crate::plan::Plan;

pub(crate) use expect::ANNUNCIATIONS;

/// What came of one test.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The file it stands in.
    pub file: Arc<str>,
    /// Its name.
    pub name: String,
    /// The timeline, what was expected and what came; none when they agree.
    pub failure: Option<String>,
}

/// Every problem of these files, without running a test.
pub fn check(files: &[SourceFile], first_file: usize, plan: &Plan, city: &City) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (i, source) in files.iter().enumerate() {
        file::read(first_file + i, source, plan, city, &mut problems);
    }
    problems
}

/// Runs every test of these files `first_file` is where `files[0]` stands in the caller's [`model::Sources`].
///
/// Problems of the files are all reported; a test with problems does not run and has no outcome.
pub fn run(
    files: &[SourceFile],
    first_file: usize,
    plan: &Arc<Plan>,
    city: &City,
) -> (Vec<Outcome>, Vec<Diagnostic>) {
    run_some(files, first_file, plan, city, &|_, _| true)
}

/// Runs those tests that `wanted` takes, by file and name.
pub fn run_some(
    files: &[SourceFile],
    first_file: usize,
    plan: &Arc<Plan>,
    city: &City,
    wanted: &dyn Fn(&str, &str) -> bool,
) -> (Vec<Outcome>, Vec<Diagnostic>) {
    let (mut outcomes, mut problems) = (Vec::new(), Vec::new());
    for (i, source) in files.iter().enumerate() {
        let tests = file::read(first_file + i, source, plan, city, &mut problems);
        for test in tests {
            if !wanted(&source.path, &test.name) {
                continue;
            }
            let failure = run::run(&test, plan, city);
            outcomes.push(Outcome {
                file: Arc::clone(&source.path),
                name: test.name,
                failure,
            });
        }
    }
    (outcomes, problems)
}
