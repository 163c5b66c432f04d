//! `ioc rules fmt`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use model::{Diagnostic, SourceFile, Sources};

use super::selection::pack_dir;
use crate::cli::Failure;
use crate::draw;

/// In place of a file: standard input, formatted onto standard output.
const STDIN: &str = "-";

const HELP: &str = "\
Examples:
  ioc rules fmt                            every rule file of the pack
  ioc rules fmt --check rules/river.yaml   changes nothing, fails if it would
  ioc rules fmt - < draft.yaml             standard input, as editors do";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// Rule files, or folders with some, else those of the pack; `-` formats standard input onto standard output
    #[arg(value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// Changes nothing; names the files that are not in their form, and fails if there are any
    #[arg(long)]
    check: bool,
}

/// What came of all files.
#[derive(Default)]
struct Tally {
    files: usize,
    changed: usize,
    diagnostics: Vec<Diagnostic>,
    sources: Sources,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if options.paths.iter().any(|path| path.as_os_str() == STDIN) {
        return stdin();
    }
    let mut files = Vec::new();
    for path in &options.paths {
        files.extend(rule_files(path)?);
    }
    if options.paths.is_empty() {
        files = rule_files(&pack_dir(None)?)?;
    }
    if files.is_empty() {
        let line = "no rule file is in what was named; tests are formatted where they are named";
        return Err(Failure::Wrong(line.to_owned()));
    }
    let mut tally = Tally::default();
    for file in &files {
        one(file, options.check, &mut tally)?;
    }
    crate::cli::print_problems(&tally.diagnostics, &tally.sources)?;
    let (files, changed) = (draw::plural(tally.files, "file"), tally.changed);
    if !tally.diagnostics.is_empty() {
        let problems = draw::tally(&tally.diagnostics);
        return Err(Failure::Wrong(format!(
            "{files}: {problems}; those with problems are left as they are"
        )));
    }
    if options.check && changed > 0 {
        return Err(Failure::Wrong(format!(
            "{changed} of {files} would change; ioc rules fmt writes them"
        )));
    }
    crate::cli::write_out(&format!("{files}, {changed} changed\n")).map(drop)
}

fn stdin() -> Result<(), Failure> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::Wrong(format!("standard input is no text: {error}")))?;
    let source = SourceFile {
        path: "<stdin>".into(),
        text: text.into(),
    };
    let sources = vec![source];
    match rules::format(0, &sources[0]) {
        Ok(formatted) => crate::cli::write_out(&formatted).map(drop),
        Err(problems) => {
            crate::cli::complain(&problems, &sources);
            Err(Failure::Wrong(draw::tally(&problems)))
        }
    }
}

/// The file itself; of a folder, its rule files, or those of the pack it is. Tests are formatted where they are named.
fn rule_files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.exists() {
        return Err(Failure::Usage(format!(
            "there is no file {}",
            path.display()
        )));
    }
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let is_pack = path.join("city.yaml").exists();
    let dir = if is_pack {
        path.join("rules")
    } else {
        path.to_owned()
    };
    let unreadable =
        |error| Failure::CannotStart(format!("{} cannot be listed: {error}", dir.display()));
    let mut files = Vec::new();
    for entry in fs::read_dir(&dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_yaml = path.extension().is_some_and(|e| e == "yaml");
        if is_yaml && !path.to_string_lossy().ends_with(".test.yaml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn one(path: &Path, check: bool, tally: &mut Tally) -> Result<(), Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::CannotStart(format!("{shown} cannot be read: {error}")))?;
    tally.files += 1;
    let source = SourceFile {
        path: shown.to_string().into(),
        text: text.into(),
    };
    let formatted = rules::format(tally.sources.len(), &source);
    match formatted {
        Ok(formatted) if *formatted == *source.text => {}
        Ok(formatted) => {
            tally.changed += 1;
            let line = if check {
                let first = first_change(&source.text, &formatted);
                format!("{shown}:{first} is not in its form\n")
            } else {
                replace(path, &formatted).map_err(|error| {
                    Failure::CannotStart(format!("{shown} cannot be written: {error}"))
                })?;
                format!("{shown}\n")
            };
            crate::cli::write_out(&line)?;
        }
        Err(mut problems) => tally.diagnostics.append(&mut problems),
    }
    tally.sources.push(source);
    Ok(())
}

/// The first line that differs, counted from one.
fn first_change(before: &str, after: &str) -> usize {
    let same = before
        .lines()
        .zip(after.lines())
        .take_while(|(a, b)| a == b);
    same.count() + 1
}

/// Whole or not at all: a full disk must not cost an author the file.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    // What a link points to is written, not the link.
    let path = path.canonicalize()?;
    let mut beside = path.clone().into_os_string();
    beside.push(".fmt");
    let written = fs::write(&beside, text)
        .and_then(|()| fs::set_permissions(&beside, fs::metadata(&path)?.permissions()))
        .and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // It may not even be there; what went wrong is told by `written`.
        drop(fs::remove_file(&beside));
    }
    written
}
