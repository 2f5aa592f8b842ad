//! The browsers one is logged in with.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use hosting_core::{
    model::{SessionId, UserId},
    service,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    auth::{Principal, principal::Proof},
    http::{Access, ApiPath, ApiRoutes, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes.route(Access::Session, routes!(list)).route(Access::Session, routes!(revoke))
}

/// One browser that is logged in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// The session.
    id: String,
    /// The browser's description of itself.
    user_agent: String,
    /// Where it logged in from.
    ip: String,
    /// When it logged in.
    created_at: DateTime<Utc>,
    /// When it ends by itself.
    expires_at: DateTime<Utc>,
    /// Whether it is the one asking.
    current: bool,
}

/// Live sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionList {
    items: Vec<SessionView>,
}

impl SessionList {
    /// The live sessions of `user_id`, newest first; `me` asks.
    pub(super) async fn of(
        app: &AppState,
        user_id: UserId,
        me: &Principal,
    ) -> Result<Self, Problem> {
        let live = app.ports().store.live_sessions(user_id, app.ports().now()).await?;
        let mut items: Vec<_> = live
            .iter()
            .map(|it| SessionView {
                id: it.id.to_string(),
                user_agent: it.user_agent.clone(),
                ip: it.ip.clone(),
                created_at: it.created_at,
                expires_at: it.expires_at,
                current: me.proof() == Proof::Session(it.id),
            })
            .collect();
        items.sort_by(|a, b| b.id.cmp(&a.id));
        Ok(Self { items })
    }
}

/// The browsers that are logged in.
#[utoipa::path(get, path = "/api/v1/auth/sessions", tag = "auth",
    responses((status = 200, description = "Live sessions, newest first", body = SessionList)))]
async fn list(State(app): State<AppState>, me: Principal) -> Result<Json<SessionList>, Problem> {
    Ok(Json(SessionList::of(&app, me.user_id(), &me).await?))
}

/// Throw a browser out.
#[utoipa::path(delete, path = "/api/v1/auth/sessions/{id}", tag = "auth",
    params(("id" = String, Path, description = "The session")),
    responses((status = 204, description = "It is logged out")))]
pub(crate) async fn revoke(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<SessionId>,
) -> Result<StatusCode, Problem> {
    service::access::end_session(app.ports(), &me.actor(), me.user_id(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
