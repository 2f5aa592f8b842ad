//! A [`Store`] in memory: the contract in its shortest form.
//!
//! One mutex holds everything, so each commit is one transaction. A commit is checked whole against
//! what is there and then applied; nothing is copied, and nothing can fail once applying begins.
//! The rules it keeps are those of the SQL stores: versions, unique keys, foreign keys, counters,
//! series, leases. Deliberately absent: durability.

mod counters;
mod journal;
mod queue;
mod read;
mod rows;
mod schema;
mod state;

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{
    change::{ChangeSet, Receipt},
    port::store::{Claim, LeasedTask, Store, StoreError},
};
use state::State;

/// A store that forgets everything when it is dropped.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        self.state().commit(changes)
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<LeasedTask>, StoreError> {
        Ok(self.state().queue.claim(&claim))
    }

    async fn purge(&self, now: DateTime<Utc>, limit: u32) -> Result<u64, StoreError> {
        Ok(self.state().purge(now, limit))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
