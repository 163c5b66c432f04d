//! `ioc config`, and the settings that other commands share.

use std::path::PathBuf;

use crate::config::{self, Config, Decided};
use clap::Args;

use super::Failure;

/// Where settings come from: a file, `IOC_SECTION__KEY` in the environment, these flags.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// The settings; ioc.toml when there is one here
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Overrules http.listen
    #[arg(long, value_name = "ADDRESS")]
    http: Option<String>,
    /// Overrules data.dir
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Overrules city.dir
    #[arg(long, value_name = "DIR")]
    city: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Prints each value and where it came from
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Settings {
    fn decide(&self) -> Decided {
        let file = self.config.clone().or_else(super::serve::default_file);
        let flags: Vec<(&str, String)> = [
            ("http.listen", &self.http),
            ("data.dir", &self.data),
            ("city.dir", &self.city),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value.clone()?)))
        .collect();
        config::read(file.as_deref(), &flags)
    }

    /// The configuration; what is wrong with it is told line by line.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        let decided = self.decide();
        for problem in &decided.problems {
            super::say(&format!("{problem}\n"));
        }
        decided.config.ok_or_else(|| wrong(&decided.problems))
    }
}

fn wrong(problems: &[String]) -> Failure {
    let count = problems.len();
    Failure::CannotStart(format!(
        "settings that are wrong: {count}; mend them, and see what holds with ioc config --explain"
    ))
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let decided = options.settings.decide();
    if options.explain {
        let settings = decided.explained.iter();
        let lines: Vec<_> = settings
            .map(|s| format!("{} = {}   ({})\n", s.key, s.value, s.origin))
            .collect();
        super::write_out(&lines.concat())?;
    }
    for problem in &decided.problems {
        super::say(&format!("{problem}\n"));
    }
    if decided.problems.is_empty() {
        return Ok(());
    }
    Err(Failure::Wrong(format!(
        "settings that are wrong: {}",
        decided.problems.len()
    )))
}
