//! What every gateway promises when it asks for money, whether or not anybody hears of it.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use std::collections::BTreeSet;

use super::{
    GatewayHarness,
    asserts::{
        REFERENCE, charged, failure_shows_no_secret, method, refused_for_good, request,
        shows_no_secret,
    },
};
use crate::{
    kernel::Money,
    model::charge::{ChargeStatus, Instructions, Shows},
    port::gateway::ChargeRequest,
};

fn is_plain_name(text: &str) -> bool {
    let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    (1..=32).contains(&text.len()) && text.chars().all(plain)
}

pub async fn its_name_and_settings_are_well_formed(harness: &dyn GatewayHarness) {
    let descriptor = harness.gateway().descriptor();
    assert!(is_plain_name(descriptor.id), "`{}` is no name for configuration", descriptor.id);
    assert!(!descriptor.name.trim().is_empty(), "people read its name");
    let mut keys = BTreeSet::new();
    for setting in descriptor.settings {
        assert!(is_plain_name(setting.key), "`{}` is no name of a setting", setting.key);
        assert!(!setting.label.trim().is_empty(), "`{}` has no label", setting.key);
        assert!(keys.insert(setting.key), "`{}` is asked for twice", setting.key);
    }
}

pub async fn its_methods_are_well_formed_and_told_apart(harness: &dyn GatewayHarness) {
    let methods = harness.gateway().methods();
    assert!(!methods.is_empty(), "a gateway without methods takes no money");
    let mut ids = BTreeSet::new();
    for method in methods {
        assert!(is_plain_name(method.id), "`{}` is no name of a method", method.id);
        assert!(!method.name.trim().is_empty(), "`{}` has no name for people", method.id);
        assert!(ids.insert(method.id), "`{}` is there twice", method.id);
        let limits = (method.min_minor, method.max_minor);
        assert!(limits.0 >= 1 && limits.0 <= limits.1, "`{}` takes {limits:?}", method.id);
    }
    assert!(method(harness).takes(harness.amount()), "the harness's amount is one it takes");
}

pub async fn a_charge_waits_for_money_and_says_how_to_pay(harness: &dyn GatewayHarness) {
    let charge = charged(harness, REFERENCE).await;
    assert_eq!(charge.status, ChargeStatus::Pending);
    assert_eq!(charge.paid_at, None, "nothing was paid yet");
    let shown = charge.instructions.expect("the customer must learn how to pay");
    let fits = matches!(
        (method(harness).shows, &shown),
        (Shows::VirtualAccount, Instructions::VirtualAccount { .. })
            | (Shows::Bill, Instructions::Bill { .. })
            | (Shows::Qr, Instructions::Qr { .. })
            | (Shows::Wallet, Instructions::Wallet { .. })
            | (Shows::Transfer, Instructions::Transfer { .. })
    );
    assert!(fits, "{shown:?} is not what `{}` promises to show", harness.method());
}

pub async fn a_charge_is_known_by_our_reference(harness: &dyn GatewayHarness) {
    let charge = charged(harness, REFERENCE).await;
    assert_eq!(charge.reference, REFERENCE);
    assert!(!charge.provider_ref.is_empty(), "staff look it up by the provider's id");
}

pub async fn a_charge_is_for_exactly_what_was_asked(harness: &dyn GatewayHarness) {
    // An odd last digit is lost first when a unit is converted carelessly.
    let odd = Money::from_minor(harness.amount().minor() | 1, harness.amount().currency());
    let odd = if method(harness).takes(odd) { odd } else { harness.amount() };
    let request = ChargeRequest { amount: odd, ..request(harness, REFERENCE) };
    let charge = harness.gateway().charge(&request).await.expect("the provider takes the charge");
    assert_eq!(charge.amount, odd);
}

pub async fn an_offer_never_outlasts_what_was_asked(harness: &dyn GatewayHarness) {
    let request = request(harness, REFERENCE);
    let charge = harness.gateway().charge(&request).await.expect("the provider takes the charge");
    let late = charge.expires_at.filter(|it| *it > request.expires_at);
    assert_eq!(late, None, "asked for an end at {}", request.expires_at);
}

pub async fn charging_twice_answers_the_same(harness: &dyn GatewayHarness) {
    let first = charged(harness, REFERENCE).await;
    assert_eq!(charged(harness, REFERENCE).await, first);
}

pub async fn an_amount_of_nothing_is_refused_for_good(harness: &dyn GatewayHarness) {
    refused_for_good(harness, Money::zero(harness.amount().currency())).await;
}

pub async fn a_negative_amount_is_refused_for_good(harness: &dyn GatewayHarness) {
    let currency = harness.amount().currency();
    for minor in [-1, -150_000, i64::MIN] {
        refused_for_good(harness, Money::from_minor(minor, currency)).await;
    }
}

pub async fn an_amount_beyond_the_limits_is_refused_for_good(harness: &dyn GatewayHarness) {
    let (method, currency) = (method(harness), harness.amount().currency());
    let beyond = method.min_minor.checked_sub(1).into_iter().chain(method.max_minor.checked_add(1));
    for minor in beyond {
        refused_for_good(harness, Money::from_minor(minor, currency)).await;
    }
}

pub async fn nothing_it_shows_holds_a_secret(harness: &dyn GatewayHarness) {
    let gateway = harness.gateway();
    shows_no_secret(harness, &format!("{gateway:?} {:?}", gateway.descriptor()));
    let charge = charged(harness, REFERENCE).await;
    shows_no_secret(harness, &format!("{charge:?}"));
    let nothing = Money::zero(harness.amount().currency());
    let nothing = ChargeRequest { amount: nothing, ..request(harness, "INV-2026-00043-1") };
    let failure = gateway.charge(&nothing).await.expect_err("nothing cannot be charged");
    failure_shows_no_secret(harness, &failure);
}
