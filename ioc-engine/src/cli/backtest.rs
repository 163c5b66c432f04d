//! `ioc rules backtest`: the rules of a folder over recorded history.

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use city::City;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use model::{Diagnostic, SourceFile, Span, Time};
use rules::Plan;

use super::Failure;
use crate::backtest::{Against, Backtest, BacktestError, Inputs, Summary, text};
use crate::draw;

const HELP: &str = "\
Examples:
  ioc rules backtest --rules . --history ../data --from 2026-11-20
  ioc rules backtest --rules drafts --city . --history D --against running
  ioc rules backtest --rules rules/river.yaml --readings readings.jsonl
Steps go to standard output, a JSON object a line; the summary to standard
error.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// A city pack, a folder of rule files or one rule file
    #[arg(long, value_name = "DIR")]
    rules: PathBuf,
    /// The pack whose catalog, registry and calendars count; else the one the rules stand in
    #[arg(long, value_name = "DIR")]
    city: Option<PathBuf>,
    #[command(flatten)]
    inputs: InputOptions,
    /// From then on transitions count: RFC 3339, milliseconds since 1970, or a date on the city's clock
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Up to then
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// What is run in silence before --from; else what the rules look back on
    #[arg(long, value_name = "LENGTH")]
    warm_up: Option<Span>,
    /// What to compare with: other rules, or `running`, the alerts that the engine of --history raised
    #[arg(long, value_name = "DIR|running")]
    against: Option<PathBuf>,
    /// Among how many operators the alerts are shared
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    operators: u32,
    /// How the summary on standard error is told
    #[arg(long, value_enum, default_value_t = Format::Text)]
    summary: Format,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct InputOptions {
    /// The data folder of an engine, which may be running on it
    #[arg(long, value_name = "DIR")]
    history: Option<PathBuf>,
    /// One JSON reading a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    readings: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let backtest = prepare(options)?;
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let ran = backtest
        .run(&mut out)
        .and_then(|summary| out.flush().map(|()| summary).map_err(BacktestError::Output));
    let summary = match ran {
        Ok(summary) => summary,
        Err(error) => return failed(error),
    };
    match options.summary {
        Format::Text => super::say(&text(&summary, &backtest.city.time_zone)),
        Format::Json => super::say(&format!("{}\n", serde_json::json!(summary))),
    }
    verdict(&backtest, &summary)
}

/// Whoever stops reading the transitions has seen enough.
fn failed(error: BacktestError) -> Result<(), Failure> {
    match error {
        BacktestError::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        BacktestError::Nothing(_) => Err(Failure::Wrong(error.to_string())),
        error => Err(Failure::cannot_start(error)),
    }
}

/// Lines that are no reading may be the ones that mattered.
fn verdict(backtest: &Backtest, summary: &Summary) -> Result<(), Failure> {
    match (&backtest.inputs, summary.inputs.unreadable) {
        (_, 0) | (Inputs::History(_), _) => Ok(()),
        (Inputs::Readings(path), n) => Err(Failure::Wrong(format!(
            "{n} lines of {} are no reading and were left out",
            path.display()
        ))),
    }
}

fn prepare(options: &Options) -> Result<Backtest, Failure> {
    let dir = city_dir(options)?;
    let pack = super::sound_pack(&dir)?;
    let city = as_written(&dir)?;
    let plan = if same(&dir, &options.rules) {
        pack.plan
    } else {
        compiled(&options.rules, &city)?
    };
    let zone = &city.time_zone;
    let (from, to) = (
        time("--from", options.from.as_deref(), zone)?,
        time("--to", options.to.as_deref(), zone)?,
    );
    if from > Some(to.unwrap_or(Time::MAX)) {
        return Err(Failure::Usage("--from lies after --to".to_owned()));
    }
    let inputs = inputs(&options.inputs)?;
    let against = against(options, &inputs, &city)?;
    let mut back = plan.looks_back().total();
    if let Some(Against::Rules(others)) = &against {
        back = back.max(others.looks_back().total());
    }
    Ok(Backtest {
        plan,
        against,
        inputs,
        from,
        to,
        warm_up: options.warm_up.unwrap_or(back),
        operators: options.operators,
        city,
    })
}

fn inputs(options: &InputOptions) -> Result<Inputs, Failure> {
    match (&options.history, &options.readings) {
        (Some(data), _) => Ok(Inputs::History(data.clone())),
        (None, Some(file)) => Ok(Inputs::Readings(file.clone())),
        (None, None) => Err(Failure::Wrong("say --history or --readings".to_owned())),
    }
}

fn against(
    options: &Options,
    inputs: &Inputs,
    city: &Arc<City>,
) -> Result<Option<Against>, Failure> {
    match (&options.against, inputs) {
        (None, _) => Ok(None),
        (Some(word), Inputs::History(_)) if word.as_os_str() == "running" => {
            Ok(Some(Against::Recorded))
        }
        (Some(word), Inputs::Readings(_)) if word.as_os_str() == "running" => {
            let line = "readings do not know what an engine made of them; --against running goes with --history";
            Err(Failure::Usage(line.to_owned()))
        }
        (Some(dir), _) => Ok(Some(Against::Rules(compiled(dir, city)?))),
    }
}

/// The pack that was named, or the one the rules are or stand in.
fn city_dir(options: &Options) -> Result<PathBuf, Failure> {
    let absolute = options.rules.canonicalize();
    let rules = absolute.as_deref().unwrap_or(&options.rules);
    let found = rules.ancestors().find(|dir| dir.join("city.yaml").exists());
    match (&options.city, found) {
        (None, Some(city)) => Ok(city.to_owned()),
        (named, _) => super::rules::pack_dir(named.as_deref()),
    }
}

/// The city without what the rules of its pack derive: to drafts, those kinds would be declared by a catalog that they must agree
/// with, and nobody would compute them.
fn as_written(dir: &Path) -> Result<Arc<City>, Failure> {
    let city = city::load(dir).city.map(Arc::new);
    city.ok_or_else(|| {
        let dir = dir.display();
        Failure::CannotStart(format!("{dir} was edited while it was read; try again"))
    })
}

fn same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// The rules of a pack, a folder or a file, compiled for a city.
fn compiled(rules: &Path, city: &Arc<City>) -> Result<Arc<Plan>, Failure> {
    let refused = |error: std::io::Error| {
        let path = rules.display();
        Failure::CannotStart(format!(
            "cannot read the rules {path}: {error}; name a pack, a folder of rule files or a rule file"
        ))
    };
    let files = rule_files(rules).map_err(refused)?;
    if files.is_empty() {
        let path = rules.display();
        let line = format!("{path} holds no rules: no *.yaml but tests");
        return Err(Failure::Wrong(line));
    }
    let others = others(rules, &files, city);
    let (plan, mut problems) = rules::compile_with(&files, &others, 0, city);
    // What only runs along is warned of where it is asked about.
    let asked = |problem: &Diagnostic| problem.labels.iter().any(|l| l.file < files.len());
    problems.retain(|problem| problem.is_error() || asked(problem));
    let sources = [files, others].concat();
    super::complain(&problems, &sources);
    match plan {
        Some(plan) if !problems.iter().any(Diagnostic::is_error) => Ok(Arc::new(plan)),
        _ => {
            let (path, tally) = (rules.display(), draw::tally(&problems));
            Err(Failure::Wrong(format!("the rules {path} have {tally}")))
        }
    }
}

/// The pack's rule files from which some of its rules, or drafts, take along what they need: those that are not among them. As in
/// `ioc rules check`, a file from outside stands in place of the pack's files of its group. A pack has all it needs.
fn others(rules: &Path, files: &[SourceFile], city: &City) -> Vec<SourceFile> {
    if rules.join("city.yaml").exists() {
        return Vec::new();
    }
    let is = |a: &SourceFile, b: &SourceFile| same(Path::new(&*a.path), Path::new(&*b.path));
    let of_pack = |file: &SourceFile| city.rules.iter().any(|other| is(file, other));
    let drafts = files.iter().filter(|file| !of_pack(file));
    let groups: BTreeSet<_> = drafts.filter_map(crate::pack::group_of).collect();
    let replaced =
        |file: &SourceFile| crate::pack::group_of(file).is_some_and(|g| groups.contains(&g));
    let others = city.rules.iter();
    let others = others.filter(|other| !files.iter().any(|file| is(file, other)));
    others.filter(|other| !replaced(other)).cloned().collect()
}

/// The rule files of a pack, a folder or alone, in the order of their names.
fn rule_files(rules: &Path) -> std::io::Result<Vec<SourceFile>> {
    let inner = rules.join("rules");
    let folder = if rules.join("city.yaml").exists() {
        &inner
    } else {
        rules
    };
    let mut paths = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder)? {
            paths.push(entry?.path());
        }
        paths.retain(|path| is_rules(path));
        paths.sort();
    } else {
        paths.push(folder.to_owned());
    }
    let read = |path: &PathBuf| {
        Ok(SourceFile {
            path: path.display().to_string().into(),
            text: std::fs::read_to_string(path)?.into(),
        })
    };
    paths.iter().map(read).collect()
}

fn is_rules(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".yaml") && !name.ends_with(".test.yaml")
}

fn time(option: &str, text: Option<&str>, zone: &str) -> Result<Option<Time>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let ms = text
        .parse::<i64>()
        .ok()
        .or_else(|| Some(text.parse::<Timestamp>().ok()?.as_millisecond()))
        .or_else(|| {
            let local = text.parse::<DateTime>().ok()?;
            let zoned = local.to_zoned(zone).ok()?;
            Some(zoned.timestamp().as_millisecond())
        });
    match ms {
        Some(ms) => Ok(Some(Time::from_millis(ms))),
        None => Err(Failure::Usage(format!(
            "{option}: '{text}' is not a time; write 2026-11-23T08:00:00+07:00, 2026-11-23 or milliseconds since 1970"
        ))),
    }
}
