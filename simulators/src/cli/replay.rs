//! `ioc-sim replay`: a recording to a broker, at its own pace or faster.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use simulators::recording::{Recording, RecordingError};
use simulators::replay::{self, Played};

use super::broker::At;
use super::clock::SystemClock;
use super::{Failure, city, positive, say};

#[derive(Args, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    at: At,
    /// How many times as fast as it was recorded
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = positive)]
    speed: f64,
    /// The recording, a file of `ioc-sim record`
    #[arg(value_name = "IN")]
    recording: PathBuf,
}

pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let mqtt = options.at.broker()?;
    let name = options.recording.display();
    let file = File::open(&options.recording)
        .map_err(|error| Failure::usage(format!("cannot read {name}: {error}")))?;
    let recording = Recording::open(BufReader::new(file)).map_err(|e| wrong(&name, &e))?;
    let clock = Arc::new(SystemClock::default());
    let played = replay::run(recording, &mqtt, options.speed, clock, city::interrupted())
        .await
        .map_err(|error| Failure::cannot_start(error.to_string()))?;
    tell(&played)?;
    match &played.stopped_by {
        Some(error) => Err(wrong(&name, error)),
        None => Ok(()),
    }
}

fn wrong(name: &impl std::fmt::Display, error: &RecordingError) -> Failure {
    Failure::wrong(format!("{name}: {error}"))
}

fn tell(played: &Played) -> Result<(), Failure> {
    let traffic = &played.traffic;
    say::out(format_args!(
        "played {}  sent {}  acked {} of {}  reconnects {}  the latest left {} late",
        traffic.queued,
        traffic.sent,
        traffic.acked,
        traffic.to_confirm,
        traffic.reconnects,
        played.longest_lag
    ))
}
