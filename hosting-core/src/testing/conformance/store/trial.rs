//! What a store is tried with.

use crate::port::Store;
use std::{future::Future, pin::Pin, sync::Arc};

/// Work for a runtime.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Starts work at once, beside the caller; what it returns ends when the work does, and panics when
/// the work panicked. The core has no runtime, so whoever runs the rules brings this.
pub type Spawn = fn(Work) -> Work;

/// A store to be tried, and whatever must live as long as it does.
pub trait Trial: Send {
    /// The store.
    fn store(&self) -> Arc<dyn Store>;
}

impl<S: Store + 'static> Trial for Arc<S> {
    fn store(&self) -> Arc<dyn Store> {
        self.clone()
    }
}

impl Trial for Arc<dyn Store> {
    fn store(&self) -> Arc<dyn Store> {
        self.clone()
    }
}

/// The second is dropped when the rule has run, e.g. a temporary directory.
impl<S: Store + 'static, T: Send> Trial for (Arc<S>, T) {
    fn store(&self) -> Arc<dyn Store> {
        self.0.clone()
    }
}
