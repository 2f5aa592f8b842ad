//! cPanel & WHM, against the local server that speaks its protocol.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use hosting_adapters::{
    cpanel::{
        Cpanel, CpanelConfig,
        sandbox::{Lock, Running, WhmSandbox},
    },
    sandbox::{Fault, Faults},
};
use hosting_core::{
    kernel::Secret,
    port::{
        Clock as _, ProvisioningAdapter,
        provisioning::{AccountSpec, ServerAccess},
    },
    testing::{
        TestClock,
        conformance::panel::{Line, PanelCall, PanelHarness, Strangers},
    },
};

const TOKEN: &str = "CONFORMANCE-TOKEN-0123456789";

struct Harness {
    adapter: Cpanel,
    sandbox: WhmSandbox,
    server: ServerAccess,
    /// The same server, entered by whoever else has accounts there.
    others: ServerAccess,
    clock: Arc<TestClock>,
    faults: Faults,
    made_by_others: std::sync::atomic::AtomicU32,
    _running: Running,
}

fn access(running: &Running, username: &str, secret: &str) -> ServerAccess {
    ServerAccess {
        base_url: running.base_url().to_owned(),
        username: username.to_owned(),
        secret: Secret::new(secret),
        ca_pem: None,
        cert_sha256: None,
    }
}

async fn as_user(user: &str) -> Harness {
    let clock = Arc::new(TestClock::at("2026-11-02T03:00:00Z".parse().expect("an instant")));
    let faults = Faults::default();
    let root = Secret::new("ROOT-OF-THE-SANDBOX-01");
    let sandbox = WhmSandbox::new("root", &root, clock.clone(), faults.clone());
    sandbox.let_in(user, &Secret::new(TOKEN), &["all"]);
    sandbox.let_in("stranger", &Secret::new("STRANGER-TOKEN-0123456789"), &["all"]);
    let running = sandbox.spawn().await.expect("a free port");
    let limit = Duration::from_secs(20);
    let config = CpanelConfig { write: limit, heavy: limit, ..CpanelConfig::default() };
    Harness {
        adapter: Cpanel::new(config),
        server: access(&running, user, TOKEN),
        others: access(&running, "stranger", "STRANGER-TOKEN-0123456789"),
        sandbox,
        clock,
        faults,
        made_by_others: std::sync::atomic::AtomicU32::default(),
        _running: running,
    }
}

#[async_trait]
impl PanelHarness for Harness {
    fn panel(&self) -> &dyn ProvisioningAdapter {
        &self.adapter
    }
    fn server(&self) -> &ServerAccess {
        &self.server
    }
    fn account(&self, number: u32) -> AccountSpec {
        AccountSpec {
            // The panel compares the first eight letters, because databases are named after them.
            username: format!("n{number:03}usak"),
            domain: format!("nusakopi{number}.test"),
            package: "starter".to_owned(),
            password: Secret::new("q7!Kd-2vXw_9zLp#Rt4m"),
            contact: "rani@example.com".parse().expect("an address"),
            intended_at: self.clock.now(),
        }
    }
    fn other_package(&self) -> &'static str {
        "business"
    }
    fn other_password(&self) -> Secret {
        Secret::new("Zx8-mPq!44tRw_hL0b#s")
    }
    async fn made(&self) -> u32 {
        let others = self.made_by_others.load(std::sync::atomic::Ordering::SeqCst);
        self.sandbox.all_creations() - others
    }
    async fn password_of(&self, username: &str) -> Option<Secret> {
        self.sandbox.account(username).map(|it| it.password)
    }
    fn strangers(&self) -> Option<&dyn Strangers> {
        Some(self)
    }
    fn wrong_access(&self) -> Option<ServerAccess> {
        let secret = Secret::new("NOBODYS-TOKEN-0123456789");
        Some(ServerAccess { secret, ..self.server.clone() })
    }
    fn line(&self) -> Option<&dyn Line> {
        Some(self)
    }
}

#[async_trait]
impl Strangers for Harness {
    async fn make(&self, account: &AccountSpec) {
        self.adapter.create(&self.others, account).await.expect("the panel makes it");
        self.made_by_others.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }
    async fn suspend(&self, username: &str) {
        assert!(self.sandbox.suspend_by_hand(username, "phishing", Lock::Open), "it is there");
    }
    async fn look(&self, username: &str) -> Option<(String, String, bool)> {
        let account = self.sandbox.account(username)?;
        Some((account.domain, account.package, account.suspended.is_none()))
    }
}

#[async_trait]
impl Line for Harness {
    async fn lose_next_answer(&self, call: PanelCall) {
        let function = match call {
            PanelCall::Create => "/createacct",
            PanelCall::Find => "/listaccts",
            PanelCall::Suspend => "/suspendacct",
            PanelCall::Unsuspend => "/unsuspendacct",
            PanelCall::Terminate => "/removeacct",
            PanelCall::ChangePackage => "/changepackage",
            PanelCall::SetPassword => "/passwd",
        };
        self.faults.next("whm", function, Fault::CutAfter, 1);
    }
}

async fn root() -> Harness {
    as_user("root").await
}

async fn reseller() -> Harness {
    as_user("kopihost").await
}

hosting_core::panel_conformance!(as_root, root, [accounts, strangers, doors, losing]);
hosting_core::panel_conformance!(as_reseller, reseller, [accounts, strangers, doors, losing]);
