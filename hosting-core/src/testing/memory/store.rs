//! The store itself: one lock, and what passes through it.

use super::state::State;
use crate::{
    change::{ChangeSet, Receipt},
    kernel::Id,
    port::store::{Claim, Claimed, DoneBefore, Store, StoreError},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

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

    /// Makes the row of `table` with that stored id unreadable, as one is that a newer version of
    /// the program wrote: a noun's, a task's (`provision_tasks`) or a fact's (`events`).
    pub fn spoil(&self, table: &str, id: &str) {
        self.set_spoilt(table, id, true);
    }

    /// Makes such a row readable again.
    pub fn heal(&self, table: &str, id: &str) {
        self.set_spoilt(table, id, false);
    }

    fn set_spoilt(&self, table: &str, id: &str, is_spoilt: bool) {
        let Ok(id) = ulid::Ulid::from_string(id) else { return };
        let mut state = self.state();
        match table {
            "provision_tasks" => state.queue.spoil(Id::from_ulid(id), is_spoilt),
            "events" => state.journal.spoil(Id::from_ulid(id), is_spoilt),
            table => state.tables.spoil(table, id.0, is_spoilt),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
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

    async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError> {
        Ok(self.state().queue.claim(&claim))
    }

    async fn purge(&self, now: DateTime<Utc>, limit: u32) -> Result<u64, StoreError> {
        Ok(self.state().purge(now, limit))
    }

    async fn purge_done(&self, done: &DoneBefore, limit: u32) -> Result<u64, StoreError> {
        Ok(self.state().purge_done(done, limit))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
