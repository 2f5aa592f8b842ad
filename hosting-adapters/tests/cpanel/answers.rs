//! Single odd answers that a well-behaved server would not give, from prepared bodies.

use hosting_adapters::cpanel::{Cpanel, code};
use hosting_core::{
    kernel::Secret,
    port::{
        Effect, ProvisioningAdapter,
        provisioning::{AccountIdentity, Found, ServerAccess},
    },
};
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

use crate::world::{access, assert_refused, assert_shut};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/cpanel-whm");

struct Stage {
    server: MockServer,
    adapter: Cpanel,
}

impl Stage {
    async fn new() -> Self {
        Self { server: MockServer::start().await, adapter: Cpanel::default() }
    }

    /// Answers `function` with the bodies of these files, one after the other; the last one stays.
    async fn plays(&self, function: &str, files: &[&str]) {
        for (at, file) in files.iter().enumerate() {
            let body = std::fs::read(format!("{FOLDER}/{file}")).unwrap();
            let mock = Mock::given(path(format!("/json-api/{function}")))
                .respond_with(ResponseTemplate::new(200).set_body_bytes(body));
            let mock = if at + 1 == files.len() { mock } else { mock.up_to_n_times(1) };
            mock.with_priority(u8::try_from(at).unwrap() + 1).mount(&self.server).await;
        }
    }

    async fn says(&self, function: &str, body: serde_json::Value) {
        Mock::given(path(format!("/json-api/{function}")))
            .respond_with(ResponseTemplate::new(200).set_body_json(body))
            .mount(&self.server)
            .await;
    }

    fn access(&self) -> ServerAccess {
        access(&self.server.uri(), "root", "T0KEN")
    }

    async fn calls(&self, function: &str) -> usize {
        let requests = self.server.received_requests().await.unwrap();
        requests.iter().filter(|it| it.url.path().ends_with(&format!("/{function}"))).count()
    }
}

fn account() -> AccountIdentity {
    AccountIdentity {
        username: "exampl1a".to_owned(),
        domain: "example-one.test".to_owned(),
        intended_at: "2026-08-01T09:30:00Z".parse().unwrap(),
        owner: None,
    }
}

#[tokio::test]
async fn a_repeated_suspension_succeeds_whatever_the_panel_calls_it() {
    let stage = Stage::new().await;
    // Somebody suspends between our look and our call.
    stage
        .plays(
            "accountsummary",
            &["accountsummary.ok_active.json", "accountsummary.ok_suspended.json"],
        )
        .await;
    stage.plays("suspendacct", &["suspendacct.fail_already.json"]).await;
    stage.adapter.suspend(&stage.access(), &account(), "overdue").await.unwrap();
    assert_eq!(stage.calls("suspendacct").await, 1);
}

#[tokio::test]
async fn a_refused_suspension_stays_refused_while_the_account_is_active() {
    let stage = Stage::new().await;
    stage.plays("accountsummary", &["accountsummary.ok_active.json"]).await;
    stage.plays("suspendacct", &["suspendacct.fail_already.json"]).await;
    let outcome = stage.adapter.suspend(&stage.access(), &account(), "overdue").await;
    assert_refused(outcome, code::PANEL_REFUSED);
}

#[tokio::test]
async fn a_suspension_without_our_mark_is_somebody_elses() {
    let stage = Stage::new().await;
    stage.plays("accountsummary", &["accountsummary.ok_suspended.json"]).await;
    let outcome = stage.adapter.unsuspend(&stage.access(), &account()).await;
    assert_refused(outcome, code::FOREIGN_SUSPENSION);
    assert_eq!(stage.calls("unsuspendacct").await, 0);
}

#[tokio::test]
async fn a_search_that_matches_too_much_finds_the_exact_name_only() {
    let stage = Stage::new().await;
    stage.plays("listaccts", &["listaccts.ok_substring_trap.json"]).await;
    stage.plays("showbw", &["showbw.ok_reused_name.json"]).await;
    let Found::Ours(account_state) = stage.adapter.find(&stage.access(), &account()).await.unwrap()
    else {
        panic!()
    };
    assert_eq!(
        (&*account_state.username, account_state.usage.traffic_bytes),
        ("exampl1a", Some(700))
    );
    let mut part = account();
    part.username = "exampl1".to_owned();
    assert_eq!(stage.adapter.find(&stage.access(), &part).await.unwrap(), Found::Nothing);
}

#[tokio::test]
async fn an_account_whose_age_is_not_told_is_not_adopted() {
    let stage = Stage::new().await;
    let row = json!({ "user": "exampl1a", "domain": "example-one.test", "owner": "root" });
    stage
        .says("listaccts", json!({ "metadata": { "result": "1" }, "data": { "acct": [row] } }))
        .await;
    let found = stage.adapter.find(&stage.access(), &account()).await.unwrap();
    assert!(matches!(found, Found::Foreign { .. }), "{found:?}");
}

#[tokio::test]
async fn an_account_that_vanishes_between_look_and_removal_is_removed() {
    let stage = Stage::new().await;
    stage.plays("accountsummary", &["accountsummary.ok_active.json"]).await;
    stage.plays("removeacct", &["removeacct.fail_no_user.json"]).await;
    stage.adapter.terminate(&stage.access(), &account()).await.unwrap();
}

#[tokio::test]
async fn a_removal_acts_only_on_an_account_that_was_shown() {
    let stage = Stage::new().await;
    stage
        .says("accountsummary", json!({ "metadata": { "result": 1 }, "data": { "acct": [] } }))
        .await;
    let failure = stage.adapter.terminate(&stage.access(), &account()).await.unwrap_err();
    assert_eq!((failure.effect(), failure.code()), (Effect::NoneRetry, Some(code::MALFORMED)));
    assert_eq!(stage.calls("removeacct").await, 0);
}

#[tokio::test]
async fn a_package_that_did_not_change_is_no_success() {
    let stage = Stage::new().await;
    stage.plays("accountsummary", &["accountsummary.ok_active.json"]).await;
    stage.plays("changepackage", &["changepackage.ok.json"]).await;
    let outcome = stage.adapter.change_package(&stage.access(), &account(), "business").await;
    assert_refused(outcome, code::NOT_APPLIED);
}

#[tokio::test]
async fn a_version_in_the_older_shape_and_missing_rights_are_a_connection() {
    let stage = Stage::new().await;
    stage.plays("version", &["version.ok_api2_shape.json"]).await;
    stage.plays("gethostname", &["gethostname.ok.json"]).await;
    stage.plays("myprivs", &["myprivs.ok_reseller.json"]).await;
    let connection = stage.adapter.test_connection(&stage.access()).await.unwrap();
    assert_eq!(
        (&*connection.version, &*connection.hostname),
        ("11.134.0.44", "whm01.panel.example")
    );
    assert_eq!(connection.warnings.len(), 1, "{:?}", connection.warnings);
    assert!(connection.warnings[0].contains("`create-user-session`"));
}

#[tokio::test]
async fn an_echoed_password_does_not_reach_the_error() {
    let stage = Stage::new().await;
    stage.plays("accountsummary", &["accountsummary.ok_active.json"]).await;
    let secret = "s3cret-And-Long";
    let reason = format!("The password “{secret}” is too weak, T0KEN");
    stage.says("passwd", json!({ "metadata": { "result": 0, "reason": reason } })).await;
    let outcome =
        stage.adapter.set_password(&stage.access(), &account(), &Secret::new(secret)).await;
    let failure = outcome.unwrap_err();
    assert_eq!(failure.code(), Some(code::WEAK_PASSWORD));
    let shown = format!("{failure} {failure:?}");
    assert!(!shown.contains(secret) && !shown.contains("T0KEN"), "{shown}");
}

#[tokio::test]
async fn a_log_in_address_that_is_no_address_is_not_handed_on() {
    let stage = Stage::new().await;
    stage.plays("accountsummary", &["accountsummary.ok_active.json"]).await;
    let data = json!({ "url": "javascript:alert(1)" });
    stage.says("create_user_session", json!({ "metadata": { "result": 1 }, "data": data })).await;
    let login = stage.adapter.single_sign_on().unwrap();
    let failure = login.login_url(&stage.access(), &account()).await.unwrap_err();
    assert_eq!(failure.code(), Some(code::MALFORMED));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = MockServer::start().await;
    let stage = Stage::new().await;
    let location = format!("{}/json-api/listpkgs", elsewhere.uri());
    Mock::given(path("/json-api/listpkgs"))
        .respond_with(ResponseTemplate::new(307).insert_header("location", &*location))
        .mount(&stage.server)
        .await;
    assert_shut(stage.adapter.packages(&stage.access()).await, code::NOT_API);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn odd_statuses_are_told_apart() {
    for (status, effect) in [
        (400, Effect::NoneFinal),
        (404, Effect::NoneRetry),
        (408, Effect::Unknown),
        (429, Effect::NoneRetry),
        (503, Effect::Unknown),
    ] {
        let stage = Stage::new().await;
        stage.plays("accountsummary", &["accountsummary.ok_active.json"]).await;
        Mock::given(path("/json-api/suspendacct"))
            .respond_with(ResponseTemplate::new(status))
            .mount(&stage.server)
            .await;
        let failure =
            stage.adapter.suspend(&stage.access(), &account(), "overdue").await.unwrap_err();
        assert_eq!(failure.effect(), effect, "{status}");
    }
}
