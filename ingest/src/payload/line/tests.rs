use model::{Catalog, Field, FieldId, Kind, KindId, Localized, Span, ValueType};
use proptest::prelude::*;

use super::*;

fn kind(id: u16, name: &str, fields: &[(&str, ValueType)]) -> Kind {
    let field = |(id, (name, value_type)): (usize, &(&str, ValueType))| Field {
        id: FieldId(id as u16),
        name: (*name).into(),
        title: Localized::default(),
        value_type: *value_type,
        unit: None,
        range: (*name == "load").then_some((-50.0, 100.0)),
        symbols: vec!["up".into(), "down".into()],
        headline: false,
    };
    Kind {
        id: KindId(id),
        name: name.into(),
        title: Localized::default(),
        fields: fields.iter().enumerate().map(field).collect(),
        report_every: Span::from_mins(1),
        stale_after: Span::from_mins(3),
        auto_register: true,
        columns: Vec::new(),
    }
}

fn catalog() -> Catalog {
    let net = [
        ("state", ValueType::Symbol),
        ("load", ValueType::F64),
        ("note", ValueType::Text),
        // Outside `v` it is the member of the line.
        ("seq", ValueType::F64),
    ];
    let env = [("height", ValueType::F64)];
    Catalog::new(vec![kind(0, "net/box", &net), kind(1, "env/river", &env)])
}

/// What comes of a line, as text.
fn said(line: &str) -> String {
    let mut reading = ReadingLines::blank();
    match ReadingLines::new(&catalog()).read(line, &mut reading) {
        Ok(stamp) => format!("{reading:?} {stamp:?}"),
        Err(bad) => bad.to_string(),
    }
}

/// What comes of a line by way of `serde_json` alone, and whether the usual way took it.
fn said_by_both(line: &str) -> (Result<String, String>, Option<Result<String, String>>) {
    let catalog = catalog();
    let schemas: Vec<_> = catalog.kinds().iter().map(Schema::new).collect();
    let blank = Schema::blank();
    let told = |head: Head<'_>, slots: Slots<'_, '_>| {
        let kind = slots.schema.id;
        format!(
            "{:?} {kind:?} {:?} {:?} {} {:?}",
            head.asset, head.received, head.stamp, head.retained, slots.content
        )
    };
    let (mut head, mut slots) = (Head::default(), Slots::onto(&blank, DEPTH, Vec::new()));
    let usual = match usual(line, &mut head, &mut slots, &schemas) {
        Ok(()) => Some(Ok(told(head, slots))),
        Err(Stopped::Refused(Refused)) => slots.problem.map(|p| Err(p.detail)),
        Err(Stopped::Unusual) => None,
    };
    let any = whatever(line, &schemas, &blank);
    (
        any.map(|(head, slots)| told(head, slots))
            .map_err(|p| p.detail),
        usual,
    )
}

#[test]
fn a_line_is_a_reading() {
    let line = r#"{"asset":"b-1","kind":"net/box","at":1000,"received":1250,"q":"estimated","seq":7,"v":{"state":"down","load":4.5,"seq":2}}"#;
    assert_eq!(
        said(line),
        "Reading { asset: \"b-1\", kind: KindId(0), at: 1000ms, received: 1250ms, seq: Some(7), boot: None, quality: Estimated, \
         origin: Live, fields: [(FieldId(0), Symbol(1)), (FieldId(1), F64(4.5)), (FieldId(3), F64(2.0))] } None"
    );
    let least = r#"{"asset":"w","kind":"env/river","at":"1970-01-01T00:00:01Z","v":{"height":2}}"#;
    assert_eq!(
        said(least),
        "Reading { asset: \"w\", kind: KindId(1), at: 1000ms, received: 1000ms, seq: None, boot: None, quality: Good, \
         origin: Live, fields: [(FieldId(0), F64(2.0))] } None"
    );
}

#[test]
fn members_stand_in_any_order_and_further_ones_are_counted() {
    let line = r#"{"v":{"height":2,"hieght":3},"stamp":1300,"x":[{}],"boot":3,"retained":true,"received":1250,"kind":"env/river","asset":"w"}"#;
    let (mut lines, mut reading) = (ReadingLines::new(&catalog()), ReadingLines::blank());
    let stamp = lines.read(line, &mut reading);
    assert_eq!(stamp, Ok(Some(Time::from_millis(1_300))));
    assert_eq!(
        (reading.at, reading.boot, reading.origin),
        (Time::from_millis(1_250), Some(3), Origin::Retained)
    );
    assert_eq!(
        lines.unknown(),
        [("x".into(), 1), ("fields of env/river".into(), 1)]
    );
}

#[test]
fn a_bad_line_says_what_would_be_right() {
    for (line, what) in [
        ("", "EOF while parsing"),
        ("{\"asset\":", "EOF while parsing"),
        ("7", "an object, a reading a line"),
        ("{}", "there is no 'asset'"),
        (r#"{"asset":"a","at":1,"v":{}}"#, "there is no 'kind'"),
        (
            r#"{"asset":"a","kind":"net/box","at":1}"#,
            "there is no 'v'",
        ),
        (
            r#"{"asset":"a","kind":"net/box","v":{}}"#,
            "there is no 'at'",
        ),
        (
            r#"{"asset":"a","kind":"net/bix","at":1,"v":{}}"#,
            "the catalog has no kind 'net/bix'; is it 'net/box'?",
        ),
        (
            r#"{"asset":7,"kind":"net/box","at":1,"v":{}}"#,
            "asset: the number 7 where a text that is not empty belongs",
        ),
        (
            r#"{"asset":"a","kind":"net/box","at":"noon","v":{}}"#,
            "at: the text 'noon' where a time belongs",
        ),
        (
            r#"{"asset":"a","kind":"net/box","at":1,"q":"godo","v":{}}"#,
            "q: 'godo' is not one of good, calibrating, fault, estimated, backfill; is it 'good'?",
        ),
        (
            r#"{"asset":"a","kind":"net/box","at":1,"v":{"load":300}}"#,
            "load: 300",
        ),
        (
            r#"{"asset":"a","kind":"net/box","at":1,"v":{"lod":3}}"#,
            "net/box has no field 'lod'; is it 'load'?",
        ),
        (
            r#"{"asset":"a","kind":"net/box","at":1,"v":{"load":1,"load":2}}"#,
            "load: comes twice",
        ),
        (
            r#"{"asset":"a","kind":"net/box","kind":"env/river","at":1,"v":{}}"#,
            "kind: comes twice",
        ),
        (
            r#"{"asset":"a","kind":"net/box","at":1,"v":{},"v":{}}"#,
            "v: comes twice",
        ),
        (
            r#"{"asset":"a","kind":"net/box","at":1,"v":3}"#,
            "v is a number",
        ),
    ] {
        let said = said(line);
        assert!(said.contains(what), "{line}: {said}");
    }
}

fn member() -> impl Strategy<Value = String> {
    let whole = [
        "\"asset\":\"b-1\"",
        "\"asset\":\"b\\u002d1\"",
        "\"asset\":null",
        "\"kind\":\"net/box\"",
        "\"kind\":\"env/river\"",
        "\"kind\":\"x\"",
        "\"at\":1000",
        "\"at\":\"2026-11-23T14:29:59+07:00\"",
        "\"received\":1e3",
        "\"received\":null",
        "\"stamp\":5",
        "\"q\":\"fault\"",
        "\"seq\":7",
        "\"seq\":-7",
        "\"retained\":true",
        "\"other\":{\"a\":[1]}",
        "\"other\":2",
        "\"v\":{}",
        "\"v\":{\"load\":4.5,\"state\":\"up\"}",
        "\"v\":{\"height\":4.5}",
        "\"v\" : { \"load\" : 1e1 }",
        "\"v\":{\"load\":",
        "\"v\":[]",
        "\"x",
    ];
    prop::sample::select(whole.to_vec()).prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_usual_way_takes_nothing_otherwise_than_serde_json(members in prop::collection::vec(member(), 0..8)) {
        let line = format!("{{{}}}", members.join(","));
        let (any, usual) = said_by_both(&line);
        match usual {
            // Where several things are wrong either may be told first.
            Some(Err(_)) => prop_assert!(any.is_err(), "{}", line),
            Some(Ok(said)) => prop_assert_eq!(Ok(said), any, "{}", line),
            None => {}
        }
    }
}
