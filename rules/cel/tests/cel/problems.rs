//! Bad expression in, problems out: each with its code, underlined, with what to do.

use expect_test::{Expect, expect};

use crate::host::Gauge;

fn check(source: &str, expect: &Expect) {
    let out = match cel::compile_bool(source, &mut Gauge) {
        Ok(_) => "no problem".to_owned(),
        Err(problems) => cel::render(source, &problems),
    };
    expect.assert_eq(&out);
}

/// Several expressions of one sort of mistake.
fn check_all(sources: &[&str], expect: &Expect) {
    let render = |source: &&str| match cel::compile_bool(source, &mut Gauge) {
        Ok(_) => format!("no problem: {source}\n"),
        Err(problems) => cel::render(source, &problems),
    };
    expect.assert_eq(&sources.iter().map(render).collect::<String>());
}

#[test]
fn every_problem_is_told_at_once() {
    check(
        "heigth > 3.0 && apState == 'dwon' && clients + 0.5 > 1.0 && height > unit(2.0, 'bar') && avrage(height) > 1.0",
        &expect![[r#"
            cel-unknown-name: `heigth` is not known here
              heigth > 3.0 && apState == 'dwon' && clients + 0.5 > 1.0 && height > unit(2.0, 'bar') && avrage(height) > 1.0
              ^^^^^^
              help: did you mean `height`?
            cel-unknown-word: 'dwon' is none of the words it can be
              heigth > 3.0 && apState == 'dwon' && clients + 0.5 > 1.0 && height > unit(2.0, 'bar') && avrage(height) > 1.0
                                         ^^^^^^
              help: did you mean 'down'?
            cel-mixed-arithmetic: `clients` is an int and `0.5` is a double: `+` does not mix them
              heigth > 3.0 && apState == 'dwon' && clients + 0.5 > 1.0 && height > unit(2.0, 'bar') && avrage(height) > 1.0
                                                   ^^^^^^^^^^^^^
              help: write `double(clients)`
            cel-unit: `height` is in m and `unit(2.0, 'bar')` is in bar: different units do not meet
              heigth > 3.0 && apState == 'dwon' && clients + 0.5 > 1.0 && height > unit(2.0, 'bar') && avrage(height) > 1.0
                                                                          ^^^^^^^^^^^^^^^^^^^^^^^^^
              help: m measures a length and bar a pressure: write a length in both places, such as unit(1.0, 'm')
            cel-unknown-function: there is no function `avrage` here
              heigth > 3.0 && apState == 'dwon' && clients + 0.5 > 1.0 && height > unit(2.0, 'bar') && avrage(height) > 1.0
                                                                                                       ^^^^^^^^^^^^^^
              help: known here: `has`, `unit`, `size`, `double`, `int`, `duration`, `timestamp`
        "#]],
    );
}

#[test]
fn every_syntax_problem_is_told_at_once() {
    check(
        "height = 3.0 and not ok or (clients > ) && [1, * ] == 2",
        &expect![[r#"
            cel-syntax: `=` does not compare
              height = 3.0 and not ok or (clients > ) && [1, * ] == 2
                     ^
              help: write `==`
            cel-syntax: `and` is not an operator
              height = 3.0 and not ok or (clients > ) && [1, * ] == 2
                           ^^^
              help: write `&&`
            cel-syntax: `not` is not an operator
              height = 3.0 and not ok or (clients > ) && [1, * ] == 2
                               ^^^
              help: write `!`
            cel-syntax: `or` is not an operator
              height = 3.0 and not ok or (clients > ) && [1, * ] == 2
                                      ^^
              help: write `||`
            cel-syntax: `)` stands where a value should be
              height = 3.0 and not ok or (clients > ) && [1, * ] == 2
                                                    ^
            cel-syntax: `*` stands where a value should be
              height = 3.0 and not ok or (clients > ) && [1, * ] == 2
                                                             ^
        "#]],
    );
}

#[test]
fn what_people_type_instead() {
    check_all(
        &[
            "height ≥ 27",
            "height > 27,5",
            "ok & online | ok",
            "height > 27m",
            "uptime > 5min",
            "apState == “down”",
            "sông > 1",
            "'abc == asset.name",
            r"asset.name == 'a\d'",
            "height > 3.0 height",
            "(height > 3.0",
            "height > 3.0)",
            "height.",
            "height >",
            "",
            "ok ? 1",
            "0x > 1",
            "clients > 99999999999999999999",
            "clients > 9223372036854775808",
            "if > 1",
            "height > 1e999",
        ],
        &expect![[r#"
            cel-literal: `≥` has no meaning here
              height ≥ 27
                     ^
              help: write `>=`
            cel-syntax: `,` stands where the end of the expression should be
              height > 27,5
                         ^
              help: a decimal point is a dot: `27.5`
            cel-syntax: `&` is not an operator
              ok & online | ok
                 ^
              help: write `&&`
            cel-syntax: `|` is not an operator
              ok & online | ok
                          ^
              help: write `||`
            cel-literal: `27m` is not a number
              height > 27m
                       ^^^
              help: a length of time stands in quotes: `pm25.avg('27m')`, `duration('27m')`; a number with its unit is `unit(27, 'm')`
            cel-literal: `5min` is not a number
              uptime > 5min
                       ^^^^
              help: a length of time stands in quotes: `pm25.avg('5m')`, `duration('5m')`; a number with its unit is `unit(5, 'min')`
            cel-literal: `“` has no meaning here
              apState == “down”
                         ^
              help: write `'`
            cel-literal: `”` has no meaning here
              apState == “down”
                              ^
              help: write `'`
            cel-literal: `ô` has no meaning here
              sông > 1
               ^
              help: names are ASCII letters, digits and `_`; quote texts: 'sông'
            cel-literal: the text never ends
              'abc == asset.name
              ^^^^^^^^^^^^^^^^^^
              help: close it with '
            cel-literal: `\d` is not an escape
              asset.name == 'a\d'
                            ^^^^^
              help: write a backslash as `\\`, or put `r` before the quote
            cel-syntax: `height` stands where the end of the expression should be
              height > 3.0 height
                           ^^^^^^
            cel-syntax: `(` is never closed
              (height > 3.0
              ^
              help: add `)`
            cel-syntax: `)` stands where the end of the expression should be
              height > 3.0)
                          ^
            cel-syntax: the expression ends where a name after the dot should be
              height.
                     ^
            cel-syntax: the expression ends where a value should be
              height >
                      ^
            cel-syntax: the expression is empty
            cel-syntax: the expression ends where `:` should be
              ok ? 1
                    ^
            cel-literal: `0x` is not a number
              0x > 1
              ^^
            cel-literal: `99999999999999999999` is greater than 64 bits can hold
              clients > 99999999999999999999
                        ^^^^^^^^^^^^^^^^^^^^
            cel-literal: `9223372036854775808` is greater than an int can hold
              clients > 9223372036854775808
                        ^^^^^^^^^^^^^^^^^^^
              help: write it as a double, with `.0` at its end
            cel-syntax: `if` is a reserved word
              if > 1
              ^^
            cel-literal: `1e999` is greater than a double can hold
              height > 1e999
                       ^^^^^
        "#]],
    );
}

#[test]
fn what_other_languages_write() {
    check_all(
        &[
            "ok AND online Or NOT ok",
            "not(ok)",
            "NOT(ok && online)",
            "height <> 1.0",
            "height === 1.0 || height !== 2.0",
            "ratio > 50%",
            "ratio > 12.5% && ok",
            "clients % 2 == 0",
            "height > 1_000",
            "height.avg(14d) > 1.0",
            "height \u{ff1e} 1.0",
        ],
        &expect![[r#"
            cel-syntax: `AND` is not an operator
              ok AND online Or NOT ok
                 ^^^
              help: write `&&`
            cel-syntax: `Or` is not an operator
              ok AND online Or NOT ok
                            ^^
              help: write `||`
            cel-syntax: `NOT` is not an operator
              ok AND online Or NOT ok
                               ^^^
              help: write `!`
            cel-unknown-function: there is no function `not` here
              not(ok)
              ^^^^^^^
              help: write `!(ok)`
            cel-unknown-function: there is no function `NOT` here
              NOT(ok && online)
              ^^^^^^^^^^^^^^^^^
              help: write `!(ok && online)`
            cel-syntax: `<>` does not compare
              height <> 1.0
                     ^^
              help: write `!=`
            cel-syntax: `===` does not compare
              height === 1.0 || height !== 2.0
                     ^^^
              help: write `==`
            cel-syntax: `!==` does not compare
              height === 1.0 || height !== 2.0
                                       ^^^
              help: write `!=`
            cel-syntax: the expression ends where a value should be
              ratio > 50%
                         ^
              help: `%` asks for a remainder; a share is `0.5`
            cel-syntax: `&&` stands where a value should be
              ratio > 12.5% && ok
                            ^^
              help: `%` asks for a remainder; a share is `0.125`
            no problem: clients % 2 == 0
            cel-literal: `1_000` is not a number
              height > 1_000
                       ^^^^^
              help: digits stand without `_`: `1000`
            cel-literal: `14d` is not a number
              height.avg(14d) > 1.0
                         ^^^
              help: a length of time stands in quotes: `pm25.avg('14d')`; a number with its unit is `unit(14, 'd')`
            cel-literal: `＞` (U+FF1E) is a wide `>`, and has no meaning here
              height ＞ 1.0
                     ^
              help: write `>`
        "#]],
    );
}

/// Not drawn, for they would not be seen here either.
#[test]
fn signs_that_are_not_seen_are_told_by_their_code() {
    let told = |source: &str| {
        let problems = cel::parse(source).expect_err("a sign without a meaning");
        let [problem] = problems.as_slice() else {
            panic!("{problems:?}");
        };
        (problem.message.clone(), problem.help.clone())
    };
    let unseen = |code: &str, help: &str| {
        let message = format!("{code}, which is not seen, has no meaning here");
        (message, Some(help.to_owned()))
    };
    assert_eq!(
        told("height\u{a0}> 1.0"),
        unseen("U+00A0", "write a plain blank")
    );
    assert_eq!(
        told("height >\u{200b} 1.0"),
        unseen("U+200B", "take it out")
    );
    assert_eq!(
        told("\u{feff}height > 1.0"),
        unseen("U+FEFF", "take it out")
    );
}

#[test]
fn what_lacks_its_quotes_or_its_length() {
    check_all(
        &[
            "apState == down || DOWN == apState",
            "apState in [up, down]",
            "apState == dwn",
            "asset.name == 05443",
            "uptime > 600",
            "uptime > 5400",
            "uptime > 90",
            "uptime > '10m'",
            "uptime > 'later'",
            "uptime > height",
            "unit(height / height, 'min') > duration('30m')",
            "height > duration('30m')",
        ],
        &expect![[r#"
            cel-unknown-name: `down` is not known here
              apState == down || DOWN == apState
                         ^^^^
              help: a word stands in quotes: `'down'`
            cel-unknown-name: `DOWN` is not known here
              apState == down || DOWN == apState
                                 ^^^^
              help: a word stands in quotes: `'down'`
            cel-unknown-name: `up` is not known here
              apState in [up, down]
                          ^^
              help: a word stands in quotes: `'up'`
            cel-unknown-name: `down` is not known here
              apState in [up, down]
                              ^^^^
              help: a word stands in quotes: `'down'`
            cel-unknown-name: `dwn` is not known here
              apState == dwn
                         ^^^
              help: known here: `height`, `asset.bd1`, `pressure`, `ratio`, `clients`, `ok`, `online`, `apState` and 5 more
            cel-type: `asset.name` is a string and `05443` is an int: `==` does not compare them
              asset.name == 05443
              ^^^^^^^^^^^^^^^^^^^
              help: texts stand in quotes: `'05443'`
            cel-type: `uptime` is a duration and `600` is an int: `>` does not compare them
              uptime > 600
              ^^^^^^^^^^^^
              help: write a length of time: `duration('10m')`
            cel-type: `uptime` is a duration and `5400` is an int: `>` does not compare them
              uptime > 5400
              ^^^^^^^^^^^^^
              help: write a length of time: `duration('90m')`
            cel-type: `uptime` is a duration and `90` is an int: `>` does not compare them
              uptime > 90
              ^^^^^^^^^^^
              help: write a length of time: `duration('90s')`
            cel-type: `uptime` is a duration and `'10m'` is a string: `>` does not compare them
              uptime > '10m'
              ^^^^^^^^^^^^^^
              help: write a length of time: `duration('10m')`
            cel-type: `uptime` is a duration and `'later'` is a string: `>` does not compare them
              uptime > 'later'
              ^^^^^^^^^^^^^^^^
              help: write a length of time: `duration('10m')`
            cel-type: `uptime` is a duration and `height` is a double: `>` does not compare them
              uptime > height
              ^^^^^^^^^^^^^^^
              help: write a length of time: `duration('10m')`
            cel-type: `unit(height / height, 'min')` is a double and `duration('30m')` is a duration: `>` does not compare them
              unit(height / height, 'min') > duration('30m')
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              help: write a number in min: `unit(30.0, 'min')`
            cel-type: `height` is a double and `duration('30m')` is a duration: `>` does not compare them
              height > duration('30m')
              ^^^^^^^^^^^^^^^^^^^^^^^^
        "#]],
    );
}

#[test]
fn names_nobody_knows() {
    check_all(
        &[
            "hieght > 1.0",
            "asset.bd2 > 1.0",
            "voltage > 1.0",
            "height.average('1h') > 1.0",
            "heigth.avg('1h') > 1.0",
            "sise(asset.name) > 1",
            "math.sqrt(height) > 1.0",
            "asset.name.startswith('x')",
            "height.avg(5) > 1.0",
        ],
        &expect![[r#"
            cel-unknown-name: `hieght` is not known here
              hieght > 1.0
              ^^^^^^
              help: did you mean `height`?
            cel-unknown-name: `asset.bd2` is not known here
              asset.bd2 > 1.0
              ^^^^^^^^^
              help: did you mean `asset.bd1`?
            cel-unknown-name: `voltage` is not known here
              voltage > 1.0
              ^^^^^^^
              help: known here: `height`, `asset.bd1`, `pressure`, `ratio`, `clients`, `ok`, `online`, `apState` and 5 more
            cel-unknown-function: there is no function `average` here
              height.average('1h') > 1.0
              ^^^^^^^^^^^^^^^^^^^^
              help: known here: `avg`, `startsWith`, `endsWith`, `contains`, `matches`, `size`, `getFullYear`, `getMonth` and 8 more
            cel-unknown-name: `heigth` is not known here
              heigth.avg('1h') > 1.0
              ^^^^^^
              help: did you mean `height`?
            cel-unknown-function: there is no function `sise` here
              sise(asset.name) > 1
              ^^^^^^^^^^^^^^^^
              help: did you mean `size`?
            cel-unknown-function: there is no function `math.sqrt` here
              math.sqrt(height) > 1.0
              ^^^^^^^^^^^^^^^^^
              help: known here: `math.greatest`, `math.least`, `math.abs`, `math.ceil`, `math.floor`, `math.round`, `math.trunc`
            cel-unknown-function: there is no function `startswith` here
              asset.name.startswith('x')
              ^^^^^^^^^^^^^^^^^^^^^^^^^^
              help: did you mean `startsWith`?
            host-window: a window is a text: avg('1h')
              height.avg(5) > 1.0
              ^^^^^^^^^^^^^
        "#]],
    );
}

#[test]
fn types_that_do_not_meet() {
    check_all(
        &[
            "height == 'x'",
            "height > '27.5'",
            "1.0 < height < 5.0",
            "height == null",
            "apState == 'dn'",
            "apState == 'offline' || apState in ['up', 'dwn']",
            "apState < 'up'",
            "ok > online",
            "!height",
            "height && ok",
            "height",
            "clients",
            "ok + online == 2",
            "-asset.name == 'x'",
            "height % 2.0 == 0.0",
            "ok ? height : apState",
            "(ok ? clients : height) > 1.0",
            "at > duration('5m')",
            "'gate' in asset.name",
            "1 in {1: 2}",
            "[height] == [1.0]",
            "clients + 1u > 2u",
        ],
        &expect![[r#"
            cel-type: `height` is a double and `'x'` is a string: `==` does not compare them
              height == 'x'
              ^^^^^^^^^^^^^
            cel-type: `height` is a double and `'27.5'` is a string: `>` does not compare them
              height > '27.5'
              ^^^^^^^^^^^^^^^
              help: write the number without quotes: `27.5`
            cel-type: `1.0 < height` is a bool and `5.0` is a double: `<` does not compare them
              1.0 < height < 5.0
              ^^^^^^^^^^^^^^^^^^
              help: write `1.0 < height && height < 5.0`
            cel-type: `height` is a double and `null` is a null_type: `==` does not compare them
              height == null
              ^^^^^^^^^^^^^^
              help: ask whether it is known with `has(height)`
            cel-unknown-word: 'dn' is none of the words it can be
              apState == 'dn'
                         ^^^^
              help: it can be 'up', 'down', 'degraded'
            cel-unknown-word: 'offline' is none of the words it can be
              apState == 'offline' || apState in ['up', 'dwn']
                         ^^^^^^^^^
              help: it can be 'up', 'down', 'degraded'
            cel-unknown-word: 'dwn' is none of the words it can be
              apState == 'offline' || apState in ['up', 'dwn']
                                                        ^^^^^
              help: did you mean 'down'?
            cel-type: `apState` is a symbol and `'up'` is a string: `<` does not compare them
              apState < 'up'
              ^^^^^^^^^^^^^^
            cel-type: `ok` is a bool and `online` is a bool: `>` does not compare them
              ok > online
              ^^^^^^^^^^^
            cel-type: `height` is a double; `!` needs a bool
              !height
               ^^^^^^
              help: compare it with something: `height > …`
            cel-type: `height` is a double; `&&` needs a bool
              height && ok
              ^^^^^^
              help: compare it with something: `height > …`
            cel-result-type: `height` is a double; a bool is needed here
              height
              ^^^^^^
              help: compare it with something: `height > …`
            cel-result-type: `clients` is an int; a bool is needed here
              clients
              ^^^^^^^
              help: compare it with something: `clients > …`
            cel-type: `ok` is a bool and `online` is a bool: `+` is not defined for them
              ok + online == 2
              ^^^^^^^^^^^
            cel-type: `asset.name` is a string; only a number has a sign
              -asset.name == 'x'
              ^^^^^^^^^^^
            cel-type: `height` is a double and `2.0` is a double: `%` is not defined for them
              height % 2.0 == 0.0
              ^^^^^^^^^^^^
              help: remainders are of ints: convert with `int(…)`
            cel-type: `height` is a double and `apState` is a symbol: both sides of `:` must have one type
              ok ? height : apState
              ^^^^^^^^^^^^^^^^^^^^^
              help: convert one of them
            cel-type: `clients` is an int and `height` is a double: both sides of `:` must have one type
              (ok ? clients : height) > 1.0
              ^^^^^^^^^^^^^^^^^^^^^^^
              help: convert the int with `double(…)`, or write it with `.0`
            cel-type: `at` is a timestamp and `duration('5m')` is a duration: `>` does not compare them
              at > duration('5m')
              ^^^^^^^^^^^^^^^^^^^
            cel-type: `asset.name` is a string; `in` needs a list
              'gate' in asset.name
                        ^^^^^^^^^^
              help: ask a text with `asset.name.contains('…')`
            cel-unsupported: a map has no place in a typed expression
              1 in {1: 2}
                   ^^^^^^
            cel-unsupported: a list of measured values has no place in a typed expression
              [height] == [1.0]
              ^^^^^^^^
              help: ask with `in`: `x in [a, b]`
            cel-mixed-arithmetic: `clients` is an int and `1u` is a uint: `+` does not mix them
              clients + 1u > 2u
              ^^^^^^^^^^^^
              help: write `1` or `1.0`
        "#]],
    );
}

#[test]
fn arithmetic_never_mixes_ints_and_doubles() {
    check_all(
        &["height + 1 > 2.0", "clients * 1.5 > 2.0", "1 + 1.5 > 2.0"],
        &expect![[r#"
            cel-mixed-arithmetic: `height` is a double and `1` is an int: `+` does not mix them
              height + 1 > 2.0
              ^^^^^^^^^^
              help: write `1.0`
            cel-mixed-arithmetic: `clients` is an int and `1.5` is a double: `*` does not mix them
              clients * 1.5 > 2.0
              ^^^^^^^^^^^^^
              help: write `double(clients)`
            cel-mixed-arithmetic: `1` is an int and `1.5` is a double: `+` does not mix them
              1 + 1.5 > 2.0
              ^^^^^^^
              help: write `1.0`
        "#]],
    );
}

#[test]
fn units_meet_only_themselves() {
    check_all(
        &[
            "height > pressure",
            "height + pressure > 1.0",
            "height > unit(27.0, 's')",
            "unit(height, 's') > 1.0",
            "unit(ok, 'm') > 1.0",
            "height > unit(27.0, 'meter')",
            "height > unit(27.0, 'mm/hr')",
            "height > unit(27.0)",
            "height > unit(27.0, m)",
            "(ok ? height : pressure) > 1.0",
            "math.greatest(height, pressure) > 1.0",
        ],
        &expect![[r#"
            cel-unit: `height` is in m and `pressure` is in bar: different units do not meet
              height > pressure
              ^^^^^^^^^^^^^^^^^
              help: m measures a length and bar a pressure: write a length in both places, such as unit(1.0, 'm')
            cel-unit: `height` is in m and `pressure` is in bar: different units do not meet
              height + pressure > 1.0
              ^^^^^^^^^^^^^^^^^
              help: m measures a length and bar a pressure: write a length in both places, such as unit(1.0, 'm')
            cel-unit: `height` is in m and `unit(27.0, 's')` is in s: different units do not meet
              height > unit(27.0, 's')
              ^^^^^^^^^^^^^^^^^^^^^^^^
              help: m measures a length and s a time: write a length in both places, such as unit(1.0, 'm')
            cel-unit: `height` is in m already
              unit(height, 's') > 1.0
              ^^^^^^^^^^^^^^^^^
              help: m measures a length and s a time: write a length in both places, such as unit(1.0, 'm')
            cel-arguments: `ok` is a bool; only a number has a unit
              unit(ok, 'm') > 1.0
                   ^^
            cel-unknown-unit: 'meter' is not a UCUM unit code this product knows
              height > unit(27.0, 'meter')
                                  ^^^^^^^
              help: did you mean 'm'?
            cel-unknown-unit: 'mm/hr' is not a UCUM unit code this product knows
              height > unit(27.0, 'mm/hr')
                                  ^^^^^^^
              help: did you mean 'mm/h'?
            cel-arguments: `unit` takes 2 arguments, not 1
              height > unit(27.0)
                       ^^^^^^^^^^
            cel-arguments: `m` is not a unit
              height > unit(27.0, m)
                                  ^
              help: write a UCUM code: 'm', 'ug/m3'
            cel-unit: `height` is in m and `pressure` is in bar: different units do not meet
              (ok ? height : pressure) > 1.0
              ^^^^^^^^^^^^^^^^^^^^^^^^
              help: m measures a length and bar a pressure: write a length in both places, such as unit(1.0, 'm')
            cel-unit: `height` is in m and `pressure` is in bar: different units do not meet
              math.greatest(height, pressure) > 1.0
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              help: m measures a length and bar a pressure: write a length in both places, such as unit(1.0, 'm')
        "#]],
    );
}

#[test]
fn constants_that_always_fail() {
    check_all(
        &[
            "1 / 0 > 1",
            "1.0 / 0.0 > height",
            "9223372036854775807 + 1 > clients",
            "uptime > duration('5 min')",
            "uptime > duration('7d')",
            "at > timestamp('yesterday')",
            "uptime > duration(clients)",
            "int(1e30) > 1",
            "asset.name.matches('gate-[')",
            "asset.name.matches(asset.name)",
            "at.getHours('Mars/Olympus') > 1",
            "clients.getHours() > 1",
        ],
        &expect![[r#"
            cel-always-fails: `1 / 0` has no value: division by zero
              1 / 0 > 1
              ^^^^^
            cel-always-fails: `1.0 / 0.0` has no value: it is not a finite number
              1.0 / 0.0 > height
              ^^^^^^^^^
            cel-always-fails: `9223372036854775807 + 1` has no value: int overflow
              9223372036854775807 + 1 > clients
              ^^^^^^^^^^^^^^^^^^^^^^^
            cel-literal: '5 min' is not a duration
              uptime > duration('5 min')
                                ^^^^^^^
              help: write numbers with h, m, s or ms: '1h30m', '90s'; a day is '24h'
            cel-literal: '7d' is not a duration
              uptime > duration('7d')
                                ^^^^
              help: write numbers with h, m, s or ms: '1h30m', '90s'; a day is '24h'
            cel-literal: 'yesterday' is not a timestamp
              at > timestamp('yesterday')
                             ^^^^^^^^^^^
              help: write date, time and zone: '2026-03-01T08:00:00+07:00'
            cel-arguments: `clients` is not a text in quotes
              uptime > duration(clients)
                                ^^^^^^^
            cel-always-fails: `int(1e30)` has no value: 1e30 cannot be converted to int
              int(1e30) > 1
              ^^^^^^^^^
            cel-literal: the pattern 'gate-[' cannot be read: unclosed character class
              asset.name.matches('gate-[')
                                 ^^^^^^^^
            cel-arguments: `asset.name` is not a pattern in quotes
              asset.name.matches(asset.name)
                                 ^^^^^^^^^^
            cel-arguments: 'Mars/Olympus' is not a time zone
              at.getHours('Mars/Olympus') > 1
                          ^^^^^^^^^^^^^^
              help: write an IANA name or an offset: 'Asia/Ho_Chi_Minh', '+07:00'
            cel-arguments: `clients` is an int; `getHours` takes a timestamp or a duration
              clients.getHours() > 1
              ^^^^^^^
        "#]],
    );
}
