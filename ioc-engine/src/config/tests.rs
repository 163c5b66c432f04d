//! What is said and what is decided, as text.

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::*;

fn check(file: &str, flags: &[(&str, String)], expect: &Expect) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ioc.toml");
    std::fs::write(&path, file).unwrap();
    let decided = read(Some(&path), flags);
    let mut text = String::new();
    for problem in &decided.problems {
        writeln!(text, "{problem}").unwrap();
    }
    if decided.config.is_some() {
        for e in &decided.explained {
            writeln!(text, "{} = {} ({})", e.key, e.value, e.origin).unwrap();
        }
    }
    expect.assert_eq(&text.replace(&path.display().to_string(), "ioc.toml"));
}

#[test]
fn every_problem_is_said_at_once() {
    check(
        r#"
        [http]
        lisen = "0.0.0.0:80"
        secure_cookie = "perhaps"
        [data]
        log_keep = "4 gigs"
        [sources.here]
        type = "embedded"
        users.device.password_hash = "plain"
        [sources.there]
        type = "remote"
        url = "there:1883"
        [sources.nowhere]
        type = "carrier pigeon"
        "#,
        &[("desk.longest_shelving", "soon".to_owned())],
        &expect![[r#"
            ioc.toml: 'data.log_keep' = "4 gigs": write a size with its unit, like 64MiB or 4GiB
            flag: 'desk.longest_shelving' = "soon": 'soon' is not a length of time; write whole numbers with ms, s, m, h, d or w, like 90s, 2m or 1h30m
            ioc.toml: 'http.secure_cookie' = "perhaps": provided string was not `true` or `false`
            'sources.here.users.device.password_hash' must be an Argon2 hash that begins with $argon2
            ioc.toml: 'sources.nowhere.type' = "carrier pigeon": write one of embedded, remote
            ioc.toml: 'sources.there.url' = "there:1883": 'there:1883' is not a broker's address: it must begin with mqtt:// or mqtts://
            ioc.toml: there is no setting 'http.lisen'; did you mean 'http.listen'?
        "#]],
    );
}

#[test]
fn flags_overrule_the_file_and_secrets_are_not_shown() {
    check(
        r#"
        city.dir = "cities/small"
        http.listen = "127.0.0.1:1"
        [sources.b]
        type = "remote"
        url = "mqtt://b"
        user = "ioc"
        password = "hidden"
        "#,
        &[("http.listen", "127.0.0.1:2".to_owned())],
        &expect![[r"
            city.dir = cities/small (ioc.toml)
            data.dir = data (default)
            data.log_segment = 64MiB (default)
            data.log_keep = 4GiB (default)
            data.alerts_keep = 400d (default)
            data.checkpoint_every = 1m (default)
            desk.longest_shelving = 8h (default)
            engine.intake_queue = 65536 (default)
            http.listen = 127.0.0.1:2 (flag)
            http.allowed_origins = [] (default)
            http.secure_cookie = false (default)
            sources.b.type = remote (ioc.toml)
            sources.b.url = mqtt://b (ioc.toml)
            sources.b.version = 5 (default)
            sources.b.client_id = ioc-b (default)
            sources.b.user = ioc (ioc.toml)
            sources.b.password = (secret) (ioc.toml)
            sources.b.topics = [] (default)
        "]],
    );
}
