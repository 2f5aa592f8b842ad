//! The worker: takes tasks and carries them out until it is told to stop.
//!
//! There are exactly as many workers as configured. Each has lanes of its own, so that a slow panel
//! does not hold up payments; fewer workers than lanes take turns on several. Any number of processes
//! may run workers on one database: leases keep them apart.

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

/// Starts the worker's turns on `tasks`; they end after `stop`, each with the task it holds.
pub fn start(app: &AppState, tasks: &TaskTracker, stop: &CancellationToken) {
    for lanes in shared_out(app.config().workers) {
        tasks.spawn(turns(app.clone(), lanes, stop.clone()));
    }
    tasks.spawn(chores(app.clone(), stop.clone()));
    if app.test_clock().is_some() {
        tasks.spawn(follow_clock(app.clone(), stop.clone()));
    }
}

/// The lanes of each of so many workers: every lane has one, and each worker has one at least.
fn shared_out(workers: usize) -> Vec<Vec<Lane>> {
    let lanes = Lane::ALL;
    let of = |worker: usize| {
        let own = lanes.iter().enumerate().filter(move |(at, _)| {
            if workers < lanes.len() { at % workers == worker } else { worker % lanes.len() == *at }
        });
        own.map(|(_, lane)| *lane).collect()
    };
    (0..workers).map(of).collect()
}

async fn turns(app: AppState, lanes: Vec<Lane>, stop: CancellationToken) {
    let mut wait = Duration::ZERO;
    while !stop.is_cancelled() {
        sleep(wait, &stop).await;
        wait = Duration::ZERO;
        let mut found = false;
        for lane in &lanes {
            // Told to stop while it had a task of the lane before.
            if stop.is_cancelled() {
                return;
            }
            match work::tick(app.ports(), Some(*lane), 1).await {
                Ok(done) => found |= done.claimed > 0,
                Err(error) => {
                    tracing::error!(%error, %lane, "a worker's turn failed");
                    wait = SORRY;
                }
            }
        }
        if !found {
            wait = wait.max(IDLE);
        }
    }
}

async fn chores(app: AppState, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let ports = app.ports();
        if let Err(error) = work::schedule_runs(ports).await {
            tracing::error!(%error, "the recurring runs could not be scheduled");
        }
        if let Err(error) = work::throw_away(ports).await {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_workers_as_configured_and_every_lane_has_one() {
        for workers in 1..=40 {
            let shared = shared_out(workers);
            assert_eq!(shared.len(), workers);
            assert!(shared.iter().all(|lanes| !lanes.is_empty()), "{workers}: nobody is idle");
            let hands = |lane| shared.iter().filter(|lanes| lanes.contains(lane)).count();
            let (least, most) =
                (Lane::ALL.iter().map(hands).min(), Lane::ALL.iter().map(hands).max());
            assert!(least >= Some(1), "{workers}: a lane without anybody");
            assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 1), "{workers}");
        }
    }
}
