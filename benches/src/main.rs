//! Seeded workloads and what they cost, beside the machine's own floor measured in the same run.
//!
//! `cargo run --release -p benches` measures every part and prints a Markdown page for `benches/runs/`; `--only NAME` runs
//! one. With `--ioc target/release/ioc` it drives that binary over loopback too.

mod alerts;
mod backtest;
mod bare;
mod cpu;
mod crowd;
mod encoding;
mod end_to_end;
mod fan_out;
mod floor;
mod idle;
mod machine;
mod measure;
mod micro;
mod report;
mod rules;
mod server;
mod workload;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::{Parser, Subcommand, ValueEnum};

/// As in the product.
#[cfg(not(feature = "allocations"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(about = "Measures the engine against the machine's own floor")]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// The city pack the workloads are made of.
    #[arg(long, default_value = "cities/thai-nguyen")]
    city: PathBuf,
    /// Where to write the page; standard output when absent.
    #[arg(long)]
    out: Option<PathBuf>,
    /// The `ioc` binary to drive end to end; left out when absent.
    #[arg(long)]
    ioc: Option<PathBuf>,
    /// Seconds a rate is held end to end and in the fan-out.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Readings of the backtest.
    #[arg(long, default_value_t = 5_000_000)]
    readings: u64,
    /// Parts to run; all when absent.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
}

#[derive(Subcommand)]
enum Command {
    /// Clients for the fan-out; benches starts this itself.
    #[command(hide = true)]
    Crowd(crowd::Who),
    /// One thing of which to tell the memory; benches starts this itself.
    #[command(hide = true)]
    Weigh {
        /// Which.
        what: rules::Weighed,
    },
}

/// One part of the page.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    /// What the disk allows.
    Floor,
    /// Memory of quiet screens: early, while the heap has no holes that clients could fill unseen.
    Idle,
    /// Decoding, live state, rules.
    Stages,
    /// The rule engine with readings already decoded.
    Rules,
    /// Rules over a recorded history, from lines and from an input log.
    Backtest,
    /// Writing frames.
    Encoding,
    /// Many screens.
    FanOut,
    /// Publish to alert frame through the binary.
    EndToEnd,
}

fn main() -> Result<()> {
    let args = Args::parse();
    match args.command {
        Some(Command::Crowd(who)) => return crowd::run(&who),
        Some(Command::Weigh { what }) => return rules::weigh(what),
        None => {}
    }
    let mut report = report::Report::default();
    for part in Part::value_variants() {
        if args.only.is_empty() || args.only.contains(part) {
            run(*part, &args, &mut report)?;
        }
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

fn run(part: Part, args: &Args, report: &mut report::Report) -> Result<()> {
    match part {
        Part::Floor => floor::run(report),
        Part::Stages => micro::run(&args.city, report),
        Part::Rules => rules::run(report),
        Part::Backtest => backtest::run(args.readings, report),
        Part::Encoding => encoding::run(&args.city, report),
        Part::FanOut => fan_out::run(&args.city, args.seconds, report),
        Part::Idle => idle::run(&args.city, report),
        Part::EndToEnd => {
            if let Some(ioc) = &args.ioc {
                return end_to_end::run(ioc, args.seconds, report);
            }
            ensure!(
                !args.only.contains(&part),
                "end-to-end needs the binary: --ioc target/release/ioc"
            );
            Ok(())
        }
    }
}
