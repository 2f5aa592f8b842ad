//! An answer that never came says nothing about the effect (law 3).
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use super::{
    PanelCall, PanelHarness,
    asserts::{REASON, created, failure_shows_no_secret, found, identity, line, ours, suspended},
};
use crate::port::{Effect, Failure, provisioning::Found};

/// A call whose answer was lost may have looked by itself; else its effect is unknown.
#[track_caller]
fn is_honest<T: std::fmt::Debug>(harness: &dyn PanelHarness, outcome: Result<T, Failure>) {
    if let Err(failure) = outcome {
        assert_eq!(failure.effect(), Effect::Unknown, "{failure}");
        failure_shows_no_secret(harness, &failure);
    }
}

pub async fn a_lost_answer_to_a_creation_is_unknown_and_the_account_is_found(
    harness: &dyn PanelHarness,
) {
    let spec = harness.account(0);
    line(harness).lose_next_answer(PanelCall::Create).await;
    is_honest(harness, harness.panel().create(harness.server(), &spec).await);
    let state = ours(harness, &identity(&spec)).await;
    assert_eq!((state.domain, state.package), (spec.domain, spec.package));
    assert_eq!(harness.made().await, 1);
}

pub async fn creating_again_after_a_lost_answer_makes_no_second_account(
    harness: &dyn PanelHarness,
) {
    let spec = harness.account(0);
    line(harness).lose_next_answer(PanelCall::Create).await;
    is_honest(harness, harness.panel().create(harness.server(), &spec).await);
    if let Err(failure) = harness.panel().create(harness.server(), &spec).await {
        assert_ne!(failure.effect(), Effect::NoneRetry, "{failure}");
    }
    assert_eq!(harness.made().await, 1);
    ours(harness, &identity(&spec)).await;
}

pub async fn a_lost_answer_to_a_look_never_says_that_nothing_is_there(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    line(harness).lose_next_answer(PanelCall::Find).await;
    match harness.panel().find(harness.server(), &account).await {
        Ok(seen) => assert!(matches!(seen, Found::Ours(_)), "{seen:?}"),
        Err(failure) => {
            assert_ne!(failure.effect(), Effect::Unknown, "looking has no effect: {failure}");
            failure_shows_no_secret(harness, &failure);
        }
    }
    ours(harness, &account).await;
}

pub async fn a_lost_answer_to_a_suspension_ends_suspended(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    line(harness).lose_next_answer(PanelCall::Suspend).await;
    is_honest(harness, harness.panel().suspend(harness.server(), &account, REASON).await);
    assert!(ours(harness, &account).await.suspended.is_some());
    suspended(harness, &account).await;
    assert!(ours(harness, &account).await.suspended.is_some());
}

pub async fn a_lost_answer_to_an_unsuspension_ends_switched_on(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    suspended(harness, &account).await;
    line(harness).lose_next_answer(PanelCall::Unsuspend).await;
    is_honest(harness, harness.panel().unsuspend(harness.server(), &account).await);
    assert_eq!(ours(harness, &account).await.suspended, None);
    harness.panel().unsuspend(harness.server(), &account).await.expect("it is on already");
}

pub async fn a_lost_answer_to_a_removal_ends_removed(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    line(harness).lose_next_answer(PanelCall::Terminate).await;
    is_honest(harness, harness.panel().terminate(harness.server(), &account).await);
    assert_eq!(found(harness, &account).await, Found::Nothing);
    harness.panel().terminate(harness.server(), &account).await.expect("absent is the wish");
}

pub async fn a_lost_answer_to_a_package_change_ends_changed(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    let (panel, server, package) = (harness.panel(), harness.server(), harness.other_package());
    line(harness).lose_next_answer(PanelCall::ChangePackage).await;
    is_honest(harness, panel.change_package(server, &account, package).await);
    assert_eq!(ours(harness, &account).await.package, package);
    panel.change_package(server, &account, package).await.expect("it has it already");
    assert_eq!(ours(harness, &account).await.package, package);
}

pub async fn a_lost_answer_to_a_new_password_ends_with_it_set(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    let (panel, server, password) = (harness.panel(), harness.server(), harness.other_password());
    line(harness).lose_next_answer(PanelCall::SetPassword).await;
    is_honest(harness, panel.set_password(server, &account, &password).await);
    panel.set_password(server, &account, &password).await.expect("the same once more");
    let set = harness.password_of(&account.username).await.expect("there is an account");
    assert!(set == password, "the customer was told another password");
}
