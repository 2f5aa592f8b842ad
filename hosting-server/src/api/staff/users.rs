//! What is done to a user: another role, another address, shutting and opening the account, ending
//! sessions, revoking keys, a new invitation.

use axum::{Json, extract::State};
use hosting_core::{
    decide::access::StaffRefusal,
    kernel::Email,
    model::{ApiKeyId, Permission as P, Role, User, UserId},
    service::{ServiceError, access},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    api::{
        api_keys::ApiKeyList,
        sessions::SessionList,
        users::{UserView, refused},
    },
    auth::{Principal, token},
    http::{Access, ApiJson, ApiPath, ApiRoutes, Fields, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::UsersManage), routes!(change_role))
        .route(Access::Needs(P::UsersManage), routes!(disable_user))
        .route(Access::Needs(P::UsersManage), routes!(enable_user))
        .route(Access::Needs(P::UsersManage), routes!(invite_user))
        .route(Access::Needs(P::UsersManage), routes!(correct_address))
        .route(Access::Needs(P::UsersView), routes!(list_user_sessions))
        .route(Access::Needs(P::UsersManage), routes!(end_user_sessions))
        .route(Access::Needs(P::UsersView), routes!(list_user_keys))
        .route(Access::Needs(P::UsersManage), routes!(revoke_user_keys))
}

type Changed = Result<User, ServiceError<StaffRefusal>>;

fn answer(changed: Changed) -> Result<Json<UserView>, Problem> {
    Ok(Json(UserView::from(&changed.map_err(refused)?)))
}

/// 404 for a user that is not there.
async fn demand(app: &AppState, id: UserId) -> Result<(), Problem> {
    let user = app.ports().store.user(id).await?.filter(|it| it.deleted_at.is_none());
    user.map(|_| ()).ok_or_else(Problem::not_found)
}

/// Another role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffRole {
    /// `admin`, `billing` or `support`.
    #[schema(example = "billing")]
    role: String,
}

/// Give a staff member another role. It holds at once, in every browser and for every key. Only admins may,
/// and the last admin who can log in stays one.
#[utoipa::path(post, path = "/api/v1/users/{id}/role", tag = "users", request_body = StaffRole,
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, description = "The user", body = UserView)))]
async fn change_role(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<UserId>,
    ApiJson(body): ApiJson<StaffRole>,
) -> Result<Json<UserView>, Problem> {
    let mut fields = Fields::default();
    let role = fields.parse::<Role>("/role", &body.role);
    fields.finish()?;
    let Some(role) = role else { return Err(Problem::internal()) };
    answer(access::change_role(app.ports(), &me.actor(), id, role).await)
}

/// Shut an account. Its sessions end and its keys are revoked. Nobody shuts their own, nor the last admin's who
/// can log in.
#[utoipa::path(post, path = "/api/v1/users/{id}/disable", tag = "users",
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, description = "The user", body = UserView)))]
async fn disable_user(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<UserId>,
) -> Result<Json<UserView>, Problem> {
    answer(access::disable_user(app.ports(), &me.actor(), id).await)
}

/// Open an account again. Its keys stay revoked.
#[utoipa::path(post, path = "/api/v1/users/{id}/enable", tag = "users",
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, description = "The user", body = UserView)))]
async fn enable_user(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<UserId>,
) -> Result<Json<UserView>, Problem> {
    answer(access::enable_user(app.ports(), &me.actor(), id).await)
}

/// Mail the link to choose a first password once more.
#[utoipa::path(post, path = "/api/v1/users/{id}/invite", tag = "users",
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, description = "The user", body = UserView)))]
async fn invite_user(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<UserId>,
) -> Result<Json<UserView>, Problem> {
    let ports = app.ports();
    let link = token::fresh(&*ports.entropy);
    answer(access::invite_again(ports, &me.actor(), id, &link).await)
}

/// Another address for somebody's account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffAddress {
    /// The right one. A link to prove it is mailed there.
    #[schema(format = Email, max_length = 254)]
    email: String,
}

/// Put the address of somebody else's account right: it was mistyped, or its mailbox is lost. They log in
/// again once they opened the link that is mailed there; whoever has no password chooses one with it. Links
/// that were mailed before stop working, keys are revoked, and a proved address that is left is told.
#[utoipa::path(post, path = "/api/v1/users/{id}/email", tag = "users", request_body = StaffAddress,
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, description = "The user", body = UserView)))]
async fn correct_address(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<UserId>,
    ApiJson(body): ApiJson<StaffAddress>,
) -> Result<Json<UserView>, Problem> {
    let mut fields = Fields::default();
    let email = fields.parse::<Email>("/email", &body.email);
    fields.finish()?;
    let Some(email) = email else { return Err(Problem::internal()) };
    let ports = app.ports();
    let proof = token::fresh(&*ports.entropy);
    answer(access::correct_email(ports, &me.actor(), id, &email, &proof).await)
}

/// The browsers that a user is logged in with.
#[utoipa::path(get, path = "/api/v1/users/{id}/sessions", tag = "users",
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, description = "Live sessions, newest first", body = SessionList)))]
async fn list_user_sessions(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<UserId>,
) -> Result<Json<SessionList>, Problem> {
    demand(&app, id).await?;
    Ok(Json(SessionList::of(&app, id, &me).await?))
}

/// How many were ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffEnded {
    /// How many worked until then.
    ended: usize,
}

/// Log a user out of every browser.
#[utoipa::path(post, path = "/api/v1/users/{id}/sessions/end", tag = "users",
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, description = "How many there were", body = StaffEnded)))]
async fn end_user_sessions(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<UserId>,
) -> Result<Json<StaffEnded>, Problem> {
    let ended = access::end_sessions(app.ports(), &me.actor(), id).await.map_err(refused)?;
    Ok(Json(StaffEnded { ended }))
}

/// A user's keys, without their secrets.
#[utoipa::path(get, path = "/api/v1/users/{id}/api-keys", tag = "users",
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, description = "Keys, revoked ones too", body = ApiKeyList)))]
async fn list_user_keys(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<UserId>,
) -> Result<Json<ApiKeyList>, Problem> {
    demand(&app, id).await?;
    Ok(Json(ApiKeyList::of(&app, id).await?))
}

/// Which keys to revoke.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffKeys {
    /// Only this one; all of them unless said.
    #[schema(example = "key_01JQ8ZK4W9T5M3N7R2V6X0Y1AB")]
    api_key_id: Option<String>,
}

/// Revoke one of a user's keys, or all of them.
#[utoipa::path(post, path = "/api/v1/users/{id}/api-keys/revoke", tag = "users", request_body = StaffKeys,
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, description = "How many worked until then", body = StaffEnded)))]
async fn revoke_user_keys(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<UserId>,
    ApiJson(body): ApiJson<StaffKeys>,
) -> Result<Json<StaffEnded>, Problem> {
    let mut fields = Fields::default();
    let only = body.api_key_id.as_deref();
    let only = only.and_then(|it| fields.parse::<ApiKeyId>("/api_key_id", it));
    fields.finish()?;
    let ended = access::revoke_keys(app.ports(), &me.actor(), id, only).await.map_err(refused)?;
    Ok(Json(StaffEnded { ended }))
}
