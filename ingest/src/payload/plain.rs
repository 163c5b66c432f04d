//! The form most devices send, read in one pass over its bytes: objects of plain values, texts without escapes,
//! numbers without exponents. Anything else, an error of form too, stops it, and `serde_json` reads from the beginning:
//! what is accepted here is a part of what is accepted there, with the same values. A property test holds the two
//! together.

use super::members::Plain;
use super::{Name, Refused, Slots};

/// More digits may not fit into 64 bits.
const MAX_DIGITS: usize = 18;

/// Up to here every whole number is a float: divided by an exact power of ten it is rounded once, to the nearest.
const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;

/// Divisors for up to [`MAX_DIGITS`] decimals; each is exact.
const POWERS: [f64; MAX_DIGITS + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18,
];

/// Why the pass ended early.
pub(super) enum Stopped {
    /// Not the usual form, or not JSON.
    Unusual,
    /// Usual, but a value cannot be taken.
    Refused(Refused),
}

impl From<Refused> for Stopped {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

type Outcome<T> = Result<T, Stopped>;

/// Reads the whole text into the slots.
pub(super) fn read<'de>(text: &'de str, slots: &mut Slots<'de, '_>) -> Outcome<()> {
    let mut scan = Scan::new(text);
    scan.members(slots)?;
    scan.end()
}

/// The text and the part of it that is not read yet: a slice that shrinks costs no index and no look at the bounds.
pub(super) struct Scan<'de> {
    text: &'de str,
    rest: &'de [u8],
}

impl<'de> Scan<'de> {
    /// Before the first thing that is no space.
    pub(super) fn new(text: &'de str) -> Self {
        let rest = text.as_bytes();
        let mut scan = Self { text, rest };
        scan.spaces();
        scan
    }

    /// Nothing but spaces is left.
    pub(super) fn end(&mut self) -> Outcome<()> {
        self.spaces();
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Stopped::Unusual)
        }
    }

    fn spaces(&mut self) {
        while let [b' ' | b'\n' | b'\t' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// Takes the byte when it stands here.
    fn takes(&mut self, wanted: u8) -> bool {
        match self.rest {
            [first, rest @ ..] if *first == wanted => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn byte(&mut self, wanted: u8) -> Outcome<()> {
        if self.takes(wanted) {
            Ok(())
        } else {
            Err(Stopped::Unusual)
        }
    }

    /// The payload's object.
    fn members(&mut self, slots: &mut Slots<'de, '_>) -> Outcome<()> {
        self.object(|scan| {
            let name = scan.name(slots, false)?;
            if let Name::Values = name {
                return scan.values(slots);
            }
            scan.value(slots, name)
        })
    }

    /// An object of fields.
    pub(super) fn values(&mut self, slots: &mut Slots<'de, '_>) -> Outcome<()> {
        self.object(|scan| {
            let name = scan.name(slots, true)?;
            scan.value(slots, name)
        })
    }

    /// An object, one call a member.
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self) -> Outcome<()>,
    ) -> Outcome<()> {
        self.byte(b'{')?;
        self.spaces();
        if self.takes(b'}') {
            return Ok(());
        }
        loop {
            member(self)?;
            self.spaces();
            if self.takes(b',') {
                self.spaces();
            } else {
                return self.byte(b'}');
            }
        }
    }

    /// A member's name and its colon.
    fn name(&mut self, slots: &mut Slots<'de, '_>, inner: bool) -> Outcome<Name> {
        if let Some(due) = self.due(slots, inner) {
            self.spaces();
            return Ok(due);
        }
        let name = self.string()?;
        let found = slots.name(name, inner);
        if matches!(found, Name::Unknown) && slots.first_unknown.is_none() {
            slots.first_unknown = Some(name);
        }
        self.colon()?;
        Ok(found)
    }

    /// The colon between a name and its value.
    pub(super) fn colon(&mut self) -> Outcome<()> {
        self.spaces();
        self.byte(b':')?;
        self.spaces();
        Ok(())
    }

    /// The field that is due by the catalog's order, when it stands here. Spares looking for the name's end.
    fn due(&mut self, slots: &mut Slots<'de, '_>, inner: bool) -> Option<Name> {
        let place = slots.next;
        let written = slots.schema.written.get(place)?;
        if !inner && written.reserved {
            return None;
        }
        self.rest = self.rest.strip_prefix(&*written.member)?;
        slots.next = place + 1;
        Some(Name::Field(place))
    }

    fn value(&mut self, slots: &mut Slots<'de, '_>, name: Name) -> Outcome<()> {
        let value = self.plain()?;
        Ok(slots.take(name, value)?)
    }

    /// A value that is neither list nor object.
    pub(super) fn plain(&mut self) -> Outcome<Plain<'de>> {
        match self.rest {
            [b'-' | b'0'..=b'9', ..] => self.number(),
            [b'"', ..] => self.string().map(Plain::Text),
            [b't', ..] => self.word("true", Plain::Bool(true)),
            [b'f', ..] => self.word("false", Plain::Bool(false)),
            [b'n', ..] => self.word("null", Plain::Null),
            _ => Err(Stopped::Unusual),
        }
    }

    fn word(&mut self, word: &str, value: Plain<'de>) -> Outcome<Plain<'de>> {
        let rest = self.rest.strip_prefix(word.as_bytes());
        self.rest = rest.ok_or(Stopped::Unusual)?;
        Ok(value)
    }

    /// A text without escapes.
    pub(super) fn string(&mut self) -> Outcome<&'de str> {
        self.byte(b'"')?;
        let ends = |&byte: &u8| byte == b'"' || byte == b'\\' || byte < b' ';
        let len = self.rest.iter().position(ends).ok_or(Stopped::Unusual)?;
        let from = self.text.len() - self.rest.len();
        let text = self.text.get(from..from + len).ok_or(Stopped::Unusual)?;
        self.rest = &self.rest[len..];
        self.byte(b'"')?;
        Ok(text)
    }

    fn number(&mut self) -> Outcome<Plain<'de>> {
        let negative = self.takes(b'-');
        // JSON has no 007, and -0 is a float of its own.
        let leading_zero = matches!(self.rest, [b'0', b'0'..=b'9', ..]);
        let (value, whole) = self.digits(0);
        if whole == 0 || leading_zero {
            return Err(Stopped::Unusual);
        }
        let (value, decimals) = if self.takes(b'.') {
            match self.digits(value) {
                (_, 0) => return Err(Stopped::Unusual),
                read => read,
            }
        } else {
            (value, 0)
        };
        let exponent = matches!(self.rest, [b'e' | b'E', ..]);
        let rounds_twice = decimals > 0 && value > EXACT;
        if whole + decimals > MAX_DIGITS || rounds_twice || exponent || (negative && value == 0) {
            return Err(Stopped::Unusual);
        }
        Ok(match (decimals, negative) {
            (0, false) => Plain::Uint(value),
            // 18 digits fit into 63 bits.
            (0, true) => Plain::Int(-(value as i64)),
            (_, false) => Plain::Float(value as f64 / POWERS[decimals]),
            (_, true) => Plain::Float(-(value as f64 / POWERS[decimals])),
        })
    }

    /// Digits from here on behind those of `value`, and how many; what overflows is refused by its length afterwards.
    fn digits(&mut self, mut value: u64) -> (u64, usize) {
        let before = self.rest.len();
        let mut rest = self.rest;
        while let [digit @ b'0'..=b'9', after @ ..] = rest {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            rest = after;
        }
        self.rest = rest;
        (value, before - rest.len())
    }
}

#[cfg(test)]
mod tests {
    use model::{Field, FieldId, Kind, KindId, Localized, Span, ValueType};
    use proptest::prelude::*;

    use super::super::{Content, Problem, Schema, Slots, finish, read_any};
    use super::{Stopped, read};

    fn schema() -> Schema {
        let field = |(id, (name, value_type)): (usize, (&str, ValueType))| Field {
            id: FieldId(id as u16),
            name: name.into(),
            title: Localized::default(),
            value_type,
            unit: None,
            range: (name == "load").then_some((-50.0, 100.0)),
            symbols: vec!["up".into(), "down".into()],
            headline: false,
        };
        let fields = [
            ("state", ValueType::Symbol),
            ("load", ValueType::F64),
            ("free", ValueType::F64),
            ("open", ValueType::Bool),
            ("note", ValueType::Text),
            ("since", ValueType::Time),
            // A field may be called as a member of the payload is: inside `v` it is the field, outside it is not.
            ("seq", ValueType::F64),
        ];
        Schema::new(&Kind {
            id: KindId(0),
            name: "net/box".into(),
            title: Localized::default(),
            fields: fields.into_iter().enumerate().map(field).collect(),
            report_every: Span::from_mins(1),
            stale_after: Span::from_mins(3),
            auto_register: true,
            columns: Vec::new(),
        })
    }

    fn said(outcome: Result<Content, Problem>) -> String {
        match outcome {
            // Bit for bit: a float that differs in the last place is another float.
            Ok(content) => format!("{content:?}"),
            Err(problem) => format!("{}: {}", problem.reason, problem.detail),
        }
    }

    /// What the fast reader says; None where it leaves the text to `serde_json`.
    fn fast(text: &str, schema: &Schema) -> Option<String> {
        let mut slots = Slots::new(schema, 4);
        match read(text, &mut slots) {
            Ok(()) => Some(said(finish(slots))),
            Err(Stopped::Refused(_)) => slots.problem.map(|problem| said(Err(problem))),
            Err(Stopped::Unusual) => None,
        }
    }

    fn agrees(text: &str) -> Option<String> {
        let schema = schema();
        let fast = fast(text, &schema);
        if let Some(fast) = &fast {
            assert_eq!(*fast, said(read_any(text, &schema, 4)), "{text}");
        }
        fast
    }

    #[test]
    fn the_usual_forms_are_read_here_as_serde_json_reads_them() {
        for text in [
            r#"{"ts":1795418999000,"seq":7,"q":"good","v":{"state":"up","load":47.55,"free":-94,"open":true,"note":"tường","since":0,"seq":1.5}}"#,
            r#"{"free":0.1,"load":-0.0,"state":"down","ts":"2026-11-23T14:29:59+07:00"}"#,
            "{ \"load\" : 1 ,\n\t\"free\": null }\r\n",
            r#"{"lod":3}"#,
            r#"{"load":300}"#,
            r#"{"state":"dwn"}"#,
            r#"{"load":1,"load":2}"#,
            r#"{"note":"","x":false}"#,
            "{}",
            r#"{"v":{}}"#,
            r#"{"free":123456789012345678,"load":99.9999999999999}"#,
        ] {
            let read_here = agrees(text).is_some();
            assert!(
                read_here || text.contains("-0.0"),
                "left to serde_json: {text}"
            );
        }
    }

    #[test]
    fn what_is_unusual_or_no_json_is_left_to_serde_json() {
        for text in [
            "",
            "{",
            "[]",
            "null",
            r#"{"load":1e3}"#,
            r#"{"load":01}"#,
            r#"{"load":1.}"#,
            r#"{"load":-}"#,
            r#"{"load":-0}"#,
            r#"{"load":1}x"#,
            r#"{"load":1,}"#,
            r#"{"load" 1}"#,
            r#"{"note":"a\nb"}"#,
            r#"{"lo\u0061d":1}"#,
            "{\"note\":\"a\nb\"}",
            r#"{"v":1}"#,
            r#"{"load":[1]}"#,
            r#"{"x":{"y":1}}"#,
            r#"{"load":tru}"#,
            r#"{"load":NaN}"#,
            r#"{"load":1234567890123456789}"#,
            r#"{"load":58.000002262443644}"#,
            r#"{"note":"#,
            r#"{"note":"a"#,
            r#"{"load":1"#,
        ] {
            assert_eq!(fast(text, &schema()), None, "{text}");
        }
    }

    fn piece() -> impl Strategy<Value = String> {
        let number = r"-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,19})?([eE][+-]?[0-9]{1,2})?";
        let text = r#""[a-zàé\\ "]{0,6}""#;
        let words = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            " ",
            "true",
            "null",
            "\"up\"",
            "\"v\":{",
            "\"ts\":",
            "\"seq\":",
            "\"q\":\"good\"",
            "\"load\":",
            "\"free\":",
            "\"state\":",
            "\"since\":",
        ];
        prop_oneof![
            4 => prop::sample::select(words.to_vec()).prop_map(str::to_owned),
            2 => number,
            1 => text,
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_pieces_of_json_mean_the_same_to_both(pieces in prop::collection::vec(piece(), 0..14)) {
            agrees(&format!("{{{}}}", pieces.concat()));
        }

        #[test]
        fn every_number_is_the_same_to_both(
            number in r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?",
            name in prop::sample::select(vec!["load", "free", "since", "ts", "seq", "x"]),
        ) {
            agrees(&format!(r#"{{"{name}":{number},"state":"up"}}"#));
        }
    }
}
