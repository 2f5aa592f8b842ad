//! Moving the test clock forward, day by day, so that everything a day brings happens on that day.
//!
//! Jumping a month at once would look like a month in which nobody was there, and grace would grow
//! by it. So the clock goes in steps of a day at most; after each the hourly runs are scheduled and
//! the queue is worked until nothing is due.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hosting_core::{
    decide::Context,
    kernel::PageRequest,
    model::{Actor, TaskStatus},
    port::{StoreError, store::TaskFilter},
    work,
};

use crate::{
    clock::{ClockError, ShiftedClock, Stopwatch},
    reality::first_real,
    state::AppState,
};

/// The longest step.
const STEP: TimeDelta = TimeDelta::days(1);
/// How long one step may take to come to rest before the clock goes on without it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Moves `clock` forward by `by` and works off what becomes due on the way. Never where a provider is
/// real.
///
/// # Errors
/// A [`ClockError`]; what was reached until then stays.
pub async fn advance(
    app: &AppState,
    clock: &ShiftedClock,
    actor: &Actor,
    by: TimeDelta,
) -> Result<DateTime<Utc>, ClockError> {
    if let Some(real) = first_real(app).await? {
        return Err(ClockError::Real(real));
    }
    let mut left = by;
    while left > TimeDelta::zero() {
        let step = left.min(STEP);
        let context = Context::new(app.mint(), actor);
        clock.advance(&*app.ports().store, &context, step).await?;
        left -= step;
        work::schedule_runs(app.ports()).await?;
        come_to_rest(app).await?;
    }
    Ok(app.ports().now())
}

/// Works until no task is due and none is held by another worker.
///
/// # Errors
/// A store that failed.
pub async fn come_to_rest(app: &AppState) -> Result<(), StoreError> {
    let watch = Stopwatch::start();
    while watch.elapsed() < PATIENCE {
        if work::tick(app.ports(), None, 16).await?.claimed > 0 {
            continue;
        }
        if !somebody_works(app).await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tracing::warn!("the queue did not come to rest; the clock goes on");
    Ok(())
}

async fn somebody_works(app: &AppState) -> Result<bool, StoreError> {
    let filter = TaskFilter { status: Some(TaskStatus::Running), ..TaskFilter::default() };
    let held = app.ports().store.tasks(&filter, &PageRequest::first(1)).await?;
    Ok(!held.items.is_empty())
}
