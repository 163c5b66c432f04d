//! `ioc-sim load`: open-loop load with percentiles, and failure when the generator itself was late.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use model::Span;
use serde_json::{Value, json};
use simulators::load::{self, Load, LoadError, Report};
use simulators::{Form, Live};

use super::broker::At;
use super::clock::SystemClock;
use super::{Failure, city, percentiles, positive, say, span};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The folder of the city pack whose devices send
    #[arg(long, value_name = "DIR", default_value = "cities/thai-nguyen")]
    city: PathBuf,
    #[command(flatten)]
    at: At,
    /// How many devices, spread evenly over the registry
    #[arg(long, value_name = "N")]
    assets: usize,
    /// Messages a second over all of them
    #[arg(long, value_name = "R", value_parser = positive)]
    rate: f64,
    /// For how long: 30s, 5m
    #[arg(long, value_name = "D", value_parser = span)]
    duration: Span,
    /// Connections that share the devices
    #[arg(long, value_name = "C", default_value_t = 4)]
    connections: usize,
    /// 0: at most once; 1: confirmed by the broker
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=1))]
    qos: u8,
    /// How payloads are written
    #[arg(long, value_enum, default_value_t = Payload::Native)]
    payload: Payload,
    /// Same seed, same messages
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A wall to watch, as the engine prints it: http://HOST:PORT/?token=TOKEN
    #[arg(long, value_name = "URL")]
    live: Option<String>,
    /// The run fails when one in a hundred messages leaves later than this
    #[arg(long, value_name = "SPAN", default_value = "50ms", value_parser = span)]
    max_lag: Span,
    /// The result as one JSON object
    #[arg(long)]
    json: bool,
}

/// The forms that the engine reads without a mapping.
#[derive(ValueEnum, Clone, Copy, Debug)]
enum Payload {
    /// {"ts":…,"seq":…,"v":{"pm25":37.4}}
    Native,
    /// {"ts":…,"seq":…,"pm25":37.4}
    Flat,
}

impl From<Payload> for Form {
    fn from(payload: Payload) -> Self {
        match payload {
            Payload::Native => Self::Native,
            Payload::Flat => Self::Flat,
        }
    }
}

pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let usage = |error: &dyn std::error::Error| Failure::usage(error.to_string());
    let mqtt = options.at.broker()?;
    let live = match &options.live {
        Some(url) => Some(Live::parse(url).map_err(|e| usage(&e))?),
        None => None,
    };
    let load = Load {
        city: city::load(&options.city)?,
        mqtt,
        seed: options.seed,
        assets: options.assets,
        rate: options.rate,
        duration: options.duration,
        connections: options.connections,
        confirmed: options.qos == 1,
        form: options.payload.into(),
        live,
        most_lag: options.max_lag,
    };
    let clock = Arc::new(SystemClock::default());
    match load::run(load, clock, city::interrupted()).await {
        Ok(report) => tell(&report, options.json, options.max_lag),
        Err(error @ (LoadError::TooMany { .. } | LoadError::TooFast { .. })) => Err(usage(&error)),
        Err(error) => Err(Failure::cannot_start(error.to_string())),
    }
}

fn tell(report: &Report, as_json: bool, most_lag: Span) -> Result<(), Failure> {
    if as_json {
        say::out(format_args!("{}", to_json(report)))?;
    } else {
        let traffic = &report.traffic;
        say::out(format_args!(
            "offered {}  sent {}  acked {} of {}  queue full {}  reconnects {}",
            traffic.queued,
            traffic.sent,
            traffic.acked,
            traffic.to_confirm,
            traffic.lagged,
            traffic.reconnects
        ))?;
        say::out(format_args!(
            "generator lag  {}",
            percentiles::line(&report.own_lag)
        ))?;
        if let Some(latency) = &report.to_screen {
            let skipped = report.conflated;
            say::out(format_args!(
                "to the screen  {}  (skipped {skipped})",
                percentiles::line(latency)
            ))?;
        }
    }
    if report.lagged {
        return Err(Failure::wrong(format!(
            "the generator lagged: one in a hundred messages left more than {most_lag} late, so that this was not the load asked for"
        )));
    }
    Ok(())
}

fn to_json(report: &Report) -> Value {
    let traffic = &report.traffic;
    json!({
        "offered": traffic.queued,
        "sent": traffic.sent,
        "acked": traffic.acked,
        "to_confirm": traffic.to_confirm,
        "queue_full": traffic.lagged,
        "reconnects": traffic.reconnects,
        "generator_lag_ms": percentiles::json(&report.own_lag),
        "to_screen_ms": report.to_screen.as_ref().map(percentiles::json),
        "conflated": report.conflated,
        "lagged": report.lagged,
    })
}
