//! Who logs in for a customer.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use hosting_core::{
    decide::access::NewPerson,
    kernel::{Email, Versioned},
    model::{
        CustomerId, Permission as P, User,
        access::{PasswordHash, UserKind},
    },
    port::store::UserFilter,
    service,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    customers::known,
    page::{PageQuery, StaffPage, wanted},
};
use crate::{
    api::{address::filled, users::refused},
    auth::{Principal, token},
    http::{Access, ApiJson, ApiPath, ApiQuery, ApiRoutes, Fields, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::CustomersView), routes!(list_customer_users))
        .route(Access::Needs(P::UsersManage), routes!(add_customer_user))
}

/// Somebody who logs in for a customer.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffCustomerUser {
    /// The user.
    id: String,
    /// Log-in name.
    email: String,
    /// Full name.
    name: String,
    /// `active` or `disabled`.
    status: &'static str,
    /// When the address was confirmed.
    email_verified_at: Option<DateTime<Utc>>,
    /// Whether they chose a password; until then nobody logs in.
    has_password: bool,
}

impl From<&User> for StaffCustomerUser {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.to_string(),
            name: user.name.clone(),
            status: user.status.as_str(),
            email_verified_at: user.email_verified_at,
            has_password: user.password_hash != PasswordHash::of_none(),
        }
    }
}

impl From<&Versioned<User>> for StaffCustomerUser {
    fn from(user: &Versioned<User>) -> Self {
        Self::from(&user.value)
    }
}

/// Who logs in for a customer, newest first.
#[utoipa::path(get, path = "/api/v1/admin/customers/{id}/users", tag = "admin: customers",
    params(("id" = String, Path, description = "The customer"), PageQuery),
    responses((status = 200, description = "A page of users", body = StaffPage<StaffCustomerUser>)))]
async fn list_customer_users(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<CustomerId>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<StaffPage<StaffCustomerUser>>, Problem> {
    let mut fields = Fields::default();
    let request = wanted::<UserKind>(&mut fields, query.after.as_deref(), query.limit);
    fields.finish()?;
    known(&app, id).await?;
    let filter = UserFilter { role: None, customer_id: Some(id) };
    let page = app.ports().store.users(&filter, &request).await?;
    Ok(Json(StaffPage::of(&page, |it| it.id.to_string())))
}

/// One more user of a customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddCustomerUser {
    /// Log-in name. A link to choose a password is mailed there.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// Full name.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// The customer's unless said; `id` or `en`.
    #[schema(example = "id")]
    locale: Option<String>,
}

/// Add somebody who logs in for a customer. They choose their password with a mailed link.
#[utoipa::path(post, path = "/api/v1/admin/customers/{id}/users", tag = "admin: customers",
    request_body = AddCustomerUser, params(("id" = String, Path, description = "The customer")),
    responses((status = 201, description = "The user", body = StaffCustomerUser)))]
async fn add_customer_user(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<CustomerId>,
    ApiJson(body): ApiJson<AddCustomerUser>,
) -> Result<(StatusCode, Json<StaffCustomerUser>), Problem> {
    let customer = known(&app, id).await?;
    let mut fields = Fields::default();
    let email = fields.parse::<Email>("/email", &body.email);
    fields.finish()?;
    let Some(email) = email else { return Err(Problem::internal()) };
    let locale = filled(body.locale).unwrap_or_else(|| customer.locale.clone());
    let wish = NewPerson { email, name: body.name, locale };
    let ports = app.ports();
    let link = token::fresh(&*ports.entropy);
    let made = service::access::add_user(ports, &me.actor(), id, &wish, &link).await;
    Ok((StatusCode::CREATED, Json(StaffCustomerUser::from(&made.map_err(refused)?))))
}
