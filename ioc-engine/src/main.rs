//! The `ioc` binary: the checklist from arguments to exit code.

use std::process::ExitCode;

use clap::Parser;
use ioc_engine::cli;

/// The C library's spends a fifth of a reading on what is told of it: see decision 0112.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    cli::start_logging(&cli);
    match cli::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
