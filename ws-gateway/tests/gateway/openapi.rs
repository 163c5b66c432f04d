//! What openapi.json says is what the server answers: every call, every parameter, every member.

use serde_json::Value as Json;

use crate::city::{firing, reading, registered};
use crate::http::get;
use crate::support::{Gateway, config};

const ADMIN: &str = "authorization: Bearer admin\r\n";

/// A city in which every list has something in it.
async fn lively() -> Gateway {
    let gateway = Gateway::start(config());
    gateway
        .state(vec![registered(0, "north"), reading(0, 100, 12.5)])
        .await;
    let mut alert = firing(0, "north", model::Severity::High);
    alert.ack = Some(model::Acknowledgement {
        by: "an".into(),
        at: model::Time::from_millis(5),
        note: "seen".into(),
    });
    let event = ws_gateway::AlertEvent {
        seq: 1,
        alert: std::sync::Arc::new(alert.clone()),
    };
    gateway.archive.0.lock().unwrap().push(event);
    gateway.alert(1, alert).await;
    gateway
}

async fn document(gateway: &Gateway) -> Json {
    get(gateway, "/api/openapi.json", "").await.json()
}

/// The path of a call with ids that exist.
fn filled(path: &str) -> String {
    let id = if path.contains("/alerts/") {
        model::AlertId(0).to_string()
    } else {
        "ap-0000".to_owned()
    };
    path.replace("{id}", &id)
}

#[tokio::test]
async fn every_call_answers_as_described() {
    let gateway = lively().await;
    let document = document(&gateway).await;
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods: Vec<_> = item.as_object().unwrap().keys().collect();
        assert_eq!(methods, ["get"], "{path}");
        let described = &item["get"]["responses"];
        let answer = get(&gateway, &filled(path), ADMIN).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let content = described["200"]["content"].as_object().unwrap();
        let content_type = answer.header("content-type").unwrap_or_default();
        let (_, media) = content
            .iter()
            .find(|(name, _)| content_type.starts_with(name.as_str()))
            .unwrap_or_else(|| panic!("{path}: {content_type} is not described"));
        if content_type == "application/json" {
            fits(&document, &media["schema"], &answer.json(), path);
        }
        let denied = get(&gateway, &filled(path), "").await;
        let guarded = item["get"]["security"].is_array();
        assert_eq!(denied.status == 401, guarded, "{path}: {}", denied.status);
        assert_eq!(described["401"].is_object(), guarded, "{path}");
    }
}

#[tokio::test]
async fn every_parameter_is_taken_and_no_other_is() {
    let gateway = lively().await;
    let document = document(&gateway).await;
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array();
        let query = parameters.into_iter().flatten();
        let query: Vec<_> = query.filter(|p| p["in"] == "query").collect();
        for parameter in &query {
            let name = parameter["name"].as_str().unwrap();
            let asked = format!("{path}?{name}={}", example(name, &parameter["schema"]));
            // Some parameters go with all alerts only, as their description says.
            let asked = if parameter["description"]
                .as_str()
                .unwrap()
                .contains("(all only)")
            {
                format!("{asked}&state=all")
            } else {
                asked
            };
            let answer = get(&gateway, &asked, ADMIN).await;
            assert_eq!(answer.status, 200, "{asked}: {}", answer.body);
        }
        if !query.is_empty() {
            let answer = get(&gateway, &format!("{path}?nonsense=1"), ADMIN).await;
            assert_eq!(answer.status, 400, "{path} takes what it does not know");
            assert_eq!(
                answer.header("content-type"),
                Some("application/problem+json"),
                "{path}"
            );
            assert!(item["get"]["responses"]["400"].is_object(), "{path}");
        }
    }
}

fn example(name: &str, schema: &Json) -> String {
    if let Some(choice) = schema["enum"][0].as_str() {
        return choice.to_owned();
    }
    match (name, schema["type"].as_str()) {
        ("rule", _) => "wifi/ApDown".to_owned(),
        ("area", _) => "north".to_owned(),
        ("kind", _) => "wifi/ap".to_owned(),
        (_, Some("boolean")) => "true".to_owned(),
        _ => "1".to_owned(),
    }
}

/// Panics when the answer has a member or a type that the schema does not.
fn fits(document: &Json, schema: &Json, answer: &Json, place: &str) {
    if let Some(target) = schema["$ref"].as_str() {
        let target = document.pointer(target.trim_start_matches('#')).unwrap();
        return fits(document, target, answer, place);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fitting = choices.iter().find(|choice| has_type(choice, answer));
        let fitting = fitting.unwrap_or_else(|| panic!("{place}: {answer} is none of {schema}"));
        return fits(document, fitting, answer, place);
    }
    if let Some(words) = schema["enum"].as_array() {
        assert!(
            words.contains(answer),
            "{place}: {answer} is not in {schema}"
        );
    }
    assert!(
        has_type(schema, answer),
        "{place}: {answer} is not {schema}"
    );
    match answer {
        Json::Array(items) => {
            for item in items {
                fits(document, &schema["items"], item, &format!("{place}[]"));
            }
        }
        Json::Object(members) if schema["properties"].is_object() => {
            let described = schema["properties"].as_object().unwrap();
            for (name, member) in members {
                let schema = described.get(name);
                let schema = schema.unwrap_or_else(|| panic!("{place}: '{name}' is not described"));
                fits(document, schema, member, &format!("{place}.{name}"));
            }
        }
        _ => {}
    }
}

fn has_type(schema: &Json, answer: &Json) -> bool {
    let types = match &schema["type"] {
        Json::String(one) => vec![one.as_str()],
        Json::Array(some) => some.iter().filter_map(Json::as_str).collect(),
        _ => return true,
    };
    types.into_iter().any(|name| match name {
        "object" => answer.is_object(),
        "array" => answer.is_array(),
        "string" => answer.is_string(),
        "boolean" => answer.is_boolean(),
        "null" => answer.is_null(),
        "number" => answer.is_number(),
        "integer" => answer.is_i64() || answer.is_u64(),
        other => panic!("no such type: {other}"),
    })
}
