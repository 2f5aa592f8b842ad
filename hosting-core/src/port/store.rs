//! The database, seen from the core: a few questions, one write, one claim.
//!
//! Reads return values with the version they were read at. [`Store::commit`] is the only way to
//! change anything. Lists are keyset pages; nothing loads a whole table.

mod pass_on;
pub mod read;
mod rows;
pub mod work;

pub use read::{
    AccessRepository, AuditRepository, BillingRepository, CatalogRepository, CustomerFilter,
    CustomerRepository, IdempotencyRepository, InvoiceFilter, OrderFilter, OrderRepository,
    PaymentFilter, PromoRepository, ProvisioningRepository, SettingsRepository, SubscriptionFilter,
    SubscriptionRepository, TaxRepository, UserFilter, WebhookRepository,
};
pub use rows::{Rows, Unreadable};
pub use work::{Claim, Claimed, LeasedTask, TaskFilter, TaskRepository, UnreadableTask};

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
/// time; a lease that ran out is taken over with `attempts` one higher. Nor are two tasks held that
/// must not run together, or more of a crowd than its limit
/// ([`NewTask::alone`](crate::change::NewTask::alone),
/// [`NewTask::among`](crate::change::NewTask::among)). The executable form of this contract is
/// `testing::conformance::store`.
///
/// A row that cannot be read is an error ([`StoreError::Corrupt`]) where a decision needs all of the
/// rows; in what falls due and in lists it is told beside the others, see [`Rows`].
///
/// ```
/// # use std::sync::Arc;
/// use hosting_core::{change::ChangeSet, port::StoreError, testing::{Fate, MemoryStore, TestShop}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
/// let read = shop.store.customer(shop.customer_id).await?.ok_or("the shop has one")?;
/// let mut changes = ChangeSet::default();
/// changes.customers.change(read.with(read.value.clone()));
/// shop.store.commit(changes.clone()).await?;
/// // The same again is based on what is not so any more.
/// let again = shop.store.commit(changes).await;
/// assert!(matches!(again, Err(StoreError::Conflict { what: "customers" })));
/// # Ok(())
/// # }
/// ```
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

    /// Leases due tasks. A task that cannot be read is leased too and told apart, so that whoever
    /// claimed it can give it up.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database cannot be asked.
    async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError>;

    /// Throws away what has expired and is no record of business: counters, kept answers, sessions
    /// and one-time tokens whose `expires_at` lies more than a day before `now`, and open carts of
    /// guests that nobody touched for [`GUEST_CART_DAYS`]. At most `limit` rows of each; answers how
    /// many went. The one deletion there is, and not part of any decision.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database cannot be asked.
    async fn purge(&self, now: DateTime<Utc>, limit: u32) -> Result<u64, StoreError>;

    /// Throws away work that is done and was kept long enough: tasks that succeeded, gateways'
    /// messages that were dealt with. At most `limit` rows of each; answers how many went. Dead
    /// letters, what still waits and what carries business history is never touched.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database cannot be asked.
    async fn purge_done(&self, done: &DoneBefore, limit: u32) -> Result<u64, StoreError>;

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it does not.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// What of the work that is done need not be kept any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoneBefore {
    /// Tasks that were made before this instant and succeeded before it.
    pub tasks: DateTime<Utc>,
    /// Gateways' messages that came before this instant and were dealt with before it.
    pub webhooks: DateTime<Utc>,
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

/// After how many days without a change a guest's open cart is thrown away: as long as the browser that
/// opened it remembers it.
pub const GUEST_CART_DAYS: u64 = 30;
