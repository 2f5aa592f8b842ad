//! Registering, and proving a mail address.
//!
//! A guest is told the same whether or not the address has an account: the answer is always "look
//! into your mail", and hashing the password, which takes the time, is always done.

use axum::{Json, extract::State, http::StatusCode};
use hosting_core::{
    decide::access::{FieldOutOfRange, Registration},
    kernel::{Currency, Email, Secret},
    service::{self, ServiceError},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{address::AddressBody, newcomer::Newcomer};
use crate::{
    auth::{
        Guest, Principal,
        limits::{self, Limit},
        password::{self, HashError},
        principal::Proof,
        token,
    },
    http::{Access, ApiJson, ApiRoutes, ClientIp, Fields, Problem, fields::pointer},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Public, routes!(register))
        .route(Access::Public, routes!(verify_email))
        .route(Access::Public, routes!(resend))
}

/// Somebody who wants to buy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterBody {
    /// Log-in name, and where invoices go.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// 10 to 128 characters.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 128)]
    password: Secret,
    /// Full name.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// `individual` unless said, or `company`.
    #[schema(example = "individual")]
    kind: Option<String>,
    /// The company's name; needed for a company.
    #[schema(max_length = 120)]
    company: Option<String>,
    /// Phone number with country code.
    #[schema(example = "+62 812 3456 7890")]
    phone: Option<String>,
    /// Postal address.
    address: AddressBody,
    /// Tax number (NPWP).
    #[schema(max_length = 40)]
    tax_id: Option<String>,
    /// ISO 4217; the shop's own unless said.
    #[schema(example = "IDR")]
    currency: Option<String>,
    /// `id` unless said, or `en`.
    #[schema(example = "id")]
    locale: Option<String>,
}

/// What a guest is told, whatever happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookIntoYourMail {
    message: &'static str,
}

pub(super) fn look_into_your_mail() -> (StatusCode, Json<LookIntoYourMail>) {
    let message = "Please look into your mail and open the link there.";
    (StatusCode::ACCEPTED, Json(LookIntoYourMail { message }))
}

impl RegisterBody {
    /// The wish and the password, which is not hashed yet; `currency` is the shop's.
    fn read(self, shop: Currency) -> Result<(Registration, Secret), Problem> {
        let mut fields = Fields::default();
        if let Some(expected) = password::refusal(self.password.expose(), &self.email) {
            fields.demand("/password", false, expected);
        }
        let Self { email, password, name, kind, company, phone, address, tax_id, currency, locale } =
            self;
        let wish =
            Newcomer { email, name, kind, company, phone, address, tax_id, currency, locale }
                .read(fields, shop)?;
        Ok((wish.checked().map_err(misfit)?, password))
    }
}

pub(super) fn hashing(error: HashError) -> Problem {
    match error {
        HashError::Busy => Problem::unavailable(2),
        HashError::Failed => {
            tracing::error!("a password could not be hashed");
            Problem::internal()
        }
    }
}

pub(super) fn misfit(field: FieldOutOfRange) -> Problem {
    Problem::field(pointer(field.field), format!("should be {}", field.expected))
}

/// Register as a customer.
#[utoipa::path(post, path = "/api/v1/auth/register", tag = "auth", request_body = RegisterBody,
    responses((status = 202, description = "A link is in the mail", body = LookIntoYourMail)))]
pub(crate) async fn register(
    State(app): State<AppState>,
    ip: ClientIp,
    guest: Guest,
    ApiJson(body): ApiJson<RegisterBody>,
) -> Result<(StatusCode, Json<LookIntoYourMail>), Problem> {
    limits::count(&app, Limit::REGISTER, ip.0).await?;
    let ports = app.ports();
    let (mut wish, password) = body.read(ports.store.shop().await?.currency)?;
    let hash = app.passwords().hash(&password, &*ports.entropy).await;
    wish.password_hash = hash.map_err(hashing)?;
    match limits::count(&app, Limit::LINK_ACCOUNT, &wish.email).await {
        Ok(()) => {}
        Err(it) if it.status() == StatusCode::TOO_MANY_REQUESTS => return Ok(look_into_your_mail()),
        Err(problem) => return Err(problem),
    }
    let token = token::fresh(&*ports.entropy);
    match service::access::register(ports, &guest.actor(), &wish, &token).await {
        Ok(()) => Ok(look_into_your_mail()),
        Err(ServiceError::Refused(it)) => Err(misfit(it)),
        Err(error) => Err(error.into()),
    }
}

/// A token from a mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    /// The link's token.
    #[schema(value_type = String)]
    token: Secret,
}

pub(super) fn bad_link() -> Problem {
    Problem::field("/token", "is not valid any more; please ask for a new link")
}

/// Prove a mail address with the token that was mailed there: the one somebody registered with, or the
/// one their account moves to. Moving it ends their other sessions.
#[utoipa::path(post, path = "/api/v1/auth/verify-email", tag = "auth", request_body = TokenBody,
    responses((status = 204, description = "The address is confirmed")))]
pub(crate) async fn verify_email(
    State(app): State<AppState>,
    ip: ClientIp,
    guest: Guest,
    ApiJson(body): ApiJson<TokenBody>,
) -> Result<StatusCode, Problem> {
    limits::count(&app, Limit::TOKEN, ip.0).await?;
    let hash = token::hash_of(body.token.expose()).ok_or_else(bad_link)?;
    // The browser that opens the link stays logged in, if it is its own user's.
    let keep = match guest.0.as_ref().map(Principal::proof) {
        Some(Proof::Session(id)) => Some(id),
        _ => None,
    };
    match service::access::confirm_address(app.ports(), &guest.actor(), &hash, keep).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(ServiceError::Refused(_)) => Err(bad_link()),
        Err(error) => Err(error.into()),
    }
}

/// An address that a link is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailBody {
    /// The account's address.
    #[schema(format = Email)]
    pub(super) email: String,
}

/// Counts a link asked for by a guest. `None` when the address had enough mails: the guest is told
/// nothing of it.
pub(super) async fn link_for(
    app: &AppState,
    ip: ClientIp,
    body: &EmailBody,
) -> Result<Option<Email>, Problem> {
    limits::count(app, Limit::LINK, ip.0).await?;
    let mut fields = Fields::default();
    let email = fields.parse::<Email>("/email", &body.email);
    fields.finish()?;
    let Some(email) = email else { return Ok(None) };
    match limits::count(app, Limit::LINK_ACCOUNT, &email).await {
        Ok(()) => Ok(Some(email)),
        Err(problem) if problem.status() == StatusCode::TOO_MANY_REQUESTS => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// Ask for the link to prove the address again.
#[utoipa::path(post, path = "/api/v1/auth/verify-email/resend", tag = "auth", request_body = EmailBody,
    responses((status = 202, description = "If there is such an account, a link is in the mail", body = LookIntoYourMail)))]
pub(crate) async fn resend(
    State(app): State<AppState>,
    ip: ClientIp,
    guest: Guest,
    ApiJson(body): ApiJson<EmailBody>,
) -> Result<(StatusCode, Json<LookIntoYourMail>), Problem> {
    if let Some(email) = link_for(&app, ip, &body).await? {
        let token = token::fresh(&*app.ports().entropy);
        let (ports, actor) = (app.ports(), guest.actor());
        service::access::resend_verification(ports, &actor, &email, &token).await?;
    }
    Ok(look_into_your_mail())
}
