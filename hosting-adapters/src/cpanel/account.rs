//! Reading accounts, and telling ours from somebody else's.

use chrono::{DateTime, TimeDelta, Utc};
use hosting_core::port::{
    Failure,
    provisioning::{AccountIdentity, AccountState, Found, Usage},
};

use super::{
    classify::code,
    client::{Function, Panel},
    wire::{Account, Accounts, Traffic},
};

/// How far the panel's clock may be behind ours when an account's age is judged.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(10);

/// The mark before the reasons of our own suspensions.
pub(super) const OUR_MARK: &str = "billing:";

impl Panel<'_> {
    /// The account under `username`, or `None` when the panel says that there is none.
    ///
    /// An account that the token may not see is a failure ([`code::FORBIDDEN`]), not `None`.
    pub(super) async fn summary(&self, username: &str) -> Result<Option<Account>, Failure> {
        let function = Function::ACCOUNTSUMMARY;
        named(function, username)?;
        let answer: Accounts = match self.read(function, &[("user", username)]).await {
            Ok(it) => it,
            Err(failure) if failure.code() == Some(code::NOT_FOUND) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        // A success that shows no account, or another one, proves nothing.
        answer.acct.into_iter().find(|it| it.is_called(username)).map(Some).ok_or_else(|| {
            Failure::retry(function.name, "the panel showed another account than the one asked for")
                .with_code(code::MALFORMED)
        })
    }

    /// The account under `username` if it is the one of `identity`; a change is about to follow.
    ///
    /// # Errors
    /// [`code::NOT_OURS`] when domain or owner differ: names are used again after a removal.
    pub(super) async fn own_summary(
        &self,
        identity: &AccountIdentity,
    ) -> Result<Option<Account>, Failure> {
        let Some(account) = self.summary(&identity.username).await? else { return Ok(None) };
        match self.mismatch(&account, identity) {
            None => Ok(Some(account)),
            Some(why) => {
                Err(Failure::refused(Function::ACCOUNTSUMMARY.name, why).with_code(code::NOT_OURS))
            }
        }
    }

    /// Like [`own_summary`](Self::own_summary), and absence is a refusal too.
    pub(super) async fn existing(
        &self,
        action: &'static str,
        identity: &AccountIdentity,
    ) -> Result<Account, Failure> {
        self.own_summary(identity).await?.ok_or_else(|| {
            Failure::refused(action, "there is no such account").with_code(code::NOT_FOUND)
        })
    }

    /// Looks for the account and says whose it is.
    pub(super) async fn look(&self, identity: &AccountIdentity) -> Result<Found, Failure> {
        let function = Function::LISTACCTS;
        named(function, &identity.username)?;
        let form =
            [("searchtype", "user"), ("search", &*identity.username), ("searchmethod", "exact")];
        let listed: Accounts = match self.read(function, &form).await {
            Ok(it) => it,
            Err(failure) => return foreign_if_forbidden(failure),
        };
        // Servers that do not know `searchmethod` take the name for a pattern: compare ourselves.
        let mut account = listed.acct.into_iter().find(|it| it.is_called(&identity.username));
        if account.is_none() && !self.is_root() {
            // A reseller's list leaves out what others own, so an empty one proves nothing.
            account = match self.summary(&identity.username).await {
                Ok(it) => it,
                Err(failure) => return foreign_if_forbidden(failure),
            };
        }
        let Some(account) = account else { return Ok(Found::Nothing) };
        if let Some(reason) =
            self.mismatch(&account, identity).or_else(|| account.too_old(identity.intended_at))
        {
            return Ok(Found::Foreign { reason });
        }
        Ok(Found::Ours(account.state()))
    }

    /// Adds what the account transferred this month. A look-up that fails costs the numbers only:
    /// the right to see them is often withheld.
    pub(super) async fn with_traffic(&self, mut state: AccountState) -> AccountState {
        // The names are patterns here, and removed accounts of the same name are listed too.
        let pattern = format!("^{}$", state.username);
        let form = [("searchtype", "user"), ("search", &*pattern)];
        let Ok(traffic) = self.read::<Traffic>(Function::SHOWBW, &form).await else { return state };
        let row = traffic.acct.into_iter().find(|it| {
            !it.deleted
                && it.user.eq_ignore_ascii_case(&state.username)
                && same_domain(&it.maindomain, &state.domain)
        });
        if let Some(row) = row {
            state.usage.traffic_bytes = row.totalbytes;
            state.usage.traffic_limit_bytes = row.limit.filter(|it| *it > 0);
        }
        state
    }

    /// Why `account` is not the one of `identity`, or `None` if it is. Its owner must be who owned
    /// it when it was made, root's accounts included; where that is not known, whoever the token
    /// belongs to (`docs/providers/whm.md`, "Whose an account is").
    fn mismatch(&self, account: &Account, identity: &AccountIdentity) -> Option<String> {
        if !same_domain(&account.domain, &identity.domain) {
            return Some(format!(
                "the account `{}` has the domain {}",
                account.user, account.domain
            ));
        }
        let owner = identity.owner.as_deref().unwrap_or_else(|| self.server.username.trim());
        if account.owner != owner {
            return Some(format!("the account `{}` belongs to {}", account.user, account.owner));
        }
        None
    }
}

impl Account {
    fn is_called(&self, username: &str) -> bool {
        self.user.eq_ignore_ascii_case(username)
    }

    /// Why the account cannot have been made by an intention of `intended_at`.
    fn too_old(&self, intended_at: DateTime<Utc>) -> Option<String> {
        let Some(started) = self.unix_startdate.and_then(|it| DateTime::from_timestamp(it, 0))
        else {
            return Some(format!("the panel does not say when `{}` was made", self.user));
        };
        (started < intended_at - CLOCK_SKEW).then(|| {
            format!("the account `{}` was made on {started}, before we wanted it", self.user)
        })
    }

    /// Whether the suspension in place carries our mark.
    pub(super) fn is_suspended_by_us(&self) -> bool {
        self.suspendreason
            .trim_start()
            .get(..OUR_MARK.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(OUR_MARK))
    }

    pub(super) fn state(self) -> AccountState {
        AccountState {
            username: self.user,
            domain: self.domain,
            package: self.plan,
            suspended: self.suspended.then_some(self.suspendreason),
            owner: Some(self.owner).filter(|it| !it.is_empty()),
            ip: Some(self.ip).filter(|it| !it.is_empty()),
            usage: Usage {
                disk_bytes: self.diskused,
                disk_limit_bytes: self.disklimit.filter(|it| *it > 0),
                ..Usage::default()
            },
        }
    }
}

/// An account that we may not see is there and is not ours.
fn foreign_if_forbidden(failure: Failure) -> Result<Found, Failure> {
    if failure.code() == Some(code::FORBIDDEN) {
        let reason = "the name belongs to an account that our token may not see".to_owned();
        Ok(Found::Foreign { reason })
    } else {
        Err(failure)
    }
}

/// Refuses to ask about nobody: the panel would answer about somebody else, or not at all.
fn named(function: Function, username: &str) -> Result<(), Failure> {
    if username.trim().is_empty() {
        return Err(
            Failure::refused(function.name, "the account has no name").with_code(code::VALIDATION)
        );
    }
    Ok(())
}

pub(super) fn same_domain(left: &str, right: &str) -> bool {
    !left.is_empty() && left.trim_end_matches('.').eq_ignore_ascii_case(right.trim_end_matches('.'))
}
