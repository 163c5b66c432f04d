//! `ioc rules schema`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::Failure;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Knows the kinds, dimensions, calendars and rules of this city pack, too
    #[arg(long, value_name = "DIR")]
    city: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let Some(dir) = &options.city else {
        println!("{:#}", rules::schema(None, None));
        return Ok(());
    };
    let mut loaded = city::load(dir);
    // While rules are being written they may be wrong: the city's own words are there all the same.
    let city = loaded.city.take().or_else(|| loaded.draft.take());
    let Some(city) = city.filter(|_| dir.join("city.yaml").exists()) else {
        crate::cli::complain(&loaded.diagnostics, &loaded.sources);
        let dir = dir.display();
        return Err(Failure::CannotStart(format!(
            "{dir} is no city pack that can be read"
        )));
    };
    let (plan, _) = rules::compile(&city.rules, 0, &city);
    println!("{:#}", rules::schema(Some(&city), plan.as_ref()));
    Ok(())
}
