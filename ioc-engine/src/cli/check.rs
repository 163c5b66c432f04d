//! `ioc check`.

use std::path::PathBuf;

use crate::{draw, pack};
use clap::{Args, ValueEnum};

use super::Failure;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The city pack; else the one you stand in, else cities/thai-nguyen
    #[arg(value_name = "CITY")]
    city: Option<PathBuf>,
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
    let city = match &options.city {
        // What a pack lacks is told in full, `city.yaml` too.
        Some(city) => city.clone(),
        None => super::rules::pack_dir(None)?,
    };
    let reading = pack::read(&city);
    super::tell_problems(&reading.diagnostics, &reading.sources, options.format)?;
    let tally = draw::tally(&reading.diagnostics);
    let city = city.display();
    let Some(pack) = reading.pack else {
        return Err(Failure::Wrong(format!("{city}: {tally}")));
    };
    if options.format == Format::Text {
        let (kinds, assets) = (pack.city.catalog.kinds().len(), pack.city.assets.len());
        let rules = pack.plan.rules().count();
        let line = format!("{city}: {tally}; {kinds} kinds, {assets} assets, {rules} rules\n");
        super::write_out(&line)?;
    }
    Ok(())
}
