//! `serve`: the web server and a worker in one process.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::signal;
use crate::{
    assemble::{assemble, ready},
    cli::Failed,
    config::Config,
    http::{self, door::Door},
    state::AppState,
    worker,
};

/// How often callers that have been quiet are forgotten.
const FORGET: Duration = Duration::from_mins(1);

/// What is done about a database that is older than this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// It is migrated first.
    BringUpToDate,
    /// It is refused.
    MustBeCurrent,
}

/// Serves until told to stop.
///
/// # Errors
/// What kept the shop from starting, or the listener that failed.
pub async fn run(config: Config, schema: Schema) -> Result<(), Failed> {
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let app = assemble(config).await?;
    if schema == Schema::BringUpToDate {
        let done = app.schema().migrate().await?;
        tracing::info!(steps = done, "the schema is up to date");
    }
    ready(&app).await?;
    let listener = TcpListener::bind(app.config().listen_addr)
        .await
        .map_err(|source| Failed::Listen { address: app.config().listen_addr, source })?;
    let stop = CancellationToken::new();
    signal::watch(&stop);
    serve_on(&app, listener, &stop).await
}

/// Serves on `listener` until `stop`, with a worker beside it. At the end requests and
/// tasks that are running get the configured grace.
///
/// # Errors
/// The listener failed.
pub async fn serve_on(
    app: &AppState,
    listener: TcpListener,
    stop: &CancellationToken,
) -> Result<(), Failed> {
    let tasks = TaskTracker::new();
    worker::start(app, &tasks, stop);
    tasks.spawn(forget_quiet_callers(app.clone(), stop.clone()));
    tasks.close();
    let address = listener.local_addr()?;
    tracing::info!(%address, public_url = app.config().public_url, "listening");
    let door = Door {
        max_connections: app.config().max_connections,
        header_timeout: app.config().header_timeout,
    };
    let grace = app.config().shutdown_grace;
    door.serve(listener, http::router(app), stop, grace).await;
    if tokio::time::timeout(grace, tasks.wait()).await.is_err() {
        tracing::warn!("tasks were still running at the end of the grace; their leases run out");
    }
    Ok(())
}

async fn forget_quiet_callers(app: AppState, stop: CancellationToken) {
    while !stop.is_cancelled() {
        app.throttle().forget_quiet();
        tokio::select! {
            () = tokio::time::sleep(FORGET) => {}
            () = stop.cancelled() => {}
        }
    }
}
