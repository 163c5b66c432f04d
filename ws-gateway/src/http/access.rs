//! Who asks: the token of a header or a cookie.

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};

use super::{App, Problem};
use crate::{Role, Session};

/// The cookie that `/?token=…` sets.
pub(super) const COOKIE_NAME: &str = "ioc_token";

/// The token of `Authorization: Bearer`, or else of the cookie.
pub(crate) fn token_of(headers: &HeaderMap) -> Option<String> {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| token.trim().to_owned())
    });
    bearer.or_else(|| cookie(headers))
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE_NAME)
        .map(|(_, token)| token.to_owned())
}

/// Somebody with a good token: every handler that shows anything of the city takes one.
pub(super) struct Reader(pub(super) Session);

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let denied = |detail| Problem::new(StatusCode::UNAUTHORIZED, "unauthorized").detail(detail);
        let token = token_of(&parts.headers).ok_or_else(|| {
            denied("send 'Authorization: Bearer …' or open the wall with '/?token=…'")
        })?;
        let session = app.context.tokens.check(&token);
        session
            .map(Self)
            .ok_or_else(|| denied("the token is unknown or expired"))
    }
}

/// Somebody who may see what only admins see.
pub(super) struct Admin;

impl FromRequestParts<App> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Reader(session) = Reader::from_request_parts(parts, app).await?;
        if session.role < Role::Admin {
            let problem = Problem::new(StatusCode::FORBIDDEN, "forbidden");
            return Err(problem.detail("this is for admins"));
        }
        Ok(Self)
    }
}
