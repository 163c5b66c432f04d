//! The door: accepts connections up to the limit and speaks HTTP/1.1 on each until it ends or is upgraded.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::debug;

use crate::http::{App, Connection, router};
use crate::stats::Stats;

/// How long to wait when the process has no file descriptors left.
const BREATH: Duration = Duration::from_millis(50);

/// What a connection too many is told; its end is the end of the connection.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
    retry-after: 5\r\nconnection: close\r\n\r\n{\"type\":\"urn:ioc:problem:connections\",\
    \"title\":\"Service Unavailable\",\"status\":503,\"detail\":\"too many connections now\"}";

/// A listener and the places for who comes in.
pub(crate) struct Door {
    listener: TcpListener,
    app: App,
    places: Arc<Semaphore>,
}

impl Door {
    pub(crate) fn new(listener: TcpListener, app: App) -> Self {
        let places = Arc::new(Semaphore::new(app.context.config.max_connections));
        Self {
            listener,
            app,
            places,
        }
    }

    /// A place is taken by each connection, upgraded or not.
    pub(crate) fn places(&self) -> Arc<Semaphore> {
        Arc::clone(&self.places)
    }

    /// Accepts until the listener fails for good.
    pub(crate) async fn run(self) -> io::Error {
        let router = router(self.app.clone());
        loop {
            let stream = match self.listener.accept().await {
                Ok((stream, _peer)) => stream,
                Err(error) if is_passing(&error) => {
                    debug!(%error, "a connection was not accepted");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
                Err(error) => return error,
            };
            if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
                tokio::spawn(serve(stream, place, router.clone(), self.app.clone()));
            } else {
                Stats::refused("connections");
                tokio::spawn(refuse(stream));
            }
        }
    }
}

/// The peer left before it was accepted, or the process is out of descriptors for now.
fn is_passing(error: &io::Error) -> bool {
    const EMFILE: i32 = 24;
    const ENFILE: i32 = 23;
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    ) || matches!(error.raw_os_error(), Some(EMFILE | ENFILE))
}

async fn refuse(stream: TcpStream) {
    // Whether it hears why or not, it is not let in.
    if stream.writable().await.is_ok() && stream.try_write(FULL).is_ok() {
        // Taking what it said first keeps the answer from being lost in a reset.
        let mut said = [0; 1024];
        let _heard = tokio::time::timeout(BREATH, stream.readable()).await;
        let _unread = stream.try_read(&mut said);
    }
}

async fn serve(stream: TcpStream, place: OwnedSemaphorePermit, router: Router, app: App) {
    // Small frames must not wait for acknowledgements of earlier ones.
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "a connection was lost at once");
        return;
    }
    let place = Connection(Arc::new(place));
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(place.clone());
        router.call(request)
    });
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(app.context.config.handshake_timeout)
            .max_buf_size(16 * 1024)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = app.context.stops() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection ended");
    }
}
