//! What typed programs take, over the names of [`super::host`].

use super::forms::Tables;

/// Operands and forms of every type a slot can have.
pub(super) const TYPED: Tables = Tables {
    leaves: TYPED_LEAVES,
    forms: TYPED_FORMS,
};

/// By type, as in [`super::forms`]: `t`imestamp, d`u`ration; `g` is a symbol.
const TYPED_LEAVES: &[(char, &[&str])] = &[
    ('i', &["0", "1", "-1", "7", "9223372036854775807", "x"]),
    ('n', &["0.0", "-0.0", "1.5", "1e300", "n"]),
    ('s', &["''", "'a'", "'sông Cầu'", "s", "asset.name"]),
    ('t', &["t", "now", "timestamp('2026-03-01T00:00:00.5Z')"]),
    ('u', &["u", "duration('90m')", "duration('-1.5s')"]),
    ('g', &["gate"]),
    ('b', &["true", "false", "b", "gate == 'open'"]),
];

const TYPED_FORMS: &[(char, &[&str])] = &[
    (
        'i',
        &[
            "$i + $i",
            "$i - $i",
            "$i * $i",
            "$i / $i",
            "$i % $i",
            "-$i",
            "int($n)",
            "size($s)",
            "$s.size()",
            "$t.getFullYear()",
            "$t.getDayOfWeek()",
            "$t.getHours('+07:00')",
            "$t.getMinutes('Asia/Ho_Chi_Minh')",
            "$u.getHours()",
            "$u.getMinutes()",
            "$b ? $i : $i",
        ],
    ),
    (
        'n',
        &[
            "$n + $n",
            "$n - $n",
            "$n * $n",
            "$n / $n",
            "-$n",
            "double($i)",
            "math.abs($n)",
            "math.ceil($n)",
            "math.floor($n)",
            "math.round($n)",
            "math.trunc($n)",
            "math.greatest($n, $n)",
            "math.least($n, $n, $n)",
            "$b ? $n : $n",
        ],
    ),
    ('s', &["$s + $s", "$b ? $s : $s"]),
    ('t', &["$t + $u", "$u + $t", "$t - $u", "$b ? $t : $t"]),
    ('u', &["$t - $t", "$u + $u", "$u - $u", "$b ? $u : $u"]),
    ('g', &["gate"]),
    (
        'b',
        &[
            "$b && $b",
            "$b || $b",
            "!$b",
            "$b ? $b : $b",
            "$b == $b",
            "$i == $i",
            "$i < $n",
            "$n >= $i",
            "$n < $n",
            "$n != $n",
            "$s == $s",
            "$s < $s",
            "$t > $t",
            "$t == $t",
            "$u <= $u",
            "$g == 'shut'",
            "$g != 'moving'",
            "$g in ['open', 'shut']",
            "$g == $g",
            "$s in ['a', 'b', 'a-b']",
            "$s.startsWith($s)",
            "$s.endsWith($s)",
            "$s.contains($s)",
            "$s.matches('^[a-z]+-?')",
        ],
    ),
];
