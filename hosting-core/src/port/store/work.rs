//! The queue, as workers and staff see it.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::StoreError;
use crate::{
    kernel::{Page, PageRequest},
    model::{Job, Lane, Lease, SubscriptionId, Task, TaskAction, TaskId, TaskStatus},
};

/// A request for work.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Unique to this claim; fences off a worker that overslept. At most 64 characters.
    pub token: String,
    /// The present instant.
    pub now: DateTime<Utc>,
    /// How long the tasks are held.
    pub lease: TimeDelta,
    /// Only tasks of this lane.
    pub lane: Option<Lane>,
    /// Only this task, due or not yet due; still only when it is free.
    pub only: Option<TaskId>,
    /// At most so many, earliest due first.
    pub limit: u32,
}

/// A task that this worker holds until `lease.until`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedTask {
    /// The proof of holding it.
    pub lease: Lease,
    /// What to do.
    pub job: Job,
    /// Names the intended effect.
    pub key: String,
    /// How often it was claimed, this time included. Above 1: look before acting (law 3).
    pub attempts: i64,
    /// After how many it is given up.
    pub max_attempts: i64,
    /// The crowd it is held in, if any.
    pub crowd_key: Option<String>,
}

/// What a claim leased.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claimed {
    /// Work to be done.
    pub tasks: Vec<LeasedTask>,
    /// Tasks that this version of the program cannot read: to be given up, for staff to see.
    pub unreadable: Vec<UnreadableTask>,
}

impl Claimed {
    /// Whether nothing was leased.
    pub const fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.unreadable.is_empty()
    }
}

/// A task that this worker holds and cannot read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableTask {
    /// The proof of holding it.
    pub lease: Lease,
    /// What could not be read and why; never the content of a secret column.
    pub why: String,
}

/// Which tasks to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Only these.
    pub status: Option<TaskStatus>,
    /// Only these.
    pub action: Option<TaskAction>,
    /// Only those about this service; see [`Job::subscription_id`](crate::model::Job::subscription_id).
    pub subscription_id: Option<SubscriptionId>,
}

/// Questions about the queue.
///
/// ```
/// # use std::sync::Arc;
/// # use hosting_core::{model::{Actor, Subject}, service::orders::place_order};
/// # use hosting_core::testing::{Fate, MemoryStore, TestShop};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
/// let (cart, guest) = (shop.cart("nusakopi.com", None).await, Actor::Guest);
/// let (order, invoice) = place_order(&shop.ports, &guest, cart, shop.customer_id).await?;
/// let waiting = shop.store.tasks(&Default::default(), &Default::default()).await?;
/// assert!(!waiting.items.is_empty(), "the customer is told of the invoice");
/// # let _ = (order, invoice);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait TaskRepository: Send + Sync {
    /// One task. Its version is always 1: the queue's own columns are changed by claims and
    /// settlements only.
    async fn task(&self, id: TaskId) -> Result<Option<Task>, StoreError>;
    /// Tasks, newest first.
    async fn tasks(
        &self,
        filter: &TaskFilter,
        page: &PageRequest,
    ) -> Result<Page<Task>, StoreError>;
    /// How many tasks wait, are held, and were given up, in the order of the statuses. What
    /// succeeded is not counted: it is no work any more, and there may be any number of it.
    async fn task_counts(&self) -> Result<Vec<(TaskStatus, i64)>, StoreError>;
    /// When the earliest live task of `lane` may be taken; `None` when there is none.
    async fn next_due(&self, lane: Option<Lane>) -> Result<Option<DateTime<Utc>>, StoreError>;
}
