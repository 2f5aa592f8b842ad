//! Choosing a new password, with the old one or with a mailed link.

use axum::{Json, extract::State, http::StatusCode};
use hosting_core::{
    kernel::Secret,
    model::access::PasswordHash,
    service::{self, ServiceError},
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::register::{
    EmailBody, LookIntoYourMail, bad_link, hashing, link_for, look_into_your_mail,
};
use crate::{
    auth::{
        Guest, Principal,
        limits::{self, Limit},
        password::{Checked, refusal},
        principal::Proof,
        token,
    },
    http::{Access, ApiJson, ApiRoutes, ClientIp, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Public, routes!(request_reset))
        .route(Access::Public, routes!(reset))
        .password_route(Access::Session, routes!(change))
}

/// Ask for a link to choose a new password.
#[utoipa::path(post, path = "/api/v1/auth/password-reset", tag = "auth", request_body = EmailBody,
    responses((status = 202, description = "If there is such an account, a link is in the mail", body = LookIntoYourMail)))]
pub(crate) async fn request_reset(
    State(app): State<AppState>,
    ip: ClientIp,
    guest: Guest,
    ApiJson(body): ApiJson<EmailBody>,
) -> Result<(StatusCode, Json<LookIntoYourMail>), Problem> {
    if let Some(email) = link_for(&app, ip, &body).await? {
        let token = token::fresh(&*app.ports().entropy);
        service::access::request_reset(app.ports(), &guest.actor(), &email, &token).await?;
    }
    Ok(look_into_your_mail())
}

/// A new password with the token from a mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetBody {
    /// The link's token.
    #[schema(value_type = String)]
    token: Secret,
    /// 10 to 128 characters.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 128)]
    password: Secret,
}

/// Choose a new password with the token that was mailed. All sessions end and all keys stop.
#[utoipa::path(post, path = "/api/v1/auth/password-reset/confirm", tag = "auth", request_body = ResetBody,
    responses((status = 204, description = "The password is changed")))]
pub(crate) async fn reset(
    State(app): State<AppState>,
    ip: ClientIp,
    guest: Guest,
    ApiJson(body): ApiJson<ResetBody>,
) -> Result<StatusCode, Problem> {
    limits::count(&app, Limit::TOKEN, ip.0).await?;
    if let Some(expected) = refusal(body.password.expose(), "") {
        return Err(Problem::field("/password", format!("should be {expected}")));
    }
    let hash = token::hash_of(body.token.expose()).ok_or_else(bad_link)?;
    let ports = app.ports();
    let new = app.passwords().hash(&body.password, &*ports.entropy).await.map_err(hashing)?;
    match service::access::reset_password(ports, &guest.actor(), &hash, &new).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(ServiceError::Refused(_)) => Err(bad_link()),
        Err(error) => Err(error.into()),
    }
}

/// A new password with the old one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    /// The password so far.
    #[schema(value_type = String, format = Password)]
    current_password: Secret,
    /// 10 to 128 characters.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 128)]
    new_password: Secret,
}

/// The present password is another.
pub(super) fn wrong() -> Problem {
    Problem::field("/current_password", "is not your password")
}

/// The hash that `password` fits, when it is the caller's present one. Count the attempt before.
pub(super) async fn proved(
    app: &AppState,
    me: &Principal,
    password: &Secret,
) -> Result<PasswordHash, Problem> {
    if password.expose().len() > 512 {
        return Err(wrong());
    }
    let hash = &me.user().password_hash;
    match app.passwords().check(password, Some(hash)).await.map_err(hashing)? {
        Checked::Wrong => Err(wrong()),
        _ => Ok(hash.clone()),
    }
}

/// Change the password. Every other session ends and all keys stop.
#[utoipa::path(post, path = "/api/v1/auth/password", tag = "auth", request_body = ChangeBody,
    responses((status = 204, description = "The password is changed")))]
pub(crate) async fn change(
    State(app): State<AppState>,
    me: Principal,
    ApiJson(body): ApiJson<ChangeBody>,
) -> Result<StatusCode, Problem> {
    limits::count(&app, Limit::PASSWORD, me.user_id()).await?;
    if let Some(expected) = refusal(body.new_password.expose(), me.user().email.as_str()) {
        return Err(Problem::field("/new_password", format!("should be {expected}")));
    }
    let proved = &proved(&app, &me, &body.current_password).await?;
    let ports = app.ports();
    let new = app.passwords().hash(&body.new_password, &*ports.entropy).await.map_err(hashing)?;
    let keep = match me.proof() {
        Proof::Session(id) => Some(id),
        Proof::ApiKey(_) => None,
    };
    let actor = me.actor();
    let done =
        service::access::change_password(ports, &actor, me.user_id(), proved, &new, keep).await;
    match done {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(ServiceError::Refused(_)) => Err(wrong()),
        Err(error) => Err(error.into()),
    }
}
