//! `ioc-sim record`: a broker's traffic into a file, until Ctrl-C.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use model::Span;
use simulators::record::{self, RecordError};

use super::broker::At;
use super::clock::SystemClock;
use super::{Failure, over, say, span};

#[derive(Args, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    at: At,
    /// What to record; may be given more than once
    #[arg(long, value_name = "FILTER", default_value = "#")]
    topic: Vec<String>,
    /// For how long; without it until Ctrl-C
    #[arg(long, value_name = "D", value_parser = span)]
    duration: Option<Span>,
    /// The file to write; one that exists is left alone
    #[arg(value_name = "OUT")]
    out: PathBuf,
}

pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let mqtt = options.at.broker()?;
    let name = options.out.display();
    let file = File::create_new(&options.out).map_err(|error| {
        Failure::cannot_start(format!("cannot begin {name}: {error}; choose another name"))
    })?;
    let mut out = BufWriter::new(file);
    let clock = Arc::new(SystemClock::default());
    let begun = format!("recording to {name}; Ctrl-C ends it");
    // What cannot be printed now is told at the end; until then it records.
    let ready = || drop(say::out(format_args!("{begun}")));
    let over = over(options.duration);
    let recorded = record::run(&mqtt, &options.topic, &mut out, clock, ready, over).await;
    let capture = match recorded {
        Ok(capture) => capture,
        Err(error) => {
            drop(out);
            discard_if_empty(&options.out);
            return Err(match error {
                RecordError::Filter(_) => Failure::usage(error.to_string()),
                error => Failure::cannot_start(error.to_string()),
            });
        }
    };
    say::out(format_args!(
        "{} messages, {} bytes of payload, reconnects {}",
        capture.messages, capture.bytes, capture.reconnects
    ))
}

/// A recording that never began leaves no file behind, so that the next try may use its name.
fn discard_if_empty(out: &std::path::Path) {
    let empty = std::fs::metadata(out).is_ok_and(|file| file.len() == 0);
    if empty && let Err(error) = std::fs::remove_file(out) {
        tracing::warn!(%error, file = %out.display(), "an empty file stays");
    }
}
