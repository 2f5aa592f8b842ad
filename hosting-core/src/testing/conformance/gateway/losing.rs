//! An answer that never came says nothing about the effect (law 3).
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use super::{
    GatewayCall, GatewayHarness,
    asserts::{REFERENCE, charged, failure_shows_no_secret, found, line, paid, provider, request},
};
use crate::{model::charge::ChargeStatus, port::Effect};

pub async fn a_charge_whose_answer_is_lost_is_unknown_and_can_be_found(
    harness: &dyn GatewayHarness,
) {
    line(harness).lose_next_answer(GatewayCall::Charge).await;
    // A gateway may look by itself; what it must not say is that nothing happened.
    match harness.gateway().charge(&request(harness, REFERENCE)).await {
        Ok(charge) => assert_eq!(charge.reference, REFERENCE),
        Err(failure) => {
            assert_eq!(failure.effect(), Effect::Unknown, "{failure}");
            failure_shows_no_secret(harness, &failure);
        }
    }
    let seen = found(harness, REFERENCE).await.expect("the provider took the charge");
    assert_eq!((seen.status, seen.amount), (ChargeStatus::Pending, harness.amount()));
    assert_eq!(provider(harness).charges(REFERENCE).await, 1);
}

pub async fn charging_again_after_a_lost_answer_makes_no_second_charge(
    harness: &dyn GatewayHarness,
) {
    line(harness).lose_next_answer(GatewayCall::Charge).await;
    let lost = harness.gateway().charge(&request(harness, REFERENCE)).await;
    let again = charged(harness, REFERENCE).await;
    assert_eq!(provider(harness).charges(REFERENCE).await, 1, "after {lost:?}");
    let seen = found(harness, REFERENCE).await.expect("it was charged");
    assert_eq!(again.provider_ref, seen.provider_ref);
}

pub async fn a_look_whose_answer_is_lost_never_says_that_nothing_is_there(
    harness: &dyn GatewayHarness,
) {
    charged(harness, REFERENCE).await;
    line(harness).lose_next_answer(GatewayCall::Find).await;
    match harness.gateway().find(REFERENCE).await {
        Ok(seen) => assert!(seen.is_some(), "a lost answer was taken for `never seen`"),
        Err(failure) => {
            assert_ne!(failure.effect(), Effect::Unknown, "looking has no effect: {failure}");
            failure_shows_no_secret(harness, &failure);
        }
    }
    assert!(found(harness, REFERENCE).await.is_some());
}

pub async fn a_cancellation_whose_answer_is_lost_is_unknown_and_can_be_repeated(
    harness: &dyn GatewayHarness,
) {
    charged(harness, REFERENCE).await;
    line(harness).lose_next_answer(GatewayCall::Cancel).await;
    if let Err(failure) = harness.gateway().cancel(REFERENCE).await {
        assert_eq!(failure.effect(), Effect::Unknown, "{failure}");
        failure_shows_no_secret(harness, &failure);
    }
    let over = [ChargeStatus::Failed, ChargeStatus::Expired];
    let seen = found(harness, REFERENCE).await.expect("it was charged");
    assert!(over.contains(&seen.status), "it is {}", seen.status);
    let again = harness.gateway().cancel(REFERENCE).await.expect("it is ended already");
    assert_eq!(again.status, seen.status);
}

pub async fn money_that_came_while_an_answer_was_lost_is_seen(harness: &dyn GatewayHarness) {
    line(harness).lose_next_answer(GatewayCall::Charge).await;
    let lost = harness.gateway().charge(&request(harness, REFERENCE)).await;
    provider(harness).customer_pays(REFERENCE).await;
    let seen = found(harness, REFERENCE).await.expect("the provider took the charge");
    assert_eq!(seen.status, ChargeStatus::Succeeded, "after {lost:?}");
    assert_eq!(seen.amount, harness.amount());
}

pub async fn a_lost_cancellation_of_a_paid_charge_takes_nothing_back(harness: &dyn GatewayHarness) {
    paid(harness).await;
    line(harness).lose_next_answer(GatewayCall::Cancel).await;
    if let Ok(answer) = harness.gateway().cancel(REFERENCE).await {
        assert_eq!(answer.status, ChargeStatus::Succeeded);
    }
    let seen = found(harness, REFERENCE).await.expect("it was charged");
    assert_eq!(seen.status, ChargeStatus::Succeeded);
}
