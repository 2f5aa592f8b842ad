//! Customers, orders, invoices, payments, webhooks and services.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::TimeDelta;
use hosting_core::{
    decide::ordering::CheckoutRefusal,
    model::{
        Actor, InvoiceId, PaymentId,
        charge::{Charge, Method},
    },
    port::{
        Descriptor, Failure, PaymentGateway,
        gateway::{ChargeRequest, Notice, RawWebhook, Rejection},
    },
    service::{ServiceError, orders::place_order, payments},
    testing::SimGateway,
};
use serde_json::json;

use crate::office::Office;

async fn order(office: &Office, domain: &str) -> InvoiceId {
    let cart = office.shop.cart(domain, None).await;
    office.shop.order(cart).await.1
}

async fn transfer(office: &Office, invoice: InvoiceId) -> PaymentId {
    let ports = &office.shop.ports;
    let id =
        payments::start(ports, &Actor::Guest, invoice, "manual", "bank_transfer").await.unwrap();
    office.shop.drain().await;
    id
}

#[tokio::test]
async fn a_confirmed_transfer_is_credited_once() {
    let office = Office::open().await;
    let invoice = order(&office, "kopi.example").await;
    let path = format!("/payments/{}", transfer(&office, invoice).await);
    let owed = office.get(&format!("/invoices/{invoice}")).await.expect(200);
    let total = owed["balance"]["amount_minor"].as_i64().unwrap();
    let confirm = format!("{path}/confirm");
    office
        .refuses(
            "POST",
            &confirm,
            &json!({ "amount_minor": total, "note": "BCA 31/01" }),
            &[
                ("/amount_minor", json!(0)),
                ("/amount_minor", json!("much")),
                ("/note", json!("")),
                ("/currency", json!("IDR")),
            ],
        )
        .await;
    let wish = json!({ "amount_minor": total, "note": "BCA 31/01" });
    // Two members of staff at the same bank statement.
    let (one, other) =
        tokio::join!(office.post(&confirm, wish.clone()), office.post(&confirm, wish.clone()));
    assert!([&one, &other].iter().all(|it| [200, 409].contains(&it.status.as_u16())));
    let paid = office.get(&path).await.expect(200);
    assert_eq!(
        (&paid["status"], &paid["applied"]["amount_minor"]),
        (&json!("succeeded"), &json!(total))
    );
    let again = office.post(&confirm, wish).await;
    assert_eq!(again.status, 409, "{}", again.text);
    let shown = office.get(&format!("/invoices/{invoice}")).await.expect(200);
    assert_eq!((&shown["status"], &shown["paid"]["amount_minor"]), (&json!("paid"), &json!(total)));
    assert_eq!(shown["payments"].as_array().unwrap().len(), 1);
    office.shop.check_books().await;
}

#[tokio::test]
async fn what_a_provider_tells_is_not_confirmed_by_staff_but_asked_again() {
    let office = Office::open().await;
    let invoice = order(&office, "kopi.example").await;
    let payment = office.shop.ask_to_pay(invoice).await;
    let path = format!("/payments/{}", payment.id);
    let wish = json!({ "amount_minor": 1, "note": "seen" });
    assert_eq!(office.post(&format!("{path}/confirm"), wish).await.status, 409);
    assert!(office.shop.gateway.pay(&payment.reference));
    let asked = office.act(&format!("{path}/ask")).await.expect(200);
    assert_eq!(asked["status"], "succeeded");
    let listed = office.get("/payments?status=succeeded").await.expect(200);
    assert_eq!(listed["items"][0]["id"], payment.id.to_string());
    assert_eq!(office.get("/payments?status=odd").await.pointers(), ["?status"]);
}

#[tokio::test]
async fn no_more_is_refunded_than_was_paid() {
    let office = Office::open().await;
    let invoice = order(&office, "kopi.example").await;
    office.shop.pay(invoice).await;
    let payment = office.shop.store.payments_of(invoice).await.unwrap().remove(0);
    let path = format!("/payments/{}/refunds", payment.id);
    let total = payment.received.minor();
    let refund = |minor: i64| json!({ "amount_minor": minor, "reason": "by wish" });
    office
        .refuses(
            "POST",
            &path,
            &refund(1),
            &[
                ("/amount_minor", json!(0)),
                ("/amount_minor", json!(total + 1)),
                ("/reason", json!("")),
            ],
        )
        .await;
    let started = office.post(&path, refund(total - 10)).await.expect(201);
    assert_eq!((&started["status"], &started["reason"]), (&json!("pending"), &json!("by wish")));
    assert_eq!(office.post(&path, refund(11)).await.pointers(), ["/amount_minor"]);
    let listed = office.get(&path).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_order_is_cancelled_and_its_invoice_with_it_and_not_alone() {
    let office = Office::open().await;
    let invoice = order(&office, "kopi.example").await;
    let reason = json!({ "reason": "ordered twice" });
    let alone = office.post(&format!("/invoices/{invoice}/void"), reason.clone()).await;
    assert_eq!(alone.status, 409);
    assert!(alone.json["detail"].as_str().unwrap().contains("cancel the order"), "{}", alone.text);

    let pending = office.get("/orders?status=pending").await.expect(200);
    let id = pending["items"][0]["id"].as_str().unwrap().to_owned();
    let cancel = format!("/orders/{id}/cancel");
    office.refuses("POST", &cancel, &reason, &[("/reason", json!(" ")), ("/why", json!(1))]).await;
    assert_eq!(office.post(&cancel, reason.clone()).await.expect(200)["status"], "cancelled");
    assert_eq!(office.get(&format!("/invoices/{invoice}")).await.json["status"], "void");
    assert_eq!(office.post(&cancel, reason).await.status, 409);
    assert_eq!(office.get("/orders?customer_id=x").await.pointers(), ["?customer_id"]);
}

#[tokio::test]
async fn a_voided_renewal_is_given_away_and_the_service_goes_on() {
    let office = Office::open().await;
    let first = order(&office, "kopi.example").await;
    office.shop.pay(first).await;
    // Past the due date of the second invoice and through its grace: switched off.
    office.shop.live(45).await;
    let overdue = office.shop.open_invoice().await.unwrap();
    let listed = office.get("/subscriptions?status=suspended").await.expect(200);
    let id = listed["items"][0]["id"].as_str().unwrap().to_owned();

    let void = format!("/invoices/{}/void", overdue.id);
    let voided = office.post(&void, json!({ "reason": "goodwill" })).await.expect(200);
    assert_eq!(voided["status"], "void");
    assert_eq!(office.post(&void, json!({ "reason": "again" })).await.status, 409);
    let service = office.get(&format!("/subscriptions/{id}")).await.expect(200);
    assert_eq!(service["status"], "active");
    assert_eq!(service["cycles"][0]["status"], "void");
    assert!(service["next_renewal_at"].is_string(), "{service}");
    office.shop.settle_down(TimeDelta::hours(1)).await;
    assert!(office.shop.panel.accounts().iter().all(|(_, on)| *on));
    office.shop.live(10).await;
    let next = office.shop.open_invoice().await.expect("the period after it is billed");
    assert_ne!(next.id, overdue.id);
    office.shop.check_books().await;
}

#[tokio::test]
async fn a_service_is_held_cancelled_kept_and_looked_at() {
    let office = Office::open().await;
    let invoice = order(&office, "kopi.example").await;
    let waiting = office.shop.subscriptions().await.remove(0);
    let path = format!("/subscriptions/{}", waiting.id);
    assert_eq!(office.act(&format!("{path}/sync")).await.status, 409, "no account yet");
    office.shop.pay(invoice).await;
    let held =
        office.post(&format!("{path}/hold"), json!({ "reason": "dispute" })).await.expect(200);
    assert_eq!(held["hold"], "dispute");
    assert!(held["account"]["username"].is_string());
    assert!(held["account"].get("password").is_none());
    assert!(office.act(&format!("{path}/unhold")).await.expect(200)["hold"].is_null());

    let wish = json!({ "when": "end_of_term", "reason": "moves away" });
    let cancel = format!("{path}/cancel");
    office
        .refuses("POST", &cancel, &wish, &[("/when", json!("later")), ("/reason", json!(""))])
        .await;
    assert!(office.post(&cancel, wish).await.expect(200)["cancel_at"].is_string());
    assert!(office.act(&format!("{path}/keep")).await.expect(200)["cancel_at"].is_null());
    assert_eq!(office.act(&format!("{path}/keep")).await.status, 409);

    let task = office.act(&format!("{path}/sync")).await.expect(202);
    assert_eq!(office.act(&format!("{path}/sync")).await.status, 409, "one look at a time");
    let tasks = office.get(&path).await.json["tasks"].clone();
    let found = tasks.as_array().unwrap().iter().find(|it| it["id"] == task["task_id"]).unwrap();
    assert_eq!((&found["action"], &found["status"]), (&json!("sync"), &json!("queued")));
    office.shop.drain().await;
    assert!(office.get(&path).await.json["account"]["synced_at"].is_string());
}

#[tokio::test]
async fn an_account_is_closed_when_nothing_is_left_to_settle_and_orders_nothing() {
    let office = Office::open().await;
    order(&office, "kopi.example").await;
    let placed = office.get("/orders").await.expect(200)["items"][0].clone();
    let path = format!("/customers/{}", placed["customer_id"].as_str().unwrap());
    let (close, why) = (format!("{path}/close"), json!({ "reason": "moved away" }));
    let early = office.post(&close, why.clone()).await;
    assert_eq!(early.status, 409, "an order waits");
    assert!(early.json["detail"].as_str().unwrap().contains("cancel them"), "{}", early.json);
    let cancel = format!("/orders/{}/cancel", placed["id"].as_str().unwrap());
    office.post(&cancel, why.clone()).await.expect(200);
    assert_eq!(office.post(&close, why.clone()).await.expect(200)["status"], "closed");
    assert_eq!(office.post(&close, why).await.status, 409, "it is closed");

    let cart = office.shop.cart("teh.example", None).await;
    let refused =
        place_order(&office.shop.ports, &Actor::System, cart, office.shop.customer_id).await;
    let closed = ServiceError::Refused(CheckoutRefusal::CustomerClosed);
    assert_eq!(refused.unwrap_err().to_string(), closed.to_string());
    assert_eq!(office.act(&format!("{path}/reopen")).await.expect(200)["status"], "active");
    assert!(
        place_order(&office.shop.ports, &Actor::System, cart, office.shop.customer_id)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_customer_is_found_shown_with_what_they_owe_and_held() {
    let office = Office::open().await;
    let invoice = order(&office, "kopi.example").await;
    let total = office.shop.store.invoice(invoice).await.unwrap().unwrap().total.minor();
    let found = office.get("/customers?email=RANI@example.com").await.expect(200);
    let path = format!("/customers/{}", found["items"][0]["id"].as_str().unwrap());
    let shown = office.get(&path).await.expect(200);
    assert_eq!(shown["balances"]["owed"], json!([{ "amount_minor": total, "currency": "IDR" }]));
    assert_eq!(shown["balances"]["invoices"], 1);
    let hold = format!("{path}/hold");
    assert_eq!(office.post(&hold, json!({ "reason": "court" })).await.expect(200)["hold"], "court");
    assert!(office.act(&format!("{path}/unhold")).await.expect(200)["hold"].is_null());
    assert_eq!(office.get("/customers?email=nobody").await.pointers(), ["?email"]);
    assert_eq!(office.get("/customers/cus_01ARZ3NDEKTSV4RRFFQ69G5FAV").await.status, 404);
}

#[tokio::test]
async fn a_stored_webhook_is_shown_and_replayed() {
    let office = Office::open().await;
    let invoice = order(&office, "kopi.example").await;
    let payment = office.shop.ask_to_pay(invoice).await;
    let notice = Notice { event_key: "first".to_owned(), reference: Some("unknown".to_owned()) };
    let gateway = office.shop.ports.gateways.get(SimGateway::NAME).unwrap();
    let stored =
        payments::store_webhook(&office.shop.ports, &**gateway, notice, "{\"a\":1}".to_owned());
    let id = stored.await.unwrap().unwrap();
    let path = format!("/webhooks/{id}");
    assert_eq!(office.act(&format!("{path}/replay")).await.status, 409, "it is being acted on");
    office.shop.drain().await;
    let shown = office.get(&path).await.expect(200);
    assert_eq!((&shown["status"], &shown["body"]), (&json!("ignored"), &json!("{\"a\":1}")));
    let listed = office.get("/webhooks").await.expect(200);
    assert!(listed["items"][0].get("body").is_none(), "bodies are shown one at a time");

    office.act(&format!("{path}/replay")).await.expect(202);
    assert_eq!(office.get(&path).await.json["status"], "received");
    office.shop.drain().await;
    assert_eq!(office.get(&path).await.json["status"], "ignored");
    assert_eq!(office.shop.store.payment(payment.id).await.unwrap().unwrap().received.minor(), 0);
}

/// The simulated gateway behind a line on which every question takes a while.
#[derive(Debug)]
struct Slow(Arc<SimGateway>);

#[async_trait]
impl PaymentGateway for Slow {
    fn descriptor(&self) -> &'static Descriptor {
        self.0.descriptor()
    }
    fn methods(&self) -> &[Method] {
        self.0.methods()
    }
    fn is_production(&self) -> bool {
        false
    }
    async fn charge(&self, request: &ChargeRequest) -> Result<Charge, Failure> {
        self.0.charge(request).await
    }
    async fn find(&self, reference: &str) -> Result<Option<Charge>, Failure> {
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.0.find(reference).await
    }
    async fn cancel(&self, reference: &str) -> Result<Charge, Failure> {
        self.0.cancel(reference).await
    }
    fn verify(&self, webhook: &RawWebhook<'_>) -> Result<Notice, Rejection> {
        self.0.verify(webhook)
    }
}

#[tokio::test]
async fn a_provider_is_asked_to_the_end_though_nobody_waits_any_more() {
    let office = Office::with_gateway(|sim| Arc::new(Slow(sim))).await;
    let invoice = order(&office, "kopi.example").await;
    let payment = office.shop.ask_to_pay(invoice).await;
    assert!(office.shop.gateway.pay(&payment.reference));
    let path = format!("/payments/{}", payment.id);
    let ask = format!("{path}/ask");
    let gone = tokio::time::timeout(Duration::from_millis(50), office.act(&ask)).await;
    assert!(gone.is_err(), "the browser was closed");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(office.get(&path).await.expect(200)["status"], "succeeded");
}

#[tokio::test]
async fn staff_too_are_told_to_wait_before_a_provider_is_asked_again() {
    let office = Office::open().await;
    let invoice = order(&office, "kopi.example").await;
    let payment = office.shop.ask_to_pay(invoice).await;
    let ask = format!("/payments/{}/ask", payment.id);
    let mut answers = Vec::new();
    for _ in 0..8 {
        answers.push(office.act(&ask).await);
    }
    let refused = answers.iter().find(|it| it.status != 200).expect("it is enough");
    assert_eq!(refused.status, 429, "{}", refused.text);
    assert!(refused.headers.contains_key("retry-after"));
}

/// Money of a virtual account has no way back through the gateway: staff transfer it and say so.
#[tokio::test]
async fn a_refund_is_refused_by_the_gateway_tried_again_and_paid_out_by_hand() {
    let office = Office::open().await;
    let invoice = order(&office, "kopi.example").await;
    office.shop.pay(invoice).await;
    let payment = office.shop.store.payments_of(invoice).await.unwrap().remove(0);
    let path = format!("/payments/{}/refunds", payment.id);
    let wish = json!({
        "amount_minor": payment.received.minor(), "reason": "by wish", "services": "end",
    });
    office.refuses("POST", &path, &wish, &[("/services", json!("burn"))]).await;
    let started = office.post(&path, wish).await.expect(201);
    assert_eq!((&started["services"], &started["way"]), (&json!("end"), &json!("gateway")));
    let refund = format!("/refunds/{}", started["id"].as_str().unwrap());
    let paid = json!({ "reference": "TRX-1" });
    let early = office.post(&format!("{refund}/paid-out"), paid.clone()).await;
    assert_eq!(early.status, 409, "the gateway may still pay: {}", early.text);
    office.shop.drain().await;
    assert_eq!(office.get(&refund).await.expect(200)["status"], "failed");
    assert_eq!(office.act(&format!("{refund}/retry")).await.expect(200)["status"], "pending");
    office.shop.drain().await;
    let long = ("/reference", json!("x".repeat(101)));
    office
        .refuses("POST", &format!("{refund}/paid-out"), &paid, &[("/reference", json!("")), long])
        .await;
    let closed = office.post(&format!("{refund}/paid-out"), paid.clone()).await.expect(200);
    assert_eq!(
        (&closed["status"], &closed["way"], &closed["provider_ref"]),
        (&json!("succeeded"), &json!("by_hand"), &json!("TRX-1"))
    );
    assert_eq!(office.post(&format!("{refund}/paid-out"), paid).await.status, 409);
    let shown = office.get(&format!("/invoices/{invoice}")).await.expect(200);
    assert_eq!(shown["status"], "refunded");
    let shown = office.get(&format!("/payments/{}", payment.id)).await.expect(200);
    assert_eq!(shown["given_back"]["amount_minor"], payment.received.minor());
    office.shop.drain().await;
    assert_eq!(
        office.shop.subscriptions().await[0].status,
        hosting_core::model::SubscriptionStatus::Cancelled
    );
    office.shop.check_books().await;
}
