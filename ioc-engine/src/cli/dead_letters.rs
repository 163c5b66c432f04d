//! `ioc dead-letters`.

use std::path::PathBuf;

use crate::store::StoreArchive;
use clap::{Args, Subcommand};
use ws_gateway::Archive;

use super::Failure;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists the newest, newest first
    List(List),
}

#[derive(Debug, Args)]
struct List {
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let Command::List(list) = &options.command;
    let archive = StoreArchive::open(&list.data.join("ioc.db")).map_err(Failure::cannot_start)?;
    let letters = archive
        .dead_letters(None, list.limit)
        .map_err(Failure::cannot_start)?;
    for letter in letters {
        let received = jiff::Timestamp::from_millisecond(letter.received.millis())
            .map_or_else(|_| letter.received.millis().to_string(), |t| t.to_string());
        let (payload, size) = (letter.payload.escape_debug(), letter.size);
        let lines = format!(
            "{} {received} {} {}\n   {}: {}\n   {size} bytes: {payload}\n",
            letter.id, letter.source, letter.topic, letter.reason, letter.detail
        );
        if !super::write_out(&lines)? {
            break;
        }
    }
    Ok(())
}
