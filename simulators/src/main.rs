//! The `ioc-sim` binary: simulated devices for people who drive load and faults into an engine.
//! Parses, runs one command, and ends with the exit code that scripts are promised.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    cli::start_log();
    match cli::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            cli::say::err(format_args!("ioc-sim: {}", failure.message));
            ExitCode::from(failure.code)
        }
    }
}
