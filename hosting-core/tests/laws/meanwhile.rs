//! A store at which somebody else is quicker: something is done just before a commit.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
};

use hosting_core::{
    change::{ChangeSet, Receipt},
    port::{Store, StoreError},
    stand_before_commits,
};

/// What somebody else does.
type Deed = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Lets `deed` be done before the first commit that `strikes`.
pub(crate) struct Meanwhile {
    inner: Arc<dyn Store>,
    strikes: fn(&ChangeSet) -> bool,
    deed: Mutex<Option<Deed>>,
}

stand_before_commits!(Meanwhile);

impl Meanwhile {
    pub(crate) fn new(
        inner: Arc<dyn Store>,
        strikes: fn(&ChangeSet) -> bool,
        deed: impl Future<Output = ()> + Send + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { inner, strikes, deed: Mutex::new(Some(Box::pin(deed))) })
    }

    /// Whether it came to that.
    pub(crate) fn is_done(&self) -> bool {
        self.deed.lock().unwrap().is_none()
    }

    async fn before_commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        let deed = if (self.strikes)(&changes) { self.deed.lock().unwrap().take() } else { None };
        if let Some(deed) = deed {
            deed.await;
        }
        self.inner.commit(changes).await
    }
}

impl fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meanwhile").finish_non_exhaustive()
    }
}
