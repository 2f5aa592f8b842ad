//! Looking without changing anything.

use chrono::TimeDelta;
use hosting_adapters::cpanel::{
    Cpanel, CpanelConfig, DESCRIPTOR, code,
    sandbox::{Lock, SandboxPackage},
};
use hosting_core::port::{Effect, ProvisioningAdapter, provisioning::Found};

use crate::world::{TOKEN, World, access, assert_shut, identity};

#[tokio::test]
async fn an_absent_account_is_nothing() {
    let (world, _) = World::one_account().await;
    // A part of an existing name: the panel's own search would match it.
    let account = identity(&world.spec("exampl", "example-one.test"));
    assert_eq!(world.adapter.find(&world.server, &account).await.unwrap(), Found::Nothing);
}

#[tokio::test]
async fn our_account_is_found_with_what_it_uses() {
    let (world, account) = World::one_account().await;
    world.sandbox.set_usage("exampl1a", 14, 734_003_200);
    world.sandbox.suspend_by_hand("exampl1a", "spam", Lock::Open);
    let Found::Ours(state) = world.adapter.find(&world.server, &account).await.unwrap() else {
        panic!("not ours");
    };
    assert_eq!(state.suspended.as_deref(), Some("spam"));
    assert_eq!(state.ip.as_deref(), Some("192.0.2.20"));
    assert_eq!(state.usage.disk_bytes, Some(14 << 20));
    assert_eq!(state.usage.disk_limit_bytes, Some(10_240 << 20));
    assert_eq!(state.usage.traffic_bytes, Some(734_003_200));
    assert_eq!(state.usage.traffic_limit_bytes, Some(102_400 << 20));
}

#[tokio::test]
async fn traffic_of_a_former_account_of_that_name_is_not_ours() {
    let (world, account) = World::one_account().await;
    world.sandbox.set_usage("exampl1a", 1, 5000);
    world.adapter.terminate(&world.server, &account).await.unwrap();
    let spec = world.spec("exampl1a", "example-one.test");
    let package =
        hosting_core::port::provisioning::AccountSpec { package: "scale".to_owned(), ..spec };
    world.adapter.create(&world.server, &package).await.unwrap();
    world.sandbox.set_usage("exampl1a", 1, 700);
    let Found::Ours(state) = world.adapter.find(&world.server, &account).await.unwrap() else {
        panic!("not ours");
    };
    assert_eq!((state.usage.traffic_bytes, state.usage.traffic_limit_bytes), (Some(700), None));
    assert_eq!(state.usage.disk_limit_bytes, None);
}

#[tokio::test]
async fn an_account_with_another_domain_or_age_is_foreign() {
    let (world, account) = World::one_account().await;
    let foreign = async |account| match world.adapter.find(&world.server, &account).await.unwrap() {
        Found::Foreign { reason } => reason,
        other => panic!("{other:?}"),
    };
    let mut other = account.clone();
    other.domain = "other.test".to_owned();
    assert!(foreign(other).await.contains("example-one.test"));
    let mut later = account.clone();
    later.intended_at += TimeDelta::minutes(10) + TimeDelta::seconds(1);
    assert!(foreign(later).await.contains("before we wanted it"));
    // Clocks may differ by ten minutes.
    let mut skewed = account;
    skewed.intended_at += TimeDelta::minutes(10);
    skewed.domain = "EXAMPLE-ONE.test.".to_owned();
    assert!(matches!(world.adapter.find(&world.server, &skewed).await.unwrap(), Found::Ours(_)));
}

#[tokio::test]
async fn packages_are_listed_with_their_disk() {
    let world = World::new().await;
    world.sandbox.offer(SandboxPackage {
        name: "acmehost_gold".to_owned(),
        disk_mib: Some(77),
        traffic_mib: None,
    });
    let packages = world.adapter.packages(&world.server).await.unwrap();
    let shown: Vec<_> = packages.iter().map(|it| (&*it.name, it.disk_mib)).collect();
    let expected = [
        ("starter", Some(10_240)),
        ("business", Some(51_200)),
        ("scale", None),
        ("acmehost_gold", Some(77)),
    ];
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn a_connection_test_says_what_will_not_work() {
    let world = World::new().await;
    let good = world.adapter.test_connection(&world.server).await.unwrap();
    assert_eq!((&*good.version, &*good.hostname), ("11.136.0.14", "whm.sandbox.test"));
    assert!(good.warnings.is_empty(), "{:?}", good.warnings);

    let poor = hosting_core::kernel::Secret::new("POOR-TOKEN");
    world.sandbox.let_in("acme", &poor, &["create-acct", "acct-summary", "suspend-acct", "passwd"]);
    let server = access(&world.server.base_url, "acme", "POOR-TOKEN");
    let warnings = world.adapter.test_connection(&server).await.unwrap().warnings.join("\n");
    for missing in ["kill-acct", "upgrade-account", "list-pkgs", "create-user-session"] {
        assert!(warnings.contains(&format!("`{missing}`")), "{missing}: {warnings}");
    }
    for held in ["create-acct", "suspend-acct", "passwd", "acct-summary"] {
        assert!(!warnings.contains(&format!("`{held}`")), "{held}: {warnings}");
    }
}

#[tokio::test]
async fn wrong_credentials_are_an_access_failure() {
    let world = World::new().await;
    for (user, token) in [("root", "WRONG"), ("nobody", TOKEN)] {
        let server = access(&world.server.base_url, user, token);
        assert_shut(world.adapter.test_connection(&server).await, code::AUTH);
    }
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_refused_before_any_call() {
    let world = World::new().await;
    let base = &*world.server.base_url;
    let mut servers = vec![
        access("panel.example.com", "root", TOKEN),
        access("http://panel.example.com:2086", "root", TOKEN),
        access(base, "", TOKEN),
        access(base, "root", " "),
        access(base, "root", "two\nlines"),
    ];
    let mut pinned = world.server.clone();
    pinned.cert_sha256 = Some("not a fingerprint".to_owned());
    let mut authority = world.server.clone();
    authority.ca_pem = Some("not a certificate".to_owned());
    servers.extend([pinned, authority]);
    for server in servers {
        assert_shut(world.adapter.test_connection(&server).await, code::SERVER_SETTINGS);
    }
    assert!(world.sandbox.calls().is_empty());
}

#[tokio::test]
async fn a_server_that_is_down_can_be_tried_again() {
    let world = World::new().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = access(&format!("http://{port}"), "root", TOKEN);
    let spec = world.spec("exampl1a", "example-one.test");
    let failure = world.adapter.create(&server, &spec).await.unwrap_err();
    assert_eq!(failure.effect(), Effect::NoneRetry);
}

#[tokio::test]
async fn a_wrong_path_is_not_the_panel() {
    let world = World::new().await;
    let server = access(&format!("{}/whm/", world.server.base_url), "root", TOKEN);
    assert_shut(world.adapter.packages(&server).await, code::NOT_API);
}

#[test]
fn the_adapter_names_itself_and_hides_its_clients() {
    let adapter = Cpanel::default();
    assert_eq!(adapter.descriptor().id, DESCRIPTOR.id);
    assert!(adapter.accepts_username("exampl1a") && !adapter.accepts_username("test1"));
    assert!(format!("{adapter:?}").contains("Clients"));
    assert_eq!(adapter.config().longest_deadline().as_secs(), 390);
    assert_eq!(CpanelConfig::default().connect.as_secs(), 10);
}
