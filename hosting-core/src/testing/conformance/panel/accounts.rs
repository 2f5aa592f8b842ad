//! The life of our own accounts.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use std::collections::BTreeSet;

use super::{
    PanelHarness,
    asserts::{REASON, created, found, identity, ours, refused, shows_no_secret, suspended},
};
use crate::port::{Effect, provisioning::Found};

fn is_plain_name(text: &str) -> bool {
    let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    (1..=32).contains(&text.len()) && text.chars().all(plain)
}

pub async fn its_name_and_settings_are_well_formed(harness: &dyn PanelHarness) {
    let descriptor = harness.panel().descriptor();
    assert!(is_plain_name(descriptor.id), "`{}` is no name for configuration", descriptor.id);
    assert!(!descriptor.name.trim().is_empty(), "people read its name");
    let mut keys = BTreeSet::new();
    for setting in descriptor.settings {
        assert!(is_plain_name(setting.key), "`{}` is no name of a setting", setting.key);
        assert!(!setting.label.trim().is_empty(), "`{}` has no label", setting.key);
        assert!(keys.insert(setting.key), "`{}` is asked for twice", setting.key);
    }
}

pub async fn it_accepts_names_that_can_be_and_no_others(harness: &dyn PanelHarness) {
    let panel = harness.panel();
    for number in 0..3 {
        let name = harness.account(number).username;
        assert!(panel.accepts_username(&name), "{name}");
    }
    let long = "a".repeat(300);
    for name in ["", " a", "A", "../a", "\u{e9}", "\n", long.as_str()] {
        assert!(!panel.accepts_username(name), "`{name}` cannot be an account's name");
    }
}

pub async fn a_new_account_is_as_ordered(harness: &dyn PanelHarness) {
    let spec = harness.account(0);
    let state = harness.panel().create(harness.server(), &spec).await.expect("it is made");
    assert_eq!(state.username, spec.username);
    assert_eq!((state.domain, state.package), (spec.domain, spec.package));
    assert_eq!(state.suspended, None);
}

pub async fn a_new_account_is_found_as_ours(harness: &dyn PanelHarness) {
    let spec = harness.account(0);
    let account = created(harness, 0).await;
    let state = ours(harness, &account).await;
    assert_eq!(state.username, spec.username);
    assert_eq!((state.domain, state.package), (spec.domain, spec.package));
    assert_eq!(state.suspended, None);
}

pub async fn a_new_account_has_the_password_we_chose(harness: &dyn PanelHarness) {
    created(harness, 0).await;
    let spec = harness.account(0);
    let set = harness.password_of(&spec.username).await.expect("there is an account");
    assert!(set == spec.password, "the customer was told another password");
}

pub async fn a_name_that_was_never_used_holds_nothing(harness: &dyn PanelHarness) {
    created(harness, 0).await;
    assert_eq!(found(harness, &identity(&harness.account(1))).await, Found::Nothing);
}

pub async fn looking_makes_no_account(harness: &dyn PanelHarness) {
    assert_eq!(found(harness, &identity(&harness.account(0))).await, Found::Nothing);
    assert_eq!(harness.made().await, 0);
}

pub async fn creating_twice_never_makes_two_accounts(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    let again = harness.panel().create(harness.server(), &harness.account(0)).await;
    // It may adopt, refuse, or say that an earlier attempt must have made it; not "try again".
    if let Err(failure) = again {
        assert_ne!(failure.effect(), Effect::NoneRetry, "{failure}");
        let code = failure.code();
        assert_eq!(code, Some("username_taken"), "the caller must learn that it has to look");
    }
    assert_eq!(harness.made().await, 1);
    ours(harness, &account).await;
}

pub async fn accounts_stand_beside_each_other(harness: &dyn PanelHarness) {
    let (one, other) = (created(harness, 0).await, created(harness, 1).await);
    assert_eq!(harness.made().await, 2);
    suspended(harness, &one).await;
    assert_eq!(ours(harness, &other).await.suspended, None);
    harness.panel().terminate(harness.server(), &one).await.expect("it is removed");
    ours(harness, &other).await;
}

pub async fn a_suspended_account_says_so_and_why(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    suspended(harness, &account).await;
    let reason = ours(harness, &account).await.suspended.expect("it is switched off");
    assert!(reason.contains(REASON), "staff would read `{reason}`");
}

pub async fn suspending_twice_succeeds(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    for _ in 0..2 {
        suspended(harness, &account).await;
        assert!(ours(harness, &account).await.suspended.is_some());
    }
}

pub async fn a_suspension_of_ours_can_be_lifted(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    suspended(harness, &account).await;
    harness.panel().unsuspend(harness.server(), &account).await.expect("it is ours to lift");
    assert_eq!(ours(harness, &account).await.suspended, None);
}

pub async fn unsuspending_what_is_on_succeeds(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    for _ in 0..2 {
        harness.panel().unsuspend(harness.server(), &account).await.expect("it is on already");
        assert_eq!(ours(harness, &account).await.suspended, None);
    }
}

pub async fn switching_what_is_not_there_is_refused(harness: &dyn PanelHarness) {
    let account = identity(&harness.account(0));
    let (panel, server) = (harness.panel(), harness.server());
    refused(harness, panel.suspend(server, &account, REASON).await);
    refused(harness, panel.unsuspend(server, &account).await);
    assert_eq!(found(harness, &account).await, Found::Nothing);
}

pub async fn a_removed_account_is_gone(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    harness.panel().terminate(harness.server(), &account).await.expect("it is removed");
    assert_eq!(found(harness, &account).await, Found::Nothing);
}

pub async fn a_suspended_account_can_be_removed(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    suspended(harness, &account).await;
    harness.panel().terminate(harness.server(), &account).await.expect("it is removed");
    assert_eq!(found(harness, &account).await, Found::Nothing);
}

pub async fn removing_twice_succeeds(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    for _ in 0..2 {
        harness.panel().terminate(harness.server(), &account).await.expect("it is gone");
    }
    assert_eq!(found(harness, &account).await, Found::Nothing);
}

pub async fn removing_what_never_was_succeeds(harness: &dyn PanelHarness) {
    let neighbour = created(harness, 1).await;
    let account = identity(&harness.account(0));
    harness.panel().terminate(harness.server(), &account).await.expect("absent is the wish");
    ours(harness, &neighbour).await;
}

pub async fn a_package_changes_and_is_seen(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    let package = harness.other_package();
    assert_ne!(ours(harness, &account).await.package, package, "the harness offers two");
    for _ in 0..2 {
        let done = harness.panel().change_package(harness.server(), &account, package).await;
        done.expect("the package is on offer");
        assert_eq!(ours(harness, &account).await.package, package);
    }
}

pub async fn a_new_password_is_set(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    let password = harness.other_password();
    assert!(password != harness.account(0).password, "the harness has two");
    for _ in 0..2 {
        let done = harness.panel().set_password(harness.server(), &account, &password).await;
        done.expect("the panel takes such passwords");
        let set = harness.password_of(&account.username).await.expect("there is an account");
        assert!(set == password, "the customer was told another password");
    }
}

pub async fn the_packages_on_offer_are_told(harness: &dyn PanelHarness) {
    let offered = harness.panel().packages(harness.server()).await.expect("the panel answers");
    let names: Vec<_> = offered.iter().map(|it| it.name.as_str()).collect();
    assert!(names.contains(&harness.account(0).package.as_str()), "{names:?}");
    assert!(offered.iter().all(|it| !it.name.is_empty() && it.disk_mib.is_none_or(|it| it > 0)));
}

pub async fn a_connection_that_works_says_so(harness: &dyn PanelHarness) {
    let tested = harness.panel().test_connection(harness.server()).await;
    let connection = tested.expect("the panel answers");
    assert!(!connection.version.is_empty(), "support asks for the version first");
    assert_eq!(connection.warnings, Vec::<String>::new(), "the harness's rights suffice");
}

pub async fn nothing_it_shows_holds_a_secret(harness: &dyn PanelHarness) {
    let account = created(harness, 0).await;
    let (panel, server) = (harness.panel(), harness.server());
    shows_no_secret(harness, &format!("{panel:?} {server:?} {:?}", harness.account(0)));
    shows_no_secret(harness, &format!("{:?}", ours(harness, &account).await));
    panel.set_password(server, &account, &harness.other_password()).await.expect("it is set");
    shows_no_secret(harness, &format!("{panel:?} {:?}", ours(harness, &account).await));
    shows_no_secret(harness, &format!("{:?}", panel.test_connection(server).await));
}
