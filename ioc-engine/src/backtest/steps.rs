//! Transitions as lines of JSON, with the names of the live protocol.

use std::io::{self, Write};

use model::{Annunciation, Transition};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

#[derive(Serialize)]
struct Step<'a> {
    id: String,
    rule: String,
    key: Parts<'a>,
    state: &'static str,
    severity: &'static str,
    annunciation: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    inhibited_by: Option<String>,
    at: i64,
    started_at: i64,
    reason: &'static str,
    summary: Texts<'a>,
}

#[derive(Serialize)]
struct Texts<'a> {
    vi: &'a str,
    en: &'a str,
}

struct Parts<'a>(&'a model::Key);

impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.0.len()))?;
        for part in &self.0.0 {
            map.serialize_entry(&*part.dimension, &*part.value)?;
        }
        map.end()
    }
}

/// Writes one transition as a line.
pub(super) fn write(transition: &Transition, out: &mut dyn Write) -> io::Result<()> {
    let (annunciation, by) = annunciation(transition.annunciation);
    let step = Step {
        id: transition.alert.to_string(),
        rule: transition.rule.to_string(),
        key: Parts(&transition.key),
        state: transition.to.as_str(),
        severity: transition.severity.as_str(),
        annunciation,
        inhibited_by: by.map(|id| id.to_string()),
        at: transition.at.millis(),
        started_at: transition.started_at.millis(),
        reason: transition.reason.as_str(),
        summary: Texts {
            vi: &transition.summary.vi,
            en: &transition.summary.en,
        },
    };
    serde_json::to_writer(&mut *out, &step)?;
    out.write_all(b"\n")
}

fn annunciation(annunciation: Annunciation) -> (&'static str, Option<model::AlertId>) {
    match annunciation {
        Annunciation::Settling => ("settling", None),
        Annunciation::Annunciated => ("annunciated", None),
        Annunciation::Inhibited { by } => ("inhibited", Some(by)),
        Annunciation::OverLimit => ("over_limit", None),
        Annunciation::Shadow => ("shadow", None),
    }
}
