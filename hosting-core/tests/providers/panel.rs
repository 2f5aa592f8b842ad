//! The simulated panel, behind a line that can lose answers; and the ways to break the contract.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use hosting_core::{
    closed_enum,
    kernel::Secret,
    port::{
        Descriptor, Failure, ProvisioningAdapter,
        provisioning::{
            AccountIdentity, AccountSpec, AccountState, Connection, Found, Package, ServerAccess,
        },
    },
    testing::{
        Fate, SimPanel,
        conformance::panel::{Line, PARTS, PanelCall, PanelHarness, RULES, run},
        shop::opening,
    },
};

closed_enum! {
    /// One way to break the contract.
    pub enum Flaw {
        /// None: the contract is kept.
        Sound = "sound",
        /// A name that is taken leads to another name.
        InventsNames = "invents_names",
        /// A lost answer is called "nothing happened, try again".
        CallsLossRetry = "calls_loss_retry",
        /// A lost look is called "nothing there".
        CallsLossAbsent = "calls_loss_absent",
        /// A second suspension is an error.
        SuspendsOnce = "suspends_once",
        /// Removing what is gone is an error.
        RemovesOnce = "removes_once",
        /// The reason of a suspension is thrown away.
        ForgetsReasons = "forgets_reasons",
        /// A change of package is answered and not made.
        KeepsPackages = "keeps_packages",
        /// A new password is answered and not set.
        KeepsPasswords = "keeps_passwords",
        /// Any name is accepted.
        AcceptsAnyName = "accepts_any_name",
        /// Passwords are in its debug output.
        ShowsPasswords = "shows_passwords",
    }
}

pub(crate) struct Wired {
    sim: SimPanel,
    flaw: Flaw,
    lost: Mutex<Option<PanelCall>>,
    /// The simulation does not tell passwords, so what it was given last is noted here.
    passwords: Mutex<std::collections::BTreeMap<String, Secret>>,
    copies: AtomicU32,
}

impl std::fmt::Debug for Wired {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let passwords = self.passwords.lock().unwrap();
        match passwords.values().next().filter(|_| self.flaw == Flaw::ShowsPasswords) {
            Some(password) => f.write_str(password.expose()),
            None => f.write_str("Wired"),
        }
    }
}

impl Wired {
    fn answer<T>(&self, call: PanelCall, action: &'static str, done: T) -> Result<T, Failure> {
        if self.lost.lock().unwrap().take_if(|it| *it == call).is_none() {
            return Ok(done);
        }
        if self.flaw == Flaw::CallsLossRetry || call == PanelCall::Find {
            return Err(Failure::retry(action, "no answer"));
        }
        Err(Failure::unknown(action, "no answer"))
    }

    fn note(&self, username: &str, password: &Secret) {
        self.passwords.lock().unwrap().insert(username.to_owned(), password.clone());
    }
}

#[async_trait]
impl ProvisioningAdapter for Wired {
    fn descriptor(&self) -> &'static Descriptor {
        self.sim.descriptor()
    }
    fn accepts_username(&self, username: &str) -> bool {
        self.flaw == Flaw::AcceptsAnyName || self.sim.accepts_username(username)
    }
    async fn create(
        &self,
        server: &ServerAccess,
        spec: &AccountSpec,
    ) -> Result<AccountState, Failure> {
        let mut spec = spec.clone();
        let mut made = self.sim.create(server, &spec).await;
        if made.is_err() && self.flaw == Flaw::InventsNames {
            spec.username = format!("other{}", self.copies.fetch_add(1, Ordering::SeqCst));
            made = self.sim.create(server, &spec).await;
        }
        let made = made?;
        self.note(&spec.username, &spec.password);
        self.answer(PanelCall::Create, "create", made)
    }
    async fn find(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
    ) -> Result<Found, Failure> {
        let found = self.sim.find(server, account).await?;
        match self.answer(PanelCall::Find, "find", found) {
            Err(_) if self.flaw == Flaw::CallsLossAbsent => Ok(Found::Nothing),
            other => other,
        }
    }
    async fn suspend(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
        reason: &str,
    ) -> Result<(), Failure> {
        if self.flaw == Flaw::SuspendsOnce
            && let Found::Ours(AccountState { suspended: Some(_), .. }) =
                self.sim.find(server, account).await?
        {
            return Err(Failure::refused("suspend", "it is suspended already"));
        }
        let reason = if self.flaw == Flaw::ForgetsReasons { "" } else { reason };
        self.sim.suspend(server, account, reason).await?;
        self.answer(PanelCall::Suspend, "suspend", ())
    }
    async fn unsuspend(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
    ) -> Result<(), Failure> {
        self.sim.unsuspend(server, account).await?;
        self.answer(PanelCall::Unsuspend, "unsuspend", ())
    }
    async fn terminate(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
    ) -> Result<(), Failure> {
        if self.flaw == Flaw::RemovesOnce && self.sim.find(server, account).await? == Found::Nothing
        {
            return Err(Failure::refused("terminate", "no such account"));
        }
        self.sim.terminate(server, account).await?;
        self.answer(PanelCall::Terminate, "terminate", ())
    }
    async fn change_package(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
        package: &str,
    ) -> Result<(), Failure> {
        if self.flaw != Flaw::KeepsPackages {
            self.sim.change_package(server, account, package).await?;
        }
        self.answer(PanelCall::ChangePackage, "change_package", ())
    }
    async fn set_password(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
        password: &Secret,
    ) -> Result<(), Failure> {
        if self.flaw != Flaw::KeepsPasswords {
            self.sim.set_password(server, account, password).await?;
            self.note(&account.username, password);
        }
        self.answer(PanelCall::SetPassword, "set_password", ())
    }
    async fn packages(&self, server: &ServerAccess) -> Result<Vec<Package>, Failure> {
        self.sim.packages(server).await
    }
    async fn test_connection(&self, server: &ServerAccess) -> Result<Connection, Failure> {
        self.sim.test_connection(server).await
    }
}

#[async_trait]
impl Line for Wired {
    async fn lose_next_answer(&self, call: PanelCall) {
        *self.lost.lock().unwrap() = Some(call);
    }
}

pub(crate) struct Harness {
    wired: Wired,
    server: ServerAccess,
}

#[async_trait]
impl PanelHarness for Harness {
    fn panel(&self) -> &dyn ProvisioningAdapter {
        &self.wired
    }
    fn server(&self) -> &ServerAccess {
        &self.server
    }
    fn account(&self, number: u32) -> AccountSpec {
        AccountSpec {
            username: format!("nusa{number}"),
            domain: format!("nusakopi{number}.com"),
            package: "business".to_owned(),
            password: Secret::new("first-password-of-all"),
            contact: "rani@example.com".parse().unwrap(),
            intended_at: opening(),
        }
    }
    fn other_package(&self) -> &'static str {
        "scale"
    }
    fn other_password(&self) -> Secret {
        Secret::new("second-password-of-all")
    }
    async fn made(&self) -> u32 {
        self.wired.sim.created().values().sum()
    }
    async fn password_of(&self, username: &str) -> Option<Secret> {
        self.wired.passwords.lock().unwrap().get(username).cloned()
    }
    fn line(&self) -> Option<&dyn Line> {
        Some(&self.wired)
    }
}

fn harness(flaw: Flaw) -> Harness {
    let wired = Wired {
        sim: SimPanel::new(Arc::new(Fate::kind())),
        flaw,
        lost: Mutex::default(),
        passwords: Mutex::default(),
        copies: AtomicU32::default(),
    };
    let server = ServerAccess {
        base_url: "https://panel.example.com:2087".to_owned(),
        username: "root".to_owned(),
        secret: Secret::new("panel-token-0123456789"),
        ca_pem: None,
        cert_sha256: None,
    };
    Harness { wired, server }
}

async fn fresh() -> Harness {
    harness(Flaw::Sound)
}

hosting_core::panel_conformance!(simulated, fresh, [accounts, losing]);

async fn broken_by(flaw: Flaw) -> Vec<&'static str> {
    let mut broken = Vec::new();
    for (part, rules) in PARTS {
        for rule in rules.iter().filter(|_| ["accounts", "losing"].contains(part)) {
            let kept = tokio::spawn(async move { run(rule, &harness(flaw)).unwrap().await });
            if kept.await.is_err() {
                broken.push(*rule);
            }
        }
    }
    broken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_flaw_is_noticed_by_the_rules_that_are_about_it() {
    for flaw in Flaw::ALL.iter().copied() {
        let expected: &[&str] = match flaw {
            Flaw::Sound => &[],
            Flaw::InventsNames => &["creating_twice_never_makes_two_accounts"],
            Flaw::CallsLossRetry => &[
                "a_lost_answer_to_a_creation_is_unknown_and_the_account_is_found",
                "a_lost_answer_to_a_suspension_ends_suspended",
                "a_lost_answer_to_a_removal_ends_removed",
            ],
            Flaw::CallsLossAbsent => &["a_lost_answer_to_a_look_never_says_that_nothing_is_there"],
            Flaw::SuspendsOnce => {
                &["suspending_twice_succeeds", "a_lost_answer_to_a_suspension_ends_suspended"]
            }
            Flaw::RemovesOnce => &[
                "removing_twice_succeeds",
                "removing_what_never_was_succeeds",
                "a_lost_answer_to_a_removal_ends_removed",
            ],
            Flaw::ForgetsReasons => &["a_suspended_account_says_so_and_why"],
            Flaw::KeepsPackages => &["a_package_changes_and_is_seen"],
            Flaw::KeepsPasswords => &["a_new_password_is_set"],
            Flaw::AcceptsAnyName => &["it_accepts_names_that_can_be_and_no_others"],
            Flaw::ShowsPasswords => &["nothing_it_shows_holds_a_secret"],
        };
        let broken = broken_by(flaw).await;
        assert!(flaw != Flaw::Sound || broken.is_empty(), "{broken:?}");
        let unnoticed: Vec<_> = expected.iter().filter(|it| !broken.contains(it)).collect();
        assert!(unnoticed.is_empty(), "{flaw:?} went unnoticed by {unnoticed:?}");
    }
}

#[test]
fn the_contract_has_many_rules_and_each_once() {
    super::listed::each_once_and_all_listed("panel", RULES, 40);
}
