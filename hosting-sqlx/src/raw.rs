//! The yardstick: the same rows by the same batches, without rules.
//!
//! Benches compare commits with this. It checks no version, takes no lock, numbers nothing; it is no
//! way to write to a shop.

use hosting_core::{change::ChangeSet, port::StoreError};

use crate::{store::SqlStore, write};

impl SqlStore {
    /// Writes the rows, events and tasks of `changes` in one transaction.
    ///
    /// # Errors
    /// As the database says.
    #[doc(hidden)]
    pub async fn write_raw(&self, changes: &ChangeSet) -> Result<(), StoreError> {
        let mut tx = self.db().begin().await?;
        write::raw(&mut tx, changes).await?;
        tx.commit().await
    }
}
