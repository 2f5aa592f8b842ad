//! Moving an account to another mail address. The link in the mail there does it
//! ([`register::verify_email`](super::register)).

use axum::{Json, extract::State, http::StatusCode};
use hosting_core::{
    decide::access::EmailRefusal,
    kernel::{Email, Secret},
    service::{self, ServiceError},
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    password::proved,
    register::{LookIntoYourMail, look_into_your_mail},
};
use crate::{
    auth::{
        Principal,
        limits::{self, Limit},
        token,
    },
    http::{Access, ApiJson, ApiRoutes, Fields, Problem, problem::sentence},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes.password_route(Access::Session, routes!(change))
}

/// Another mail address for one's account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeEmail {
    /// The address to move to. A link is mailed there.
    #[schema(format = Email, max_length = 254)]
    new_email: String,
    /// The present password.
    #[schema(value_type = String, format = Password)]
    current_password: Secret,
}

/// Move the account to another mail address. Nothing changes until the link that is mailed there is
/// opened; the present address is told. The answer is the same when somebody else has the address.
#[utoipa::path(post, path = "/api/v1/auth/email", tag = "auth", request_body = ChangeEmail,
    responses((status = 202, description = "A link is in the mail to the new address", body = LookIntoYourMail)))]
pub(crate) async fn change(
    State(app): State<AppState>,
    me: Principal,
    ApiJson(body): ApiJson<ChangeEmail>,
) -> Result<(StatusCode, Json<LookIntoYourMail>), Problem> {
    limits::count(&app, Limit::PASSWORD, me.user_id()).await?;
    let mut fields = Fields::default();
    let email = fields.parse::<Email>("/new_email", &body.new_email);
    fields.finish()?;
    let Some(email) = email else { return Err(Problem::internal()) };
    let hash = proved(&app, &me, &body.current_password).await?;
    match limits::count(&app, Limit::LINK_ACCOUNT, &email).await {
        Ok(()) => {}
        Err(it) if it.status() == StatusCode::TOO_MANY_REQUESTS => return Ok(look_into_your_mail()),
        Err(problem) => return Err(problem),
    }
    let ports = app.ports();
    let (actor, fresh) = (me.actor(), token::fresh(&*ports.entropy));
    let asked =
        service::access::ask_for_email(ports, &actor, me.user_id(), &hash, &email, &fresh).await;
    match asked {
        Ok(()) => Ok(look_into_your_mail()),
        Err(ServiceError::Refused(it @ EmailRefusal::Same)) => {
            Err(Problem::field("/new_email", sentence(&it.to_string())))
        }
        Err(ServiceError::Refused(EmailRefusal::WrongCredentials)) => Err(super::password::wrong()),
        Err(error) => Err(error.into()),
    }
}
