//! Attempts, counted in the database so that all replicas count together.
//!
//! Each limit is a counter per key and window; the window's end is when the counter may be thrown
//! away. A refused attempt answers 429 with `Retry-After`.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use hosting_core::{
    change::{ChangeSet, Take},
    kernel::Email,
    port::StoreError,
};
use sha2::{Digest, Sha256};

use super::token::hex;
use crate::{http::problem::Problem, state::AppState};

/// How often something may be tried in a window of time.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    name: &'static str,
    most: i64,
    window: TimeDelta,
}

impl Limit {
    /// Log-ins from one address.
    pub const LOGIN: Self = Self { name: "login", most: 20, window: TimeDelta::minutes(15) };
    /// Log-ins to one account, from wherever.
    pub const LOGIN_ACCOUNT: Self =
        Self { name: "login-account", most: 30, window: TimeDelta::minutes(15) };
    /// Registrations from one address.
    pub const REGISTER: Self = Self { name: "register", most: 10, window: TimeDelta::hours(1) };
    /// Links asked for from one address.
    pub const LINK: Self = Self { name: "link", most: 10, window: TimeDelta::hours(1) };
    /// Mails to one address that a guest can cause.
    pub const LINK_ACCOUNT: Self =
        Self { name: "link-account", most: 4, window: TimeDelta::hours(1) };
    /// Tokens tried from one address.
    pub const TOKEN: Self = Self { name: "token", most: 30, window: TimeDelta::hours(1) };
    /// Carts that guests open from one address: each is a row that is kept for a month.
    pub const CART: Self = Self { name: "cart", most: 60, window: TimeDelta::hours(1) };
    /// Passwords that somebody who is logged in tries.
    pub const PASSWORD: Self = Self { name: "password", most: 10, window: TimeDelta::minutes(15) };

    /// How often it may be tried in one window.
    pub const fn most(&self) -> i64 {
        self.most
    }

    fn window_of(&self, now: DateTime<Utc>) -> (i64, DateTime<Utc>) {
        let length = self.window.num_seconds().max(1);
        let number = now.timestamp().div_euclid(length);
        let end = DateTime::from_timestamp((number + 1) * length, 0).unwrap_or(now);
        (number, end)
    }
}

/// Whose attempts are counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(String);

impl From<IpAddr> for Subject {
    /// One IPv4 address, or one IPv6 network of 64 bits: a household has that many addresses.
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(it) => it.to_string(),
            IpAddr::V6(it) => {
                let [a, b, c, d, ..] = it.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}")
            }
        })
    }
}

impl Subject {
    /// The key that attempts are counted under.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Email> for Subject {
    /// A hash: counters are no place for addresses of people.
    fn from(email: &Email) -> Self {
        Self(hex(&Sha256::digest(email.as_str().as_bytes())[..16]))
    }
}

impl From<hosting_core::model::UserId> for Subject {
    fn from(id: hosting_core::model::UserId) -> Self {
        Self(id.stored())
    }
}

/// Counts one attempt.
///
/// # Errors
/// 429 when there were too many; 503 when the database cannot be asked.
pub async fn count(app: &AppState, limit: Limit, of: impl Into<Subject>) -> Result<(), Problem> {
    let now = app.ports().now();
    let (window, end) = limit.window_of(now);
    let mut changes = ChangeSet::default();
    changes.takes.push(Take {
        counter: format!("rate/{}/{}/{window}", limit.name, of.into().0),
        amount: 1,
        limit: Some(limit.most),
        expires_at: Some(end),
    });
    match app.ports().store.commit(changes).await {
        Ok(_) => Ok(()),
        Err(StoreError::LimitReached { .. }) => {
            let wait = end.signed_duration_since(now).num_seconds().max(1);
            Err(Problem::too_many(u64::try_from(wait).unwrap_or(1)))
        }
        Err(error) => Err(error.into()),
    }
}
