//! Asking to pay: the answer's ways, checking, withdrawing.

use axum::http::{StatusCode, header};
use serde_json::json;

use crate::world::{World, text};

#[tokio::test]
async fn the_same_way_twice_is_one_offer() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    let (_, invoice) = budi.order("nusakopi.com").await;
    let first = budi.pay(&invoice).await;
    let path = format!("/api/v1/invoices/{invoice}/payments");
    let again = budi.post(&path, json!({ "gateway": "sim", "method": "va" })).await;
    assert_eq!(
        again.headers[header::LOCATION],
        format!("/api/v1/payments/{}", text(&first["id"])).as_str()
    );
    assert_eq!(again.expect(200), first);
    assert_eq!(world.shop.gateway.charges().len(), 1);
}

#[tokio::test]
async fn a_customer_who_says_they_paid_is_believed_by_asking() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    let (_, invoice) = budi.order("nusakopi.com").await;
    let payment = budi.pay(&invoice).await;
    let check = format!("/api/v1/payments/{}/check", text(&payment["id"]));
    assert_eq!(budi.act(&check).await.expect(200)["status"], "pending", "saying so is not paying");
    assert!(world.shop.gateway.pay(payment["reference"].as_str().unwrap()));
    let paid = budi.act(&check).await.expect(200);
    assert_eq!((&paid["status"], &paid["instructions"]), (&json!("succeeded"), &json!(null)));
    assert_eq!(paid["received"], payment["amount"]);
    let invoice = budi.get(&format!("/api/v1/invoices/{invoice}")).await.expect(200);
    assert_eq!(invoice["status"], "paid");
    for _ in 0..10 {
        budi.act(&check).await.expect(200);
    }
    world.shop.check_books().await;
}

#[tokio::test]
async fn the_provider_is_not_asked_all_the_time() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    let (_, invoice) = budi.order("nusakopi.com").await;
    let payment = budi.pay(&invoice).await;
    let check = format!("/api/v1/payments/{}/check", text(&payment["id"]));
    for _ in 0..4 {
        budi.act(&check).await.expect(200);
    }
    let refused = budi.act(&check).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: i64 = refused.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    world.shop.clock.advance(chrono::TimeDelta::seconds(wait));
    budi.act(&check).await.expect(200);
}

#[tokio::test]
async fn a_withdrawn_offer_is_over_and_another_one_can_be_had() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    let (_, invoice) = budi.order("nusakopi.com").await;
    let payment = budi.pay(&invoice).await;
    let cancel = format!("/api/v1/payments/{}/cancel", text(&payment["id"]));
    assert_eq!(budi.act(&cancel).await.expect(200)["status"], "failed");
    budi.act(&cancel).await.expect(409);
    let other = budi.pay(&invoice).await;
    assert_ne!(other["id"], payment["id"]);
    // Paid in the moment of withdrawing: the money counts.
    assert!(world.shop.gateway.pay(other["reference"].as_str().unwrap()));
    let cancel = format!("/api/v1/payments/{}/cancel", text(&other["id"]));
    assert_eq!(budi.act(&cancel).await.expect(200)["status"], "succeeded");
    let path = format!("/api/v1/invoices/{invoice}/payments");
    budi.post(&path, json!({ "gateway": "sim", "method": "va" })).await.expect(409);
}

/// D8: the provider made the charge, and its answer was lost.
#[tokio::test]
async fn a_lost_answer_is_told_and_can_be_looked_at_again() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    let (_, invoice) = budi.order("nusakopi.com").await;
    let path = format!("/api/v1/invoices/{invoice}/payments");
    world.lose_next_answer();
    let answer = budi.post(&path, json!({ "gateway": "sim", "method": "va" })).await;
    let place = answer.headers[header::LOCATION].to_str().unwrap().to_owned();
    let told = answer.expect(202);
    assert_eq!((&told["status"], &told["instructions"]), (&json!("unknown"), &json!(null)));
    world.shop.settle_down(chrono::TimeDelta::minutes(30)).await;
    let found = budi.get(&place).await.expect(200);
    assert_eq!(found["status"], "pending");
    assert_eq!(found["instructions"]["type"], "virtual_account");
    assert_eq!(world.shop.gateway.most_per_reference(), 1);
}
