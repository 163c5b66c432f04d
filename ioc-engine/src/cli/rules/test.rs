//! `ioc rules test`.

use std::path::PathBuf;

use clap::Args;
use model::Diagnostic;
use rules::testing::Outcome;

use super::junit;
use super::selection::{self, Chosen, Selection};
use crate::cli::Failure;
use crate::{draw, pack};

const HELP: &str = "\
Examples:
  ioc rules test                           every test of the pack you stand in
  ioc rules test rules/river.yaml          the tests beside this file
  ioc rules test --filter peak             with \"peak\" in file or name
  ioc rules test --junit outcomes.xml      for CI
  ioc rules test draft.yaml --city cities/thai-nguyen
                                           of a draft, in place of its group";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    #[command(flatten)]
    selection: Selection,
    /// Only tests with this in their file or name, upper and lower case alike
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Where the outcomes are written for CI
    #[arg(
        long,
        value_name = "FILE",
        help = "Writes the outcomes as JUnit XML too, for CI"
    )]
    junit: Option<PathBuf>,
}

/// What came of the tests of all packs.
#[derive(Default)]
struct Played {
    outcomes: Vec<Outcome>,
    problems: Vec<Diagnostic>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let mut played = Played::default();
    for chosen in options.selection.packs()? {
        play(&chosen, options.filter.as_deref(), &mut played)?;
    }
    let Played { outcomes, problems } = played;
    if let Some(file) = &options.junit {
        let written = junit::document(&outcomes)
            .and_then(|text| std::fs::write(file, text).map_err(|error| error.to_string()));
        written.map_err(|error| {
            Failure::CannotStart(format!("{} cannot be written: {error}", file.display()))
        })?;
    }
    if outcomes.is_empty() && problems.is_empty() {
        let line = "no test is among what was asked for: those of X.yaml stand beside it in X.test.yaml; without a file and a filter all of them run";
        return Err(Failure::Wrong(line.to_owned()));
    }
    let failed = outcomes.iter().filter(|o| o.failure.is_some()).count();
    let mut line = format!("{}, {failed} failed", draw::plural(outcomes.len(), "test"));
    if !problems.is_empty() {
        line = format!("{line}, {} in the files of tests", draw::tally(&problems));
    }
    if failed > 0 || problems.iter().any(Diagnostic::is_error) {
        return Err(Failure::Wrong(line));
    }
    crate::cli::write_out(&(line + "\n")).map(drop)
}

fn play(chosen: &Chosen, filter: Option<&str>, played: &mut Played) -> Result<(), Failure> {
    let reading = pack::read_with(&chosen.city, &chosen.drafts());
    let Some(pack) = reading.pack else {
        crate::cli::print_problems(&reading.diagnostics, &reading.sources)?;
        let tally = draw::tally(&reading.diagnostics);
        let line = format!("{tally} in the pack and its rules: no test was played");
        return Err(Failure::Wrong(line));
    };
    let mut files = pack.city.rule_tests.clone();
    selection::shorten(&mut files);
    files.retain(|file| chosen.takes_with_tests(&file.path));
    let filter = filter.map(str::to_lowercase);
    let wanted = |file: &str, name: &str| {
        let has = |text: &str| {
            filter
                .as_ref()
                .is_none_or(|f| text.to_lowercase().contains(f))
        };
        has(file) || has(name)
    };
    let (outcomes, problems) = rules::testing::run_some(&files, 0, &pack.plan, &pack.city, &wanted);
    crate::cli::print_problems(&problems, &files)?;
    let colour = crate::cli::coloured(&std::io::stdout());
    let drawn: String = outcomes.iter().map(|o| drawn(o, colour)).collect();
    crate::cli::write_out(&drawn)?;
    played.outcomes.extend(outcomes);
    played.problems.extend(problems);
    Ok(())
}

/// One line for a test that holds; for one that does not, its timeline too.
fn drawn(outcome: &Outcome, colour: bool) -> String {
    let paint = |code: &str, text: &str| {
        if colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    };
    let Some(failure) = &outcome.failure else {
        return format!(
            "{}      {}: {}\n",
            paint("32", "ok"),
            outcome.file,
            outcome.name
        );
    };
    let title = format!("{}: {}", outcome.file, outcome.name);
    let mut text = format!("{}  {}\n", paint("1;31", "FAILED"), paint("1", &title));
    for line in failure.lines() {
        let mark = line.find(['✓', '✗', '!']);
        let painted = match mark.map(|at| line.split_at(at)) {
            Some((fed, note)) if note.starts_with('✓') => format!("{fed}{}", paint("32", note)),
            Some((fed, note)) if note.starts_with("✗ expected") => {
                format!("{fed}{}", paint("31", note))
            }
            Some((fed, note)) if note.starts_with('✗') => format!("{fed}{}", paint("33", note)),
            _ => line.to_owned(),
        };
        text.push_str(&painted);
        text.push('\n');
    }
    text + "\n"
}
