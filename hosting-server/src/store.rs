//! Opening the database that configuration names.

pub(crate) mod keyed;

use std::sync::Arc;

use async_trait::async_trait;
use hosting_core::port::{Store, StoreError};
use hosting_sqlx::{ConnectError, MigrateError, SqlStore, StoreOptions};

use crate::config::Config;

/// Whether the database's schema is the one this program was written for.
#[async_trait]
pub trait Schema: std::fmt::Debug + Send + Sync {
    /// How many migrations are still to be applied.
    ///
    /// # Errors
    /// The database cannot be asked, or is from the future.
    async fn pending(&self) -> Result<u64, StoreError>;

    /// Applies them; answers how many there were.
    ///
    /// # Errors
    /// A migration failed; the database says why.
    async fn migrate(&self) -> Result<u64, StoreError>;
}

/// An opened database.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Its schema.
    pub schema: Arc<dyn Schema>,
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn refused(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Store(error) => error,
        other => StoreError::Refused(Box::new(other)),
    }
}

#[async_trait]
impl Schema for SqlStore {
    async fn pending(&self) -> Result<u64, StoreError> {
        self.pending_migrations().await.map(|it| count(it.len())).map_err(refused)
    }

    async fn migrate(&self) -> Result<u64, StoreError> {
        Self::migrate(self).await.map(|it| count(it.len())).map_err(refused)
    }
}

/// Opens the database that configuration names. The schema is not touched.
///
/// # Errors
/// A [`ConnectError`]; it never repeats the address, which may hold a password.
pub async fn open_store(config: &Config) -> Result<Opened, ConnectError> {
    let mut options = StoreOptions::default();
    options.max_connections = config.database_connections;
    let store = Arc::new(SqlStore::connect_with(config.database_url.expose(), &options).await?);
    Ok(Opened { store: Arc::clone(&store) as Arc<dyn Store>, schema: store })
}
