//! A program that hears nothing asks again with the same `Idempotency-Key`: money goes back once.

use std::sync::Arc;

use axum::Router;
use chrono::TimeDelta;
use hosting_core::{
    model::{PaymentId, Refund},
    testing::{Fate, FatedStore},
};
use serde_json::json;

use crate::office::{Answer, Office};

/// An office with a payment that can be refunded.
async fn paid() -> (Office, PaymentId) {
    let office = Office::open().await;
    let cart = office.shop.cart("kopi.example", None).await;
    let invoice = office.shop.order(cart).await.1;
    office.shop.pay(invoice).await;
    let payment = office.shop.store.payments_of(invoice).await.unwrap().remove(0);
    (office, payment.id)
}

/// Asks `router` for the same refund with the same key.
async fn refund(office: &Office, router: &Router, payment: PaymentId) -> Answer {
    let body = json!({ "amount_minor": 1000, "reason": "by wish" });
    let headers = [("idempotency-key", "once")];
    let path = format!("/payments/{payment}/refunds");
    office.call_to(router, "POST", &path, &headers, Some(&body)).await
}

async fn refunds(office: &Office, payment: PaymentId) -> Vec<Refund> {
    let rows = office.shop.store.refunds_of(payment).await.unwrap();
    rows.into_iter().map(|it| it.value).collect()
}

/// What a repeat was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// It was worked on.
    Made,
    /// The first answer once more.
    TheSame,
    /// That it was done, and that the answer was lost.
    DoneAlready,
}

fn told(answer: &Answer) -> Told {
    let is_replay = answer.headers.contains_key("idempotency-replayed");
    match (answer.status.as_u16(), is_replay, answer.json["type"].as_str()) {
        (201, false, _) => Told::Made,
        (201, true, _) => Told::TheSame,
        (409, true, Some("/problems/done-already")) => Told::DoneAlready,
        _ => panic!("{}: {}", answer.status, answer.text),
    }
}

#[tokio::test]
async fn wherever_the_process_dies_a_repeated_refund_is_made_once() {
    let mut heard = Vec::new();
    for point in 1.. {
        let (office, payment) = paid().await;
        let fate = Arc::new(Fate::dies_at(point));
        let store = FatedStore::new(Arc::clone(&office.shop.store), Arc::clone(&fate));
        refund(&office, &office.again_over(Arc::new(store)), payment).await;
        if !fate.is_dead() {
            break;
        }
        let before = refunds(&office, payment).await.len();
        office.shop.clock.advance(TimeDelta::minutes(2));
        let restarted = office.again_over(Arc::clone(&office.shop.store));
        let repeat = told(&refund(&office, &restarted, payment).await);
        assert_eq!(refunds(&office, payment).await.len(), 1, "it died at point {point}");
        assert_eq!(repeat == Told::Made, before == 0, "it died at point {point}: {repeat:?}");
        heard.push(repeat);
        // Whatever is asked from here on, nothing is made any more.
        assert_ne!(told(&refund(&office, &restarted, payment).await), Told::Made, "point {point}");
        assert_eq!(refunds(&office, payment).await.len(), 1, "point {point}");
    }
    // Before and after noting the request, making the refund, and keeping the answer.
    let ends = [Told::Made, Told::DoneAlready, Told::TheSame];
    assert!(ends.iter().all(|it| heard.contains(it)), "{heard:?}");
    assert!(heard.is_sorted_by_key(|it| ends.iter().position(|end| end == it)), "{heard:?}");
}
