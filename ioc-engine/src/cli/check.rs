//! `ioc check`.

use std::path::PathBuf;

use crate::{draw, pack};
use clap::{Args, ValueEnum};

use super::Failure;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The city pack
    #[arg(value_name = "CITY", default_value = super::USUAL_CITY)]
    city: PathBuf,
    /// How problems are told
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Underlined in the file
    Text,
    /// One JSON document
    Json,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let reading = pack::read(&options.city);
    let (diagnostics, sources) = (&reading.diagnostics, &reading.sources);
    match options.format {
        Format::Json => println!("{}", draw::json(diagnostics, sources)),
        Format::Text => super::print_problems(diagnostics, sources),
    }
    let tally = draw::tally(diagnostics);
    let city = options.city.display();
    let Some(pack) = reading.pack else {
        return Err(Failure::Wrong(format!("{city}: {tally}")));
    };
    if options.format == Format::Text {
        let (kinds, assets) = (pack.city.catalog.kinds().len(), pack.city.assets.len());
        let rules = pack.plan.rules().count();
        println!("{city}: {tally}; {kinds} kinds, {assets} assets, {rules} rules");
    }
    Ok(())
}
