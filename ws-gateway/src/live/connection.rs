//! A connection's life: hello, then reading and writing side by side until one of them ends it.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use model::Clock;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::reader::Reader;
use super::writer::Writer;
use crate::hub::{ClientId, Event, Frame, Outbox};
use crate::protocol::{End, Request, Welcome};
use crate::stats::Stats;
use crate::{GatewayConfig, Session, Tokens};

/// How long the other side may take to hear why the connection ends.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// What every connection is wired to.
pub(crate) struct Shared {
    pub(crate) config: Arc<GatewayConfig>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tokens: Arc<dyn Tokens>,
    pub(crate) epoch: Arc<str>,
    pub(crate) events: mpsc::Sender<Event>,
    pub(crate) stats: Arc<Stats>,
    /// True once the server stops.
    pub(crate) closing: watch::Receiver<bool>,
}

/// The same, and the next client's number.
pub(crate) struct Context {
    shared: Shared,
    next_client: AtomicU64,
}

impl Deref for Context {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Context {
    pub(crate) fn new(shared: Shared) -> Self {
        Self {
            shared,
            next_client: AtomicU64::new(0),
        }
    }

    /// Buffers that suit thousands of quiet clients: the defaults would cost 130 kB each.
    pub(super) fn websocket_config(&self) -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(1024)
            .write_buffer_size(16 * 1024)
            .max_write_buffer_size(256 * 1024)
            .max_message_size(Some(self.config.max_message_bytes))
            .max_frame_size(Some(self.config.max_message_bytes))
    }
}

/// Serves one client until the end. `token` is what its upgrade request carried.
pub(crate) async fn run<S>(context: &Context, mut socket: WebSocketStream<S>, token: Option<String>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let end = match greet(context, &mut socket, token).await {
        Ok((token, session)) => serve(context, &mut socket, token, session).await,
        Err(end) => end,
    };
    Stats::closed(end);
    if let Some(code) = end.code() {
        let close = CloseFrame {
            code: code.into(),
            reason: end.reason().into(),
        };
        // Who does not take it in time does not want to know.
        let _unheard = tokio::time::timeout(CLOSE_TIMEOUT, socket.close(Some(close))).await;
    }
}

async fn greet<S>(
    context: &Context,
    socket: &mut WebSocketStream<S>,
    token: Option<String>,
) -> Result<(String, Session), End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let hello = tokio::time::timeout(context.config.hello_timeout, first_text(socket));
    let text = hello.await.map_err(|_elapsed| End::HelloTimeout)??;
    let Ok(Request::Hello(hello)) = Request::parse(&text) else {
        return Err(End::HelloExpected);
    };
    let token = hello.token.or(token).ok_or(End::Unauthorized)?;
    let session = context.tokens.check(&token).ok_or(End::Unauthorized)?;
    let welcome = Message::text(context.welcome(&session));
    let said = tokio::time::timeout(context.config.stall_timeout, socket.send(welcome)).await;
    match said {
        Ok(Ok(())) => Ok((token, session)),
        Ok(Err(_)) => Err(End::Left),
        Err(_elapsed) => Err(End::TooSlow),
    }
}

impl Context {
    /// Waits until the server stops.
    pub(crate) async fn stops(&self) {
        let mut closing = self.closing.clone();
        // A server that is gone has stopped, too.
        let _stopped = closing.wait_for(|closing| *closing).await.map(|_seen| ());
    }

    pub(super) fn welcome(&self, session: &Session) -> String {
        Welcome {
            epoch: &self.epoch,
            now: self.clock.now(),
            build: &self.config.build,
            heartbeat_ms: self.config.heartbeat.as_millis() as u64,
            session,
        }
        .to_json()
    }

    /// Tells the hub; it ends only with the whole server.
    pub(super) async fn tell_hub(&self, event: Event) {
        let _server_ends = self.events.send(event).await;
    }

    pub(super) fn frame(&self, text: String) -> Frame {
        Frame::plain(text, &self.stats)
    }
}

async fn first_text<S>(socket: &mut WebSocketStream<S>) -> Result<String, End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Binary(_) | Message::Frame(_))) => return Err(End::Violation),
            Some(Ok(Message::Close(_))) | None => return Err(End::Left),
            Some(Err(error)) => return Err(ending(&error)),
        }
    }
}

/// What a failure of the socket means.
pub(super) fn ending(error: &Error) -> End {
    match error {
        Error::Capacity(_) => End::TooLong,
        Error::Protocol(_) | Error::Utf8(_) => End::Violation,
        _ => End::Left,
    }
}

async fn serve<S>(
    context: &Context,
    socket: &mut WebSocketStream<S>,
    token: String,
    session: Session,
) -> End
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let client = ClientId(context.next_client.fetch_add(1, Ordering::Relaxed));
    let (outbox, outgoing) = Outbox::new(context.config.max_subscriptions);
    let join = Event::Join {
        client,
        session: session.clone(),
        outbox: outbox.clone(),
    };
    context.tell_hub(join).await;
    let (sink, stream) = socket.split();
    let reader = Reader::new(context, client, token, session, outbox);
    let end = tokio::select! {
        end = reader.run(stream) => end,
        end = Writer::new(context, client, sink).run(outgoing) => end,
        () = context.stops() => End::GoingAway,
    };
    context.tell_hub(Event::Leave { client }).await;
    end
}
