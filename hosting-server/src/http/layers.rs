//! What happens to every request: a name, a line in the log, a limit on time, size and number.

use std::{any::Any, sync::Arc};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::sync::Semaphore;
use tracing::Instrument;

use super::{client::ClientIp, problem::Problem};
use crate::{auth::token::hex, clock::Stopwatch, state::AppState};

/// Names a request in logs and answers.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Scripts, styles and images from our own host only; no frames, no plugins, no inline anything.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                   font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
                   frame-ancestors 'none'";

/// Headers of every answer; what a handler set stays.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// Gives the request a name, logs how it was answered, and counts it. No header and no query is
/// ever logged: both carry secrets.
pub(super) async fn observe(
    State(app): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let watch = Stopwatch::start();
    let id = hex(&app.ports().entropy.next().to_be_bytes());
    let value = HeaderValue::from_str(&id).unwrap_or_else(|_| HeaderValue::from_static(""));
    request.headers_mut().insert(REQUEST_ID, value.clone());
    let matched = request.extensions().get::<MatchedPath>().map(|it| it.as_str().to_owned());
    let route = matched.unwrap_or_else(|| "unmatched".to_owned());
    let method = request.method().clone();
    let client = request.extensions().get::<ClientIp>().map(|it| it.0.to_string());
    let span = tracing::info_span!("request", request_id = %id, %method, route, client);
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status().as_u16(), watch.elapsed());
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        if status >= 500 {
            tracing::error!(status, duration_ms, "answered");
        } else {
            tracing::info!(status, duration_ms, "answered");
        }
    });
    app.metrics().answered(&method, &route, status, took);
    response.headers_mut().insert(REQUEST_ID, value);
    response
}

/// Adds the security headers; `Strict-Transport-Security` when people reach the shop over TLS.
pub(super) async fn harden(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if api {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    if app.config().is_https() {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// Refuses at once what cannot be worked on soon: a queue would only make everybody wait.
pub(super) async fn shed(
    State((app, room)): State<(AppState, Arc<Semaphore>)>,
    request: Request,
    next: Next,
) -> Response {
    let Ok(_place) = room.try_acquire() else {
        app.metrics().shed();
        return Problem::unavailable(1).into_response();
    };
    next.run(request).await
}

/// Ends what takes too long.
pub(super) async fn hurry(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let limit = app.config().request_timeout;
    if let Ok(response) = tokio::time::timeout(limit, next.run(request)).await {
        return response;
    }
    tracing::error!("the request took too long");
    Problem::unavailable(5).into_response()
}

/// Refuses a body that says it is too large, before it is read. Bodies that do not say are cut off
/// by the extractors' limit.
pub(super) async fn weigh(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok());
    let length = length.and_then(|it| it.parse::<usize>().ok());
    if length.is_some_and(|it| it > app.config().body_limit) {
        return Problem::too_large().into_response();
    }
    next.run(request).await
}

/// Answers for a handler that panicked.
#[expect(clippy::needless_pass_by_value, reason = "the panic layer hands it over")]
pub(super) fn panicked(payload: Box<dyn Any + Send + 'static>) -> Response {
    let text = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("(no text)"), "a handler panicked");
    Problem::internal().into_response()
}
