//! Addresses, credentials, and the page behind a customer's session.

use std::net::Ipv4Addr;

use axum::{
    Form as FormBody, Router,
    extract::{Path, Request, State, rejection::FormRejection},
    http::{HeaderMap, header},
    middleware,
    response::{Html, IntoResponse, Response},
    routing::{any, get},
};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    WhmSandbox, envelope,
    functions::{self, Call, Form},
    state::SeenCall,
};
use crate::sandbox::fault;

impl WhmSandbox {
    /// The server's addresses, behind the fault switches.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/json-api/{function}", any(answer))
            .route("/{session}/login/", get(customer_page))
            .fallback(|_: Request| async { envelope::log_in_page() })
            .layer(middleware::from_fn_with_state(
                (self.faults.clone(), Self::PROVIDER),
                fault::inject,
            ))
            .with_state(self.clone())
    }

    /// Starts the server on a free port of this machine.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn spawn(&self) -> std::io::Result<Running> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let router = self.router();
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::warn!(%error, "the WHM sandbox stopped");
            }
        });
        Ok(Running { base_url, task })
    }
}

/// A started server; it stops when this is dropped.
#[derive(Debug)]
pub struct Running {
    base_url: String,
    task: JoinHandle<()>,
}

impl Running {
    /// The base address for [`ServerAccess`](hosting_core::port::provisioning::ServerAccess).
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    State(sandbox): State<WhmSandbox>,
    Path(function): Path<String>,
    headers: HeaderMap,
    form: Result<FormBody<Form>, FormRejection>,
) -> Response {
    let now = sandbox.clock.now();
    let mut state = sandbox.lock();
    let credentials =
        headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok()).and_then(credentials);
    let Some((user, _)) = credentials.filter(|(user, token)| {
        state.logins.get(*user).is_some_and(|it| it.token.expose() == *token)
    }) else {
        return envelope::access_denied();
    };
    // What cannot be read as a form has no parameters; the panel does not complain either.
    let FormBody(form) = form.unwrap_or_default();
    state.remember(SeenCall {
        function: function.clone(),
        user: user.to_owned(),
        keys: form.keys().cloned().collect(),
    });
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or("127.0.0.1");
    let call = Call { function: &function, user, form: &form, host, now };
    let reply = functions::run(&mut state, &call);
    if call.text("api.version") == "1" {
        reply.version_1(&function)
    } else {
        reply.version_0(&function)
    }
}

/// `USER:TOKEN` of `whm USER:TOKEN`; the scheme's case does not matter.
fn credentials(header: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = header.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("whm") { rest.trim().split_once(':') } else { None }
}

/// What a customer sees who followed a log-in address: once, and in time.
async fn customer_page(State(sandbox): State<WhmSandbox>, Path(session): Path<String>) -> Response {
    let now = sandbox.clock.now();
    let session = sandbox.lock().sessions.remove(&session).filter(|it| it.expires_at > now);
    match session {
        Some(it) => {
            // Account names are letters and digits, so they need no escaping.
            Html(format!(
                "<!DOCTYPE html><title>cPanel (sandbox)</title><h1>Signed in as {}</h1>",
                it.username
            ))
            .into_response()
        }
        None => envelope::log_in_page(),
    }
}
