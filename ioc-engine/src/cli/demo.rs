//! `ioc demo`.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::demo::{self, DemoOptions};
use clap::Args;

use super::Failure;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where the wall is served
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    http: SocketAddr,
    /// Where the broker listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:1883")]
    mqtt: SocketAddr,
    /// Where secrets, alerts and the log are kept
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    data: PathBuf,
    /// The city pack
    #[arg(long, value_name = "DIR", default_value = super::USUAL_CITY)]
    city: PathBuf,
    /// How many seconds of the city pass in one of ours
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// The same seed gives the same city
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.1..=1_000.0).contains(&speed) => Ok(speed),
        _ => Err("a speed is a number from 0.1 to 1000".to_owned()),
    }
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let pack = super::sound_pack(&options.city)?;
    let (runtime, metrics) = super::runtime()?;
    let asked = DemoOptions {
        http: options.http,
        mqtt: options.mqtt,
        data: options.data.clone(),
        speed: options.speed,
        seed: options.seed,
    };
    let outcome = runtime.block_on(demo::run(&asked, &pack, metrics, super::shutdown()));
    // What hangs must not keep the terminal.
    runtime.shutdown_background();
    outcome.map_err(Failure::cannot_start)
}
