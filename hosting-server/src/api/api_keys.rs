//! Keys for programs. Made and revoked with a browser only: a key cannot make keys.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use hosting_core::{
    decide::access::{ApiKeyRefusal, NewApiKey},
    model::{ApiKey, ApiKeyId, Permission, UserId},
    service::{self, ServiceError},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::register::misfit;
use crate::{
    auth::{Principal, token},
    http::{Access, ApiJson, ApiPath, ApiRoutes, Fields, Problem, problem::sentence},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Session, routes!(list))
        .secret_route(Access::Session, routes!(create))
        .route(Access::Session, routes!(revoke))
}

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKeyView {
    /// The key.
    id: String,
    /// What people call it.
    name: String,
    /// What it may do.
    scopes: Vec<&'static str>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it ends by itself.
    expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the hour.
    last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    revoked_at: Option<DateTime<Utc>>,
}

impl From<&ApiKey> for ApiKeyView {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            scopes: key.scopes.iter().map(|it| it.as_str()).collect(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// Keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKeyList {
    items: Vec<ApiKeyView>,
}

impl ApiKeyList {
    /// The keys of `user_id`, revoked ones too.
    pub(super) async fn of(app: &AppState, user_id: UserId) -> Result<Self, Problem> {
        let keys = app.ports().store.api_keys(user_id).await?;
        Ok(Self { items: keys.iter().map(|it| ApiKeyView::from(&it.value)).collect() })
    }
}

/// One's own keys.
#[utoipa::path(get, path = "/api/v1/auth/api-keys", tag = "auth",
    responses((status = 200, description = "Keys, revoked ones too", body = ApiKeyList)))]
async fn list(State(app): State<AppState>, me: Principal) -> Result<Json<ApiKeyList>, Problem> {
    Ok(Json(ApiKeyList::of(&app, me.user_id()).await?))
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApiKey {
    /// What people call it.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// Permissions you hold yourself.
    #[schema(min_items = 1, example = json!(["customer-orders-view"]))]
    scopes: Vec<String>,
    /// When it ends by itself.
    expires_at: Option<DateTime<Utc>>,
}

/// A new key with its secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedApiKey {
    /// The key.
    #[serde(flatten)]
    key: ApiKeyView,
    /// What the program sends: `Authorization: Bearer hbk_…`.
    secret: String,
}

/// Make a key. Its secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/v1/auth/api-keys", tag = "auth", request_body = CreateApiKey,
    responses((status = 201, description = "The key", body = CreatedApiKey)))]
async fn create(
    State(app): State<AppState>,
    me: Principal,
    ApiJson(body): ApiJson<CreateApiKey>,
) -> Result<(StatusCode, Json<CreatedApiKey>), Problem> {
    let mut fields = Fields::default();
    fields.demand("/scopes", body.scopes.len() <= 100, "100 permissions at most");
    let scopes: Vec<Permission> = body
        .scopes
        .iter()
        .take(100)
        .enumerate()
        .filter_map(|(index, it)| fields.parse(&format!("/scopes/{index}"), it))
        .collect();
    fields.finish()?;
    let ports = app.ports();
    let fresh = token::fresh(&*ports.entropy);
    let wish = NewApiKey {
        id: app.mint().id(),
        name: body.name,
        secret_hash: fresh.hash.clone(),
        scopes,
        expires_at: body.expires_at,
    };
    let made = service::access::create_api_key(ports, &me.actor(), me.user_id(), &wish).await;
    let key = made.map_err(refused)?;
    let secret = token::key_text(key.id, &fresh);
    Ok((StatusCode::CREATED, Json(CreatedApiKey { key: ApiKeyView::from(&key), secret })))
}

fn refused(error: ServiceError<ApiKeyRefusal>) -> Problem {
    let ServiceError::Refused(refusal) = error else { return error.into() };
    let words = sentence(&refusal.to_string());
    match refusal {
        ApiKeyRefusal::Field(it) => misfit(it),
        ApiKeyRefusal::Beyond(_) | ApiKeyRefusal::NoScopes => Problem::field("/scopes", words),
        ApiKeyRefusal::Expired => Problem::field("/expires_at", words),
        ApiKeyRefusal::TooMany => Problem::refused(words),
    }
}

/// Revoke a key.
#[utoipa::path(delete, path = "/api/v1/auth/api-keys/{id}", tag = "auth",
    params(("id" = String, Path, description = "The key")),
    responses((status = 204, description = "It does not work any more")))]
async fn revoke(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<ApiKeyId>,
) -> Result<StatusCode, Problem> {
    service::access::revoke_api_key(app.ports(), &me.actor(), me.user_id(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
