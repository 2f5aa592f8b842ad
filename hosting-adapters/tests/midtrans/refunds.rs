//! Giving money back: where it can be done, once, and with the right amounts.

use chrono::TimeDelta;
use hosting_core::{
    kernel::{Currency, Money},
    port::{
        Effect, IdempotencyKey, PaymentGateway,
        gateway::{ChargeStatus, Refunds},
    },
};

use crate::support::{Bench, rupiah};

async fn paid(bench: &Bench, reference: &str, method: &str, minor: i64) {
    let request = bench.request(reference, method, minor);
    bench.gateway.charge(&request).await.expect("charged");
    bench.sandbox.pay(reference).expect("payable");
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new(text)
}

#[tokio::test]
async fn parts_and_the_rest_can_be_given_back() {
    let bench = Bench::new().await;
    let refunds = bench.gateway.refunds().expect("can refund");
    for method in ["qris", "gopay"] {
        let reference = format!("INV-{method}");
        paid(&bench, &reference, method, 5_539).await;
        let (first, second) = (key(&format!("rf-{method}-1")), key(&format!("rf-{method}-2")));
        let part = refunds.refund(&reference, rupiah(1_000), &first, "downgrade").await;
        let part = part.expect("refunded");
        assert_eq!((part.amount, part.completed), (rupiah(1_000), false));
        let state = bench.gateway.find(&reference).await.expect("asked").expect("there");
        assert_eq!(state.status, ChargeStatus::PartiallyRefunded);
        assert_eq!(state.given_back, Some(rupiah(1_000)), "the sum so far");
        // The provider answers with the sum of all refunds; this one is the rest only.
        let rest = refunds.refund(&reference, rupiah(4_539), &second, "cancelled").await;
        assert_eq!(rest.expect("refunded").amount, rupiah(4_539));
        let state = bench.gateway.find(&reference).await.expect("asked").expect("there");
        assert_eq!((state.status, state.amount), (ChargeStatus::Refunded, rupiah(5_539)));
        assert_eq!(state.given_back, Some(rupiah(5_539)));
        let found = refunds.find_refund(&reference, &first).await.expect("asked").expect("there");
        assert_eq!((found.provider_ref, found.amount), (part.provider_ref, rupiah(1_000)));
    }
}

#[tokio::test]
async fn a_refund_is_completed_when_the_bank_says_so() {
    let bench = Bench::new().await;
    paid(&bench, "INV-1", "qris", 5_539).await;
    let asked = bench.gateway.refund("INV-1", rupiah(5_539), &key("rf-1"), "x").await;
    assert!(!asked.expect("refunded").completed);
    bench.clock.advance(TimeDelta::seconds(5));
    let found = bench.gateway.find_refund("INV-1", &key("rf-1")).await.expect("asked");
    assert!(found.expect("there").completed);
}

#[tokio::test]
async fn a_repeated_refund_is_one_refund() {
    let bench = Bench::new().await;
    paid(&bench, "INV-1", "gopay", 44_000).await;
    let first = bench.gateway.refund("INV-1", rupiah(44_000), &key("rf-1"), "x").await;
    let again = bench.gateway.refund("INV-1", rupiah(44_000), &key("rf-1"), "x").await;
    assert_eq!(first.expect("refunded"), again.expect("refunded"));
    assert_eq!(bench.sandbox.effects().refunds, 1);
}

#[tokio::test]
async fn virtual_accounts_and_bills_are_refused_for_good() {
    let bench = Bench::new().await;
    for method in ["bca_va", "bni_va", "bri_va", "permata_va", "cimb_va", "mandiri_bill"] {
        let reference = format!("INV-{}", method.replace('_', "-"));
        paid(&bench, &reference, method, 150_000).await;
        let failure = bench
            .gateway
            .refund(&reference, rupiah(1_000), &key("rf-1"), "x")
            .await
            .expect_err("no");
        let seen = (failure.effect(), failure.code());
        assert_eq!(seen, (Effect::NoneFinal, Some("not_refundable")), "{method}");
    }
    assert_eq!(bench.sandbox.effects().refunds, 0);
}

#[tokio::test]
async fn what_cannot_be_given_back_is_refused() {
    let bench = Bench::new().await;
    paid(&bench, "INV-1", "qris", 5_539).await;
    bench.gateway.charge(&bench.request("INV-2", "qris", 5_539)).await.expect("charged");
    let dollars = Money::from_minor(100, Currency::USD);
    let cases = [
        ("INV-1", rupiah(5_540), "414"),
        ("INV-2", rupiah(1_000), "412"),
        ("INV-3", rupiah(1_000), "404"),
        ("INV-1", rupiah(0), "amount"),
        ("INV-1", dollars, "amount"),
        ("INV 1", rupiah(1_000), "reference"),
    ];
    for (reference, amount, code) in cases {
        let failure =
            bench.gateway.refund(reference, amount, &key("rf-1"), "x").await.expect_err(code);
        assert_eq!((failure.effect(), failure.code()), (Effect::NoneFinal, Some(code)));
    }
    assert_eq!(bench.gateway.find_refund("INV-1", &key("rf-1")).await.expect("asked"), None);
    assert_eq!(bench.gateway.find_refund("INV-3", &key("rf-1")).await.expect("asked"), None);
    assert_eq!(bench.sandbox.effects().refunds, 0);
}

#[tokio::test]
async fn a_success_whose_body_says_no_is_a_refusal() {
    let bench = Bench::new().await;
    paid(&bench, "INV-1", "qris", 5_539).await;
    bench.sandbox.set_refuses_refunds(true);
    let failure =
        bench.gateway.refund("INV-1", rupiah(1_000), &key("rf-1"), "x").await.expect_err("no");
    assert_eq!((failure.effect(), failure.code()), (Effect::NoneFinal, Some("202")));
    let state = bench.gateway.find("INV-1").await.expect("asked").expect("there");
    assert_eq!(state.status, ChargeStatus::Succeeded);
}
