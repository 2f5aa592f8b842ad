//! Running services: ending them, keeping them, getting into their panel.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::StatusCode;
use hosting_core::{
    kernel::Secret,
    port::{
        Descriptor, Failure, ProvisioningAdapter,
        provisioning::{
            AccountIdentity, AccountSpec, AccountState, Connection, Found, Package, ServerAccess,
            SingleSignOn,
        },
    },
    testing::SimPanel,
};
use serde_json::json;

use crate::world::{World, text};

/// The simulated panel, with doors that open without a password.
#[derive(Debug)]
struct Doors(Arc<SimPanel>);

#[async_trait]
impl ProvisioningAdapter for Doors {
    fn descriptor(&self) -> &'static Descriptor {
        self.0.descriptor()
    }
    fn accepts_username(&self, name: &str) -> bool {
        self.0.accepts_username(name)
    }
    async fn create(&self, at: &ServerAccess, spec: &AccountSpec) -> Result<AccountState, Failure> {
        self.0.create(at, spec).await
    }
    async fn find(&self, at: &ServerAccess, it: &AccountIdentity) -> Result<Found, Failure> {
        self.0.find(at, it).await
    }
    async fn suspend(
        &self,
        at: &ServerAccess,
        it: &AccountIdentity,
        why: &str,
    ) -> Result<(), Failure> {
        self.0.suspend(at, it, why).await
    }
    async fn unsuspend(&self, at: &ServerAccess, it: &AccountIdentity) -> Result<(), Failure> {
        self.0.unsuspend(at, it).await
    }
    async fn terminate(&self, at: &ServerAccess, it: &AccountIdentity) -> Result<(), Failure> {
        self.0.terminate(at, it).await
    }
    async fn change_package(
        &self,
        at: &ServerAccess,
        it: &AccountIdentity,
        to: &str,
    ) -> Result<(), Failure> {
        self.0.change_package(at, it, to).await
    }
    async fn set_password(
        &self,
        _: &ServerAccess,
        _: &AccountIdentity,
        _: &Secret,
    ) -> Result<(), Failure> {
        Err(Failure::refused("set_password", "this panel takes no new passwords"))
    }
    async fn packages(&self, at: &ServerAccess) -> Result<Vec<Package>, Failure> {
        self.0.packages(at).await
    }
    async fn test_connection(&self, at: &ServerAccess) -> Result<Connection, Failure> {
        self.0.test_connection(at).await
    }
    fn single_sign_on(&self) -> Option<&dyn SingleSignOn> {
        Some(self)
    }
}

#[async_trait]
impl SingleSignOn for Doors {
    async fn login_url(&self, at: &ServerAccess, it: &AccountIdentity) -> Result<Secret, Failure> {
        Ok(Secret::new(format!("{}/once?user={}&key=door-key", at.base_url, it.username)))
    }
}

#[tokio::test]
async fn a_service_ends_with_its_term_and_can_be_kept() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    let path = format!("/api/v1/subscriptions/{}", budi.service("nusakopi.com").await);
    budi.act(&format!("{path}/keep")).await.expect(409);
    let wish = json!({ "when": "end_of_term", "reason": "moving away" });
    let ending = budi.post(&format!("{path}/cancel"), wish.clone()).await.expect(200);
    assert_eq!(
        (&ending["status"], &ending["cancel_reason"]),
        (&json!("active"), &json!("moving away"))
    );
    assert!(ending["cancel_at"].is_string());
    budi.post(&format!("{path}/cancel"), wish).await.expect(409);
    let kept = budi.act(&format!("{path}/keep")).await.expect(200);
    assert_eq!((&kept["cancel_at"], &kept["cancel_reason"]), (&json!(null), &json!(null)));
    let now = json!({ "when": "now", "reason": "moving away" });
    assert_eq!(budi.post(&format!("{path}/cancel"), now).await.expect(200)["status"], "cancelled");
    world.shop.drain().await;
    assert!(world.shop.panel.accounts().iter().all(|(_, on)| !on));
    budi.act(&format!("{path}/password-reset")).await.expect(409);
}

#[tokio::test]
async fn a_new_panel_password_is_shown_once_and_works() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    let path = format!("/api/v1/subscriptions/{}", budi.service("nusakopi.com").await);
    let reset = format!("{path}/password-reset");
    let keyed = budi.clone().with("idempotency-key", "once");
    let answer = keyed.act(&reset).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let made = answer.expect(200);
    let password = text(&made["password"]);
    assert_eq!((password.len(), &made["status"]), (24, &json!("set")));
    let repeat = keyed.act(&reset).await;
    assert_eq!(repeat.status, StatusCode::CONFLICT);
    assert!(!repeat.body.contains(&password));

    let service = budi.get(&path).await;
    assert_eq!(service.json()["account"]["username"], made["username"]);
    assert!(!service.body.contains(&password) && !service.body.contains("password"));
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    let account = world.shop.store.account_of(id).await.unwrap().unwrap();
    let place = format!("panel_accounts/password/{}", account.id.stored());
    let kept = world.shop.ports.secrets.open(&account.password, &place).unwrap();
    assert_eq!(kept.expose(), password, "the panel took it, and it is sealed with the account");
    world.shop.drain().await;
    let mails = world.shop.mailer.sent();
    assert!(mails.iter().all(|it| !it.text.contains(&password)), "no mail holds it");
    let other = text(&budi.act(&reset).await.expect(200)["password"]);
    assert_ne!(other, password);
    for _ in 0..3 {
        budi.act(&reset).await.expect(200);
    }
    assert_eq!(budi.act(&reset).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn the_panel_opens_without_a_password_where_it_can() {
    let plain = World::open().await;
    let budi = plain.customer("budi@example.com").await;
    let path = format!("/api/v1/subscriptions/{}/login", budi.service("nusakopi.com").await);
    let refused = budi.act(&path).await.expect(409);
    assert_eq!(refused["detail"], "This panel cannot log anybody in without a password.");

    let world = World::with(|shop| {
        let doors = Arc::new(Doors(Arc::clone(&shop.panel)));
        shop.ports.panels.insert(SimPanel::NAME, doors);
    })
    .await;
    let budi = world.customer("budi@example.com").await;
    let service = budi.service("nusakopi.com").await;
    let login = format!("/api/v1/subscriptions/{service}/login");
    let keyed = budi.clone().with("idempotency-key", "once");
    let url = text(&keyed.act(&login).await.expect(200)["url"]);
    assert!(url.starts_with("https://panel.example.com:2087/once?user="), "{url}");
    let repeat = keyed.act(&login).await;
    assert!(repeat.status == StatusCode::CONFLICT && !repeat.body.contains("door-key"));

    // A panel that takes no new password: the answer does not show one.
    let reset = format!("/api/v1/subscriptions/{service}/password-reset");
    let failed = budi.act(&reset).await.expect(409);
    assert_eq!(failed["password"], json!(null));
}

#[tokio::test]
async fn an_account_that_is_not_there_yet_has_no_password() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com").await;
    budi.order("nusakopi.com").await;
    let services = budi.get("/api/v1/subscriptions").await.expect(200);
    let path = format!("/api/v1/subscriptions/{}", text(&services["items"][0]["id"]));
    assert_eq!(budi.get(&path).await.expect(200)["account"], json!(null));
    budi.act(&format!("{path}/password-reset")).await.expect(409);
    budi.act(&format!("{path}/login")).await.expect(409);
    let now = json!({ "when": "now", "reason": "never mind" });
    let refused = budi.post(&format!("{path}/cancel"), now).await.expect(409);
    assert_eq!(refused["detail"], "This service has not begun; cancel its order instead.");
}
