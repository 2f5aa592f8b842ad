//! Whether this process lives, and whether it can serve.

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;

use crate::state::AppState;

/// What a probe is told. No details: anybody may ask.
#[derive(Debug, Serialize)]
pub(super) struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_migrations: Option<u64>,
}

pub(super) async fn live() -> Json<Health> {
    Json(Health { status: "ok", database: None, pending_migrations: None })
}

pub(super) async fn ready(State(app): State<AppState>) -> (StatusCode, Json<Health>) {
    let down = |database, pending_migrations| {
        let health = Health { status: "unavailable", database: Some(database), pending_migrations };
        (StatusCode::SERVICE_UNAVAILABLE, Json(health))
    };
    if let Err(error) = app.ports().store.ping().await {
        tracing::warn!(%error, "the database does not answer");
        return down("unreachable", None);
    }
    match app.schema().pending().await {
        Ok(0) => {
            let database = Some("ok");
            (StatusCode::OK, Json(Health { status: "ok", database, pending_migrations: Some(0) }))
        }
        Ok(pending) => down("needs migrations", Some(pending)),
        Err(error) => {
            tracing::warn!(%error, "the schema's version cannot be read");
            down("unreachable", None)
        }
    }
}
