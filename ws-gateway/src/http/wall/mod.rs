//! The wall's files, built into the binary: nothing else has to be installed beside it.

use std::borrow::Cow;
use std::hash::BuildHasher;

use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, SET_COOKIE,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;

#[cfg(test)]
mod tests;

use super::access::COOKIE_NAME;
use super::input::Members;
use super::{App, Problem};

/// What `make wall` built. `build.rs` sees to it that the folder exists.
#[derive(RustEmbed)]
#[folder = "wall/dist"]
struct Built;

/// Nothing from outside: a wall in a closed network must not miss anything.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; \
     worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'";

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>ioc</title>\
     <p>Màn hình chưa được dựng trong bản này. / The wall is not part of this build.\
     <p>Run <code>make wall</code> and build again. The live protocol and the HTTP API work without it.";

/// `?token=`; other members are the wall's own.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Opened {
    token: Option<String>,
}

/// `GET /`: the wall. With a token it becomes a cookie, and the address is shown without it: it stays out of history,
/// bookmarks and screenshots, and a reload finds the cookie.
pub(super) async fn index(
    State(app): State<App>,
    Members(opened): Members<Opened>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let Some(token) = opened.token else {
        return page::<Built>("index.html", &headers).unwrap_or_else(not_built);
    };
    let session = app.context.tokens.check(&token);
    let cookie = session.and_then(|_known| cookie(&app, &token));
    let Some(cookie) = cookie else {
        let problem = Problem::new(StatusCode::UNAUTHORIZED, "unauthorized");
        return problem
            .detail("the token is unknown or expired")
            .into_response();
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let place = without_token(&uri);
    let place = HeaderValue::from_str(&place).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, place);
    response.headers_mut().insert(SET_COOKIE, cookie);
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn cookie(app: &App, token: &str) -> Option<HeaderValue> {
    // A token that would need quoting is none of ours.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    if !token.chars().all(plain) {
        return None;
    }
    let secure = if app.context.config.secure_cookie {
        "; Secure"
    } else {
        ""
    };
    // As long as browsers allow: walls run for months. The token's own expiry is checked on the server.
    let text = format!(
        "{COOKIE_NAME}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=34560000{secure}"
    );
    HeaderValue::from_str(&text).ok()
}

/// The address that was opened, less the token: the rest is the kiosk's own state.
fn without_token(uri: &Uri) -> String {
    let kept: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|member| !member.is_empty() && !member.starts_with("token="))
        .collect();
    if kept.is_empty() {
        "/".to_owned()
    } else {
        format!("/?{}", kept.join("&"))
    }
}

/// Any other address: a file of the wall, or nothing. The wall keeps its state in the query, so there are no other pages.
pub(super) async fn file(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if method != Method::GET && method != Method::HEAD {
        return Problem::method_not_allowed().into_response();
    }
    page::<Built>(path, &headers).unwrap_or_else(|| {
        Problem::not_found(format!("there is nothing at '{}'", uri.path())).into_response()
    })
}

fn not_built() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, NOT_BUILT).into_response()
}

fn page<Files: RustEmbed>(path: &str, headers: &HeaderMap) -> Option<Response> {
    let file = Files::get(path)?;
    let etag = etag(&file);
    let mut response = if has_seen(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match file.data {
            Cow::Borrowed(bytes) => bytes.into_response(),
            Cow::Owned(bytes) => bytes.into_response(),
        }
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching(path)));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(ETAG, etag);
    }
    Some(response)
}

/// Whether the reader has this already. A proxy that compresses makes tags weak on the way.
fn has_seen(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|tags| tags.split(','))
        .any(|tag| {
            let tag = tag.trim();
            tag == "*" || tag.trim_start_matches("W/") == etag
        })
}

/// `welcome.build`: `version`, and the print of the wall that is built in. Another build, another wall.
pub(crate) fn build(version: &str) -> String {
    build_of::<Built>(version)
}

fn build_of<Files: RustEmbed>(version: &str) -> String {
    format!("{version}+{}", print_of::<Files>())
}

fn print_of<Files: RustEmbed>() -> String {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort_unstable();
    let hashes = names.iter().filter_map(|name| {
        let file = Files::get(name)?;
        Some((name, file.metadata.sha256_hash()))
    });
    let print = foldhash::quality::FixedState::default().hash_one(hashes.collect::<Vec<_>>());
    format!("{print:016x}")
}

fn etag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let half = u128::from_be_bytes(std::array::from_fn(|i| hash[i]));
    format!("\"{half:032x}\"")
}

/// Vite puts what it names after its content under `assets/`: such a name never means anything else.
fn caching(path: &str) -> &'static str {
    if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "geojson" => "application/geo+json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "pbf" => "application/x-protobuf",
        "wasm" => "application/wasm",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
