//! From an HTTP request to a WebSocket: the handshake of RFC 6455, the subprotocol, the origin.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    CONNECTION, HOST, HeaderName, HeaderValue, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tracing::debug;

use super::{Context, Link, run};
use crate::http::{Connection, Problem, token_of};
use crate::stats::Stats;

const SUBPROTOCOL: &str = "ioc.v1";

/// Answers 101 and serves the client on a task of its own, or says what is wrong.
pub(crate) fn upgrade(context: &Arc<Context>, mut request: Request<Body>) -> Response {
    let handshake = match Handshake::of(context, &request) {
        Ok(handshake) => handshake,
        Err(problem) => {
            Stats::refused(problem.code());
            return problem.into_response();
        }
    };
    let token = token_of(request.headers());
    let connection = request.extensions_mut().remove::<Connection>();
    let Some(upgrading) = request.extensions_mut().remove::<OnUpgrade>() else {
        return not_a_websocket("this connection cannot be upgraded").into_response();
    };
    let context = Arc::clone(context);
    tokio::spawn(async move {
        match upgrading.await {
            Ok(upgraded) => accept(&context, upgraded, token).await,
            Err(error) => debug!(%error, "a client left during the handshake"),
        }
        // Its place is free only now.
        drop(connection);
    });
    handshake.into_response()
}

async fn accept(context: &Context, upgraded: Upgraded, token: Option<String>) {
    match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => {
            // Only what was read is kept: the buffer itself is 8 KiB, and the connection may last for months.
            let early = parts.read_buf.to_vec();
            drop(parts.read_buf);
            let (reading, writing) = parts.io.into_inner().into_split();
            let link = Link {
                reading,
                writing,
                early,
            };
            Box::pin(run(context, link, token)).await;
        }
        Err(upgraded) => {
            let (reading, writing) = tokio::io::split(TokioIo::new(upgraded));
            let link = Link {
                reading,
                writing,
                early: Vec::new(),
            };
            Box::pin(run(context, link, token)).await;
        }
    }
}

/// What a good handshake is answered with.
struct Handshake {
    accept: String,
    subprotocol: bool,
}

impl Handshake {
    fn of(context: &Context, request: &Request<Body>) -> Result<Self, Problem> {
        let headers = request.headers();
        if request.method() != Method::GET || !lists(headers, &UPGRADE, "websocket") {
            return Err(not_a_websocket("this address speaks WebSocket only"));
        }
        if !lists(headers, &CONNECTION, "upgrade") {
            return Err(not_a_websocket(
                "the header 'Connection: Upgrade' is missing",
            ));
        }
        if headers
            .get(SEC_WEBSOCKET_VERSION)
            .is_none_or(|version| version != "13")
        {
            let problem = Problem::new(StatusCode::UPGRADE_REQUIRED, "websocket_version");
            return Err(problem.detail("the WebSocket version is 13"));
        }
        let Some(key) = headers.get(SEC_WEBSOCKET_KEY) else {
            return Err(not_a_websocket("the header 'Sec-WebSocket-Key' is missing"));
        };
        if !origin_is_welcome(headers, &context.config.allowed_origins) {
            let problem = Problem::new(StatusCode::FORBIDDEN, "origin");
            return Err(
                problem.detail("pages of this origin may not connect; see 'allowed_origins'")
            );
        }
        let subprotocol = headers.contains_key(SEC_WEBSOCKET_PROTOCOL);
        if subprotocol && !lists(headers, &SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
            return Err(not_a_websocket("the subprotocol is ioc.v1"));
        }
        Ok(Self {
            accept: derive_accept_key(key.as_bytes()),
            subprotocol,
        })
    }

    fn into_response(self) -> Response {
        let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        if let Ok(accept) = HeaderValue::from_str(&self.accept) {
            headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
        }
        if self.subprotocol {
            headers.insert(
                SEC_WEBSOCKET_PROTOCOL,
                HeaderValue::from_static(SUBPROTOCOL),
            );
        }
        response
    }
}

fn not_a_websocket(detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "websocket_handshake").detail(detail)
}

/// True when a header that is a list of words has this one.
fn lists(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|entry| entry.trim().eq_ignore_ascii_case(word))
}

/// A page may connect from the server's own origin or a configured one; a program has no origin.
fn origin_is_welcome(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let own = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = origin.split_once("://").map(|(_scheme, host)| host);
    (host.is_some() && host == own) || allowed.iter().any(|allowed| allowed == origin)
}
