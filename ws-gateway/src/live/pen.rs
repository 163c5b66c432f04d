//! Writing WebSocket frames: only heads are made here, bodies are the bytes that all clients share.
//!
//! A library that writes copies each frame into a buffer of each connection, and keeps that buffer: 32 KiB for every
//! quiet screen that ever had a snapshot. See docs/decisions/0041. Reading stays the library's.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::{Bytes, Utf8Bytes};

/// What is longer goes in fragments: a pong need not wait for the whole of a snapshot.
const FRAGMENT: usize = 32 * 1024;
/// Pieces handed to the socket at once; each is a head and a body.
const TOGETHER: usize = 16;
/// Slots kept while nothing waits.
const KEPT_SLOTS: usize = 2;
/// The longest body of a control frame.
const MOST_CONTROL: usize = 125;

const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// Frames on their way into one socket. Whoever stops waiting for them in the middle can go on later.
pub(super) struct Pen<W> {
    out: W,
    rest: VecDeque<Piece>,
    /// Bytes of the first piece that the socket has taken.
    taken: usize,
}

/// One WebSocket frame.
struct Piece {
    head: [u8; 4],
    head_len: u8,
    body: Bytes,
}

impl Piece {
    /// A frame from the server: not masked, at most [`FRAGMENT`] long.
    fn new(first: u8, body: Bytes) -> Self {
        let (head, head_len) = match body.len() {
            short @ 0..126 => ([first, short as u8, 0, 0], 2),
            long => {
                let [high, low] = (long as u16).to_be_bytes();
                ([first, 126, high, low], 4)
            }
        };
        Self {
            head,
            head_len,
            body,
        }
    }

    fn head(&self) -> &[u8] {
        &self.head[..usize::from(self.head_len)]
    }

    fn len(&self) -> usize {
        usize::from(self.head_len) + self.body.len()
    }
}

impl<W: AsyncWrite + Unpin> Pen<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            rest: VecDeque::new(),
            taken: 0,
        }
    }

    /// A whole message, in as many fragments as it needs.
    pub(super) fn text(&mut self, text: &Utf8Bytes) {
        let whole: &Bytes = text.as_ref();
        let mut from = 0;
        loop {
            let to = whole.len().min(from + FRAGMENT);
            let kind = if from == 0 { TEXT } else { CONTINUATION };
            let fin = if to == whole.len() { FIN } else { 0 };
            self.rest
                .push_back(Piece::new(fin | kind, whole.slice(from..to)));
            if to == whole.len() {
                return;
            }
            from = to;
        }
    }

    pub(super) fn ping(&mut self) {
        self.rest.push_back(Piece::new(FIN | PING, Bytes::new()));
    }

    /// The answer to a ping: the same body.
    pub(super) fn pong(&mut self, body: Bytes) {
        self.rest.push_back(Piece::new(FIN | PONG, body));
    }

    /// The last frame.
    pub(super) fn close(&mut self, code: u16, reason: &str) {
        let mut body = code.to_be_bytes().to_vec();
        body.extend_from_slice(reason.as_bytes());
        body.truncate(MOST_CONTROL);
        self.rest.push_back(Piece::new(FIN | CLOSE, body.into()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Hands the socket what it takes now, at least one byte.
    pub(super) async fn write_some(&mut self) -> io::Result<()> {
        std::future::poll_fn(|cx| self.poll_write(cx)).await
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut slices = [IoSlice::new(&[]); 2 * TOGETHER];
        let mut used = 0;
        let mut skip = self.taken;
        for piece in self.rest.iter().take(TOGETHER) {
            for part in [piece.head(), &piece.body] {
                let skipped = skip.min(part.len());
                skip -= skipped;
                if skipped < part.len() {
                    slices[used] = IoSlice::new(&part[skipped..]);
                    used += 1;
                }
            }
        }
        let out = Pin::new(&mut self.out);
        let written = ready!(out.poll_write_vectored(cx, &slices[..used]))?;
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.advance(written);
        Poll::Ready(Ok(()))
    }

    fn advance(&mut self, written: usize) {
        self.taken += written;
        while let Some(first) = self.rest.front()
            && self.taken >= first.len()
        {
            self.taken -= first.len();
            self.rest.pop_front();
        }
        if self.rest.is_empty() {
            self.rest.shrink_to(KEPT_SLOTS);
        }
    }
}

/// The side that the library reads from. What it would write by itself, pongs and answers to closes, is the pen's to
/// write: the connection tells it what it heard, and what comes here is dropped.
pub(super) struct Ear<R>(pub(super) R);

impl<R: AsyncRead + Unpin> AsyncRead for Ear<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<R: Unpin> AsyncWrite for Ear<R> {
    fn poll_write(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use proptest::prelude::*;
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::protocol::Role;

    use super::*;

    /// What an independent reader makes of what the pen wrote through a pipe of so many bytes.
    async fn read_back(pipe: usize, messages: &[String]) -> Vec<String> {
        let (near, far) = tokio::io::duplex(pipe);
        let mut pen = Pen::new(near);
        for (n, message) in messages.iter().enumerate() {
            pen.text(&Utf8Bytes::from(message.as_str()));
            if n % 2 == 0 {
                pen.pong(Bytes::from_static(b"still here"));
            }
        }
        pen.close(4008, "too_slow");
        let writing = tokio::spawn(async move {
            while !pen.is_empty() {
                pen.write_some().await?;
            }
            io::Result::Ok(())
        });
        let mut reader = WebSocketStream::from_raw_socket(far, Role::Client, None).await;
        let mut heard = Vec::new();
        while let Some(message) = reader.next().await {
            match message.expect("well-formed") {
                Message::Text(text) => heard.push(text.as_str().to_owned()),
                Message::Close(Some(frame)) => {
                    heard.push(format!("{} {}", u16::from(frame.code), frame.reason));
                    break;
                }
                _ => {}
            }
        }
        writing.await.expect("no panic").expect("written");
        heard
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_reader_gets_every_message_whatever_the_socket_takes_at_once(
            pipe in 1_usize..5_000,
            lengths in prop::collection::vec(
                prop_oneof![0_usize..130, 65_000_usize..66_000, 32_760_usize..32_780], 0..6),
        ) {
            let messages: Vec<_> = lengths.iter().map(|n| "ế".repeat(n / 3)).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let heard = runtime.block_on(read_back(pipe, &messages));
            let mut expected = messages;
            expected.push("4008 too_slow".to_owned());
            prop_assert_eq!(heard, expected);
        }
    }
}
