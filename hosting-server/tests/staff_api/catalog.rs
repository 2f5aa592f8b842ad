//! Products, plans and versions of prices.

use hosting_core::{model::DomainEvent, testing::SimPanel};
use serde_json::{Value, json};

use crate::office::Office;

fn product() -> Value {
    json!({ "slug": "vps", "name": "VPS", "panel": SimPanel::NAME })
}

fn plan() -> Value {
    json!({ "slug": "small", "name": "Small", "package": "small", "server_group": "jakarta" })
}

#[tokio::test]
async fn a_product_is_prepared_published_changed_and_archived() {
    let office = Office::open().await;
    let made = office.post("/products", product()).await.expect(201);
    assert_eq!((&made["status"], &made["version"]), (&json!("draft"), &json!(1)));
    let path = format!("/products/{}", made["id"].as_str().unwrap());
    let there = office.get(&path).await;
    assert_eq!(there.headers["etag"], "\"1\"");
    assert_eq!(there.json, made);

    let live = office.act(&format!("{path}/publish")).await.expect(200);
    assert_eq!((&live["status"], &live["version"]), (&json!("active"), &json!(2)));
    let again = office.act(&format!("{path}/publish")).await;
    assert_eq!(again.status, 409, "{}", again.text);
    let renamed = office.patch(&path, json!({ "version": 2, "name": "Cloud" })).await.expect(200);
    assert_eq!((&renamed["name"], &renamed["slug"]), (&json!("Cloud"), &json!("vps")));
    let off = office.act(&format!("{path}/archive")).await.expect(200);
    assert_eq!(off["status"], "archived");
    assert_eq!(office.get("/products").await.expect(200)["items"].as_array().unwrap().len(), 2);

    let events = office.journal().await;
    let facts = events.iter().filter_map(|it| match &it.body {
        DomainEvent::ConfigurationChanged { what } => Some((what.as_str(), &it.actor)),
        _ => None,
    });
    let facts: Vec<_> = facts.collect();
    let told: Vec<_> = facts.iter().map(|it| it.0).collect();
    assert_eq!(told, ["product", "product published", "product", "product archived"]);
    assert!(facts.iter().all(|it| matches!(it.1, hosting_core::model::Actor::ApiKey { .. })));
}

#[tokio::test]
async fn whoever_saves_second_is_told() {
    let office = Office::open().await;
    let made = office.post("/products", product()).await.expect(201);
    let path = format!("/products/{}", made["id"].as_str().unwrap());
    office.patch(&path, json!({ "version": 1, "name": "First" })).await.expect(200);

    let by_body = office.patch(&path, json!({ "version": 1, "name": "Second" })).await;
    assert_eq!(by_body.status, 409);
    assert_eq!(by_body.json["type"], "/problems/changed-meanwhile");
    let second = json!({ "name": "Second" });
    let stale = office.call("PATCH", &path, &[("if-match", "\"1\"")], Some(&second)).await;
    assert_eq!(stale.status, 412);
    assert_eq!(office.get(&path).await.json["name"], "First");

    let fresh = office.call("PATCH", &path, &[("if-match", "\"2\"")], Some(&second)).await;
    assert_eq!(fresh.headers["etag"], "\"3\"");
    assert_eq!(fresh.expect(200)["name"], "Second");
    let unsaid = office.patch(&path, second.clone()).await;
    assert_eq!((unsaid.status.as_u16(), unsaid.pointers()), (422, vec!["/version"]));
    let odd = office.call("PATCH", &path, &[("if-match", "3")], Some(&second)).await;
    assert_eq!(odd.status, 400);
}

#[tokio::test]
async fn every_field_of_the_catalog_is_checked_and_named() {
    let office = Office::open().await;
    let long = "x".repeat(5000);
    office
        .refuses(
            "POST",
            "/products",
            &product(),
            &[
                ("/slug", json!("Not A Slug")),
                ("/slug", json!("(absent)")),
                ("/slug", json!("hosting")),
                ("/name", json!("  ")),
                ("/name", json!("a\nb")),
                ("/description", json!(long)),
                ("/panel", json!("nobody")),
                ("/position", json!(5000)),
                ("/position", json!("first")),
                ("/colour", json!("red")),
            ],
        )
        .await;
    let made = office.post("/products", product()).await.expect(201);
    let plans = format!("/products/{}/plans", made["id"].as_str().unwrap());
    office
        .refuses(
            "POST",
            &plans,
            &plan(),
            &[
                ("/slug", json!("business")),
                ("/name", json!("")),
                ("/package", json!("two words")),
                ("/server_group", json!("")),
                ("/trial_days", json!(-1)),
                ("/stock", json!(-1)),
                ("/features", json!(vec![json!({"label": "a", "value": "b"}); 51])),
            ],
        )
        .await;
    let features = json!([{ "label": "Storage", "value": "" }]);
    let mut body = plan();
    body["features"] = features;
    assert_eq!(office.post(&plans, body).await.pointers(), ["/features/0/value"]);
    assert!(office.get(&plans).await.json["items"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_published_product_stays_on_its_panel_and_a_stock_can_be_lifted() {
    let office = Office::open().await;
    let live = office.shop.store.products().await.unwrap().rows.remove(0);
    let wish = json!({ "version": live.version, "panel": "cpanel" });
    let answer = office.patch(&format!("/products/{}", live.id), wish).await;
    assert!(answer.pointers().contains(&"/panel"), "{}", answer.text);

    let path = format!("/plans/{}", office.shop.plan_id);
    let limited = office.patch(&path, json!({ "version": 1, "stock": 5 })).await.expect(200);
    assert_eq!(limited["stock"], 5);
    let kept = office.patch(&path, json!({ "version": 2, "position": 4 })).await.expect(200);
    assert_eq!(kept["stock"], 5);
    let cart = office.shop.cart("kopi.example", None).await;
    office.shop.order(cart).await;
    assert_eq!(office.get(&path).await.json["sold"], 1);
    let lifted = office.patch(&path, json!({ "version": 3, "stock": null })).await.expect(200);
    assert_eq!(lifted["stock"], Value::Null);
}

#[tokio::test]
async fn a_new_price_closes_the_one_before_and_leaves_no_gap() {
    let office = Office::open().await;
    let path = format!("/plans/{}/prices", office.shop.plan_id);
    let price = |from: &str, minor: i64| json!({ "cycle": "monthly", "currency": "IDR", "price_minor": minor, "valid_from": from });
    let (june, april) = ("2026-06-01T00:00:00Z", "2026-04-01T00:00:00Z");
    office.post(&path, price(june, 120_000)).await.expect(201);
    let between = office.post(&path, price(april, 110_000)).await.expect(201);
    assert_eq!(between["valid_until"], june);

    let listed = office.get(&path).await.expect(200);
    let spans: Vec<_> = listed["items"].as_array().unwrap().iter().collect();
    let told = |index: usize| {
        let it = spans[index];
        (
            it["price"]["amount_minor"].as_i64().unwrap(),
            it["valid_from"].clone(),
            it["valid_until"].clone(),
        )
    };
    assert_eq!(told(0), (120_000, json!(june), Value::Null));
    assert_eq!(told(1), (110_000, json!(april), json!(june)));
    assert_eq!((told(2).0, told(2).2), (100_000, json!(april)));
    assert_eq!(spans[2]["current"], true);

    office
        .refuses(
            "POST",
            &path,
            &price("2026-07-01T00:00:00Z", 1),
            &[
                ("/cycle", json!("sometimes")),
                ("/currency", json!("RUPIAH")),
                ("/price_minor", json!(-1)),
                ("/price_minor", json!(1.5)),
                ("/setup_fee_minor", json!(-1)),
                ("/valid_from", json!("2020-01-01T00:00:00Z")),
                ("/valid_from", json!(june)),
                ("/valid_from", json!("tomorrow")),
            ],
        )
        .await;
    // Another cycle is another price: nothing is closed.
    let mut yearly = price(june, 1_000_000);
    yearly["cycle"] = json!("annually");
    assert_eq!(office.post(&path, yearly).await.expect(201)["valid_until"], Value::Null);
}
