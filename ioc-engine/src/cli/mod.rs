//! The command line: what can be typed, and the exit codes scripts rely on. Each command has a file of its own.

mod backtest;
mod check;
mod codes;
mod config;
mod dead_letters;
mod demo;
mod doctor;
mod eval;
mod fetch;
mod init;
mod rules;
mod serve;
mod top;

use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use model::{Diagnostic, Sources};
use tracing_subscriber::EnvFilter;

/// Where the pack is when nothing else is said.
const USUAL_CITY: &str = "cities/thai-nguyen";

/// The streaming event engine of a city's operations centre
#[derive(Debug, Parser)]
#[command(name = "ioc", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A living city in one process: broker, simulated devices, engine, wall
    Demo(demo::Options),
    /// The real thing
    Serve(serve::Options),
    /// What the configuration decides
    Config(config::Options),
    /// Validates a city pack and its rules: every problem at once
    Check(check::Options),
    /// For authors of rules: check, test, explain, try over history
    Rules(rules::Options),
    /// Messages that could not be read
    DeadLetters(dead_letters::Options),
    /// Makes a configuration, an admin's token and a device password; nothing has a default one
    Init(init::Options),
    /// Checks clock, disk, ports, configuration and pack, and says what is wrong
    Doctor(doctor::Options),
}

/// Why a command failed, with the exit code it promises.
#[derive(Debug)]
pub enum Failure {
    /// The thing checked is wrong; it has been said what about it.
    Wrong(String),
    /// It was typed wrongly.
    Usage(String),
    /// It cannot start.
    CannotStart(String),
}

impl Failure {
    pub(crate) fn cannot_start(error: impl std::fmt::Display) -> Self {
        Self::CannotStart(error.to_string())
    }

    /// One line on stderr, and the code.
    pub fn report(self) -> ExitCode {
        let (line, code) = match self {
            Self::Wrong(line) => (line, 1),
            Self::Usage(line) => (line, 2),
            Self::CannotStart(line) => (line, 3),
        };
        // One line is what is promised; what others say may have several.
        let words: Vec<_> = line.split_whitespace().collect();
        say(&format!("ioc: {}\n", words.join(" ")));
        ExitCode::from(code)
    }
}

/// Logs go to stderr; `RUST_LOG` decides how much.
pub fn start_logging(cli: &Cli) {
    let usual = match cli.command {
        Command::Serve(_) => "info,mqtt5=warn",
        _ => "warn",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Such an error would be told on the same stream, with a panic where it is closed.
        .log_internal_errors(false)
        .init();
}

/// Does what was typed.
pub fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        Command::Demo(options) => demo::run(&options),
        Command::Serve(options) => serve::run(&options),
        Command::Config(options) => config::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Rules(options) => rules::run(options),
        Command::DeadLetters(options) => dead_letters::run(&options),
        Command::Init(options) => init::run(&options),
        Command::Doctor(options) => doctor::run(&options),
    }
}

/// Writes to stdout, and says whether anybody still reads: `ioc … | head` is no failure.
fn write_out(text: &str) -> Result<bool, Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::cannot_start(error)),
    }
}

/// Writes to stderr. Where that is closed, nobody is left to be told, and the work goes on.
fn say(text: &str) {
    drop(std::io::stderr().lock().write_all(text.as_bytes()));
}

/// A line on stderr about what was not asked for but matters.
fn note(line: &str) {
    say(&format!("note: {line}\n"));
}

/// Problems in the form that was asked for.
fn tell_problems(
    diagnostics: &[Diagnostic],
    sources: &Sources,
    format: check::Format,
) -> Result<(), Failure> {
    match format {
        check::Format::Text => print_problems(diagnostics, sources),
        check::Format::Json => {
            let document = crate::draw::json(diagnostics, sources);
            write_out(&(document + "\n")).map(drop)
        }
    }
}

/// Problems as the result that was asked for.
fn print_problems(diagnostics: &[Diagnostic], sources: &Sources) -> Result<(), Failure> {
    let screen = std::io::stdout();
    let (colour, width) = (coloured(&screen), width(&screen));
    write_out(&crate::draw::text(diagnostics, sources, colour, width))?;
    point_to_pages(diagnostics);
    Ok(())
}

/// Problems that keep a command from its work.
fn complain(diagnostics: &[Diagnostic], sources: &Sources) {
    let screen = std::io::stderr();
    let (colour, width) = (coloured(&screen), width(&screen));
    say(&crate::draw::text(diagnostics, sources, colour, width));
    point_to_pages(diagnostics);
}

/// Where more is said about problems: named once, with a code that can be typed as it stands.
fn point_to_pages(diagnostics: &[Diagnostic]) {
    if let Some(first) = diagnostics.first() {
        let code = first.code;
        note(&format!(
            "ioc rules explain-code {code} says more, with an example"
        ));
    }
}

/// Colour is for people: on a terminal that shows it, unless they asked for none (no-color.org).
fn coloured(screen: &impl IsTerminal) -> bool {
    let says = |name: &str| std::env::var_os(name).unwrap_or_default();
    screen.is_terminal() && says("NO_COLOR").is_empty() && says("TERM") != "dumb"
}

/// Lines of whole words, at most so long where words are shorter.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// How many columns to write: those of the terminal, but no more than are good to read.
fn width(screen: &impl std::os::fd::AsFd) -> usize {
    const MOST: usize = 120;
    const LEAST: usize = 40;
    match rustix::termios::tcgetwinsize(screen) {
        Ok(size) if size.ws_col > 0 => usize::from(size.ws_col).clamp(LEAST, MOST),
        _ => crate::draw::WIDTH,
    }
}

/// A pack that must be sound: its warnings are shown, its errors end the command.
fn sound_pack(dir: &std::path::Path) -> Result<crate::pack::Pack, Failure> {
    let reading = crate::pack::read(dir);
    match reading.pack {
        Some(pack) => Ok(pack),
        None => Err(unsound(dir, &reading.diagnostics, &reading.sources)),
    }
}

/// The city of a pack whose rules need not be right: who tries an expression may be about to mend one. True where
/// something is wrong with them, and what they derive is not known.
fn city_of_pack(dir: &std::path::Path) -> Result<(std::sync::Arc<city::City>, bool), Failure> {
    let reading = crate::pack::read(dir);
    let whole = reading.pack.map(|pack| (pack.city, false));
    let city = whole.or_else(|| Some((reading.city?, true)));
    city.ok_or_else(|| unsound(dir, &reading.diagnostics, &reading.sources))
}

fn unsound(dir: &std::path::Path, diagnostics: &[Diagnostic], sources: &Sources) -> Failure {
    complain(diagnostics, sources);
    let tally = crate::draw::tally(diagnostics);
    let dir = dir.display();
    Failure::CannotStart(format!(
        "the city pack {dir} has {tally}; mend it, or choose another with --city"
    ))
}

/// The runtime of `serve` and `demo`, and a recorder for their metrics.
fn runtime() -> Result<
    (
        tokio::runtime::Runtime,
        metrics_exporter_prometheus::PrometheusHandle,
    ),
    Failure,
> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::cannot_start)?;
    // From 50 µs to 5 s: an fsync lies in the middle.
    let bounds: Vec<f64> = (0..17).map(|i| 0.000_05 * 2_f64.powi(i)).collect();
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new()
        .set_buckets(&bounds)
        .and_then(metrics_exporter_prometheus::PrometheusBuilder::install_recorder)
        .map_err(Failure::cannot_start)?;
    Ok((runtime, metrics))
}

/// Ctrl-C, or what a service manager sends.
async fn shutdown() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            heard = tokio::signal::ctrl_c() => stay_when_deaf(heard).await,
        },
        Err(error) => stay_when_deaf(Err(error)).await,
    }
}

/// Without a way to hear the signal the engine runs until it is ended from outside.
async fn stay_when_deaf(heard: std::io::Result<()>) {
    if let Err(error) = heard {
        tracing::warn!(%error, "cannot hear signals");
        std::future::pending::<()>().await;
    }
}
