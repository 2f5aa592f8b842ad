//! What the shop keeps about itself.

use async_trait::async_trait;

use super::Answer;
use crate::port::store::{Rows, StoreError};
use crate::{
    kernel::{Page, PageRequest, Versioned},
    model::{
        Event, Heartbeat, KeptAnswer, Setting, ShopSettings, Subject, WebhookEvent, WebhookEventId,
    },
};

/// Questions about settings.
///
/// ```
/// # use std::sync::Arc;
/// # use hosting_core::testing::{Fate, MemoryStore, TestShop};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
/// let settings = shop.store.shop().await?;
/// assert_eq!(settings.zone.to_string(), "Asia/Jakarta");
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait SettingsRepository: Send + Sync {
    /// One setting.
    async fn setting(&self, key: &str) -> Answer<Option<Versioned<Setting>>>;
    /// The settings whose keys are `folder/…`, by key; at most 200.
    async fn settings_in(&self, folder: &str) -> Answer<Rows<Versioned<Setting>>>;

    /// The shop's settings: the stored document under `shop`, or the defaults.
    async fn shop(&self) -> Answer<ShopSettings> {
        document(self.setting("shop").await?)
    }

    /// When this installation ran: the stored document under `heartbeat`, or nothing.
    async fn heartbeat(&self) -> Answer<Heartbeat> {
        document(self.setting("heartbeat").await?)
    }
}

fn document<T: Default + serde::de::DeserializeOwned>(
    stored: Option<Versioned<Setting>>,
) -> Answer<T> {
    let Some(stored) = stored else { return Ok(T::default()) };
    serde_json::from_value(stored.value.value).map_err(|error| StoreError::Corrupt {
        table: "settings",
        column: "value",
        text: error.to_string(),
    })
}

/// Questions about the journal.
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
/// let facts = shop.store.events_of(&Subject::from(order), &Default::default()).await?;
/// assert_eq!(facts.items[0].1.body.name(), "OrderPlaced");
/// # let _ = invoice;
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait AuditRepository: Send + Sync {
    /// Facts after position `after` in the order the database gave them, at most `limit`, each with
    /// its position. This is the outbox: a listener stores the last position it has dealt with.
    async fn events_after(&self, after: i64, limit: u32) -> Answer<Rows<(i64, Event), i64>>;
    /// How many facts there are after position `after`; counted up to `at_most`.
    async fn count_after(&self, after: i64, at_most: u32) -> Answer<i64>;
    /// Facts about one subject, newest first, by position.
    async fn events_of(&self, subject: &Subject, page: &PageRequest) -> Answer<Page<(i64, Event)>>;
}

/// Questions about the webhook inbox.
///
/// ```
/// # use std::sync::Arc;
/// # use hosting_core::testing::{Fate, MemoryStore, TestShop};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
/// assert!(shop.store.webhook_events(&Default::default()).await?.items.is_empty());
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait WebhookRepository: Send + Sync {
    /// One message.
    async fn webhook_event(&self, id: WebhookEventId) -> Answer<Option<Versioned<WebhookEvent>>>;
    /// Messages.
    async fn webhook_events(&self, page: &PageRequest) -> Answer<Page<Versioned<WebhookEvent>>>;
}

/// Questions about kept answers.
///
/// ```
/// # use std::sync::Arc;
/// # use hosting_core::testing::{Fate, MemoryStore, TestShop};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
/// assert!(shop.store.kept_answer("usr_of_nobody", "first try").await?.is_none());
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait IdempotencyRepository: Send + Sync {
    /// The answer kept for that principal under that name.
    async fn kept_answer(
        &self,
        principal: &str,
        name: &str,
    ) -> Answer<Option<Versioned<KeptAnswer>>>;
}
