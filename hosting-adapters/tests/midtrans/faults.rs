//! Whatever goes wrong with a call, what is said about its effect is true.

use std::time::Duration;

use hosting_adapters::sandbox::Fault;
use hosting_core::port::{
    Effect, Failure, IdempotencyKey, PaymentGateway,
    gateway::{ChargeStatus, Refunds},
};
use tokio::task::JoinSet;

use crate::support::{Bench, rupiah};

/// What the gateway has to say about a call that `fault` met; `None` is a success.
const fn expected(fault: Fault) -> Option<Effect> {
    match fault {
        Fault::Slow => None,
        Fault::AuthLost | Fault::RateLimited => Some(Effect::NoneRetry),
        Fault::LoseRequest
        | Fault::LoseAnswer
        | Fault::CutBefore
        | Fault::CutAfter
        | Fault::Error500
        | Fault::Error500After
        | Fault::Malformed
        | Fault::Html => Some(Effect::Unknown),
    }
}

/// Long enough for the slow answer, which takes two seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs `check` for each fault, each with servers of its own, all at the same time: most of them
/// wait for an answer that does not come.
async fn for_each_fault<F: Future<Output = ()> + Send + 'static>(check: fn(Bench, Fault) -> F) {
    let mut checks = JoinSet::new();
    for fault in Fault::ALL {
        checks.spawn(async move { check(Bench::with_timeout(PATIENCE).await, fault).await });
    }
    while let Some(done) = checks.join_next().await {
        done.expect("the check passes");
    }
}

#[tokio::test]
async fn every_fault_of_a_charge_ends_in_a_true_effect() {
    for_each_fault(charge_through).await;
}

async fn charge_through(bench: Bench, fault: Fault) {
    let request = bench.request("INV-1", "bca_va", 150_000);
    bench.faults.next("midtrans", "/v2/charge", fault, 1);
    let charged = bench.gateway.charge(&request).await;
    let effect = charged.as_ref().err().map(Failure::effect);
    assert_eq!(effect, expected(fault), "{fault:?}");
    // Looking tells what really happened.
    let found = bench.gateway.find("INV-1").await.expect("asked");
    assert_eq!(found.is_some(), fault.has_effect(), "{fault:?}");
    assert_eq!(bench.sandbox.charges_of("INV-1"), usize::from(fault.has_effect()));
    // "Nothing happened" is never said of something that did.
    assert!(effect.is_none_or(|it| it == Effect::Unknown) || found.is_none(), "{fault:?}");
    // Once it is known, the same request leads to one charge.
    let again = bench.gateway.charge(&request).await.expect("charged");
    assert_eq!(again.status, ChargeStatus::Pending, "{fault:?}");
    assert_eq!(bench.sandbox.charges_of("INV-1"), 1, "{fault:?}");
}

#[tokio::test]
async fn a_fault_of_a_look_changes_nothing_and_never_says_not_found() {
    for_each_fault(look_through).await;
}

async fn look_through(bench: Bench, fault: Fault) {
    bench.gateway.charge(&bench.request("INV-1", "bca_va", 150_000)).await.expect("charged");
    bench.faults.next("midtrans", "/status", fault, 1);
    match bench.gateway.find("INV-1").await {
        Ok(found) => {
            assert_eq!(fault, Fault::Slow);
            assert!(found.is_some());
        }
        Err(failure) => {
            assert_eq!(failure.effect(), Effect::NoneRetry, "{fault:?}");
            assert_eq!(failure.is_server_wide(), fault == Fault::AuthLost, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn every_fault_of_a_cancellation_ends_in_a_true_effect() {
    for_each_fault(cancel_through).await;
}

async fn cancel_through(bench: Bench, fault: Fault) {
    bench.gateway.charge(&bench.request("INV-1", "bca_va", 150_000)).await.expect("charged");
    bench.faults.next("midtrans", "/expire", fault, 1);
    let cancelled = bench.gateway.cancel("INV-1").await;
    let effect = cancelled.as_ref().err().map(Failure::effect);
    assert_eq!(effect, expected(fault), "{fault:?}");
    let found = bench.gateway.find("INV-1").await.expect("asked").expect("there");
    assert_eq!(found.status == ChargeStatus::Expired, fault.has_effect(), "{fault:?}");
    let again = bench.gateway.cancel("INV-1").await.expect("cancelled");
    assert_eq!(again.status, ChargeStatus::Expired, "{fault:?}");
}

#[tokio::test]
async fn every_fault_of_a_refund_leads_to_one_refund() {
    for_each_fault(refund_through).await;
}

async fn refund_through(bench: Bench, fault: Fault) {
    bench.gateway.charge(&bench.request("INV-1", "qris", 150_000)).await.expect("charged");
    bench.sandbox.pay("INV-1").expect("payable");
    let key = IdempotencyKey::new("refund-1");
    bench.faults.next("midtrans", "/refund", fault, 1);
    let refunded = bench.gateway.refund("INV-1", rupiah(1_000), &key, "downgrade").await;
    let effect = refunded.as_ref().err().map(Failure::effect);
    assert_eq!(effect, expected(fault), "{fault:?}");
    let found = bench.gateway.find_refund("INV-1", &key).await.expect("asked");
    assert_eq!(found.is_some(), fault.has_effect(), "{fault:?}");
    let again = bench.gateway.refund("INV-1", rupiah(1_000), &key, "downgrade").await;
    assert_eq!(again.expect("refunded").amount, rupiah(1_000), "{fault:?}");
    assert_eq!(bench.sandbox.effects().refunds, 1, "{fault:?}");
}
