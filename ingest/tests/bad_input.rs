//! Every bad input of the list, and what comes of it: text in, text out.

mod town;

use bytes::Bytes;
use expect_test::{Expect, expect};
use ingest::{Arrival, Decoder, Limits, QoS};
use model::SourceName;
use town::engine::decoded_text;

const AP: &str = "ioc/v1/tn/wifi/ap/ap-1/tele";
const AIR: &str = "ioc/v1/tn/env/air/air-1/tele";

fn outcome(decoder: &Decoder, topic: &str, payload: &[u8], retain: bool) -> String {
    let source = SourceName::new("s");
    let arrival = Arrival {
        source: &source,
        topic,
        payload: Bytes::copy_from_slice(payload),
        received: town::NOW,
        qos: QoS::AtLeastOnce,
        retain,
    };
    match decoder.decode(&arrival) {
        Ok(said) => decoded_text(&said),
        Err(dead) => {
            assert_eq!(dead.size, payload.len());
            assert!(dead.payload.len() <= Limits::default().dead_letter_bytes);
            format!("dead: {}: {}", dead.reason, dead.detail)
        }
    }
}

/// Each payload on the topic, and below it what came of it.
fn check(topic: &str, payloads: &[&str], expect: &Expect) {
    let decoder = town::decoder();
    let lines: Vec<String> = payloads
        .iter()
        .map(|payload| {
            format!(
                "{payload}\n  {}\n",
                outcome(&decoder, topic, payload.as_bytes(), false)
            )
        })
        .collect();
    expect.assert_eq(&lines.concat());
}

#[test]
fn both_forms_of_payload_are_read() {
    check(
        AP,
        &[
            r#"{"ts":1795418999000,"seq":7,"boot":3,"q":"estimated","v":{"apState":"up","clientsConnected":31}}"#,
            r#"{"ts":"2026-11-23T14:29:59+07:00","apState":"down","channelUtilization":61.5,"ssid":"Hồ Núi Cốc","portalOk":false}"#,
            r#"{"v":{"dateLastReboot":"2026-11-22T00:00:00Z","noiseFloor":-95}}"#,
            r#"{"ts":1795418999000}"#,
            r#"{"clientsConnected":null,"portalOk":true}"#,
            r#"{"clientsConnected":12,"firmware":{"v":[1,2,{"x":null}]},"uptime":9}"#,
            r#"{"apSta\u0074e":"up"}"#,
        ],
        &expect![[r#"
            {"ts":1795418999000,"seq":7,"boot":3,"q":"estimated","v":{"apState":"up","clientsConnected":31}}
              ap-1 apState=Symbol(0) clientsConnected=F64(31.0) at=1795418999000 seq=7 boot=3 Estimated
            {"ts":"2026-11-23T14:29:59+07:00","apState":"down","channelUtilization":61.5,"ssid":"Hồ Núi Cốc","portalOk":false}
              ap-1 apState=Symbol(1) channelUtilization=F64(61.5) ssid=Text("Hồ Núi Cốc") portalOk=Bool(false) at=1795418999000
            {"v":{"dateLastReboot":"2026-11-22T00:00:00Z","noiseFloor":-95}}
              ap-1 dateLastReboot=Time(1795305600000ms) noiseFloor=F64(-95.0)
            {"ts":1795418999000}
              ap-1 at=1795418999000
            {"clientsConnected":null,"portalOk":true}
              ap-1 portalOk=Bool(true)
            {"clientsConnected":12,"firmware":{"v":[1,2,{"x":null}]},"uptime":9}
              ap-1 clientsConnected=F64(12.0)
            {"apSta\u0074e":"up"}
              ap-1 apState=Symbol(0)
        "#]],
    );
}

#[test]
fn what_is_not_json_or_no_object_is_kept_as_a_dead_letter() {
    check(
        AIR,
        &[
            r#"{"ts":1795418999000,"pm25":37."#,
            r#"{"pm25":37.4"#,
            r#"{"pm25":37.4}}"#,
            "hello",
            "[1,2]",
            "37.4",
            "null",
            r#"{"v":37.4}"#,
            r#"{"pm25":37.4,}"#,
        ],
        &expect![[r#"
            {"ts":1795418999000,"pm25":37.
              dead: malformed_json: pm25: EOF while parsing a value at line 1 column 30
            {"pm25":37.4
              dead: malformed_json: EOF while parsing an object at line 1 column 12
            {"pm25":37.4}}
              dead: malformed_json: trailing characters at line 1 column 14
            hello
              dead: malformed_json: expected value at line 1 column 1
            [1,2]
              dead: not_an_object: the payload is a list; an object of fields belongs there
            37.4
              dead: not_an_object: the payload is a number; an object of fields belongs there
            null
              dead: not_an_object: the payload is null; an object of fields belongs there
            {"v":37.4}
              dead: not_an_object: v is a number; an object of fields belongs there
            {"pm25":37.4,}
              dead: malformed_json: trailing comma at line 1 column 14
        "#]],
    );
}

#[test]
fn numbers_must_be_finite_in_range_and_numbers() {
    check(
        AIR,
        &[
            r#"{"pm25":NaN}"#,
            r#"{"pm25":-Infinity}"#,
            r#"{"pm25":1e999}"#,
            r#"{"pm25":"nan"}"#,
            r#"{"pm25":1e3}"#,
            r#"{"pm25":1000.1}"#,
            r#"{"pm25":-1}"#,
            r#"{"pm25":"37.4"}"#,
            r#"{"pm25":true}"#,
            r#"{"pm25":[37.4]}"#,
            r#"{"pm25":{"value":37.4}}"#,
            r#"{"pm25":37.4,"pm25":38}"#,
            r#"{"x":1e999,"pm25":37.4}"#,
        ],
        &expect![[r#"
            {"pm25":NaN}
              dead: not_finite: pm25: not a finite number (expected value at line 1 column 9)
            {"pm25":-Infinity}
              dead: not_finite: pm25: not a finite number (invalid number at line 1 column 10)
            {"pm25":1e999}
              dead: not_finite: pm25: not a finite number (number out of range at line 1 column 13)
            {"pm25":"nan"}
              dead: not_finite: pm25: 'nan' is not a finite number
            {"pm25":1e3}
              air-1 pm25=F64(1000.0)
            {"pm25":1000.1}
              dead: out_of_range: pm25: 1000.1 is outside 0 to 1000 ug/m3
            {"pm25":-1}
              dead: out_of_range: pm25: -1 is outside 0 to 1000 ug/m3
            {"pm25":"37.4"}
              dead: wrong_type: pm25: the text '37.4' where a number belongs
            {"pm25":true}
              dead: wrong_type: pm25: true where a number belongs
            {"pm25":[37.4]}
              dead: wrong_type: pm25: a list where a number belongs
            {"pm25":{"value":37.4}}
              dead: wrong_type: pm25: an object where a number belongs
            {"pm25":37.4,"pm25":38}
              dead: duplicate_field: pm25: comes twice
            {"x":1e999,"pm25":37.4}
              dead: not_finite: not a finite number (number out of range at line 1 column 10)
        "#]],
    );
}

#[test]
fn words_members_and_names_say_what_would_be_right() {
    check(
        AP,
        &[
            r#"{"apState":"dwn"}"#,
            r#"{"apState":1}"#,
            r#"{"portalOk":"yes"}"#,
            r#"{"ssid":7}"#,
            r#"{"dateLastReboot":"yesterday"}"#,
            r#"{"q":"god","apState":"up"}"#,
            r#"{"seq":-1,"apState":"up"}"#,
            r#"{"ts":true,"apState":"up"}"#,
            r#"{"ts":"23/11/2026","apState":"up"}"#,
            r#"{"clientConnected":3}"#,
            r#"{"temperature":3}"#,
        ],
        &expect![[r#"
            {"apState":"dwn"}
              dead: unknown_symbol: apState: 'dwn' is not one of up, down, degraded; is it 'down'?
            {"apState":1}
              dead: wrong_type: apState: the number 1 where one of the field's words belongs
            {"portalOk":"yes"}
              dead: wrong_type: portalOk: the text 'yes' where true or false belongs
            {"ssid":7}
              dead: wrong_type: ssid: the number 7 where a text belongs
            {"dateLastReboot":"yesterday"}
              dead: bad_time: dateLastReboot: the text 'yesterday' where a time belongs: milliseconds since 1970, or RFC 3339 like 2026-11-23T07:30:00Z
            {"q":"god","apState":"up"}
              dead: unknown_symbol: q: 'god' is not one of good, calibrating, fault, estimated, backfill; is it 'good'?
            {"seq":-1,"apState":"up"}
              dead: wrong_type: seq: the number -1 where a whole number from 0 upwards belongs
            {"ts":true,"apState":"up"}
              dead: bad_time: ts: true where a time belongs: milliseconds since 1970, or RFC 3339 like 2026-11-23T07:30:00Z
            {"ts":"23/11/2026","apState":"up"}
              dead: bad_time: ts: the text '23/11/2026' where a time belongs: milliseconds since 1970, or RFC 3339 like 2026-11-23T07:30:00Z
            {"clientConnected":3}
              dead: no_known_field: wifi/ap has no field 'clientConnected'; is it 'clientsConnected'?
            {"temperature":3}
              dead: no_known_field: wifi/ap has no field 'temperature'; its fields are apState, clientsConnected, channelUtilization, noiseFloor, x…
        "#]],
    );
}

#[test]
fn clocks_are_passed_on_as_they_are_and_judged_by_the_rules() {
    check(
        AIR,
        &[
            // A day fast.
            r#"{"ts":1795505400000,"pm25":1}"#,
            // In 1970.
            r#"{"ts":12000,"pm25":1}"#,
            r#"{"ts":"1970-01-01T00:00:12Z","pm25":1}"#,
            r#"{"ts":-1,"pm25":1}"#,
            // The end of time.
            r#"{"ts":9223372036854775807,"pm25":1}"#,
            // Beyond it.
            r#"{"ts":9223372036854775808,"pm25":1}"#,
            r#"{"ts":1.795418999e12,"pm25":1}"#,
        ],
        &expect![[r#"
            {"ts":1795505400000,"pm25":1}
              air-1 pm25=F64(1.0) at=1795505400000
            {"ts":12000,"pm25":1}
              air-1 pm25=F64(1.0) at=12000
            {"ts":"1970-01-01T00:00:12Z","pm25":1}
              air-1 pm25=F64(1.0) at=12000
            {"ts":-1,"pm25":1}
              air-1 pm25=F64(1.0) at=-1
            {"ts":9223372036854775807,"pm25":1}
              air-1 pm25=F64(1.0) at=9223372036854775807
            {"ts":9223372036854775808,"pm25":1}
              dead: bad_time: ts: the number 9223372036854775808 where a time belongs: milliseconds since 1970, or RFC 3339 like 2026-11-23T07:30:00Z
            {"ts":1.795418999e12,"pm25":1}
              air-1 pm25=F64(1.0) at=1795418999000
        "#]],
    );
}

#[test]
fn topics_that_lead_nowhere_say_why() {
    let decoder = town::decoder();
    let lines: Vec<String> = [
        "ioc/v1/tn/env/air/Trạm-Gia-Bảy/tele",
        "ioc/v1/hanoi/env/air/air-1/tele",
        "ioc/v1/tn/env/ari/air-1/tele",
        "ioc/v1/tn/wifi/ap/ap-1/tele/extra",
        "ioc/v1/tn/env/air/air-1",
        "ioc/v1/tn/env/air//tele",
        "ioc/v1/tn/env/air/air-1/telemetry",
        "ioc/v1/tn/env/air/air\u{7}1/tele",
        "zigbee2mqtt/kitchen",
        "",
        // Registered as an access point.
        "ioc/v1/tn/env/air/ap-1/tele",
    ]
    .iter()
    .map(|topic| {
        format!(
            "{topic:?}\n  {}\n",
            outcome(&decoder, topic, br#"{"pm25":1}"#, false)
        )
    })
    .collect();
    expect![[r#"
        "ioc/v1/tn/env/air/Trạm-Gia-Bảy/tele"
          Trạm-Gia-Bảy pm25=F64(1.0)
        "ioc/v1/hanoi/env/air/air-1/tele"
          dead: foreign_city: the topic is of city 'hanoi', this is 'tn'
        "ioc/v1/tn/env/ari/air-1/tele"
          dead: unknown_kind: the catalog has no kind 'env/ari'; is it 'env/air'?
        "ioc/v1/tn/wifi/ap/ap-1/tele/extra"
          dead: malformed_topic: the topic has 8 levels; it must read ioc/v1/tn/domain/kind/id/class
        "ioc/v1/tn/env/air/air-1"
          dead: malformed_topic: the topic has 6 levels; it must read ioc/v1/tn/domain/kind/id/class
        "ioc/v1/tn/env/air//tele"
          dead: malformed_topic: the asset's id is empty
        "ioc/v1/tn/env/air/air-1/telemetry"
          dead: malformed_topic: the topic ends in 'telemetry'; the classes are tele, state, event and lwt
        "ioc/v1/tn/env/air/air\u{7}1/tele"
          dead: malformed_topic: the asset's id holds a control character
        "zigbee2mqtt/kitchen"
          dead: malformed_topic: the topic does not begin with ioc/v1/tn/
        ""
          dead: malformed_topic: the topic does not begin with ioc/v1/tn/
        "ioc/v1/tn/env/air/ap-1/tele"
          dead: kind_mismatch: 'ap-1' is a wifi/ap, the topic says env/air
    "#]].assert_eq(&lines.concat());
}

#[test]
fn bytes_that_are_not_utf8_are_named_by_their_place() {
    let decoder = town::decoder();
    let payload = b"{\"pm25\":1,\"note\":\"\xff\xfe\"}";
    expect!["dead: invalid_utf8: not UTF-8 from byte 18 on"]
        .assert_eq(&outcome(&decoder, AIR, payload, false));
}

#[test]
fn deep_nesting_costs_neither_stack_nor_memory() {
    let decoder = town::decoder();
    let nested = |field: &str| {
        format!(
            r#"{{"pm25":1,"{field}":{}{}}}"#,
            "[".repeat(20_000),
            "]".repeat(20_000)
        )
    };
    let objects = format!(
        r#"{{"pm25":1,"x":{}1{}}}"#,
        r#"{"a":"#.repeat(5_000),
        "}".repeat(5_000)
    );
    let unended = format!(r#"{{"pm25":{}"#, "[".repeat(60_000));
    let lines = [
        nested("x"),
        nested("pm25"),
        objects,
        unended,
        "[".repeat(60_000),
    ]
    .map(|payload| outcome(&decoder, AIR, payload.as_bytes(), false) + "\n");
    expect![[r"
        dead: too_deep: nested more than 16 levels deep
        dead: wrong_type: pm25: a list where a number belongs
        dead: too_deep: nested more than 16 levels deep
        dead: malformed_json: pm25: EOF while parsing a list at line 1 column 60008
        dead: not_an_object: the payload is a list; an object of fields belongs there
    "]]
    .assert_eq(&lines.concat());
}

#[test]
fn ten_megabytes_are_refused_unread_and_kept_only_in_part() {
    let payload = vec![b'x'; 10_000_000];
    expect!["dead: too_large: 10000000 bytes; at most 65536 are allowed"].assert_eq(&outcome(
        &town::decoder(),
        AIR,
        &payload,
        false,
    ));
}

#[test]
fn duplicates_pass_because_telling_them_needs_the_live_state() {
    let decoder = town::decoder();
    let payload = br#"{"ts":1795418999000,"seq":7,"pm25":1}"#;
    let first = outcome(&decoder, AIR, payload, false);
    assert_eq!(first, outcome(&decoder, AIR, payload, false));
    assert_eq!(first, "air-1 pm25=F64(1.0) at=1795418999000 seq=7");
}

#[test]
fn a_retained_message_is_marked_and_its_deletion_ignored() {
    let decoder = town::decoder();
    let state = AIR.replace("tele", "state");
    assert_eq!(
        outcome(&decoder, &state, br#"{"pm25":1}"#, true),
        "air-1 pm25=F64(1.0) retained"
    );
    assert_eq!(outcome(&decoder, &state, b"", true), "ignored: Deletion");
    assert_eq!(outcome(&decoder, &state, b"", false), "ignored: Deletion");
}

#[test]
fn a_last_will_counts_for_the_run_it_belongs_to() {
    let decoder = town::decoder();
    let lwt = AIR.replace("tele", "lwt");
    let will = |payload: &str| outcome(&decoder, &lwt, payload.as_bytes(), false);
    assert_eq!(will("offline"), "air-1 offline");
    assert_eq!(will("\"Offline\""), "air-1 offline");
    assert_eq!(will("online"), "ignored: Online");
    outcome(&decoder, AIR, br#"{"boot":8,"pm25":1}"#, false);
    assert_eq!(will(r#"{"online":false,"boot":7}"#), "ignored: EarlierBoot");
    assert_eq!(will(r#"{"online":false,"boot":8}"#), "air-1 offline");
    assert!(will("gone").starts_with("dead: malformed_json: a last will says"));
    assert!(will(r#"{"online":1}"#).starts_with("dead: wrong_type: a last will says"));
}

#[test]
fn an_explosion_of_devices_ends_at_the_limit_and_leaves_the_registered_alone() {
    let decoder = town::decoder_with(Limits {
        unregistered_assets: 2,
        ..Limits::default()
    });
    let from = |id: &str| {
        outcome(
            &decoder,
            &format!("ioc/v1/tn/wifi/ap/{id}/tele"),
            br#"{"apState":"up"}"#,
            false,
        )
    };
    let lines: Vec<String> = ["x-1", "x-2", "x-3", "x-4", "x-1", "ap-1"]
        .map(|id| from(id) + "\n")
        .to_vec();
    expect![[r"
        x-1 apState=Symbol(0)
        x-2 apState=Symbol(0)
        dead: too_many_assets: 'x-3' is not in the registry, and 2 unregistered assets report already
        dead: too_many_assets: 'x-4' is not in the registry, and 2 unregistered assets report already
        x-1 apState=Symbol(0)
        ap-1 apState=Symbol(0)
    "]].assert_eq(&lines.concat());
}

#[test]
fn fields_the_kind_does_not_have_are_counted_by_kind() {
    let decoder = town::decoder();
    outcome(
        &decoder,
        AP,
        br#"{"apState":"up","firmware":1,"uptime":2}"#,
        false,
    );
    outcome(&decoder, AIR, br#"{"pm25":1,"pm10":2}"#, false);
    let mut counts = decoder.unknown_fields();
    counts.sort();
    assert_eq!(counts, [("env/air".into(), 1), ("wifi/ap".into(), 2)]);
}

proptest::proptest! {
    /// Whatever bytes come, on whatever topic: an outcome, never a panic.
    #[test]
    fn nothing_panics(topic in ".{0,60}", payload in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let decoder = town::decoder();
        outcome(&decoder, &topic, &payload, false);
        outcome(&decoder, AP, &payload, false);
    }

    /// The same for what is nearly right.
    #[test]
    fn nothing_panics_near_json(payload in r#"[{}\[\]",:0-9eE.tsqv +-]{0,60}"#) {
        outcome(&town::decoder(), AIR, payload.as_bytes(), false);
        outcome(&town::decoder(), AIR, format!(r#"{{"pm25":1,{payload}}}"#).as_bytes(), false);
    }
}
