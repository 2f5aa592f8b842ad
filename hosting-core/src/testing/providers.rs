//! Simulated providers with state: a gateway, a panel, a mail carrier.
//!
//! They behave like the real ones at their worst: nothing is deduplicated for us, and under a
//! [`Fate`] the process may die before a call has its effect, or after it and before the answer.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::fate::Fate;
use crate::{
    kernel::{Money, Sealed, Secret},
    model::{
        Charge, ChargeStatus, Instructions, Usage,
        charge::{Method, Shows},
    },
    port::{
        Clock, Descriptor, Failure, Letter, LetterWriter, Mailer, PaymentGateway,
        ProvisioningAdapter, SealError, SecretBox, Written,
        gateway::{ChargeRequest, Notice, RawWebhook, Rejection},
        mailer::Mail,
        provisioning::{
            AccountIdentity, AccountSpec, AccountState, Connection, Found, Package, ServerAccess,
        },
    },
};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn died(action: &'static str) -> Failure {
    Failure::unknown(action, "the process died")
}

/// A gateway in memory. Money arrives when [`pay`](Self::pay) is called.
#[derive(Debug)]
pub struct SimGateway {
    fate: Arc<Fate>,
    clock: Arc<dyn Clock>,
    charges: Mutex<BTreeMap<String, Charge>>,
    /// How many charges were made under each reference: one, whatever happened.
    made: Mutex<BTreeMap<String, u32>>,
    methods: Vec<Method>,
}

impl SimGateway {
    /// Its name in directories.
    pub const NAME: &'static str = "sim";

    /// A gateway under `fate`.
    pub fn new(fate: Arc<Fate>, clock: Arc<dyn Clock>) -> Self {
        let methods = vec![Method {
            id: "va",
            name: "Virtual account",
            shows: Shows::VirtualAccount,
            currency: None,
            min_minor: 1,
            max_minor: i64::MAX,
        }];
        Self { fate, clock, charges: Mutex::default(), made: Mutex::default(), methods }
    }

    /// The customer transfers what was asked for. `false` when there is no such open charge.
    pub fn pay(&self, reference: &str) -> bool {
        let mut charges = lock(&self.charges);
        let Some(charge) = charges.get_mut(reference) else { return false };
        let open = matches!(charge.status, ChargeStatus::Pending | ChargeStatus::Expired);
        if open {
            charge.status = ChargeStatus::Succeeded;
            charge.paid_at = Some(self.clock.now());
        }
        open
    }

    /// The customer transfers another amount than was asked for.
    pub fn pay_amount(&self, reference: &str, amount: Money) {
        if let Some(charge) = lock(&self.charges).get_mut(reference) {
            charge.status = ChargeStatus::Succeeded;
            charge.amount = amount;
        }
    }

    /// Puts a charge into any state.
    pub fn set_status(&self, reference: &str, status: ChargeStatus) {
        if let Some(charge) = lock(&self.charges).get_mut(reference) {
            charge.status = status;
        }
    }

    /// Everything that was ever charged.
    pub fn charges(&self) -> Vec<Charge> {
        lock(&self.charges).values().cloned().collect()
    }

    /// The most charges that any reference ever saw.
    pub fn most_per_reference(&self) -> u32 {
        lock(&self.made).values().copied().max().unwrap_or(0)
    }

    fn expire(&self, charge: &mut Charge) {
        let over = charge.expires_at.is_some_and(|at| at <= self.clock.now());
        if charge.status == ChargeStatus::Pending && over {
            charge.status = ChargeStatus::Expired;
        }
    }
}

static SIM_GATEWAY: Descriptor =
    Descriptor { id: SimGateway::NAME, name: "Simulation", settings: &[] };

#[async_trait]
impl PaymentGateway for SimGateway {
    fn descriptor(&self) -> &'static Descriptor {
        &SIM_GATEWAY
    }
    fn methods(&self) -> &[Method] {
        &self.methods
    }
    fn is_production(&self) -> bool {
        false
    }
    async fn charge(&self, request: &ChargeRequest) -> Result<Charge, Failure> {
        self.fate.point().map_err(|_| died("charge"))?;
        if !request.amount.is_positive() {
            return Err(Failure::refused("charge", "the amount must be above zero"));
        }
        let known = lock(&self.charges).get(&request.reference).cloned();
        let charge = known.unwrap_or_else(|| {
            let charge = Charge {
                reference: request.reference.clone(),
                provider_ref: format!("sim-{}", request.reference),
                status: ChargeStatus::Pending,
                amount: request.amount,
                instructions: Some(Instructions::VirtualAccount {
                    bank: "sim".to_owned(),
                    number: format!("88{}", request.reference.len()),
                }),
                expires_at: Some(request.expires_at),
                paid_at: None,
                detail: "pending".to_owned(),
            };
            *lock(&self.made).entry(request.reference.clone()).or_default() += 1;
            lock(&self.charges).insert(request.reference.clone(), charge.clone());
            charge
        });
        self.fate.point().map_err(|_| died("charge"))?;
        Ok(charge)
    }
    async fn find(&self, reference: &str) -> Result<Option<Charge>, Failure> {
        self.fate.point().map_err(|_| died("find"))?;
        let mut charges = lock(&self.charges);
        let Some(charge) = charges.get_mut(reference) else { return Ok(None) };
        self.expire(charge);
        Ok(Some(charge.clone()))
    }
    async fn cancel(&self, reference: &str) -> Result<Charge, Failure> {
        self.fate.point().map_err(|_| died("cancel"))?;
        let cancelled = {
            let mut charges = lock(&self.charges);
            let charge = charges.get_mut(reference);
            let charge = charge.ok_or_else(|| Failure::refused("cancel", "no such charge"))?;
            if charge.status == ChargeStatus::Pending {
                charge.status = ChargeStatus::Failed;
            }
            charge.clone()
        };
        self.fate.point().map_err(|_| died("cancel"))?;
        Ok(cancelled)
    }
    fn verify(&self, webhook: &RawWebhook<'_>) -> Result<Notice, Rejection> {
        let text =
            std::str::from_utf8(webhook.body).map_err(|_| Rejection::Malformed("not text"))?;
        Ok(Notice { event_key: text.to_owned(), reference: Some(text.to_owned()) })
    }
}

#[derive(Debug, Clone)]
struct SimAccount {
    spec: AccountSpec,
    suspended: Option<String>,
}

/// A panel in memory.
#[derive(Debug)]
pub struct SimPanel {
    fate: Arc<Fate>,
    accounts: Mutex<BTreeMap<String, SimAccount>>,
    created: Mutex<BTreeMap<String, u32>>,
}

impl SimPanel {
    /// Its name in directories.
    pub const NAME: &'static str = "simpanel";

    /// A panel under `fate`.
    pub fn new(fate: Arc<Fate>) -> Self {
        Self { fate, accounts: Mutex::default(), created: Mutex::default() }
    }

    /// Names of the accounts there are, and whether each is switched on.
    pub fn accounts(&self) -> Vec<(String, bool)> {
        lock(&self.accounts).iter().map(|(k, v)| (k.clone(), v.suspended.is_none())).collect()
    }

    /// How many accounts were ever made for each domain.
    pub fn created(&self) -> BTreeMap<String, u32> {
        lock(&self.created).clone()
    }

    /// Puts somebody else's account under a name.
    pub fn occupy(&self, spec: AccountSpec) {
        lock(&self.accounts).insert(spec.username.clone(), SimAccount { spec, suspended: None });
    }

    fn point(&self, action: &'static str) -> Result<(), Failure> {
        self.fate.point().map_err(|_| died(action))
    }

    fn set(
        &self,
        action: &'static str,
        identity: &AccountIdentity,
        suspended: Option<String>,
    ) -> Result<(), Failure> {
        self.point(action)?;
        {
            let mut accounts = lock(&self.accounts);
            let account = accounts.get_mut(&identity.username);
            let account = account.filter(|it| it.spec.domain == identity.domain);
            let account = account.ok_or_else(|| Failure::refused(action, "no such account"))?;
            account.suspended = suspended;
        }
        self.point(action)
    }
}

fn state(account: &SimAccount) -> AccountState {
    AccountState {
        username: account.spec.username.clone(),
        domain: account.spec.domain.clone(),
        package: account.spec.package.clone(),
        suspended: account.suspended.clone(),
        ip: None,
        usage: Usage::default(),
    }
}

static SIM_PANEL: Descriptor = Descriptor { id: SimPanel::NAME, name: "Simulation", settings: &[] };

#[async_trait]
impl ProvisioningAdapter for SimPanel {
    fn descriptor(&self) -> &'static Descriptor {
        &SIM_PANEL
    }
    fn accepts_username(&self, username: &str) -> bool {
        (1..=16).contains(&username.len()) && username.starts_with(|c: char| c.is_ascii_lowercase())
    }
    async fn create(
        &self,
        _: &ServerAccess,
        account: &AccountSpec,
    ) -> Result<AccountState, Failure> {
        self.point("create")?;
        let made = {
            let mut accounts = lock(&self.accounts);
            if accounts.contains_key(&account.username) {
                return Err(Failure::refused("create", "name taken").with_code("username_taken"));
            }
            let made = SimAccount { spec: account.clone(), suspended: None };
            *lock(&self.created).entry(account.domain.clone()).or_default() += 1;
            accounts.insert(account.username.clone(), made.clone());
            made
        };
        self.point("create")?;
        Ok(state(&made))
    }
    async fn find(&self, _: &ServerAccess, account: &AccountIdentity) -> Result<Found, Failure> {
        self.point("find")?;
        Ok(match lock(&self.accounts).get(&account.username) {
            None => Found::Nothing,
            Some(it) if it.spec.domain == account.domain => Found::Ours(state(it)),
            Some(it) => Found::Foreign { reason: format!("it is for {}", it.spec.domain) },
        })
    }
    async fn suspend(
        &self,
        _: &ServerAccess,
        account: &AccountIdentity,
        reason: &str,
    ) -> Result<(), Failure> {
        self.set("suspend", account, Some(reason.to_owned()))
    }
    async fn unsuspend(&self, _: &ServerAccess, account: &AccountIdentity) -> Result<(), Failure> {
        self.set("unsuspend", account, None)
    }
    async fn terminate(&self, _: &ServerAccess, account: &AccountIdentity) -> Result<(), Failure> {
        self.point("terminate")?;
        lock(&self.accounts)
            .retain(|name, it| *name != account.username || it.spec.domain != account.domain);
        self.point("terminate")
    }
    async fn change_package(
        &self,
        _: &ServerAccess,
        account: &AccountIdentity,
        package: &str,
    ) -> Result<(), Failure> {
        self.point("change_package")?;
        if let Some(it) = lock(&self.accounts).get_mut(&account.username) {
            package.clone_into(&mut it.spec.package);
        }
        self.point("change_package")
    }
    async fn set_password(
        &self,
        _: &ServerAccess,
        account: &AccountIdentity,
        password: &Secret,
    ) -> Result<(), Failure> {
        self.point("set_password")?;
        if let Some(it) = lock(&self.accounts).get_mut(&account.username) {
            it.spec.password = password.clone();
        }
        self.point("set_password")
    }
    async fn packages(&self, _: &ServerAccess) -> Result<Vec<Package>, Failure> {
        Ok(vec![Package { name: "business".to_owned(), disk_mib: None }])
    }
    async fn test_connection(&self, _: &ServerAccess) -> Result<Connection, Failure> {
        let (version, hostname) = ("1".to_owned(), "sim".to_owned());
        Ok(Connection { version, hostname, warnings: Vec::new() })
    }
}

/// Keeps mails instead of sending them; can be down.
#[derive(Debug, Default)]
pub struct SimMailer {
    sent: Mutex<Vec<Mail>>,
    down: std::sync::atomic::AtomicBool,
}

impl SimMailer {
    /// Everything that was sent, repeats included.
    pub fn sent(&self) -> Vec<Mail> {
        lock(&self.sent).clone()
    }

    /// Makes every attempt fail, or work again.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, std::sync::atomic::Ordering::SeqCst);
    }
}

#[async_trait]
impl Mailer for SimMailer {
    async fn send(&self, mail: &Mail) -> Result<(), Failure> {
        if self.down.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(Failure::retry("mail", "the mail server is down"));
        }
        lock(&self.sent).push(mail.clone());
        Ok(())
    }
}

/// Writes the kind of a mail as its subject.
#[derive(Debug, Default)]
pub struct PlainLetters;

impl LetterWriter for PlainLetters {
    fn write(&self, letter: &Letter<'_>) -> Written {
        let number = letter.invoice.and_then(|it| it.number.as_deref()).unwrap_or("");
        Written {
            subject: format!("{} {number}", letter.kind),
            text: letter.token.map(|it| it.expose().to_owned()).unwrap_or_default(),
            html: None,
        }
    }
}

/// A secret box without secrecy: it remembers the place and nothing else. For tests only.
#[derive(Debug, Default)]
pub struct ClearBox;

impl SecretBox for ClearBox {
    fn seal(&self, secret: &Secret, place: &str, _: [u8; 24]) -> Sealed {
        Sealed::from_stored(format!("clear.{place}.{}", secret.expose()))
    }
    fn open(&self, sealed: &Sealed, place: &str) -> Result<Secret, SealError> {
        let inner = sealed.as_str().strip_prefix("clear.").ok_or(SealError::Malformed)?;
        let secret = inner.strip_prefix(place).and_then(|it| it.strip_prefix('.'));
        secret.map(Secret::new).ok_or(SealError::Tampered)
    }
    fn is_current(&self, _: &Sealed) -> bool {
        true
    }
}
