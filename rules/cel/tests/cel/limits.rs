//! No expression holds up or fills up its host: what would is stopped with an error, whatever way it multiplies.

use std::collections::BTreeMap;

use crate::dynamic::evaluated;

const STOPPED: &str =
    "the evaluation was stopped: its work and its values may not take more than 4000000 steps";

/// `cel.bind(x1, f(x0), cel.bind(x2, f(x1), … last))`: the step is written with `$` for what came before it.
fn repeated(first: &str, step: &str, times: usize, last: &str) -> String {
    let mut source = last.replace('$', &format!("x{times}"));
    for place in (0..times).rev() {
        let step = step.replace('$', &format!("x{place}"));
        source = format!("cel.bind(x{}, {step}, {source})", place + 1);
    }
    format!("cel.bind(x0, {first}, {source})")
}

#[track_caller]
fn stopped(source: &str) {
    let shown: String = source.chars().take(200).collect();
    assert_eq!(
        evaluated(source, &BTreeMap::new()).err().as_deref(),
        Some(STOPPED),
        "{shown}"
    );
}

#[test]
fn macros_that_nest() {
    let nested = (0..12).fold("1".to_owned(), |body, i| {
        format!("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(x{i}, {body})")
    });
    stopped(&nested);
    stopped("lists.range(3000).all(i, lists.range(3000).all(j, i >= 0))");
    // An absorbing operator does not absorb the end of the evaluation.
    stopped(&format!("{nested} == [] || true"));
    stopped(&format!("[1].exists(y, {nested} == []) || true"));
    stopped(&format!("cel.block([{nested}], 1)"));
}

#[test]
fn values_that_double() {
    stopped(&repeated("'ab'", "$ + $", 60, "$"));
    stopped(&repeated("b'ab'", "$ + $", 60, "$"));
    stopped(&repeated("[1]", "$ + $", 60, "$"));
    // Shared parts take no room, but whoever compares or prints them goes through all of them.
    stopped(&repeated("[1]", "[$, $]", 60, "$"));
    stopped(&repeated("[1]", "[$, $]", 60, "$ == $"));
    stopped(&repeated("[1]", "[$, $]", 60, "[1] in $"));
    stopped(&repeated("[1]", "[$, $]", 60, "'%s'.format([$])"));
    stopped(&repeated("[1]", "[$, $]", 60, "$.flatten(100)"));
    stopped(&repeated("[1]", "{1: $, 2: $}", 60, "$"));
    stopped(&repeated("optional.of(1)", "optional.of([$, $])", 40, "$"));
}

#[test]
fn texts_that_grow() {
    stopped("lists.range(9223372036854775807)");
    stopped(&repeated("'aaaaaaaaaa'", "$.replace('a', $)", 6, "$"));
    stopped(&repeated(
        "'a'",
        "$ + $",
        18,
        "lists.range(100).map(i, $).join()",
    ));
    stopped(&repeated(
        "'%s%s'",
        "$ + $",
        12,
        "$.format(lists.range(8192).map(i, $))",
    ));
    stopped(&repeated(
        "'a'",
        "$ + $",
        20,
        "lists.range(1000).map(i, $.contains('b'))",
    ));
    stopped(&repeated("'a'", "$ + $", 16, "regex.replace($, 'a', $)"));
}

#[test]
fn lists_that_are_compared_with_themselves() {
    stopped("lists.range(20000).distinct()");
    stopped("cel.bind(r, lists.range(20000), sets.equivalent(r, r))");
    stopped("cel.bind(r, lists.range(5000), r.all(i, !(-1 in r)))");
    stopped(&repeated(
        "'a'",
        "$ + $",
        18,
        "lists.range(1000).map(i, $).sort()",
    ));
}

#[test]
fn patterns_that_are_costly() {
    stopped("lists.range(1000).map(i, 'a'.matches('(a{50}){' + string(i % 50) + '}'))");
    stopped(&repeated("'a'", "$ + $", 17, "$.matches('(a?){200}b')"));
    stopped("'a'.matches('(a{1000}){1000}')");
}

#[test]
fn lists_that_nest_too_deep_to_be_read_back() {
    let nested = |levels: usize| repeated("[1]", "[$]", levels - 1, "$");
    let shown = evaluated(&nested(90), &BTreeMap::new())
        .unwrap()
        .to_string();
    assert_eq!(
        evaluated(&shown, &BTreeMap::new()).unwrap().to_string(),
        shown
    );
    let twice = format!(
        "cel.bind(y, {}, {})",
        nested(90),
        repeated("y", "[$]", 60, "$")
    );
    assert_eq!(
        evaluated(&twice, &BTreeMap::new()).unwrap_err(),
        "invalid argument: lists and maps nested more than 100 levels deep"
    );
}

#[test]
fn ordinary_work_is_far_from_the_limit() {
    let ordinary = [
        "lists.range(1000).map(i, 'gate-' + string(i)).filter(n, n.matches('^gate-[0-9]*7$')).size()",
        "lists.range(2000).map(i, -i).sort()[0]",
        "lists.range(500).map(i, i % 7).distinct().size()",
        "lists.range(1000).map(i, [i, i]).flatten().size()",
    ];
    for source in ordinary {
        assert!(evaluated(source, &BTreeMap::new()).is_ok(), "{source}");
    }
}

#[test]
fn the_deepest_expressions_do_not_overflow_the_stack() {
    let levels = cel::MAX_DEPTH - 3;
    for form in [
        "[1].map(x, $)",
        "[1].all(i, x, $ == null)",
        "cel.bind(x, 1, $)",
        "cel.block([1], $)",
        "{1: 1}.transformMap(k, v, $)",
        "optional.of(1).optMap(x, $)",
        "[1].sortBy(x, $)",
        "string($)",
        "[?$]",
    ] {
        let source = (0..levels).fold("1".to_owned(), |body, _| form.replace('$', &body));
        match cel::parse(&source) {
            // With a value or an error: what matters is that it comes back.
            Ok(expr) => drop(expr.eval(&BTreeMap::new())),
            Err(problems) => assert_eq!(problems[0].code, cel::codes::TOO_BIG, "{form}"),
        }
    }
}
