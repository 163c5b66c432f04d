//! Writing: urgent frames first, long ones in fragments, a receipt to the hub once the socket took them.

use std::future::Future;

use futures_util::{Sink, SinkExt};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_tungstenite::tungstenite::protocol::frame::Frame as WireFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};

use super::connection::{Context, ending};
use crate::hub::{ClientId, Event, Frame, Outgoing, Taken};
use crate::protocol::End;

/// What is longer goes in pieces: a socket's buffer then stays this small, and a stall is noticed within one piece.
const FRAGMENT: usize = 32 * 1024;
/// Urgent frames written before one flush.
const MOST_TOGETHER: usize = 64;

/// The sending half of one connection.
pub(super) struct Writer<'a, S> {
    context: &'a Context,
    client: ClientId,
    sink: S,
}

impl<'a, S> Writer<'a, S>
where
    S: Sink<Message, Error = Error> + Unpin,
{
    pub(super) fn new(context: &'a Context, client: ClientId, sink: S) -> Self {
        Self {
            context,
            client,
            sink,
        }
    }

    /// Writes until something ends it.
    pub(super) async fn run(mut self, mut outgoing: Outgoing) -> End {
        let every = self.context.config.ping_after;
        let mut ping = interval_at(Instant::now() + every, every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let written = tokio::select! {
                biased;
                Some(frame) = outgoing.urgent.recv() => self.write_urgent(frame, &mut outgoing).await,
                Some(frame) = outgoing.state.recv() => self.write_state(&frame).await,
                _ = ping.tick() => self.ping().await,
                else => return End::Left,
            };
            if let Err(end) = written {
                return end;
            }
        }
    }

    async fn write_urgent(&mut self, first: Frame, outgoing: &mut Outgoing) -> Result<(), End> {
        let mut receipts: Vec<Taken> = Vec::new();
        let mut next = Some(first);
        for _ in 0..MOST_TOGETHER {
            let Some(frame) = next else {
                break;
            };
            self.put(frame.text()).await?;
            count(&mut receipts, frame.receipt);
            next = outgoing.urgent.try_recv().ok();
        }
        if let Some(frame) = next {
            self.put(frame.text()).await?;
            count(&mut receipts, frame.receipt);
        }
        self.flush().await?;
        self.confirm(receipts).await;
        Ok(())
    }

    async fn write_state(&mut self, frame: &Frame) -> Result<(), End> {
        self.put(frame.text()).await?;
        self.flush().await?;
        let mut receipts = Vec::new();
        count(&mut receipts, frame.receipt);
        self.confirm(receipts).await;
        Ok(())
    }

    /// The position moves only now: the data was handed over.
    async fn confirm(&self, receipts: Vec<Taken>) {
        for taken in receipts {
            let client = self.client;
            self.context.tell_hub(Event::Taken { client, taken }).await;
        }
    }

    async fn put(&mut self, text: &Utf8Bytes) -> Result<(), End> {
        self.context.stats.frames.increment(1);
        self.context.stats.bytes.increment(text.len() as u64);
        if text.len() <= FRAGMENT {
            return self.feed(Message::Text(text.clone())).await;
        }
        let whole: &Bytes = text.as_ref();
        let mut from = 0;
        while from < whole.len() {
            let to = whole.len().min(from + FRAGMENT);
            let kind = if from == 0 {
                Data::Text
            } else {
                Data::Continue
            };
            let last = to == whole.len();
            let piece = WireFrame::message(whole.slice(from..to), OpCode::Data(kind), last);
            self.feed(Message::Frame(piece)).await?;
            self.flush().await?;
            from = to;
        }
        Ok(())
    }

    async fn ping(&mut self) -> Result<(), End> {
        self.feed(Message::Ping(Bytes::new())).await?;
        self.flush().await
    }

    async fn feed(&mut self, message: Message) -> Result<(), End> {
        let context = self.context;
        in_time(context, self.sink.feed(message)).await
    }

    async fn flush(&mut self) -> Result<(), End> {
        let context = self.context;
        in_time(context, self.sink.flush()).await
    }
}

async fn in_time(
    context: &Context,
    writing: impl Future<Output = Result<(), Error>>,
) -> Result<(), End> {
    match tokio::time::timeout(context.config.stall_timeout, writing).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(ending(&error)),
        Err(_elapsed) => Err(End::TooSlow),
    }
}

fn count(receipts: &mut Vec<Taken>, ticket: Option<u64>) {
    let Some(ticket) = ticket else {
        return;
    };
    match receipts.iter_mut().find(|taken| taken.ticket == ticket) {
        Some(taken) => taken.frames += 1,
        None => receipts.push(Taken { ticket, frames: 1 }),
    }
}
