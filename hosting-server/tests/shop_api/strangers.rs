//! Somebody else's things are not there.

use hosting_core::{kernel::PageRequest, model::TaskId, port::store::TaskFilter};
use serde_json::{Value, json};

use crate::world::{World, text};

async fn tasks(world: &World) -> Vec<TaskId> {
    let page = PageRequest::first(PageRequest::MAX);
    let found = world.shop.store.tasks(&TaskFilter::default(), &page).await.unwrap();
    assert_eq!(found.next, None, "all of them");
    found.items.iter().map(|it| it.id).collect()
}

#[tokio::test]
async fn somebody_elses_things_answer_like_nothing_at_all() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    let service = budi.service("nusakopi.com").await;
    let items = json!({ "items": [world.item("lain.com")] });
    let cart = text(&budi.post("/api/v1/carts", items.clone()).await.expect(201)["id"]);
    let (order, invoice) = budi.order("dua.com").await;
    let payment = text(&budi.pay(&invoice).await["id"]);

    let none = Value::Null;
    let way = json!({ "gateway": "sim", "method": "va" });
    let end = json!({ "when": "now", "reason": "because" });
    let code = json!({ "code": "KOPI10" });
    let doors = [
        ("GET", "carts", &cart, "", &none),
        ("PUT", "carts", &cart, "/items", &items),
        ("PUT", "carts", &cart, "/coupon", &code),
        ("DELETE", "carts", &cart, "/coupon", &none),
        ("POST", "carts", &cart, "/checkout", &none),
        ("GET", "orders", &order, "", &none),
        ("POST", "orders", &order, "/cancel", &none),
        ("GET", "invoices", &invoice, "", &none),
        ("POST", "invoices", &invoice, "/payments", &way),
        ("GET", "payments", &payment, "", &none),
        ("POST", "payments", &payment, "/check", &none),
        ("POST", "payments", &payment, "/cancel", &none),
        ("GET", "subscriptions", &service, "", &none),
        ("POST", "subscriptions", &service, "/cancel", &end),
        ("POST", "subscriptions", &service, "/keep", &none),
        ("POST", "subscriptions", &service, "/password-reset", &none),
        ("POST", "subscriptions", &service, "/login", &none),
    ];
    let sari = world.customer("sari@example.com").await;
    let before = tasks(&world).await;
    for (method, kind, id, action, body) in doors {
        let (prefix, _) = id.split_once('_').unwrap();
        let nobodys = format!("{prefix}_01ARZ3NDEKTSV4RRFFQ69G5FAV");
        let mut answers = Vec::new();
        for id in [id.as_str(), nobodys.as_str()] {
            let method = method.parse().unwrap();
            let body = if body.is_null() { String::new() } else { body.to_string() };
            let answer =
                sari.send(&method, &format!("/api/v1/{kind}/{id}{action}"), body.into()).await;
            answers.push((answer.status.as_u16(), answer.body));
        }
        assert_eq!(answers[0].0, 404, "{method} {kind}{action}: {}", answers[0].1);
        assert_eq!(answers[0], answers[1], "{method} {kind}{action}");
    }
    for list in ["orders", "invoices", "subscriptions"] {
        let seen = sari.get(&format!("/api/v1/{list}")).await.expect(200);
        assert_eq!(seen["items"], json!([]), "{list}");
    }
    assert_eq!(tasks(&world).await, before, "nothing was set going");
    assert_eq!(budi.get(&format!("/api/v1/orders/{order}")).await.expect(200)["status"], "pending");
}

#[tokio::test]
async fn guests_are_asked_to_log_in() {
    let world = World::open().await;
    let guest = world.guest();
    for path in [
        "orders",
        "invoices",
        "subscriptions",
        "profile",
        "payments/pay_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    ] {
        guest.get(&format!("/api/v1/{path}")).await.expect(401);
    }
    let items = json!({ "items": [world.item("nusakopi.com")] });
    let cart = text(&guest.post("/api/v1/carts", items).await.expect(201)["id"]);
    guest.act(&format!("/api/v1/carts/{cart}/checkout")).await.expect(401);
}
