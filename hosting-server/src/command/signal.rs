//! Being told to stop.

use tokio_util::sync::CancellationToken;

/// Cancels `stop` at the first interrupt or termination signal. From the moment this returns such a
/// signal stops us in order, and does not end the process where it stands.
pub(super) fn watch(stop: &CancellationToken) {
    let (stop, told) = (stop.clone(), told());
    tokio::spawn(async move {
        told.await;
        tracing::info!("stopping: no new work is taken");
        stop.cancel();
    });
}

/// Listens at once; the future ends when we are told.
#[cfg(unix)]
fn told() -> impl Future<Output = ()> + Send {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    async fn heard(signal: Option<Signal>) {
        match signal {
            Some(mut signal) => drop(signal.recv().await),
            // What cannot be listened for is not waited for.
            None => std::future::pending().await,
        }
    }

    let interrupt = signal(SignalKind::interrupt()).ok();
    let terminate = signal(SignalKind::terminate()).ok();
    async {
        tokio::select! {
            () = heard(interrupt) => {}
            () = heard(terminate) => {}
        }
    }
}

#[cfg(not(unix))]
async fn told() {
    drop(tokio::signal::ctrl_c().await);
}
