//! `ioc rules eval` as a script sees it: the real binary, its lines and its exit codes.

use std::path::Path;
use std::process::Output;

use crate::support::{PACK, ioc};

fn eval(args: &[&str]) -> Output {
    eval_with(args, "")
}

fn eval_with(args: &[&str], input: &str) -> Output {
    let words = [&["rules", "eval"], args].concat();
    ioc(Path::new(PACK), &words, input.as_bytes())
}

/// Exit code, stdout and stderr of one run.
#[track_caller]
fn check(args: &[&str], code: i32, stdout: &str, stderr: &str) {
    let out = eval(args);
    let said = (
        out.status.code(),
        String::from_utf8(out.stdout).unwrap(),
        String::from_utf8(out.stderr).unwrap(),
    );
    assert_eq!(
        said,
        (Some(code), stdout.to_owned(), stderr.to_owned()),
        "{args:?}"
    );
}

#[test]
fn an_expression_with_bound_names() {
    check(&["x + 1u", "--bind", "x=1u"], 0, "uint 2u\n", "");
    check(&["a.b == '='", "--bind", "a.b='='"], 0, "bool true\n", "");
    check(&["-1 + 2"], 0, "int 1\n", "");
    check(
        &["x / 0 + 1", "--bind", "x=1"],
        1,
        "",
        "ioc: division by zero, in `x / 0`\n",
    );
    check(
        &["1 +"],
        1,
        "",
        "ioc: the expression ends where a value should be (character 4)\n",
    );
    check(
        &["x", "--bind", "x"],
        2,
        "",
        "ioc: --bind x has no '='; write --bind x=1u\n",
    );
}

#[test]
fn a_name_is_looked_up_from_a_container() {
    let names = ["--bind", "city.x=1", "--bind", "x=20"];
    let with = |args: &[&'static str]| [args, &names].concat();
    check(
        &with(&["x + .x", "--container", "city.lamp"]),
        0,
        "int 21\n",
        "",
    );
    check(&with(&["x + .x"]), 0, "int 40\n", "");
}

#[test]
fn the_type_alone() {
    check(&["[1, 0].map(x, 1 / x)", "--check"], 0, "list(int)\n", "");
    check(
        &[
            "{x: [?y]}",
            "--check",
            "--bind",
            "x='a'",
            "--bind",
            "y=optional.of(1)",
        ],
        0,
        "map(string, list(int))\n",
        "",
    );
    check(
        &["x + 1u", "--check", "--bind", "x=1"],
        1,
        "",
        "ioc: no such overload: _+_(int, uint) (character 1)\n",
    );
}

#[test]
fn a_condition_about_a_kind() {
    let on = ["--on", "env/river", "--city", PACK];
    let with = |args: &[&'static str]| [args, &on].concat();
    check(
        &with(&["height >= 27.0", "--bind", "height=27.4"]),
        0,
        "bool true\n",
        "",
    );
    check(&with(&["height >= 27.0"]), 0, "bool unknown\n", "");
    check(&with(&["height >= 27.0 || true"]), 0, "bool true\n", "");
    check(
        &with(&[
            "height.avg('1h') - height",
            "--bind",
            "height=2.0",
            "--bind",
            "height.avg('1h')=1.5",
        ]),
        0,
        "double -0.5\n",
        "",
    );
    check(
        &with(&["height > 1.0", "--bind", "height=2"]),
        1,
        "",
        "ioc: height is a finite double, written with a point; 2 is not\n",
    );
    check(
        &with(&["height > 1.0", "--bind", "level=2.0"]),
        1,
        "",
        "ioc: 'level' is bound but not read; the expression reads: height\n",
    );
    check(
        &with(&["heigth > 1.0"]),
        1,
        "",
        "ioc: `heigth` is not known here; did you mean `height`? (character 1)\n",
    );
    check(
        &["true", "--on", "env/rivr", "--city", PACK],
        1,
        "",
        "ioc: the catalog has no kind 'env/rivr'; did you mean 'env/river'?\n",
    );
}

#[test]
fn a_batch_is_answered_line_by_line() {
    let nested = "(".repeat(300) + "1" + &")".repeat(300);
    let doubling = (0..60).fold("'ab'".to_owned(), |body, _| {
        format!("cel.bind(x, {body}, x + x)")
    });
    let lines = format!(
        "{{\"expr\":\"x + 1\",\"bind\":{{\"x\":\"1\"}}}}\nnonsense\n{{\"expr\":\"{nested}\"}}\n{{\"expr\":\"{doubling}\"}}\n{{\"expr\":\"[1.0, b'\\\\xff']\"}}\n"
    );
    let out = eval_with(&["--batch"], &lines);
    let said = String::from_utf8(out.stdout).unwrap();
    let said: Vec<_> = said.lines().collect();
    assert_eq!(out.status.code(), Some(0));
    assert_eq!(said.len(), 5, "{said:?}");
    assert_eq!(said[0], r#"{"type":"int","value":"2"}"#);
    assert!(
        said[1].starts_with(r#"{"error":"not a request: "#),
        "{}",
        said[1]
    );
    assert!(
        said[2].contains("nested more than 200 levels deep"),
        "{}",
        said[2]
    );
    assert!(
        said[3].contains("the evaluation was stopped"),
        "{}",
        said[3]
    );
    assert_eq!(said[4], r#"{"type":"list","value":"[1.0, b\"\\xff\"]"}"#);
}
