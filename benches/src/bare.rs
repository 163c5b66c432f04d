//! The floor of a fan-out: frames of the same length to the same crowd, straight from tokio-tungstenite, with no state,
//! no positions and no deadlines.

use std::net::SocketAddr;

use anyhow::Result;
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// A server that sends everybody the same.
pub(crate) struct Bare {
    pub(crate) address: SocketAddr,
    pub(crate) frames: broadcast::Sender<Utf8Bytes>,
}

impl Bare {
    /// Begins with as many last pages as a client has topics.
    pub(crate) fn start(runtime: &Runtime, topics: usize) -> Result<Self> {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        let (frames, _) = broadcast::channel(64);
        let sender = frames.clone();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, topics, sender.subscribe()));
            }
        });
        Ok(Self { address, frames })
    }
}

/// Until the client leaves; why does not matter here.
async fn serve(
    stream: TcpStream,
    topics: usize,
    mut frames: broadcast::Receiver<Utf8Bytes>,
) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut socket = tokio_tungstenite::accept_async(stream).await?;
    for _ in 0..topics {
        // The hello is heard with the wishes.
        socket.next().await.transpose()?;
        socket.send(Message::text("{\"last\":true}")).await?;
    }
    loop {
        match frames.recv().await {
            Ok(text) => socket.send(Message::Text(text)).await?,
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return Ok(()),
        }
    }
}
