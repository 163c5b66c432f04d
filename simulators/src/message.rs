//! What a device says: topic and payload in the native form of the city pack, as the decoder reads them.

use std::sync::Arc;

use bytes::Bytes;
use model::{Asset, Kind, Quality, Time, Value};

/// How a payload is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Form {
    /// Fields in an object of their own: `{"ts":…,"seq":…,"v":{"pm25":37.4}}`.
    #[default]
    Native,
    /// Fields beside the time: `{"ts":…,"seq":…,"pm25":37.4}`.
    Flat,
}

/// One message on its way to the broker.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// When it is to be sent; later than it was measured where a fault delays it.
    pub due: Time,
    /// Whose, by place in the asset list: messages of one device keep to one connection.
    pub device: u32,
    /// Where to.
    pub topic: Arc<str>,
    /// What.
    pub payload: Bytes,
    /// Kept by the broker for those who come later.
    pub retain: bool,
    /// Whether the broker confirms it (`QoS` 1).
    pub confirmed: bool,
}

/// The topics of one device.
#[derive(Clone, Debug)]
pub(crate) struct Topics {
    /// Measurements.
    pub tele: Arc<str>,
    /// The retained state.
    pub state: Arc<str>,
}

impl Topics {
    /// `ioc/v1/{city}/{domain}/{kind}/{id}/…`
    pub(crate) fn new(city: &str, kind: &Kind, asset: &Asset) -> Self {
        let stem = format!("ioc/v1/{city}/{}/{}", kind.name, asset.id);
        Self {
            tele: format!("{stem}/tele").into(),
            state: format!("{stem}/state").into(),
        }
    }
}

/// The measured part of a message.
#[derive(Debug)]
pub(crate) struct Measured<'a> {
    /// The device's idea of the time.
    pub ts: Time,
    /// Its running number since it started.
    pub seq: u64,
    /// Its run.
    pub boot: u64,
    /// What it says of the measurement.
    pub quality: Quality,
    /// Names, values and digits after the point.
    pub fields: &'a [(&'a str, &'a Value, u8)],
}

/// The payload. `symbols` names the words of a field, by its place in `measured.fields`.
pub(crate) fn payload<'a>(
    form: Form,
    measured: &Measured<'_>,
    symbols: impl Fn(usize, u16) -> Option<&'a str>,
) -> String {
    let mut out = format!(
        r#"{{"ts":{},"seq":{},"boot":{},"q":"{}""#,
        measured.ts.millis(),
        measured.seq,
        measured.boot,
        quality_word(measured.quality),
    );
    let (open, mut comma, close) = match form {
        Form::Native => (r#","v":{"#, "", "}}"),
        Form::Flat => ("", ",", "}"),
    };
    out.push_str(open);
    for (i, (name, value, decimals)) in measured.fields.iter().enumerate() {
        let text = match value {
            Value::F64(number) => number_text(*number, *decimals),
            Value::Bool(truth) => truth.to_string(),
            Value::Symbol(index) => match symbols(i, *index) {
                Some(word) => quoted(word),
                None => continue,
            },
            Value::Text(text) => quoted(text),
            Value::Time(at) => at.millis().to_string(),
        };
        for part in [comma, &quoted(name), ":", &text] {
            out.push_str(part);
        }
        comma = ",";
    }
    out.push_str(close);
    out
}

fn quality_word(quality: Quality) -> &'static str {
    match quality {
        Quality::Good => "good",
        Quality::Calibrating => "calibrating",
        Quality::Fault => "fault",
        Quality::Estimated => "estimated",
        Quality::Backfill => "backfill",
    }
}

/// A finite number with at most so many digits after the point.
fn number_text(number: f64, decimals: u8) -> String {
    let scale = 10_f64.powi(i32::from(decimals));
    let rounded = (number * scale).round() / scale;
    // Minus zero would read as a number of its own.
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_in_both_forms() {
        let state = Value::Symbol(1);
        let height = Value::F64(-0.001);
        let name = Value::Text("Gia \"Bảy\"".into());
        let measured = Measured {
            ts: Time::from_millis(1_732_320_000_123),
            seq: 7,
            boot: 3,
            quality: Quality::Good,
            fields: &[
                ("apState", &state, 0),
                ("height", &height, 2),
                ("name", &name, 0),
            ],
        };
        let words = |_, word| ["up", "down"].get(usize::from(word)).copied();
        assert_eq!(
            payload(Form::Native, &measured, words),
            r#"{"ts":1732320000123,"seq":7,"boot":3,"q":"good","v":{"apState":"down","height":0,"name":"Gia \"Bảy\""}}"#
        );
        assert_eq!(
            payload(Form::Flat, &measured, words),
            r#"{"ts":1732320000123,"seq":7,"boot":3,"q":"good","apState":"down","height":0,"name":"Gia \"Bảy\""}"#
        );
    }
}
