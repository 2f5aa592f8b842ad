//! Everything a use case may reach, handed in once.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};

use crate::{
    decide::Books,
    kernel::Mint,
    port::{
        Clock, Entropy, LetterWriter, Mailer, PaymentGateway, ProvisioningAdapter, SecretBox,
        Store, StoreError,
    },
};

/// Adapters by name.
#[derive(Debug)]
pub struct Directory<T: ?Sized>(BTreeMap<String, Arc<T>>);

impl<T: ?Sized> Directory<T> {
    /// An empty directory.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Registers an adapter under `name`; the last one registered counts.
    pub fn insert(&mut self, name: impl Into<String>, adapter: Arc<T>) {
        self.0.insert(name.into(), adapter);
    }

    /// The adapter of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<T>> {
        self.0.get(name)
    }

    /// All adapters, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<T>)> {
        self.0.iter().map(|(name, adapter)| (name.as_str(), adapter))
    }
}

impl<T: ?Sized> Default for Directory<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ?Sized> Clone for Directory<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Everything a use case may reach.
#[derive(Debug, Clone)]
pub struct Ports {
    /// The database.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The dice.
    pub entropy: Arc<dyn Entropy>,
    /// The key ring.
    pub secrets: Arc<dyn SecretBox>,
    /// Payment gateways by name.
    pub gateways: Directory<dyn PaymentGateway>,
    /// Panel adapters by name.
    pub panels: Directory<dyn ProvisioningAdapter>,
    /// Who carries mail.
    pub mailer: Arc<dyn Mailer>,
    /// Who writes it.
    pub letters: Arc<dyn LetterWriter>,
}

impl Ports {
    /// The present instant and the dice.
    pub fn mint(&self) -> Mint<'_> {
        Mint::at(self.clock.now(), &*self.entropy)
    }

    /// The present instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The shop's rules as they are now.
    ///
    /// # Errors
    /// A store that failed; settings that cannot be used.
    pub async fn books(&self) -> Result<Books, StoreError> {
        books(&*self.store).await
    }

    /// 24 random bytes for sealing.
    pub fn nonce(&self) -> [u8; 24] {
        let mut nonce = [0; 24];
        for (to, from) in nonce.iter_mut().zip(self.entropy.bytes()) {
            *to = from;
        }
        nonce
    }
}

/// The shop's rules as they are now.
///
/// # Errors
/// A store that failed; settings that cannot be used.
pub(super) async fn books(store: &dyn Store) -> Result<Books, StoreError> {
    let shop = store.shop().await?;
    let rules = store.tax_rules().await?.into_iter().map(|it| it.value).collect();
    let outages = store.heartbeat().await?.outages;
    Books::new(shop, rules, outages).map_err(|error| StoreError::Corrupt {
        table: "settings",
        column: "value",
        text: error.to_string(),
    })
}
