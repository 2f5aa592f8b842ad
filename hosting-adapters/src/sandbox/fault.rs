//! Fault switches: what can go wrong with one call, ordered in advance.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The request is lost: no effect, no answer until the caller gives up.
    LoseRequest,
    /// The effect happens and the answer is lost: no answer until the caller gives up.
    LoseAnswer,
    /// The connection is cut before the effect.
    CutBefore,
    /// The effect happens, then the connection is cut.
    CutAfter,
    /// HTTP 500 with a page of HTML, no effect.
    Error500,
    /// HTTP 500 with a page of HTML, after the effect.
    Error500After,
    /// The effect happens; the answer is a success that cannot be read.
    Malformed,
    /// The credentials are refused, no effect.
    AuthLost,
    /// HTTP 200 with a page of HTML, no effect.
    Html,
    /// HTTP 429, no effect.
    RateLimited,
    /// The effect happens; the answer takes two seconds.
    Slow,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 11] = [
        Self::LoseRequest,
        Self::LoseAnswer,
        Self::CutBefore,
        Self::CutAfter,
        Self::Error500,
        Self::Error500After,
        Self::Malformed,
        Self::AuthLost,
        Self::Html,
        Self::RateLimited,
        Self::Slow,
    ];

    /// Whether the provider does what it was asked in spite of the fault.
    pub const fn has_effect(self) -> bool {
        matches!(
            self,
            Self::LoseAnswer | Self::CutAfter | Self::Error500After | Self::Malformed | Self::Slow
        )
    }
}

/// One ordered fault.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FaultRule {
    /// The server it is for, e.g. `midtrans`, `whm`.
    pub provider: String,
    /// Part of the path that must occur in the call, e.g. `createacct`, `/v2/charge`; empty is any.
    pub call: String,
    /// What goes wrong.
    pub fault: Fault,
    /// How many matching calls it is still for.
    pub times: u32,
}

/// The switchboard that all sandbox servers of a world share.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    rules: Arc<Mutex<Vec<FaultRule>>>,
}

impl Faults {
    /// Orders a fault.
    pub fn order(&self, rule: FaultRule) {
        self.lock().push(rule);
    }

    /// Orders `fault` for the next `times` calls of `provider` whose path contains `call`.
    pub fn next(&self, provider: &str, call: &str, fault: Fault, times: u32) {
        self.order(FaultRule {
            provider: provider.to_owned(),
            call: call.to_owned(),
            fault,
            times,
        });
    }

    /// What is still ordered.
    pub fn pending(&self) -> Vec<FaultRule> {
        self.lock().clone()
    }

    /// Takes back everything that is ordered.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn take(&self, provider: &str, path: &str) -> Option<Fault> {
        let mut rules = self.lock();
        let at = rules
            .iter()
            .position(|it| it.times > 0 && it.provider == provider && path.contains(&it.call))?;
        rules[at].times -= 1;
        let fault = rules[at].fault;
        rules.retain(|it| it.times > 0);
        Some(fault)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<FaultRule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The middleware that lets ordered faults happen on one provider's server.
///
/// Use it with `axum::middleware::from_fn_with_state((faults, "midtrans"), fault::inject)`.
pub async fn inject(
    State((faults, provider)): State<(Faults, &'static str)>,
    request: Request,
    next: Next,
) -> Response {
    let Some(fault) = faults.take(provider, request.uri().path()) else {
        return next.run(request).await;
    };
    let answer = if fault.has_effect() { Some(next.run(request).await) } else { None };
    match fault {
        Fault::LoseRequest | Fault::LoseAnswer => {
            tokio::time::sleep(Duration::from_mins(10)).await;
            cut()
        }
        Fault::CutBefore | Fault::CutAfter => cut(),
        Fault::Error500 | Fault::Error500After => {
            let page = "<html><body><h1>500 Internal Server Error</h1></body></html>";
            (StatusCode::INTERNAL_SERVER_ERROR, [("content-type", "text/html")], page)
                .into_response()
        }
        Fault::Malformed => {
            ([("content-type", "application/json")], "{\"metadata\":{\"res").into_response()
        }
        Fault::AuthLost => StatusCode::UNAUTHORIZED.into_response(),
        Fault::Html => {
            ([("content-type", "text/html")], "<html><body>Log in</body></html>").into_response()
        }
        Fault::RateLimited => StatusCode::TOO_MANY_REQUESTS.into_response(),
        Fault::Slow => {
            tokio::time::sleep(Duration::from_secs(2)).await;
            answer.unwrap_or_else(cut)
        }
    }
}

/// An answer that breaks off: the promised body never comes.
fn cut() -> Response {
    let broken = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "cut by the sandbox");
    let mut response = Body::from_stream(OneError(Some(broken))).into_response();
    response.headers_mut().insert("content-length", axum::http::HeaderValue::from_static("64"));
    response
}

struct OneError(Option<std::io::Error>);

impl futures_core::Stream for OneError {
    type Item = Result<Vec<u8>, std::io::Error>;
    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(self.0.take().map(Err))
    }
}
