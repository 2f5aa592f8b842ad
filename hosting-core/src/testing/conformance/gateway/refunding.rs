//! Money that is given back is given back once.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use super::{
    GatewayCall, GatewayHarness,
    asserts::{REFERENCE, charged, failure_shows_no_secret, found, given_back, paid, refunds},
};
use crate::{
    kernel::Money,
    model::charge::ChargeStatus,
    port::{Effect, IdempotencyKey},
};

fn part(harness: &dyn GatewayHarness) -> Money {
    Money::from_minor(harness.amount().minor() / 3, harness.amount().currency())
}

pub async fn a_refund_is_found_by_its_key(harness: &dyn GatewayHarness) {
    paid(harness).await;
    let (key, part) = (IdempotencyKey::new("refund-1"), part(harness));
    let made = refunds(harness).refund(REFERENCE, part, &key, "downgrade").await.expect("refunded");
    assert_eq!(made.amount, part);
    let seen = refunds(harness).find_refund(REFERENCE, &key).await.expect("answered");
    assert_eq!(seen.map(|it| it.amount), Some(part));
}

pub async fn a_refund_that_was_never_made_is_not_found(harness: &dyn GatewayHarness) {
    paid(harness).await;
    let key = IdempotencyKey::new("refund-1");
    assert_eq!(refunds(harness).find_refund(REFERENCE, &key).await.expect("answered"), None);
    refunds(harness).refund(REFERENCE, part(harness), &key, "downgrade").await.expect("refunded");
    let other = IdempotencyKey::new("refund-2");
    assert_eq!(refunds(harness).find_refund(REFERENCE, &other).await.expect("answered"), None);
}

pub async fn refunding_twice_with_one_key_gives_back_once(harness: &dyn GatewayHarness) {
    paid(harness).await;
    let key = IdempotencyKey::new("refund-1");
    for _ in 0..2 {
        let made = refunds(harness).refund(REFERENCE, part(harness), &key, "downgrade").await;
        assert_eq!(made.expect("refunded").amount, part(harness));
    }
    assert_eq!(given_back(harness).refunds(REFERENCE).await, 1);
}

pub async fn two_keys_are_two_refunds(harness: &dyn GatewayHarness) {
    paid(harness).await;
    for key in ["refund-1", "refund-2"] {
        let key = IdempotencyKey::new(key);
        let made = refunds(harness).refund(REFERENCE, part(harness), &key, "downgrade").await;
        assert_eq!(made.expect("refunded").amount, part(harness));
    }
    assert_eq!(given_back(harness).refunds(REFERENCE).await, 2);
}

pub async fn more_than_was_paid_is_never_given_back(harness: &dyn GatewayHarness) {
    paid(harness).await;
    let key = IdempotencyKey::new("refund-1");
    let more = Money::from_minor(harness.amount().minor() + 1, harness.amount().currency());
    let failure = refunds(harness).refund(REFERENCE, more, &key, "generosity").await;
    let failure = failure.expect_err("more than was paid was given back");
    assert_eq!(failure.effect(), Effect::NoneFinal, "{failure}");
    assert_eq!(given_back(harness).refunds(REFERENCE).await, 0);
}

pub async fn what_was_not_paid_is_not_given_back(harness: &dyn GatewayHarness) {
    charged(harness, REFERENCE).await;
    let key = IdempotencyKey::new("refund-1");
    let failure = refunds(harness).refund(REFERENCE, part(harness), &key, "mistake").await;
    let failure = failure.expect_err("money was given back that never came");
    assert_eq!(failure.effect(), Effect::NoneFinal, "{failure}");
    assert_eq!(given_back(harness).refunds(REFERENCE).await, 0);
}

pub async fn a_refund_whose_answer_is_lost_is_unknown_and_made_once(harness: &dyn GatewayHarness) {
    let Some(line) = harness.line() else { panic!("refunds are called over something") };
    paid(harness).await;
    let (key, part) = (IdempotencyKey::new("refund-1"), part(harness));
    line.lose_next_answer(GatewayCall::Refund).await;
    if let Err(failure) = refunds(harness).refund(REFERENCE, part, &key, "downgrade").await {
        assert_eq!(failure.effect(), Effect::Unknown, "{failure}");
        failure_shows_no_secret(harness, &failure);
    }
    let seen = refunds(harness).find_refund(REFERENCE, &key).await.expect("answered");
    assert_eq!(seen.map(|it| it.amount), Some(part));
    let again = refunds(harness).refund(REFERENCE, part, &key, "downgrade").await;
    assert_eq!(again.expect("refunded").amount, part);
    assert_eq!(given_back(harness).refunds(REFERENCE).await, 1);
}

pub async fn a_charge_that_was_partly_given_back_says_so(harness: &dyn GatewayHarness) {
    paid(harness).await;
    let key = IdempotencyKey::new("refund-1");
    refunds(harness).refund(REFERENCE, part(harness), &key, "downgrade").await.expect("refunded");
    let seen = found(harness, REFERENCE).await.expect("it was charged");
    let fits = [ChargeStatus::PartiallyRefunded, ChargeStatus::Succeeded];
    assert!(fits.contains(&seen.status), "it is {}", seen.status);
}
