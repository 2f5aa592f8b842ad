//! What runs, and where.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Answer, Due};
use crate::port::store::Rows;
use crate::{
    kernel::{Page, PageRequest, Versioned},
    model::{
        CustomerId, Cycle, InvoiceId, PanelAccount, PanelAccountId, Server, ServerId, Subscription,
        SubscriptionId, SubscriptionStatus,
    },
};

/// Which subscriptions to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriptionFilter {
    /// Only this customer's.
    pub customer_id: Option<CustomerId>,
    /// Only these.
    pub status: Option<SubscriptionStatus>,
}

/// Questions about subscriptions.
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
/// let services = shop.store.subscriptions_of_invoice(invoice).await?;
/// assert_eq!(services.len(), 1, "one line, one service");
/// # let _ = order;
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait SubscriptionRepository: Send + Sync {
    /// One subscription.
    async fn subscription(&self, id: SubscriptionId) -> Answer<Option<Versioned<Subscription>>>;
    /// Subscriptions.
    async fn subscriptions(
        &self,
        filter: &SubscriptionFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Subscription>>>;
    /// The subscriptions that lines of this invoice pay for, by id.
    async fn subscriptions_of_invoice(&self, id: InvoiceId)
    -> Answer<Vec<Versioned<Subscription>>>;
    /// Subscriptions that are trialing, active, past due or suspended and whose `next_renewal_at`
    /// has come, earliest first, after the `(next_renewal_at, id)` given; at most `limit`.
    async fn subscriptions_to_renew(
        &self,
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, SubscriptionId)>,
        limit: u32,
    ) -> Answer<Due<Subscription, SubscriptionId>>;
    /// Subscriptions that are to be switched on — trialing, active or past due — and whose account is
    /// neither made nor given up, oldest first, after the one given; at most `limit`.
    async fn subscriptions_to_make(
        &self,
        after: Option<SubscriptionId>,
        limit: u32,
    ) -> Answer<Rows<Versioned<Subscription>, SubscriptionId>>;
    /// Subscriptions not ended whose `cancel_at` has come, earliest first, after the
    /// `(cancel_at, id)` given; at most `limit`.
    async fn subscriptions_to_cancel(
        &self,
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, SubscriptionId)>,
        limit: u32,
    ) -> Answer<Due<Subscription, SubscriptionId>>;
    /// Subscriptions suspended or cancelled whose `terminate_at` has come, earliest first, after the
    /// `(terminate_at, id)` given; at most `limit`.
    async fn subscriptions_to_terminate(
        &self,
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, SubscriptionId)>,
        limit: u32,
    ) -> Answer<Due<Subscription, SubscriptionId>>;
    /// A subscription's billed periods, newest first; at most 1000.
    async fn cycles_of(&self, id: SubscriptionId) -> Answer<Vec<Versioned<Cycle>>>;
    /// The billed periods that this invoice is for.
    async fn cycles_of_invoice(&self, id: InvoiceId) -> Answer<Vec<Versioned<Cycle>>>;
}

/// Questions about servers and accounts.
///
/// ```
/// # use std::sync::Arc;
/// # use hosting_core::testing::{Fate, MemoryStore, TestShop};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
/// let servers = shop.store.every_server(&Default::default()).await?.items;
/// assert_eq!(shop.store.server(servers[0].id).await?.as_ref(), servers.first());
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait ProvisioningRepository: Send + Sync {
    /// One server.
    async fn server(&self, id: ServerId) -> Answer<Option<Versioned<Server>>>;
    /// Servers that are not deleted, by name; at most 1000.
    async fn servers(&self) -> Answer<Rows<Versioned<Server>>>;
    /// Every server, deleted ones among them.
    async fn every_server(&self, page: &PageRequest) -> Answer<Page<Versioned<Server>>>;
    /// How many live accounts each server of a group holds, for the servers that are active and not
    /// deleted.
    async fn group_load(&self, server_group: &str) -> Answer<Rows<(Versioned<Server>, i64)>>;
    /// One account.
    async fn panel_account(&self, id: PanelAccountId) -> Answer<Option<Versioned<PanelAccount>>>;
    /// A subscription's account.
    async fn account_of(&self, id: SubscriptionId) -> Answer<Option<Versioned<PanelAccount>>>;
    /// Every account, removed ones among them.
    async fn every_account(&self, page: &PageRequest) -> Answer<Page<Versioned<PanelAccount>>>;
    /// A server's accounts.
    async fn accounts_on(
        &self,
        id: ServerId,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<PanelAccount>>>;
}
