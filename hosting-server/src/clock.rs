//! The only place that asks the machine for the time (law 11).

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use hosting_core::{
    change::ChangeSet,
    decide::Context,
    kernel::Versioned,
    model::{DomainEvent, Setting},
    port::{Clock, Store, StoreError},
};

use crate::reality::Real;

/// The setting that holds the test clock's offset.
pub const TEST_CLOCK: &str = "test_clock";
/// How far ahead of the machine's clock the test clock may be.
pub const MOST_AHEAD: TimeDelta = TimeDelta::days(3660);

/// The machine's clock, to the millisecond.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(3)
    }
}

/// A clock that staff move forward: the machine's clock plus an offset.
///
/// The offset lives in the settings table under [`TEST_CLOCK`], so that all replicas and every
/// restart agree; [`refresh`](Self::refresh) brings this replica up to date. It never goes back.
#[derive(Debug, Default)]
pub struct ShiftedClock {
    machine: SystemClock,
    offset_ms: AtomicI64,
}

/// Why the test clock does not move.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// Time does not run backwards, and the calendar ends.
    #[error("the test clock moves forward only, and at most ten years ahead in all")]
    OutOfRange,
    /// Something real would live through it.
    #[error("time cannot be moved: {0}")]
    Real(Real),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

impl ShiftedClock {
    /// A clock without an offset yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// How far ahead of the machine's clock it is.
    pub fn offset(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.offset_ms.load(Ordering::Relaxed))
    }

    /// Takes the stored offset over.
    ///
    /// # Errors
    /// A store that failed.
    pub async fn refresh(&self, store: &dyn Store) -> Result<(), StoreError> {
        let stored = store.setting(TEST_CLOCK).await?;
        self.offset_ms.fetch_max(stored.as_ref().map_or(0, stored_offset), Ordering::Relaxed);
        Ok(())
    }

    /// Moves the clock of all replicas forward and tells what time it is then. The others follow with
    /// their next [`refresh`](Self::refresh).
    ///
    /// # Errors
    /// A [`ClockError`].
    pub async fn advance(
        &self,
        store: &dyn Store,
        ctx: &Context<'_>,
        by: TimeDelta,
    ) -> Result<DateTime<Utc>, ClockError> {
        if by <= TimeDelta::zero() || by > MOST_AHEAD {
            return Err(ClockError::OutOfRange);
        }
        loop {
            let stored = store.setting(TEST_CLOCK).await?;
            let offset = stored.as_ref().map_or(0, stored_offset) + by.num_milliseconds();
            if offset > MOST_AHEAD.num_milliseconds() {
                return Err(ClockError::OutOfRange);
            }
            match store.commit(moved(ctx, stored, offset)).await {
                Ok(_) => {
                    self.offset_ms.fetch_max(offset, Ordering::Relaxed);
                    return Ok(self.now());
                }
                Err(StoreError::Conflict { .. } | StoreError::Duplicate(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// How far the test clock of this database is ahead of the machine's, whether it is on or off.
///
/// # Errors
/// A store that failed.
pub async fn stored_ahead(store: &dyn Store) -> Result<TimeDelta, StoreError> {
    let stored = store.setting(TEST_CLOCK).await?;
    Ok(TimeDelta::milliseconds(stored.as_ref().map_or(0, stored_offset)))
}

fn stored_offset(setting: &Versioned<Setting>) -> i64 {
    setting.value.value.get("offset_ms").and_then(serde_json::Value::as_i64).unwrap_or(0).max(0)
}

fn moved(ctx: &Context<'_>, stored: Option<Versioned<Setting>>, offset: i64) -> ChangeSet {
    let mut changes = ChangeSet::default();
    let value = serde_json::json!({ "offset_ms": offset });
    let id = stored.as_ref().map_or_else(|| ctx.id(), |it| it.id);
    match stored {
        Some(before) => {
            let after = Setting { value, updated_at: ctx.now(), ..before.value.clone() };
            changes.settings.change(before.with(after));
        }
        None => changes.settings.add(Setting {
            id,
            key: TEST_CLOCK.to_owned(),
            value,
            created_at: ctx.now(),
            updated_at: ctx.now(),
        }),
    }
    let body = DomainEvent::ConfigurationChanged { what: TEST_CLOCK.to_owned() };
    ctx.record(&mut changes, id, body);
    changes
}

impl Clock for ShiftedClock {
    fn now(&self) -> DateTime<Utc> {
        let now = self.machine.now();
        now.checked_add_signed(self.offset()).unwrap_or(now)
    }
}

/// Measures how long something takes, for logs and metrics.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts it.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// How long ago it was started.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
