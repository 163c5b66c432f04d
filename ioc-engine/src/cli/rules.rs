//! `ioc rules`: check, test and explain the rules of a pack; what takes more has a file of its own.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use model::{Diagnostic, Sources};

use super::Failure;
use crate::{draw, pack};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints every problem of rules, underlined in their files
    Check(Selection),
    /// Plays the pack's *.test.yaml on the production engine
    Test(Tests),
    /// Says what a rule is
    Explain(Explain),
    /// Says what a diagnostic's code means, with a wrong example and the mended one
    ExplainCode(super::codes::Options),
    /// Evaluates an expression with the engine's own evaluator and prints its type and value
    Eval(super::eval::Options),
    /// What each rule of a running engine costs, as a table that refreshes
    Top(super::top::Options),
    /// Runs rules over recorded history: which alerts would have fired, for how long, how many an operator
    Backtest(super::backtest::Options),
}

#[derive(Debug, Args)]
struct Selection {
    /// Only these files, or those in these folders; the pack is the one they stand in
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The city pack whose catalog the rules are typed against
    #[arg(long, value_name = "DIR")]
    city: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Tests {
    #[command(flatten)]
    selection: Selection,
    /// Writes the outcomes as `JUnit` XML too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Explain {
    /// The rule: GROUP/NAME, or the name alone
    rule: String,
    /// The city pack
    #[arg(long, value_name = "DIR", default_value = super::USUAL_CITY)]
    city: PathBuf,
}

pub(crate) fn run(options: Options) -> Result<(), Failure> {
    match options.command {
        Command::Check(selection) => check(&selection),
        Command::Test(tests) => test(&tests),
        Command::Explain(asked) => explain(&asked),
        Command::ExplainCode(asked) => super::codes::run(&asked),
        Command::Eval(asked) => super::eval::run(&asked),
        Command::Top(options) => super::top::run(&options),
        Command::Backtest(asked) => super::backtest::run(&asked),
    }
}

impl Selection {
    /// The pack that was named, or the one the first path stands in.
    fn city(&self) -> PathBuf {
        let above = self.paths.first().map(|path| path.ancestors());
        let found = above
            .into_iter()
            .flatten()
            .find(|dir| dir.join("city.yaml").exists());
        self.city
            .clone()
            .or_else(|| found.map(Path::to_owned))
            .unwrap_or_else(|| super::USUAL_CITY.into())
    }

    fn takes(&self, path: &str) -> bool {
        self.paths.is_empty()
            || self
                .paths
                .iter()
                .any(|chosen| lies_in(Path::new(path), chosen))
    }

    fn of(&self, diagnostics: Vec<Diagnostic>, sources: &Sources) -> Vec<Diagnostic> {
        let taken = |d: &Diagnostic| {
            let file = d.labels.first().and_then(|l| sources.get(l.file));
            file.is_none_or(|file| self.takes(&file.path))
        };
        diagnostics.into_iter().filter(taken).collect()
    }
}

/// True when `file` is `chosen` or lies in that folder, however either was written.
fn lies_in(file: &Path, chosen: &Path) -> bool {
    match (file.canonicalize(), chosen.canonicalize()) {
        (Ok(file), Ok(chosen)) => file.starts_with(chosen),
        _ => file.starts_with(chosen),
    }
}

fn check(selection: &Selection) -> Result<(), Failure> {
    let reading = pack::read(&selection.city());
    let diagnostics = selection.of(reading.diagnostics, &reading.sources);
    super::print_problems(&diagnostics, &reading.sources);
    let tally = draw::tally(&diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(Failure::Wrong(tally));
    }
    println!("{tally}");
    Ok(())
}

fn test(tests: &Tests) -> Result<(), Failure> {
    let reading = pack::read(&tests.selection.city());
    let Some(pack) = reading.pack else {
        super::print_problems(&reading.diagnostics, &reading.sources);
        return Err(Failure::Wrong(draw::tally(&reading.diagnostics)));
    };
    let selected = |file: &&model::SourceFile| tests.selection.takes(&file.path);
    let files: Vec<_> = pack
        .city
        .rule_tests
        .iter()
        .filter(selected)
        .cloned()
        .collect();
    if files.is_empty() {
        let line = "no *.test.yaml of the pack is among what was asked for; without a path all of them run";
        return Err(Failure::Wrong(line.to_owned()));
    }
    let (outcomes, problems) = rules::testing::run(&files, 0, &pack.plan, &pack.city);
    super::print_problems(&problems, &files);
    for outcome in &outcomes {
        let Some(failure) = &outcome.failure else {
            println!("ok     {}: {}", outcome.file, outcome.name);
            continue;
        };
        println!("FAILED {}: {}\n{failure}", outcome.file, outcome.name);
    }
    if let Some(file) = &tests.junit {
        std::fs::write(file, junit(&outcomes)).map_err(Failure::cannot_start)?;
    }
    let failed = outcomes.iter().filter(|o| o.failure.is_some()).count();
    let line = format!(
        "{} tests, {failed} failed, {}",
        outcomes.len(),
        draw::tally(&problems)
    );
    if failed > 0 || problems.iter().any(Diagnostic::is_error) {
        return Err(Failure::Wrong(line));
    }
    println!("{line}");
    Ok(())
}

fn junit(outcomes: &[rules::testing::Outcome]) -> String {
    let failed = outcomes.iter().filter(|o| o.failure.is_some()).count();
    let cases: String = outcomes.iter().map(junit_case).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"rules\" tests=\"{}\" failures=\"{failed}\">\n{cases}</testsuite>\n",
        outcomes.len()
    )
}

fn junit_case(outcome: &rules::testing::Outcome) -> String {
    let (class, name) = (xml(&outcome.file), xml(&outcome.name));
    let failure = outcome.failure.as_deref().map_or_else(String::new, |text| {
        format!(
            "<failure message=\"transitions differ\">{}</failure>",
            xml(text)
        )
    });
    format!("  <testcase classname=\"{class}\" name=\"{name}\">{failure}</testcase>\n")
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn explain(asked: &Explain) -> Result<(), Failure> {
    let pack = super::sound_pack(&asked.city)?;
    let matches = |info: &&rules::RuleInfo| {
        *info.name.name == *asked.rule || info.name.to_string() == asked.rule
    };
    let found: Vec<_> = pack.plan.rules().filter(matches).collect();
    if found.is_empty() {
        let names: Vec<String> = pack.plan.rules().map(|r| r.name.to_string()).collect();
        let near = model::nearest(&asked.rule, names.iter().map(String::as_str));
        let help = near.map_or_else(String::new, |n| format!("; did you mean '{n}'?"));
        let line = format!("there is no rule '{}'{help}", asked.rule);
        return Err(Failure::Wrong(line));
    }
    for info in found {
        print!("{}", description(info));
    }
    Ok(())
}

fn description(info: &rules::RuleInfo) -> String {
    let severities: Vec<_> = info.severities.iter().map(|s| s.as_str()).collect();
    let by: Vec<_> = info.by.iter().map(|b| &**b).collect();
    let each = if by.is_empty() {
        "once for the whole city".to_owned()
    } else {
        format!("for each {}", by.join(", "))
    };
    let mut lines = vec![
        info.name.to_string(),
        format!(
            "  watches    {}",
            info.kind.as_deref().unwrap_or("the engine itself")
        ),
    ];
    if severities.is_empty() {
        lines.push(format!("  derives    {} {each}", info.name.name));
    } else {
        lines.push(format!("  one alert  {each}"));
        lines.push(format!("  severity   {}", severities.join(" > ")));
    }
    if info.shadow {
        lines.push("  shadow     evaluated, never annunciated".to_owned());
    }
    let labels = info.labels.iter();
    lines.extend(labels.map(|(name, value)| format!("  label      {name}={value}")));
    if !info.guidance.is_empty() {
        lines.push(format!("  guidance   {}", info.guidance.en));
    }
    lines.join("\n") + "\n"
}
