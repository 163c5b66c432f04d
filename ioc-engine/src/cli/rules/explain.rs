//! `ioc rules explain`: what rules do, in words for a review.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use model::{Lang, RuleName, SourceFile, nearest};
use rules::{Explanation, Plan};

use super::selection::{self, Chosen};
use crate::cli::Failure;
use crate::pack;

const HELP: &str = "\
Examples:
  ioc rules explain river/RiverHigh        one rule; its name alone will do
  ioc rules explain river                  every rule of a group
  ioc rules explain rules/river.yaml       every rule of a file
  ioc rules explain RiverHigh --lang vi    in Vietnamese
  ioc rules explain draft.yaml --city cities/thai-nguyen
                                           a draft, in place of its group";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// A rule, GROUP/NAME or the name alone; a group; or a rule file, for every rule in it
    #[arg(value_name = "RULE|FILE")]
    what: String,
    /// The city pack; found from where a file stands
    #[arg(long, value_name = "DIR")]
    city: Option<PathBuf>,
    /// The language
    #[arg(long, value_enum, default_value_t = Language::En)]
    lang: Language,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    En,
    Vi,
}

/// Sentences begin here; headings stand to the left.
const MARGIN: usize = 12;

pub(crate) fn run(asked: &Options) -> Result<(), Failure> {
    let file = Path::new(&asked.what);
    let is_file = file.is_file();
    if !is_file && file.extension().is_some_and(|end| end == "yaml") {
        let line = format!("there is no file {}", asked.what);
        return Err(Failure::Usage(line));
    }
    let (dir, drafts) = whereabouts(asked, is_file)?;
    let reading = pack::read_with(&dir, &drafts);
    let unsound = || crate::cli::unsound(&dir, &reading.diagnostics, &reading.sources);
    let part = reading.sound_part().ok_or_else(unsound)?;
    let names = if is_file {
        in_file(file, &part.plan)
    } else {
        named(&asked.what, &part.plan)
    };
    // It may be what is wrong.
    let is_whole = part.left_out.is_empty();
    let names = names.map_err(|error| if is_whole { error } else { unsound() })?;
    tell_left_out(&part.left_out);
    let lang = match asked.lang {
        Language::En => Lang::En,
        Language::Vi => Lang::Vi,
    };
    let screen = std::io::stdout();
    let (colour, width) = (crate::cli::coloured(&screen), crate::cli::width(&screen));
    let explained = names
        .iter()
        .filter_map(|name| rules::explain(&part.plan, &part.city, name, lang));
    let texts: Vec<_> = explained.map(|told| drawn(&told, colour, width)).collect();
    crate::cli::write_out(&texts.join("\n")).map(drop)
}

/// The pack, and the drafts where a file outside it is asked about.
fn whereabouts(asked: &Options, is_file: bool) -> Result<(PathBuf, Vec<PathBuf>), Failure> {
    if !is_file {
        return Ok((selection::pack_dir(asked.city.as_deref())?, Vec::new()));
    }
    let chosen = Chosen::of(Path::new(&asked.what), asked.city.as_deref())?;
    let drafts = chosen.drafts();
    Ok((chosen.city, drafts))
}

/// A rule that is wrong keeps no other from being explained; it may be one that matters to it.
fn tell_left_out(files: &[SourceFile]) {
    let mut files = files.to_vec();
    selection::shorten(&mut files);
    let mut files: Vec<_> = files.iter().map(|file| &*file.path).collect();
    files.sort_unstable();
    if !files.is_empty() {
        let files = files.join(", ");
        crate::cli::note(&format!(
            "left out, for they or what they need are wrong: {files}; ioc rules check says how"
        ));
    }
}

/// The rules of this name or group.
fn named(what: &str, plan: &Plan) -> Result<Vec<RuleName>, Failure> {
    let all = || plan.rules().map(|rule| &rule.name);
    let is = |name: &&RuleName| *name.name == *what || name.to_string() == what;
    let mut found: Vec<_> = all().filter(is).cloned().collect();
    if found.is_empty() {
        found = all().filter(|name| *name.group == *what).cloned().collect();
    }
    if found.is_empty() {
        let whole: Vec<_> = all().map(RuleName::to_string).collect();
        let short: Vec<_> = all().map(|name| name.name.to_string()).collect();
        let candidates = short.iter().chain(&whole).map(String::as_str);
        let near = nearest(what, candidates);
        let help = near.map_or_else(
            || "; ioc rules explain takes a rule, a group or a rule file".to_owned(),
            |near| format!("; did you mean '{near}'?"),
        );
        return Err(Failure::Wrong(format!("there is no rule '{what}'{help}")));
    }
    Ok(found)
}

/// The rules of a file, in its order.
fn in_file(file: &Path, plan: &Plan) -> Result<Vec<RuleName>, Failure> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::CannotStart(format!("{shown} cannot be read: {error}")))?;
    let root = city::yaml::parse(0, &text).map_err(|problems| {
        let what = problems.first().map_or("", |problem| &problem.message);
        Failure::Wrong(format!(
            "{shown} is not YAML: {what}; ioc rules check {shown} shows where"
        ))
    })?;
    let names = Some(root).and_then(|root| {
        let group = root.get("group")?.as_str()?.to_owned();
        let rules = root.get("rules")?.as_seq()?.iter();
        let names = rules.filter_map(|rule| rule.get("alert").or(rule.get("derive"))?.as_str());
        let names = names.map(|name| RuleName {
            group: group.as_str().into(),
            name: name.into(),
        });
        Some(names.collect::<Vec<_>>())
    });
    let known = names.unwrap_or_default().into_iter();
    let known: Vec<_> = known.filter(|name| plan.rule(name).is_some()).collect();
    if known.is_empty() {
        let line = match asked_tests(file) {
            Some(rules) => format!("{shown} holds tests; explain their rules: {rules}"),
            None if !selection::is_yaml(file) => {
                format!("{shown} is no rule file: their names end in .yaml")
            }
            None => format!("{shown} has no rule of the pack; is it one of its rule files?"),
        };
        return Err(Failure::Wrong(line));
    }
    Ok(known)
}

/// The rule file that a file of tests stands beside.
fn asked_tests(file: &Path) -> Option<String> {
    let stem = file.to_str()?.strip_suffix(".test.yaml")?;
    Some(format!("ioc rules explain {stem}.yaml"))
}

/// Headings to the left, sentences wrapped beside them.
fn drawn(told: &Explanation, colour: bool, width: usize) -> String {
    let paint = |code: &str, text: &str| {
        if colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    };
    let mut text = format!("{}\n", paint("1", &told.name.told()));
    for (heading, lines) in &told.parts {
        for (place, line) in lines.iter().enumerate() {
            let heading = if place == 0 { heading } else { "" };
            let pad = " ".repeat(MARGIN.saturating_sub(heading.chars().count() + 2));
            for (row, part) in crate::cli::wrapped(line, width.saturating_sub(MARGIN + 2))
                .iter()
                .enumerate()
            {
                let margin = if row == 0 {
                    format!("  {}{pad}", paint("36", heading))
                } else {
                    " ".repeat(MARGIN + 2)
                };
                text.push_str(format!("{margin}{part}").trim_end());
                text.push('\n');
            }
        }
    }
    text
}
