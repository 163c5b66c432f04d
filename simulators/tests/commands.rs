//! What a person sees who types a command wrongly, and the exit codes scripts rely on.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

fn ioc_sim(arguments: &[&str]) -> Output {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pack");
    Command::new(env!("CARGO_BIN_EXE_ioc-sim"))
        .args(arguments)
        .current_dir(pack)
        .env("RUST_LOG", "error")
        .output()
        .expect("the binary runs")
}

fn check(arguments: &[&str], code: i32, says: &str) {
    let output = ioc_sim(arguments);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    assert!(text.contains(says), "{arguments:?}: {text}");
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_is_right() {
    check(&[], 2, "Usage: ioc-sim");
    check(&["citty"], 2, "'city'");
    check(&["city", "--city", "."], 2, "--mqtt");
    let city = ["city", "--city", ".", "--mqtt"];
    let with = |more: &[&'static str]| [&city[..], more].concat();
    check(&with(&["127.0.0.1:1883"]), 2, "mqtt://HOST:PORT");
    check(
        &with(&["mqtt://127.0.0.1:1", "--rate", "0"]),
        2,
        "above zero",
    );
    check(
        &with(&["mqtt://127.0.0.1:1", "--scenario", "storm"]),
        2,
        "the pack has flood",
    );
}

#[test]
fn load_and_screens_say_what_they_need() {
    check(&["load", "--mqtt", "mqtt://127.0.0.1:1"], 2, "--assets");
    let load = ["load", "--city", ".", "--mqtt", "mqtt://127.0.0.1:1"];
    let more = ["--assets", "5000", "--rate", "10", "--duration", "1s"];
    check(&[&load[..], &more[..]].concat(), 2, "at most 31");
    check(
        &["screens", "--live", "127.0.0.1:8080", "--count", "2"],
        2,
        "token",
    );
}

#[test]
fn a_broker_that_is_not_there_ends_with_3_and_one_line() {
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .unwrap()
        .port();
    let url = format!("mqtt://127.0.0.1:{port}");
    let output = ioc_sim(&["city", "--city", ".", "--mqtt", &url]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.contains(&url) && text.contains("start the broker"),
        "{text}"
    );
}

#[test]
fn a_folder_that_is_no_pack_ends_with_1() {
    let nowhere = ["city", "--city", "assets", "--mqtt", "mqtt://127.0.0.1:1"];
    check(&nowhere, 1, "errors; mend them first");
}

#[test]
fn whoever_stops_reading_ends_no_command_with_a_panic() {
    let (reader, closed) = std::io::pipe().expect("there are pipes");
    drop(reader);
    let status = Command::new(env!("CARGO_BIN_EXE_ioc-sim"))
        .args(["city", "--city", "nowhere", "--mqtt", "mqtt://127.0.0.1:1"])
        .stderr(closed)
        .status()
        .expect("the binary runs");
    assert_eq!(status.code(), Some(1));
}
