//! Carts and orders: one cart is one order.

use serde_json::json;

use crate::world::{World, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn checkouts_at_once_make_one_order() {
    let world: &'static World = Box::leak(Box::new(World::open().await));
    let budi = world.customer("budi@example.com").await;
    let items = json!({ "items": [world.item("nusakopi.com")] });
    let cart = budi.post("/api/v1/carts", items).await.expect(201);
    let path = format!("/api/v1/carts/{}/checkout", text(&cart["id"]));
    let checkouts: Vec<_> = (0..8)
        .map(|_| {
            let (budi, path) = (budi.clone(), path.clone());
            tokio::spawn(async move { budi.act(&path).await.expect(201) })
        })
        .collect();
    let mut answers = Vec::new();
    for checkout in checkouts {
        answers.push(checkout.await.unwrap());
    }
    let first = answers.remove(0);
    assert!(answers.iter().all(|it| *it == first), "{answers:?}");
    let orders = budi.get("/api/v1/orders").await.expect(200);
    assert_eq!(orders["items"].as_array().unwrap().len(), 1);
    world.shop.check_books().await;
}

#[tokio::test]
async fn an_ordered_cart_is_closed() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    let items = json!({ "items": [world.item("nusakopi.com")] });
    let cart = budi.post("/api/v1/carts", items.clone()).await.expect(201);
    let path = format!("/api/v1/carts/{}", text(&cart["id"]));
    budi.act(&format!("{path}/checkout")).await.expect(201);
    budi.put(&format!("{path}/items"), items).await.expect(409);
    budi.put(&format!("{path}/coupon"), json!({ "code": "KOPI10" })).await.expect(409);
    assert_eq!(budi.get(&path).await.expect(200)["status"], "ordered");
}

#[tokio::test]
async fn what_cannot_be_ordered_says_why() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    let cart = budi.post("/api/v1/carts", json!({})).await.expect(201);
    let path = format!("/api/v1/carts/{}", text(&cart["id"]));
    let empty = budi.act(&format!("{path}/checkout")).await.expect(409);
    assert_eq!(empty["detail"], "The cart is empty.");
    budi.put(&format!("{path}/items"), json!({ "items": [world.item("a.com")] })).await.expect(200);
    budi.put(&format!("{path}/coupon"), json!({ "code": "GRATIS" })).await.expect(200);
    let coupon = budi.act(&format!("{path}/checkout")).await.expect(409);
    assert_eq!(coupon["detail"], "Tidak ada kupon dengan kode ini.");
    let without = budi.delete(&format!("{path}/coupon")).await.expect(200);
    assert_eq!(without["coupon"], json!(null));
    budi.act(&format!("{path}/checkout")).await.expect(201);
}

#[tokio::test]
async fn an_unpaid_order_is_cancelled_and_gives_its_coupon_back() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    for domain in ["satu.com", "dua.com"] {
        let items = json!({ "items": [world.item(domain)] });
        let cart = budi.post("/api/v1/carts", items).await.expect(201);
        let path = format!("/api/v1/carts/{}", text(&cart["id"]));
        budi.put(&format!("{path}/coupon"), json!({ "code": "KOPI10" })).await.expect(200);
        let placed = budi.act(&format!("{path}/checkout")).await.expect(201);
        let cancel = format!("/api/v1/orders/{}/cancel", text(&placed["order"]["id"]));
        assert_eq!(budi.act(&cancel).await.expect(200)["status"], "cancelled");
        budi.act(&cancel).await.expect(409);
        let invoice = format!("/api/v1/invoices/{}", text(&placed["invoice"]["id"]));
        assert_eq!(budi.get(&invoice).await.expect(200)["status"], "void");
    }
}

#[tokio::test]
async fn a_cart_that_a_customer_touched_is_theirs() {
    let world = World::open().await;
    let (guest, budi) = (world.guest(), world.customer("budi@example.com").await);
    let items = json!({ "items": [world.item("nusakopi.com")] });
    let cart = guest.post("/api/v1/carts", items.clone()).await.expect(201);
    let path = format!("/api/v1/carts/{}", text(&cart["id"]));
    guest.get(&path).await.expect(200);
    budi.put(&format!("{path}/items"), items).await.expect(200);
    guest.get(&path).await.expect(404);
    budi.get(&path).await.expect(200);
}
