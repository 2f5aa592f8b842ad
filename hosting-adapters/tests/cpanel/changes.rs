//! Every change, against a server with state.

use chrono::TimeDelta;
use hosting_adapters::cpanel::{code, sandbox::Lock};
use hosting_core::{
    kernel::Secret,
    port::{Clock, Effect, ProvisioningAdapter, provisioning::Found},
};

use crate::world::{PASSWORD, World, assert_refused, assert_shows_no_secret, identity};

#[tokio::test]
async fn a_created_account_is_as_ordered() {
    let world = World::new().await;
    let state = world.create("exampl1a", "example-one.test").await.unwrap();
    assert_eq!(
        (&*state.username, &*state.domain, &*state.package),
        ("exampl1a", "example-one.test", "starter")
    );
    assert_eq!(state.suspended, None);
    assert_eq!(state.usage.disk_bytes, Some(1 << 20));
    assert_eq!(state.usage.disk_limit_bytes, Some(10_240 << 20));
    let made = world.sandbox.account("exampl1a").unwrap();
    assert_eq!(made.password.expose(), PASSWORD);
    assert_eq!((&*made.contact, &*made.owner), ("owner@example.test", "root"));
    assert_eq!(world.sandbox.creations("exampl1a"), 1);
}

#[tokio::test]
async fn an_account_that_cannot_be_read_after_its_creation_is_created_all_the_same() {
    let world = World::new().await;
    world.faults.next("whm", "accountsummary", hosting_adapters::sandbox::Fault::Error500, 1);
    let state = world.create("exampl1a", "example-one.test").await.unwrap();
    assert_eq!(&*state.package, "starter");
    assert_eq!(state.usage.disk_bytes, None);
    assert!(world.faults.pending().is_empty());
}

#[tokio::test]
async fn names_domains_packages_and_passwords_that_cannot_be_are_refused() {
    let (world, _) = World::one_account().await;
    assert_refused(world.create("exampl1a1", "other.test").await, code::USERNAME_PREFIX_TAKEN);
    assert_refused(world.create("another1", "example-one.test").await, code::DOMAIN_TAKEN);
    assert_refused(world.create("another1", "nodots").await, code::DOMAIN_INVALID);
    assert_refused(world.create("another1", "").await, code::VALIDATION);
    assert_refused(world.create("Another1", "other.test").await, code::USERNAME_INVALID);
    let spec = world.spec("another1", "other.test");
    let package = hosting_core::port::provisioning::AccountSpec {
        package: "gold".to_owned(),
        ..spec.clone()
    };
    assert_refused(world.adapter.create(&world.server, &package).await, code::PACKAGE_UNKNOWN);
    for weak in ["short", "aaaaaaaaaaaa"] {
        let spec = hosting_core::port::provisioning::AccountSpec {
            password: Secret::new(weak),
            ..spec.clone()
        };
        assert_refused(world.adapter.create(&world.server, &spec).await, code::WEAK_PASSWORD);
    }
    world.sandbox.limit_accounts(1);
    assert_refused(world.adapter.create(&world.server, &spec).await, code::ACCOUNT_LIMIT);
    assert_eq!(world.sandbox.all_creations(), 1);
}

#[tokio::test]
async fn a_name_that_somebody_else_has_is_taken() {
    let (world, _) = World::one_account().await;
    assert_refused(world.create("exampl1a", "other.test").await, code::USERNAME_TAKEN);
    // The same name and domain, but older than our wish: a reused name, not our attempt.
    world.clock.forward(TimeDelta::minutes(11));
    assert_refused(world.create("exampl1a", "example-one.test").await, code::USERNAME_TAKEN);
}

#[tokio::test]
async fn a_name_that_we_took_ourselves_is_to_be_looked_at_and_adopted() {
    let (world, account) = World::one_account().await;
    let failure = world.create("exampl1a", "example-one.test").await.unwrap_err();
    assert_eq!((failure.effect(), failure.code()), (Effect::Unknown, Some(code::USERNAME_TAKEN)));
    assert_shows_no_secret(&failure);
    let found = world.adapter.find(&world.server, &account).await.unwrap();
    assert!(matches!(found, Found::Ours(_)));
    assert_eq!(world.sandbox.creations("exampl1a"), 1);
}

#[tokio::test]
async fn a_half_made_user_keeps_its_name_until_it_is_cleaned_up() {
    let world = World::new().await;
    world.sandbox.leave_half_made("exampl1a");
    let failure = world.create("exampl1a", "example-one.test").await.unwrap_err();
    assert_eq!(
        (failure.effect(), failure.code()),
        (Effect::NoneRetry, Some(code::USERNAME_HALF_MADE))
    );
    world.sandbox.clean_up_half_made("exampl1a");
    world.create("exampl1a", "example-one.test").await.unwrap();
}

#[tokio::test]
async fn suspending_and_lifting_can_be_repeated() {
    let (world, account) = World::one_account().await;
    for _ in 0..2 {
        world.adapter.suspend(&world.server, &account, "invoice 1001 is overdue").await.unwrap();
        let suspension = world.sandbox.account("exampl1a").unwrap().suspended.unwrap();
        assert_eq!(suspension.reason, "billing: invoice 1001 is overdue");
        assert!(!suspension.locked);
    }
    for _ in 0..2 {
        world.adapter.unsuspend(&world.server, &account).await.unwrap();
        assert!(world.sandbox.account("exampl1a").unwrap().suspended.is_none());
    }
}

#[tokio::test]
async fn somebody_elses_suspension_is_never_lifted() {
    let (world, account) = World::one_account().await;
    assert!(world.sandbox.suspend_by_hand("exampl1a", "phishing", Lock::Open));
    world.adapter.suspend(&world.server, &account, "overdue").await.unwrap();
    assert_refused(
        world.adapter.unsuspend(&world.server, &account).await,
        code::FOREIGN_SUSPENSION,
    );
    assert_eq!(world.sandbox.account("exampl1a").unwrap().suspended.unwrap().reason, "phishing");
}

#[tokio::test]
async fn a_removal_can_be_repeated_and_is_final() {
    let (world, account) = World::one_account().await;
    for _ in 0..2 {
        world.adapter.terminate(&world.server, &account).await.unwrap();
        assert!(world.sandbox.accounts().is_empty());
    }
}

#[tokio::test]
async fn nothing_is_done_to_an_account_that_took_over_the_name() {
    let (world, account) = World::one_account().await;
    world.adapter.terminate(&world.server, &account).await.unwrap();
    world.clock.forward(TimeDelta::days(3));
    world.create("exampl1a", "newcomer.test").await.unwrap();
    let (adapter, server) = (&world.adapter, &world.server);
    assert_refused(adapter.terminate(server, &account).await, code::NOT_OURS);
    assert_refused(adapter.suspend(server, &account, "overdue").await, code::NOT_OURS);
    assert_refused(adapter.unsuspend(server, &account).await, code::NOT_OURS);
    assert_refused(adapter.change_package(server, &account, "scale").await, code::NOT_OURS);
    assert_refused(
        adapter.set_password(server, &account, &Secret::new(PASSWORD)).await,
        code::NOT_OURS,
    );
    let login = adapter.single_sign_on().unwrap().login_url(server, &account).await;
    assert_refused(login.map(drop), code::NOT_OURS);
    let survivor = world.sandbox.account("exampl1a").unwrap();
    assert_eq!(
        (&*survivor.domain, &*survivor.package, survivor.suspended.is_none()),
        ("newcomer.test", "starter", true)
    );
}

#[tokio::test]
async fn an_account_without_a_name_is_nobody() {
    let (world, mut account) = World::one_account().await;
    account.username = String::new();
    assert_refused(world.adapter.terminate(&world.server, &account).await, code::VALIDATION);
    assert_refused(world.adapter.find(&world.server, &account).await, code::VALIDATION);
    assert_eq!(world.sandbox.accounts().len(), 1);
}

#[tokio::test]
async fn changing_an_absent_account_is_refused() {
    let world = World::new().await;
    let account = identity(&world.spec("exampl1a", "example-one.test"));
    let (adapter, server) = (&world.adapter, &world.server);
    assert_refused(adapter.suspend(server, &account, "overdue").await, code::NOT_FOUND);
    assert_refused(adapter.unsuspend(server, &account).await, code::NOT_FOUND);
    assert_refused(adapter.change_package(server, &account, "scale").await, code::NOT_FOUND);
    assert_refused(
        adapter.set_password(server, &account, &Secret::new(PASSWORD)).await,
        code::NOT_FOUND,
    );
}

#[tokio::test]
async fn packages_change_and_change_again() {
    let (world, account) = World::one_account().await;
    for package in ["business", "business", "scale"] {
        world.adapter.change_package(&world.server, &account, package).await.unwrap();
        assert_eq!(world.sandbox.account("exampl1a").unwrap().package, package);
    }
    let outcome = world.adapter.change_package(&world.server, &account, "gold").await;
    assert_refused(outcome, code::PACKAGE_UNKNOWN);
    assert_refused(
        world.adapter.change_package(&world.server, &account, "").await,
        code::VALIDATION,
    );
}

#[tokio::test]
async fn a_new_password_is_set_unless_the_account_is_suspended() {
    let (world, account) = World::one_account().await;
    let new = Secret::new("Zx8-mPq!44tRw_hL0b#s");
    world.adapter.set_password(&world.server, &account, &new).await.unwrap();
    assert_eq!(world.sandbox.account("exampl1a").unwrap().password, new);
    let (adapter, server) = (&world.adapter, &world.server);
    assert_refused(
        adapter.set_password(server, &account, &Secret::new("weak")).await,
        code::WEAK_PASSWORD,
    );
    assert_refused(
        adapter.set_password(server, &account, &Secret::new("")).await,
        code::VALIDATION,
    );
    adapter.suspend(server, &account, "overdue").await.unwrap();
    assert_refused(
        adapter.set_password(server, &account, &Secret::new(PASSWORD)).await,
        code::SUSPENDED,
    );
    assert_eq!(world.sandbox.account("exampl1a").unwrap().password, new);
}

#[tokio::test]
async fn a_session_logs_the_customer_in_once_and_in_time() {
    let (world, account) = World::one_account().await;
    let login = world.adapter.single_sign_on().unwrap();
    let url = login.login_url(&world.server, &account).await.unwrap();
    let page = async |url: &Secret| reqwest::get(url.expose()).await.unwrap().text().await.unwrap();
    assert!(page(&url).await.contains("Signed in as exampl1a"));
    assert!(!page(&url).await.contains("Signed in"));
    let late = login.login_url(&world.server, &account).await.unwrap();
    world.clock.forward(TimeDelta::minutes(16));
    assert!(!page(&late).await.contains("Signed in"));
    world.adapter.suspend(&world.server, &account, "overdue").await.unwrap();
    assert_refused(login.login_url(&world.server, &account).await.map(drop), code::SUSPENDED);
    assert!(world.clock.now() > account.intended_at);
}
