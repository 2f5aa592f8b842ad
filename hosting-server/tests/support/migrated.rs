//! The schema of a store that has none to bring up to date.

use async_trait::async_trait;
use hosting_core::port::StoreError;
use hosting_server::store::Schema;

#[derive(Debug)]
pub(crate) struct Migrated;

#[async_trait]
impl Schema for Migrated {
    async fn pending(&self) -> Result<u64, StoreError> {
        Ok(0)
    }
    async fn migrate(&self) -> Result<u64, StoreError> {
        Ok(0)
    }
}
