//! Assets and areas as they are now, from the hub.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use futures_util::stream;
use serde::Deserialize;

use super::access::Reader;
use super::input::{Id, Members};
use super::router::json_text;
use super::{App, Problem};
use crate::Session;
use crate::cache::AssetFilter;
use crate::hub::{AssetPage, Query};

/// Assets written in one step of the hub: longer answers are made of several, so that screens never wait for them.
const STEP: usize = 1_000;

/// `?kind=&area=&freshness=`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    kind: Option<String>,
    area: Option<String>,
    freshness: Option<String>,
}

/// `GET /api/v1/assets`: all that match, as a stream of steps.
pub(super) async fn list(
    State(app): State<App>,
    Reader(session): Reader,
    Members(wanted): Members<Wanted>,
) -> Result<Response, Problem> {
    let filter = AssetFilter {
        kinds: wanted.kind.into_iter().collect(),
        areas: wanted.area.into_iter().collect(),
        freshness: wanted.freshness.into_iter().collect(),
        ..AssetFilter::default()
    };
    let first = step(&app, &filter, &session, 0).await?;
    let epoch = &app.context.edition().epoch;
    let head = format!(
        "{{\"epoch\":\"{epoch}\",\"seq\":{},\"assets\":[{}",
        first.seq, first.json
    );
    let empty = first.json.is_empty();
    let rest = stream::unfold((first.next, empty), move |(next, empty)| {
        let (app, filter, session) = (app.clone(), filter.clone(), session.clone());
        async move {
            let page = step(&app, &filter, &session, next?).await;
            let (text, next, empty) = match page {
                Ok(page) => {
                    let comma = if empty || page.json.is_empty() {
                        ""
                    } else {
                        ","
                    };
                    let empty = empty && page.json.is_empty();
                    (Ok(format!("{comma}{}", page.json)), page.next, empty)
                }
                // An answer cut short is not JSON any more: the reader notices.
                Err(_stopping) => (
                    Err(std::io::Error::other("the gateway is stopping")),
                    None,
                    empty,
                ),
            };
            Some((text.map(Bytes::from), (next, empty)))
        }
    });
    let whole = stream::StreamExt::chain(stream::once(async { Ok(Bytes::from(head)) }), rest);
    let whole = stream::StreamExt::chain(whole, stream::once(async { Ok(Bytes::from("]}")) }));
    Ok(json_text(Body::from_stream(whole)))
}

async fn step(
    app: &App,
    filter: &AssetFilter,
    session: &Session,
    from: u32,
) -> Result<AssetPage, Problem> {
    let page = app.read(|reply| Query::Assets {
        filter: filter.clone(),
        limit: session.areas.clone(),
        from,
        size: STEP,
        reply,
    });
    Ok(page.await??)
}

/// `GET /api/v1/assets/{id}`
pub(super) async fn one(
    State(app): State<App>,
    Reader(session): Reader,
    Id(id): Id,
) -> Result<Response, Problem> {
    let limit = session.areas;
    let wanted = id.clone();
    let found = app.read(|reply| Query::Asset { id, limit, reply }).await?;
    let found = found.ok_or_else(|| Problem::not_found(format!("there is no asset '{wanted}'")))?;
    Ok(json_text(found))
}

/// `GET /api/v1/areas`: the tree with its totals.
pub(super) async fn areas(
    State(app): State<App>,
    Reader(session): Reader,
) -> Result<Response, Problem> {
    let limit = session.areas.clone();
    let totals = app.read(|reply| Query::Areas { limit, reply }).await?;
    let city = app.city();
    let areas: Vec<_> = city
        .areas
        .all()
        .iter()
        .filter(|area| session.may_see(&city.areas, Some(&area.code)))
        .map(super::city::area_json)
        .collect();
    let areas = serde_json::Value::from(areas);
    Ok(json_text(format!(
        "{{\"areas\":{areas},\"totals\":{totals}}}"
    )))
}
