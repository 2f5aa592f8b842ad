//! Money is credited from what the provider says, and from nothing else (law 4).
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use super::{
    GatewayHarness,
    asserts::{REFERENCE, UNUSED, charged, found, paid, provider},
};
use crate::{model::charge::ChargeStatus, port::Effect};

const OTHER: &str = "INV-2026-00043-1";

pub async fn one_reference_makes_one_charge(harness: &dyn GatewayHarness) {
    for _ in 0..3 {
        charged(harness, REFERENCE).await;
    }
    assert_eq!(provider(harness).charges(REFERENCE).await, 1);
}

pub async fn two_references_make_two_charges(harness: &dyn GatewayHarness) {
    let (one, other) = (charged(harness, REFERENCE).await, charged(harness, OTHER).await);
    assert_ne!(one.provider_ref, other.provider_ref);
    assert_eq!(provider(harness).charges(REFERENCE).await, 1);
    assert_eq!(provider(harness).charges(OTHER).await, 1);
}

pub async fn the_provider_is_asked_for_exactly_our_amount(harness: &dyn GatewayHarness) {
    charged(harness, REFERENCE).await;
    assert_eq!(provider(harness).asked(REFERENCE).await, Some(harness.amount()));
}

pub async fn what_was_charged_is_found(harness: &dyn GatewayHarness) {
    let charge = charged(harness, REFERENCE).await;
    let seen = found(harness, REFERENCE).await.expect("it was charged");
    assert_eq!(seen.reference, REFERENCE);
    assert_eq!(seen.provider_ref, charge.provider_ref);
    assert_eq!((seen.status, seen.amount), (ChargeStatus::Pending, charge.amount));
}

pub async fn what_was_never_charged_is_not_found(harness: &dyn GatewayHarness) {
    charged(harness, REFERENCE).await;
    assert_eq!(found(harness, UNUSED).await, None);
}

pub async fn looking_makes_no_charge(harness: &dyn GatewayHarness) {
    assert_eq!(found(harness, REFERENCE).await, None);
    assert_eq!(provider(harness).charges(REFERENCE).await, 0);
}

pub async fn a_charge_succeeds_when_the_customer_paid_and_not_before(harness: &dyn GatewayHarness) {
    charged(harness, REFERENCE).await;
    let before = found(harness, REFERENCE).await.expect("it was charged");
    assert_eq!(before.status, ChargeStatus::Pending);
    provider(harness).customer_pays(REFERENCE).await;
    let after = found(harness, REFERENCE).await.expect("it was charged");
    assert_eq!(after.status, ChargeStatus::Succeeded);
}

pub async fn what_was_paid_is_told_to_the_last_unit(harness: &dyn GatewayHarness) {
    paid(harness).await;
    let seen = found(harness, REFERENCE).await.expect("it was charged");
    assert_eq!(seen.amount, harness.amount());
}

pub async fn the_instant_of_payment_is_told_once_there_is_one(harness: &dyn GatewayHarness) {
    charged(harness, REFERENCE).await;
    let before = found(harness, REFERENCE).await.expect("it was charged");
    assert_eq!(before.paid_at, None);
    provider(harness).customer_pays(REFERENCE).await;
    let after = found(harness, REFERENCE).await.expect("it was charged");
    let at = after.paid_at.expect("the money has arrived");
    // Providers write whole seconds.
    let off = at.signed_duration_since(harness.now()).num_seconds().abs();
    assert!(off <= 1, "paid at {at} by a clock that shows {}", harness.now());
}

pub async fn one_customer_paying_pays_nothing_else(harness: &dyn GatewayHarness) {
    charged(harness, OTHER).await;
    paid(harness).await;
    let other = found(harness, OTHER).await.expect("it was charged");
    assert_eq!(other.status, ChargeStatus::Pending);
}

pub async fn charging_again_after_payment_asks_for_no_second_payment(harness: &dyn GatewayHarness) {
    paid(harness).await;
    // The answer may be the paid charge, the first answer once more, or a refusal.
    let again = super::asserts::request(harness, REFERENCE);
    if let Err(failure) = harness.gateway().charge(&again).await {
        assert_ne!(failure.effect(), Effect::NoneRetry, "a repeat would ask again: {failure}");
    }
    assert_eq!(provider(harness).charges(REFERENCE).await, 1);
    let seen = found(harness, REFERENCE).await.expect("it was charged");
    assert_eq!(seen.status, ChargeStatus::Succeeded);
}

pub async fn cancelling_an_unpaid_offer_ends_it(harness: &dyn GatewayHarness) {
    charged(harness, REFERENCE).await;
    let ended = harness.gateway().cancel(REFERENCE).await.expect("an unpaid offer can be ended");
    let over = [ChargeStatus::Failed, ChargeStatus::Expired];
    assert!(over.contains(&ended.status), "it is {}", ended.status);
    let seen = found(harness, REFERENCE).await.expect("it was charged");
    assert_eq!(seen.status, ended.status);
}

pub async fn cancelling_twice_answers_the_same(harness: &dyn GatewayHarness) {
    charged(harness, REFERENCE).await;
    let first = harness.gateway().cancel(REFERENCE).await.expect("an unpaid offer can be ended");
    let second = harness.gateway().cancel(REFERENCE).await.expect("it is ended already");
    assert_eq!((first.status, first.provider_ref), (second.status, second.provider_ref));
}

pub async fn cancelling_what_was_paid_answers_that_it_was_paid(harness: &dyn GatewayHarness) {
    paid(harness).await;
    let answer = harness.gateway().cancel(REFERENCE).await.expect("customers race us");
    assert_eq!(answer.status, ChargeStatus::Succeeded);
    assert_eq!(answer.amount, harness.amount());
    let seen = found(harness, REFERENCE).await.expect("it was charged");
    assert_eq!(seen.status, ChargeStatus::Succeeded, "the payment was voided");
}

pub async fn cancelling_what_was_never_charged_does_nothing(harness: &dyn GatewayHarness) {
    if let Err(failure) = harness.gateway().cancel(UNUSED).await {
        assert_eq!(failure.effect(), Effect::NoneFinal, "{failure}");
    }
    assert_eq!(found(harness, UNUSED).await, None);
    assert_eq!(provider(harness).charges(UNUSED).await, 0);
}
