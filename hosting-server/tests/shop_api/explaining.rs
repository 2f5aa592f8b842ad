//! Invoices explain themselves.

use serde_json::{Value, json};

use crate::world::{World, text};

fn texts(line: &Value) -> Vec<&str> {
    line["steps"].as_array().unwrap().iter().map(|it| it["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_invoice_with_a_coupon_and_tax_says_how_it_came_about() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    let items = json!({ "items": [world.item("nusakopi.com")] });
    let cart = budi.post("/api/v1/carts", items).await.expect(201);
    let path = format!("/api/v1/carts/{}", text(&cart["id"]));
    budi.put(&format!("{path}/coupon"), json!({ "code": "KOPI10" })).await.expect(200);
    let placed = budi.act(&format!("{path}/checkout")).await.expect(201);
    let invoice = text(&placed["invoice"]["id"]);
    let explained = budi.get(&format!("/api/v1/invoices/{invoice}/explain")).await.expect(200);
    assert_eq!(explained["id"], invoice.as_str());
    assert!(explained["number"].as_str().unwrap().starts_with("INV/"));
    assert_eq!(explained["total"], placed["invoice"]["total"]);
    insta::assert_snapshot!(texts(&explained["lines"][0]).join("\n"));
    let amounts = |line: &Value| -> Vec<Value> {
        line["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["amount"]["amount_minor"].clone())
            .collect()
    };
    assert_eq!(amounts(&explained["lines"][0])[1], -10_000, "what a coupon takes off");
    assert!(explained["lines"][0]["price_id"].as_str().unwrap().starts_with("prc_"));

    let sari = world.customer("sari@example.com").await;
    let hers = sari.get(&format!("/api/v1/invoices/{invoice}/explain")).await;
    assert_eq!(hers.status, 404, "somebody else's");
}
