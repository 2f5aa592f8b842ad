//! Coupons and tax rules.

use serde_json::{Value, json};

use crate::office::Office;

fn coupon() -> Value {
    json!({
        "code": "merdeka-17",
        "discount": { "kind": "percent", "rate": "0.17" },
        "applies_to": { "terms": "terms", "count": 3 },
    })
}

fn rule() -> Value {
    json!({
        "name": "PPN", "country": "ID", "rate": "0.12",
        "base_factor": { "numerator": 11, "denominator": 12 },
        "mode": "exclusive", "valid_from": "2026-03-01",
    })
}

#[tokio::test]
async fn a_coupon_is_made_counted_limited_and_switched_off() {
    let office = Office::open().await;
    let mut wish = coupon();
    wish["plan_ids"] = json!([office.shop.plan_id.to_string()]);
    let made = office.post("/coupons", wish).await.expect(201);
    assert_eq!(made["code"], "MERDEKA-17");
    assert_eq!(made["discount"], json!({ "kind": "percent", "rate": "0.17" }));
    assert_eq!(made["applies_to"], json!({ "terms": "terms", "count": 3 }));
    let path = format!("/coupons/{}", made["id"].as_str().unwrap());
    assert_eq!(made["uses"], 0);
    let cart = office.shop.cart("kopi.example", Some("MERDEKA-17")).await;
    office.shop.order(cart).await;
    assert_eq!(office.get(&path).await.json["uses"], 1);

    let limits = json!({ "version": 1, "max_uses": 10, "ends_at": "2026-12-31T00:00:00Z" });
    let limited = office.patch(&path, limits).await.expect(200);
    assert_eq!((&limited["max_uses"], &limited["version"]), (&json!(10), &json!(2)));
    let lifted = office.patch(&path, json!({ "version": 2, "max_uses": null })).await.expect(200);
    assert_eq!((&lifted["max_uses"], &lifted["ends_at"]), (&Value::Null, &limited["ends_at"]));
    let fixed = office.patch(&path, json!({ "version": 3, "code": "OTHER" })).await;
    assert_eq!(fixed.pointers(), ["/code"], "what a coupon is stays");

    assert_eq!(office.act(&format!("{path}/disable")).await.expect(200)["status"], "disabled");
    assert_eq!(office.act(&format!("{path}/disable")).await.status, 409);
    assert_eq!(office.act(&format!("{path}/enable")).await.expect(200)["status"], "active");
}

#[tokio::test]
async fn what_nobody_knows_of_a_coupon_is_refused() {
    let office = Office::open().await;
    for (pointer, applies_to) in [
        ("/applies_to/until", json!({ "terms": "terms", "count": 3, "until": "2027" })),
        ("/applies_to/until", json!({ "terms": "forever", "until": "2027" })),
    ] {
        let mut wish = coupon();
        wish["applies_to"] = applies_to;
        let refused = office.post("/coupons", wish).await;
        assert_eq!(refused.status, 422, "{pointer}: {}", refused.text);
    }
}

#[tokio::test]
async fn coupons_come_in_pages() {
    let office = Office::open().await;
    for code in ["AAA", "BBB", "CCC"] {
        let mut wish = coupon();
        wish["code"] = json!(code);
        office.post("/coupons", wish).await.expect(201);
    }
    let (mut codes, mut after) = (Vec::new(), String::new());
    for _ in 0..10 {
        let page = office.get(&format!("/coupons?limit=2{after}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        codes.extend(items.iter().map(|it| it["code"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    codes.sort();
    assert_eq!(codes, ["AAA", "BBB", "CCC", "KOPI10"]);
    assert_eq!(office.get("/coupons?limit=0").await.pointers(), ["?limit"]);
    assert_eq!(office.get("/coupons?after=prd_1").await.pointers(), ["?after"]);
    assert_eq!(office.get("/coupons?colour=red").await.pointers(), ["?colour"]);
}

#[tokio::test]
async fn every_field_of_a_coupon_is_checked_and_named() {
    let office = Office::open().await;
    office
        .refuses(
            "POST",
            "/coupons",
            &coupon(),
            &[
                ("/code", json!("a b")),
                ("/code", json!("KOPI10")),
                ("/discount/rate", json!("1.5")),
                ("/discount/rate", json!("0")),
                ("/discount/rate", json!("17%")),
                ("/max_uses", json!(0)),
                ("/max_uses_per_customer", json!(-1)),
                ("/applies_to/count", json!(0)),
                ("/ends_at", json!("soon")),
            ],
        )
        .await;
    let mut wish = coupon();
    wish["discount"] = json!({ "kind": "fixed", "amount_minor": 0, "currency": "IDR" });
    assert_eq!(office.post("/coupons", wish.clone()).await.pointers(), ["/discount/amount_minor"]);
    wish["discount"] = json!({ "kind": "fixed", "amount_minor": 1, "currency": "X" });
    assert_eq!(office.post("/coupons", wish).await.pointers(), ["/discount/currency"]);
    let mut wish = coupon();
    wish["product_ids"] = json!(["prd_01ARZ3NDEKTSV4RRFFQ69G5FAV"]);
    wish["plan_ids"] = json!(["pln_01ARZ3NDEKTSV4RRFFQ69G5FAV"]);
    let answer = office.post("/coupons", wish.clone()).await;
    assert_eq!(answer.pointers(), ["/product_ids/0", "/plan_ids/0"]);
    wish["plan_ids"] = json!(["business"]);
    assert_eq!(office.post("/coupons", wish).await.pointers(), ["/plan_ids/0"]);
    let mut wish = coupon();
    wish["starts_at"] = json!("2026-05-01T00:00:00Z");
    wish["ends_at"] = json!("2026-04-01T00:00:00Z");
    assert_eq!(office.post("/coupons", wish).await.pointers(), ["/ends_at"]);
}

#[tokio::test]
async fn a_tax_rule_is_made_and_ended_but_not_in_the_past() {
    let office = Office::open().await;
    let made = office.post("/tax-rules", rule()).await.expect(201);
    assert_eq!((&made["rate"], &made["version"]), (&json!("0.12"), &json!(1)));
    assert_eq!(made["base_factor"], json!({ "numerator": 11, "denominator": 12 }));
    let listed = office.get("/tax-rules").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);

    let old = listed["items"].as_array().unwrap().iter().find(|it| it["rate"] == "0.11").unwrap();
    let path = format!("/tax-rules/{}/end", old["id"].as_str().unwrap());
    let past = office.post(&path, json!({ "version": 1, "valid_until": "2026-01-30" })).await;
    assert_eq!(past.pointers(), ["/valid_until"]);
    let wish = json!({ "version": 1, "valid_until": "2026-03-01" });
    assert_eq!(office.post(&path, wish.clone()).await.expect(200)["valid_until"], "2026-03-01");
    assert_eq!(office.post(&path, wish).await.status, 409, "at another version now");

    office
        .refuses(
            "POST",
            "/tax-rules",
            &rule(),
            &[
                ("/name", json!("")),
                ("/country", json!("Indonesia")),
                ("/customer_kind", json!("robot")),
                ("/rate", json!("12%")),
                ("/rate", json!(0.12)),
                ("/rate", json!("1.2")),
                ("/base_factor", json!({ "numerator": 13, "denominator": 12 })),
                ("/base_factor/denominator", json!(0)),
                ("/mode", json!("sometimes")),
                ("/valid_from", json!("2026-02-30")),
                ("/valid_until", json!("2026-03-01")),
            ],
        )
        .await;
    let mut nowhere = rule();
    nowhere.as_object_mut().unwrap().remove("country");
    nowhere["region"] = json!("Bali");
    assert_eq!(office.post("/tax-rules", nowhere).await.pointers(), ["/region"]);
}
