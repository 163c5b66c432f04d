//! The extensions: texts, lists, sets, encoders, patterns, networks, macros over two variables, optionals.

use expect_test::expect;

use crate::dynamic::check;

#[test]
fn texts_are_formatted() {
    check(
        r#"
        '%s: %.1f m, %d of %d'.format(['wl-01', 27.46, 3, 4u])
        '100%%'.format([])
        '%s %s %s %s'.format([null, true, b'ab', int])
        '%s %s'.format([timestamp('2026-03-01T07:00:00+07:00'), duration('90m')])
        '%s'.format([[1, 2.5, 'a', [b'z'], {}]])
        '%s'.format([{'b': 1, 'a': [2u], 10: null, true: 0.5}])
        '%s %s'.format([ip('10.0.0.1'), cidr('10.0.0.0/8')])
        '%f %.0f %.3f'.format([1.5, 2.5, 7])
        '%e %.2e %e'.format([27.46, 0.00012, 0.0])
        '%d %f %e %s'.format([double('NaN'), double('Infinity'), double('-Infinity'), double('NaN')])
        '%b %b %o %x %X'.format([5, true, 8, -255, 255u])
        '%x %X'.format(['sông', b'\xca\xfe'])
        '%s'.format([])
        '%s'.format(['a', 'b'])
        '%q'.format([1])
        '%'.format([1])
        '%.'.format([1.0])
        '%.101f'.format([1.0])
        '%.2d'.format([1])
        '%d'.format(['a'])
        '%x'.format([1.0])
        '%s'.format([optional.of(1)])
        strings.quote('a"\\\a\b\f\n\r\t\v→')
        "#,
        &expect![[r#"
            '%s: %.1f m, %d of %d'.format(['wl-01', 27.46, 3, 4u]) => string "wl-01: 27.5 m, 3 of 4"
            '100%%'.format([]) => string "100%"
            '%s %s %s %s'.format([null, true, b'ab', int]) => string "null true ab int"
            '%s %s'.format([timestamp('2026-03-01T07:00:00+07:00'), duration('90m')]) => string "2026-03-01T00:00:00Z 5400s"
            '%s'.format([[1, 2.5, 'a', [b'z'], {}]]) => string "[1, 2.5, a, [z], {}]"
            '%s'.format([{'b': 1, 'a': [2u], 10: null, true: 0.5}]) => string "{10: null, a: [2], b: 1, true: 0.5}"
            '%s %s'.format([ip('10.0.0.1'), cidr('10.0.0.0/8')]) => string "10.0.0.1 10.0.0.0/8"
            '%f %.0f %.3f'.format([1.5, 2.5, 7]) => string "1.500000 2 7.000"
            '%e %.2e %e'.format([27.46, 0.00012, 0.0]) => string "2.746000e+01 1.20e-04 0.000000e+00"
            '%d %f %e %s'.format([double('NaN'), double('Infinity'), double('-Infinity'), double('NaN')]) => string "NaN Infinity -Infinity NaN"
            '%b %b %o %x %X'.format([5, true, 8, -255, 255u]) => string "101 1 10 -ff FF"
            '%x %X'.format(['sông', b'\xca\xfe']) => string "73c3b46e67 CAFE"
            '%s'.format([]) => error: invalid argument: '%s' has more places than there are values
            '%s'.format(['a', 'b']) => string "a"
            '%q'.format([1]) => error: invalid argument: '%q' is no place for a value; there are %s %d %f %e %b %o %x %X, %.2f and %.2e, and %% for a percent sign
            '%'.format([1]) => error: invalid argument: '%' is no place for a value; there are %s %d %f %e %b %o %x %X, %.2f and %.2e, and %% for a percent sign
            '%.'.format([1.0]) => error: invalid argument: '%.' asks for no number of digits from 0 to 100
            '%.101f'.format([1.0]) => error: invalid argument: '%.101' asks for no number of digits from 0 to 100
            '%.2d'.format([1]) => error: invalid argument: '%.2d' is no place for a value; there are %s %d %f %e %b %o %x %X, %.2f and %.2e, and %% for a percent sign
            '%d'.format(['a']) => error: no such overload: %d takes a number; value 1 is of type string
            '%x'.format([1.0]) => error: no such overload: %x takes an integer, a string or bytes; value 1 is of type double
            '%s'.format([optional.of(1)]) => error: no such overload: %s takes a value with a text; value 1 is of type optional_type
            strings.quote('a"\\\a\b\f\n\r\t\v→') => string "\"a\\\"\\\\\\a\\b\\f\\n\\r\\t\\v→\""
        "#]],
    );
}

#[test]
fn lists_and_sets() {
    check(
        "
        [1, 2, 3, 4].slice(1, 3)
        [1, 2].slice(1, 3)
        [1, 2].slice(-1, 1)
        [1, [2, [3, [4]]]].flatten()
        [1, [2, [3, [4]]]].flatten(2)
        [1].flatten(-1)
        [3, 1, 2].sort()
        ['b', 'a'].sort() + [true, false].sort() + [2u, 1u].sort() + [duration('2s'), duration('1s')].sort()
        [].sort()
        [2.0, double('NaN'), 1.0].sort()
        [1, 'a'].sort()
        [1, 2.0].sort()
        [[1]].sort()
        [{'n': 'b', 'v': 2}, {'n': 'a', 'v': 3}, {'n': 'c', 'v': 2}].sortBy(e, e.v).map(e, e.n)
        [3, 1].sortBy(e, -e)
        1.sortBy(e, e)
        [1, 2.0, 1u, 2, [1], [1.0], 'a'].distinct()
        lists.range(4).reverse() + lists.range(0)
        lists.range(-1)
        [1, 2].first().value() + [1, 2].last().value()
        [].first().hasValue() || [].last().hasValue()
        sets.contains([1, 2, 3], [3, 1.0]) && !sets.contains([1], [1, 2]) && sets.contains([], [])
        sets.equivalent([1, 2, 2], [2u, 1]) && !sets.equivalent([1], [1, 2])
        sets.intersects([1, 2], [2, 3]) && !sets.intersects([1], []) && sets.intersects([[1]], [[1.0]])
        sets.union([1], [2])
        sets.contains(1, [1])
        lists.shuffle([1])
        ",
        &expect![[r#"
            [1, 2, 3, 4].slice(1, 3) => list [2, 3]
            [1, 2].slice(1, 3) => error: index out of range: 1..3 of a list of 2
            [1, 2].slice(-1, 1) => error: index out of range: -1..1 of a list of 2
            [1, [2, [3, [4]]]].flatten() => list [1, 2, [3, [4]]]
            [1, [2, [3, [4]]]].flatten(2) => list [1, 2, 3, [4]]
            [1].flatten(-1) => error: invalid argument: flattening by -1 levels
            [3, 1, 2].sort() => list [1, 2, 3]
            ['b', 'a'].sort() + [true, false].sort() + [2u, 1u].sort() + [duration('2s'), duration('1s')].sort() => list ["a", "b", false, true, 1u, 2u, duration("1s"), duration("2s")]
            [].sort() => list []
            [2.0, double('NaN'), 1.0].sort() => list [1.0, 2.0, double("NaN")]
            [1, 'a'].sort() => error: no such overload: sort of int and string
            [1, 2.0].sort() => error: no such overload: sort of int and double
            [[1]].sort() => error: no such overload: sort of list
            [{'n': 'b', 'v': 2}, {'n': 'a', 'v': 3}, {'n': 'c', 'v': 2}].sortBy(e, e.v).map(e, e.n) => list ["b", "c", "a"]
            [3, 1].sortBy(e, -e) => list [3, 1]
            1.sortBy(e, e) => error: no such overload: int.sortBy(…)
            [1, 2.0, 1u, 2, [1], [1.0], 'a'].distinct() => list [1, 2.0, [1], "a"]
            lists.range(4).reverse() + lists.range(0) => list [3, 2, 1, 0]
            lists.range(-1) => error: invalid argument: a list of -1 elements
            [1, 2].first().value() + [1, 2].last().value() => int 3
            [].first().hasValue() || [].last().hasValue() => bool false
            sets.contains([1, 2, 3], [3, 1.0]) && !sets.contains([1], [1, 2]) && sets.contains([], []) => bool true
            sets.equivalent([1, 2, 2], [2u, 1]) && !sets.equivalent([1], [1, 2]) => bool true
            sets.intersects([1, 2], [2, 3]) && !sets.intersects([1], []) && sets.intersects([[1]], [[1.0]]) => bool true
            sets.union([1], [2]) => error: no such overload: sets.union(list, list)
            sets.contains(1, [1]) => error: no such overload: sets.contains(int, list)
            lists.shuffle([1]) => error: no such overload: lists.shuffle(list)
        "#]],
    );
}

#[test]
fn bytes_as_text_and_patterns() {
    check(
        r"
        base64.encode(b'') + base64.encode(b'a') + base64.encode(b'ab') + base64.encode(b'abc')
        base64.decode('YWI=') + base64.decode('YWI') + base64.decode('')
        base64.decode('YWI=') == base64.decode(base64.encode(b'ab'))
        base64.encode(b'\xfb\xff')
        base64.decode('Y')
        base64.decode('YW=I')
        base64.decode('YWI==')
        base64.decode('Y!I=')
        base64.encode('a')
        'gate-7'.matches('[0-9]') && matches('gate', 'at') && ''.matches('')
        'a'.matches('(')
        'a'.matches(1)
        regex.extract('gate-17 of 20', '[0-9]+')
        regex.extract('gate-17', 'gate-([0-9]+)')
        regex.extract('gate', '[0-9]+')
        regex.extract('a-b', '(a)-(b)')
        regex.extractAll('gate-17 of 20', '[0-9]+')
        regex.replace('1-2, 3-4', r'(\d)-(\d)', r'\2-\1')
        regex.replace('aaa', 'a', 'b', 2) + regex.replace('aaa', 'a', 'b', 0) + regex.replace('aaa', 'a', 'b', -1)
        regex.replace('a', 'a', r'\\')
        regex.replace('a', 'a', r'\7')
        ",
        &expect![[r#"
            base64.encode(b'') + base64.encode(b'a') + base64.encode(b'ab') + base64.encode(b'abc') => string "YQ==YWI=YWJj"
            base64.decode('YWI=') + base64.decode('YWI') + base64.decode('') => bytes b"abab"
            base64.decode('YWI=') == base64.decode(base64.encode(b'ab')) => bool true
            base64.encode(b'\xfb\xff') => string "+/8="
            base64.decode('Y') => error: invalid argument: 'Y' is not base64
            base64.decode('YW=I') => error: invalid argument: 'YW=I' is not base64
            base64.decode('YWI==') => error: invalid argument: 'YWI==' is not base64
            base64.decode('Y!I=') => error: invalid argument: 'Y!I=' is not base64
            base64.encode('a') => error: no such overload: base64.encode(string)
            'gate-7'.matches('[0-9]') && matches('gate', 'at') && ''.matches('') => bool true
            'a'.matches('(') => error: invalid argument: the pattern '(' cannot be read: unclosed group
            'a'.matches(1) => error: no such overload: matches(string, int)
            regex.extract('gate-17 of 20', '[0-9]+') => optional_type optional.of("17")
            regex.extract('gate-17', 'gate-([0-9]+)') => optional_type optional.of("17")
            regex.extract('gate', '[0-9]+') => optional_type optional.none()
            regex.extract('a-b', '(a)-(b)') => error: invalid argument: '(a)-(b)' has 2 groups; extracting takes one at most
            regex.extractAll('gate-17 of 20', '[0-9]+') => list ["17", "20"]
            regex.replace('1-2, 3-4', r'(\d)-(\d)', r'\2-\1') => string "2-1, 4-3"
            regex.replace('aaa', 'a', 'b', 2) + regex.replace('aaa', 'a', 'b', 0) + regex.replace('aaa', 'a', 'b', -1) => string "bbaaaabbb"
            regex.replace('a', 'a', r'\\') => string "\\"
            regex.replace('a', 'a', r'\7') => error: invalid argument: '\7' names no group of the pattern; write \1, or \\ for a backslash
        "#]],
    );
}

#[test]
fn networks() {
    check(
        "
        ip('10.0.0.1')
        ip('2001:DB8::1')
        ip('::ffff:a00:1') == ip('10.0.0.1')
        ip('::ffff:10.0.0.1')
        ip('fe80::1%eth0')
        ip('10.0.0')
        isIP('10.0.0.1') && !isIP('10.0.0.1/8') && isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.1')
        isIP(ip('10.0.0.1'))
        ip.isCanonical('2001:db8::1') && !ip.isCanonical('2001:db8:0::1')
        ip.isCanonical('x')
        ip('10.0.0.1').family() + ip('::1').family()
        ip('0.0.0.0').isUnspecified() && ip('::1').isLoopback() && ip('127.3.0.1').isLoopback()
        ip('169.254.0.1').isLinkLocalUnicast() && ip('fe80::1').isLinkLocalUnicast()
        ip('224.0.0.251').isLinkLocalMulticast() && ip('ff02::fb').isLinkLocalMulticast() && !ip('224.0.1.1').isLinkLocalMulticast()
        ip('10.0.0.1').isGlobalUnicast() && !ip('255.255.255.255').isGlobalUnicast() && !ip('ff02::1').isGlobalUnicast()
        cidr('10.0.0.7/24')
        cidr('10.0.0.7/24').masked()
        cidr('10.0.0.7/24').ip()
        cidr('2001:db8::/32').prefixLength()
        cidr('10.0.0.0/33')
        cidr('10.0.0.0/+8')
        cidr('10.0.0.0')
        cidr('fe80::1%eth0/64')
        cidr('::ffff:10.0.0.0/104')
        cidr('10.0.0.0/8').containsIP('10.255.0.1') && !cidr('10.0.0.0/8').containsIP(ip('11.0.0.1'))
        cidr('0.0.0.0/0').containsIP('255.0.0.1') && !cidr('0.0.0.0/0').containsIP('::1')
        cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))
        string(ip('10.0.0.1')) + ' ' + string(cidr('10.0.0.0/8'))
        type(ip('::1')) == net.IP && type(cidr('::/0')) == net.CIDR
        ip('10.0.0.1') < ip('10.0.0.2')
        [ip('10.0.0.1')] == [ip('10.0.0.1')]
        ",
        &expect![[r#"
            ip('10.0.0.1') => net.IP ip("10.0.0.1")
            ip('2001:DB8::1') => net.IP ip("2001:db8::1")
            ip('::ffff:a00:1') == ip('10.0.0.1') => bool true
            ip('::ffff:10.0.0.1') => error: invalid argument: '::ffff:10.0.0.1' is an IPv4 address within IPv6; write the IPv4 address alone
            ip('fe80::1%eth0') => error: invalid argument: 'fe80::1%eth0' has a zone; leave out what follows the %
            ip('10.0.0') => error: invalid argument: '10.0.0' is not an IP address; write 10.0.0.1 or 2001:db8::1
            isIP('10.0.0.1') && !isIP('10.0.0.1/8') && isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.1') => bool true
            isIP(ip('10.0.0.1')) => error: no such overload: isIP(net.IP)
            ip.isCanonical('2001:db8::1') && !ip.isCanonical('2001:db8:0::1') => bool true
            ip.isCanonical('x') => error: invalid argument: 'x' is not an IP address; write 10.0.0.1 or 2001:db8::1
            ip('10.0.0.1').family() + ip('::1').family() => int 10
            ip('0.0.0.0').isUnspecified() && ip('::1').isLoopback() && ip('127.3.0.1').isLoopback() => bool true
            ip('169.254.0.1').isLinkLocalUnicast() && ip('fe80::1').isLinkLocalUnicast() => bool true
            ip('224.0.0.251').isLinkLocalMulticast() && ip('ff02::fb').isLinkLocalMulticast() && !ip('224.0.1.1').isLinkLocalMulticast() => bool true
            ip('10.0.0.1').isGlobalUnicast() && !ip('255.255.255.255').isGlobalUnicast() && !ip('ff02::1').isGlobalUnicast() => bool true
            cidr('10.0.0.7/24') => net.CIDR cidr("10.0.0.7/24")
            cidr('10.0.0.7/24').masked() => net.CIDR cidr("10.0.0.0/24")
            cidr('10.0.0.7/24').ip() => net.IP ip("10.0.0.7")
            cidr('2001:db8::/32').prefixLength() => int 32
            cidr('10.0.0.0/33') => error: invalid argument: '10.0.0.0/33' is not a block of addresses; write 10.0.0.0/8 or 2001:db8::/32
            cidr('10.0.0.0/+8') => error: invalid argument: '10.0.0.0/+8' is not a block of addresses; write 10.0.0.0/8 or 2001:db8::/32
            cidr('10.0.0.0') => error: invalid argument: '10.0.0.0' is not a block of addresses; write 10.0.0.0/8 or 2001:db8::/32
            cidr('fe80::1%eth0/64') => error: invalid argument: 'fe80::1%eth0' has a zone; leave out what follows the %
            cidr('::ffff:10.0.0.0/104') => error: invalid argument: '::ffff:10.0.0.0' is an IPv4 address within IPv6; write the IPv4 address alone
            cidr('10.0.0.0/8').containsIP('10.255.0.1') && !cidr('10.0.0.0/8').containsIP(ip('11.0.0.1')) => bool true
            cidr('0.0.0.0/0').containsIP('255.0.0.1') && !cidr('0.0.0.0/0').containsIP('::1') => bool true
            cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8')) => bool true
            string(ip('10.0.0.1')) + ' ' + string(cidr('10.0.0.0/8')) => string "10.0.0.1 10.0.0.0/8"
            type(ip('::1')) == net.IP && type(cidr('::/0')) == net.CIDR => bool true
            ip('10.0.0.1') < ip('10.0.0.2') => error: no such overload: net.IP < net.IP
            [ip('10.0.0.1')] == [ip('10.0.0.1')] => bool true
        "#]],
    );
}

#[test]
fn macros_over_two_variables() {
    check(
        "
        [5, 6].all(i, v, v == i + 5) && {'a': 1}.all(k, v, k == 'a' && v == 1)
        [5, 6].exists(i, v, i == 1 && v == 6) && !{}.exists(k, v, true)
        [5, 6].existsOne(i, v, v > 5) && !{'a': 1, 'b': 1}.existsOne(k, v, v == 1)
        [0, 1].exists(i, v, 1 / v == 1)
        [5, 6].transformList(i, v, v * i)
        [5, 6].transformList(i, v, i > 0, v)
        {'a': 1, 'b': 2}.transformList(k, v, k + string(v))
        {'a': 1, 'b': 2}.transformMap(k, v, v * 10)
        {'a': 1, 'b': 2}.transformMap(k, v, v > 1, v * 10)
        ['x'].transformMap(i, v, v)
        {'a': 'x', 'b': 'y'}.transformMapEntry(k, v, {v: k})
        {'a': 'x', 'b': 'x'}.transformMapEntry(k, v, {v: k})
        {'a': 'x', 'b': 'x'}.transformMapEntry(k, v, k == 'b', {v: k})
        [1].transformMapEntry(i, v, v)
        [1].all(i, i, true)
        [1].all(1, v, true)
        [1].exists(x, .x == 2) | x=2
        [[1, 2], [3]].map(x, x.map(x, x * 2))
        cel.block([2, cel.index(0) * 3, 1 / 0], cel.index(1) + cel.index(0))
        cel.block([1 / 0], cel.index(0))
        cel.block([1], cel.index(1))
        cel.index(0)
        [1, 2].map(cel.iterVar(0, 0), cel.iterVar(0, 0) + 1)
        cel.bind(x, 2, cel.bind(y, x + 1, x * y))
        ",
        &expect![[r#"
            [5, 6].all(i, v, v == i + 5) && {'a': 1}.all(k, v, k == 'a' && v == 1) => bool true
            [5, 6].exists(i, v, i == 1 && v == 6) && !{}.exists(k, v, true) => bool true
            [5, 6].existsOne(i, v, v > 5) && !{'a': 1, 'b': 1}.existsOne(k, v, v == 1) => bool true
            [0, 1].exists(i, v, 1 / v == 1) => bool true
            [5, 6].transformList(i, v, v * i) => list [0, 6]
            [5, 6].transformList(i, v, i > 0, v) => list [6]
            {'a': 1, 'b': 2}.transformList(k, v, k + string(v)) => list ["a1", "b2"]
            {'a': 1, 'b': 2}.transformMap(k, v, v * 10) => map {"a": 10, "b": 20}
            {'a': 1, 'b': 2}.transformMap(k, v, v > 1, v * 10) => map {"b": 20}
            ['x'].transformMap(i, v, v) => map {0: "x"}
            {'a': 'x', 'b': 'y'}.transformMapEntry(k, v, {v: k}) => map {"x": "a", "y": "b"}
            {'a': 'x', 'b': 'x'}.transformMapEntry(k, v, {v: k}) => error: invalid argument: the key "x" is repeated
            {'a': 'x', 'b': 'x'}.transformMapEntry(k, v, k == 'b', {v: k}) => map {"x": "b"}
            [1].transformMapEntry(i, v, v) => error: no such overload: entries of int, which is no map
            [1].all(i, i, true) => error: invalid argument: both variables are named `i`
            [1].all(1, v, true) => error: invalid argument: `1` is not a variable name
            [1].exists(x, .x == 2) | x=2 => bool true
            [[1, 2], [3]].map(x, x.map(x, x * 2)) => list [[2, 4], [6]]
            cel.block([2, cel.index(0) * 3, 1 / 0], cel.index(1) + cel.index(0)) => int 8
            cel.block([1 / 0], cel.index(0)) => error: division by zero
            cel.block([1], cel.index(1)) => error: undeclared reference to 'cel.index(1)'
            cel.index(0) => error: undeclared reference to 'cel.index(0)'
            [1, 2].map(cel.iterVar(0, 0), cel.iterVar(0, 0) + 1) => list [2, 3]
            cel.bind(x, 2, cel.bind(y, x + 1, x * y)) => int 6
        "#]],
    );
}

#[test]
fn optionals() {
    check(
        "
        optional.of(1)
        optional.none()
        [optional.of([1]), optional.none()]
        optional.ofNonZeroValue(0).hasValue() || optional.ofNonZeroValue('').hasValue() || optional.ofNonZeroValue([]).hasValue()
        optional.ofNonZeroValue(duration('0s')).hasValue() || optional.ofNonZeroValue(timestamp(0)).hasValue()
        optional.ofNonZeroValue('a').value() + optional.of('').value()
        optional.none().value()
        {'a': {'b': 1}}.?a.?b
        {'a': {'b': 1}}.?x.b
        {'a': {'b': 1}}.?a.x.orValue(7)
        {'a': 1}.?a.b
        1.?a
        [1, 2][?1].orValue(0) + [1, 2][?5].orValue(10) + {'a': 1}[?'b'].orValue(100)
        [1][?'a']
        optional.of([5])[0]
        optional.none()[0].hasValue()
        optional.none().or(optional.of(2)).value() + optional.of(1).or(optional.of(1 / 0)).value()
        optional.of(1).orValue(1 / 0)
        optional.none().or(1)
        1.orValue(2)
        optional.of(2).optMap(x, x * 2).value() + optional.of(2).optFlatMap(x, [x, 9][?1]).value()
        optional.none().optMap(x, 1 / 0).hasValue()
        optional.of(2).optFlatMap(x, x)
        [1, ?optional.of(2), ?optional.none()]
        {'a': 1, ?'b': optional.of(2), ?'c': optional.none()}
        [?1]
        [optional.of(1), optional.none()].unwrapOpt() + optional.unwrap([optional.of(2)])
        has({'a': {'b': 1}}.?a.b) && !has({}.?a.b)
        has(optional.of({'a': 1}).a) && !has(optional.none().a)
        type(optional.none()) == optional_type
        optional.of(1) == optional.of(1.0) && optional.of(1) != optional.none() && optional.none() == optional.none()
        ",
        &expect![[r#"
            optional.of(1) => optional_type optional.of(1)
            optional.none() => optional_type optional.none()
            [optional.of([1]), optional.none()] => list [optional.of([1]), optional.none()]
            optional.ofNonZeroValue(0).hasValue() || optional.ofNonZeroValue('').hasValue() || optional.ofNonZeroValue([]).hasValue() => bool false
            optional.ofNonZeroValue(duration('0s')).hasValue() || optional.ofNonZeroValue(timestamp(0)).hasValue() => bool false
            optional.ofNonZeroValue('a').value() + optional.of('').value() => string "a"
            optional.none().value() => error: invalid argument: optional.none() has no value
            {'a': {'b': 1}}.?a.?b => optional_type optional.of(1)
            {'a': {'b': 1}}.?x.b => optional_type optional.none()
            {'a': {'b': 1}}.?a.x.orValue(7) => int 7
            {'a': 1}.?a.b => error: no such overload: int.b
            1.?a => error: no such overload: int.a
            [1, 2][?1].orValue(0) + [1, 2][?5].orValue(10) + {'a': 1}[?'b'].orValue(100) => int 112
            [1][?'a'] => error: no such overload: list [] string
            optional.of([5])[0] => optional_type optional.of(5)
            optional.none()[0].hasValue() => bool false
            optional.none().or(optional.of(2)).value() + optional.of(1).or(optional.of(1 / 0)).value() => int 3
            optional.of(1).orValue(1 / 0) => int 1
            optional.none().or(1) => error: no such overload: optional_type.or(int)
            1.orValue(2) => error: no such overload: int.orValue(…)
            optional.of(2).optMap(x, x * 2).value() + optional.of(2).optFlatMap(x, [x, 9][?1]).value() => int 13
            optional.none().optMap(x, 1 / 0).hasValue() => bool false
            optional.of(2).optFlatMap(x, x) => error: no such overload: optional_type.optFlatMap(int)
            [1, ?optional.of(2), ?optional.none()] => list [1, 2]
            {'a': 1, ?'b': optional.of(2), ?'c': optional.none()} => map {"a": 1, "b": 2}
            [?1] => error: no such overload: `?` before int, which is no optional
            [optional.of(1), optional.none()].unwrapOpt() + optional.unwrap([optional.of(2)]) => list [1, 2]
            has({'a': {'b': 1}}.?a.b) && !has({}.?a.b) => bool true
            has(optional.of({'a': 1}).a) && !has(optional.none().a) => bool true
            type(optional.none()) == optional_type => bool true
            optional.of(1) == optional.of(1.0) && optional.of(1) != optional.none() && optional.none() == optional.none() => bool true
        "#]],
    );
}
