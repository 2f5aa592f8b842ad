//! The whole way: from the catalog to a running service.

use axum::http::header;
use serde_json::{Value, json};

use crate::world::{SIGNATURE, World, text};

/// A guest looks at the catalog and fills a cart, in their own language: its path and its quote.
async fn filled_cart(world: &World) -> (String, Value) {
    let guest = world.guest();
    let catalog = guest.get("/api/v1/catalog/products").await.expect(200);
    let plan = &catalog["items"][0]["plans"][0];
    assert_eq!(plan["id"], world.shop.plan_id.to_string());
    assert_eq!(plan["features"], json!([{ "label": "Storage", "value": "50 GB" }]));
    assert_eq!(plan["prices"][0]["price"]["formatted"], "Rp 100.000");
    assert_eq!(plan["prices"][0]["setup_fee"]["amount_minor"], 50_000);
    assert_eq!(
        guest.get("/api/v1/catalog/products/hosting").await.expect(200),
        catalog["items"][0]
    );

    let english = guest.clone().with("accept-language", "en-GB,en;q=0.8");
    let cart = english.post("/api/v1/carts", json!({})).await.expect(201);
    assert_eq!((&cart["quote"], &cart["problem"]), (&json!(null), &json!("The cart is empty.")));
    let path = format!("/api/v1/carts/{}", text(&cart["id"]));
    let items = json!({ "items": [world.item("NusaKopi.com")] });
    let cart = english.put(&format!("{path}/items"), items).await.expect(200);
    assert_eq!(cart["items"][0]["domain"], "nusakopi.com");
    assert_eq!(cart["quote"]["total"]["formatted"], "IDR 166,500");
    let coupon =
        english.put(&format!("{path}/coupon"), json!({ "code": "nothing" })).await.expect(200);
    assert_eq!(coupon["coupon"]["refusal"], "There is no coupon with this code.");
    assert_eq!(coupon["quote"]["total"]["amount_minor"], 166_500, "it changes no price");
    let coupon =
        guest.put(&format!("{path}/coupon"), json!({ "code": "kopi10" })).await.expect(200);
    assert_eq!(coupon["coupon"], json!({ "code": "KOPI10", "counts": true, "refusal": null }));
    let quote = &coupon["quote"];
    assert_eq!(quote["lines"].as_array().unwrap().len(), 2);
    assert_eq!(quote["lines"][0]["derivation"]["coupon"], "KOPI10");
    assert_eq!(quote["taxes"][0]["tax"]["amount_minor"], 15_400);
    assert_eq!(
        quote["total"],
        json!({ "amount_minor": 155_400, "currency": "IDR", "formatted": "Rp 155.400" })
    );
    (path, quote.clone())
}

#[tokio::test]
async fn from_the_catalog_to_a_running_service() {
    let world = World::open().await;
    let (path, quote) = filled_cart(&world).await;

    // They register, and order what they filled.
    let budi = world.customer("budi@example.com").await;
    assert_eq!(budi.get(&path).await.expect(200)["quote"]["total"], quote["total"]);
    let placed = budi.act(&format!("{path}/checkout")).await.expect(201);
    let (order, invoice) = (text(&placed["order"]["id"]), text(&placed["invoice"]["id"]));
    assert_eq!(placed["invoice"]["total"], quote["total"], "what was seen is what is billed");
    let bill = budi.get(&format!("/api/v1/invoices/{invoice}")).await.expect(200);
    assert_eq!(bill["lines"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&bill["status"], &bill["buyer"]["name"]),
        (&json!("unpaid"), &json!("Budi Santoso"))
    );

    // They pay; the provider says so; the queue does the rest.
    let ways = "/api/v1/payment-methods?amount_minor=155400&currency=IDR";
    let ways = budi.get(ways).await.expect(200);
    assert_eq!(ways["items"][0]["method"], "va");
    let answer = budi
        .post(
            &format!("/api/v1/invoices/{invoice}/payments"),
            json!({ "gateway": "sim", "method": "va" }),
        )
        .await;
    let payment_path = answer.headers[header::LOCATION].to_str().unwrap().to_owned();
    let payment = answer.expect(201);
    assert_eq!(payment["instructions"]["type"], "virtual_account");
    assert_eq!(budi.get(&payment_path).await.expect(200)["status"], "pending");
    let reference = text(&payment["reference"]);
    assert!(world.shop.gateway.pay(&reference));
    let message = json!({ "event": "settled", "reference": reference }).to_string();
    assert_eq!(world.webhook(SIGNATURE, message).await.expect(200), json!({ "received": true }));
    assert_eq!(
        budi.get(&payment_path).await.expect(200)["status"],
        "pending",
        "nothing is believed"
    );
    world.shop.drain().await;

    assert_eq!(budi.get(&payment_path).await.expect(200)["status"], "succeeded");
    assert_eq!(budi.get(&format!("/api/v1/orders/{order}")).await.expect(200)["status"], "paid");
    let bill = budi.get(&format!("/api/v1/invoices/{invoice}")).await.expect(200);
    assert_eq!((&bill["status"], &bill["balance"]["amount_minor"]), (&json!("paid"), &json!(0)));
    assert_eq!(bill["payments"][0]["received"]["amount_minor"], 155_400);
    let service = text(&placed["order"]["subscription_ids"][0]);
    let service = budi.get(&format!("/api/v1/subscriptions/{service}")).await.expect(200);
    assert_eq!(
        (&service["status"], &service["provisioning_status"]),
        (&json!("active"), &json!("done"))
    );
    let username = text(&service["account"]["username"]);
    assert_eq!(service["account"]["server"], "panel.example.com");
    assert_eq!(world.shop.panel.accounts(), [(username.clone(), true)]);
    let welcome = world.mail_to("budi@example.com", "Akun Anda siap");
    assert!(welcome.contains(&username) && welcome.contains("panel.example.com"), "{welcome}");
    world.mail_to("budi@example.com", "Pembayaran diterima");
}

#[tokio::test]
async fn lists_are_read_page_by_page() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    for number in 0..3 {
        budi.order(&format!("toko{number}.com")).await;
        world.shop.clock.advance(chrono::TimeDelta::seconds(1));
    }
    for list in ["orders", "invoices", "subscriptions"] {
        let (mut after, mut seen) = (String::new(), Vec::new());
        loop {
            let page = format!("/api/v1/{list}?limit=2{after}");
            let page = budi.get(&page).await.expect(200);
            seen.extend(page["items"].as_array().unwrap().iter().map(|it| text(&it["id"])));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        let mut newest_first = seen.clone();
        newest_first.sort();
        newest_first.reverse();
        assert_eq!((seen.len(), &seen), (3, &newest_first), "{list}");
    }
    let none = budi.get("/api/v1/orders?status=paid").await.expect(200);
    assert_eq!(none, json!({ "items": [], "next": null }));
}

#[tokio::test]
async fn a_profile_is_read_and_changed_in_part() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    let before = budi.get("/api/v1/profile").await.expect(200);
    assert_eq!((&before["kind"], &before["phone"]), (&json!("individual"), &json!(null)));
    let wish = json!({ "kind": "company", "company": "PT Kopi", "phone": "0812 3456 7890", "locale": "en" });
    let after = budi.patch("/api/v1/profile", wish).await.expect(200);
    assert_eq!((&after["company"], &after["phone"]), (&json!("PT Kopi"), &json!("+6281234567890")));
    assert_eq!(after["name"], before["name"]);
    assert_eq!(budi.get("/api/v1/auth/me").await.expect(200)["locale"], "en");
    let after = budi.patch("/api/v1/profile", json!({ "phone": null })).await.expect(200);
    assert_eq!((&after["phone"], &after["company"]), (&json!(null), &json!("PT Kopi")));
    let refused = budi.patch("/api/v1/profile", json!({ "company": "" })).await;
    assert_eq!(refused.pointers(), ["/company"], "a company has a name");
    let same = budi.patch("/api/v1/profile", json!({})).await.expect(200);
    assert_eq!(same, after);
}
