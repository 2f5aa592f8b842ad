//! Getting into the panel: a new password, or logging in without one.
//!
//! Both answers hold a secret. They are shown once, never kept for repeats, never logged.

use axum::{Json, extract::State, http::StatusCode};
use hosting_core::{
    decide::provisioning::PasswordRefusal,
    model::{Permission, SubscriptionId, TaskStatus},
    port::Effect,
    service::{
        ServiceError,
        accounts::{self, PanelLoginRefusal},
    },
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::own;
use crate::{
    api::payments_at_once::carry_out,
    auth::Principal,
    http::{Access, ApiPath, ApiRoutes, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    let own = Access::CustomerOwn(Permission::CustomerSubscriptionsManage);
    routes.secret_route(own, routes!(reset_password)).secret_route(own, routes!(log_in))
}

/// A new password, shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewPanelPassword {
    /// The account's name on the panel.
    pub(crate) username: String,
    /// Its new password.
    pub(crate) password: String,
    /// `set` when it works now; `pending` when the panel has not confirmed it yet.
    status: &'static str,
}

/// Give the account a new password. It is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/v1/subscriptions/{id}/password-reset", tag = "subscriptions",
    params(("id" = String, Path, description = "The service")),
    responses(
        (status = 200, description = "The new password works", body = NewPanelPassword),
        (status = 202, description = "The new password works once the panel has confirmed it", body = NewPanelPassword),
    ))]
pub(crate) async fn reset_password(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<SubscriptionId>,
) -> Result<(StatusCode, Json<NewPanelPassword>), Problem> {
    own(&app, &me, id).await?;
    let ports = app.ports();
    let ordered = accounts::reset_password(ports, &me.actor(), id).await;
    let (task, password) = ordered.map_err(|error| match error {
        ServiceError::Refused(PasswordRefusal::TooOften) => Problem::too_many(300),
        other => other.into(),
    })?;
    let account = ports.store.account_of(id).await?.ok_or_else(Problem::not_found)?;
    // Once it is ordered, the password must reach its owner whatever happens here: the queue goes on.
    let done = carry_out(&app, task).await.ok().flatten();
    let (http, status) = match done {
        Some(TaskStatus::Succeeded) => (StatusCode::OK, "set"),
        Some(TaskStatus::Failed) => {
            return Err(Problem::refused(
                "The panel did not take a new password; staff must look.",
            ));
        }
        Some(TaskStatus::Queued | TaskStatus::Running) | None => (StatusCode::ACCEPTED, "pending"),
    };
    let password = password.expose().to_owned();
    let username = account.username.clone();
    Ok((http, Json(NewPanelPassword { username, password, status })))
}

/// An address that logs its visitor in, once and within minutes.
#[derive(Serialize, ToSchema)]
pub(crate) struct PanelLogin {
    /// Send the browser there (303), and nowhere else.
    pub(crate) url: String,
}

/// Log in at the panel without a password, where the panel can.
#[utoipa::path(post, path = "/api/v1/subscriptions/{id}/login", tag = "subscriptions",
    params(("id" = String, Path, description = "The service")),
    responses((status = 200, description = "Where to send the browser", body = PanelLogin)))]
pub(crate) async fn log_in(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<SubscriptionId>,
) -> Result<Json<PanelLogin>, Problem> {
    own(&app, &me, id).await?;
    let url = accounts::login_url(app.ports(), id).await.map_err(|error| match error {
        ServiceError::Refused(PanelLoginRefusal::Panel(failure)) => {
            tracing::warn!(%failure, "a panel did not log a customer in");
            match failure.effect() {
                Effect::NoneRetry | Effect::Unknown => Problem::unavailable(10),
                Effect::NoneFinal => {
                    Problem::refused("The panel does not let you in; staff must look.")
                }
            }
        }
        other => other.into(),
    })?;
    Ok(Json(PanelLogin { url: url.expose().to_owned() }))
}
