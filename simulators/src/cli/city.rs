//! `ioc-sim city`: the living province against a broker, until Ctrl-C.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use model::Diagnostic;
use simulators::living_city::{self, Config, RunError, Totals};

use super::broker::At;
use super::clock::SystemClock;
use super::{Failure, positive, problems, say};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The folder of the city pack
    #[arg(long, value_name = "DIR")]
    city: PathBuf,
    #[command(flatten)]
    at: At,
    /// Same seed, same messages
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many times as often as usual assets report; timestamps stay real
    #[arg(long, default_value_t = 1.0, value_parser = positive)]
    rate: f64,
    /// The scenario to play, a file of the pack's scenarios/ by its name
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// Where to write the truth ledger: every scripted fault with the alert it must raise
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
}

pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let mqtt = options.at.broker()?;
    let city = load(&options.city)?;
    let sources = living_city::sources(&city);
    let config = Config {
        city,
        mqtt,
        seed: options.seed,
        rate: options.rate,
        scenario: options.scenario,
        ledger: options.ledger,
    };
    let clock = Arc::new(SystemClock::default());
    match living_city::run(config, clock, interrupted()).await {
        Ok(totals) => {
            print_totals(&totals)?;
            Ok(())
        }
        Err(RunError::Pack(found)) => {
            problems::print(&found, &sources);
            Err(refused(&found))
        }
        Err(error @ RunError::NoScenario { .. }) => Err(Failure::usage(error.to_string())),
        Err(error @ RunError::NothingToDo) => Err(Failure::wrong(error.to_string())),
        Err(error) => Err(Failure::cannot_start(error.to_string())),
    }
}

pub(super) fn load(dir: &std::path::Path) -> Result<Arc<city::City>, Failure> {
    let loaded = city::load(dir);
    if let Some(city) = loaded.city {
        return Ok(Arc::new(city));
    }
    problems::print(&loaded.diagnostics, &loaded.sources);
    Err(refused(&loaded.diagnostics))
}

fn refused(problems: &[Diagnostic]) -> Failure {
    let errors = problems.iter().filter(|p| p.is_error()).count();
    Failure::wrong(format!(
        "the city pack has {errors} errors; mend them first"
    ))
}

/// Ctrl-C. Without a way to hear it the run goes on until it is ended from outside.
pub(super) async fn interrupted() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(%error, "cannot hear Ctrl-C");
        std::future::pending::<()>().await;
    }
}

/// Results go to stdout; a run that lagged says so, for its load was not what was asked for.
fn print_totals(totals: &Totals) -> Result<(), Failure> {
    let traffic = &totals.traffic;
    say::out(format_args!(
        "devices {}  sent {}  acked {} of {}  reconnects {}",
        totals.devices, traffic.sent, traffic.acked, traffic.to_confirm, traffic.reconnects
    ))?;
    if traffic.lagged > 0 || totals.late > 0 {
        say::out(format_args!(
            "lagged: {} messages found their queue full, {} left more than a second late, the worst {} late",
            traffic.lagged, totals.late, totals.longest_lag
        ))?;
    }
    if totals.store_lost > 0 {
        say::out(format_args!(
            "{} readings were lost in devices whose store was full",
            totals.store_lost
        ))?;
    }
    Ok(())
}
