//! The endpoints.

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

use super::{MidtransSandbox, answer::Answer, charge, refund, simulator};
use crate::{midtrans::signature, sandbox::fault};

/// Longer requests are refused.
const MAX_REQUEST: usize = 16 * 1024;

pub(super) fn router(sandbox: MidtransSandbox) -> Router {
    let faults = sandbox.inner.faults.clone();
    Router::new()
        .route("/v2/charge", post(charge))
        .route("/v2/{id}/status", get(status))
        .route("/v2/{id}/cancel", post(cancel))
        .route("/v2/{id}/expire", post(expire))
        .route("/v2/{id}/refund", post(refund))
        .route("/v2/{id}/refund/online/direct", post(refund))
        .route_layer(from_fn_with_state(sandbox.clone(), authorise))
        .fallback(nowhere)
        .layer(from_fn_with_state((faults, "midtrans"), fault::inject))
        .route("/gopay/pay", get(simulator::ask).post(simulator::pay))
        .with_state(sandbox)
}

/// Only the server key opens the API: `Basic base64(key + ":")`.
async fn authorise(
    State(sandbox): State<MidtransSandbox>,
    request: Request,
    next: Next,
) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let token = BASE64_STANDARD.encode(format!("{}:", sandbox.inner.server_key.expose()));
    if given.is_some_and(|it| signature::matches(&format!("Basic {token}"), it)) {
        return next.run(request).await;
    }
    Answer::error(401, "Unknown Merchant server_key/id").into_response()
}

/// An unknown path answers a page, not JSON.
async fn nowhere() -> (StatusCode, Html<&'static str>) {
    (StatusCode::NOT_FOUND, Html("<html><body><h1>404 Not Found</h1></body></html>"))
}

async fn charge(State(sandbox): State<MidtransSandbox>, headers: HeaderMap, body: Bytes) -> Answer {
    let body = match json(&body) {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or("localhost");
    let key = idempotency_key(&headers).filter(|_| !charge::ignores_keys(&body));
    sandbox.with(|state, now| {
        let server_key = &sandbox.inner.server_key;
        state.once(key, now, |state| charge::charge(state, now, &body, host, server_key))
    })
}

async fn status(State(sandbox): State<MidtransSandbox>, Path(id): Path<String>) -> Answer {
    sandbox.with(|state, _| match state.find(&id) {
        Some(transaction) => Answer::ok(transaction.status(&sandbox.inner.server_key)),
        None => Answer::unknown_order(),
    })
}

async fn cancel(
    State(sandbox): State<MidtransSandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    end(
        &sandbox,
        &id,
        &headers,
        Ending { from: &["pending", "authorize", "capture"], to: "cancel" },
    )
}

async fn expire(
    State(sandbox): State<MidtransSandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    end(&sandbox, &id, &headers, Ending { from: &["pending"], to: "expire" })
}

/// From which states a call ends a transaction, and in which.
#[derive(Debug, Clone, Copy)]
struct Ending {
    from: &'static [&'static str],
    to: &'static str,
}

fn end(sandbox: &MidtransSandbox, id: &str, headers: &HeaderMap, ending: Ending) -> Answer {
    let key = idempotency_key(headers);
    sandbox.with(|state, now| {
        state.once(key, now, |state| {
            let Some(transaction) = state.find_mut(id) else { return Answer::unknown_order() };
            if !ending.from.contains(&transaction.word.as_str()) {
                return Answer::not_modifiable();
            }
            ending.to.clone_into(&mut transaction.word);
            let (code, message) = if ending.to == "expire" {
                ("407", "Success, transaction is expired")
            } else {
                ("200", "Success, transaction is canceled")
            };
            let answer = Answer::ok(Value::Object(transaction.answer(code, message)));
            let count = match ending.to {
                "expire" => &mut state.effects.expires,
                _ => &mut state.effects.cancels,
            };
            *count += 1;
            state.announce(id, &sandbox.inner.server_key);
            answer
        })
    })
}

async fn refund(
    State(sandbox): State<MidtransSandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let body = match json(&body) {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    let key = idempotency_key(&headers);
    sandbox.with(|state, now| {
        let server_key = &sandbox.inner.server_key;
        state.once(key, now, |state| refund::refund(state, now, &id, &body, server_key))
    })
}

fn json(body: &[u8]) -> Result<Value, Answer> {
    if body.len() > MAX_REQUEST {
        return Err(Answer::error(413, "The request is too long."));
    }
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        _ => Err(Answer::error(413, "The request cannot be processed due to malformed syntax.")),
    }
}

fn idempotency_key(headers: &HeaderMap) -> Option<&str> {
    headers.get("idempotency-key").and_then(|it| it.to_str().ok())
}
