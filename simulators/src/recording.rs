//! The file of a recording: a header line, then one JSON line a message. Owns the format and what may be wrong with it;
//! where messages come from and go to is left to [`crate::record`] and [`crate::replay`].

use std::io::{BufRead, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use model::Span;
use serde::{Deserialize, Serialize};

/// The newest version of the format, which is the only one so far.
const VERSION: u32 = 1;

/// One recorded message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// When it came, counted from the beginning of the recording.
    pub after: Span,
    /// Its topic.
    pub topic: String,
    /// Its payload, byte for byte.
    pub payload: Bytes,
    /// Whether it was sent to be kept by the broker.
    pub retain: bool,
    /// Whether it was delivered with `QoS` 1.
    pub confirmed: bool,
}

/// What is wrong with a recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file system.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Something else than a recording.
    #[error("line 1: this is no recording of ioc-sim: {0}")]
    Header(String),
    /// Written by a later program.
    #[error("line 1: the recording has version {0}, this program reads {VERSION}; update ioc-sim")]
    Version(u32),
    /// The last line has no end: the recorder was ended in the middle of it.
    #[error("line {line} is cut off; the recording ended there")]
    CutOff {
        /// Which line, from one.
        line: u64,
    },
    /// A line nobody can play.
    #[error("line {line}: {detail}")]
    Line {
        /// Which line, from one.
        line: u64,
        /// What is wrong.
        detail: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    recording: String,
    version: u32,
    /// When it began, in milliseconds since 1970.
    began: i64,
}

/// A message as a line; its payload is text where it can be, so that a person can read, search and edit it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: i64,
    topic: String,
    qos: u8,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    retain: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

const MARK: &str = "ioc-sim";

/// The first line of a recording that began then, in milliseconds since 1970.
pub(crate) fn write_header(out: &mut impl Write, began_ms: i64) -> std::io::Result<()> {
    write_line(
        out,
        &Header {
            recording: MARK.to_owned(),
            version: VERSION,
            began: began_ms,
        },
    )
}

/// One message as one line.
pub(crate) fn write_message(out: &mut impl Write, message: &Recorded) -> std::io::Result<()> {
    let (text, base64) = match std::str::from_utf8(&message.payload) {
        Ok(text) => (Some(text.to_owned()), None),
        Err(_) => (None, Some(STANDARD.encode(&message.payload))),
    };
    write_line(
        out,
        &Line {
            at: message.after.millis(),
            topic: message.topic.clone(),
            qos: u8::from(message.confirmed),
            retain: message.retain,
            text,
            base64,
        },
    )
}

/// In one piece, so that only a crash in the middle of it can leave half a line.
fn write_line(out: &mut impl Write, line: &impl Serialize) -> std::io::Result<()> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    out.write_all(&bytes)
}

/// A recording, read line by line.
#[derive(Debug)]
pub struct Recording<R> {
    lines: R,
    line: u64,
    latest: Span,
}

impl<R: BufRead> Recording<R> {
    /// Reads the header.
    pub fn open(mut lines: R) -> Result<Self, RecordingError> {
        let mut first = Vec::new();
        // A header is short; a file of something else may have no lines at all.
        std::io::Read::take(&mut lines, 4_096).read_until(b'\n', &mut first)?;
        let header: Header = serde_json::from_slice(&first)
            .map_err(|error| RecordingError::Header(error.to_string()))?;
        if header.recording != MARK {
            let detail = format!("it is one of '{}'", header.recording);
            return Err(RecordingError::Header(detail));
        }
        if header.version != VERSION {
            return Err(RecordingError::Version(header.version));
        }
        Ok(Self {
            lines,
            line: 1,
            latest: Span::ZERO,
        })
    }

    /// The next message; none at the end.
    pub fn next_message(&mut self) -> Result<Option<Recorded>, RecordingError> {
        let mut text = Vec::new();
        if self.lines.read_until(b'\n', &mut text)? == 0 {
            return Ok(None);
        }
        self.line += 1;
        let line = self.line;
        if text.last() != Some(&b'\n') {
            return Err(RecordingError::CutOff { line });
        }
        let read = parse(&text).and_then(|message| self.in_order(message));
        match read {
            Ok(message) => Ok(Some(message)),
            Err(detail) => Err(RecordingError::Line { line, detail }),
        }
    }

    fn in_order(&mut self, message: Recorded) -> Result<Recorded, String> {
        if message.after < self.latest {
            return Err(format!(
                "'at' is {} and the line before says {}; times never run back",
                message.after.millis(),
                self.latest.millis()
            ));
        }
        self.latest = message.after;
        Ok(message)
    }
}

fn parse(text: &[u8]) -> Result<Recorded, String> {
    let line: Line = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let payload = match (line.text, line.base64) {
        (Some(text), None) => text.into_bytes(),
        (None, Some(coded)) => STANDARD
            .decode(coded)
            .map_err(|error| format!("'base64': {error}"))?,
        _ => return Err("a message has either 'text' or 'base64'".to_owned()),
    };
    if line.topic.is_empty() || line.topic.contains(['#', '+', '\0']) {
        let topic = line.topic;
        return Err(format!("'{topic}' is no topic that can be published"));
    }
    if line.qos > 1 {
        return Err(format!("'qos' is {}; a recording has 0 or 1", line.qos));
    }
    Ok(Recorded {
        after: Span::from_millis(line.at),
        topic: line.topic,
        payload: payload.into(),
        retain: line.retain,
        confirmed: line.qos == 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages() -> Vec<Recorded> {
        let message = |at, topic: &str, payload: &'static [u8], retain| Recorded {
            after: Span::from_millis(at),
            topic: topic.to_owned(),
            payload: Bytes::from_static(payload),
            retain,
            confirmed: retain,
        };
        vec![
            message(0, "đồng/hồ", "{\"name\": \"Gia Bảy\"}\n".as_bytes(), true),
            message(1, "a/b", b"\xff\x00\x01", false),
            message(1_001, "a", b"", true),
        ]
    }

    fn written() -> Vec<u8> {
        let mut out = Vec::new();
        write_header(&mut out, 1_795_419_000_000).unwrap();
        for message in messages() {
            write_message(&mut out, &message).unwrap();
        }
        out
    }

    /// What can be read, and what then was wrong.
    fn read(text: &[u8]) -> (Vec<Recorded>, Option<String>) {
        let mut messages = Vec::new();
        let mut recording = match Recording::open(text) {
            Ok(recording) => recording,
            Err(error) => return (messages, Some(error.to_string())),
        };
        loop {
            match recording.next_message() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => return (messages, None),
                Err(error) => return (messages, Some(error.to_string())),
            }
        }
    }

    #[test]
    fn messages_read_back_as_they_were_written() {
        assert_eq!(read(&written()), (messages(), None));
    }

    #[test]
    fn a_line_a_message_and_readable_where_the_payload_is() {
        let text = String::from_utf8(written()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                r#"{"recording":"ioc-sim","version":1,"began":1795419000000}"#,
                r#"{"at":0,"topic":"đồng/hồ","qos":1,"retain":true,"text":"{\"name\": \"Gia Bảy\"}\n"}"#,
                r#"{"at":1,"topic":"a/b","qos":0,"base64":"/wAB"}"#,
                r#"{"at":1001,"topic":"a","qos":1,"retain":true,"text":""}"#,
            ]
        );
    }

    #[test]
    fn wherever_it_is_cut_the_messages_before_are_good() {
        let whole = written();
        let ends: Vec<usize> = (0..whole.len()).filter(|i| whole[*i] == b'\n').collect();
        for length in ends[0] + 1..whole.len() {
            let complete = ends.iter().filter(|end| **end < length).count() - 1;
            let (good, wrong) = read(&whole[..length]);
            assert_eq!(good, messages()[..complete], "cut at {length}");
            let clean = ends.contains(&(length - 1));
            assert_eq!(wrong.is_none(), clean, "cut at {length}: {wrong:?}");
            assert!(
                wrong.is_none_or(|w| w.contains("cut off")),
                "cut at {length}"
            );
        }
    }

    #[test]
    fn what_cannot_be_played_is_said_with_its_line() {
        let header = r#"{"recording":"ioc-sim","version":1,"began":0}"#;
        for (text, says) in [
            ("", "line 1: this is no recording"),
            ("\u{7f}ELF", "line 1: this is no recording"),
            (r#"{"recording":"other","version":1,"began":0}"#, "'other'"),
            (
                r#"{"recording":"ioc-sim","version":9,"began":0}"#,
                "version 9",
            ),
        ] {
            let (_, wrong) = read(text.as_bytes());
            assert!(
                wrong.as_ref().is_some_and(|w| w.contains(says)),
                "{wrong:?}"
            );
        }
        for (line, says) in [
            (
                r#"{"at":5,"topic":"a","qos":0}"#,
                "line 2: a message has either",
            ),
            (
                r#"{"at":5,"topic":"a/#","qos":0,"text":""}"#,
                "'a/#' is no topic",
            ),
            (r#"{"at":5,"topic":"a","qos":2,"text":""}"#, "'qos' is 2"),
            (r#"{"at":5,"topic":"a","qos":1,"base64":"?"}"#, "'base64'"),
            (
                r#"{"at":5,"topic":"a","qos":1,"txt":""}"#,
                "unknown field `txt`",
            ),
            (
                r#"{"at":-1,"topic":"a","qos":1,"text":""}"#,
                "never run back",
            ),
        ] {
            let (_, wrong) = read(format!("{header}\n{line}\n").as_bytes());
            assert!(
                wrong.as_ref().is_some_and(|w| w.contains(says)),
                "{wrong:?}"
            );
        }
    }
}
