//! Carrying out a task while somebody waits for it.

use std::time::Duration;

use hosting_core::{
    model::{TaskId, TaskStatus},
    work,
};
use tracing::Instrument;

use crate::{http::Problem, state::AppState};

/// How long somebody waits before they are told to look again later.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a task that another worker took is looked at meanwhile.
const GLANCE: Duration = Duration::from_millis(100);

/// Carries out `task` now and answers where it stands then; `None` when there is no such task,
/// because the same one was there already.
///
/// The work goes on by itself when whoever waits gives up: a call that was cut off half-way would have
/// to be looked up first (law 3), and its lease would have to run out before. When a worker was
/// faster, it is waited for.
pub(super) async fn carry_out(app: &AppState, task: TaskId) -> Result<Option<TaskStatus>, Problem> {
    let ports = app.ports().clone();
    let work = async move {
        let ticked = work::run_now(&ports, task).await?;
        if ticked.claimed > 0 {
            return Ok(());
        }
        let running = || async {
            let found = ports.store.task(task).await?;
            Ok::<_, hosting_core::port::StoreError>(
                found.is_some_and(|it| it.status == TaskStatus::Running),
            )
        };
        while running().await? {
            tokio::time::sleep(GLANCE).await;
        }
        Ok::<_, hosting_core::port::StoreError>(())
    };
    let handle = tokio::spawn(work.in_current_span());
    match tokio::time::timeout(PATIENCE, handle).await {
        // Whoever waits sees from the task that it is not done yet.
        Err(_) => {}
        Ok(Ok(done)) => done?,
        Ok(Err(error)) => {
            tracing::error!(%error, "a task broke off");
            return Err(Problem::internal());
        }
    }
    Ok(app.ports().store.task(task).await?.map(|it| it.status))
}
