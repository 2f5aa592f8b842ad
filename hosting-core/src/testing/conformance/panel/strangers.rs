//! What is somebody else's is left alone.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use chrono::TimeDelta;

use super::{
    PanelHarness,
    asserts::{REASON, created, found, identity, ours, refused, strangers, suspended},
};
use crate::{
    kernel::calendar::later,
    port::provisioning::{AccountIdentity, AccountSpec, Found},
};

/// Somebody else's account under the name of our account 0, and the one that we want.
async fn taken(harness: &dyn PanelHarness) -> (AccountSpec, AccountIdentity) {
    let wanted = harness.account(0);
    let theirs = AccountSpec { domain: harness.account(7).domain, ..wanted.clone() };
    strangers(harness).make(&theirs).await;
    (theirs, identity(&wanted))
}

/// The stranger's account is as they made it.
async fn untouched(harness: &dyn PanelHarness, theirs: &AccountSpec) {
    let seen = strangers(harness).look(&theirs.username).await.expect("it must still be there");
    assert_eq!(seen, (theirs.domain.clone(), theirs.package.clone(), true));
}

pub async fn a_taken_name_is_refused_for_good_with_its_code(harness: &dyn PanelHarness) {
    let (theirs, _) = taken(harness).await;
    let outcome = harness.panel().create(harness.server(), &harness.account(0)).await;
    assert_eq!(refused(harness, outcome).as_deref(), Some("username_taken"));
    assert_eq!(harness.made().await, 0);
    untouched(harness, &theirs).await;
}

pub async fn a_strangers_account_is_found_as_foreign(harness: &dyn PanelHarness) {
    let (_, wanted) = taken(harness).await;
    match found(harness, &wanted).await {
        Found::Foreign { reason } => assert!(!reason.is_empty(), "staff are told why"),
        other => panic!("it is somebody else's: {other:?}"),
    }
}

pub async fn an_account_older_than_our_intention_is_not_ours(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    let intended_at = later(account.intended_at, TimeDelta::days(2));
    let wanted = AccountIdentity { intended_at, ..account };
    let seen = found(harness, &wanted).await;
    assert!(matches!(seen, Found::Foreign { .. }), "an old account was adopted: {seen:?}");
}

pub async fn a_strangers_account_is_never_removed(harness: &dyn PanelHarness) {
    let (theirs, wanted) = taken(harness).await;
    refused(harness, harness.panel().terminate(harness.server(), &wanted).await);
    untouched(harness, &theirs).await;
}

pub async fn a_strangers_account_is_never_switched(harness: &dyn PanelHarness) {
    let (theirs, wanted) = taken(harness).await;
    refused(harness, harness.panel().suspend(harness.server(), &wanted, REASON).await);
    refused(harness, harness.panel().unsuspend(harness.server(), &wanted).await);
    untouched(harness, &theirs).await;
}

pub async fn a_strangers_account_keeps_its_package(harness: &dyn PanelHarness) {
    let (theirs, wanted) = taken(harness).await;
    let package = harness.other_package();
    refused(harness, harness.panel().change_package(harness.server(), &wanted, package).await);
    untouched(harness, &theirs).await;
}

pub async fn a_strangers_account_keeps_its_password(harness: &dyn PanelHarness) {
    let (theirs, wanted) = taken(harness).await;
    let password = harness.other_password();
    refused(harness, harness.panel().set_password(harness.server(), &wanted, &password).await);
    let set = harness.password_of(&theirs.username).await.expect("there is an account");
    assert!(set == theirs.password, "a stranger's password was changed");
}

pub async fn a_name_that_changed_hands_is_not_ours_any_more(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    harness.panel().terminate(harness.server(), &account).await.expect("it is removed");
    let (theirs, wanted) = taken(harness).await;
    assert!(matches!(found(harness, &wanted).await, Found::Foreign { .. }));
    refused(harness, harness.panel().terminate(harness.server(), &wanted).await);
    untouched(harness, &theirs).await;
}

pub async fn somebody_elses_suspension_is_never_lifted(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    strangers(harness).suspend(&account.username).await;
    refused(harness, harness.panel().unsuspend(harness.server(), &account).await);
    assert!(ours(harness, &account).await.suspended.is_some(), "the abuse desk was overruled");
}

pub async fn suspending_under_somebody_elses_suspension_leaves_it_theirs(
    harness: &dyn PanelHarness,
) {
    let account = created(harness, 0).await;
    strangers(harness).suspend(&account.username).await;
    suspended(harness, &account).await;
    refused(harness, harness.panel().unsuspend(harness.server(), &account).await);
    assert!(ours(harness, &account).await.suspended.is_some(), "the abuse desk was overruled");
}
