//! Writing: urgent frames first, a receipt to the hub once the socket took them.

use tokio::io::AsyncWrite;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::connection::Context;
use super::pen::Pen;
use crate::hub::{ClientId, Event, Frame, Outgoing, Taken};
use crate::protocol::End;

/// Urgent frames handed to the socket together.
const MOST_TOGETHER: usize = 64;

/// The sending half of one connection.
pub(super) struct Writer<'a, W> {
    context: &'a Context,
    client: ClientId,
    pen: &'a mut Pen<W>,
}

impl<'a, W: AsyncWrite + Unpin> Writer<'a, W> {
    pub(super) fn new(context: &'a Context, client: ClientId, pen: &'a mut Pen<W>) -> Self {
        Self {
            context,
            client,
            pen,
        }
    }

    /// Writes until something ends it.
    pub(super) async fn run(&mut self, outgoing: &Outgoing) -> End {
        let every = self.context.config.ping_after;
        let mut ping = interval_at(Instant::now() + every, every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let written = tokio::select! {
                biased;
                () = outgoing.filled() => self.write(outgoing).await,
                _ = ping.tick() => {
                    self.pen.ping();
                    hand_over(self.context, self.pen).await
                }
            };
            if let Err(end) = written {
                return end;
            }
        }
    }

    /// Everything urgent that is there; when there is nothing, one frame of state.
    async fn write(&mut self, outgoing: &Outgoing) -> Result<(), End> {
        // Frames stay counted as held until the socket has them.
        let mut frames: Vec<Frame> = Vec::new();
        if let Some(body) = outgoing.take_pong() {
            self.pen.pong(body);
        }
        while frames.len() < MOST_TOGETHER
            && let Some(frame) = outgoing.take_urgent()
        {
            frames.push(frame);
        }
        if frames.is_empty() {
            frames.extend(outgoing.take_state());
        }
        for frame in &frames {
            self.put(frame.text());
        }
        hand_over(self.context, self.pen).await?;
        let receipts = receipts(&frames);
        self.confirm(receipts).await;
        Ok(())
    }

    fn put(&mut self, text: &Utf8Bytes) {
        self.context.stats.frames.increment(1);
        self.context.stats.bytes.increment(text.len() as u64);
        self.pen.text(text);
    }

    /// The position moves only now: the data was handed over.
    async fn confirm(&mut self, receipts: Vec<Taken>) {
        for taken in receipts {
            let client = self.client;
            self.context.tell_hub(Event::Taken { client, taken }).await;
        }
    }
}

/// Waits until the socket has everything, as long as it goes on taking something.
pub(super) async fn hand_over<W: AsyncWrite + Unpin>(
    context: &Context,
    pen: &mut Pen<W>,
) -> Result<(), End> {
    let patience = context.config.stall_timeout;
    while !pen.is_empty() {
        match tokio::time::timeout(patience, pen.write_some()).await {
            Ok(Ok(())) => {}
            Ok(Err(_lost)) => return Err(End::Left),
            Err(_elapsed) => return Err(End::TooSlow),
        }
    }
    Ok(())
}

/// How many frames of which subscription.
fn receipts(frames: &[Frame]) -> Vec<Taken> {
    let mut receipts: Vec<Taken> = Vec::new();
    for ticket in frames.iter().filter_map(|frame| frame.receipt) {
        match receipts.iter_mut().find(|taken| taken.ticket == ticket) {
            Some(taken) => taken.frames += 1,
            None => receipts.push(Taken { ticket, frames: 1 }),
        }
    }
    receipts
}
