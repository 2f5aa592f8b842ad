//! The server as whoever started it holds it.

use std::{
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use hosting_core::{kernel::Secret, port::Clock};

use super::{routes, state::State, webhook};
use crate::sandbox::Faults;

/// The server and its state; clones share both.
#[derive(Clone)]
pub struct MidtransSandbox {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) server_key: Secret,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) faults: Faults,
    pub(super) http: reqwest::Client,
    pub(super) state: Mutex<State>,
}

impl MidtransSandbox {
    /// A server that accepts `server_key`, lives by `clock`, suffers the `faults` ordered for
    /// `midtrans`, and notifies `notification_url` if there is one.
    pub fn new(
        server_key: impl Into<String>,
        clock: Arc<dyn Clock>,
        faults: Faults,
        notification_url: Option<String>,
    ) -> Self {
        let mut state = State::default();
        state.notification_url = notification_url;
        let http = webhook::client();
        let server_key = Secret::new(server_key);
        Self {
            inner: Arc::new(Inner { server_key, clock, faults, http, state: Mutex::new(state) }),
        }
    }

    /// The routes, with the fault switches around them.
    pub fn router(&self) -> axum::Router {
        routes::router(self.clone())
    }

    /// Serves the routes on a free port of this machine until the answer is dropped.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn spawn(&self) -> io::Result<Running> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let router = self.router();
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::warn!(%error, "the Midtrans sandbox stopped");
            }
        });
        Ok(Running { base_url, task })
    }

    /// Looks at or changes the state as of now; what happened is notified afterwards.
    pub(super) fn with<R>(&self, act: impl FnOnce(&mut State, DateTime<Utc>) -> R) -> R {
        let now = self.inner.clock.now();
        let mut state = self.inner.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.age(now, &self.inner.server_key);
        let result = act(&mut state, now);
        let jobs = webhook::jobs(&mut state);
        drop(state);
        for job in jobs {
            self.dispatch(job);
        }
        result
    }
}

/// The key is left out.
impl fmt::Debug for MidtransSandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MidtransSandbox").finish_non_exhaustive()
    }
}

/// A served sandbox; it stops when this is dropped.
#[derive(Debug)]
pub struct Running {
    base_url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Where it listens, e.g. `http://127.0.0.1:40123`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}
