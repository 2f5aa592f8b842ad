//! Being told to stop.

use tokio_util::sync::CancellationToken;

/// Cancels `stop` at the first interrupt or termination signal.
pub(super) fn watch(stop: &CancellationToken) {
    let stop = stop.clone();
    tokio::spawn(async move {
        told().await;
        tracing::info!("stopping: no new work is taken");
        stop.cancel();
    });
}

#[cfg(unix)]
async fn told() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn told() {
    drop(tokio::signal::ctrl_c().await);
}
