//! A connection's life: hello, then reading and writing side by side until one of them ends it.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use model::Clock;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::pen::{Ear, Pen};
use super::reader::Reader;
use super::writer::{Writer, hand_over};
use crate::edition::Edition;
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
    /// The city as it is shown now.
    pub(crate) editions: watch::Receiver<Arc<Edition>>,
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

    /// A buffer that suits thousands of quiet clients: the default would cost 128 kB each.
    fn websocket_config(&self) -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(256)
            .max_message_size(Some(self.config.max_message_bytes))
            .max_frame_size(Some(self.config.max_message_bytes))
    }
}

/// Both directions of an upgraded connection.
pub(crate) struct Link<R, W> {
    pub(crate) reading: R,
    pub(crate) writing: W,
    /// What came with the handshake.
    pub(crate) early: Vec<u8>,
}

/// Serves one client until the end. `token` is what its upgrade request carried.
pub(crate) async fn run<R, W>(context: &Context, link: Link<R, W>, token: Option<String>)
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let config = Some(context.websocket_config());
    let ear = Ear(link.reading);
    let mut stream =
        WebSocketStream::from_partially_read(ear, link.early, Role::Server, config).await;
    let mut pen = Pen::new(link.writing);
    let end = match greet(context, &mut stream, &mut pen, token).await {
        Ok(greeted) => serve(context, &mut stream, &mut pen, greeted).await,
        Err(end) => end,
    };
    Stats::closed(end);
    if let Some(code) = end.code() {
        pen.close(code, end.reason());
        // Who does not take it in time does not want to know.
        let _unheard = tokio::time::timeout(CLOSE_TIMEOUT, hand_over(context, &mut pen)).await;
    }
}

async fn greet<R, W>(
    context: &Context,
    stream: &mut WebSocketStream<Ear<R>>,
    pen: &mut Pen<W>,
    token: Option<String>,
) -> Result<Greeted, End>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let hello = first_text(context, stream, pen);
    let hello = tokio::time::timeout(context.config.hello_timeout, hello).await;
    let text = hello.map_err(|_elapsed| End::HelloTimeout)??;
    let Ok(Request::Hello(hello)) = Request::parse(&text) else {
        return Err(End::HelloExpected);
    };
    let token = hello.token.or(token).ok_or(End::Unauthorized)?;
    let session = context.tokens.check(&token).ok_or(End::Unauthorized)?;
    let edition = context.edition();
    pen.text(&context.welcome(&edition, &session).into());
    hand_over(context, pen).await?;
    Ok(Greeted {
        token,
        session,
        edition,
    })
}

/// A client that was welcomed.
struct Greeted {
    token: String,
    session: Session,
    /// What it was told of.
    edition: Arc<Edition>,
}

impl Context {
    /// Waits until the server stops.
    pub(crate) async fn stops(&self) {
        let mut closing = self.closing.clone();
        // A server that is gone has stopped, too.
        let _stopped = closing.wait_for(|closing| *closing).await.map(|_seen| ());
    }

    /// The city as it is shown now.
    pub(crate) fn edition(&self) -> Arc<Edition> {
        Arc::clone(&self.editions.borrow())
    }

    /// Waits until another edition than this is shown.
    async fn replaced(&self, edition: &Arc<Edition>) {
        let mut editions = self.editions.clone();
        let other = editions.wait_for(|now| !Arc::ptr_eq(now, edition));
        let gone = other.await.is_err();
        if gone {
            // The hub ends with the whole server, which is told elsewhere.
            std::future::pending::<()>().await;
        }
    }

    pub(super) fn welcome(&self, edition: &Edition, session: &Session) -> String {
        Welcome {
            epoch: &edition.epoch,
            now: self.clock.now(),
            machine: self.clock.machine(),
            speed: self.clock.speed(),
            build: &edition.build,
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

async fn first_text<R, W>(
    context: &Context,
    stream: &mut WebSocketStream<Ear<R>>,
    pen: &mut Pen<W>,
) -> Result<Utf8Bytes, End>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text),
            Some(Ok(Message::Ping(body))) => {
                pen.pong(body);
                hand_over(context, pen).await?;
            }
            Some(Ok(Message::Pong(_))) => {}
            Some(Ok(Message::Binary(_) | Message::Frame(_))) => return Err(End::Violation),
            Some(Ok(Message::Close(_))) => return Err(End::Closed),
            None => return Err(End::Left),
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

async fn serve<R, W>(
    context: &Context,
    stream: &mut WebSocketStream<Ear<R>>,
    pen: &mut Pen<W>,
    greeted: Greeted,
) -> End
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let Greeted {
        token,
        session,
        edition,
    } = greeted;
    let client = ClientId(context.next_client.fetch_add(1, Ordering::Relaxed));
    let (outbox, outgoing) = Outbox::new(context.config.max_subscriptions);
    let join = Event::Join {
        client,
        session: session.clone(),
        outbox: outbox.clone(),
    };
    context.tell_hub(join).await;
    let mut reader = Reader::new(context, client, token, session, outbox);
    let mut writer = Writer::new(context, client, pen);
    let end = tokio::select! {
        end = reader.run(stream) => end,
        end = writer.run(&outgoing) => end,
        () = context.stops() => End::GoingAway,
        () = context.replaced(&edition) => End::CityChanged,
    };
    context.tell_hub(Event::Leave { client }).await;
    end
}
