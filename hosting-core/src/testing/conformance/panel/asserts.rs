//! What rules are made of.

use super::{Line, PanelHarness, Strangers};
use crate::port::{
    Effect, Failure,
    provisioning::{AccountIdentity, AccountSpec, AccountState, Found},
};

/// Enough to recognise the account.
pub(super) fn identity(spec: &AccountSpec) -> AccountIdentity {
    AccountIdentity {
        username: spec.username.clone(),
        domain: spec.domain.clone(),
        intended_at: spec.intended_at,
        owner: None,
    }
}

/// Makes the account of that number.
pub(super) async fn created(harness: &dyn PanelHarness, number: u32) -> AccountIdentity {
    let spec = harness.account(number);
    harness.panel().create(harness.server(), &spec).await.expect("the panel makes the account");
    identity(&spec)
}

/// What the panel has under that identity.
pub(super) async fn found(harness: &dyn PanelHarness, account: &AccountIdentity) -> Found {
    harness.panel().find(harness.server(), account).await.expect("the panel answers")
}

/// The account, which must be there and be ours.
pub(super) async fn ours(harness: &dyn PanelHarness, account: &AccountIdentity) -> AccountState {
    match found(harness, account).await {
        Found::Ours(state) => state,
        other => panic!("the account should be there and ours: {other:?}"),
    }
}

/// Suspends, with a reason that [`REASON`] is.
pub(super) async fn suspended(harness: &dyn PanelHarness, account: &AccountIdentity) {
    let done = harness.panel().suspend(harness.server(), account, REASON).await;
    done.expect("the panel switches the account off");
}

/// Why rules suspend.
pub(super) const REASON: &str = "invoice 1042 is overdue";

/// Wants to hear that nothing happened and nothing ever will; answers the code.
#[track_caller]
pub(super) fn refused<T: std::fmt::Debug>(
    harness: &dyn PanelHarness,
    outcome: Result<T, Failure>,
) -> Option<String> {
    let failure = outcome.expect_err("it should be refused");
    assert_eq!(failure.effect(), Effect::NoneFinal, "{failure}");
    failure_shows_no_secret(harness, &failure);
    failure.code().map(str::to_owned)
}

/// Wants to hear that nothing happened, and nothing will for any account until the way in is mended:
/// callers stop then, because panels lock out addresses that keep trying.
#[track_caller]
pub(super) fn turned_away<T: std::fmt::Debug>(
    harness: &dyn PanelHarness,
    outcome: Result<T, Failure>,
) {
    let failure = outcome.expect_err("it should be turned away");
    assert_ne!(failure.effect(), Effect::Unknown, "{failure}");
    assert!(failure.is_server_wide(), "{failure}: it concerns every account");
    failure_shows_no_secret(harness, &failure);
}

/// Panics if `shown` holds a password or the panel's own secret.
#[track_caller]
pub(super) fn shows_no_secret(harness: &dyn PanelHarness, shown: &str) {
    let mut secrets = vec![
        harness.server().secret.clone(),
        harness.account(0).password,
        harness.other_password(),
    ];
    secrets.extend(harness.wrong_access().map(|it| it.secret));
    for secret in secrets.iter().filter(|it| !it.is_empty()) {
        assert!(!shown.contains(secret.expose()), "a secret is shown");
    }
}

/// Panics if `failure` shows a secret, to people or to logs.
#[track_caller]
pub(super) fn failure_shows_no_secret(harness: &dyn PanelHarness, failure: &Failure) {
    shows_no_secret(harness, &format!("{failure} {failure:?}"));
}

pub(super) fn strangers(harness: &dyn PanelHarness) -> &dyn Strangers {
    harness.strangers().expect("this part needs the harness's strangers")
}

pub(super) fn line(harness: &dyn PanelHarness) -> &dyn Line {
    harness.line().expect("this part needs the harness's line")
}
