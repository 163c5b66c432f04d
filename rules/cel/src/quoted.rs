//! String and bytes literals: prefixes, quotes and escapes, as cel-spec's lexis defines them.

use crate::lexer::{TokenKind, Unreadable};

type Read = Result<(TokenKind, usize), Unreadable>;

/// Reads the literal the text begins with; none where it does not begin with one.
pub(crate) fn literal(rest: &str) -> Option<Read> {
    let prefix = rest.len() - rest.trim_start_matches(['r', 'R', 'b', 'B']).len();
    let signs = rest[..prefix].to_ascii_lowercase();
    let (raw, bytes) = match signs.as_str() {
        "" => (false, false),
        "r" => (true, false),
        "b" => (false, true),
        "br" | "rb" => (true, true),
        _ => return None,
    };
    let quote = ["'''", "\"\"\"", "'", "\""]
        .into_iter()
        .find(|quote| rest[prefix..].starts_with(quote))?;
    if signs == "rb" {
        return Some(Err(Unreadable {
            len: prefix,
            message: format!("`{}` stands before no text", &rest[..prefix]),
            help: Some("write `br`".to_owned()),
        }));
    }
    Some(body(rest, prefix, quote, raw, bytes))
}

fn body(rest: &str, prefix: usize, quote: &str, raw: bool, bytes: bool) -> Read {
    let start = prefix + quote.len();
    let Some(end) = closing(&rest[start..], quote, raw) else {
        let len = rest.find('\n').unwrap_or(rest.len());
        return Err(Unreadable {
            len,
            message: "the text never ends".to_owned(),
            help: Some(format!("close it with {quote}")),
        });
    };
    let (text, len) = (&rest[start..start + end], start + end + quote.len());
    let mut out = Vec::with_capacity(text.len());
    if raw {
        out.extend_from_slice(text.as_bytes());
    } else if let Err(escape) = unescape(text, bytes, &mut out) {
        return Err(Unreadable {
            len,
            message: format!("`{escape}` is not an escape"),
            help: Some(r"write a backslash as `\\`, or put `r` before the quote".to_owned()),
        });
    }
    if bytes {
        return Ok((TokenKind::Bytes(out.into()), len));
    }
    match String::from_utf8(out) {
        Ok(text) => Ok((TokenKind::String(text.into()), len)),
        Err(error) => Err(Unreadable {
            len,
            message: format!("the text is not UTF-8: {error}"),
            help: None,
        }),
    }
}

/// Where the closing quote begins. A one-character quote does not reach over the end of its line.
fn closing(text: &str, quote: &str, raw: bool) -> Option<usize> {
    let mut skip = false;
    for (at, found) in text.char_indices() {
        if skip {
            skip = false;
        } else if found == '\\' && !raw {
            skip = true;
        } else if text[at..].starts_with(quote) {
            return Some(at);
        } else if quote.len() == 1 && matches!(found, '\n' | '\r') {
            return None;
        }
    }
    None
}

/// Appends the text with its escapes resolved; the escape that is none on failure.
fn unescape<'a>(text: &'a str, bytes: bool, out: &mut Vec<u8>) -> Result<(), &'a str> {
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let escape = &rest[at..];
        let pair = (!bytes).then(|| surrogates(escape)).flatten();
        let len = if pair.is_some() {
            PAIR
        } else {
            escape_len(escape)
        };
        let whole = escape.get(..len).ok_or(escape)?;
        match pair {
            Some(code) => push_code(code, false, out),
            None => escaped(whole, bytes, out),
        }
        .ok_or(whole)?;
        rest = &escape[len..];
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(())
}

/// Length in bytes of `\ud83d\udc31`.
const PAIR: usize = 12;

/// The code point of two escapes that are a pair of UTF-16, where the text begins with such.
fn surrogates(text: &str) -> Option<u32> {
    let unit = |from: usize| digits(text.get(from..from + 6)?.strip_prefix(r"\u")?, 16);
    let (high, low) = (unit(0)?, unit(PAIR / 2)?);
    let paired = (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(&low);
    paired.then(|| 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))
}

/// Length in bytes of the escape at the front, judged by its second character.
fn escape_len(escape: &str) -> usize {
    match escape[1..].chars().next() {
        Some('x' | 'X' | '0'..='3') => 4,
        Some('u') => 6,
        Some('U') => 10,
        Some(other) => 1 + other.len_utf8(),
        None => 1,
    }
}

fn escaped(escape: &str, bytes: bool, out: &mut Vec<u8>) -> Option<()> {
    let plain = match escape.as_bytes().get(1)? {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        sign @ (b'\\' | b'?' | b'"' | b'\'' | b'`') => *sign,
        b'x' | b'X' => return push_code(digits(&escape[2..], 16)?, bytes, out),
        b'0'..=b'3' => return push_code(digits(&escape[1..], 8)?, bytes, out),
        // A code point has no byte of its own: bytes literals take \x and octal only.
        b'u' | b'U' if !bytes => return push_code(digits(&escape[2..], 16)?, false, out),
        _ => return None,
    };
    out.push(plain);
    Some(())
}

fn digits(text: &str, radix: u32) -> Option<u32> {
    let all = text.chars().all(|c| c.is_digit(radix));
    all.then(|| u32::from_str_radix(text, radix).ok())?
}

fn push_code(code: u32, bytes: bool, out: &mut Vec<u8>) -> Option<()> {
    if bytes {
        out.push(u8::try_from(code).ok()?);
    } else {
        let found = char::from_u32(code)?;
        out.extend_from_slice(found.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Some(())
}
