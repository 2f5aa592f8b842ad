//! Who there is.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Answer;
use crate::port::store::Rows;
use crate::{
    kernel::{Email, Page, PageRequest, Versioned},
    model::{
        ApiKey, ApiKeyId, Customer, CustomerId, OneTimeToken, Role, Session, User, UserId,
        access::TokenHash,
    },
};

/// Which users to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Only this role.
    pub role: Option<Role>,
    /// Only those who act for this customer.
    pub customer_id: Option<CustomerId>,
}

/// Questions about log-ins.
///
/// ```
/// # use std::sync::Arc;
/// # use hosting_core::testing::{Fate, MemoryStore, TestShop};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
/// let email = "nobody@example.com".parse()?;
/// assert!(shop.store.user_by_email(&email).await?.is_none());
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait AccessRepository: Send + Sync {
    /// One user.
    async fn user(&self, id: UserId) -> Answer<Option<Versioned<User>>>;
    /// The user with that log-in name, deleted ones too (the name stays taken).
    async fn user_by_email(&self, email: &Email) -> Answer<Option<Versioned<User>>>;
    /// Users that are not deleted.
    async fn users(&self, filter: &UserFilter, page: &PageRequest)
    -> Answer<Page<Versioned<User>>>;
    /// The session with that token, ended ones too.
    async fn session_by_token(&self, hash: &TokenHash) -> Answer<Option<Versioned<Session>>>;
    /// A user's sessions that are neither revoked nor past `now`; at most 200.
    async fn live_sessions(
        &self,
        user_id: UserId,
        now: DateTime<Utc>,
    ) -> Answer<Vec<Versioned<Session>>>;
    /// One API key.
    async fn api_key(&self, id: ApiKeyId) -> Answer<Option<Versioned<ApiKey>>>;
    /// A user's API keys, revoked ones too; at most 200.
    async fn api_keys(&self, user_id: UserId) -> Answer<Vec<Versioned<ApiKey>>>;
    /// The one-time token with that hash, used ones too.
    async fn one_time_token(&self, hash: &TokenHash) -> Answer<Option<Versioned<OneTimeToken>>>;
}

/// Which customers to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerFilter {
    /// Only the one with this mail address.
    pub email: Option<Email>,
}

/// Questions about customers.
///
/// ```
/// # use std::sync::Arc;
/// # use hosting_core::testing::{Fate, MemoryStore, TestShop};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
/// let customer = shop.store.customer(shop.customer_id).await?.ok_or("the shop has one")?;
/// assert_eq!(customer.version, 1, "every value comes with the version it was read at");
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait CustomerRepository: Send + Sync {
    /// One customer.
    async fn customer(&self, id: CustomerId) -> Answer<Option<Versioned<Customer>>>;
    /// Those of `ids` that exist, in any order; at most 1000 ids.
    async fn customers_by_id(&self, ids: &[CustomerId]) -> Answer<Rows<Versioned<Customer>>>;
    /// Customers that are not deleted.
    async fn customers(
        &self,
        filter: &CustomerFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Customer>>>;
}
