//! The store's part in `Idempotency-Key`: the effect's own commit says that it happened.
//!
//! A request with a key is worked on inside [`working_on`]. The first change set that it commits takes
//! the kept row along, from `in_progress` to `committed`, in the same transaction; every later one is
//! guarded by it. So the row tells for certain whether anything became true, whatever became of the
//! process, the connection or the answer; and a request whose row was taken over by a repeat (the row's
//! version says so) can make nothing true any more.
//!
//! Two kinds of change sets are no effect of a request and pass untouched: those that only count
//! (attempts of a login, which happen whether or not the request gets anywhere), and those that end a
//! worker's attempt at a task, which the task's own lease guards. What a handler spawns runs outside of
//! [`working_on`]: it carries out tasks that are stored already, and the queue does those once.

use std::{mem, sync::Arc};

use hosting_core::{
    change::{ChangeSet, Receipt},
    kernel::Versioned,
    model::{KeptAnswer, idempotency::KeptAnswerTrigger},
    port::{Clock, StoreError, store::Store},
};
use tokio::sync::Mutex;

tokio::task_local! {
    static KEPT: Arc<Mutex<Versioned<KeptAnswer>>>;
}

/// Runs `work` as the request that `row` stands for; answers the row as `work` left it, too.
///
/// When a commit of `work` was cut off, the stored row may be one version further than that.
pub(crate) async fn working_on<F: Future>(
    row: Versioned<KeptAnswer>,
    work: F,
) -> (F::Output, Versioned<KeptAnswer>) {
    let kept = Arc::new(Mutex::new(row));
    let output = KEPT.scope(Arc::clone(&kept), work).await;
    let row = kept.lock().await.clone();
    (output, row)
}

/// Any store, whose commits take the row of the request along that they are made for.
#[derive(Debug)]
pub(crate) struct KeyedStore {
    inner: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl KeyedStore {
    /// Puts itself in front of `inner`.
    pub(crate) fn new(inner: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock }
    }
}

/// Whether committing `changes` makes something true that a repeat would make true again.
fn is_effect(changes: &mut ChangeSet) -> bool {
    let takes = mem::take(&mut changes.takes);
    let is_effect = !changes.is_empty() && changes.settlements.is_empty();
    changes.takes = takes;
    is_effect
}

impl KeyedStore {
    async fn before_commit(&self, mut changes: ChangeSet) -> Result<Receipt, StoreError> {
        let kept = KEPT.try_with(Arc::clone).ok().filter(|_| is_effect(&mut changes));
        let Some(kept) = kept else {
            return self.inner.commit(changes).await;
        };
        // Held over the commit: of two at once, the second is to know what became of the first.
        let mut row = kept.lock().await;
        let Ok(status) = row.status.on(KeptAnswerTrigger::Committed) else {
            changes.guard(&*row);
            return self.inner.commit(changes).await;
        };
        let updated_at = self.clock.now();
        let value = KeptAnswer { status, updated_at, ..row.value.clone() };
        changes.kept_answers.change(Versioned::new(value.clone(), row.version));
        let receipt = self.inner.commit(changes).await?;
        *row = Versioned::new(value, row.version + 1);
        Ok(receipt)
    }
}

hosting_core::stand_before_commits!(KeyedStore);
