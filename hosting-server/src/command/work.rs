//! `work`: a worker alone.

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::signal;
use crate::{
    assemble::{assemble, ready},
    cli::Failed,
    config::Config,
    worker,
};

/// Works until told to stop.
///
/// # Errors
/// What kept the worker from starting.
pub async fn run(config: Config) -> Result<(), Failed> {
    let app = assemble(config).await?;
    ready(&app).await?;
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    signal::watch(&stop);
    worker::start(&app, &tasks, &stop);
    tasks.close();
    tracing::info!(workers = app.config().workers, "working");
    stop.cancelled().await;
    if tokio::time::timeout(app.config().shutdown_grace, tasks.wait()).await.is_err() {
        tracing::warn!("tasks were still running at the end of the grace; their leases run out");
    }
    Ok(())
}
