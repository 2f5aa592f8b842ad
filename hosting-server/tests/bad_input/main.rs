//! Every field of every request, wrong in every way, against a whole shop on `SQLite`.
//!
//! The walk is over the server's own `OpenAPI` document: each operation's body and query, each field
//! missing, of another type, null, empty, oversized, out of range and unknown, and each part of a path
//! that names nothing. All of it is answered 4xx with a problem that names the field, and changes
//! nothing. An operation or a field that [`examples`] does not know makes the walk fail.

mod document;
mod examples;
#[path = "../support/migrated.rs"]
mod migrated;
mod mutations;
mod world;

use serde_json::{Value, json};

use self::{
    document::Operation,
    mutations::Mutation,
    world::{Answer, World},
};

/// What is wrong with an answer to a bad request, if anything.
fn complaint(answer: &Answer, mutation: &Mutation) -> Option<String> {
    if !(400..500).contains(&answer.status) {
        return Some(format!("answered {}", answer.status));
    }
    if answer.content_type != "application/problem+json" {
        return Some(format!("answered {} as {}", answer.status, answer.content_type));
    }
    let errors = answer.json["errors"].as_array().cloned().unwrap_or_default();
    let named = errors.iter().filter_map(|it| it["pointer"].as_str());
    let detail = answer.json["detail"].as_str().unwrap_or_default();
    // A version that is not the stored one is what this kind of problem is about.
    let by_kind = mutation.pointer == "/version"
        && mutation.what == "out of range"
        && answer.json["type"] == "/problems/changed-meanwhile";
    let is_named = by_kind || named.into_iter().any(|it| mutation.is_named_by(it));
    let others = errors.iter().filter_map(|it| it["pointer"].as_str());
    let others: Vec<_> = others.filter(|it| !mutation.is_named_by(it)).collect();
    if !others.is_empty() {
        return Some(format!("named what fits: {others:?}"));
    }
    (!is_named && !detail.contains(mutation.field()))
        .then(|| format!("answered {} without the name: {}", answer.status, answer.text))
}

/// Walks over some operations; answers how many requests were sent, and what was wrong.
async fn walk(world: &World, operations: &[&Operation]) -> (usize, Vec<String>) {
    let (mut sent, mut complaints) = (0, Vec::new());
    for operation in operations {
        let before = world.everything().await;
        for mutation in mutations::of(&world.document, operation, &world.examples) {
            let path = world.fill(&operation.path);
            let answer =
                world.send(operation, &path, &mutation.query, mutation.body.as_ref()).await;
            sent += 1;
            if let Some(wrong) = complaint(&answer, &mutation) {
                complaints.push(format!(
                    "{} {} ({}): {wrong}",
                    operation.name(),
                    mutation.pointer,
                    mutation.what
                ));
            }
        }
        let after = world.everything().await;
        if before != after {
            complaints
                .push(format!("{} changed something: {before:?} {after:?}", operation.name()));
        }
    }
    (sent, complaints)
}

fn demand_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

#[tokio::test]
async fn every_field_of_every_body_is_refused_by_name_when_it_does_not_fit() {
    let world = World::open().await;
    let with_body: Vec<_> =
        world.document.operations.iter().filter(|it| it.body.is_some()).collect();
    assert!(with_body.len() > 30, "{}", with_body.len());
    demand_none(&mutations::uncovered(&world.document, &with_body, &world.examples));
    let (sent, complaints) = walk(&world, &with_body).await;
    println!("{sent} requests");
    demand_none(&complaints);
    assert!(sent > 1500, "{sent}");
}

#[tokio::test]
async fn every_query_parameter_is_refused_by_name_when_it_does_not_fit() {
    let world = World::open().await;
    let with_query: Vec<_> =
        world.document.operations.iter().filter(|it| !it.query.is_empty()).collect();
    assert!(with_query.len() > 12, "{}", with_query.len());
    let (sent, complaints) = walk(&world, &with_query).await;
    println!("{sent} requests");
    demand_none(&complaints);
}

#[tokio::test]
async fn what_a_path_cannot_name_is_not_there() {
    let world = World::open().await;
    let mut complaints = Vec::new();
    let before = world.everything().await;
    for operation in world.document.operations.iter().filter(|it| it.path.contains('{')) {
        // A provider's own name is looked for before its message is read.
        let body = world.examples.bodies(operation).first().cloned();
        for nonsense in
            ["nothing", "%00", "-1", &"x".repeat(8000), "usr_01ARZ3NDEKTSV4RRFFQ69G5FAZ"]
        {
            let path = document::fill(&operation.path, nonsense);
            let answer = world.send(operation, &path, "", body.as_ref()).await;
            let is_problem = answer.content_type == "application/problem+json";
            if answer.status != 404 || !is_problem {
                complaints.push(format!("{} {nonsense:.40}: {}", operation.name(), answer.status));
            }
        }
    }
    demand_none(&complaints);
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn a_body_that_is_no_object_or_no_json_is_refused() {
    let world = World::open().await;
    let mut complaints = Vec::new();
    let before = world.everything().await;
    for operation in world.document.operations.iter().filter(|it| it.body.is_some()) {
        for body in [json!(null), json!([]), json!("text"), json!(7), Value::Bool(true)] {
            let answer = world.send(operation, &world.fill(&operation.path), "", Some(&body)).await;
            if answer.status != 422 && answer.status != 400 {
                complaints.push(format!("{} {body}: {}", operation.name(), answer.status));
            }
        }
    }
    demand_none(&complaints);
    assert_eq!(world.everything().await, before);
}

#[test]
fn the_walk_can_fail() {
    let mutation = Mutation::new("/address/city", "missing", None);
    let answer = |status, text: &str| Answer {
        status,
        content_type: "application/problem+json".to_owned(),
        json: serde_json::from_str(text).unwrap(),
        text: text.to_owned(),
    };
    let named = r#"{"errors":[{"pointer":"/address/city","detail":"is missing"}]}"#;
    let other = r#"{"errors":[{"pointer":"/name","detail":"is missing"}]}"#;
    assert_eq!(complaint(&answer(422, named), &mutation), None);
    assert!(complaint(&answer(422, other), &mutation).is_some());
    assert!(complaint(&answer(201, named), &mutation).is_some());
    assert!(complaint(&answer(500, named), &mutation).is_some());
    let as_text = Answer { content_type: "text/plain".to_owned(), ..answer(422, named) };
    assert!(complaint(&as_text, &mutation).is_some());
}
