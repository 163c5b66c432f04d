//! The addresses, and what handlers share.

use std::sync::Arc;

use ::city::City;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, oneshot, watch};

use super::{Problem, alerts, assets, city, docs, wall};
use crate::hub::{Event, Query};
use crate::live::{Context, upgrade};
use crate::{Archive, Readiness};

/// A connection's place among those allowed; held until it is over, upgraded or not.
#[derive(Clone)]
pub(crate) struct Connection(
    #[expect(dead_code, reason = "held, not read")] pub(crate) Arc<OwnedSemaphorePermit>,
);

/// What handlers share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) context: Arc<Context>,
    pub(crate) archive: Arc<dyn Archive>,
    pub(crate) rules: watch::Receiver<crate::RuleTexts>,
    pub(crate) costs: watch::Receiver<crate::RuleCosts>,
    pub(crate) metrics: Arc<dyn Fn() -> String + Send + Sync>,
    pub(crate) ready: watch::Receiver<Readiness>,
}

/// Every address of the read API. The `OpenAPI` document names the same; a test holds them together.
pub(super) fn api() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![
        ("/api/v1/alerts", get(alerts::list)),
        ("/api/v1/alerts/{id}", get(alerts::one)),
        ("/api/v1/alerts/{id}/why", get(alerts::why)),
        ("/api/v1/alerts/{id}/assets", get(alerts::assets)),
        ("/api/v1/alerts/{id}/journal", get(alerts::journal)),
        ("/api/v1/assets", get(assets::list)),
        ("/api/v1/assets/{id}", get(assets::one)),
        ("/api/v1/areas", get(assets::areas)),
        ("/api/v1/catalog", get(city::catalog)),
        ("/api/v1/city", get(city::city)),
        ("/api/v1/rules", get(city::rules)),
        ("/api/v1/dead-letters", get(city::dead_letters)),
        ("/api/openapi.json", get(openapi)),
        ("/metrics", get(metrics)),
        ("/healthz", get(healthz)),
        ("/readyz", get(readyz)),
    ]
}

/// Addresses for browsers and for WebSocket, which the `OpenAPI` document leaves out.
fn pages() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![
        ("/", get(wall::index)),
        ("/docs", get(docs::page)),
        ("/docs/explorer.js", get(docs::script)),
        ("/docs/explorer.css", get(docs::style)),
        ("/live", get(live)),
    ]
}

/// The whole of HTTP.
pub(crate) fn router(app: App) -> Router {
    let mut router = Router::new();
    for (path, method) in api().into_iter().chain(pages()) {
        router = router.route(path, method);
    }
    router
        .fallback(wall::file)
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(from_fn(harden))
        .with_state(app)
}

/// Headers that every answer carries.
async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    response
}

async fn live(State(app): State<App>, request: Request<Body>) -> Response {
    upgrade(&app.context, request)
}

async fn healthz() -> &'static str {
    "ok\n"
}

async fn readyz(State(app): State<App>) -> Response {
    let ready = app.ready.borrow().clone();
    let status = if ready.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        json_text(json!({"ready": ready.is_ready(), "waiting_for": ready.waiting_for}).to_string()),
    )
        .into_response()
}

async fn metrics(State(app): State<App>) -> Response {
    let text = (app.metrics)();
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
        .into_response()
}

async fn openapi() -> Response {
    json_text(include_str!("openapi.json"))
}

/// An answer that is JSON already.
pub(super) fn json_text(json: impl Into<Body>) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, json.into()).into_response()
}

impl App {
    /// The city as it is shown now.
    pub(super) fn city(&self) -> Arc<City> {
        Arc::clone(&self.context.edition().city)
    }

    /// Asks the hub.
    pub(super) async fn read<T>(
        &self,
        query: impl FnOnce(oneshot::Sender<T>) -> Query,
    ) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        let asked = self.context.events.send(Event::Read(query(reply))).await;
        if asked.is_err() {
            return Err(Problem::unavailable());
        }
        answer.await.map_err(|_stopped| Problem::unavailable())
    }

    /// Asks the archive, on a thread made for waiting.
    pub(super) async fn ask_archive<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn Archive) -> Result<T, crate::ArchiveError> + Send + 'static,
    ) -> Result<T, Problem> {
        let archive = Arc::clone(&self.archive);
        let answer = tokio::task::spawn_blocking(move || ask(&*archive)).await;
        answer
            .map_err(|_died| Problem::unavailable())?
            .map_err(Problem::from)
    }
}
