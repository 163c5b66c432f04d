//! `ioc-sim screens`: a crowd of screens, and what they had to wait.

use std::sync::Arc;

use clap::Args;
use model::Span;
use simulators::{Live, screens};

use super::clock::SystemClock;
use super::{Failure, over, percentiles, say, span};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The wall, as the engine prints it: http://HOST:PORT/?token=TOKEN
    #[arg(long, value_name = "URL")]
    live: String,
    /// How many screens
    #[arg(long, value_name = "N")]
    count: usize,
    /// How many of them read nothing once they have subscribed
    #[arg(long, value_name = "K", default_value_t = 0)]
    frozen: usize,
    /// For how long; without it until Ctrl-C
    #[arg(long, value_name = "D", value_parser = span)]
    duration: Option<Span>,
}

pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let live = Live::parse(&options.live).map_err(|e| Failure::usage(e.to_string()))?;
    let clock = Arc::new(SystemClock::default());
    let over = over(options.duration);
    let crowd = screens::run(&live, options.count, options.frozen, clock, over)
        .await
        .map_err(|e| Failure::cannot_start(e.to_string()))?;
    say::out(format_args!(
        "watched {}  closed {}  skipped {}",
        crowd.watched, crowd.closed_count, crowd.conflated
    ))?;
    say::out(format_args!(
        "to the screens  {}",
        percentiles::line(&crowd.latency)
    ))?;
    if crowd.closed.is_empty() {
        return Ok(());
    }
    Err(Failure::wrong(format!(
        "{} screens that read all the time were closed: {}",
        crowd.closed_count,
        crowd.closed.join("; ")
    )))
}
