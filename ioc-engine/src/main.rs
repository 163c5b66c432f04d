//! The `ioc` binary: the checklist from arguments to exit code.

use std::process::ExitCode;

use clap::Parser;
use ioc_engine::cli;

/// What the engine tells is freed by the gateway's threads, a piece a reading: see `docs/decisions/0112-binaries-bring-their-allocator.md`.
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
