//! The small answers: welcome, result, error. Frames of topics are the hub's.

use model::{AreaCode, Time};
use serde_json::{Map, Value as Json, json};

use crate::{CommandOutcome, Session};

/// Why something a client asked for is not done. The connection stays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) reference: Option<String>,
    pub(crate) sub: Option<u64>,
}

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            reference: None,
            sub: None,
        }
    }

    /// With what it is about, where that could be read.
    #[must_use]
    pub(crate) fn about(mut self, reference: Option<String>, sub: Option<u64>) -> Self {
        self.reference = reference;
        self.sub = sub;
        self
    }
}

/// `{"op":"error",…}`
pub(crate) fn error(failure: &Failure) -> String {
    let mut answer = Map::new();
    answer.insert("op".into(), "error".into());
    answer.insert("code".into(), failure.code.into());
    answer.insert("message".into(), failure.message.as_str().into());
    if let Some(sub) = failure.sub {
        answer.insert("sub".into(), sub.into());
    }
    if let Some(reference) = &failure.reference {
        answer.insert("ref".into(), reference.as_str().into());
    }
    Json::Object(answer).to_string()
}

/// `{"op":"result",…}`
pub(crate) fn result(reference: Option<&str>, outcome: &CommandOutcome) -> String {
    match outcome {
        CommandOutcome::Done => json!({"op": "result", "ref": reference, "ok": true}),
        CommandOutcome::Refused { code, message } => {
            json!({"op": "result", "ref": reference, "ok": false, "code": code, "message": message})
        }
    }
    .to_string()
}

/// What a client is told first.
pub(crate) struct Welcome<'a> {
    pub(crate) epoch: &'a str,
    pub(crate) now: Time,
    /// By the server's machine; another than `now` in a demo.
    pub(crate) machine: Time,
    /// How fast the server's clock runs.
    pub(crate) speed: f64,
    pub(crate) build: &'a str,
    pub(crate) heartbeat_ms: u64,
    pub(crate) session: &'a Session,
}

impl Welcome<'_> {
    /// `{"op":"welcome",…}`
    pub(crate) fn to_json(&self) -> String {
        let codes = |areas: &[AreaCode]| {
            areas
                .iter()
                .map(|a| a.as_str().to_owned())
                .collect::<Vec<_>>()
        };
        json!({
            "op": "welcome",
            "epoch": self.epoch,
            "server_time": self.now.millis(),
            "machine_time": self.machine.millis(),
            "speed": self.speed,
            "build": self.build,
            "heartbeat_ms": self.heartbeat_ms,
            "name": &*self.session.name,
            "role": self.session.role.as_str(),
            "areas": self.session.areas.as_deref().map(codes),
            "expires_at": self.session.expires.millis(),
        })
        .to_string()
    }
}
