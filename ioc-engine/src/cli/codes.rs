//! `ioc rules explain-code`: the page of a diagnostic's code, from the guide that is part of the binary.

use clap::Args;

use super::Failure;

/// One file a family of codes.
const PAGES: [&str; 6] = [
    include_str!("../../../docs/diagnostics/rule.md"),
    include_str!("../../../docs/diagnostics/derive.md"),
    include_str!("../../../docs/diagnostics/cel.md"),
    include_str!("../../../docs/diagnostics/yaml.md"),
    include_str!("../../../docs/diagnostics/pack.md"),
    include_str!("../../../docs/diagnostics/test.md"),
];

const HELP: &str = "\
Examples:
  ioc rules explain-code rule-unknown-kind";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// The code, as `ioc check` prints it
    #[arg(value_name = "CODE")]
    code: String,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if let Some((_, text)) = all().find(|(code, _)| *code == options.code) {
        let page = format!("{}\n\n{}\n", options.code, text.trim());
        return super::write_out(&page).map(|_| ());
    }
    let near = model::nearest(&options.code, all().map(|(code, _)| code));
    let help = near.map_or_else(
        || {
            "; codes are such as rule-unknown-kind, and stand above what ioc rules check prints"
                .to_owned()
        },
        |near| format!("; did you mean '{near}'?"),
    );
    let line = format!("there is no code '{}'{help}", options.code);
    Err(Failure::Wrong(line))
}

/// Every code and its page.
fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGES.iter().flat_map(|file| {
        let pages = file.split("\n## ").skip(1);
        pages.filter_map(|page| page.split_once('\n'))
    })
}
