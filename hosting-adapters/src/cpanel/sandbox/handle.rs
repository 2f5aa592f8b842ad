//! The server as whoever started it holds it, and what people do to a panel by hand.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hosting_core::{kernel::Secret, port::Clock};

use super::state::{Login, SandboxAccount, SandboxPackage, SandboxSuspension, SeenCall, State};
use crate::sandbox::Faults;

/// A WHM server with state. Clones share it.
#[derive(Clone)]
pub struct WhmSandbox {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) faults: Faults,
}

impl fmt::Debug for WhmSandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WhmSandbox")
            .field("accounts", &self.lock().accounts.len())
            .finish_non_exhaustive()
    }
}

impl WhmSandbox {
    /// The name under which faults for this server are ordered.
    pub const PROVIDER: &'static str = "whm";

    /// A server without accounts, with the packages `starter`, `business` and `scale`, that lets
    /// `user` in with `token` and all rights.
    pub fn new(user: &str, token: &Secret, clock: Arc<dyn Clock>, faults: Faults) -> Self {
        let state = State::new(user, Login::with_all_rights(token.clone()));
        Self { state: Arc::new(Mutex::new(state)), clock, faults }
    }

    /// Lets another WHM user in, with these rights only (`create-acct`, `list-accts`, …; `all` is
    /// every right). A user other than `root` sees only the accounts it owns.
    pub fn let_in(&self, user: &str, token: &Secret, rights: &[&str]) {
        let rights = rights.iter().map(|&it| it.to_owned()).collect();
        self.lock().logins.insert(user.to_owned(), Login { token: token.clone(), rights });
    }

    /// Adds a package, or replaces the one of that name.
    pub fn offer(&self, package: SandboxPackage) {
        let mut state = self.lock();
        state.packages.retain(|it| it.name != package.name);
        state.packages.push(package);
    }

    /// Every account, by name.
    pub fn accounts(&self) -> Vec<SandboxAccount> {
        self.lock().accounts.values().cloned().collect()
    }

    /// One account.
    pub fn account(&self, username: &str) -> Option<SandboxAccount> {
        self.lock().accounts.get(username).cloned()
    }

    /// How many accounts were ever made under `username`, removed ones included.
    pub fn creations(&self, username: &str) -> u32 {
        self.lock().creations.get(username).copied().unwrap_or(0)
    }

    /// How many accounts were ever made.
    pub fn all_creations(&self) -> u32 {
        self.lock().creations.values().sum()
    }

    /// Suspends an account as an abuse desk would, with its own reason; `lock` keeps resellers from
    /// lifting it. Returns whether the account exists.
    pub fn suspend_by_hand(&self, username: &str, reason: &str, lock: Lock) -> bool {
        let since = self.clock.now();
        let suspension =
            SandboxSuspension { reason: reason.to_owned(), locked: lock == Lock::Locked, since };
        self.edit(username, |account| account.suspended = Some(suspension))
    }

    /// Sets what an account uses: disk in MiB, traffic of the month in bytes. Returns whether the
    /// account exists.
    pub fn set_usage(&self, username: &str, disk_mib: i64, traffic_bytes: i64) -> bool {
        self.edit(username, |account| {
            account.disk_mib = disk_mib;
            account.traffic_bytes = traffic_bytes;
        })
    }

    /// Leaves behind what a creation leaves that broke off: a system user without an account.
    pub fn leave_half_made(&self, username: &str) {
        self.lock().half_made.insert(username.to_owned());
    }

    /// Cleans up what [`leave_half_made`](Self::leave_half_made) left, as an operator would.
    pub fn clean_up_half_made(&self, username: &str) {
        self.lock().half_made.remove(username);
    }

    /// Allows no more than `limit` accounts.
    pub fn limit_accounts(&self, limit: usize) {
        self.lock().limit = Some(limit);
    }

    /// The latest calls with the names of their parameters, oldest first. Values are not kept.
    pub fn calls(&self) -> Vec<SeenCall> {
        self.lock().calls.iter().cloned().collect()
    }

    fn edit(&self, username: &str, change: impl FnOnce(&mut SandboxAccount)) -> bool {
        self.lock().accounts.get_mut(username).map(change).is_some()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a suspension can be lifted by resellers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// By the account's owner.
    Open,
    /// By root only.
    Locked,
}
