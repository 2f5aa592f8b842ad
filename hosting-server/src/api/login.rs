//! Logging in and out.
//!
//! Why somebody is not let in is never told: not whether there is such an account, nor whether it is
//! shut or its address not confirmed yet. Checking takes as long in each case.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use hosting_core::{
    decide::access::{NewSession, SESSION_LASTS},
    kernel::{Email, Secret},
    model::{Actor, User},
    service::{self, ServiceError},
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{account::Me, register::hashing};
use crate::{
    auth::{
        Principal,
        credential::{cookie, cookie_token},
        limits::{self, Limit},
        password::Checked,
        token,
    },
    http::{Access, ApiJson, ApiRoutes, ClientIp, Fields, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes.route(Access::Public, routes!(log_in)).route(Access::Session, routes!(log_out))
}

/// Who logs in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginBody {
    /// Log-in name.
    #[schema(format = Email)]
    email: String,
    /// The password.
    #[schema(value_type = String, format = Password, max_length = 128)]
    password: Secret,
}

fn not_let_in() -> Problem {
    let detail = "The address or the password is wrong, or the address is not confirmed yet.";
    Problem::unauthorized().detail(detail)
}

/// Log a browser in. The answer sets the session's cookie, which lasts 14 days.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "auth", request_body = LoginBody,
    responses((status = 200, description = "Logged in", body = Me)))]
pub(crate) async fn log_in(
    State(app): State<AppState>,
    ip: ClientIp,
    headers: HeaderMap,
    ApiJson(body): ApiJson<LoginBody>,
) -> Result<Response, Problem> {
    limits::count(&app, Limit::LOGIN, ip.0).await?;
    let mut fields = Fields::default();
    let email = fields.parse::<Email>("/email", &body.email);
    fields.demand("/password", body.password.expose().len() <= 512, "128 characters at most");
    fields.finish()?;
    let email = email.ok_or_else(not_let_in)?;
    limits::count(&app, Limit::LOGIN_ACCOUNT, &email).await?;

    let ports = app.ports();
    let user = ports.store.user_by_email(&email).await?.map(|it| it.value);
    let known = user.as_ref().map(|it| &it.password_hash);
    let checked = app.passwords().check(&body.password, known).await.map_err(hashing)?;
    let (Some(user), true) = (user, checked != Checked::Wrong) else { return Err(not_let_in()) };
    let rehashed = match checked {
        Checked::Outdated => {
            Some(app.passwords().hash(&body.password, &*ports.entropy).await.map_err(hashing)?)
        }
        Checked::Right | Checked::Wrong => None,
    };
    let fresh = token::fresh(&*ports.entropy);
    let agent = headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let wish = NewSession {
        token_hash: fresh.hash.clone(),
        user_agent: agent.to_owned(),
        ip: ip.0.to_string(),
    };
    let actor = Actor::User { user_id: user.id };
    let done = service::access::log_in(
        ports,
        &actor,
        user.id,
        &user.password_hash,
        rehashed.as_ref(),
        &wish,
    );
    match done.await {
        Ok(_) => Ok(entered(&app, &user, fresh.text.expose())),
        Err(ServiceError::Refused(_) | ServiceError::NotFound(_)) => Err(not_let_in()),
        Err(error) => Err(error.into()),
    }
}

fn entered(app: &AppState, user: &User, token: &str) -> Response {
    let set = cookie(app.config().scheme(), token, SESSION_LASTS.num_seconds());
    let me = Me::new(user, user.role.permissions());
    ([(header::SET_COOKIE, set)], Json(me)).into_response()
}

/// Log this browser out.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "auth",
    responses((status = 204, description = "Logged out")))]
pub(crate) async fn log_out(
    State(app): State<AppState>,
    me: Principal,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let scheme = app.config().scheme();
    let hash = cookie_token(&headers, scheme).and_then(|it| token::hash_of(&it));
    if let Some(hash) = hash {
        service::access::log_out(app.ports(), &me.actor(), &hash).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie(scheme, "", 0))]).into_response())
}
