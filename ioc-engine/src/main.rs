//! The `ioc` binary: the checklist from arguments to exit code.

use std::process::ExitCode;

use clap::Parser;
use ioc_engine::cli;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    cli::start_logging(&cli);
    match cli::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
