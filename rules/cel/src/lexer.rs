//! Text to tokens. Owns numbers, names and punctuation; quoted text is [`crate::quoted`]'s.

use std::ops::Range;
use std::sync::Arc;

use crate::problem::{Problem, codes};
use crate::quoted;

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum TokenKind {
    /// The magnitude: a sign belongs to the parser, which alone can read the least int.
    Int(u64),
    Uint(u64),
    Double(f64),
    String(Arc<str>),
    Bytes(Arc<[u8]>),
    Name(Arc<str>),
    /// A name between backticks: allowed after a dot only.
    Quoted(Arc<str>),
    Punctuation(&'static str),
    /// What could not be read; its problem is reported already.
    Broken,
    End,
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Range<usize>,
}

/// Longest first. `===`, `!==`, `<>`, `=`, `&` and `|` are no CEL: they are read so that the parser can say what was meant.
const PUNCTUATION: [&str; 30] = [
    "===", "!==", "<>", "==", "!=", "<=", ">=", "&&", "||", "(", ")", "[", "]", "{", "}", ".", ",",
    ":", "?", "+", "-", "*", "/", "%", "<", ">", "!", "=", "&", "|",
];

/// Signs people type that CEL writes otherwise.
const LOOKALIKES: [(char, &str); 6] = [
    ('≥', ">="),
    ('≤', "<="),
    ('≠', "!="),
    ('“', "'"),
    ('”', "'"),
    ('’', "'"),
];

/// Every token of the text, ending with [`TokenKind::End`], and every problem met.
pub(crate) fn tokens(source: &str) -> (Vec<Token>, Vec<Problem>) {
    let (mut tokens, mut problems) = (Vec::new(), Vec::new());
    let mut at = skip_blank(source, 0);
    while at < source.len() {
        let (kind, len) = match token(&source[at..]) {
            Ok(read) => read,
            Err(Unreadable { len, message, help }) => {
                let mut problem = Problem::new(codes::LITERAL, at..at + len, message);
                problem.help = help;
                problems.push(problem);
                (TokenKind::Broken, len)
            }
        };
        let span = at..at + len;
        at = skip_blank(source, span.end);
        tokens.push(Token { kind, span });
    }
    tokens.push(Token {
        kind: TokenKind::End,
        span: source.len()..source.len(),
    });
    (tokens, problems)
}

/// Why the text at a place is no token, and how much of it to step over.
pub(crate) struct Unreadable {
    pub(crate) len: usize,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

fn skip_blank(source: &str, mut at: usize) -> usize {
    loop {
        let rest = &source[at..];
        let blank = rest.len()
            - rest
                .trim_start_matches([' ', '\t', '\n', '\r', '\x0c'])
                .len();
        at += blank;
        if !source[at..].starts_with("//") {
            return at;
        }
        at += source[at..].find('\n').unwrap_or(source.len() - at);
    }
}

fn token(rest: &str) -> Result<(TokenKind, usize), Unreadable> {
    if let Some(read) = quoted::literal(rest) {
        return read;
    }
    let bytes = rest.as_bytes();
    if bytes[0].is_ascii_digit()
        || (bytes[0] == b'.' && bytes.get(1).is_some_and(u8::is_ascii_digit))
    {
        return number(rest);
    }
    if bytes[0].is_ascii_alphabetic() || bytes[0] == b'_' {
        let len = name_len(rest);
        return Ok((TokenKind::Name(rest[..len].into()), len));
    }
    if let Some(sign) = PUNCTUATION.into_iter().find(|sign| rest.starts_with(sign)) {
        return Ok((TokenKind::Punctuation(sign), sign.len()));
    }
    if bytes[0] == b'`'
        && let Some(end) = rest[1..].find('`').filter(|end| *end > 0)
    {
        return Ok((TokenKind::Quoted(rest[1..=end].into()), end + 2));
    }
    Err(strange(rest))
}

fn name_len(rest: &str) -> usize {
    rest.len()
        - rest
            .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_')
            .len()
}

fn strange(rest: &str) -> Unreadable {
    let found = rest.chars().next().unwrap_or_default();
    let meant = LOOKALIKES.iter().find(|(sign, _)| *sign == found);
    let code = u32::from(found);
    let what = if is_unseen(found) {
        format!("U+{code:04X}, which is not seen,")
    } else if let Some(plain) = narrow(found) {
        return Unreadable {
            len: found.len_utf8(),
            message: format!(
                "`{found}` (U+{code:04X}) is a wide `{plain}`, and has no meaning here"
            ),
            help: Some(format!("write `{plain}`")),
        };
    } else {
        format!("`{found}`")
    };
    Unreadable {
        len: found.len_utf8(),
        message: format!("{what} has no meaning here"),
        help: match meant {
            Some((_, meant)) => Some(format!("write `{meant}`")),
            None if found.is_whitespace() => Some("write a plain blank".to_owned()),
            None if is_unseen(found) => Some("take it out".to_owned()),
            None if found.is_alphabetic() => {
                Some("names are ASCII letters, digits and `_`; quote texts: 'sông'".to_owned())
            }
            None => None,
        },
    }
}

/// What shows as a blank or not at all: pasted texts bring such with them.
fn is_unseen(found: char) -> bool {
    found.is_whitespace()
        || found.is_control()
        || matches!(found, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// The ASCII sign of which this is the full width, as East Asian keyboards type it.
fn narrow(found: char) -> Option<char> {
    let code = u32::from(found);
    let wide = (0xff01..=0xff5e).contains(&code);
    wide.then(|| char::from_u32(code - 0xfee0)).flatten()
}

fn number(rest: &str) -> Result<(TokenKind, usize), Unreadable> {
    let unreadable = |len: usize, what: &str| Unreadable {
        len,
        message: format!("`{}` {what}", &rest[..len]),
        help: None,
    };
    let (radix, start) = if rest.starts_with("0x") || rest.starts_with("0X") {
        (16, 2)
    } else {
        (10, 0)
    };
    let digits = rest[start..].len()
        - rest[start..]
            .trim_start_matches(|c: char| c.is_digit(radix))
            .len();
    let mut end = start + digits;
    let is_double = radix == 10 && extend_double(rest, &mut end);
    let tail = name_len(&rest[end..]);
    let unsigned = !is_double && matches!(&rest[end..end + tail], "u" | "U");
    if tail > 0 && !unsigned || end == start {
        return Err(number_with_tail(rest, end, tail));
    }
    if is_double {
        return match rest[..end].parse::<f64>() {
            Ok(value) if value.is_finite() => Ok((TokenKind::Double(value), end)),
            _ => Err(unreadable(end, "is greater than a double can hold")),
        };
    }
    let kind = if unsigned {
        TokenKind::Uint
    } else {
        TokenKind::Int
    };
    match u64::from_str_radix(&rest[start..end], radix) {
        Ok(value) => Ok((kind(value), end + tail)),
        Err(_) => Err(unreadable(end + tail, "is greater than 64 bits can hold")),
    }
}

/// Moves `end` past a fraction and an exponent; true when there was one of them.
fn extend_double(rest: &str, end: &mut usize) -> bool {
    let digits = |from: usize| rest[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut found = false;
    if rest[*end..].starts_with('.') && digits(*end + 1) > 0 {
        *end += 1 + digits(*end + 1);
        found = true;
    }
    if rest[*end..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[*end + 1..].starts_with(['+', '-']));
        let exponent = digits(*end + 1 + sign);
        if exponent > 0 {
            *end += 1 + sign + exponent;
            found = true;
        }
    }
    found
}

fn number_with_tail(rest: &str, end: usize, tail: usize) -> Unreadable {
    let (number, unit) = (&rest[..end], &rest[end..end + tail]);
    let span = match unit {
        "min" => Some("m"),
        "sec" => Some("s"),
        "ms" | "s" | "m" | "h" | "d" | "w" => Some(unit),
        _ => None,
    };
    let with_unit = format!("a number with its unit is `unit({number}, '{unit}')`");
    let grouped = unit
        .bytes()
        .all(|byte| byte == b'_' || byte.is_ascii_digit());
    let help = match span {
        _ if grouped => format!(
            "digits stand without `_`: `{number}{}`",
            unit.replace('_', "")
        ),
        // `duration('…')` knows no days.
        Some(span @ ("d" | "w")) => {
            format!("a length of time stands in quotes: `pm25.avg('{number}{span}')`; {with_unit}")
        }
        Some(span) => format!(
            "a length of time stands in quotes: `pm25.avg('{number}{span}')`, `duration('{number}{span}')`; {with_unit}"
        ),
        None => with_unit,
    };
    Unreadable {
        len: end + tail,
        message: format!("`{number}{unit}` is not a number"),
        help: (!unit.is_empty() && end > 0).then_some(help),
    }
}
