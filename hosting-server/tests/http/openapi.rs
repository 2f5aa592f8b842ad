//! The `OpenAPI` document is valid, and says what the router and the gate do.

use std::collections::{BTreeMap, BTreeSet};

use hosting_server::{
    api,
    http::{Access, routes::Registered},
};
use serde_json::{Value, json};

use crate::shop::Shop;

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// An operation of the document.
struct Operation {
    method: &'static str,
    path: String,
    says: Value,
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    fn parameters(&self, place: &str) -> Vec<&Value> {
        let all = self.says["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(|it| it["in"] == place).collect()
    }
}

async fn document(shop: &Shop) -> Value {
    let answer = shop.guest().get("/api/openapi.json").await;
    assert_eq!(answer.status, 200);
    answer.json()
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (key, says) in item.as_object().unwrap() {
            let method = METHODS.into_iter().find(|it| it == key);
            let method = method.unwrap_or_else(|| panic!("{path} has {key}, which is no method"));
            found.push(Operation { method, path: path.clone(), says: says.clone() });
        }
    }
    assert!(found.len() > 80, "{}", found.len());
    found
}

fn registered(shop: &Shop) -> Vec<Registered> {
    api::routes(&shop.app).registered().to_vec()
}

#[tokio::test]
async fn every_route_is_in_the_document_and_everything_in_it_is_a_route() {
    let shop = Shop::open();
    let document = document(&shop).await;
    let described: BTreeSet<_> = operations(&document).iter().map(Operation::name).collect();
    let routes: Vec<_> =
        registered(&shop).iter().map(|it| format!("{} {}", it.method, it.path)).collect();
    let unique: BTreeSet<_> = routes.iter().cloned().collect();
    assert_eq!(unique.len(), routes.len(), "a route is registered twice");
    assert_eq!(described, unique);
    for name in &described {
        let (method, path) = name.split_once(' ').unwrap();
        let path = path.replace(['{', '}'], "");
        let answer = shop.guest().send(method, &path, None).await;
        let elsewhere = ["/problems/method-not-allowed"];
        assert!(!elsewhere.contains(&answer.json()["type"].as_str().unwrap_or("")), "{name}");
    }
}

#[tokio::test]
async fn ids_of_operations_are_unique_words() {
    let shop = Shop::open();
    let mut seen = BTreeMap::new();
    for operation in operations(&document(&shop).await) {
        let id = operation.says["operationId"].as_str().unwrap_or_default().to_owned();
        assert!(!id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        if let Some(other) = seen.insert(id.clone(), operation.name()) {
            panic!("{other} and {} are both called {id}", operation.name());
        }
    }
}

#[tokio::test]
async fn every_part_of_a_path_is_declared() {
    let shop = Shop::open();
    for operation in operations(&document(&shop).await) {
        let parts =
            operation.path.split('/').filter_map(|it| it.strip_prefix('{')?.strip_suffix('}'));
        let parts: BTreeSet<_> = parts.collect();
        let declared = operation.parameters("path");
        let names: BTreeSet<_> = declared.iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!((parts, declared.len()), (names.clone(), names.len()), "{}", operation.name());
        assert!(declared.iter().all(|it| it["required"] == true), "{}", operation.name());
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn walk(value: &Value, seen: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                seen.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|it| walk(it, seen));
            }
            Value::Array(items) => items.iter().for_each(|it| walk(it, seen)),
            _ => {}
        }
    }
    let shop = Shop::open();
    let document = document(&shop).await;
    let mut seen = Vec::new();
    walk(&document, &mut seen);
    assert!(seen.len() > 100, "{}", seen.len());
    for reference in seen {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference}"));
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[tokio::test]
async fn who_may_call_is_what_the_gate_asks_for() {
    let shop = Shop::open();
    let document = document(&shop).await;
    let access: BTreeMap<_, _> = registered(&shop)
        .into_iter()
        .map(|it| (format!("{} {}", it.method, it.path), it.access))
        .collect();
    let (anybody, cookie, key) = (json!({}), json!({ "session": [] }), json!({ "api_key": [] }));
    for operation in operations(&document) {
        let access = access[&operation.name()];
        let expected = match access {
            Access::Signed => json!([]),
            Access::Public => json!([anybody, cookie, key]),
            Access::Session => json!([cookie]),
            _ => json!([cookie, key]),
        };
        assert_eq!(operation.says["security"], expected, "{}", operation.name());
        assert_eq!(operation.says["x-access"], access.describe(), "{}", operation.name());
    }
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    assert_eq!(schemes.keys().collect::<Vec<_>>(), ["api_key", "session"]);
}

#[tokio::test]
async fn the_cookie_has_its_true_name() {
    for (url, name) in
        [("http://localhost:8080", "session"), ("https://shop.example.com", "__Host-session")]
    {
        let ring = format!("k1:{}=", "A".repeat(43));
        let shop = Shop::with(&[("PUBLIC_URL", url), ("SECRET_KEYS", &ring)]);
        let document = document(&shop).await;
        let scheme = &document["components"]["securitySchemes"]["session"];
        assert_eq!((&scheme["in"], &scheme["name"]), (&json!("cookie"), &json!(name)));
    }
}

#[tokio::test]
async fn writing_operations_name_the_key_for_asking_twice_and_others_do_not() {
    let shop = Shop::open();
    for operation in operations(&document(&shop).await) {
        let declared = operation.parameters("header");
        let declared: Vec<_> =
            declared.iter().filter(|it| it["name"] == "Idempotency-Key").collect();
        let signed = operation.says["security"] == json!([]);
        // Of a request with a password nothing is kept, so nothing is repeated.
        let password = ["/api/v1/auth/password", "/api/v1/auth/email"];
        let secret = password.iter().any(|it| operation.name().ends_with(it));
        let expected = usize::from(operation.method != "get" && !signed && !secret);
        assert_eq!(declared.len(), expected, "{}", operation.name());
        assert!(
            declared.iter().all(|it| it["required"] == false && it["schema"]["maxLength"] == 128)
        );
    }
}

#[tokio::test]
async fn every_operation_fails_with_a_problem_and_succeeds_in_a_way_that_is_described() {
    let shop = Shop::open();
    let problem = json!({ "$ref": "#/components/schemas/Problem" });
    for operation in operations(&document(&shop).await) {
        let responses = operation.says["responses"].as_object().unwrap();
        for (status, response) in responses {
            let name = format!("{} {status}", operation.name());
            assert!(response["description"].is_string(), "{name}");
            let Some(content) = response["content"].as_object() else { continue };
            let is_success = status.starts_with('2');
            for (kind, body) in content {
                assert_eq!(kind == "application/problem+json", !is_success, "{name}: {kind}");
                assert!(is_success || body["schema"] == problem, "{name}");
            }
        }
        assert!(responses["default"]["content"]["application/problem+json"].is_object());
        assert!(responses.keys().any(|it| it.starts_with('2')), "{}", operation.name());
    }
}

#[tokio::test]
async fn the_document_says_which_version_it_is_written_in() {
    let shop = Shop::open();
    let document = document(&shop).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert!(["title", "version"].iter().all(|it| document["info"][*it].is_string()));
    if let Ok(path) = std::env::var("OPENAPI_TO") {
        std::fs::write(path, document.to_string()).unwrap();
    }
}

/// What programs can ask, in one list: a route that goes or changes its name is seen in a change of
/// `snapshots/`. After a wanted change: `INSTA_UPDATE=always cargo test -p hosting-server --test http`.
#[tokio::test]
async fn the_operations_are_those_that_were_last_looked_at() {
    let shop = Shop::open();
    let operations = operations(&document(&shop).await);
    let told = |it: &Operation| {
        format!("{} — {}", it.name(), it.says["summary"].as_str().unwrap_or_default())
    };
    let mut lines: Vec<_> = operations.iter().map(told).collect();
    lines.sort_unstable();
    insta::assert_snapshot!("operations", lines.join("\n"));
}
