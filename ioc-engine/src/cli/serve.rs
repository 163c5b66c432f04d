//! `ioc serve`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::signal::unix::{SignalKind, signal};

use super::Failure;
use crate::clock::AnchoredClock;
use crate::config::Config;
use crate::pack;
use crate::pack::Pack;
use crate::serve::{self, Running};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    settings: super::config::Settings,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let config = options.settings.config()?;
    let pack = super::sound_pack(&config.city)?;
    let (runtime, metrics) = super::runtime()?;
    let outcome = runtime.block_on(until_told(&config, &pack, metrics));
    runtime.shutdown_background();
    outcome
}

async fn until_told(
    config: &Config,
    pack: &Pack,
    metrics: PrometheusHandle,
) -> Result<(), Failure> {
    let clock = Arc::new(AnchoredClock::new());
    let mut running = serve::start(config, pack, clock, metrics)
        .await
        .map_err(Failure::cannot_start)?;
    tracing::info!(http = %running.http(), mqtt = ?running.mqtt(), "serving");
    let mut hangups = signal(SignalKind::hangup()).map_err(Failure::cannot_start)?;
    let mut shutdown = std::pin::pin!(super::shutdown());
    let ended = loop {
        tokio::select! {
            () = &mut shutdown => break Ok(()),
            ended = running.ended() => break Err(Failure::cannot_start(ended)),
            _ = hangups.recv() => reload(&running, &config.city).await,
        }
    };
    running.stop().await;
    ended
}

/// SIGHUP: reads the pack again. A pack that is wrong is drawn, and everything stays as it is.
async fn reload(running: &Running, dir: &Path) {
    let reading = tokio::task::block_in_place(|| pack::read(dir));
    super::complain(&reading.diagnostics, &reading.sources);
    let Some(pack) = reading.pack else {
        tracing::error!("the pack is wrong; the rules stay as they are");
        return;
    };
    if let Err(error) = running.reload(pack).await {
        tracing::error!(%error, "the rules stay as they are");
    }
}

/// Where the settings are looked for when nothing is said.
pub(crate) fn default_file() -> Option<PathBuf> {
    let usual = PathBuf::from("ioc.toml");
    usual.exists().then_some(usual)
}
