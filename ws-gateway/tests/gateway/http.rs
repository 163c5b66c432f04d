//! The read API and the wall's door, spoken to in plain HTTP/1.1.

use serde_json::{Value as Json, json};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use ws_gateway::{AlertEvent, Readiness};

use crate::city::{firing, reading, registered};
use crate::support::{Gateway, config, in_time};

pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

pub(crate) async fn get(gateway: &Gateway, path: &str, headers: &str) -> Answer {
    ask(gateway, "GET", path, headers).await
}

/// HTTP/1.0 has no chunks: the body ends with the connection.
async fn ask(gateway: &Gateway, method: &str, path: &str, headers: &str) -> Answer {
    let mut stream = TcpStream::connect(gateway.address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.0\r\nhost: {}\r\n{headers}\r\n",
        gateway.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    in_time(stream.read_to_string(&mut text)).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head[9..12].parse().unwrap(),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

const VIEWER: &str = "authorization: Bearer viewer\r\n";

#[tokio::test]
async fn assets_are_read_whole_or_one_by_one() {
    let gateway = Gateway::start(config());
    let mut changes: Vec<_> = (0..2_500)
        .map(|n| registered(n, if n % 2 == 0 { "north" } else { "south" }))
        .collect();
    changes.push(reading(4, 100, 12.5));
    gateway.state(changes).await;
    let all = get(&gateway, "/api/v1/assets", VIEWER).await.json();
    assert_eq!(
        all["assets"].as_array().unwrap().len(),
        2_500,
        "several steps make one answer"
    );
    assert_eq!(all["seq"], 2_501);
    let north = get(&gateway, "/api/v1/assets?kind=wifi/ap&area=north", VIEWER)
        .await
        .json();
    assert_eq!(north["assets"].as_array().unwrap().len(), 1_250);
    let one = get(&gateway, "/api/v1/assets/ap-0004", VIEWER).await.json();
    assert_eq!(
        (&one["v"], &one["freshness"]),
        (&json!({"clientsConnected": 12.5}), &json!("live"))
    );
    let bad = get(&gateway, "/api/v1/assets?kind=wifi/app", VIEWER).await;
    assert_eq!(
        (bad.status, bad.header("content-type")),
        (400, Some("application/problem+json"))
    );
    assert!(bad.json()["detail"].as_str().unwrap().contains("wifi/ap"));
    assert_eq!(
        get(&gateway, "/api/v1/assets/ap-9999", VIEWER).await.status,
        404
    );
    let limited = "authorization: Bearer north\r\n";
    assert_eq!(
        get(&gateway, "/api/v1/assets/ap-0001", limited)
            .await
            .status,
        404,
        "it is in the south"
    );
}

#[tokio::test]
async fn alerts_are_read_open_or_past_and_with_their_reasons() {
    let gateway = Gateway::start(config());
    let mut alert = firing(3, "north", model::Severity::High);
    alert.escalated.push(model::Escalation {
        to: "trưởng ca".into(),
        after: model::Span::from_millis(4_000),
        at: model::Time::from_millis(6_000),
    });
    let path = format!("/api/v1/alerts/{}", alert.id);
    gateway.archive.0.lock().unwrap().push(AlertEvent {
        seq: 1,
        alert: Arc::new(alert.clone()),
    });
    gateway.alert(1, alert).await;
    let open = get(&gateway, "/api/v1/alerts?min_severity=high", VIEWER)
        .await
        .json();
    assert_eq!(
        (&open["alert_seq"], &open["alerts"][0]["rule"]),
        (&json!(1), &json!("wifi/ApDown"))
    );
    let all = get(&gateway, "/api/v1/alerts?state=all", VIEWER)
        .await
        .json();
    assert_eq!(
        (&all["alerts"][0]["state"], &all["next_before"]),
        (&json!("firing"), &json!(1_000))
    );
    assert_eq!(
        open["alerts"][0]["escalated"],
        json!([{"to": "trưởng ca", "after_ms": 4_000, "at": 6_000}])
    );
    assert_eq!(
        get(&gateway, &path, VIEWER).await.json()["severity"],
        "high"
    );
    let why = get(&gateway, &format!("{path}/why"), VIEWER).await.json();
    assert_eq!(
        why,
        json!({"expr": "clientsConnected > 10.0", "value": 12.5, "unit": "1", "parts": []})
    );
    let journal = get(&gateway, &format!("{path}/journal"), VIEWER)
        .await
        .json();
    assert_eq!(
        journal,
        json!({"entries": [
            {"at": 6_000, "by": "wifi/ApDown", "action": "escalate", "detail": "trưởng ca"},
            {"at": 7_000, "by": "an", "action": "comment", "detail": "đã gọi đội mạng"},
        ]})
    );
    assert_eq!(get(&gateway, "/api/v1/alerts/zz", VIEWER).await.status, 404);
    assert_eq!(
        get(&gateway, "/api/v1/alerts?state=old", VIEWER)
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn the_pack_is_read() {
    let gateway = Gateway::start(config());
    let city = get(&gateway, "/api/v1/city", VIEWER).await.json();
    assert_eq!(
        (&city["id"], &city["centre"]),
        (&json!("thu-nghiem"), &json!({"lat": 21.6, "lon": 105.8}))
    );
    let catalog = get(&gateway, "/api/v1/catalog", VIEWER).await.json();
    assert_eq!(
        catalog["kinds"][0]["fields"][0]["symbols"],
        json!(["up", "down"])
    );
    let areas = get(&gateway, "/api/v1/areas", VIEWER).await.json();
    assert_eq!(
        (&areas["areas"][1]["parent"], &areas["totals"][0]["area"]),
        (&json!("tn"), &json!("tn"))
    );
    assert_eq!(
        get(&gateway, "/api/v1/rules", VIEWER).await.json(),
        json!({"files": [], "rules": [{
            "rule": "wifi/ApDown", "evaluations": 1_000, "seconds": 0.25, "transitions": 7,
            "pending": 2, "firing": 1, "state_bytes": 4_096,
        }]})
    );
    assert_eq!(
        get(&gateway, "/api/v1/dead-letters", VIEWER).await.status,
        403
    );
    let admin = "authorization: Bearer admin\r\n";
    assert_eq!(
        get(&gateway, "/api/v1/dead-letters", admin).await.json(),
        json!({"dead_letters": []})
    );
}

#[tokio::test]
async fn an_alert_of_a_site_tells_which_assets_stand_there_and_where_that_is() {
    let gateway = Gateway::start(config());
    let mut alert = firing(9, "north", model::Severity::High);
    alert.kind = Some("queue/line".into());
    alert.key = model::Key(vec![model::KeyPart {
        dimension: "site".into(),
        value: "UBND".into(),
    }]);
    let path = format!("/api/v1/alerts/{}/assets", alert.id);
    gateway.archive.0.lock().unwrap().push(AlertEvent {
        seq: 1,
        alert: Arc::new(alert),
    });
    let found = get(&gateway, &path, VIEWER).await.json();
    assert_eq!(
        found,
        json!({"count": 2, "assets": ["q-1", "q-2"], "area": "north", "lat": 21.6, "lon": 105.8})
    );
}

#[tokio::test]
async fn nothing_of_the_city_is_shown_without_a_token() {
    let gateway = Gateway::start(config());
    for path in [
        "alerts",
        "alerts/1",
        "alerts/1/why",
        "alerts/1/journal",
        "alerts/1/assets",
        "assets",
        "assets/x",
        "areas",
        "catalog",
        "city",
        "rules",
        "dead-letters",
    ] {
        let denied = get(&gateway, &format!("/api/v1/{path}"), "").await;
        assert_eq!(
            (denied.status, denied.header("www-authenticate")),
            (401, Some("Bearer realm=\"ioc\"")),
            "{path}"
        );
        assert_eq!(denied.json()["type"], "urn:ioc:problem:unauthorized");
    }
}

#[tokio::test]
async fn a_token_in_the_address_becomes_a_cookie_and_the_kiosk_keeps_its_state() {
    let gateway = Gateway::start(config());
    let opened = get(&gateway, "/?screen=2&token=viewer&lang=vi", "").await;
    assert_eq!(
        (opened.status, opened.header("location")),
        (303, Some("/?screen=2&lang=vi"))
    );
    let cookie = opened.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("ioc_token=viewer;")
            && cookie.contains("HttpOnly")
            && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    let reloaded = get(&gateway, "/?screen=2", "cookie: ioc_token=viewer\r\n").await;
    assert_eq!(
        (reloaded.status, reloaded.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    assert_eq!(
        get(&gateway, "/api/v1/city", "cookie: ioc_token=viewer\r\n")
            .await
            .status,
        200
    );
    assert_eq!(get(&gateway, "/?token=guess", "").await.status, 401);
    assert_eq!(get(&gateway, "/nowhere.js", "").await.status, 404);
}

#[tokio::test]
async fn health_is_told_apart_from_readiness() {
    let gateway = Gateway::start(config());
    assert_eq!(get(&gateway, "/readyz", "").await.status, 200);
    gateway.ready.send_replace(Readiness {
        waiting_for: vec!["source mosquitto".to_owned()],
    });
    let waiting = get(&gateway, "/readyz", "").await;
    assert_eq!(
        (waiting.status, waiting.json()["waiting_for"].clone()),
        (503, json!(["source mosquitto"]))
    );
    assert_eq!(get(&gateway, "/healthz", "").await.status, 200);
    assert!(
        get(&gateway, "/metrics", "")
            .await
            .body
            .contains("ioc_gateway_clients")
    );
    let not_upgraded = get(&gateway, "/live", "").await;
    assert_eq!(
        not_upgraded.json()["type"],
        "urn:ioc:problem:websocket_handshake"
    );
}

#[tokio::test]
async fn no_address_leads_out_of_the_wall() {
    let gateway = Gateway::start(config());
    for path in [
        "/../Cargo.toml",
        "/assets/../../../Cargo.toml",
        "/%2e%2e/%2e%2e/Cargo.toml",
        "/..%2f..%2fCargo.toml",
        "//etc/passwd",
        "/assets/",
        "/nowhere",
    ] {
        let answer = get(&gateway, path, "").await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
}

#[tokio::test]
async fn the_explorer_needs_nobody_else() {
    let gateway = Gateway::start(config());
    let page = get(&gateway, "/docs", "").await;
    let policy = page.header("content-security-policy").unwrap();
    assert_eq!(page.status, 200);
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"));
    assert!(!policy.contains("unsafe"), "{policy}");
    for mark in ["<script>", " style=", "onclick", "://"] {
        assert!(!page.body.contains(mark), "{mark} in {}", page.body);
    }
    for (file, kind) in [
        ("/docs/explorer.js", "text/javascript; charset=utf-8"),
        ("/docs/explorer.css", "text/css; charset=utf-8"),
    ] {
        assert!(page.body.contains(file), "{file}");
        let answer = get(&gateway, file, "").await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some(kind))
        );
        assert!(!answer.body.contains("://"), "{file} goes elsewhere");
    }
}

#[tokio::test]
async fn every_refusal_is_a_problem_document() {
    let gateway = Gateway::start(config());
    for (method, path, status) in [
        ("GET", "/api/v1/alerts?nonsense=1", 400),
        ("GET", "/api/v1/alerts?limit=many", 400),
        ("GET", "/api/v1/assets/%ff", 404),
        ("GET", "/?token=a&token=b", 400),
        ("GET", "/nowhere", 404),
        ("POST", "/api/v1/alerts", 405),
        ("DELETE", "/nowhere", 405),
        ("POST", "/docs", 405),
    ] {
        let answer = ask(&gateway, method, path, VIEWER).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some("application/problem+json")),
            "{method} {path}: {}",
            answer.body
        );
        assert_eq!(answer.json()["status"], status);
    }
}
