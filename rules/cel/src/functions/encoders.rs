//! Bytes as text: base64 of RFC 4648, with or without padding when it is read.

use super::{no_overload, string};
use crate::Value;
use crate::operators::Fault;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `base64.name(args)`
pub(super) fn call(name: &str, args: &[Value]) -> Result<Value, Fault> {
    match (name, args) {
        ("encode", [Value::Bytes(bytes)]) => Ok(string(encode(bytes))),
        ("decode", [Value::String(text)]) => decode(text)
            .map(|bytes| Value::Bytes(bytes.into()))
            .ok_or_else(|| Fault::Argument(format!("'{text}' is not base64"))),
        _ => Err(no_overload(&format!("base64.{name}"), args)),
    }
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let index = (bits >> (18 - 6 * place)) & 0x3f;
            let digit = char::from(ALPHABET[index as usize]);
            text.push(if place <= chunk.len() { digit } else { '=' });
        }
    }
    text
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    // One digit alone is less than a byte; padding fills a group of four or is left out.
    let whole = padding == 0 || (padding <= 2 && text.len().is_multiple_of(4));
    if digits.len() % 4 == 1 || !whole {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for chunk in digits.as_bytes().chunks(4) {
        let mut bits = 0;
        for place in 0..4 {
            let digit = chunk.get(place).copied().unwrap_or(b'A');
            bits = bits << 6 | ALPHABET.iter().position(|known| *known == digit)?;
        }
        let found = (bits as u32).to_be_bytes();
        bytes.extend_from_slice(&found[1..chunk.len()]);
    }
    Some(bytes)
}
