//! A screen that watches the live protocol and measures how old each change is when it arrives.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use hdrhistogram::Histogram;
use model::{Clock, Time};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::load::{histogram, record};

const PATIENCE: Duration = Duration::from_secs(10);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Where the wall is and who watches.
#[derive(Clone, Debug)]
pub struct Live {
    /// `ws://host:port/live`.
    pub url: String,
    /// The token of a session.
    pub token: String,
}

/// Why a screen cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// Not an address.
    #[error(
        "'{0}' is not the address of a wall; write http://HOST:PORT/?token=TOKEN as the engine prints it"
    )]
    Url(String),
    /// No connection, or it broke.
    #[error("the screen at {url}: {source}; check --live and that the engine runs")]
    Socket {
        /// Where.
        url: String,
        /// Why.
        source: Box<tungstenite::Error>,
    },
    /// It answered with something else than a welcome.
    #[error("the screen at {url} is not let in: {said}; check the token")]
    Refused {
        /// Where.
        url: String,
        /// What it said.
        said: String,
    },
    /// The watching task broke.
    #[error("the watching screen broke: {0}")]
    Task(#[from] JoinError),
}

impl Live {
    /// From the line `ioc` prints: `http://HOST:PORT/?token=TOKEN`; `ws://HOST:PORT/live` with a token works too.
    pub fn parse(url: &str) -> Result<Self, LiveError> {
        let wrong = || LiveError::Url(url.to_owned());
        let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
        if !matches!(scheme, "http" | "ws") {
            return Err(wrong());
        }
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let host = place.split('/').next().unwrap_or_default();
        let token = query.split('&').find_map(|q| q.strip_prefix("token="));
        match token {
            Some(token) if !host.is_empty() => Ok(Self {
                url: format!("ws://{host}/live"),
                token: token.to_owned(),
            }),
            _ => Err(wrong()),
        }
    }

    async fn connect(&self) -> Result<Socket, LiveError> {
        let mut request = self
            .url
            .as_str()
            .into_client_request()
            .map_err(|e| self.broke(e))?;
        let protocol = HeaderValue::from_static("ioc.v1");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let connected = tokio_tungstenite::connect_async(request).await;
        let (mut socket, _) = connected.map_err(|e| self.broke(e))?;
        self.say(
            &mut socket,
            &json!({"op": "hello", "token": self.token, "lang": "vi"}),
        )
        .await?;
        let answer = timeout(PATIENCE, socket.next()).await;
        match answer {
            Ok(Some(Ok(Message::Text(text)))) if text.contains("\"welcome\"") => {}
            other => {
                let url = self.url.clone();
                let said = format!("{other:?}");
                return Err(LiveError::Refused { url, said });
            }
        }
        self.say(
            &mut socket,
            &json!({"op": "subscribe", "sub": 1, "topic": "assets"}),
        )
        .await?;
        Ok(socket)
    }

    async fn say(&self, socket: &mut Socket, message: &Value) -> Result<(), LiveError> {
        let sent = socket.send(Message::text(message.to_string())).await;
        sent.map_err(|e| self.broke(e))
    }

    fn broke(&self, source: tungstenite::Error) -> LiveError {
        LiveError::Socket {
            url: self.url.clone(),
            source: Box::new(source),
        }
    }
}

/// What a screen saw.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Received − intended of every change, in ms.
    pub(crate) latency: Histogram<u64>,
    /// Changes it was told it skipped.
    pub(crate) conflated: u64,
}

/// A screen that subscribed and reads nothing any more: a browser that hangs.
#[derive(Debug)]
pub(crate) struct Frozen {
    _socket: Socket,
}

impl Frozen {
    /// Connects, says what it wants, and freezes.
    pub(crate) async fn open(live: &Live) -> Result<Self, LiveError> {
        let socket = live.connect().await?;
        Ok(Self { _socket: socket })
    }
}

/// A screen being watched.
#[derive(Debug)]
pub(crate) struct Watch {
    stop: oneshot::Sender<()>,
    watching: JoinHandle<Result<Seen, LiveError>>,
}

impl Watch {
    /// Connects and watches; changes measured before `since` are the snapshot of an earlier time and do not count.
    pub(crate) async fn open(
        live: &Live,
        clock: Arc<dyn Clock>,
        since: Time,
    ) -> Result<Self, LiveError> {
        let socket = live.connect().await?;
        let (stop, stopped) = oneshot::channel();
        let watching = tokio::spawn(watch(live.clone(), socket, clock, since, stopped));
        Ok(Self { stop, watching })
    }

    /// Ends watching.
    pub(crate) async fn close(self) -> Result<Seen, LiveError> {
        // A task that is gone already has its own error to tell.
        drop(self.stop);
        self.watching.await?
    }
}

async fn watch(
    live: Live,
    mut socket: Socket,
    clock: Arc<dyn Clock>,
    since: Time,
    mut stopped: oneshot::Receiver<()>,
) -> Result<Seen, LiveError> {
    let mut seen = Seen {
        latency: histogram(),
        conflated: 0,
    };
    loop {
        let next = tokio::select! {
            _ = &mut stopped => return Ok(seen),
            next = socket.next() => next,
        };
        match next {
            Some(Ok(Message::Text(text))) => seen.take(&text, clock.now(), since),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(live.broke(error)),
            None => return Err(live.broke(tungstenite::Error::ConnectionClosed)),
        }
    }
}

impl Seen {
    fn take(&mut self, text: &str, now: Time, since: Time) {
        // A frame of another kind, or one that is no JSON, holds no change to measure.
        let Ok(frame) = serde_json::from_str::<Value>(text) else {
            return;
        };
        if frame["op"] != "delta" {
            return;
        }
        self.conflated += frame["conflated"].as_u64().unwrap_or(0);
        let column = &frame["assets"]["at"];
        let times = column.as_array().or_else(|| column["v"].as_array());
        for at in times.into_iter().flatten().filter_map(Value::as_i64) {
            let at = Time::from_millis(at);
            if at >= since {
                record(&mut self.latency, now.since(at));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_measured_from_their_intended_time() {
        let mut seen = Seen {
            latency: histogram(),
            conflated: 0,
        };
        let (since, now) = (Time::from_millis(1_000), Time::from_millis(2_000));
        let dense = r#"{"op":"delta","assets":{"id":[1,2],"at":[1990,900]},"conflated":3}"#;
        let sparse = r#"{"op":"delta","assets":{"id":[1,2],"at":{"i":[1],"v":[1950]}}}"#;
        for frame in [dense, sparse, r#"{"op":"heartbeat"}"#] {
            seen.take(frame, now, since);
        }
        assert_eq!(seen.latency.len(), 2);
        assert_eq!((seen.latency.min(), seen.latency.max()), (10, 50));
        assert_eq!(seen.conflated, 3);
    }

    #[test]
    fn the_line_the_engine_prints_is_enough() {
        let live = Live::parse("http://127.0.0.1:8080/?token=abc").unwrap();
        assert_eq!(live.url, "ws://127.0.0.1:8080/live");
        assert_eq!(live.token, "abc");
        for wrong in [
            "127.0.0.1:8080",
            "http://127.0.0.1:8080/",
            "http:///?token=a",
        ] {
            assert!(Live::parse(wrong).is_err(), "{wrong}");
        }
    }
}
