//! The worker: takes tasks and carries them out until it is told to stop.
//!
//! Each lane has its own turns, so that a slow panel does not hold up payments. Any number of
//! processes may run workers on one database: leases keep them apart.

use std::time::Duration;

use hosting_core::{model::Lane, work};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::state::AppState;

/// How long a turn that found nothing waits at most.
const IDLE: Duration = Duration::from_secs(1);
/// How long to wait after the database could not be asked.
const SORRY: Duration = Duration::from_secs(5);
/// How often runs are scheduled and odds and ends thrown away.
const CHORES: Duration = Duration::from_mins(1);
/// How often the test clock is looked up.
const CLOCK: Duration = Duration::from_secs(2);
/// Rows of each kind that one chore throws away.
const PURGED: u32 = 5_000;

/// Starts the worker's turns on `tasks`; they end after `stop`, each with the task it holds.
pub fn start(app: &AppState, tasks: &TaskTracker, stop: &CancellationToken) {
    let each = (app.config().workers / Lane::ALL.len()).max(1);
    for lane in Lane::ALL {
        for _ in 0..each {
            tasks.spawn(turns(app.clone(), *lane, stop.clone()));
        }
    }
    tasks.spawn(chores(app.clone(), stop.clone()));
    if app.test_clock().is_some() {
        tasks.spawn(follow_clock(app.clone(), stop.clone()));
    }
}

async fn turns(app: AppState, lane: Lane, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let wait = match work::tick(app.ports(), Some(lane), 1).await {
            Ok(done) if done.claimed > 0 => continue,
            Ok(_) => IDLE,
            Err(error) => {
                tracing::error!(%error, %lane, "a worker's turn failed");
                SORRY
            }
        };
        sleep(wait, &stop).await;
    }
}

async fn chores(app: AppState, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let ports = app.ports();
        if let Err(error) = work::schedule_runs(ports).await {
            tracing::error!(%error, "the recurring runs could not be scheduled");
        }
        if let Err(error) = ports.store.purge(ports.now(), PURGED).await {
            tracing::error!(%error, "what has expired could not be thrown away");
        }
        sleep(CHORES, &stop).await;
    }
}

async fn follow_clock(app: AppState, stop: CancellationToken) {
    let Some(clock) = app.test_clock() else { return };
    while !stop.is_cancelled() {
        if let Err(error) = clock.refresh(&*app.ports().store).await {
            tracing::warn!(%error, "the test clock could not be looked up");
        }
        sleep(CLOCK, &stop).await;
    }
}

async fn sleep(time: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = stop.cancelled() => {}
    }
}
