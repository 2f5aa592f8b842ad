//! Every parameter we send exists: the panel ignores what it does not know and calls it a success.

use std::collections::BTreeSet;

use hosting_core::{kernel::Secret, port::ProvisioningAdapter};
use serde_json::Value;

use crate::world::{PASSWORD, World, access, identity};

fn subset() -> Value {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/cpanel-whm/whm-subset.openapi.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The parameters that `function` takes, and those it requires.
fn parameters(subset: &Value, function: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let schema = &subset["paths"][format!("/json-api/{function}")]["post"]["requestBody"]["content"]
        ["application/x-www-form-urlencoded"]["schema"];
    let known = schema["properties"]
        .as_object()
        .unwrap_or_else(|| panic!("{function} is not in the subset"));
    let required = schema["required"].as_array().unwrap();
    (
        known.keys().cloned().collect(),
        required.iter().map(|it| it.as_str().unwrap().to_owned()).collect(),
    )
}

async fn use_everything(world: &World) {
    let (adapter, server) = (&world.adapter, &world.server);
    let spec = world.spec("exampl1a", "example-one.test");
    let account = identity(&spec);
    adapter.test_connection(server).await.unwrap();
    adapter.packages(server).await.unwrap();
    adapter.create(server, &spec).await.unwrap();
    adapter.find(server, &account).await.unwrap();
    adapter.change_package(server, &account, "business").await.unwrap();
    adapter.set_password(server, &account, &Secret::new(PASSWORD)).await.unwrap();
    adapter.single_sign_on().unwrap().login_url(server, &account).await.unwrap();
    adapter.suspend(server, &account, "overdue").await.unwrap();
    adapter.unsuspend(server, &account).await.unwrap();
    adapter.terminate(server, &account).await.unwrap();
    world.sandbox.let_in("acme", &Secret::new("ACME-TOKEN"), &["all"]);
    adapter.find(&access(&server.base_url, "acme", "ACME-TOKEN"), &account).await.unwrap();
}

#[tokio::test]
async fn every_key_that_is_sent_is_a_parameter_of_its_function() {
    let world = World::new().await;
    use_everything(&world).await;
    let subset = subset();
    let mut functions = BTreeSet::new();
    for call in world.sandbox.calls() {
        let (known, required) = parameters(&subset, &call.function);
        let sent: BTreeSet<String> = call.keys.iter().cloned().collect();
        let strange: Vec<_> = sent.difference(&known).collect();
        assert!(strange.is_empty(), "{}: {strange:?}", call.function);
        let missing: Vec<_> = required.difference(&sent).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", call.function);
        functions.insert(call.function);
    }
    // Everything the adapter can call was called.
    assert_eq!(functions.len(), 14, "{functions:?}");
}

#[test]
fn the_subset_would_notice_a_strange_key() {
    let (known, _) = parameters(&subset(), "modifyacct");
    assert!(known.contains("user") && !known.contains("plan"));
}

#[tokio::test]
async fn passwords_and_tokens_stay_out_of_addresses() {
    let server = wiremock::MockServer::start().await;
    let world = World::new().await;
    let access = access(&server.uri(), "root", "T0KEN");
    let spec = world.spec("exampl1a", "example-one.test");
    world.adapter.create(&access, &spec).await.unwrap_err();
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!((requests[0].url.query(), requests[0].method.as_str()), (None, "POST"));
    let body = String::from_utf8(requests[0].body.clone()).unwrap();
    assert!(body.contains("showpass=n") && body.contains("password="));
}
