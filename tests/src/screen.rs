//! A screen of the operations centre: follows the live protocol and holds what it was told.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::PATIENCE;

/// One connected WebSocket with its `alerts` and `assets` subscriptions.
pub struct Screen {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Open alerts by id.
    pub alerts: BTreeMap<String, Value>,
    /// Every alert event received, in order.
    pub events: Vec<Value>,
    /// Their places in the alert log. Steps a screen is not shown, such as the first of a rule that waits, leave gaps.
    pub places: Vec<u64>,
    /// True when the alert log went on where the screen asked for.
    pub resumed: bool,
    /// Assets by short number.
    pub assets: BTreeMap<u64, Value>,
    /// Short numbers of the assets that frames brought something of, in order.
    pub changed: Vec<u64>,
    /// Answers to commands by `ref`.
    pub results: BTreeMap<String, Value>,
    /// The last report of the engine's own condition.
    pub health: Value,
    /// The last alert sequence.
    pub alert_seq: u64,
}

impl Screen {
    /// Connects, says hello and subscribes to alerts, assets and health.
    pub async fn open(http: SocketAddr, token: &str) -> Result<Self> {
        let mut screen = Self::connect(http, token).await?;
        screen
            .say(json!({"op": "subscribe", "sub": 1, "topic": "assets"}))
            .await?;
        screen
            .say(json!({"op": "subscribe", "sub": 2, "topic": "alerts"}))
            .await?;
        screen
            .say(json!({"op": "subscribe", "sub": 3, "topic": "health"}))
            .await?;
        Ok(screen)
    }

    /// Connects and subscribes to alerts alone.
    pub async fn alerts_only(http: SocketAddr, token: &str) -> Result<Self> {
        let mut screen = Self::connect(http, token).await?;
        screen
            .say(json!({"op": "subscribe", "sub": 2, "topic": "alerts"}))
            .await?;
        Ok(screen)
    }

    /// As [`Self::alerts_only`], going on after an alert event seen earlier.
    pub async fn resume(http: SocketAddr, token: &str, alert_seq: u64) -> Result<Self> {
        let mut screen = Self::connect(http, token).await?;
        screen.alert_seq = alert_seq;
        let since = json!({"op": "subscribe", "sub": 2, "topic": "alerts", "since": {"alert_seq": alert_seq}});
        screen.say(since).await?;
        Ok(screen)
    }

    async fn connect(http: SocketAddr, token: &str) -> Result<Self> {
        let mut request = format!("ws://{http}/live").into_client_request()?;
        request
            .headers_mut()
            .insert("sec-websocket-protocol", "ioc.v1".parse()?);
        let (socket, _) = tokio_tungstenite::connect_async(request)
            .await
            .context("connecting to /live")?;
        let mut screen = Self {
            socket,
            alerts: BTreeMap::new(),
            events: Vec::new(),
            places: Vec::new(),
            resumed: false,
            assets: BTreeMap::new(),
            changed: Vec::new(),
            results: BTreeMap::new(),
            health: Value::Null,
            alert_seq: 0,
        };
        screen
            .say(json!({"op": "hello", "token": token, "lang": "vi"}))
            .await?;
        let welcome = screen.hear().await?;
        if welcome["op"] != "welcome" {
            bail!("expected a welcome, heard {welcome}");
        }
        Ok(screen)
    }

    /// Sends one message.
    pub async fn say(&mut self, message: Value) -> Result<()> {
        Ok(self.socket.send(Message::text(message.to_string())).await?)
    }

    /// Acknowledges an alert and waits for the answer.
    pub async fn acknowledge(&mut self, alert: &str, command: &str, note: &str) -> Result<Value> {
        self.say(
            json!({"op": "ack", "ref": command, "cmd": command, "alert": alert, "note": note}),
        )
        .await?;
        self.until("the answer to a command", |screen| {
            screen.results.get(command).cloned()
        })
        .await
    }

    /// Follows the assets as well.
    pub async fn follow_assets(&mut self) -> Result<()> {
        self.say(json!({"op": "subscribe", "sub": 1, "topic": "assets"}))
            .await
    }

    /// Reads on until `found` finds what the scenario expects; fails with what the screen shows when it never comes.
    pub async fn until<T>(&mut self, what: &str, found: impl Fn(&Self) -> Option<T>) -> Result<T> {
        let patience = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(value) = found(self) {
                return Ok(value);
            }
            let heard = tokio::time::timeout_at(patience, self.hear()).await;
            let Ok(frame) = heard else {
                bail!(
                    "waited in vain for {what}; alerts {:#?}; health {}",
                    self.alerts,
                    self.health
                );
            };
            self.take(&frame?)?;
        }
    }

    /// Takes in the next frame, whatever it is.
    pub async fn next(&mut self) -> Result<()> {
        let heard = tokio::time::timeout(PATIENCE, self.hear()).await;
        let frame = heard.context("the server says nothing")??;
        self.take(&frame)
    }

    /// Reads on until the server ends the connection for this reason; fails when it ends for another, or not at all.
    pub async fn closed(&mut self, reason: &str) -> Result<()> {
        let ended = tokio::time::timeout(PATIENCE, async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Close(Some(frame)))) => return frame.reason.to_string(),
                    Some(Ok(Message::Close(None)) | Err(_)) | None => return String::new(),
                    Some(Ok(_)) => {}
                }
            }
        });
        let ended = ended.await.context("the connection goes on")?;
        if ended != reason {
            bail!("the server closed the connection with '{ended}', not '{reason}'");
        }
        Ok(())
    }

    async fn hear(&mut self) -> Result<Value> {
        loop {
            match self
                .socket
                .next()
                .await
                .context("the server closed the connection")??
            {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Close(frame) => bail!("the server closed the connection: {frame:?}"),
                _ => {}
            }
        }
    }

    fn take(&mut self, frame: &Value) -> Result<()> {
        match frame["op"].as_str().unwrap_or_default() {
            "snapshot" if frame["topic"] == "assets" => self.put_assets(&frame["assets"]),
            "delta" if frame["topic"] == "assets" => {
                self.put_columns(&frame["assets"]);
                self.put_assets(&frame["new"]);
            }
            "snapshot" | "delta" if frame["topic"] == "health" => {
                self.health = frame["health"].clone();
            }
            "alerts" => self.put_alerts(frame),
            "alert" => self.put_alert(frame)?,
            "result" => {
                let name = frame["ref"].as_str().unwrap_or_default().to_owned();
                self.results.insert(name, frame.clone());
            }
            "error" => bail!("the server says {frame}"),
            _ => {}
        }
        Ok(())
    }

    fn put_assets(&mut self, assets: &Value) {
        for asset in assets.as_array().into_iter().flatten() {
            if let Some(n) = asset["n"].as_u64() {
                self.assets.insert(n, asset.clone());
            }
        }
    }

    fn put_columns(&mut self, columns: &Value) {
        let ids: Vec<u64> = columns["id"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_u64)
            .collect();
        self.changed.extend(&ids);
        for (name, column) in columns.as_object().into_iter().flatten() {
            for (place, value) in entries(column) {
                let Some(asset) = ids.get(place).and_then(|n| self.assets.get_mut(n)) else {
                    continue;
                };
                match name.as_str() {
                    "id" => {}
                    "at" | "freshness" => asset[name.as_str()] = value.clone(),
                    field => asset["v"][field] = value.clone(),
                }
            }
        }
    }

    fn put_alerts(&mut self, frame: &Value) {
        self.resumed = frame["resumed"] == true;
        if !self.resumed && frame["page"] == 0 {
            self.alerts.clear();
        }
        for alert in frame["alerts"].as_array().into_iter().flatten() {
            self.put(alert);
        }
        self.alert_seq = frame["alert_seq"].as_u64().unwrap_or(self.alert_seq);
    }

    fn put_alert(&mut self, frame: &Value) -> Result<()> {
        if frame["prev"].as_u64() != Some(self.alert_seq) {
            bail!(
                "an alert event was lost: at {} and now {frame}",
                self.alert_seq
            );
        }
        self.alert_seq = frame["alert_seq"]
            .as_u64()
            .context("an alert event without its sequence")?;
        self.places.push(self.alert_seq);
        self.events.push(frame["alert"].clone());
        self.put(&frame["alert"]);
        Ok(())
    }

    fn put(&mut self, alert: &Value) {
        let id = alert["id"].as_str().unwrap_or_default().to_owned();
        if alert["state"] == "resolved" {
            self.alerts.remove(&id);
        } else {
            self.alerts.insert(id, alert.clone());
        }
    }

    /// The open alert of a rule about an asset.
    pub fn alert(&self, rule: &str, asset: &str) -> Option<Value> {
        let about = |alert: &&Value| alert["rule"] == rule && alert["key"]["asset"] == asset;
        self.alerts.values().find(about).cloned()
    }

    /// The asset of an id.
    pub fn asset(&self, id: &str) -> Option<&Value> {
        self.assets.values().find(|asset| asset["id"] == id)
    }
}

/// A column's entries with their places: dense, or sparse as `{"i":[…],"v":[…]}`.
fn entries(column: &Value) -> Vec<(usize, &Value)> {
    if let Some(dense) = column.as_array() {
        return dense.iter().enumerate().collect();
    }
    let places = column["i"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_u64);
    let values = column["v"].as_array().into_iter().flatten();
    places.map(|place| place as usize).zip(values).collect()
}
