//! The inbox for messages from gateways (law 4).
//!
//! A message is verified, stored as it came, and answered 200 at once — also when it is a repeat, and
//! when it is about nothing we know. What it says is not believed: the queue asks the provider. A
//! message that does not verify leaves no trace but a line in the log, without its content.

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use hosting_core::{
    port::gateway::{RawWebhook, Rejection},
    service::payments::store_webhook,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    http::{Access, ApiPath, ApiRoutes, Problem},
    state::AppState,
};

/// The largest message that is taken, bytes.
pub const LARGEST: usize = 64 << 10;

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes.route(Access::Signed, routes!(receive))
}

/// That a message is stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct Received {
    received: bool,
}

/// A message from a payment provider. At most 64 KiB.
#[utoipa::path(post, path = "/api/payments/{gateway}/webhook", tag = "webhooks",
    params(("gateway" = String, Path, description = "The gateway's name")),
    request_body(content = serde_json::Value, description = "As the provider documents", content_type = "application/json"),
    responses((status = 200, description = "Stored, now or before", body = Received)))]
async fn receive(
    State(app): State<AppState>,
    ApiPath(name): ApiPath<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Received>, Problem> {
    let ports = app.ports();
    let gateway = ports.gateways.get(&name).ok_or_else(Problem::not_found)?;
    let body = read(&headers, body).await?;
    let headers = texts(&headers);
    let notice = gateway.verify(&RawWebhook { headers: &headers, body: body.as_bytes() });
    let notice = notice.map_err(|rejection| {
        tracing::warn!(gateway = name, %rejection, "a webhook was not taken");
        refused(&rejection)
    })?;
    let stored = store_webhook(ports, &**gateway, notice, body).await?;
    tracing::info!(gateway = name, repeat = stored.is_none(), "a webhook was taken");
    Ok(Json(Received { received: true }))
}

async fn read(headers: &HeaderMap, body: Body) -> Result<String, Problem> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok());
    let length = length.and_then(|it| it.parse::<usize>().ok());
    if length.is_some_and(|it| it > LARGEST) {
        return Err(Problem::too_large());
    }
    let bytes = to_bytes(body, LARGEST).await.map_err(|_| Problem::too_large())?;
    // Databases do not keep a NUL in a text, and no provider sends one.
    let text = String::from_utf8(bytes.to_vec()).ok().filter(|it| !it.contains('\0'));
    text.ok_or_else(|| Problem::malformed("The message is not text."))
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let pair = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    headers.iter().filter_map(pair).collect()
}

fn refused(rejection: &Rejection) -> Problem {
    match rejection {
        Rejection::Malformed(_) => {
            Problem::malformed("The message is not what this provider sends.")
        }
        Rejection::Forged => {
            Problem::new(StatusCode::FORBIDDEN, "forged", "The signature does not match")
        }
        Rejection::NotSupported => Problem::not_found(),
    }
}
