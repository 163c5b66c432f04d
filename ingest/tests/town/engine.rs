//! The engine's side of the queue: reads deliveries and says them as text.

use ingest::{Ack, Admitted, Decoded, Delivery};
use model::{Input, Origin, Quality, Reading};
use tokio::sync::mpsc;

use super::NOW;

pub struct Engine {
    queue: mpsc::Receiver<Delivery>,
}

/// A queue to the engine with so many places.
pub fn engine(places: usize) -> (mpsc::Sender<Delivery>, Engine) {
    let (sender, queue) = mpsc::channel(places);
    (sender, Engine { queue })
}

impl Engine {
    /// The next delivery as text, not acknowledged yet.
    pub async fn receive(&mut self) -> (String, Option<Ack>) {
        let delivery = self.queue.recv().await.expect("the sources are at work");
        (said(&delivery.admitted), delivery.ack)
    }

    /// The next delivery as text, acknowledged.
    pub async fn next(&mut self) -> String {
        let (text, ack) = self.receive().await;
        if let Some(ack) = ack {
            ack.release();
        }
        text
    }

    /// The next so many deliveries, acknowledged, sorted: for those of several connections.
    pub async fn next_sorted(&mut self, n: usize) -> Vec<String> {
        let mut all = Vec::new();
        for _ in 0..n {
            all.push(self.next().await);
        }
        all.sort();
        all
    }

    /// What waits in the queue right now.
    pub fn waiting(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.queue.try_recv().ok())
            .map(|delivery| said(&delivery.admitted))
            .collect()
    }

    /// How many deliveries are in the queue.
    pub fn depth(&self) -> usize {
        self.queue.len()
    }
}

pub fn said(admitted: &Admitted) -> String {
    match admitted {
        Admitted::DeadLetter(dead) => {
            format!("{} dead: {}: {}", dead.source, dead.reason, dead.detail)
        }
        Admitted::Input(Input::Reading { source, reading }) => {
            format!("{source} {}", reading_text(reading))
        }
        Admitted::Input(Input::Offline { asset }) => format!("{asset} offline"),
        Admitted::Input(Input::SourceUp { source }) => format!("{source} up"),
        Admitted::Input(Input::SourceDown { source }) => format!("{source} down"),
        Admitted::Input(Input::Shed { assets }) => {
            let ids: Vec<&str> = assets.iter().map(model::AssetId::as_str).collect();
            format!("shed {}", ids.join(" "))
        }
        Admitted::Input(other) => format!("{other:?}"),
    }
}

pub fn decoded_text(decoded: &Decoded) -> String {
    match decoded {
        Decoded::Reading(reading) => reading_text(reading),
        Decoded::Offline(asset) => format!("{asset} offline"),
        Decoded::Ignored(why) => format!("ignored: {why:?}"),
    }
}

fn reading_text(reading: &Reading) -> String {
    let catalog = super::catalog();
    let kind = catalog.kind(reading.kind);
    let mut parts = vec![reading.asset.to_string()];
    for (id, value) in &reading.fields {
        parts.push(format!("{}={value:?}", kind.fields[id.index()].name));
    }
    if reading.at != NOW {
        parts.push(format!("at={}", reading.at.millis()));
    }
    parts.extend(reading.seq.map(|seq| format!("seq={seq}")));
    parts.extend(reading.boot.map(|boot| format!("boot={boot}")));
    if reading.quality != Quality::Good {
        parts.push(format!("{:?}", reading.quality));
    }
    if reading.origin == Origin::Retained {
        parts.push("retained".to_owned());
    }
    parts.join(" ")
}
