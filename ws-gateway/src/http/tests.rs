//! The `OpenAPI` document and the router name the same addresses.

use std::collections::BTreeSet;

use serde_json::Value as Json;

#[test]
fn every_address_is_described_and_nothing_else_is() {
    let document: Json = serde_json::from_str(include_str!("openapi.json")).unwrap();
    let described: BTreeSet<&str> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let routed: BTreeSet<&str> = super::router::api().iter().map(|(path, _)| *path).collect();
    assert_eq!(described, routed);
}

#[test]
fn every_reference_leads_somewhere() {
    let document: Json = serde_json::from_str(include_str!("openapi.json")).unwrap();
    for name in references(&document) {
        let schema = name.trim_start_matches('#');
        assert!(document.pointer(schema).is_some(), "{name}");
    }
}

fn references(json: &Json) -> Vec<&str> {
    match json {
        Json::Array(items) => items.iter().flat_map(references).collect(),
        Json::Object(members) => members
            .iter()
            .flat_map(|(name, value)| match value {
                Json::String(target) if name == "$ref" => vec![target.as_str()],
                other => references(other),
            })
            .collect(),
        _ => Vec::new(),
    }
}
