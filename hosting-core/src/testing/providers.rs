//! Simulated providers with state: a panel and a mail carrier. The gateway is in `gateway`.
//!
//! They behave like the real ones at their worst: nothing is deduplicated for us, and under a
//! [`Fate`] a call may be lost before it has its effect, or its answer after it, or the process may die
//! at either.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::fate::Fate;
use crate::{
    kernel::{Sealed, Secret},
    model::Usage,
    port::{
        Clock, Descriptor, Failure, Letter, LetterWriter, Mailer, ProvisioningAdapter, SealError,
        SecretBox, Written,
        mailer::Mail,
        provisioning::{
            AccountIdentity, AccountSpec, AccountState, Connection, Found, Package, ServerAccess,
        },
    },
};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug, Clone)]
struct SimAccount {
    spec: AccountSpec,
    suspended: Option<String>,
}

/// How a simulated panel receives calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PanelMood {
    /// It does what it is asked.
    #[default]
    Willing,
    /// It refuses for good to make accounts.
    Refusing,
    /// Nobody answers.
    Down,
    /// It lets nobody in.
    Locked,
}

/// A panel that makes accounts only some time after it was asked, when the caller has given up.
#[derive(Debug)]
struct Slowness {
    clock: Arc<dyn Clock>,
    delay: TimeDelta,
    coming: Vec<(DateTime<Utc>, AccountSpec)>,
}

/// A panel in memory.
#[derive(Debug)]
pub struct SimPanel {
    fate: Arc<Fate>,
    accounts: Mutex<BTreeMap<String, SimAccount>>,
    created: Mutex<BTreeMap<String, u32>>,
    mood: Mutex<PanelMood>,
    slowness: Mutex<Option<Slowness>>,
}

impl SimPanel {
    /// Its name in directories.
    pub const NAME: &'static str = "simpanel";

    /// A panel under `fate`.
    pub fn new(fate: Arc<Fate>) -> Self {
        Self {
            fate,
            accounts: Mutex::default(),
            created: Mutex::default(),
            mood: Mutex::default(),
            slowness: Mutex::default(),
        }
    }

    /// From now on calls are received like this.
    pub fn set_mood(&self, mood: PanelMood) {
        *lock(&self.mood) = mood;
    }

    /// From now on each account comes about `delay` after it was ordered, and whoever ordered it
    /// hears nothing: the time-out was shorter.
    pub fn make_slow(&self, clock: Arc<dyn Clock>, delay: TimeDelta) {
        *lock(&self.slowness) = Some(Slowness { clock, delay, coming: Vec::new() });
    }

    /// Makes what was ordered and is due by now.
    fn ripen(&self) {
        let mut slowness = lock(&self.slowness);
        let Some(slow) = &mut *slowness else { return };
        let now = slow.clock.now();
        let due = slow.coming.extract_if(.., |(at, _)| *at <= now);
        for (_, spec) in due {
            *lock(&self.created).entry(spec.domain.clone()).or_default() += 1;
            let made = SimAccount { spec: spec.clone(), suspended: None };
            lock(&self.accounts).insert(spec.username, made);
        }
    }

    /// Orders an account from a slow panel; `None` when it is not slow.
    fn order(&self, spec: &AccountSpec) -> Option<Failure> {
        let mut slowness = lock(&self.slowness);
        let slow = slowness.as_mut()?;
        if slow.coming.iter().any(|(_, it)| it.username == spec.username) {
            let half = Failure::retry("create", "a user of that name exists already");
            return Some(half.with_code("username_half_made"));
        }
        slow.coming.push((slow.clock.now() + slow.delay, spec.clone()));
        Some(Failure::unknown("create", "no answer in time"))
    }

    /// A call arrives.
    fn enter(&self, action: &'static str) -> Result<(), Failure> {
        self.ripen();
        let mood = *lock(&self.mood);
        match mood {
            PanelMood::Down => Err(Failure::retry(action, "no connection")),
            PanelMood::Locked => {
                Err(Failure::server_wide(action, "access denied").with_code("auth"))
            }
            PanelMood::Refusing if action == "create" => {
                Err(Failure::refused(action, "no such package").with_code("package_unknown"))
            }
            PanelMood::Willing | PanelMood::Refusing => self.fate.request(action),
        }
    }

    /// Names of the accounts there are, and whether each is switched on.
    pub fn accounts(&self) -> Vec<(String, bool)> {
        self.ripen();
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

    fn set(
        &self,
        action: &'static str,
        identity: &AccountIdentity,
        suspended: Option<String>,
    ) -> Result<(), Failure> {
        self.enter(action)?;
        {
            let mut accounts = lock(&self.accounts);
            let account = accounts.get_mut(&identity.username);
            let account = account.filter(|it| it.spec.domain == identity.domain);
            let account = account.ok_or_else(|| Failure::refused(action, "no such account"))?;
            account.suspended = suspended;
        }
        self.fate.answer(action)
    }
}

fn state(account: &SimAccount) -> AccountState {
    AccountState {
        username: account.spec.username.clone(),
        domain: account.spec.domain.clone(),
        package: account.spec.package.clone(),
        suspended: account.suspended.clone(),
        owner: None,
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
        self.enter("create")?;
        if !lock(&self.accounts).contains_key(&account.username)
            && let Some(failure) = self.order(account)
        {
            return Err(failure);
        }
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
        self.fate.answer("create")?;
        Ok(state(&made))
    }
    async fn find(&self, _: &ServerAccess, account: &AccountIdentity) -> Result<Found, Failure> {
        self.enter("find")?;
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
        self.enter("terminate")?;
        lock(&self.accounts)
            .retain(|name, it| *name != account.username || it.spec.domain != account.domain);
        self.fate.answer("terminate")
    }
    async fn change_package(
        &self,
        _: &ServerAccess,
        account: &AccountIdentity,
        package: &str,
    ) -> Result<(), Failure> {
        self.enter("change_package")?;
        if let Some(it) = lock(&self.accounts).get_mut(&account.username) {
            package.clone_into(&mut it.spec.package);
        }
        self.fate.answer("change_package")
    }
    async fn set_password(
        &self,
        _: &ServerAccess,
        account: &AccountIdentity,
        password: &Secret,
    ) -> Result<(), Failure> {
        self.enter("set_password")?;
        if let Some(it) = lock(&self.accounts).get_mut(&account.username) {
            it.spec.password = password.clone();
        }
        self.fate.answer("set_password")
    }
    async fn packages(&self, _: &ServerAccess) -> Result<Vec<Package>, Failure> {
        Ok(vec![Package { name: "business".to_owned(), disk_mib: None }])
    }
    async fn test_connection(&self, _: &ServerAccess) -> Result<Connection, Failure> {
        self.enter("test_connection")?;
        let (version, hostname) = ("1".to_owned(), "sim".to_owned());
        Ok(Connection { version, hostname, warnings: Vec::new() })
    }
}

/// Keeps mails instead of sending them; can be down.
#[derive(Debug)]
pub struct SimMailer {
    fate: Arc<Fate>,
    sent: Mutex<Vec<Mail>>,
    down: std::sync::atomic::AtomicBool,
}

impl SimMailer {
    /// A mail carrier under `fate`.
    pub fn new(fate: Arc<Fate>) -> Self {
        Self { fate, sent: Mutex::default(), down: false.into() }
    }

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
        self.fate.request("mail")?;
        if self.down.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(Failure::retry("mail", "the mail server is down"));
        }
        lock(&self.sent).push(mail.clone());
        self.fate.answer("mail")
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
    fn key_of<'a>(&self, sealed: &'a Sealed) -> Option<&'a str> {
        sealed.as_str().split_once('.').map(|(id, _)| id)
    }
    fn key_ids(&self) -> Vec<String> {
        vec!["clear".to_owned()]
    }
}
