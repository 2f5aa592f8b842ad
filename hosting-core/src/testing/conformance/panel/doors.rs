//! Wrong credentials change nothing and show nothing.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use super::{
    PanelHarness,
    asserts::{REASON, created, identity, ours, turned_away},
};
use crate::port::provisioning::ServerAccess;

fn wrong(harness: &dyn PanelHarness) -> ServerAccess {
    harness.wrong_access().expect("this part needs the harness's wrong access")
}

pub async fn wrong_credentials_make_no_account(harness: &dyn PanelHarness) {
    turned_away(harness, harness.panel().create(&wrong(harness), &harness.account(0)).await);
    assert_eq!(harness.made().await, 0);
}

pub async fn wrong_credentials_never_say_that_nothing_is_there(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    turned_away(harness, harness.panel().find(&wrong(harness), &account).await);
}

pub async fn wrong_credentials_change_no_account(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    let (panel, door, spec) = (harness.panel(), wrong(harness), harness.account(0));
    turned_away(harness, panel.suspend(&door, &account, REASON).await);
    turned_away(harness, panel.unsuspend(&door, &account).await);
    turned_away(harness, panel.change_package(&door, &account, harness.other_package()).await);
    turned_away(harness, panel.set_password(&door, &account, &harness.other_password()).await);
    turned_away(harness, panel.terminate(&door, &account).await);
    let state = ours(harness, &account).await;
    assert_eq!((state.suspended, state.package), (None, spec.package));
    let set = harness.password_of(&account.username).await.expect("there is an account");
    assert!(set == spec.password, "the password was changed without credentials");
}

pub async fn wrong_credentials_fail_the_connection_test(harness: &dyn PanelHarness) {
    turned_away(harness, harness.panel().test_connection(&wrong(harness)).await);
    turned_away(harness, harness.panel().packages(&wrong(harness)).await);
}

pub async fn wrong_credentials_do_not_lock_out_the_right_ones(harness: &dyn PanelHarness) {
    let account = identity(&harness.account(0));
    turned_away(harness, harness.panel().find(&wrong(harness), &account).await);
    created(harness, 0).await;
    ours(harness, &account).await;
}
