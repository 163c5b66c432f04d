//! Expressions put together from every construct and function there is, as numbers choose: most are well formed.

/// Operands and forms by type; what is not listed under a type is under the last.
pub(crate) struct Tables {
    pub(crate) leaves: &'static [(char, &'static [&'static str])],
    pub(crate) forms: &'static [(char, &'static [&'static str])],
}

/// Whatever CEL can say, with `x` an int.
pub(crate) const ANY: Tables = Tables {
    leaves: LEAVES,
    forms: FORMS,
};

/// Operands with their edges, by type: `i`nt, `n`umber, `s`tring, b`y`tes, `b`ool, `l`ist, `m`ap, `t`imestamp, d`u`ration,
/// `o`ptional, `a`ddress, and `?` for the rest.
const LEAVES: &[(char, &[&str])] = &[
    (
        'i',
        &[
            "0",
            "1",
            "-1",
            "7",
            "9223372036854775807",
            "-9223372036854775808",
            "x",
        ],
    ),
    (
        'n',
        &[
            "0.0",
            "-0.0",
            "1.5",
            "1e300",
            "double('NaN')",
            "double('-Infinity')",
        ],
    ),
    (
        's',
        &[
            "''",
            "'a'",
            "'sông Cầu'",
            "'%s %d'",
            "'a-b'",
            r"'\u0000\n'",
            "'+07:00'",
            "'90m'",
        ],
    ),
    ('y', &[r"b'\xff'", "b''", "b'ab'"]),
    ('b', &["true", "false"]),
    (
        'l',
        &[
            "[]",
            "[1, 2]",
            "['a', 'b']",
            "[1, 'a', [2.5]]",
            "lists.range(3)",
        ],
    ),
    ('m', &["{}", "{'a': 1}", "{1: 'b', true: [2]}"]),
    (
        't',
        &[
            "timestamp(0)",
            "timestamp('9999-12-31T23:59:59.999999999Z')",
        ],
    ),
    ('u', &["duration('-1.5s')", "duration('90m')"]),
    (
        'o',
        &["optional.none()", "optional.of(1)", "optional.of({'a': 1})"],
    ),
    ('a', &["ip('::1')", "ip('10.0.0.1')", "cidr('10.0.0.0/8')"]),
    (
        '?',
        &[
            "null",
            "0u",
            "3u",
            "18446744073709551615u",
            "int",
            "optional_type",
        ],
    ),
];

/// What is made of others, by type: `$i` stands for an int, and so on.
const FORMS: &[(char, &[&str])] = &[
    (
        'i',
        &[
            "$i + $i",
            "$i - $i",
            "$i * $i",
            "$i / $i",
            "$i % $i",
            "-$i",
            ".x + $i",
            "int($n)",
            "int($s)",
            "int($t)",
            "size($s)",
            "size($l)",
            "$m.size()",
            "$s.indexOf($s)",
            "$s.lastIndexOf($s, $i)",
            "$t.getFullYear()",
            "$t.getHours($s)",
            "$u.getMinutes()",
            "math.abs($i)",
            "math.bitShiftLeft($i, $i)",
            "math.bitXor($i, $i)",
            "$b ? $i : $i",
            "$o.orValue($i)",
            "cel.bind(x, $i, $i)",
            "cel.block([$i, $i], cel.index(0) + cel.index(1))",
        ],
    ),
    (
        'n',
        &[
            "$n + $n",
            "$n - $n",
            "$n * $n",
            "$n / $n",
            "double($i)",
            "double($s)",
            "math.round($n)",
            "math.sqrt($n)",
            "math.greatest($n, $i)",
            "math.least([$n, $i])",
            "math.sign($n)",
        ],
    ),
    (
        's',
        &[
            "$s + $s",
            "string($i)",
            "string($n)",
            "string($t)",
            "string($u)",
            "string($y)",
            "string($a)",
            "$s.charAt($i)",
            "$s.substring($i)",
            "$s.substring($i, $i)",
            "$s.replace($s, $s)",
            "$s.replace($s, $s, $i)",
            "$l.join($s)",
            "$s.trim()",
            "$s.reverse()",
            "$s.upperAscii()",
            "'%s %s'.format([$?, $l])",
            "'%d %x %o %b'.format([$i, $i, $i, $i])",
            "'%.3f %e %s'.format([$n, $n, $n])",
            "$s.format([$i, $s])",
            "strings.quote($s)",
            "base64.encode($y)",
            "regex.replace($s, 'a', $s)",
            "$s.split($s).join()",
        ],
    ),
    ('y', &["$y + $y", "bytes($s)", "base64.decode($s)"]),
    (
        'b',
        &[
            "$i == $n",
            "$l == $l",
            "$m != $m",
            "$i < $n",
            "$s <= $s",
            "$t > $t",
            "$u >= $u",
            "$? == $?",
            "$i in $l",
            "$s in $m",
            "$b && $b",
            "$b || $i / $i == 1",
            "!$b",
            "has($m.a)",
            "has($o.a)",
            "$l.all(x, $b)",
            "$l.exists(x, x == $i)",
            "$l.exists_one(x, $b)",
            "$l.all(i, x, i >= 0)",
            "$m.exists(k, x, $b)",
            "$s.matches($s)",
            "$s.startsWith($s)",
            "$s.contains($s)",
            "sets.equivalent($l, $l)",
            "sets.contains($l, $l)",
            "$o.hasValue()",
            "isIP($s)",
            "$a.containsIP($a)",
            "bool($s)",
            "math.isNaN($n)",
            "type($?) == $?",
        ],
    ),
    (
        'l',
        &[
            "[$i, $?]",
            "[$l, $s]",
            "[?$o, $i]",
            "$l + $l",
            "$l.map(x, $?)",
            "$l.filter(x, $b)",
            "$l.map(x, $b, [x])",
            "$m.map(x, x)",
            "$l.transformList(i, x, [i, x])",
            "$m.transformList(k, x, $b, k)",
            "$l.sortBy(x, $i)",
            "$s.split($s)",
            "$s.split('', $i)",
            "$l.slice(0, $i)",
            "$l.flatten()",
            "$l.flatten($i)",
            "[$i, $i, $i].sort()",
            "[$s, $s].sort()",
            "[$n, $n, $n].sort()",
            "$l.distinct()",
            "$l.reverse()",
            "[$o].unwrapOpt()",
            "regex.extractAll($s, $s)",
            "lists.range($i)",
        ],
    ),
    (
        'm',
        &[
            "{$s: $?, $i: $l}",
            "{$b: $n}",
            "{'a': $m, ?'b': $o}",
            "$l.transformMap(i, x, $?)",
            "$m.transformMap(k, x, [x])",
            "$l.transformMapEntry(i, x, {i: x})",
            "$b ? $m : $m",
        ],
    ),
    (
        't',
        &["$t + $u", "$t - $u", "timestamp($i)", "timestamp($s)"],
    ),
    ('u', &["$u + $u", "$u - $u", "$t - $t", "duration($s)"]),
    (
        'o',
        &[
            "$m.?a",
            "$m[?$s]",
            "$l[?$i]",
            "$o.?a",
            "$o[?0]",
            "optional.of($?)",
            "optional.ofNonZeroValue($l)",
            "$o.or($o)",
            "$o.optMap(x, $?)",
            "$o.optFlatMap(x, $o)",
            "$l.first()",
            "$l.last()",
            "regex.extract($s, $s)",
        ],
    ),
    ('a', &["ip($s)", "$a.masked()", "$a.ip()"]),
    (
        '?',
        &[
            "dyn($i)",
            "$n",
            "$s",
            "$y",
            "$b",
            "$l",
            "$m",
            "$t",
            "$u",
            "$o",
            "$a",
            "$l[$i]",
            "$m[$s]",
            "$m.a",
            "type($l)",
            "uint($i)",
            "$? ? $i : $s",
            "$o.value()",
            "$?.a",
            "cel.index(0)",
        ],
    ),
];

/// The parts of a type in a table; the last one's where it has none.
fn of_type(table: &[(char, &'static [&'static str])], ty: char) -> &'static [&'static str] {
    let found = table.iter().find(|(known, _)| *known == ty);
    found.or(table.last()).map_or(&[], |(_, parts)| parts)
}

/// An expression that the numbers choose, part by part; when they run out it ends in operands.
pub(crate) fn expression(
    tables: &Tables,
    choices: &mut impl Iterator<Item = usize>,
    ty: char,
    depth: usize,
) -> String {
    // Now and then an operand of another type: errors must be absorbed and reported as well.
    let ty = match choices.next() {
        Some(n) if n % 24 == 23 => tables.forms[n / 24 % tables.forms.len()].0,
        _ => ty,
    };
    let chosen = choices.next();
    let ends = depth == 0 || chosen.is_none_or(|n| n % 4 == 0);
    let table = of_type(if ends { tables.leaves } else { tables.forms }, ty);
    let form = table[chosen.unwrap_or(0) / 4 % table.len()];
    let mut parts = form.split('$');
    let mut source = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let ty = part.chars().next().unwrap_or('?');
        let inner = expression(tables, choices, ty, depth - 1);
        source.extend(["(", &inner, ")", &part[ty.len_utf8()..]]);
    }
    source
}
