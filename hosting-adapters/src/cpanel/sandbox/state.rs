//! Accounts, packages and logins of the sandbox.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, Utc};
use hosting_core::kernel::Secret;
use serde::Serialize;

/// How many calls are remembered.
const MAX_CALLS: usize = 1000;

/// One account on the sandbox's server.
#[derive(Debug, Clone, Serialize)]
pub struct SandboxAccount {
    /// Its name.
    pub username: String,
    /// Its main domain.
    pub domain: String,
    /// Its package.
    pub package: String,
    /// The WHM user that made it.
    pub owner: String,
    /// Where the panel would write to.
    pub contact: String,
    /// Its password, as set last.
    #[serde(skip)]
    pub password: Secret,
    /// The suspension in place.
    pub suspended: Option<SandboxSuspension>,
    /// When it was made.
    pub started_at: DateTime<Utc>,
    /// Its address.
    pub ip: String,
    /// Its number in the system.
    pub uid: u32,
    /// Disk in use, MiB.
    pub disk_mib: i64,
    /// Traffic this month, bytes.
    pub traffic_bytes: i64,
}

/// A suspension in place.
#[derive(Debug, Clone, Serialize)]
pub struct SandboxSuspension {
    /// What the one who suspended gave as a reason.
    pub reason: String,
    /// Whether only root may lift it.
    pub locked: bool,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// A package on offer.
#[derive(Debug, Clone, Serialize)]
pub struct SandboxPackage {
    /// Its full name, with a reseller's prefix where there is one.
    pub name: String,
    /// Disk allowed, MiB; `None` is unlimited.
    pub disk_mib: Option<i64>,
    /// Traffic allowed a month, MiB; `None` is unlimited.
    pub traffic_mib: Option<i64>,
}

/// A call that reached the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeenCall {
    /// The function.
    pub function: String,
    /// The WHM user that called.
    pub user: String,
    /// The names of the parameters.
    pub keys: Vec<String>,
}

/// A WHM user that may call.
pub(super) struct Login {
    pub(super) token: Secret,
    pub(super) rights: BTreeSet<String>,
}

impl Login {
    pub(super) fn with_all_rights(token: Secret) -> Self {
        Self { token, rights: BTreeSet::from(["all".to_owned()]) }
    }

    pub(super) fn may(&self, rights: &[&str]) -> bool {
        rights.is_empty()
            || self.rights.contains("all")
            || rights.iter().any(|&it| self.rights.contains(it))
    }
}

/// What an account leaves in the traffic statistics of the month.
pub(super) struct Removed {
    pub(super) username: String,
    pub(super) domain: String,
    pub(super) owner: String,
    pub(super) traffic_bytes: i64,
}

/// A customer's session, made for them without a password.
pub(super) struct Session {
    pub(super) username: String,
    pub(super) expires_at: DateTime<Utc>,
}

/// Everything the server knows.
pub(super) struct State {
    pub(super) logins: BTreeMap<String, Login>,
    pub(super) accounts: BTreeMap<String, SandboxAccount>,
    pub(super) packages: Vec<SandboxPackage>,
    pub(super) creations: BTreeMap<String, u32>,
    pub(super) half_made: BTreeSet<String>,
    pub(super) removed: Vec<Removed>,
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) limit: Option<usize>,
    pub(super) calls: VecDeque<SeenCall>,
    pub(super) next_uid: u32,
    pub(super) next_session: u32,
}

impl State {
    pub(super) fn new(user: &str, login: Login) -> Self {
        let package = |name: &str, disk_mib, traffic_mib| SandboxPackage {
            name: name.to_owned(),
            disk_mib,
            traffic_mib,
        };
        Self {
            logins: BTreeMap::from([(user.to_owned(), login)]),
            accounts: BTreeMap::new(),
            packages: vec![
                package("starter", Some(10_240), Some(102_400)),
                package("business", Some(51_200), Some(512_000)),
                package("scale", None, None),
            ],
            creations: BTreeMap::new(),
            half_made: BTreeSet::new(),
            removed: Vec::new(),
            sessions: BTreeMap::new(),
            limit: None,
            calls: VecDeque::new(),
            next_uid: 1042,
            next_session: 1,
        }
    }

    pub(super) fn remember(&mut self, call: SeenCall) {
        if self.calls.len() >= MAX_CALLS {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }

    pub(super) fn package(&self, name: &str) -> Option<&SandboxPackage> {
        self.packages.iter().find(|it| it.name == name)
    }
}
