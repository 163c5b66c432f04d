//! Any CEL expression with bound values in, type and canonical literal out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cel::Value;
use expect_test::{Expect, expect};

/// Names bound to the values of CEL literals, from `x=1u, y='a'`.
pub(crate) fn bound(bindings: &str) -> BTreeMap<String, Value> {
    let binding = |binding: &str| {
        let (name, literal) = binding.trim().split_once('=').unwrap();
        (
            name.to_owned(),
            evaluated(literal, &BTreeMap::new()).unwrap(),
        )
    };
    bindings
        .split(';')
        .filter(|part| !part.trim().is_empty())
        .map(binding)
        .collect()
}

pub(crate) fn evaluated(source: &str, bindings: &BTreeMap<String, Value>) -> Result<Value, String> {
    let expr = cel::parse(source).map_err(|problems| cel::render(source, &problems))?;
    expr.eval(bindings).map_err(|error| error.to_string())
}

/// Evaluates each `expression | bindings` line and appends its type and value.
pub(crate) fn check(lines: &str, expect: &Expect) {
    let mut out = String::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (source, bindings) = line.rsplit_once(" | ").unwrap_or((line, ""));
        let shown = match evaluated(source, &bound(bindings)) {
            Ok(value) => format!("{} {value}", value.type_name()),
            Err(error) => format!("error: {error}"),
        };
        let _ = writeln!(out, "{line} => {shown}");
    }
    expect.assert_eq(&out);
}

#[test]
fn literals_print_as_they_are_read() {
    let literals = [
        "null",
        "true",
        "-5",
        "5u",
        "2.5",
        "1.0",
        "1e30",
        "-0.0",
        r#""a\"b\\\n\u0001ệ""#,
        r#"b"\x00\xffz\"""#,
        "[1, 2u, []]",
        r#"{true: 1, -1: null, 2u: "b", "k": {}}"#,
        "int",
        "google.protobuf.Timestamp",
        "null_type",
        r#"timestamp("2026-03-01T01:00:00.5Z")"#,
        r#"duration("-1.5s")"#,
        r#"double("NaN")"#,
        r#"double("-Infinity")"#,
    ];
    for literal in literals {
        let shown = evaluated(literal, &BTreeMap::new()).unwrap().to_string();
        assert_eq!(shown, literal);
        assert_eq!(
            evaluated(&shown, &BTreeMap::new()).unwrap().to_string(),
            shown
        );
    }
}

#[test]
fn grammar() {
    check(
        r#"
        1 + 2 * 3 - 4 / 2 % 3
        -2 - -2 - 1
        !!true && !false
        --x | x=5
        true ? false ? 1 : 2 : 3
        true ? 1 : false ? 2 : 3
        1 < 2 == true
        1 in [1] == true
        [1, 2,][1] + {'a': 1,}.a
        {'a': {'b': [1, 2]}}.a.b[1]
        {'in': 1, 'if': 2}.if
        {'a-b': 1}.`a-b`
        .x + x | x=1
        """a"b'c""" + '''d'e''' + r"\n" + R'\'
        '\x41\101\u0041\U00000041\a\?\`'
        b'\x41\101ệ' + br'\x'
        '\ud800'
        b'\u0041'
        0x1F + 0XfF - -0x8000000000000000 / 2
        0x1Fu + 7U
        .5 + 1e3 + 1.5E-1
        x.y.z[0].w | x={'y': {'z': [{'w': 7}]}}
        true || false && false
        1 // a comment
        if
        x{a: 1}
        "#,
        &expect![[r#"
            1 + 2 * 3 - 4 / 2 % 3 => int 5
            -2 - -2 - 1 => int -1
            !!true && !false => bool true
            --x | x=5 => int 5
            true ? false ? 1 : 2 : 3 => error: cel-syntax: `?` stands where `:` should be
              true ? false ? 1 : 2 : 3
                           ^
            cel-syntax: `:` stands where the end of the expression should be
              true ? false ? 1 : 2 : 3
                                   ^

            true ? 1 : false ? 2 : 3 => int 1
            1 < 2 == true => bool true
            1 in [1] == true => bool true
            [1, 2,][1] + {'a': 1,}.a => int 3
            {'a': {'b': [1, 2]}}.a.b[1] => int 2
            {'in': 1, 'if': 2}.if => int 2
            {'a-b': 1}.`a-b` => int 1
            .x + x | x=1 => int 2
            """a"b'c""" + '''d'e''' + r"\n" + R'\' => string "a\"b'cd'e\\n\\"
            '\x41\101\u0041\U00000041\a\?\`' => string "AAAA\u0007?`"
            b'\x41\101ệ' + br'\x' => bytes b"AA\xe1\xbb\x87\\x"
            '\ud800' => error: cel-literal: `\ud800` is not an escape
              '\ud800'
              ^^^^^^^^
              help: write a backslash as `\\`, or put `r` before the quote

            b'\u0041' => error: cel-literal: `\u0041` is not an escape
              b'\u0041'
              ^^^^^^^^^
              help: write a backslash as `\\`, or put `r` before the quote

            0x1F + 0XfF - -0x8000000000000000 / 2 => int 4611686018427388190
            0x1Fu + 7U => uint 38u
            .5 + 1e3 + 1.5E-1 => double 1000.65
            x.y.z[0].w | x={'y': {'z': [{'w': 7}]}} => int 7
            true || false && false => bool true
            1 // a comment => int 1
            if => error: cel-syntax: `if` is a reserved word
              if
              ^^

            x{a: 1} => error: cel-syntax: `{` stands where the end of the expression should be
              x{a: 1}
               ^

        "#]],
    );
}

#[test]
fn arithmetic_overflow_and_mixing() {
    check(
        "
        x + 1 | x=1u
        x + 1u | x=1u
        9223372036854775807 + 1
        -(-9223372036854775808)
        0u - 1u
        18446744073709551615u + 1u
        7 / 2 * 2 + 7 % 2
        -7 / 2
        -7 % 2
        1 / 0
        1 % 0
        1.0 / 0.0
        -1.0 / 0.0
        0.0 / 0.0 == 0.0 / 0.0
        5.0 % 2.0
        'a' + 'b' + string(3)
        b'a' + b'\\xff'
        [1] + [2.0] + []
        'a' + 1
        -'a'
        !1
        ",
        &expect![[r#"
            x + 1 | x=1u => error: no such overload: uint + int
            x + 1u | x=1u => uint 2u
            9223372036854775807 + 1 => error: int overflow: 9223372036854775807 + 1
            -(-9223372036854775808) => error: int overflow
            0u - 1u => error: uint overflow: 0u - 1u
            18446744073709551615u + 1u => error: uint overflow: 18446744073709551615u + 1u
            7 / 2 * 2 + 7 % 2 => int 7
            -7 / 2 => int -3
            -7 % 2 => int -1
            1 / 0 => error: division by zero
            1 % 0 => error: modulus by zero
            1.0 / 0.0 => double double("Infinity")
            -1.0 / 0.0 => double double("-Infinity")
            0.0 / 0.0 == 0.0 / 0.0 => bool false
            5.0 % 2.0 => error: no such overload: double % double
            'a' + 'b' + string(3) => string "ab3"
            b'a' + b'\xff' => bytes b"a\xff"
            [1] + [2.0] + [] => list [1, 2.0]
            'a' + 1 => error: no such overload: string + int
            -'a' => error: no such overload: -string
            !1 => error: no such overload: int as a condition
        "#]],
    );
}

#[test]
fn equality_and_order() {
    check(
        "
        1 == 1.0 && 1u == 1 && 1.0 == 1u
        1 == '1'
        null == 0
        [1, 2u] == [1.0, 2]
        {'a': 1} == {'a': 1u}
        {1: 'a'} == {1u: 'a'}
        1 < 1.5 && 2u > 1 && -1 < 0u
        9007199254740993 == 9007199254740992.0
        9223372036854775807 < 9223372036854775808.0
        'a' < 'b' && b'a' < b'b' && false < true
        'a' < 1
        double('NaN') < 1.0 || double('NaN') >= 1.0
        timestamp('2026-03-01T00:00:00Z') < timestamp('2026-03-01T00:00:01+00:00')
        type(1) == int && type(type(1)) == type
        type({}) != map
        [1] < [2]
        ",
        &expect![[r#"
            1 == 1.0 && 1u == 1 && 1.0 == 1u => bool true
            1 == '1' => bool false
            null == 0 => bool false
            [1, 2u] == [1.0, 2] => bool true
            {'a': 1} == {'a': 1u} => bool true
            {1: 'a'} == {1u: 'a'} => bool true
            1 < 1.5 && 2u > 1 && -1 < 0u => bool true
            9007199254740993 == 9007199254740992.0 => bool true
            9223372036854775807 < 9223372036854775808.0 => bool false
            'a' < 'b' && b'a' < b'b' && false < true => bool true
            'a' < 1 => error: no such overload: string < int
            double('NaN') < 1.0 || double('NaN') >= 1.0 => bool false
            timestamp('2026-03-01T00:00:00Z') < timestamp('2026-03-01T00:00:01+00:00') => bool true
            type(1) == int && type(type(1)) == type => bool true
            type({}) != map => bool false
            [1] < [2] => error: no such overload: list < list
        "#]],
    );
}

#[test]
fn logic_absorbs_errors() {
    check(
        "
        true || 1 / 0 > 1
        1 / 0 > 1 || true
        1 / 0 > 1 && false
        false || 1 / 0 > 1
        true && x
        1 || true
        'x' && true
        true ? 1 : 1 / 0
        1 ? 2 : 3
        [1, 0, 2].exists(x, 4 / x == 2)
        [1, 0].exists(x, 4 / x == 3)
        [0, 1].all(x, 4 / x == 3)
        [0, 1].exists_one(x, 4 / x == 4)
        ",
        &expect![[r#"
            true || 1 / 0 > 1 => bool true
            1 / 0 > 1 || true => bool true
            1 / 0 > 1 && false => bool false
            false || 1 / 0 > 1 => error: division by zero
            true && x => error: undeclared reference to 'x'
            1 || true => bool true
            'x' && true => error: no such overload: string as a condition
            true ? 1 : 1 / 0 => int 1
            1 ? 2 : 3 => error: no such overload: int as a condition
            [1, 0, 2].exists(x, 4 / x == 2) => bool true
            [1, 0].exists(x, 4 / x == 3) => error: division by zero
            [0, 1].all(x, 4 / x == 3) => bool false
            [0, 1].exists_one(x, 4 / x == 4) => error: division by zero
        "#]],
    );
}

#[test]
fn lists_maps_and_macros() {
    check(
        "
        [1, 2, 3][1]
        [1, 2, 3][1u] + [1, 2, 3][2.0]
        [1][1]
        [1][-1]
        [1]['a']
        {'a': 1}['a'] + {'a': 1}.a
        {'a': 1}.b
        {1: 'x'}[1u] + {1u: 'x'}[1.0]
        {'a': 1, 'a': 2}
        {1: 1, 1u: 2}
        {1.5: 1}
        2 in [1, 2.0] && 'a' in {'a': 1} && !(3u in {1: 1})
        1 in 'abc'
        has({'a': 1}.a) && !has({'a': 1}.b)
        has(x.a.b) | x={'a': {'b': 1}}
        has(x) | x=1
        has(x.y) | x=1
        [1, 2, 3].map(x, x * 2)
        [1, 2, 3].map(x, x > 1, x * 2)
        [1, 2, 3].filter(x, x > 1)
        {'a': 1, 'b': 2}.map(k, k)
        [[1], [2, 3]].map(xs, xs.map(x, x + size(xs)))
        [1, 2].all(x, x > 0) && ![].exists(x, true) && [].all(x, false)
        cel.bind(y, 2, y * y)
        x.map(x, x + 1) | x=[1]
        1.map(x, x)
        [1].map(1, 2)
        size('sông') + size([1]) + size({}) + size(b'ab') + 'ab'.size()
        a.b.c + a.b | a.b=2; a.b.c=3
        ",
        &expect![[r#"
            [1, 2, 3][1] => int 2
            [1, 2, 3][1u] + [1, 2, 3][2.0] => int 5
            [1][1] => error: index out of range: 1
            [1][-1] => error: index out of range: -1
            [1]['a'] => error: no such overload: list [] string
            {'a': 1}['a'] + {'a': 1}.a => int 2
            {'a': 1}.b => error: no such key: b
            {1: 'x'}[1u] + {1u: 'x'}[1.0] => string "xx"
            {'a': 1, 'a': 2} => error: invalid argument: the key 'a' is repeated
            {1: 1, 1u: 2} => error: invalid argument: the key 1u is repeated
            {1.5: 1} => error: invalid argument: a double is no key of a map; a bool, an int, a uint or a string is
            2 in [1, 2.0] && 'a' in {'a': 1} && !(3u in {1: 1}) => bool true
            1 in 'abc' => error: no such overload: int in string
            has({'a': 1}.a) && !has({'a': 1}.b) => bool true
            has(x.a.b) | x={'a': {'b': 1}} => bool true
            has(x) | x=1 => error: invalid argument: has() takes a field: has(a.b)
            has(x.y) | x=1 => error: no such overload: has(int.y)
            [1, 2, 3].map(x, x * 2) => list [2, 4, 6]
            [1, 2, 3].map(x, x > 1, x * 2) => list [4, 6]
            [1, 2, 3].filter(x, x > 1) => list [2, 3]
            {'a': 1, 'b': 2}.map(k, k) => list ["a", "b"]
            [[1], [2, 3]].map(xs, xs.map(x, x + size(xs))) => list [[2], [4, 5]]
            [1, 2].all(x, x > 0) && ![].exists(x, true) && [].all(x, false) => bool true
            cel.bind(y, 2, y * y) => int 4
            x.map(x, x + 1) | x=[1] => list [2]
            1.map(x, x) => error: no such overload: elements of int
            [1].map(1, 2) => error: invalid argument: `1` is not a variable name
            size('sông') + size([1]) + size({}) + size(b'ab') + 'ab'.size() => int 9
            a.b.c + a.b | a.b=2; a.b.c=3 => int 5
        "#]],
    );
}

#[test]
fn conversions() {
    check(
        "
        int(-2.9) + int(5u) + int('-7') + int(timestamp('1970-01-01T00:01:00Z'))
        int(1e19)
        int(9223372036854775807.0)
        int('x')
        uint(-1)
        uint(2.9) + uint('3')
        double('1e3') + double(1u)
        string(1.0) + ' ' + string(-0.0045) + ' ' + string(6.02214e23) + ' ' + string(1.38e-23) + ' ' + string(123.456)
        string(true) + string(1u) + string(b'abc') + string(duration('1.5h')) + string(timestamp('2026-03-01T00:00:00+07:00'))
        string(b'\\xff')
        string([1])
        bytes('ệ')
        bool('true') && !bool('0')
        bool('yes')
        timestamp(0)
        timestamp('9999-12-31T23:59:59.999999999Z')
        timestamp('0001-01-01T00:00:00Z')
        timestamp('0000-12-31T23:59:59Z')
        timestamp('2026-02-30T00:00:00Z')
        timestamp('2026-03-01 00:00:00Z')
        duration('1h1m1s1ms1us1ns')
        duration('-0.000000001s')
        duration('315576000001s')
        dyn(1) + 1
        int(null)
        int()
        nope(1)
        ",
        &expect![[r#"
            int(-2.9) + int(5u) + int('-7') + int(timestamp('1970-01-01T00:01:00Z')) => int 56
            int(1e19) => error: 1e19 cannot be converted to int
            int(9223372036854775807.0) => error: 9.223372036854776e18 cannot be converted to int
            int('x') => error: "x" cannot be converted to int
            uint(-1) => error: -1 cannot be converted to uint
            uint(2.9) + uint('3') => uint 5u
            double('1e3') + double(1u) => double 1001.0
            string(1.0) + ' ' + string(-0.0045) + ' ' + string(6.02214e23) + ' ' + string(1.38e-23) + ' ' + string(123.456) => string "1 -0.0045 6.02214e+23 1.38e-23 123.456"
            string(true) + string(1u) + string(b'abc') + string(duration('1.5h')) + string(timestamp('2026-03-01T00:00:00+07:00')) => string "true1abc5400s2026-02-28T17:00:00Z"
            string(b'\xff') => error: b"\xff" cannot be converted to string
            string([1]) => error: [1] cannot be converted to string
            bytes('ệ') => bytes b"\xe1\xbb\x87"
            bool('true') && !bool('0') => bool true
            bool('yes') => error: "yes" cannot be converted to bool
            timestamp(0) => google.protobuf.Timestamp timestamp("1970-01-01T00:00:00Z")
            timestamp('9999-12-31T23:59:59.999999999Z') => google.protobuf.Timestamp timestamp("9999-12-31T23:59:59.999999999Z")
            timestamp('0001-01-01T00:00:00Z') => google.protobuf.Timestamp timestamp("0001-01-01T00:00:00Z")
            timestamp('0000-12-31T23:59:59Z') => error: "0000-12-31T23:59:59Z" cannot be converted to timestamp
            timestamp('2026-02-30T00:00:00Z') => error: "2026-02-30T00:00:00Z" cannot be converted to timestamp
            timestamp('2026-03-01 00:00:00Z') => error: "2026-03-01 00:00:00Z" cannot be converted to timestamp
            duration('1h1m1s1ms1us1ns') => google.protobuf.Duration duration("3661.001001001s")
            duration('-0.000000001s') => google.protobuf.Duration duration("-0.000000001s")
            duration('315576000001s') => error: "315576000001s" cannot be converted to duration
            dyn(1) + 1 => int 2
            int(null) => error: no such overload: int(null_type)
            int() => error: no such overload: int()
            nope(1) => error: undeclared reference to 'nope'
        "#]],
    );
}

#[test]
fn times() {
    check(
        "
        timestamp('2026-03-01T00:00:00Z') + duration('1m') - timestamp('2026-03-01T00:00:00Z')
        timestamp('9999-12-31T23:59:59Z') + duration('1s')
        timestamp('0001-01-01T00:00:00Z') - duration('1ns')
        duration('200000000000s') + duration('200000000000s')
        timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')
        t.getFullYear() * 10000 + t.getMonth() * 100 + t.getDate() | t=timestamp('2009-02-13T23:31:30.123Z')
        t.getDayOfWeek() * 1000 + t.getDayOfYear() * 10 + t.getDayOfMonth() | t=timestamp('2009-02-13T23:31:30.123Z')
        t.getHours() * 10000 + t.getMinutes() * 100 + t.getSeconds() | t=timestamp('2009-02-13T23:31:30.123Z')
        t.getMilliseconds() | t=timestamp('2009-02-13T23:31:30.123Z')
        t.getHours('Asia/Ho_Chi_Minh') * 100 + t.getHours('-08:00') | t=timestamp('2009-02-13T23:31:30Z')
        t.getDate('+02:00') | t=timestamp('2009-02-13T23:31:30Z')
        t.getHours('Mars/Olympus') | t=timestamp('2009-02-13T23:31:30Z')
        d.getHours() * 1000000 + d.getMinutes() * 1000 + d.getMilliseconds() | d=duration('90m0.25s')
        d.getDate() | d=duration('1s')
        ",
        &expect![[r#"
            timestamp('2026-03-01T00:00:00Z') + duration('1m') - timestamp('2026-03-01T00:00:00Z') => google.protobuf.Duration duration("60s")
            timestamp('9999-12-31T23:59:59Z') + duration('1s') => error: timestamp overflow: timestamp("9999-12-31T23:59:59Z") + duration("1s")
            timestamp('0001-01-01T00:00:00Z') - duration('1ns') => error: timestamp overflow: timestamp("0001-01-01T00:00:00Z") - duration("0.000000001s")
            duration('200000000000s') + duration('200000000000s') => error: duration overflow: duration("200000000000s") + duration("200000000000s")
            timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z') => error: duration overflow: timestamp("9999-12-31T23:59:59Z") - timestamp("0001-01-01T00:00:00Z")
            t.getFullYear() * 10000 + t.getMonth() * 100 + t.getDate() | t=timestamp('2009-02-13T23:31:30.123Z') => int 20090113
            t.getDayOfWeek() * 1000 + t.getDayOfYear() * 10 + t.getDayOfMonth() | t=timestamp('2009-02-13T23:31:30.123Z') => int 5442
            t.getHours() * 10000 + t.getMinutes() * 100 + t.getSeconds() | t=timestamp('2009-02-13T23:31:30.123Z') => int 233130
            t.getMilliseconds() | t=timestamp('2009-02-13T23:31:30.123Z') => int 123
            t.getHours('Asia/Ho_Chi_Minh') * 100 + t.getHours('-08:00') | t=timestamp('2009-02-13T23:31:30Z') => int 615
            t.getDate('+02:00') | t=timestamp('2009-02-13T23:31:30Z') => int 14
            t.getHours('Mars/Olympus') | t=timestamp('2009-02-13T23:31:30Z') => error: invalid argument: there is no time zone 'Mars/Olympus'; write an IANA name or an offset: 'Asia/Ho_Chi_Minh', '+07:00'
            d.getHours() * 1000000 + d.getMinutes() * 1000 + d.getMilliseconds() | d=duration('90m0.25s') => int 1090250
            d.getDate() | d=duration('1s') => error: no such overload: google.protobuf.Duration.getDate()
        "#]],
    );
}

#[test]
fn strings_and_math() {
    check(
        r"
        'sluice'.startsWith('slu') && 'gate'.endsWith('e') && 'gate'.contains('at')
        'gate-7'.matches('^gate-[0-9]+$') && matches('xay', 'a')
        'a'.matches('(')
        'sông'.charAt(1) + 'sông'.substring(1, 3) + 'abc'.substring(1)
        'abc'.substring(2, 1)
        'abc'.charAt(3)
        'tacocat'.indexOf('ac') * 100 + 'tacocat'.lastIndexOf('c') * 10 + 'sông'.indexOf('g', 2)
        'abc'.indexOf('z') + 'abc'.lastIndexOf('a', 0) + 'abc'.lastIndexOf('')
        'a-b-c'.replace('-', '+') + 'a-b-c'.replace('-', '', 1)
        'a,b,c'.split(',') + 'a,b,c'.split(',', 2) + 'abc'.split('') + 'abc'.split(',', 0)
        ['a', 'b'].join('-') + [].join()
        [1].join()
        ' x '.trim() + 'AbC'.lowerAscii() + 'AbC'.upperAscii() + 'abc'.reverse()
        strings.quote('a\nb')
        math.greatest(1, 2.5, 2u) + math.least([3.5, 4.5])
        math.greatest()
        math.abs(-2) + math.sign(-5) + math.bitAnd(6, 3) + math.bitShiftLeft(1, 3)
        math.round(-2.5) + math.ceil(1.2) + math.floor(-1.2) + math.trunc(2.9) + math.sqrt(4.0)
        math.isNaN(0.0 / 0.0) && math.isInf(1.0 / 0.0) && !math.isFinite(1.0 / 0.0)
        math.abs(-9223372036854775808)
        math.bitShiftRight(-1, 60)
        1.startsWith('a')
        ",
        &expect![[r#"
            'sluice'.startsWith('slu') && 'gate'.endsWith('e') && 'gate'.contains('at') => bool true
            'gate-7'.matches('^gate-[0-9]+$') && matches('xay', 'a') => bool true
            'a'.matches('(') => error: invalid argument: the pattern '(' cannot be read: unclosed group
            'sông'.charAt(1) + 'sông'.substring(1, 3) + 'abc'.substring(1) => string "ôônbc"
            'abc'.substring(2, 1) => error: index out of range: 2..1
            'abc'.charAt(3) => string ""
            'tacocat'.indexOf('ac') * 100 + 'tacocat'.lastIndexOf('c') * 10 + 'sông'.indexOf('g', 2) => int 143
            'abc'.indexOf('z') + 'abc'.lastIndexOf('a', 0) + 'abc'.lastIndexOf('') => int 2
            'a-b-c'.replace('-', '+') + 'a-b-c'.replace('-', '', 1) => string "a+b+cab-c"
            'a,b,c'.split(',') + 'a,b,c'.split(',', 2) + 'abc'.split('') + 'abc'.split(',', 0) => list ["a", "b", "c", "a", "b,c", "a", "b", "c"]
            ['a', 'b'].join('-') + [].join() => string "a-b"
            [1].join() => error: no such overload: join of int
            ' x '.trim() + 'AbC'.lowerAscii() + 'AbC'.upperAscii() + 'abc'.reverse() => string "xabcABCcba"
            strings.quote('a\nb') => string "\"a\\nb\""
            math.greatest(1, 2.5, 2u) + math.least([3.5, 4.5]) => double 6.0
            math.greatest() => error: no such overload: math.greatest()
            math.abs(-2) + math.sign(-5) + math.bitAnd(6, 3) + math.bitShiftLeft(1, 3) => int 11
            math.round(-2.5) + math.ceil(1.2) + math.floor(-1.2) + math.trunc(2.9) + math.sqrt(4.0) => double 1.0
            math.isNaN(0.0 / 0.0) && math.isInf(1.0 / 0.0) && !math.isFinite(1.0 / 0.0) => bool true
            math.abs(-9223372036854775808) => error: int overflow
            math.bitShiftRight(-1, 60) => int 15
            1.startsWith('a') => error: no such overload: int.startsWith(string)
        "#]],
    );
}

/// Each line tells an operator of the evaluator from its neighbour: without it the one may stand in the place of the other.
#[test]
fn where_a_neighbouring_operator_would_show() {
    check(
        "
        math.abs(5u)
        math.sign(5u)
        math.sign(0u)
        math.sign(0.0)
        math.sign(0.0 / 0.0)
        math.sign(-2.5)
        math.bitShiftLeft(1u, 3)
        math.bitShiftRight(8u, 3)
        math.bitXor(6u, 3u)
        math.bitXor(6, 3)
        7u / 2u
        7u % 4u
        7u / 0u
        7u % 0u
        {9223372036854775808u: 'a'}[9223372036854775808.0]
        {18446744073709551615u: 'a'}[18446744073709551616.0]
        {18446744073709551615u: 'a'}[1e30]
        {0u: 'a'}[-1e30]
        optional.of(1) == optional.none()
        optional.none() == optional.none()
        string('a')
        string(1.0 / 0.0)
        string(-1.0 / 0.0)
        duration('.s')
        duration('.5s')
        duration('999999999999999999999999999999h')
        timestamp('2026-01-05T00:00:00Z').getMinutes('+05:30')
        timestamp('2026-01-05T00:00:00Z').getHours('-03:30')
        'abc'.lastIndexOf('x')
        'abcb'.lastIndexOf('b')
        'abc'.split('', 0)
        'abc'.split('', 1)
        'abc'.split('', 2)
        'abc'.split('', 5)
        has({'a': 1}.?a)
        has({'a': 1}.?b)
        [1].all(true)
        [1].exists_one(a, b, c, true)
        [1].map(cel.otherVar(0, 0), 1)
        [1].size(2)
        cidr('10.0.0.0/8') == cidr('10.0.0.0/8')
        cidr('10.0.0.0/8') == cidr('10.0.0.0/9')
        optional.ofNonZeroValue(0.0)
        optional.ofNonZeroValue(1.5)
        optional.ofNonZeroValue(0u)
        '%x %X'.format([0, -10])
        {1: 'a'}[1.5]
        {1: 'a'}[1.0]
        [optional.of(1)].unwrapOpt(2)
        {'a': 1} == {'a': 2}
        {'a': 1} == {'a': 1, 'b': 2}
        [1].exists(true)
        [1].exists(a, b, c, true)
        '%b'.format(['a'])
        int(-9223372036854775808.0)
        int(-9223372036854774784.0)
        [1] == [2]
        [1] == [1, 2]
        null == null
        math.bitOr(6, 3)
        duration('00000000000000000001s')
        timestamp('2026-01-05T00:00:00Z').getHours('5:30')
        timestamp('2026-01-05T00:00:00Z').getHours('+ab:00')
        timestamp('2026-01-05T00:00:00Z').getHours('+24:00')
        timestamp('2026-01-05T00:00:00Z').getHours('+05:60')
        timestamp('2026-01-05T00:00:00Z').getHours('+05:3')
        '%f'.format(['a'])
        '%o'.format(['a'])
        '%.1f'.format([3u])
        cidr('10.1.2.3/8').masked()
        cidr('2001:db8::1/32').masked()
        cidr('10.0.0.0/8').containsCIDR(cidr('11.0.0.0/16'))
        cidr('10.0.0.0/16').containsCIDR(cidr('10.0.0.0/8'))
        cidr('10.0.0.0/8').containsCIDR(cidr('10.1.0.0/16'))
        ",
        &expect![[r#"
            math.abs(5u) => uint 5u
            math.sign(5u) => uint 1u
            math.sign(0u) => uint 0u
            math.sign(0.0) => double 0.0
            math.sign(0.0 / 0.0) => double double("NaN")
            math.sign(-2.5) => double -1.0
            math.bitShiftLeft(1u, 3) => uint 8u
            math.bitShiftRight(8u, 3) => uint 1u
            math.bitXor(6u, 3u) => uint 5u
            math.bitXor(6, 3) => int 5
            7u / 2u => uint 3u
            7u % 4u => uint 3u
            7u / 0u => error: division by zero
            7u % 0u => error: modulus by zero
            {9223372036854775808u: 'a'}[9223372036854775808.0] => string "a"
            {18446744073709551615u: 'a'}[18446744073709551616.0] => error: no such key: 1.8446744073709552e19
            {18446744073709551615u: 'a'}[1e30] => error: no such key: 1e30
            {0u: 'a'}[-1e30] => error: no such key: -1e30
            optional.of(1) == optional.none() => bool false
            optional.none() == optional.none() => bool true
            string('a') => string "a"
            string(1.0 / 0.0) => string "+Inf"
            string(-1.0 / 0.0) => string "-Inf"
            duration('.s') => error: ".s" cannot be converted to duration
            duration('.5s') => google.protobuf.Duration duration("0.5s")
            duration('999999999999999999999999999999h') => error: "999999999999999999999999999999h" cannot be converted to duration
            timestamp('2026-01-05T00:00:00Z').getMinutes('+05:30') => int 30
            timestamp('2026-01-05T00:00:00Z').getHours('-03:30') => int 20
            'abc'.lastIndexOf('x') => int -1
            'abcb'.lastIndexOf('b') => int 3
            'abc'.split('', 0) => list []
            'abc'.split('', 1) => list ["abc"]
            'abc'.split('', 2) => list ["a", "bc"]
            'abc'.split('', 5) => list ["a", "b", "c"]
            has({'a': 1}.?a) => bool true
            has({'a': 1}.?b) => bool false
            [1].all(true) => error: no such overload: list.all(bool)
            [1].exists_one(a, b, c, true) => error: undeclared reference to 'a'
            [1].map(cel.otherVar(0, 0), 1) => error: invalid argument: `cel.otherVar(0, 0)` is not a variable name
            [1].size(2) => error: no such overload: list.size(int)
            cidr('10.0.0.0/8') == cidr('10.0.0.0/8') => bool true
            cidr('10.0.0.0/8') == cidr('10.0.0.0/9') => bool false
            optional.ofNonZeroValue(0.0) => optional_type optional.none()
            optional.ofNonZeroValue(1.5) => optional_type optional.of(1.5)
            optional.ofNonZeroValue(0u) => optional_type optional.none()
            '%x %X'.format([0, -10]) => string "0 -A"
            {1: 'a'}[1.5] => error: no such key: 1.5
            {1: 'a'}[1.0] => string "a"
            [optional.of(1)].unwrapOpt(2) => error: no such overload: list.unwrapOpt(int)
            {'a': 1} == {'a': 2} => bool false
            {'a': 1} == {'a': 1, 'b': 2} => bool false
            [1].exists(true) => error: no such overload: list.exists(bool)
            [1].exists(a, b, c, true) => error: undeclared reference to 'a'
            '%b'.format(['a']) => error: no such overload: %b takes an integer or a bool; value 1 is of type string
            int(-9223372036854775808.0) => error: -9.223372036854776e18 cannot be converted to int
            int(-9223372036854774784.0) => int -9223372036854774784
            [1] == [2] => bool false
            [1] == [1, 2] => bool false
            null == null => bool true
            math.bitOr(6, 3) => int 7
            duration('00000000000000000001s') => google.protobuf.Duration duration("1s")
            timestamp('2026-01-05T00:00:00Z').getHours('5:30') => error: invalid argument: there is no time zone '5:30'; write an IANA name or an offset: 'Asia/Ho_Chi_Minh', '+07:00'
            timestamp('2026-01-05T00:00:00Z').getHours('+ab:00') => error: invalid argument: there is no time zone '+ab:00'; write an IANA name or an offset: 'Asia/Ho_Chi_Minh', '+07:00'
            timestamp('2026-01-05T00:00:00Z').getHours('+24:00') => error: invalid argument: there is no time zone '+24:00'; write an IANA name or an offset: 'Asia/Ho_Chi_Minh', '+07:00'
            timestamp('2026-01-05T00:00:00Z').getHours('+05:60') => error: invalid argument: there is no time zone '+05:60'; write an IANA name or an offset: 'Asia/Ho_Chi_Minh', '+07:00'
            timestamp('2026-01-05T00:00:00Z').getHours('+05:3') => error: invalid argument: there is no time zone '+05:3'; write an IANA name or an offset: 'Asia/Ho_Chi_Minh', '+07:00'
            '%f'.format(['a']) => error: no such overload: %f takes a double or an integer; value 1 is of type string
            '%o'.format(['a']) => error: no such overload: %o takes an integer; value 1 is of type string
            '%.1f'.format([3u]) => string "3.0"
            cidr('10.1.2.3/8').masked() => net.CIDR cidr("10.0.0.0/8")
            cidr('2001:db8::1/32').masked() => net.CIDR cidr("2001:db8::/32")
            cidr('10.0.0.0/8').containsCIDR(cidr('11.0.0.0/16')) => bool false
            cidr('10.0.0.0/16').containsCIDR(cidr('10.0.0.0/8')) => bool false
            cidr('10.0.0.0/8').containsCIDR(cidr('10.1.0.0/16')) => bool true
        "#]],
    );
}
