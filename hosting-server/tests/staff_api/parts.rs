//! Orders and invoices of which a part is paid: given up only with a decision about that part.

use chrono::TimeDelta;
use hosting_core::{
    kernel::{Currency, Money},
    model::{InvoiceId, Payment},
};
use serde_json::{Value, json};

use crate::office::Office;

/// Pays a part of an invoice through the gateway.
async fn pay_part(office: &Office, invoice: InvoiceId, minor: i64) -> Payment {
    let payment = office.shop.ask_to_pay(invoice).await;
    let part = Money::from_minor(minor, Currency::IDR);
    office.shop.gateway.pay_amount(&payment.reference, part);
    office.shop.settle_down(TimeDelta::hours(2)).await;
    payment
}

/// Gives something up: refused without a decision, refused with another one, done with this one.
async fn give_up(office: &Office, path: &str) -> Value {
    let undecided = office.post(path, json!({ "reason": "given up" })).await;
    assert_eq!(undecided.status, 409, "{}", undecided.text);
    let words = undecided.json["detail"].as_str().unwrap().to_lowercase();
    assert!(words.contains("part of this"), "{words}");
    let wish = json!({ "reason": "given up", "paid_part": "give_back" });
    office.refuses("POST", path, &wish, &[("/paid_part", json!("keep"))]).await;
    office.post(path, wish).await.expect(200)
}

/// The part waits on its payment, applied to nothing, and can be given back in full.
async fn waits_to_be_given_back(office: &Office, payment: &Payment, minor: i64) {
    office.shop.drain().await;
    let path = format!("/payments/{}", payment.id);
    let shown = office.get(&path).await.expect(200);
    assert_eq!(shown["received"]["amount_minor"], minor);
    assert_eq!(shown["applied"]["amount_minor"], 0);
    let refund = |minor: i64| json!({ "amount_minor": minor, "reason": "the order was given up" });
    let path = format!("{path}/refunds");
    assert_eq!(office.post(&path, refund(minor + 1)).await.pointers(), ["/amount_minor"]);
    office.post(&path, refund(minor)).await.expect(201);
    office.shop.check_books().await;
}

#[tokio::test]
async fn an_order_with_a_part_paid_is_cancelled_with_a_decision_about_the_part() {
    let office = Office::open().await;
    let cart = office.shop.cart("kopi.example", None).await;
    let (order, invoice) = office.shop.order(cart).await;
    let payment = pay_part(&office, invoice, 100_000).await;
    assert_eq!(office.get(&format!("/invoices/{invoice}")).await.json["status"], "partial");
    let cancelled = give_up(&office, &format!("/orders/{order}/cancel")).await;
    assert_eq!(cancelled["status"], "cancelled");
    let bill = office.get(&format!("/invoices/{invoice}")).await.expect(200);
    assert_eq!((&bill["status"], &bill["paid"]["amount_minor"]), (&json!("void"), &json!(0)));
    waits_to_be_given_back(&office, &payment, 100_000).await;
}

#[tokio::test]
async fn an_invoice_with_a_part_paid_is_voided_with_a_decision_about_the_part() {
    let office = Office::open().await;
    let cart = office.shop.cart("kopi.example", None).await;
    let (_, first) = office.shop.order(cart).await;
    office.shop.pay(first).await;
    office.shop.live(24).await;
    let renewal = office.shop.open_invoice().await.unwrap().id;
    let payment = pay_part(&office, renewal, 11_000).await;
    let voided = give_up(&office, &format!("/invoices/{renewal}/void")).await;
    assert_eq!(voided["status"], "void");
    waits_to_be_given_back(&office, &payment, 11_000).await;
}
