//! A hosting panel of one's own, in one file, with the contract run on it.
//!
//! ```text
//! cargo run -p hosting-examples --example my_panel
//! cargo test -p hosting-examples --example my_panel
//! ```
//!
//! `Rumah` is an invented panel, alive in this process: it knows accounts by name, who owns them, who
//! switched them off, and lets in whoever has its token. [`RumahPanel`] is the adapter. A real one
//! differs in that it calls over HTTP. `my_shop` is a shop that keeps accounts on it.

use std::{
    collections::BTreeMap,
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use hosting_core::{
    kernel::Secret,
    model::Usage,
    port::{
        Clock, Descriptor, Failure, ProvisioningAdapter,
        provisioning::{
            AccountIdentity, AccountSpec, AccountState, Connection, Found, Package, ServerAccess,
        },
    },
    testing::TestClock,
};
use subtle::ConstantTimeEq as _;

// ---------------------------------------------------------------- the panel

/// What went wrong with a call to the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RumahError {
    /// The request was sent, and nothing came back.
    NoAnswer,
    /// The token is not the panel's.
    Locked,
    /// The panel has an account of that name.
    Taken,
    /// The panel has none.
    Missing,
}

/// An account as the panel writes it.
#[derive(Debug, Clone)]
struct Room {
    domain: String,
    package: String,
    password: Secret,
    note: Option<String>,
    since: DateTime<Utc>,
}

/// The panel.
#[derive(Debug)]
pub(crate) struct Rumah {
    clock: Arc<dyn Clock>,
    token: Secret,
    rooms: Mutex<BTreeMap<String, Room>>,
    /// How many accounts callers of the interface ever made.
    made: Mutex<u32>,
    /// The call whose answer is to be lost next.
    loses: Mutex<Option<&'static str>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Rumah {
    pub(crate) fn new(clock: Arc<dyn Clock>, token: Secret) -> Self {
        let (rooms, made, loses) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { clock, token, rooms, made, loses }
    }

    /// Does something with the accounts, if the token is right; the answer may get lost.
    fn call<T>(
        &self,
        name: &'static str,
        token: &Secret,
        act: impl FnOnce(&mut BTreeMap<String, Room>) -> Result<T, RumahError>,
    ) -> Result<T, RumahError> {
        let fits = token.expose().as_bytes().ct_eq(self.token.expose().as_bytes());
        if !bool::from(fits) {
            return Err(RumahError::Locked);
        }
        let answer = act(&mut lock(&self.rooms));
        if lock(&self.loses).take_if(|it| *it == name).is_some() {
            return Err(RumahError::NoAnswer);
        }
        answer
    }

    /// Changes one account.
    fn change(
        &self,
        name: &'static str,
        token: &Secret,
        username: &str,
        change: impl FnOnce(&mut Room),
    ) -> Result<(), RumahError> {
        self.call(name, token, |rooms| {
            rooms.get_mut(username).map(change).ok_or(RumahError::Missing)
        })
    }
}

// ---------------------------------------------------------------- the adapter

pub(crate) static DESCRIPTOR: Descriptor = Descriptor { id: "rumah", name: "Rumah", settings: &[] };

/// The mark before the reasons of our own suspensions.
const OUR_MARK: &str = "billing: ";
/// How far the panel's clock may be behind ours.
const SKEW: TimeDelta = TimeDelta::minutes(10);

/// Keeps accounts on [`Rumah`].
#[derive(Debug)]
pub(crate) struct RumahPanel(pub(crate) Arc<Rumah>);

/// What is known of the effect of a call that failed. `acts` is whether it may have had one.
fn failure(action: &'static str, error: RumahError, acts: bool) -> Failure {
    match error {
        RumahError::NoAnswer if acts => Failure::unknown(action, "the panel did not answer"),
        RumahError::NoAnswer => Failure::retry(action, "the panel did not answer"),
        RumahError::Locked => {
            Failure::server_wide(action, "the token is refused").with_code("auth")
        }
        RumahError::Taken => Failure::refused(action, "taken").with_code("username_taken"),
        RumahError::Missing => Failure::refused(action, "no such account").with_code("not_found"),
    }
}

fn identity(spec: &AccountSpec) -> AccountIdentity {
    AccountIdentity {
        username: spec.username.clone(),
        domain: spec.domain.clone(),
        intended_at: spec.intended_at,
        owner: None,
    }
}

fn state(username: &str, room: Room) -> AccountState {
    AccountState {
        username: username.to_owned(),
        domain: room.domain,
        package: room.package,
        suspended: room.note,
        owner: None,
        ip: None,
        usage: Usage::default(),
    }
}

impl RumahPanel {
    fn room(&self, server: &ServerAccess, username: &str) -> Result<Option<Room>, RumahError> {
        self.0.call("look", &server.secret, |rooms| Ok(rooms.get(username).cloned()))
    }

    /// The account, if there is one and it is ours: names are used again after a removal.
    fn own(
        &self,
        action: &'static str,
        server: &ServerAccess,
        account: &AccountIdentity,
    ) -> Result<Option<Room>, Failure> {
        let room = self.room(server, &account.username).map_err(|it| failure(action, it, false))?;
        match room {
            Some(room) if room.domain != account.domain => {
                Err(Failure::refused(action, "the account is somebody else's")
                    .with_code("not_ours"))
            }
            other => Ok(other),
        }
    }

    /// Changes the account after looking whose it is.
    fn change(
        &self,
        action: &'static str,
        server: &ServerAccess,
        account: &AccountIdentity,
        change: impl FnOnce(&mut Room),
    ) -> Result<(), Failure> {
        if self.own(action, server, account)?.is_none() {
            return Err(failure(action, RumahError::Missing, true));
        }
        let done = self.0.change(action, &server.secret, &account.username, change);
        done.map_err(|it| failure(action, it, true))
    }
}

#[async_trait]
impl ProvisioningAdapter for RumahPanel {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn accepts_username(&self, username: &str) -> bool {
        (1..=16).contains(&username.len())
            && username.starts_with(|it: char| it.is_ascii_lowercase())
            && username.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
    }

    async fn create(
        &self,
        server: &ServerAccess,
        account: &AccountSpec,
    ) -> Result<AccountState, Failure> {
        let room = Room {
            domain: account.domain.clone(),
            package: account.package.clone(),
            password: account.password.clone(),
            note: None,
            since: self.0.clock.now(),
        };
        let made = self.0.call("create", &server.secret, |rooms| {
            if rooms.contains_key(&account.username) {
                return Err(RumahError::Taken);
            }
            rooms.insert(account.username.clone(), room.clone());
            *lock(&self.0.made) += 1;
            Ok(())
        });
        match made {
            Ok(()) => Ok(state(&account.username, room)),
            // By ourselves, in an attempt whose answer was lost: calling it taken would make a
            // second account under another name.
            Err(RumahError::Taken) => match self.find(server, &identity(account)).await? {
                Found::Ours(_) => Err(Failure::unknown("create", "an earlier attempt made it")
                    .with_code("username_taken")),
                _ => Err(failure("create", RumahError::Taken, true)),
            },
            Err(error) => Err(failure("create", error, true)),
        }
    }

    async fn find(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
    ) -> Result<Found, Failure> {
        let room = self.room(server, &account.username).map_err(|it| failure("find", it, false))?;
        Ok(match room {
            None => Found::Nothing,
            Some(room) if room.domain != account.domain => {
                Found::Foreign { reason: format!("it is for {}", room.domain) }
            }
            Some(room) if room.since + SKEW < account.intended_at => {
                Found::Foreign { reason: format!("it was made at {}", room.since) }
            }
            Some(room) => Found::Ours(state(&account.username, room)),
        })
    }

    async fn suspend(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
        reason: &str,
    ) -> Result<(), Failure> {
        // Whoever switched it off first keeps the say.
        self.change("suspend", server, account, |room| {
            room.note.get_or_insert_with(|| format!("{OUR_MARK}{reason}"));
        })
    }

    async fn unsuspend(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
    ) -> Result<(), Failure> {
        let room = self.own("unsuspend", server, account)?;
        if room.and_then(|it| it.note).is_some_and(|it| !it.starts_with(OUR_MARK)) {
            return Err(Failure::refused("unsuspend", "somebody else suspended it")
                .with_code("foreign_suspension"));
        }
        self.change("unsuspend", server, account, |room| room.note = None)
    }

    async fn terminate(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
    ) -> Result<(), Failure> {
        if self.own("terminate", server, account)?.is_none() {
            return Ok(());
        }
        let gone = self.0.call("terminate", &server.secret, |rooms| {
            rooms.remove(&account.username);
            Ok(())
        });
        gone.map_err(|it| failure("terminate", it, true))
    }

    async fn change_package(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
        package: &str,
    ) -> Result<(), Failure> {
        self.change("change_package", server, account, |room| package.clone_into(&mut room.package))
    }

    async fn set_password(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
        password: &Secret,
    ) -> Result<(), Failure> {
        self.change("set_password", server, account, |room| room.password = password.clone())
    }

    async fn packages(&self, server: &ServerAccess) -> Result<Vec<Package>, Failure> {
        let package =
            |(name, disk): (&str, i64)| Package { name: name.to_owned(), disk_mib: Some(disk) };
        let offered = [("kamar", 10_240), ("paviliun", 51_200)].map(package).to_vec();
        let answer = self.0.call("packages", &server.secret, |_| Ok(offered));
        answer.map_err(|it| failure("packages", it, false))
    }

    async fn test_connection(&self, server: &ServerAccess) -> Result<Connection, Failure> {
        let (version, hostname) = ("3.1".to_owned(), "rumah.example.com".to_owned());
        let connection = Connection { version, hostname, warnings: Vec::new() };
        let answer = self.0.call("test_connection", &server.secret, |_| Ok(connection));
        answer.map_err(|it| failure("test_connection", it, false))
    }
}

// ---------------------------------------------------------------- how it goes

fn access(token: &str) -> ServerAccess {
    ServerAccess {
        base_url: "https://rumah.example.com".to_owned(),
        username: "kopihost".to_owned(),
        secret: Secret::new(token),
        ca_pem: None,
        cert_sha256: None,
    }
}

fn account(number: u32, intended_at: DateTime<Utc>) -> AccountSpec {
    AccountSpec {
        username: format!("nusa{number}"),
        domain: format!("nusakopi{number}.com"),
        package: "kamar".to_owned(),
        password: Secret::new("first-of-all-passwords"),
        contact: "rani@example.com".parse().expect("an address"),
        intended_at,
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let clock = Arc::new(TestClock::at("2026-11-02T03:00:00Z".parse()?));
    let rumah = Arc::new(Rumah::new(clock.clone(), Secret::new("token")));
    let (panel, server) = (RumahPanel(rumah.clone()), access("token"));
    let (spec, known) = (account(1, clock.now()), identity(&account(1, clock.now())));
    *lock(&rumah.loses) = Some("create");
    println!(
        "the answer is lost: {:?}",
        panel.create(&server, &spec).await.map_err(|it| it.effect())
    );
    println!("we look:            {:?}", panel.find(&server, &known).await?);
    panel.suspend(&server, &known, "invoice 1042 is overdue").await?;
    println!("switched off:       {:?}", panel.find(&server, &known).await?);
    panel.terminate(&server, &known).await?;
    println!("removed:            {:?}", panel.find(&server, &known).await?);
    println!("accounts ever made: {}", lock(&rumah.made));
    Ok(())
}

#[cfg(test)]
mod tests {
    use hosting_core::testing::conformance::panel::{Line, PanelCall, PanelHarness, Strangers};

    use super::*;

    const TOKEN: &str = "rumah-token-0123456789";

    struct Harness {
        clock: Arc<TestClock>,
        panel: RumahPanel,
        server: ServerAccess,
    }

    async fn fresh() -> Harness {
        let clock = Arc::new(TestClock::at("2026-11-02T03:00:00Z".parse().expect("an instant")));
        let panel = RumahPanel(Arc::new(Rumah::new(clock.clone(), Secret::new(TOKEN))));
        Harness { clock, panel, server: access(TOKEN) }
    }

    #[async_trait]
    impl PanelHarness for Harness {
        fn panel(&self) -> &dyn ProvisioningAdapter {
            &self.panel
        }
        fn server(&self) -> &ServerAccess {
            &self.server
        }
        fn account(&self, number: u32) -> AccountSpec {
            account(number, self.clock.now())
        }
        fn other_package(&self) -> &'static str {
            "paviliun"
        }
        fn other_password(&self) -> Secret {
            Secret::new("second-of-all-passwords")
        }
        async fn made(&self) -> u32 {
            *lock(&self.panel.0.made)
        }
        async fn password_of(&self, username: &str) -> Option<Secret> {
            lock(&self.panel.0.rooms).get(username).map(|it| it.password.clone())
        }
        fn strangers(&self) -> Option<&dyn Strangers> {
            Some(&*self.panel.0)
        }
        fn wrong_access(&self) -> Option<ServerAccess> {
            Some(access("nobodys-token-0123456789"))
        }
        fn line(&self) -> Option<&dyn Line> {
            Some(&*self.panel.0)
        }
    }

    #[async_trait]
    impl Strangers for Rumah {
        async fn make(&self, account: &AccountSpec) {
            let room = Room {
                domain: account.domain.clone(),
                package: account.package.clone(),
                password: account.password.clone(),
                note: None,
                since: self.clock.now(),
            };
            lock(&self.rooms).insert(account.username.clone(), room);
        }
        async fn suspend(&self, username: &str) {
            let mut rooms = lock(&self.rooms);
            rooms.get_mut(username).expect("it is there").note = Some("phishing".to_owned());
        }
        async fn look(&self, username: &str) -> Option<(String, String, bool)> {
            let room = lock(&self.rooms).get(username).cloned()?;
            Some((room.domain, room.package, room.note.is_none()))
        }
    }

    #[async_trait]
    impl Line for Rumah {
        async fn lose_next_answer(&self, call: PanelCall) {
            *lock(&self.loses) = Some(match call {
                PanelCall::Create => "create",
                PanelCall::Find => "look",
                PanelCall::Suspend => "suspend",
                PanelCall::Unsuspend => "unsuspend",
                PanelCall::Terminate => "terminate",
                PanelCall::ChangePackage => "change_package",
                PanelCall::SetPassword => "set_password",
            });
        }
    }

    hosting_core::panel_conformance!(rumah, fresh, [accounts, strangers, doors, losing]);
}
