//! `ioc rules schema`.

use std::path::PathBuf;

use clap::Args;

use super::selection::pack_dir;
use crate::cli::Failure;

const HELP: &str = "\
Examples:
  ioc rules schema --city . > rules.schema.json
  ioc rules schema --tests --city . > tests.schema.json
In an editor with the YAML language server, the first line of a file names its schema:
  # yaml-language-server: $schema=../../../rules.schema.json";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// Knows the kinds, dimensions, calendars and rules of this city pack, too
    #[arg(long, value_name = "DIR")]
    city: Option<PathBuf>,
    /// That of the tests beside them, `*.test.yaml`
    #[arg(long)]
    tests: bool,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let schema = if options.tests {
        rules::test_schema
    } else {
        rules::schema
    };
    let Some(dir) = &options.city else {
        return print(&schema(None, None));
    };
    let dir = &pack_dir(Some(dir))?;
    let mut loaded = city::load(dir);
    // While rules are being written they may be wrong: the city's own words are there all the same.
    let city = loaded.city.take().or_else(|| loaded.draft.take());
    let Some(city) = city else {
        crate::cli::complain(&loaded.diagnostics, &loaded.sources);
        let dir = dir.display();
        return Err(Failure::CannotStart(format!(
            "{dir} is no city pack that can be read"
        )));
    };
    let (plan, _) = rules::compile(&city.rules, 0, &city);
    print(&schema(Some(&city), plan.as_ref()))
}

fn print(schema: &serde_json::Value) -> Result<(), Failure> {
    crate::cli::write_out(&format!("{schema:#}\n")).map(drop)
}
