//! A store whose process can die, or whose line can break, before and after each commit and each claim.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::fate::{Blow, Fate, Place, Struck};
use crate::{
    change::{ChangeSet, Receipt},
    port::{
        StoreError,
        store::{Claim, Claimed, DoneBefore, Store},
    },
};

/// Any store, under a [`Fate`].
#[derive(Debug)]
pub struct FatedStore {
    inner: Arc<dyn Store>,
    fate: Arc<Fate>,
}

impl FatedStore {
    /// Puts `inner` under `fate`.
    pub fn new(inner: Arc<dyn Store>, fate: Arc<Fate>) -> Self {
        Self { inner, fate }
    }

    fn pass(&self, place: Place) -> Result<(), StoreError> {
        self.fate.pass(place).map_err(|struck| StoreError::Unavailable(Box::new(struck)))
    }
}

#[async_trait]
impl Store for FatedStore {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        match self.fate.meet(Place::Commit) {
            None => {}
            Some(Blow::Forget) => return Ok(Receipt::default()),
            Some(blow) => return Err(StoreError::Unavailable(Box::new(Struck(blow)))),
        }
        let receipt = self.inner.commit(changes).await?;
        self.pass(Place::Committed)?;
        Ok(receipt)
    }
    async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError> {
        if self.fate.is_dead() {
            return Err(StoreError::Unavailable(Box::new(Struck(Blow::Die))));
        }
        let claimed = self.inner.claim(claim).await?;
        // Finding nothing to do has no effect that a death could cut in half.
        if !claimed.is_empty() {
            self.pass(Place::Claimed)?;
        }
        Ok(claimed)
    }
    async fn purge(&self, now: DateTime<Utc>, limit: u32) -> Result<u64, StoreError> {
        self.pass(Place::Purge)?;
        self.inner.purge(now, limit).await
    }
    async fn purge_done(&self, done: &DoneBefore, limit: u32) -> Result<u64, StoreError> {
        self.pass(Place::Purge)?;
        self.inner.purge_done(done, limit).await
    }
    async fn ping(&self) -> Result<(), StoreError> {
        self.inner.ping().await
    }
}

// Asking has no effect that a death could cut in half.
crate::pass_questions_on!(FatedStore);
