//! What rules are made of.

use chrono::TimeDelta;

use super::{GatewayHarness, GivenBack, Line, Messages, Provider};
use crate::{
    kernel::{Money, calendar::later},
    model::charge::{Charge, Method},
    port::{
        Effect, Failure, IdempotencyKey,
        gateway::{ChargeRequest, Payer, Refunds},
    },
};

/// The reference that rules charge under.
pub(super) const REFERENCE: &str = "INV-2026-00042-1";
/// One that nobody ever charged under.
pub(super) const UNUSED: &str = "INV-2026-99999-9";

/// A request for the harness's amount under `reference`, open for two hours.
pub(super) fn request(harness: &dyn GatewayHarness, reference: &str) -> ChargeRequest {
    ChargeRequest {
        reference: reference.to_owned(),
        key: IdempotencyKey::new(format!("charge-{reference}")),
        method: harness.method().to_owned(),
        amount: harness.amount(),
        expires_at: later(harness.now(), TimeDelta::hours(2)),
        now: harness.now(),
        description: "Business hosting".to_owned(),
        payer: Payer {
            name: "Rani Wulandari".to_owned(),
            email: "rani@example.com".parse().expect("an address"),
            phone: Some("+6281234567890".parse().expect("a number")),
        },
    }
}

/// The harness's method.
pub(super) fn method(harness: &dyn GatewayHarness) -> Method {
    let all = harness.gateway().methods();
    let method = all.iter().find(|it| it.id == harness.method());
    method.expect("the harness names a method of the gateway").clone()
}

/// Charges under `reference`.
pub(super) async fn charged(harness: &dyn GatewayHarness, reference: &str) -> Charge {
    let request = request(harness, reference);
    harness.gateway().charge(&request).await.expect("the provider takes the charge")
}

/// What the provider says about `reference`.
pub(super) async fn found(harness: &dyn GatewayHarness, reference: &str) -> Option<Charge> {
    harness.gateway().find(reference).await.expect("the provider answers")
}

/// Charges under [`REFERENCE`], and the customer pays.
pub(super) async fn paid(harness: &dyn GatewayHarness) -> Charge {
    let charge = charged(harness, REFERENCE).await;
    provider(harness).customer_pays(REFERENCE).await;
    charge
}

/// Charges `amount` and wants to hear that nothing happened and nothing ever will.
pub(super) async fn refused_for_good(harness: &dyn GatewayHarness, amount: Money) {
    let request = ChargeRequest { amount, ..request(harness, REFERENCE) };
    match harness.gateway().charge(&request).await {
        Ok(charge) => panic!("{amount} was charged: {charge:?}"),
        Err(failure) => assert_eq!(failure.effect(), Effect::NoneFinal, "{amount}: {failure}"),
    }
    assert_eq!(
        found(harness, REFERENCE).await,
        None,
        "a refused charge of {amount} left something"
    );
}

/// Panics if `shown` holds one of the secrets.
pub(super) fn shows_no_secret(harness: &dyn GatewayHarness, shown: &str) {
    let secrets = harness.secrets();
    assert!(!secrets.iter().any(String::is_empty), "an empty text is no secret");
    for secret in secrets {
        assert!(!shown.contains(&secret), "a secret is shown");
    }
}

/// Panics if `failure` shows a secret, to people or to logs.
pub(super) fn failure_shows_no_secret(harness: &dyn GatewayHarness, failure: &Failure) {
    shows_no_secret(harness, &format!("{failure} {failure:?}"));
}

pub(super) fn provider(harness: &dyn GatewayHarness) -> &dyn Provider {
    harness.provider().expect("this part needs the harness's provider")
}

pub(super) fn line(harness: &dyn GatewayHarness) -> &dyn Line {
    harness.line().expect("this part needs the harness's line")
}

pub(super) fn messages(harness: &dyn GatewayHarness) -> &dyn Messages {
    harness.messages().expect("this part needs the harness's messages")
}

pub(super) fn given_back(harness: &dyn GatewayHarness) -> &dyn GivenBack {
    harness.refunds().expect("this part needs what the harness's provider gave back")
}

pub(super) fn refunds(harness: &dyn GatewayHarness) -> &dyn Refunds {
    harness.gateway().refunds().expect("the gateway can give money back")
}
