//! A WHM sandbox, an adapter and a clock that stands still until it is moved.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use hosting_adapters::{
    cpanel::{
        Cpanel, CpanelConfig,
        sandbox::{Running, WhmSandbox},
    },
    sandbox::Faults,
};
use hosting_core::{
    kernel::Secret,
    port::{
        Clock, Failure, ProvisioningAdapter,
        provisioning::{AccountIdentity, AccountSpec, AccountState, ServerAccess},
    },
};

pub(crate) const TOKEN: &str = "ROOT-TOKEN-0123456789";
pub(crate) const PASSWORD: &str = "q7!Kd-2vXw_9zLp#Rt4m";

#[derive(Debug)]
pub(crate) struct HandClock(AtomicI64);

impl HandClock {
    pub(crate) fn forward(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_seconds(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.load(Ordering::SeqCst), 0).unwrap()
    }
}

pub(crate) struct World {
    pub(crate) adapter: Cpanel,
    pub(crate) sandbox: WhmSandbox,
    pub(crate) server: ServerAccess,
    pub(crate) faults: Faults,
    pub(crate) clock: Arc<HandClock>,
    _running: Running,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(config(Duration::from_secs(20))).await
    }

    pub(crate) async fn with(config: CpanelConfig) -> Self {
        let clock = Arc::new(HandClock(AtomicI64::new(1_785_576_600)));
        let faults = Faults::default();
        let sandbox = WhmSandbox::new("root", &Secret::new(TOKEN), clock.clone(), faults.clone());
        let running = sandbox.spawn().await.unwrap();
        let server = access(running.base_url(), "root", TOKEN);
        Self { adapter: Cpanel::new(config), sandbox, server, faults, clock, _running: running }
    }

    pub(crate) fn spec(&self, username: &str, domain: &str) -> AccountSpec {
        AccountSpec {
            username: username.to_owned(),
            domain: domain.to_owned(),
            package: "starter".to_owned(),
            password: Secret::new(PASSWORD),
            contact: "owner@example.test".parse().unwrap(),
            intended_at: self.clock.now(),
        }
    }

    pub(crate) async fn create(
        &self,
        username: &str,
        domain: &str,
    ) -> Result<AccountState, Failure> {
        self.adapter.create(&self.server, &self.spec(username, domain)).await
    }

    /// A server with the account `exampl1a`, and its identity.
    pub(crate) async fn with_account(config: CpanelConfig) -> (Self, AccountIdentity) {
        let world = Self::with(config).await;
        let spec = world.spec("exampl1a", "example-one.test");
        world.adapter.create(&world.server, &spec).await.unwrap();
        (world, identity(&spec))
    }

    pub(crate) async fn one_account() -> (Self, AccountIdentity) {
        Self::with_account(config(Duration::from_secs(20))).await
    }
}

pub(crate) fn config(changes: Duration) -> CpanelConfig {
    CpanelConfig { write: changes, heavy: changes, ..CpanelConfig::default() }
}

pub(crate) fn access(base_url: &str, user: &str, token: &str) -> ServerAccess {
    ServerAccess {
        base_url: base_url.to_owned(),
        username: user.to_owned(),
        secret: Secret::new(token),
        ca_pem: None,
        cert_sha256: None,
    }
}

pub(crate) fn identity(spec: &AccountSpec) -> AccountIdentity {
    AccountIdentity {
        username: spec.username.clone(),
        domain: spec.domain.clone(),
        intended_at: spec.intended_at,
        owner: None,
    }
}

/// Whether `failure` is a refusal with this code and shows no secret.
#[track_caller]
pub(crate) fn assert_refused<T: std::fmt::Debug>(outcome: Result<T, Failure>, code: &str) {
    let failure = outcome.unwrap_err();
    assert_eq!(failure.code(), Some(code), "{failure}");
    assert_eq!(failure.effect(), hosting_core::port::Effect::NoneFinal, "{failure}");
    assert_shows_no_secret(&failure);
}

/// Whether `failure` concerns every account behind that way in, and shows no secret.
#[track_caller]
pub(crate) fn assert_shut<T: std::fmt::Debug>(outcome: Result<T, Failure>, code: &str) {
    let failure = outcome.unwrap_err();
    assert_eq!(failure.code(), Some(code), "{failure}");
    assert!(failure.is_server_wide(), "{failure}");
    assert_eq!(failure.effect(), hosting_core::port::Effect::NoneRetry, "{failure}");
    assert_shows_no_secret(&failure);
}

#[track_caller]
pub(crate) fn assert_shows_no_secret(failure: &Failure) {
    let shown = format!("{failure} {failure:?}");
    assert!(!shown.contains(TOKEN) && !shown.contains(PASSWORD), "{shown}");
}
