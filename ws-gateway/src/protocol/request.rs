//! What a client may say, parsed once.

use std::sync::Arc;

use model::{AlertId, Command, CommandAction, Time};
use serde::Deserialize;
use serde_json::Value as Json;

use super::Failure;

/// The longest id a client may give a command.
const MAX_COMMAND_ID: usize = 64;
/// The longest note, reason, comment or name.
const MAX_WORDS: usize = 4_000;

/// One message of a client.
#[derive(Debug)]
pub(crate) enum Request {
    Hello(Hello),
    Subscribe(Subscribe),
    Unsubscribe(u32),
    Act(Asked),
}

/// Who the client is.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Hello {
    pub(crate) token: Option<String>,
}

/// What the client wants to follow.
#[derive(Debug, Deserialize)]
pub(crate) struct Subscribe {
    pub(crate) sub: u32,
    pub(crate) topic: String,
    /// Read according to the topic.
    #[serde(default)]
    pub(crate) filter: Option<Json>,
    #[serde(default)]
    pub(crate) fields: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) max_hz: Option<f64>,
    #[serde(default)]
    pub(crate) since: Option<Json>,
}

/// The topics there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Topic {
    Assets,
    Areas,
    Alerts,
    Health,
}

impl Subscribe {
    /// The topic asked for.
    pub(crate) fn topic(&self) -> Result<Topic, Failure> {
        Ok(match self.topic.as_str() {
            "assets" => Topic::Assets,
            "areas" => Topic::Areas,
            "alerts" => Topic::Alerts,
            "health" => Topic::Health,
            "incidents" | "kpis" => {
                let message = format!("the topic '{}' is not built yet", self.topic);
                return Err(Failure::new("not_yet", message));
            }
            other => {
                let message =
                    format!("there is no topic '{other}'; there are assets, areas, alerts, health");
                return Err(Failure::new("bad_topic", message));
            }
        })
    }

    /// The filter as the topic reads it.
    pub(crate) fn read_filter<T: Default + for<'a> Deserialize<'a>>(&self) -> Result<T, Failure> {
        let Some(filter) = &self.filter else {
            return Ok(T::default());
        };
        T::deserialize(filter).map_err(|e| Failure::new("bad_filter", e.to_string()))
    }

    /// Where to go on from, as the topic reads it.
    pub(crate) fn read_since<T: for<'a> Deserialize<'a>>(&self) -> Result<Option<T>, Failure> {
        let since = self.since.as_ref().map(T::deserialize).transpose();
        since.map_err(|e| Failure::new("bad_message", format!("since: {e}")))
    }
}

/// A position on a state topic.
#[derive(Debug, Deserialize)]
pub(crate) struct Since {
    pub(crate) epoch: String,
    pub(crate) seq: u64,
    #[serde(default)]
    pub(crate) key: Option<String>,
}

/// A position in the log of alerts.
#[derive(Debug, Deserialize)]
pub(crate) struct SinceAlert {
    pub(crate) alert_seq: u64,
    #[serde(default)]
    pub(crate) key: Option<String>,
}

/// The filter of an `areas` subscription.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AreaFilter {
    pub(crate) areas: Vec<String>,
}

/// The filter of a topic that has none.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoFilter {}

/// A command, not yet anybody's.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) reference: Option<String>,
    id: String,
    alert: AlertId,
    action: CommandAction,
}

impl Asked {
    /// The command as this person's.
    pub(crate) fn by(self, name: &Arc<str>) -> Command {
        Command {
            id: self.id.into(),
            alert: self.alert,
            by: Arc::clone(name),
            action: self.action,
        }
    }
}

/// The members of every command.
#[derive(Deserialize)]
struct RawCommand {
    cmd: String,
    alert: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    text: String,
    until: Option<i64>,
    to: Option<String>,
}

impl Request {
    /// What the text says.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let json: Json = serde_json::from_str(text).map_err(|e| bad(e.to_string()))?;
        let reference = json.get("ref").and_then(Json::as_str).map(str::to_owned);
        let sub = json.get("sub").and_then(Json::as_u64);
        Self::read(&json, reference.clone()).map_err(|failure| failure.about(reference, sub))
    }

    fn read(json: &Json, reference: Option<String>) -> Result<Self, Failure> {
        let op = json.get("op").and_then(Json::as_str);
        match op.ok_or_else(|| bad("a message is an object with an 'op'"))? {
            "hello" => member(json).map(Self::Hello),
            "subscribe" => member(json).map(Self::Subscribe),
            "unsubscribe" => {
                let sub = json.get("sub").and_then(Json::as_u64);
                let sub = sub.and_then(|sub| u32::try_from(sub).ok());
                sub.map(Self::Unsubscribe)
                    .ok_or_else(|| bad("'sub' is a number from 0 to 4294967295"))
            }
            "silence" => Err(Failure::new(
                "not_yet",
                "'silence' is not built yet; a wall silences itself",
            )),
            op @ ("ack" | "shelve" | "unshelve" | "assign" | "comment") => {
                act(op, &member(json)?, reference).map(Self::Act)
            }
            other => Err(bad(format!("there is no op '{other}'"))),
        }
    }
}

fn member<T: for<'a> Deserialize<'a>>(json: &Json) -> Result<T, Failure> {
    T::deserialize(json).map_err(|e| bad(e.to_string()))
}

fn act(op: &str, raw: &RawCommand, reference: Option<String>) -> Result<Asked, Failure> {
    if raw.cmd.is_empty() || raw.cmd.len() > MAX_COMMAND_ID {
        return Err(bad(format!("'cmd' is 1 to {MAX_COMMAND_ID} bytes")));
    }
    let id = raw.alert.parse();
    let alert = id.map_err(|_| bad(format!("'{}' is not the id of an alert", raw.alert)))?;
    let action = match op {
        "ack" => CommandAction::Acknowledge {
            note: words("note", &raw.note)?,
        },
        "shelve" => CommandAction::Shelve {
            until: Time::from_millis(
                raw.until
                    .ok_or_else(|| bad("'until' is missing: milliseconds since 1970"))?,
            ),
            reason: some_words("reason", &raw.reason)?,
        },
        "unshelve" => CommandAction::Unshelve,
        "assign" => CommandAction::Assign {
            to: raw
                .to
                .as_deref()
                .map(|to| some_words("to", to))
                .transpose()?,
        },
        _ => CommandAction::Comment {
            text: some_words("text", &raw.text)?,
        },
    };
    Ok(Asked {
        reference,
        id: raw.cmd.clone(),
        alert,
        action,
    })
}

fn words(member: &str, text: &str) -> Result<Arc<str>, Failure> {
    if text.len() > MAX_WORDS {
        return Err(bad(format!("'{member}' is longer than {MAX_WORDS} bytes")));
    }
    Ok(text.trim().into())
}

fn some_words(member: &str, text: &str) -> Result<Arc<str>, Failure> {
    let text = words(member, text)?;
    if text.is_empty() {
        return Err(bad(format!("'{member}' is missing or empty")));
    }
    Ok(text)
}

fn bad(message: impl Into<String>) -> Failure {
    Failure::new("bad_message", message)
}
