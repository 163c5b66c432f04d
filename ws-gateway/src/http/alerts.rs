//! Alerts: the open ones from the hub, the past and the reasons from the archive.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use model::{Alert, AlertId, RuleName, Severity, Time};
use serde::Deserialize;
use serde_json::json;

use super::access::Reader;
use super::input::{Id, Members};
use super::members::members;
use super::router::json_text;
use super::{App, Problem};
use crate::alert_view::AlertFilter;
use crate::encode::{write_alert, write_list, write_why};
use crate::hub::{OpenAlerts, Query};
use crate::{AlertQuery, JournalEntry, Session};

/// Alerts of one answer when the reader does not say.
const DEFAULT_LIMIT: usize = 100;
const MOST: usize = 1_000;
/// Entries of one alert's journal: more than any shift writes about one.
const JOURNAL_MOST: usize = 200;

/// `?state=&min_severity=&area=&kind=&rule=&annunciated=`, and for past ones `&fired=&since=&before=&limit=`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// `open` (the default) or `all`.
    state: Option<String>,
    min_severity: Option<String>,
    area: Option<String>,
    kind: Option<String>,
    rule: Option<String>,
    #[serde(default)]
    annunciated: bool,
    /// Only those that fired: most that were pending never do.
    #[serde(default)]
    fired: bool,
    since: Option<i64>,
    before: Option<i64>,
    limit: Option<usize>,
}

/// `GET /api/v1/alerts`
pub(super) async fn list(
    State(app): State<App>,
    Reader(session): Reader,
    Members(wanted): Members<Wanted>,
) -> Result<Response, Problem> {
    match wanted.state.as_deref() {
        None | Some("open") => open(&app, session, wanted).await,
        Some("all") => all(&app, &session, &wanted).await,
        Some(other) => Err(Problem::bad_query(format!(
            "state is 'open' or 'all', not '{other}'"
        ))),
    }
}

async fn open(app: &App, session: Session, wanted: Wanted) -> Result<Response, Problem> {
    let filter = AlertFilter {
        min_severity: wanted.min_severity,
        areas: wanted.area.into_iter().collect(),
        kinds: wanted.kind.into_iter().collect(),
        rules: wanted.rule.into_iter().collect(),
        states: if wanted.fired {
            vec!["firing".to_owned()]
        } else {
            Vec::new()
        },
        annunciated: wanted.annunciated,
    };
    let limit = session.areas;
    let answer = app.read(|reply| Query::Alerts {
        filter,
        limit,
        reply,
    });
    let OpenAlerts { seq, alerts } = answer.await??;
    Ok(json_text(format!(
        "{{\"alert_seq\":{seq},\"alerts\":{}}}",
        written(alerts.iter().map(|open| (&*open.alert, open.durable)))
    )))
}

async fn all(app: &App, session: &Session, wanted: &Wanted) -> Result<Response, Problem> {
    if wanted.area.is_some() || wanted.kind.is_some() || wanted.annunciated {
        return Err(Problem::bad_query(
            "area, kind and annunciated go with state=open only",
        ));
    }
    let min_severity = wanted.min_severity.as_deref().map(|word| {
        Severity::parse(word)
            .ok_or_else(|| Problem::bad_query(format!("there is no severity '{word}'")))
    });
    let query = AlertQuery {
        rule: wanted.rule.as_deref().map(rule).transpose()?,
        min_severity: min_severity.transpose()?,
        fired: wanted.fired,
        since: wanted.since.map(Time::from_millis),
        before: wanted.before.map(Time::from_millis),
        limit: wanted.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MOST),
    };
    let mut alerts = app
        .ask_archive(move |archive| archive.alerts(&query))
        .await?;
    let next = alerts.last().map(|alert| alert.started_at.millis());
    let city = app.city();
    alerts.retain(|alert| session.may_see(&city.areas, alert.area.as_ref()));
    let next = next.map_or("null".to_owned(), |next| next.to_string());
    Ok(json_text(format!(
        "{{\"alerts\":{},\"next_before\":{next}}}",
        written(alerts.iter().map(|alert| (&**alert, true)))
    )))
}

fn rule(text: &str) -> Result<RuleName, Problem> {
    let (group, name) = text
        .split_once('/')
        .ok_or_else(|| Problem::bad_query(format!("a rule is written group/name, not '{text}'")))?;
    Ok(RuleName {
        group: group.into(),
        name: name.into(),
    })
}

/// Alerts, each with whether its last step is committed: what the archive gives always is.
fn written<'a>(alerts: impl Iterator<Item = (&'a Alert, bool)>) -> String {
    let mut json = String::new();
    write_list(&mut json, alerts, |json, (alert, durable)| {
        write_alert(json, alert, durable);
    });
    json
}

/// `GET /api/v1/alerts/{id}`
pub(super) async fn one(
    State(app): State<App>,
    Reader(session): Reader,
    Id(id): Id,
) -> Result<Response, Problem> {
    let alert = visible(&app, &session, &id).await?;
    let mut json = String::new();
    write_alert(&mut json, &alert, true);
    Ok(json_text(json))
}

/// `GET /api/v1/alerts/{id}/why`
pub(super) async fn why(
    State(app): State<App>,
    Reader(session): Reader,
    Id(id): Id,
) -> Result<Response, Problem> {
    let alert = visible(&app, &session, &id).await?.id;
    let why = app.ask_archive(move |archive| archive.why(alert)).await?;
    let why = why.ok_or_else(|| Problem::not_found("nothing is kept of why this alert fired"))?;
    let mut json = String::new();
    write_why(&mut json, &why);
    Ok(json_text(json))
}

/// `GET /api/v1/alerts/{id}/journal`
pub(super) async fn journal(
    State(app): State<App>,
    Reader(session): Reader,
    Id(id): Id,
) -> Result<Response, Problem> {
    let alert = visible(&app, &session, &id).await?;
    let id = alert.id;
    let mut entries = app
        .ask_archive(move |archive| archive.journal(id, JOURNAL_MOST))
        .await?;
    entries.extend(alert.escalated.iter().map(|step| JournalEntry {
        at: step.at,
        by: alert.rule.to_string().into(),
        action: "escalate".into(),
        detail: step.to.to_string(),
    }));
    entries.sort_by_key(|entry| entry.at);
    let entries: Vec<_> = entries
        .iter()
        .map(|entry| json!({"at": entry.at.millis(), "by": &*entry.by, "action": &*entry.action, "detail": entry.detail}))
        .collect();
    Ok(json_text(json!({ "entries": entries }).to_string()))
}

/// `GET /api/v1/alerts/{id}/assets`
pub(super) async fn assets(
    State(app): State<App>,
    Reader(session): Reader,
    Id(id): Id,
) -> Result<Response, Problem> {
    let alert = visible(&app, &session, &id).await?;
    Ok(json_text(members(&app, &session, &alert).to_string()))
}

/// The alert, unless it is outside the session's areas: then it is as good as none.
async fn visible(app: &App, session: &Session, id: &str) -> Result<Arc<Alert>, Problem> {
    let none = || Problem::not_found(format!("there is no alert '{id}'"));
    let wanted: AlertId = id.parse().map_err(|_not_hex| none())?;
    let alert = app
        .ask_archive(move |archive| archive.alert(wanted))
        .await?;
    let city = app.city();
    alert
        .filter(|alert| session.may_see(&city.areas, alert.area.as_ref()))
        .ok_or_else(none)
}
