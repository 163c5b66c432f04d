//! Types before evaluation: an expression in, its type or its problems out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cel::StaticType;
use expect_test::{Expect, expect};

use crate::dynamic::bound;

fn deduced(source: &str, bindings: &str) -> Result<StaticType, Vec<cel::Problem>> {
    let types = bound(bindings);
    let types: BTreeMap<_, _> = types
        .iter()
        .map(|(name, value)| (name.clone(), StaticType::of_value(value)))
        .collect();
    cel::parse(source).unwrap().deduce("", &types)
}

/// Appends its type, or its problems, to each `expression | bindings` line.
fn check(lines: &str, expect: &Expect) {
    let mut out = String::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (source, bindings) = line.rsplit_once(" | ").unwrap_or((line, ""));
        let _ = match deduced(source, bindings) {
            Ok(ty) => writeln!(out, "{line} => {ty}"),
            Err(problems) => write!(out, "{}", cel::render(source, &problems)),
        };
    }
    expect.assert_eq(&out);
}

#[test]
fn literals_and_bound_names() {
    check(
        "
        null
        b'a'
        1.5
        x | x=[1, 2]
        x | x=[1, 'a']
        x | x=[]
        x | x={1u: true, 2u: false}
        x | x=optional.of('a')
        x.y.z | x.y={'z': 1.5}
        [x, int, type(x)] | x=timestamp(0)
        list
        ",
        &expect![[r#"
            null => null_type
            b'a' => bytes
            1.5 => double
            x | x=[1, 2] => list(int)
            x | x=[1, 'a'] => list(dyn)
            x | x=[] => list(dyn)
            x | x={1u: true, 2u: false} => map(uint, bool)
            x | x=optional.of('a') => optional_type(string)
            x.y.z | x.y={'z': 1.5} => double
            [x, int, type(x)] | x=timestamp(0) => list(dyn)
            list => type(list(dyn))
        "#]],
    );
}

#[test]
fn elements_agree_or_are_of_any_type() {
    check(
        "
        []
        {}
        [1, 2u]
        [1, dyn(2)]
        [[], [1]]
        [[1], [], ['a']]
        [duration('1s'), null]
        [null, timestamp(0)]
        [1, null]
        {'a': 1, 'b': 2.0}
        {1: 'a', true: 'b'}
        [?optional.none(), 1]
        {?'a': optional.of(1u)}
        [] + [1] + []
        [[]] + [['a']]
        [] + []
        true ? [] : ['a']
        ",
        &expect![[r#"
            [] => list(dyn)
            {} => map(dyn, dyn)
            [1, 2u] => list(dyn)
            [1, dyn(2)] => list(dyn)
            [[], [1]] => list(list(int))
            [[1], [], ['a']] => list(dyn)
            [duration('1s'), null] => list(google.protobuf.Duration)
            [null, timestamp(0)] => list(google.protobuf.Timestamp)
            [1, null] => list(dyn)
            {'a': 1, 'b': 2.0} => map(string, dyn)
            {1: 'a', true: 'b'} => map(dyn, string)
            [?optional.none(), 1] => list(int)
            {?'a': optional.of(1u)} => map(string, uint)
            [] + [1] + [] => list(int)
            [[]] + [['a']] => list(list(string))
            [] + [] => list(dyn)
            true ? [] : ['a'] => list(string)
        "#]],
    );
}

#[test]
fn operators_and_functions() {
    check(
        "
        1 + 2 * 3
        'a' + 'b'
        timestamp(0) - timestamp(1)
        timestamp(0) + duration('1s')
        dyn(1) + 1
        dyn(1) + dyn(2)
        1 < 2.0 && 2u >= 1
        1 in [1.0, dyn(2)]
        'a' in {'a': 1}
        [1, 2][0]
        {'a': [1.5]}['a'][0]
        {'a': [1.5]}.a
        'a,b'.split(',')
        size([1]) + 'a'.size()
        'a'.matches('b') || matches('a', 'b')
        [3, 1].sort().first()
        optional.of(1).orValue(2)
        optional.none().or(optional.of('a'))
        optional.none()
        math.greatest(1, 2)
        math.greatest(1, 2.5)
        math.least([1u, 2u])
        math.greatest(dyn(1), 2)
        type(1)
        x.getHours('UTC') | x=dyn(timestamp(0))
        cidr('10.0.0.0/8').ip().family()
        ",
        &expect![[r#"
            1 + 2 * 3 => int
            'a' + 'b' => string
            timestamp(0) - timestamp(1) => google.protobuf.Duration
            timestamp(0) + duration('1s') => google.protobuf.Timestamp
            dyn(1) + 1 => int
            dyn(1) + dyn(2) => dyn
            1 < 2.0 && 2u >= 1 => bool
            1 in [1.0, dyn(2)] => bool
            'a' in {'a': 1} => bool
            [1, 2][0] => int
            {'a': [1.5]}['a'][0] => double
            {'a': [1.5]}.a => list(double)
            'a,b'.split(',') => list(string)
            size([1]) + 'a'.size() => int
            'a'.matches('b') || matches('a', 'b') => bool
            [3, 1].sort().first() => optional_type(int)
            optional.of(1).orValue(2) => int
            optional.none().or(optional.of('a')) => optional_type(string)
            optional.none() => optional_type(dyn)
            math.greatest(1, 2) => int
            math.greatest(1, 2.5) => dyn
            math.least([1u, 2u]) => uint
            math.greatest(dyn(1), 2) => dyn
            type(1) => type(int)
            x.getHours('UTC') | x=dyn(timestamp(0)) => int
            cidr('10.0.0.0/8').ip().family() => int
        "#]],
    );
}

#[test]
fn fields_and_optionals() {
    check(
        "
        {'a': {'b': 1}}.a.b
        {'a': 1}.?a
        {'a': {'b': 1}}.?a.?b
        {'a': {'b': 1}}.?a.b
        {'a': [1]}.?a[?0]
        [1][?0]
        optional.of({'a': 1}).a
        optional.of([1])[0]
        dyn({}).a.b
        has({'a': 1}.a) && has({}.?a.b)
        {}.a
        ",
        &expect![[r#"
            {'a': {'b': 1}}.a.b => int
            {'a': 1}.?a => optional_type(int)
            {'a': {'b': 1}}.?a.?b => optional_type(int)
            {'a': {'b': 1}}.?a.b => optional_type(int)
            {'a': [1]}.?a[?0] => optional_type(int)
            [1][?0] => optional_type(int)
            optional.of({'a': 1}).a => optional_type(int)
            optional.of([1])[0] => optional_type(int)
            dyn({}).a.b => dyn
            has({'a': 1}.a) && has({}.?a.b) => bool
            {}.a => dyn
        "#]],
    );
}

#[test]
fn macros() {
    check(
        "
        [1, 2].all(x, x > 1)
        {'a': 1}.exists(k, k == 'a')
        {'a': 1}.exists_one(k, v, k == 'a' && v == 1)
        [1, 2].map(x, [x])
        [1, 2].map(x, x > 1, string(x))
        {'a': 1}.filter(k, k != 'a')
        ['a'].transformList(i, v, i)
        ['a'].transformMap(i, v, v)
        {'a': 1}.transformMap(k, v, v > 1, double(v))
        {'a': 1}.transformMapEntry(k, v, {v: k})
        [2, 1].sortBy(x, -x)
        [].map(x, x)
        dyn([]).map(x, x + 1)
        cel.bind(x, [1], x.map(y, x))
        cel.block([1, [cel.index(0)]], cel.index(1))
        [1].map(cel.iterVar(0, 0), cel.iterVar(0, 0) + 1)
        optional.of(1).optMap(x, string(x))
        optional.of(1).optFlatMap(x, optional.of([x]))
        ",
        &expect![[r#"
            [1, 2].all(x, x > 1) => bool
            {'a': 1}.exists(k, k == 'a') => bool
            {'a': 1}.exists_one(k, v, k == 'a' && v == 1) => bool
            [1, 2].map(x, [x]) => list(list(int))
            [1, 2].map(x, x > 1, string(x)) => list(string)
            {'a': 1}.filter(k, k != 'a') => list(string)
            ['a'].transformList(i, v, i) => list(int)
            ['a'].transformMap(i, v, v) => map(int, string)
            {'a': 1}.transformMap(k, v, v > 1, double(v)) => map(string, double)
            {'a': 1}.transformMapEntry(k, v, {v: k}) => map(int, string)
            [2, 1].sortBy(x, -x) => list(int)
            [].map(x, x) => list(dyn)
            dyn([]).map(x, x + 1) => list(int)
            cel.bind(x, [1], x.map(y, x)) => list(list(int))
            cel.block([1, [cel.index(0)]], cel.index(1)) => list(int)
            [1].map(cel.iterVar(0, 0), cel.iterVar(0, 0) + 1) => list(int)
            optional.of(1).optMap(x, string(x)) => optional_type(string)
            optional.of(1).optFlatMap(x, optional.of([x])) => optional_type(list(int))
        "#]],
    );
}

#[test]
fn every_mistake_is_told_once() {
    check(
        "
        1 + 'a'
        1 == 1.0
        [1].exists(x, x)
        1.map(x, x)
        1.a + 2
        unknown + other
        1.frob()
        frob(1)
        'a'.startsWith(1)
        [1]['a']
        {'a': 1}[1]
        {1.5: 'a', [1]: 'b'}
        !1 && -'a'
        1 ? 2 : 3
        true ? 1 : 'a'
        [?1]
        {?'a': 1}
        has(1)
        has([1].a)
        [1].map(1, 2)
        cel.index(0)
        cel.block(1, 2)
        math.greatest('a')
        math.least()
        optional.of(1).optFlatMap(x, x)
        [1].transformMapEntry(k, v, v)
        .x | x.y=1
        size(1)
        1 < 'a'
        ",
        &expect![[r#"
            cel-type: no such overload: _+_(int, string)
              1 + 'a'
              ^^^^^^^
            cel-type: no such overload: _==_(int, double)
              1 == 1.0
              ^^^^^^^^
            cel-type: this is of type int, where bool is wanted
              [1].exists(x, x)
                            ^
            cel-type: int has no elements
              1.map(x, x)
              ^
            cel-type: int has no fields
              1.a + 2
              ^^^
            cel-unknown-name: undeclared reference to 'unknown'
              unknown + other
              ^^^^^^^
            cel-unknown-name: undeclared reference to 'other'
              unknown + other
                        ^^^^^
            cel-unknown-function: there is no function 'frob'
              1.frob()
              ^^^^^^^^
            cel-unknown-function: there is no function 'frob'
              frob(1)
              ^^^^^^^
            cel-type: no such overload: startsWith(string, int)
              'a'.startsWith(1)
              ^^^^^^^^^^^^^^^^^
            cel-type: no such overload: _[_](list(int), string)
              [1]['a']
              ^^^^^^^^
            cel-type: no such overload: _[_](map(string, int), int)
              {'a': 1}[1]
              ^^^^^^^^^^^
            cel-type: a double is no key of a map; a bool, an int, a uint or a string is
              {1.5: 'a', [1]: 'b'}
               ^^^
            cel-type: a list is no key of a map; a bool, an int, a uint or a string is
              {1.5: 'a', [1]: 'b'}
                         ^^^
            cel-type: no such overload: !_(int)
              !1 && -'a'
              ^^
            cel-type: no such overload: -_(string)
              !1 && -'a'
                    ^^^^
            cel-type: no such overload: _?_:_(int, int, int)
              1 ? 2 : 3
              ^^^^^^^^^
            cel-type: no such overload: _?_:_(bool, int, string)
              true ? 1 : 'a'
              ^^^^^^^^^^^^^^
            cel-type: this is of type int, where optional_type(dyn) is wanted
              [?1]
                ^
            cel-type: this is of type int, where optional_type(dyn) is wanted
              {?'a': 1}
                     ^
            cel-arguments: has() takes a field: has(a.b)
              has(1)
                  ^
            cel-type: list(int) has no fields
              has([1].a)
                  ^^^^^
            cel-arguments: invalid argument: `1` is not a variable name
              [1].map(1, 2)
                      ^
            cel-unknown-name: undeclared reference to 'cel.index(0)'
              cel.index(0)
              ^^^^^^^^^^^^
            cel-arguments: cel.block() takes a list of parts in brackets
              cel.block(1, 2)
                        ^
            cel-type: no such overload: math.greatest(string)
              math.greatest('a')
              ^^^^^^^^^^^^^^^^^^
            cel-type: no such overload: math.least()
              math.least()
              ^^^^^^^^^^^^
            cel-type: this is of type int, where optional_type(dyn) is wanted
              optional.of(1).optFlatMap(x, x)
                                           ^
            cel-type: this is of type int, where map(dyn, dyn) is wanted
              [1].transformMapEntry(k, v, v)
                                          ^
            cel-unknown-name: undeclared reference to '.x'
              .x
              ^^
            cel-type: no such overload: size(int)
              size(1)
              ^^^^^^^
            cel-type: no such overload: _<_(int, string)
              1 < 'a'
              ^^^^^^^
        "#]],
    );
}

#[test]
fn open_types_are_settled_by_what_follows() {
    check(
        "
        [[], [[1]], []]
        [[[1]], [], [[]]]
        cel.bind(x, [], x + [1])
        [optional.none(), optional.of([1])]
        [].map(x, x + 1)
        [{}, {'a': 1}]
        [optional.none(), null]
        [1, 'a', null]
        ([] == [1]) && ({} == {1: 'a'})
        cel.bind(x, optional.none(), x.or(x))
        ",
        &expect![[r#"
            [[], [[1]], []] => list(list(list(int)))
            [[[1]], [], [[]]] => list(list(list(int)))
            cel.bind(x, [], x + [1]) => list(int)
            [optional.none(), optional.of([1])] => list(optional_type(list(int)))
            [].map(x, x + 1) => list(int)
            [{}, {'a': 1}] => list(map(string, int))
            [optional.none(), null] => list(optional_type(dyn))
            [1, 'a', null] => list(dyn)
            ([] == [1]) && ({} == {1: 'a'}) => bool
            cel.bind(x, optional.none(), x.or(x)) => optional_type(dyn)
        "#]],
    );
}

#[test]
fn a_deep_type_is_no_trouble() {
    let nested = "[".repeat(150) + "1" + &"]".repeat(150);
    let ty = deduced(&nested, "").unwrap().to_string();
    assert_eq!(ty, "list(".repeat(150) + "int" + &")".repeat(150));
    // Each level binds a list of the one before.
    let bound = (0..60).fold("x".to_owned(), |body, _| {
        format!("cel.bind(x, [x], {body})")
    });
    let ty = deduced(&bound, "x=1").unwrap().to_string();
    assert_eq!(ty, "list(".repeat(60) + "int" + &")".repeat(60));
}

#[test]
fn types_that_double_are_given_up() {
    // Each name is settled as a map from the next one to itself, and then they are compared.
    let settling = (0..60).map(|n| format!("[v{n}, m{}]", n + 1));
    let body = format!("[{}, [v0 == v0]]", settling.collect::<Vec<_>>().join(", "));
    let source = (0..=60).rev().fold(body, |body, n| {
        format!("cel.bind(v{n}, [][0], cel.bind(m{n}, {{v{n}: v{n}}}, {body}))")
    });
    let problems = deduced(&source, "").unwrap_err();
    assert_eq!(problems.last().unwrap().code, cel::codes::TOO_BIG);
}

/// Each line tells a part of the checker from its neighbour: without it the one may stand in the place of the other.
#[test]
fn where_a_neighbouring_part_would_show() {
    check(
        "
        map
        list
        size(dyn('a'))
        {'a': 1}.?a
        optional.of({'a': 1}).?a
        {'a': optional.of(1)}.?a
        optional.of({'a': optional.of(1)}).?a
        [{'b': 1}].map(a, a.b) | a.b='x'
        [1].all(true)
        [1].exists_one(a, b, c, true)
        [1].map(a, true, true, a)
        has({'a': 1}.?a)
        math.size() | math='abc'
        foo.size()
        {'a': 1}.transformList(k, v, true, true, v)
        x | x=int
        ",
        &expect![[r#"
            map => type(map(dyn, dyn))
            list => type(list(dyn))
            size(dyn('a')) => int
            {'a': 1}.?a => optional_type(int)
            optional.of({'a': 1}).?a => optional_type(int)
            {'a': optional.of(1)}.?a => optional_type(optional_type(int))
            optional.of({'a': optional.of(1)}).?a => optional_type(optional_type(int))
            [{'b': 1}].map(a, a.b) | a.b='x' => list(int)
            cel-unknown-function: there is no function 'all'
              [1].all(true)
              ^^^^^^^^^^^^^
            cel-unknown-name: undeclared reference to 'a'
              [1].exists_one(a, b, c, true)
                             ^
            cel-unknown-name: undeclared reference to 'b'
              [1].exists_one(a, b, c, true)
                                ^
            cel-unknown-name: undeclared reference to 'c'
              [1].exists_one(a, b, c, true)
                                   ^
            cel-unknown-function: there is no function 'exists_one'
              [1].exists_one(a, b, c, true)
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            cel-unknown-name: undeclared reference to 'a'
              [1].map(a, true, true, a)
                      ^
            cel-unknown-name: undeclared reference to 'a'
              [1].map(a, true, true, a)
                                     ^
            cel-unknown-function: there is no function 'map'
              [1].map(a, true, true, a)
              ^^^^^^^^^^^^^^^^^^^^^^^^^
            has({'a': 1}.?a) => bool
            math.size() | math='abc' => int
            cel-unknown-name: undeclared reference to 'foo'
              foo.size()
              ^^^
            cel-unknown-name: undeclared reference to 'k'
              {'a': 1}.transformList(k, v, true, true, v)
                                     ^
            cel-unknown-name: undeclared reference to 'v'
              {'a': 1}.transformList(k, v, true, true, v)
                                        ^
            cel-unknown-name: undeclared reference to 'v'
              {'a': 1}.transformList(k, v, true, true, v)
                                                       ^
            cel-unknown-function: there is no function 'transformList'
              {'a': 1}.transformList(k, v, true, true, v)
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            x | x=int => type(int)
        "#]],
    );
}
