//! The crowd's side: clients that look for two stamps in what they read, and nothing else.

use std::io::BufRead;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use hdrhistogram::Histogram;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::{Tally, Who};
use crate::server::now_us;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Clients that connect at the same time.
const AT_ONCE: usize = 50;
/// What took longer is counted as this.
const LONGEST_US: u64 = 60_000_000;

/// Runs the crowd until its input ends.
pub(crate) fn run(who: &Who) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let measured = Arc::new(Mutex::new(Measured::new()?));
    let (failed, mut failure) = mpsc::channel(1);
    let _thawing = runtime.block_on(open(who, &measured, &failed))?;
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        if let Ok(why) = failure.try_recv() {
            bail!("a client of the crowd failed: {why:?}");
        }
        let mut measured = measured.lock().unwrap_or_else(PoisonError::into_inner);
        match line?.as_str() {
            "begin" => {
                *measured = Measured::new()?;
                println!("begun");
            }
            _ => println!("{}", serde_json::to_string(&measured.tally())?),
        }
    }
    Ok(())
}

/// Connects everybody, frozen ones first, and sets them reading. Frozen ones live as long as what is returned.
async fn open(
    who: &Who,
    measured: &Arc<Mutex<Measured>>,
    failed: &mpsc::Sender<anyhow::Error>,
) -> Result<watch::Sender<()>> {
    let (thaw, frozen_until) = watch::channel(());
    let all = 0..who.frozen + who.healthy;
    let opening = futures_util::stream::iter(all.map(|n| subscribed(who, n < who.frozen)));
    let mut opening = opening.buffer_unordered(AT_ONCE);
    while let Some(opened) = opening.next().await {
        let (socket, frozen) = opened?;
        if frozen {
            let mut until = frozen_until.clone();
            tokio::spawn(async move {
                // It holds its socket and reads nothing.
                let _thawed = until.changed().await;
                drop(socket);
            });
            continue;
        }
        let look = format!("\"{}\":[", who.column);
        let (measured, failed) = (Arc::clone(measured), failed.clone());
        tokio::spawn(async move {
            if let Err(error) = read(socket, &look, &measured).await {
                // The first failure is enough.
                let _told = failed.try_send(error);
            }
        });
    }
    Ok(thaw)
}

/// Connected, and had the last page of everything it follows.
async fn subscribed(who: &Who, frozen: bool) -> Result<(Socket, bool)> {
    let stream = TcpStream::connect(who.address).await?;
    stream.set_nodelay(true)?;
    let url = format!("ws://{}/live", who.address);
    let stream = MaybeTlsStream::Plain(stream);
    let (mut socket, _response) = tokio_tungstenite::client_async(url, stream).await?;
    let hello = json!({"op": "hello", "token": "bench"});
    socket.send(Message::text(hello.to_string())).await?;
    for (sub, topic) in who.topics.iter().enumerate() {
        let wish = json!({"op": "subscribe", "sub": sub, "topic": topic, "max_hz": 20});
        socket.send(Message::text(wish.to_string())).await?;
    }
    let mut begun = 0;
    while begun < who.topics.len() {
        match socket.next().await.context("closed before it began")?? {
            Message::Text(text) => begun += usize::from(text.contains("\"last\":true")),
            Message::Close(why) => bail!("closed: {why:?}"),
            _ => {}
        }
    }
    Ok((socket, frozen))
}

async fn read(mut socket: Socket, look: &str, measured: &Mutex<Measured>) -> Result<()> {
    loop {
        match socket.next().await.context("the server is gone")?? {
            Message::Text(text) => {
                let mut measured = measured.lock().unwrap_or_else(PoisonError::into_inner);
                measured.take(&text, look);
            }
            Message::Close(why) => bail!("closed: {why:?}"),
            _ => {}
        }
    }
}

struct Measured {
    frames: u64,
    bytes: u64,
    state: Histogram<u64>,
    alerts: Histogram<u64>,
}

impl Measured {
    fn new() -> Result<Self> {
        Ok(Self {
            frames: 0,
            bytes: 0,
            state: Histogram::new_with_bounds(1, LONGEST_US, 3)?,
            alerts: Histogram::new_with_bounds(1, LONGEST_US, 3)?,
        })
    }

    fn take(&mut self, text: &Utf8Bytes, look: &str) {
        self.frames += 1;
        self.bytes += text.len() as u64;
        let now = now_us();
        if let Some(sent) = number_after(text, "\"stamp\":\"") {
            self.alerts.saturating_record(now.saturating_sub(sent));
        } else if let Some(sent) = number_after(text, look) {
            self.state.saturating_record(now.saturating_sub(sent));
        }
    }

    fn tally(&self) -> Tally {
        Tally {
            frames: self.frames,
            bytes: self.bytes,
            state: self.state.len(),
            state_p50: self.state.value_at_quantile(0.5),
            state_p99: self.state.value_at_quantile(0.99),
            alerts: self.alerts.len(),
            alert_p50: self.alerts.value_at_quantile(0.5),
            alert_p99: self.alerts.value_at_quantile(0.99),
        }
    }
}

/// The number that follows `mark` in the text.
fn number_after(text: &str, mark: &str) -> Option<u64> {
    let (_, rest) = text.split_once(mark)?;
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::number_after;

    #[test]
    fn a_stamp_is_found_and_its_absence_too() {
        let delta = r#"{"assets":{"id":[1,2],"clients":[1764000000000001,5]}}"#;
        assert_eq!(
            number_after(delta, "\"clients\":["),
            Some(1_764_000_000_000_001)
        );
        assert_eq!(number_after(delta, "\"stamp\":\""), None);
    }
}
