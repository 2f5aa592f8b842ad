//! The database, seen from the core: a few questions, one write, one claim.
//!
//! Reads return values with the version they were read at. [`Store::commit`] is the only way to
//! change anything. Lists are keyset pages; nothing loads a whole table.

pub mod read;
pub mod work;

pub use read::{
    AccessRepository, AuditRepository, BillingRepository, CatalogRepository, CustomerFilter,
    CustomerRepository, IdempotencyRepository, InvoiceFilter, OrderFilter, OrderRepository,
    PaymentFilter, PromoRepository, ProvisioningRepository, SettingsRepository, SubscriptionFilter,
    SubscriptionRepository, TaxRepository, UserFilter, WebhookRepository,
};
pub use work::{Claim, LeasedTask, TaskFilter, TaskRepository};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::change::{ChangeSet, Receipt, Unique};

/// A durable store.
///
/// # The contract
///
/// [`commit`](Self::commit) applies a whole [`ChangeSet`] or nothing. It refuses with
///
/// * [`StoreError::Conflict`] when a changed or guarded row is not at its version any more, or a
///   lease was lost: load and decide again;
/// * [`StoreError::Duplicate`] when something that must be unique is already there: an idempotent
///   caller takes it as done;
/// * [`StoreError::LimitReached`] when a counter would pass its limit.
///
/// When several apply, any one of them is reported. Two claimers never hold one task at the same
/// time; a lease that ran out is taken over with `attempts` one higher. The executable form of this
/// contract is `testing::conformance::store`.
#[async_trait]
pub trait Store:
    AccessRepository
    + AuditRepository
    + BillingRepository
    + CatalogRepository
    + CustomerRepository
    + IdempotencyRepository
    + OrderRepository
    + PromoRepository
    + ProvisioningRepository
    + SettingsRepository
    + SubscriptionRepository
    + TaskRepository
    + TaxRepository
    + WebhookRepository
    + std::fmt::Debug
    + Send
    + Sync
{
    /// Applies all of `changes` or none of it.
    ///
    /// # Errors
    /// See the contract above.
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError>;

    /// Leases due tasks.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database cannot be asked.
    async fn claim(&self, claim: Claim) -> Result<Vec<LeasedTask>, StoreError>;

    /// Throws away what has expired and is no record of business: counters, kept answers, sessions
    /// and one-time tokens whose `expires_at` lies more than a day before `now`. At most `limit` rows
    /// of each; answers how many went. The one deletion there is, and not part of any decision.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database cannot be asked.
    async fn purge(&self, now: DateTime<Utc>, limit: u32) -> Result<u64, StoreError>;

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it does not.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else changed what this decision was based on: load and decide again.
    #[error("somebody else changed what this was based on ({what})")]
    Conflict {
        /// The table, or `lease`.
        what: &'static str,
    },
    /// The same thing is already there.
    #[error("it is already there ({0})")]
    Duplicate(Unique),
    /// A counter would pass its limit.
    #[error("the limit of `{counter}` is reached")]
    LimitReached {
        /// The counter's name.
        counter: String,
    },
    /// The database could not be asked, or asked to be asked again.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What is stored does not make sense to this version of the program.
    #[error("stored {table}.{column} is not understood: {text}")]
    Corrupt {
        /// Where.
        table: &'static str,
        /// In which column.
        column: &'static str,
        /// What is wrong with it; never the content of a secret column.
        text: String,
    },
    /// Anything else; a bug or a misconfiguration.
    #[error("the database refused: {0}")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// Whether the same call may succeed later without anything else changing.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Whether loading and deciding again is the right answer.
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }
}
