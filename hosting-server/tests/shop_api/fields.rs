//! What does not fit is named.

use axum::body::Body;
use serde_json::{Value, json};

use crate::world::{Caller, World, text};

/// Sends `good` with another value at each pointer, and expects to hear of that pointer alone.
async fn each(
    caller: &Caller<'_>,
    method: &str,
    path: &str,
    good: &Value,
    cases: &[(&str, Vec<Value>)],
) {
    for (pointer, values) in cases {
        for value in values {
            let mut body = good.clone();
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let at = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            if *value == json!("(absent)") {
                at.remove(name);
            } else {
                at.insert(name.to_owned(), value.clone());
            }
            let body = Body::from(body.to_string());
            let answer = caller.send(&method.parse().unwrap(), path, body).await;
            let what = format!("{method} {path} {pointer} {value}: {}", answer.body);
            assert_eq!(answer.status.as_u16(), 422, "{what}");
            assert_eq!(answer.pointers(), [*pointer], "{what}");
            assert_eq!(answer.headers["content-type"], "application/problem+json");
        }
    }
}

fn absent() -> Value {
    json!("(absent)")
}

#[tokio::test]
async fn every_field_of_a_cart_is_checked_and_named() {
    let world = World::open().await;
    let guest = world.guest();
    let long = "x".repeat(300);
    let many: Vec<Value> = (0..21).map(|_| world.item("a.com")).collect();
    let good = json!({ "items": [world.item("nusakopi.com")] });
    let line: Vec<(&str, Vec<Value>)> = vec![
        ("/items", vec![json!(1), json!("none"), json!(many)]),
        (
            "/items/0/plan_id",
            vec![
                absent(),
                json!(1),
                json!(""),
                json!("pln_1"),
                json!(long),
                json!("pln_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
                json!("prd_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            ],
        ),
        (
            "/items/0/cycle",
            vec![absent(), json!(1), json!(""), json!("sometimes"), json!(long), json!("annually")],
        ),
        (
            "/items/0/quantity",
            vec![json!(0), json!(-1), json!(101), json!(1.5), json!("2"), json!(u64::MAX)],
        ),
        (
            "/items/0/domain",
            vec![absent(), json!(1), json!(""), json!("nusakopi"), json!("a b.com"), json!(long)],
        ),
        ("/items/0/unknown", vec![json!(1)]),
        ("/unknown", vec![json!(1)]),
    ];
    each(&guest, "POST", "/api/v1/carts", &good, &line).await;
    let currency = vec![("/currency", vec![json!("XXX"), json!("rupiah"), json!(1)])];
    each(&guest, "POST", "/api/v1/carts", &good, &currency).await;
    let cart = text(&guest.post("/api/v1/carts", json!({})).await.expect(201)["id"]);
    let path = format!("/api/v1/carts/{cart}");
    each(&guest, "PUT", &format!("{path}/items"), &good, &line).await;
    each(&guest, "PUT", &format!("{path}/items"), &good, &[("/items", vec![absent()])]).await;
    let code = [
        ("/code", vec![absent(), json!(1), json!(""), json!("a b"), json!("%"), json!(long)]),
        ("/unknown", vec![json!(1)]),
    ];
    each(&guest, "PUT", &format!("{path}/coupon"), &json!({ "code": "KOPI10" }), &code).await;
    assert_eq!(guest.get(&path).await.expect(200)["items"], json!([]), "nothing was put in");
}

#[tokio::test]
async fn every_field_of_what_customers_do_is_checked_and_named() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    let long = "x".repeat(600);
    let service = budi.service("nusakopi.com").await;
    let (_, invoice) = budi.order("dua.com").await;
    let way = json!({ "gateway": "sim", "method": "va" });
    let cases = [
        ("/gateway", vec![absent(), json!(1), json!(""), json!("nobody"), json!(long)]),
        ("/method", vec![absent(), json!(null), json!(""), json!("cash"), json!(long)]),
        ("/unknown", vec![json!(1)]),
    ];
    each(&budi, "POST", &format!("/api/v1/invoices/{invoice}/payments"), &way, &cases).await;
    let end = json!({ "when": "end_of_term", "reason": "moving" });
    let cases = [
        ("/when", vec![absent(), json!(1), json!(""), json!("tomorrow"), json!(long)]),
        (
            "/reason",
            vec![absent(), json!(1), json!(""), json!("  "), json!(long), json!("a\u{0}b")],
        ),
        ("/unknown", vec![json!(1)]),
    ];
    each(&budi, "POST", &format!("/api/v1/subscriptions/{service}/cancel"), &end, &cases).await;
    let address = json!({ "line1": "Jl. Braga 44", "city": "Bandung", "country": "ID" });
    let good = json!({ "address": address });
    let cases = [
        ("/name", vec![json!(1), json!(""), json!("  "), json!(long), json!("a\nb")]),
        ("/kind", vec![json!(1), json!(""), json!("robot")]),
        ("/company", vec![json!(1), json!(long)]),
        ("/phone", vec![json!(1), json!("call me"), json!(long)]),
        ("/tax_id", vec![json!(1), json!(long)]),
        ("/locale", vec![json!(1), json!(""), json!("fr")]),
        ("/address", vec![json!("Bandung")]),
        ("/address/line1", vec![absent(), json!(1), json!(""), json!(long)]),
        ("/address/line2", vec![json!(1), json!(long)]),
        ("/address/city", vec![absent(), json!(""), json!(long)]),
        ("/address/region", vec![json!(long)]),
        ("/address/postcode", vec![json!(long)]),
        ("/address/country", vec![absent(), json!(""), json!("Indonesia"), json!("ZZ")]),
        ("/address/unknown", vec![json!(1)]),
        ("/email", vec![json!("sari@example.com")]),
        ("/currency", vec![json!("USD")]),
    ];
    each(&budi, "PATCH", "/api/v1/profile", &good, &cases).await;
}

#[tokio::test]
async fn every_query_is_checked_and_named() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    for list in ["catalog/products", "orders", "invoices", "subscriptions"] {
        for (query, pointer) in [
            ("limit=0", "?limit"),
            ("limit=201", "?limit"),
            ("limit=many", "?limit"),
            ("after=nonsense", "?after"),
            ("after=usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "?after"),
            ("unknown=1", "?unknown"),
            ("status=odd", "?status"),
        ] {
            let answer = budi.get(&format!("/api/v1/{list}?{query}")).await;
            assert_eq!(answer.status.as_u16(), 422, "{list} {query} {}", answer.body);
            assert_eq!(answer.pointers(), [pointer], "{list} {query}");
        }
    }
    for (query, pointers) in [
        ("currency=IDR", vec!["?amount_minor"]),
        ("amount_minor=1", vec!["?currency"]),
        ("amount_minor=0&currency=IDR", vec!["?amount_minor"]),
        ("amount_minor=x&currency=IDR", vec!["?amount_minor"]),
        ("amount_minor=-5&currency=rupiah", vec!["?amount_minor", "?currency"]),
    ] {
        let answer = budi.get(&format!("/api/v1/payment-methods?{query}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.pointers()),
            (422, pointers.iter().map(|it| (*it).to_owned()).collect()),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_or_no_json_is_refused() {
    let world = World::open().await;
    let guest = world.guest();
    let large = json!({ "items": [], "currency": "x".repeat(300 << 10) });
    guest.post("/api/v1/carts", large).await.expect(413);
    let broken =
        guest.send(&axum::http::Method::POST, "/api/v1/carts", Body::from("{\"items\":")).await;
    broken.expect(400);
    for path in [
        "carts/nonsense",
        "carts/ord_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "catalog/products/No%20Slug",
        "catalog/products/none",
    ] {
        guest.get(&format!("/api/v1/{path}")).await.expect(404);
    }
}
