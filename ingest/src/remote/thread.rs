//! A session's own thread. In a runtime of many threads one message wakes two or three of them: the one that waits for
//! sockets, the one that runs the session, the one that waits for sockets next. Here it wakes one.

use std::io;

use tokio::runtime::Builder;
use tokio::sync::{oneshot, watch};

use super::Session;

/// A session at work. Dropped, it stops without a goodbye.
pub(crate) struct SessionThread {
    ended: oneshot::Receiver<()>,
    _wanted: oneshot::Sender<()>,
}

impl SessionThread {
    /// Runs a session until told to stop or until the engine is gone.
    pub(crate) fn start(session: Session, stop: watch::Receiver<bool>) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (wanted, unwanted) = oneshot::channel();
        let (tell, ended) = oneshot::channel();
        let work = move || {
            runtime.block_on(async {
                tokio::select! {
                    biased;
                    () = session.run(stop) => {}
                    // Its sender is never used: this is its drop.
                    _ = unwanted => {}
                }
            });
            // A name that is still being looked up holds nobody up.
            runtime.shutdown_background();
            if tell.send(()).is_err() {
                tracing::debug!("a session ended and nobody waited for it");
            }
        };
        std::thread::Builder::new()
            .name("ioc-session".to_owned())
            .spawn(work)?;
        Ok(Self {
            ended,
            _wanted: wanted,
        })
    }

    /// Waits for its end. False when a panic was its end.
    pub(crate) async fn ended(self) -> bool {
        self.ended.await.is_ok()
    }
}
