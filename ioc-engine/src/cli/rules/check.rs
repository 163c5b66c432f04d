//! `ioc rules check`: every problem of every file that was named, in one run.

use clap::Args;
use model::{Diagnostic, Sources};

use super::selection::{self, Chosen, Selection};
use crate::cli::Failure;
use crate::cli::check::Format;
use crate::{draw, pack};

const HELP: &str = "\
Examples:
  ioc rules check                    the pack you stand in, rules and tests
  ioc rules check rules/river.yaml   this file and rules/river.test.yaml
  ioc rules check --format json      for programs
  ioc rules check draft.yaml --city cities/thai-nguyen
                                     a draft, in place of its group";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    #[command(flatten)]
    selection: Selection,
    /// How problems are told
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What was found over all packs.
#[derive(Default)]
struct Found {
    diagnostics: Vec<Diagnostic>,
    sources: Sources,
    files: usize,
    /// Lines about what was not asked for but matters.
    notes: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let mut found = Found::default();
    for chosen in options.selection.packs()? {
        look_at(&chosen, &mut found);
    }
    let has_errors = found.diagnostics.iter().any(Diagnostic::is_error);
    let nothing = found.files == 0 && !has_errors;
    if !nothing || !found.diagnostics.is_empty() {
        crate::cli::tell_problems(&found.diagnostics, &found.sources, options.format)?;
    }
    if nothing {
        let line = "no rule file is in what was named: they end in .yaml, and a pack's stand directly in its rules/; without a file the whole pack is checked";
        return Err(Failure::Wrong(line.to_owned()));
    }
    for note in &found.notes {
        crate::cli::note(note);
    }
    let files = draw::plural(found.files, "file");
    let line = format!("{files}: {}", draw::tally(&found.diagnostics));
    if has_errors {
        return Err(Failure::Wrong(line));
    }
    if options.format == Format::Text {
        crate::cli::write_out(&(line + "\n"))?;
    }
    Ok(())
}

fn look_at(chosen: &Chosen, found: &mut Found) {
    let mut reading = pack::read_with(&chosen.city, &chosen.drafts());
    let mut diagnostics = std::mem::take(&mut reading.diagnostics);
    if let Some(pack) = &reading.pack {
        let tests = &pack.city.rule_tests;
        let first = reading.sources.len();
        reading.sources.extend(tests.iter().cloned());
        diagnostics.extend(rules::testing::check(tests, first, &pack.plan, &pack.city));
    }
    let sources = &reading.sources;
    let (mut others, mut kept) = (Vec::new(), Vec::new());
    for problem in diagnostics {
        let file = problem.labels.first().and_then(|l| sources.get(l.file));
        // What the pack itself has wrong decides what rules can mean: it is told whatever was asked for.
        let told = file.is_none_or(|file| {
            chosen.takes_with_tests(&file.path) || !chosen.has_rules_in(&file.path)
        });
        if told { &mut kept } else { &mut others }.push(problem);
    }
    if others.iter().any(Diagnostic::is_error) {
        found.notes.push(format!(
            "other rule files of {} have {}; without a file all are shown",
            chosen.city.display(),
            draw::tally(&others)
        ));
    }
    let paths: std::collections::BTreeSet<&str> = sources.iter().map(|file| &*file.path).collect();
    let counted = paths.into_iter().filter(|path| {
        selection::is_yaml(path.as_ref())
            && chosen.has_rules_in(path)
            && chosen.takes_with_tests(path)
    });
    found.files += counted.count();
    let offset = found.sources.len();
    for problem in &mut kept {
        for label in &mut problem.labels {
            label.file += offset;
        }
    }
    found.diagnostics.append(&mut kept);
    selection::shorten(&mut reading.sources);
    found.sources.append(&mut reading.sources);
}
