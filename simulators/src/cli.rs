//! What a person types, and the exit codes of cli.md: 1 the thing checked is wrong, 2 wrong usage, 3 cannot start.

mod broker;
mod city;
mod clock;
mod load;
mod percentiles;
mod problems;
mod record;
mod replay;
pub(crate) mod say;
mod screens;

use std::time::Duration;

use clap::{Parser, Subcommand};
use model::Span;

/// Simulated devices for the city engine: the living province.
#[derive(Parser, Debug)]
#[command(name = "ioc-sim", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// The living city: every asset of a city pack reports, with its rhythms, weather and faults
    City(city::Options),
    /// Open-loop load with intended send times; fails when the generator itself was late
    Load(load::Options),
    /// A broker's traffic into a file
    Record(record::Options),
    /// A recording to a broker, at its own pace or faster
    Replay(replay::Options),
    /// A crowd of screens on one wall, some of them frozen
    Screens(screens::Options),
}

/// Why the program ends without success.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Its exit code.
    pub(crate) code: u8,
    /// One line that says what to do.
    pub(crate) message: String,
}

impl Failure {
    fn wrong(message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code: 1, message }
    }

    fn usage(message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code: 2, message }
    }

    fn cannot_start(message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code: 3, message }
    }
}

/// A rate above zero.
fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("a rate is a number above zero, like 1 or 0.5 or 20".to_owned()),
    }
}

/// A length of time as packs write it: 30s, 5m.
fn span(text: &str) -> Result<Span, model::ParseSpanError> {
    text.parse()
}

/// Resolves after a length of time, or with Ctrl-C.
async fn over(duration: Option<Span>) {
    match duration {
        Some(span) => {
            let length = Duration::from_millis(span.millis().unsigned_abs());
            tokio::select! {
                () = tokio::time::sleep(length) => {}
                () = city::interrupted() => {}
            }
        }
        None => city::interrupted().await,
    }
}

/// Logs to stderr, so that stdout is for results; `RUST_LOG` says how much.
pub(crate) fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,simulators=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Such an error would be told on the same stream, with a panic where it is closed.
        .log_internal_errors(false)
        .with_target(false)
        .init();
}

/// Runs what was asked for.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::cannot_start(format!("cannot start threads: {error}")))?;
    match arguments.command {
        Command::City(options) => runtime.block_on(city::run(options)),
        Command::Load(options) => runtime.block_on(load::run(options)),
        Command::Record(options) => runtime.block_on(record::run(options)),
        Command::Replay(options) => runtime.block_on(replay::run(options)),
        Command::Screens(options) => runtime.block_on(screens::run(options)),
    }
}
