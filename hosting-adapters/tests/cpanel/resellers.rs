//! A token that sees only its own accounts.

use hosting_adapters::cpanel::{code, sandbox::Lock};
use hosting_core::{
    kernel::Secret,
    port::{
        ProvisioningAdapter,
        provisioning::{AccountIdentity, Found, ServerAccess},
    },
};

use crate::world::{World, access, assert_refused, identity};

const RIGHTS: [&str; 8] = [
    "create-acct",
    "kill-acct",
    "suspend-acct",
    "upgrade-account",
    "passwd",
    "list-accts",
    "list-pkgs",
    "create-user-session",
];

fn reseller(world: &World) -> ServerAccess {
    world.sandbox.let_in("acme", &Secret::new("ACME-TOKEN"), &RIGHTS);
    access(&world.server.base_url, "acme", "ACME-TOKEN")
}

#[tokio::test]
async fn an_account_out_of_sight_is_foreign_and_not_nothing() {
    let (world, account) = World::one_account().await;
    let server = reseller(&world);
    let found = world.adapter.find(&server, &account).await.unwrap();
    assert!(matches!(found, Found::Foreign { .. }), "{found:?}");
    let absent = identity(&world.spec("nosuch1", "no.test"));
    assert_eq!(world.adapter.find(&server, &absent).await.unwrap(), Found::Nothing);
}

#[tokio::test]
async fn an_account_out_of_sight_is_never_taken_for_removed() {
    let (world, account) = World::one_account().await;
    let server = reseller(&world);
    assert_refused(world.adapter.terminate(&server, &account).await, code::FORBIDDEN);
    assert_refused(world.adapter.suspend(&server, &account, "overdue").await, code::FORBIDDEN);
    assert_eq!(world.sandbox.accounts().len(), 1);
    let spec = world.spec("exampl1a", "example-one.test");
    assert_refused(world.adapter.create(&server, &spec).await, code::USERNAME_TAKEN);
}

#[tokio::test]
async fn a_reseller_lives_with_its_own_accounts() {
    let world = World::new().await;
    let server = reseller(&world);
    let spec = world.spec("acme0001", "acme-one.test");
    world.adapter.create(&server, &spec).await.unwrap();
    let account = identity(&spec);
    // Without the right to see traffic, the rest is still found.
    let Found::Ours(state) = world.adapter.find(&server, &account).await.unwrap() else { panic!() };
    assert_eq!((state.usage.traffic_bytes, state.usage.disk_bytes), (None, Some(1 << 20)));
    world.adapter.suspend(&server, &account, "overdue").await.unwrap();
    world.adapter.unsuspend(&server, &account).await.unwrap();
    world.adapter.terminate(&server, &account).await.unwrap();
    assert!(world.sandbox.accounts().is_empty());
}

#[tokio::test]
async fn a_locked_suspension_is_for_root_to_lift() {
    let world = World::new().await;
    let server = reseller(&world);
    let spec = world.spec("acme0001", "acme-one.test");
    world.adapter.create(&server, &spec).await.unwrap();
    world.sandbox.suspend_by_hand("acme0001", "billing: by hand", Lock::Locked);
    let account = identity(&spec);
    assert_refused(world.adapter.unsuspend(&server, &account).await, code::LOCKED);
    let account = AccountIdentity { owner: Some("acme".to_owned()), ..account };
    world.adapter.unsuspend(&world.server, &account).await.unwrap();
    assert!(world.sandbox.account("acme0001").unwrap().suspended.is_none());
}

#[tokio::test]
async fn root_does_not_touch_an_account_that_belongs_to_another_owner_now() {
    let world = World::new().await;
    let server = reseller(&world);
    let spec = world.spec("acme0001", "acme-one.test");
    let made = world.adapter.create(&server, &spec).await.unwrap();
    assert_eq!(made.owner.as_deref(), Some("acme"), "whose it is, is told and can be stored");
    // Root sees every account; the record says that ours was root's own.
    for owner in [None, Some("root".to_owned())] {
        let account = AccountIdentity { owner, ..identity(&spec) };
        assert_refused(world.adapter.terminate(&world.server, &account).await, code::NOT_OURS);
        let found = world.adapter.find(&world.server, &account).await.unwrap();
        assert!(matches!(found, Found::Foreign { .. }), "{found:?}");
    }
    assert_eq!(world.sandbox.accounts().len(), 1);
    let account = AccountIdentity { owner: Some("acme".to_owned()), ..identity(&spec) };
    world.adapter.terminate(&world.server, &account).await.unwrap();
    assert!(world.sandbox.accounts().is_empty());
}

#[tokio::test]
async fn a_missing_right_is_a_refusal() {
    let world = World::new().await;
    world.sandbox.let_in("poor", &Secret::new("POOR-TOKEN"), &["list-accts"]);
    let server = access(&world.server.base_url, "poor", "POOR-TOKEN");
    let spec = world.spec("exampl1a", "example-one.test");
    assert_refused(world.adapter.create(&server, &spec).await, code::PANEL_REFUSED);
}
