//! Expression and bindings in, value out.

use std::fmt::Write as _;

use cel::Value;
use expect_test::{Expect, expect};

use crate::host::{Gauge, Values};

/// Evaluates each `expression | bindings` line and appends ` => value` to it.
fn check(lines: &str, expect: &Expect) {
    let mut out = String::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (source, bindings) = match line.strip_suffix(" |") {
            Some(source) => (source, ""),
            None => line.rsplit_once(" | ").unwrap_or((line, "")),
        };
        let shown = match cel::compile_value(source, &mut Gauge) {
            Ok(program) => shown(
                program.eval(&Values::new(bindings)),
                program.unit().map(|unit| &**unit),
            ),
            Err(problems) => cel::render(source, &problems),
        };
        let _ = writeln!(out, "{line} => {shown}");
    }
    expect.assert_eq(&out);
}

fn shown(value: Option<Value>, unit: Option<&str>) -> String {
    let text = match value {
        None => "unknown".to_owned(),
        Some(Value::Bool(value)) => value.to_string(),
        Some(Value::Int(value)) => value.to_string(),
        Some(Value::Double(value)) => format!("{value:?}"),
        Some(Value::String(text)) => format!("'{text}'"),
        Some(Value::Timestamp(at)) => at.to_string(),
        Some(Value::Duration(span)) => format!("{span}"),
        Some(other) => format!("{other:?}"),
    };
    match unit {
        Some(unit) => format!("{text} {unit}"),
        None => text,
    }
}

#[test]
fn comparisons_go_across_number_types_by_exact_value() {
    check(
        "
        height >= 27.0 | height=27
        height >= 27 | height=26.9
        27 <= height | height=27
        height != 27.0 | height=27
        clients > 2.5 | clients=3
        clients > 2.5 | clients=2
        clients == 3u | clients=3
        clients < 9007199254740993.0 | clients=9007199254740993
        clients == 18446744073709551615u | clients=-1
        ratio < clients | ratio=2.5 clients=3
        clients <= ratio | ratio=2.5 clients=3
        1 == 1.0 && 2u > 1 && 1.5 < 2u
        ",
        &expect![[r#"
            height >= 27.0 | height=27 => true
            height >= 27 | height=26.9 => false
            27 <= height | height=27 => true
            height != 27.0 | height=27 => false
            clients > 2.5 | clients=3 => true
            clients > 2.5 | clients=2 => false
            clients == 3u | clients=3 => true
            clients < 9007199254740993.0 | clients=9007199254740993 => false
            clients == 18446744073709551615u | clients=-1 => false
            ratio < clients | ratio=2.5 clients=3 => true
            clients <= ratio | ratio=2.5 clients=3 => false
            1 == 1.0 && 2u > 1 && 1.5 < 2u => true
        "#]],
    );
}

#[test]
fn unknown_is_neither_true_nor_false() {
    check(
        "
        height > 1.0 |
        !(height > 1.0) |
        height > 1.0 && false |
        height > 1.0 && ok | ok=false
        height > 1.0 && ok | ok=true
        height > 1.0 || ok | ok=true
        height > 1.0 || ok | ok=false
        ok && online && height > 1.0 | ok=true online=false
        ok ? 1.0 : 2.0 |
        ok ? height : 2.0 | ok=false
        has(height) |
        has(height) | height=1
        has(asset.bd1) && height > asset.bd1 | height=3
        has(ok && online) | ok=false
        height + 1.0 > 2.0 |
        apState == 'down' |
        apState in ['down', 'up'] |
        asset.name.startsWith('x') |
        now - at > duration('5m') | now=2026-03-01T08:00:00Z
        ",
        &expect![[r#"
            height > 1.0 | => unknown
            !(height > 1.0) | => unknown
            height > 1.0 && false | => false
            height > 1.0 && ok | ok=false => false
            height > 1.0 && ok | ok=true => unknown
            height > 1.0 || ok | ok=true => true
            height > 1.0 || ok | ok=false => unknown
            ok && online && height > 1.0 | ok=true online=false => false
            ok ? 1.0 : 2.0 | => unknown
            ok ? height : 2.0 | ok=false => 2.0 m
            has(height) | => false
            has(height) | height=1 => true
            has(asset.bd1) && height > asset.bd1 | height=3 => false
            has(ok && online) | ok=false => true
            height + 1.0 > 2.0 | => unknown
            apState == 'down' | => unknown
            apState in ['down', 'up'] | => unknown
            asset.name.startsWith('x') | => unknown
            now - at > duration('5m') | now=2026-03-01T08:00:00Z => unknown
        "#]],
    );
}

#[test]
fn what_has_no_value_is_unknown() {
    check(
        "
        height / pressure > 1.0 | height=1 pressure=0
        ratio * 1e308 > 0.0 | ratio=10
        clients / (clients - 3) > 0 | clients=3
        clients % (clients - 3) > 0 | clients=3
        clients + 1 > 0 | clients=9223372036854775807
        -clients < 0 | clients=-9223372036854775808
        int(ratio) > 0 | ratio=1e19
        clients / (clients - 3) > 0 || ok | clients=3 ok=true
        ",
        &expect![[r#"
            height / pressure > 1.0 | height=1 pressure=0 => unknown
            ratio * 1e308 > 0.0 | ratio=10 => unknown
            clients / (clients - 3) > 0 | clients=3 => unknown
            clients % (clients - 3) > 0 | clients=3 => unknown
            clients + 1 > 0 | clients=9223372036854775807 => unknown
            -clients < 0 | clients=-9223372036854775808 => unknown
            int(ratio) > 0 | ratio=1e19 => unknown
            clients / (clients - 3) > 0 || ok | clients=3 ok=true => true
        "#]],
    );
}

#[test]
fn arithmetic_keeps_types_and_units() {
    check(
        "
        height + 1.5 | height=1
        height - asset.bd1 | height=3 asset.bd1=1
        height * 2.0 | height=3
        height / asset.bd1 | height=3 asset.bd1=2
        -height | height=3
        unit(27.0, 'm') - height | height=26
        clients * 2 + 7 / 2 - 7 % 4 | clients=5
        double(clients) / 2.0 | clients=5
        int(height) | height=-2.9
        math.greatest(height, asset.bd1, 2.0) | height=1 asset.bd1=3
        math.least(ratio, 2.0) | ratio=1
        math.abs(height) | height=-3
        math.round(ratio) | ratio=-2.5
        ok ? height : 0.0 | ok=true height=2
        height.avg('1h') - height | height.avg=2 height=1
        limit + 0.5
        2 + 3 * 4 - -1
        -9223372036854775808
        ",
        &expect![[r#"
            height + 1.5 | height=1 => 2.5 m
            height - asset.bd1 | height=3 asset.bd1=1 => 2.0 m
            height * 2.0 | height=3 => 6.0 m
            height / asset.bd1 | height=3 asset.bd1=2 => 1.5
            -height | height=3 => -3.0 m
            unit(27.0, 'm') - height | height=26 => 1.0 m
            clients * 2 + 7 / 2 - 7 % 4 | clients=5 => 10
            double(clients) / 2.0 | clients=5 => 2.5
            int(height) | height=-2.9 => -2 m
            math.greatest(height, asset.bd1, 2.0) | height=1 asset.bd1=3 => 3.0 m
            math.least(ratio, 2.0) | ratio=1 => 1.0
            math.abs(height) | height=-3 => 3.0 m
            math.round(ratio) | ratio=-2.5 => -3.0
            ok ? height : 0.0 | ok=true height=2 => 2.0 m
            height.avg('1h') - height | height.avg=2 height=1 => 1.0 m
            limit + 0.5 => 27.0
            2 + 3 * 4 - -1 => 15
            -9223372036854775808 => -9223372036854775808
        "#]],
    );
}

#[test]
fn units_of_one_dimension_are_brought_to_one() {
    check(
        "
        height >= unit(2700.0, 'cm') | height=27
        height > unit(2700, 'cm') | height=26.99
        unit(0.02, 'km') < height | height=27
        pressure < unit(900.0, 'hPa') | pressure=0.8
        height + unit(50.0, 'cm') | height=1
        unit(50.0, 'cm') + unit(1.0, 'm')
        height / unit(50.0, 'cm') | height=1
        unit(height, 'cm') | height=1.5
        ok ? height : unit(30.0, 'cm') | ok=false
        math.greatest(height, unit(30.0, 'cm')) | height=0.1
        height in [unit(50.0, 'cm'), 2.0] | height=0.5
        unit(height, 'cm') > height | height=3
        ",
        &expect![[r#"
            height >= unit(2700.0, 'cm') | height=27 => true
            height > unit(2700, 'cm') | height=26.99 => false
            unit(0.02, 'km') < height | height=27 => true
            pressure < unit(900.0, 'hPa') | pressure=0.8 => true
            height + unit(50.0, 'cm') | height=1 => 1.5 m
            unit(50.0, 'cm') + unit(1.0, 'm') => 150.0 cm
            height / unit(50.0, 'cm') | height=1 => 2.0
            unit(height, 'cm') | height=1.5 => 150.0 cm
            ok ? height : unit(30.0, 'cm') | ok=false => 0.3 m
            math.greatest(height, unit(30.0, 'cm')) | height=0.1 => 0.3 m
            height in [unit(50.0, 'cm'), 2.0] | height=0.5 => true
            unit(height, 'cm') > height | height=3 => false
        "#]],
    );
}

#[test]
fn symbols_are_their_words() {
    check(
        "
        apState == 'down' | apState=down
        'down' != apState | apState=down
        apState in ['down', 'degraded'] | apState=degraded
        apState in [] | apState=up
        apState == before | apState=up before=up
        apState != before | apState=up before=down
        apState.startsWith('d') | apState=degraded
        apState == asset.name | apState=up asset.name=up
        apState + '!' | apState=up
        apState | apState=degraded
        ok ? apState : 'unseen' | ok=false
        ",
        &expect![[r#"
            apState == 'down' | apState=down => true
            'down' != apState | apState=down => false
            apState in ['down', 'degraded'] | apState=degraded => true
            apState in [] | apState=up => false
            apState == before | apState=up before=up => true
            apState != before | apState=up before=down => true
            apState.startsWith('d') | apState=degraded => true
            apState == asset.name | apState=up asset.name=up => true
            apState + '!' | apState=up => 'up!'
            apState | apState=degraded => 'degraded'
            ok ? apState : 'unseen' | ok=false => 'unseen'
        "#]],
    );
}

#[test]
fn texts_lists_and_logic() {
    check(
        r"
        asset.name.contains('gate') | asset.name=sluicegate-1
        asset.name.endsWith('-1') && asset.name.size() == 12 | asset.name=sluicegate-1
        asset.name.matches('^gate-[0-9]+$') | asset.name=gate-17
        apState.matches('^d') | apState=degraded
        size(asset.name) | asset.name=sông
        asset.name in ['b', 'a', 'c'] | asset.name=c
        asset.name in ['b', 'a'] | asset.name=c
        asset.name < 'b' | asset.name=a
        clients in [1, 2, 3] | clients=2
        height in [1, 2.5] | height=2.5
        height in [asset.bd1, 1.0] | height=2 asset.bd1=2
        1 in [1, 2]
        'abc'.contains('b') && size([1, 2]) == 2 && size(b'\xff') == 1
        ok == online | ok=true online=true
        ok != (height > 1.0) | ok=true height=0
        !ok ? 'bad' : 'good' | ok=true
        ok ? clients > 1 : online | ok=false online=true
        true || ok
        r'a\b' + '\x41\u1ec7\n' == 'a\\bA\u1ec7\n'
        ",
        &expect![[r#"
            asset.name.contains('gate') | asset.name=sluicegate-1 => true
            asset.name.endsWith('-1') && asset.name.size() == 12 | asset.name=sluicegate-1 => true
            asset.name.matches('^gate-[0-9]+$') | asset.name=gate-17 => true
            apState.matches('^d') | apState=degraded => true
            size(asset.name) | asset.name=sông => 4
            asset.name in ['b', 'a', 'c'] | asset.name=c => true
            asset.name in ['b', 'a'] | asset.name=c => false
            asset.name < 'b' | asset.name=a => true
            clients in [1, 2, 3] | clients=2 => true
            height in [1, 2.5] | height=2.5 => true
            height in [asset.bd1, 1.0] | height=2 asset.bd1=2 => true
            1 in [1, 2] => true
            'abc'.contains('b') && size([1, 2]) == 2 && size(b'\xff') == 1 => true
            ok == online | ok=true online=true => true
            ok != (height > 1.0) | ok=true height=0 => true
            !ok ? 'bad' : 'good' | ok=true => 'good'
            ok ? clients > 1 : online | ok=false online=true => true
            true || ok => true
            r'a\b' + '\x41\u1ec7\n' == 'a\\bA\u1ec7\n' => true
        "#]],
    );
}

#[test]
fn times_and_lengths_of_time() {
    check(
        "
        now - at > duration('5m') | now=2026-03-01T08:05:01Z at=2026-03-01T08:00:00Z
        now - at | now=2026-03-01T08:05:01Z at=2026-03-01T08:00:00Z
        at + duration('1h30m') | at=2026-03-01T08:00:00Z
        at - uptime | at=2026-03-01T08:00:00Z uptime=1d
        at < timestamp('2026-03-01T16:00:00+07:00') | at=2026-03-01T08:59:59Z
        uptime + duration('0.5s') | uptime=1s
        uptime.getMinutes() | uptime=90s
        uptime.getMilliseconds() | uptime=90s5ms
        at.getHours() * 100 + at.getHours('Asia/Ho_Chi_Minh') | at=2026-03-01T20:00:00Z
        at.getDayOfWeek('+07:00') == 1 | at=2026-03-01T20:00:00Z
        at.getFullYear() |
        (now - at).getSeconds() | now=2026-03-01T08:05:01.9Z at=2026-03-01T08:00:00Z
        duration('-1.5h') == duration('-90m')
        timestamp('2026-03-01T00:00:00Z') + duration('24h')
        duration('1h') - duration('1ms')
        ",
        &expect![[r#"
            now - at > duration('5m') | now=2026-03-01T08:05:01Z at=2026-03-01T08:00:00Z => true
            now - at | now=2026-03-01T08:05:01Z at=2026-03-01T08:00:00Z => PT5M1S
            at + duration('1h30m') | at=2026-03-01T08:00:00Z => 2026-03-01T09:30:00Z
            at - uptime | at=2026-03-01T08:00:00Z uptime=1d => 2026-02-28T08:00:00Z
            at < timestamp('2026-03-01T16:00:00+07:00') | at=2026-03-01T08:59:59Z => true
            uptime + duration('0.5s') | uptime=1s => PT1.5S
            uptime.getMinutes() | uptime=90s => 1
            uptime.getMilliseconds() | uptime=90s5ms => 5
            at.getHours() * 100 + at.getHours('Asia/Ho_Chi_Minh') | at=2026-03-01T20:00:00Z => 2003
            at.getDayOfWeek('+07:00') == 1 | at=2026-03-01T20:00:00Z => true
            at.getFullYear() | => unknown
            (now - at).getSeconds() | now=2026-03-01T08:05:01.9Z at=2026-03-01T08:00:00Z => 301
            duration('-1.5h') == duration('-90m') => true
            timestamp('2026-03-01T00:00:00Z') + duration('24h') => 2026-03-02T00:00:00Z
            duration('1h') - duration('1ms') => PT59M59.999S
        "#]],
    );
}

#[test]
fn a_program_tells_what_it_turns_on() {
    let atoms = |source: &str| {
        let program = cel::compile_bool(source, &mut Gauge).unwrap();
        let (atoms, slots) = (program.atoms(), program.slots());
        format!(
            "{source}\n  slots {slots:?} single {} others {:?}\n  {:?}\n",
            atoms.is_single, atoms.others, atoms.comparisons
        )
    };
    let out = [
        "27.0 <= height",
        "height >= unit(2700.0, 'cm')",
        "apState != 'up' && !(clients < 3 || ok)",
        "height > asset.bd1 && 1 < 2 && height > limit",
        "now - at > duration('5m') || now >= at + duration('1h') || duration('10s') < uptime",
        "now < timestamp('2026-03-01T08:00:00Z') ? ok : clients in [1, 2]",
        "false && ok || online",
    ]
    .map(atoms)
    .concat();
    expect![[r#"
        27.0 <= height
          slots [0] single true others []
          [Number { slot: 0, op: GreaterOrEqual, bound: 27.0 }]
        height >= unit(2700.0, 'cm')
          slots [0] single true others []
          [Number { slot: 0, op: GreaterOrEqual, bound: 27.0 }]
        apState != 'up' && !(clients < 3 || ok)
          slots [4, 5, 7] single false others []
          [Symbol { slot: 7, word: 0, equal: false }, Int { slot: 4, op: Less, bound: 3 }, Bool { slot: 5 }]
        height > asset.bd1 && 1 < 2 && height > limit
          slots [0, 1] single false others [0, 1]
          [Number { slot: 0, op: Greater, bound: 26.5 }]
        now - at > duration('5m') || now >= at + duration('1h') || duration('10s') < uptime
          slots [10, 11, 12] single false others []
          [Elapsed { later: 11, earlier: 10, op: Greater, bound: 5m }, Elapsed { later: 11, earlier: 10, op: GreaterOrEqual, bound: 1h }, Span { slot: 12, op: Greater, bound: 10s }]
        now < timestamp('2026-03-01T08:00:00Z') ? ok : clients in [1, 2]
          slots [4, 5, 11] single false others [4]
          [Time { slot: 11, op: Less, bound: 1772352000000ms }, Bool { slot: 5 }]
        false && ok || online
          slots [6] single true others []
          [Bool { slot: 6 }]
    "#]].assert_eq(&out);
}

#[test]
fn times_outside_the_calendar_are_unknown() {
    check(
        "
        at + uptime > at | at=9999-12-30T12:00:00Z uptime=36h
        at - uptime < at | at=0001-01-01T00:00:59Z uptime=1m
        now - at > uptime | now=2026-01-01T00:00:00Z at=1600-01-01T00:00:00Z uptime=1m
        uptime + uptime > uptime | uptime=157788000000001s
        at + uptime > at | at=9999-12-30T12:00:00Z uptime=35h
        ",
        &expect![[r"
            at + uptime > at | at=9999-12-30T12:00:00Z uptime=36h => unknown
            at - uptime < at | at=0001-01-01T00:00:59Z uptime=1m => unknown
            now - at > uptime | now=2026-01-01T00:00:00Z at=1600-01-01T00:00:00Z uptime=1m => unknown
            uptime + uptime > uptime | uptime=157788000000001s => unknown
            at + uptime > at | at=9999-12-30T12:00:00Z uptime=35h => true
        "]],
    );
}

/// Each line tells a part of the compiler from its neighbour: without it the one may stand in the place of the other.
#[test]
fn where_a_neighbouring_part_would_show() {
    check(
        "
        math.ceil(height) | height=2.5
        math.floor(height) | height=2.5
        math.trunc(height) | height=-2.5
        math.floor(2.5) |
        double(height) | height=2.5
        double(3) |
        -limit |
        apState == before | apState=up before=up
        apState == before | apState=up before=down
        apState != before | apState=up before=down
        'down' == apState | apState=down
        'down' != apState | apState=down
        'down' < apState | apState=up
        apState < before | apState=up before=down
        asset.name.startsWith('Cau') | asset.name=Gia
        asset.name.endsWith('Bay') | asset.name=Gia
        asset.name.contains('a B') | asset.name=Gia
        height * height | height=2
        height * 2.0 | height=2
        unit(2700, 'cm') < height | height=27.5
        unit(20.0, 'Cel') < height |
        unit(20.0, 'bar') < height |
        unit(2, 'km') < height | height=2500
        unit(clients, 'cm') < height | clients=2700 height=27.5
        unit(2.0, 'km/h') |
        height * unit(2.0, 'cm') | height=2
        at - duration('5m') | at=2026-01-05T00:00:00Z
        at - uptime | at=2026-01-05T00:00:00Z uptime=5m
        now - at | at=2026-01-05T00:00:00Z now=2026-01-05T00:05:00Z
        height.size() |
        height == unit(2700, 'cm') | height=27
        height == unit(2, 'km') | height=2000
        height > unit(clients, 'cm') | clients=2700 height=27.5
        uptime - duration('1m') | uptime=5m
        apState == mode | apState=up mode=up
        apState == mode | apState=up mode=manual
        ratio == 9007199254740993 | ratio=9007199254740992
        'a' < 1 |
        height / 2.0 | height=3
        height / height | height=3
        unit(2.0, 'cm/h') |
        int(clients) | clients=3
        asset.name + clients |
        height > 5sec |
        at + duration('1500us') > now |
        at > timestamp('2026-01-05T01:00:00.1234Z') |
        ",
        &expect![[r#"
            math.ceil(height) | height=2.5 => 3.0 m
            math.floor(height) | height=2.5 => 2.0 m
            math.trunc(height) | height=-2.5 => -2.0 m
            math.floor(2.5) | => 2.0
            double(height) | height=2.5 => 2.5 m
            double(3) | => 3.0
            -limit | => -26.5
            apState == before | apState=up before=up => true
            apState == before | apState=up before=down => false
            apState != before | apState=up before=down => true
            'down' == apState | apState=down => true
            'down' != apState | apState=down => false
            'down' < apState | apState=up => cel-type: `'down'` is a string and `apState` is a symbol: `<` does not compare them
              'down' < apState
              ^^^^^^^^^^^^^^^^

            apState < before | apState=up before=down => cel-type: `apState` is a symbol and `before` is a symbol: `<` does not compare them
              apState < before
              ^^^^^^^^^^^^^^^^

            asset.name.startsWith('Cau') | asset.name=Gia => false
            asset.name.endsWith('Bay') | asset.name=Gia => false
            asset.name.contains('a B') | asset.name=Gia => false
            height * height | height=2 => 4.0
            height * 2.0 | height=2 => 4.0 m
            unit(2700, 'cm') < height | height=27.5 => true
            unit(20.0, 'Cel') < height | => cel-unit: `unit(20.0, 'Cel')` is in Cel and `height` is in m: different units do not meet
              unit(20.0, 'Cel') < height
              ^^^^^^^^^^^^^^^^^^^^^^^^^^
              help: write both in one unit, such as unit(1.0, 'Cel')

            unit(20.0, 'bar') < height | => cel-unit: `unit(20.0, 'bar')` is in bar and `height` is in m: different units do not meet
              unit(20.0, 'bar') < height
              ^^^^^^^^^^^^^^^^^^^^^^^^^^
              help: bar measures a pressure and m a length: write a pressure in both places, such as unit(1.0, 'bar')

            unit(2, 'km') < height | height=2500 => true
            unit(clients, 'cm') < height | clients=2700 height=27.5 => true
            unit(2.0, 'km/h') | => 2.0 km/h
            height * unit(2.0, 'cm') | height=2 => 4.0
            at - duration('5m') | at=2026-01-05T00:00:00Z => 2026-01-04T23:55:00Z
            at - uptime | at=2026-01-05T00:00:00Z uptime=5m => 2026-01-04T23:55:00Z
            now - at | at=2026-01-05T00:00:00Z now=2026-01-05T00:05:00Z => PT5M
            height.size() | => cel-arguments: `height` is a double; only texts, bytes and lists have a size
              height.size()
              ^^^^^^

            height == unit(2700, 'cm') | height=27 => true
            height == unit(2, 'km') | height=2000 => true
            height > unit(clients, 'cm') | clients=2700 height=27.5 => true
            uptime - duration('1m') | uptime=5m => PT4M
            apState == mode | apState=up mode=up => true
            apState == mode | apState=up mode=manual => false
            ratio == 9007199254740993 | ratio=9007199254740992 => true
            'a' < 1 | => cel-type: `'a' < 1` has no value: no such overload: string < int
              'a' < 1
              ^^^^^^^

            height / 2.0 | height=3 => 1.5 m
            height / height | height=3 => 1.0
            unit(2.0, 'cm/h') | => 2.0 cm/h
            int(clients) | clients=3 => 3
            asset.name + clients | => cel-type: `asset.name` is a string and `clients` is an int: `+` is not defined for them
              asset.name + clients
              ^^^^^^^^^^^^^^^^^^^^

            height > 5sec | => cel-literal: `5sec` is not a number
              height > 5sec
                       ^^^^
              help: a length of time stands in quotes: `pm25.avg('5s')`, `duration('5s')`; a number with its unit is `unit(5, 'sec')`

            at + duration('1500us') > now | => cel-literal: '1500us' is finer than a millisecond, in which rules count
              at + duration('1500us') > now
                            ^^^^^^^^
              help: write numbers with h, m, s or ms: '1h30m', '90s'; a day is '24h'

            at > timestamp('2026-01-05T01:00:00.1234Z') | => cel-literal: '2026-01-05T01:00:00.1234Z' is finer than a millisecond, in which rules count
              at > timestamp('2026-01-05T01:00:00.1234Z')
                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^
              help: write date, time and zone: '2026-03-01T08:00:00+07:00'

        "#]],
    );
}
