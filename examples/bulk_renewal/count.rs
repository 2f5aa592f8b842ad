//! Counts statements: the database driver reports each one that it sends.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tracing::{
    Event, Metadata, Subscriber,
    span::{Attributes, Id, Record},
    subscriber::{Interest, SetGlobalDefaultError},
};

static COUNTS: AtomicBool = AtomicBool::new(false);
static SEEN: AtomicU64 = AtomicU64::new(0);

/// Hears the driver's reports while counting, and nothing else.
struct Listener;

impl Subscriber for Listener {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.target() == "sqlx::query" { Interest::sometimes() } else { Interest::never() }
    }
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        COUNTS.load(Ordering::Relaxed) && metadata.target() == "sqlx::query"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {
        SEEN.fetch_add(1, Ordering::Relaxed);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Starts to listen.
pub(crate) fn listen() -> Result<(), SetGlobalDefaultError> {
    tracing::subscriber::set_global_default(Listener)
}

/// From now on statements are counted.
pub(crate) fn begin() {
    SEEN.store(0, Ordering::Relaxed);
    COUNTS.store(true, Ordering::Relaxed);
}

/// How many there were.
pub(crate) fn end() -> u64 {
    COUNTS.store(false, Ordering::Relaxed);
    SEEN.load(Ordering::Relaxed)
}
