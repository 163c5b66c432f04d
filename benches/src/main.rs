//! Seeded workloads and what they cost, beside the machine's own floor measured in the same run.
//!
//! `cargo run --release -p benches` measures the stages of a reading in one thread and prints a Markdown page for
//! `benches/runs/`; with `--ioc target/release/ioc` it drives that binary over loopback too.

mod cpu;
mod end_to_end;
mod floor;
mod machine;
mod measure;
mod micro;
mod report;
mod workload;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;

#[derive(Parser)]
#[command(about = "Measures the engine against the machine's own floor")]
struct Args {
    /// The city pack the workloads are made of.
    #[arg(long, default_value = "cities/thai-nguyen")]
    city: PathBuf,
    /// Where to write the page; standard output when absent.
    #[arg(long)]
    out: Option<PathBuf>,
    /// The `ioc` binary to drive end to end; left out when absent.
    #[arg(long)]
    ioc: Option<PathBuf>,
    /// Seconds a rate is held end to end.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let mut report = report::Report::default();
    floor::run(&mut report)?;
    micro::run(&args.city, &mut report)?;
    if let Some(ioc) = args.ioc {
        end_to_end::run(&ioc, args.seconds, &mut report)?;
    }
    let page = report.finish(&machine::describe()?);
    match args.out {
        Some(path) => {
            std::fs::write(&path, page).with_context(|| format!("writing {}", path.display()))?;
        }
        None => print!("{page}"),
    }
    Ok(())
}
