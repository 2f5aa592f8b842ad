//! Staff and other users: who they are, and making staff. What is done to one of them is in
//! [`staff::users`](super::staff::users).

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use hosting_core::{
    change::Unique,
    decide::access::{NewStaff, StaffRefusal},
    kernel::{Cursor, Email, PageRequest},
    model::{Role, User, UserId, access::PasswordHash},
    port::{StoreError, store::UserFilter},
    service::{self, ServiceError},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::register::misfit;
use crate::{
    auth::{Principal, token},
    http::{Access, ApiJson, ApiPath, ApiQuery, ApiRoutes, Fields, Problem, problem::sentence},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    use hosting_core::model::Permission as P;
    routes
        .route(Access::Needs(P::UsersView), routes!(list))
        .route(Access::Needs(P::UsersManage), routes!(create))
        .route(Access::Needs(P::UsersView), routes!(show))
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserView {
    /// The user.
    id: String,
    /// Log-in name.
    email: String,
    /// Full name.
    name: String,
    /// `admin`, `billing`, `support` or `customer`.
    role: &'static str,
    /// `active` or `disabled`.
    status: &'static str,
    /// The customer they act for.
    customer_id: Option<String>,
    /// `id` or `en`.
    locale: String,
    /// When the address was confirmed.
    email_verified_at: Option<DateTime<Utc>>,
    /// Whether they chose a password; until then nobody logs in.
    has_password: bool,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.to_string(),
            name: user.name.clone(),
            role: user.role.as_str(),
            status: user.status.as_str(),
            customer_id: user.customer_id.map(|it| it.to_string()),
            locale: user.locale.clone(),
            email_verified_at: user.email_verified_at,
            has_password: user.password_hash != PasswordHash::of_none(),
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// Which users, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct UserQuery {
    /// Only this role.
    role: Option<String>,
    /// Only those who act for this customer.
    customer_id: Option<String>,
    /// Only the one with this log-in name.
    email: Option<String>,
    /// Where the page before ended.
    after: Option<String>,
    /// How many; 1 to 200, 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A page of users.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserPage {
    items: Vec<UserView>,
    /// Give this as `after` for the next page.
    next: Option<String>,
}

/// Users, newest first.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", params(UserQuery),
    responses((status = 200, description = "A page of users", body = UserPage)))]
async fn list(
    State(app): State<AppState>,
    ApiQuery(query): ApiQuery<UserQuery>,
) -> Result<Json<UserPage>, Problem> {
    let mut fields = Fields::default();
    let role = fields.parse_optional::<Role>("?role", query.role.as_deref());
    let customer_id = fields.parse_optional("?customer_id", query.customer_id.as_deref());
    let email = fields.parse_optional::<Email>("?email", query.email.as_deref());
    let limit = query.limit.unwrap_or(50);
    fields.demand("?limit", (1..=PageRequest::MAX).contains(&limit), "1 to 200");
    let after = fields.parse_optional::<UserId>("?after", query.after.as_deref());
    fields.finish()?;
    let (store, filter) = (&*app.ports().store, UserFilter { role, customer_id });
    if let Some(email) = email {
        // A log-in name is one person's: there is one page, and the rest of the question is asked of it.
        let found = store.user_by_email(&email).await?.filter(|it| {
            it.deleted_at.is_none()
                && filter.role.is_none_or(|role| it.role == role)
                && filter.customer_id.is_none_or(|id| it.customer_id == Some(id))
                && after.is_none_or(|after| it.id < after)
        });
        let items = found.iter().map(|it| UserView::from(&it.value)).collect();
        return Ok(Json(UserPage { items, next: None }));
    }
    let request = PageRequest::after(after.map(|it| Cursor::new(it.stored())), limit);
    let page = store.users(&filter, &request).await?;
    let last = page.items.last().map(|it| it.id.to_string());
    let next = page.next.as_ref().and(last);
    let items = page.items.iter().map(|it| UserView::from(&it.value)).collect();
    Ok(Json(UserPage { items, next }))
}

/// One user.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "users",
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, description = "The user", body = UserView)))]
async fn show(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<UserId>,
) -> Result<Json<UserView>, Problem> {
    let user = app.ports().store.user(id).await?.filter(|it| it.deleted_at.is_none());
    user.map(|it| Json(UserView::from(&it.value))).ok_or_else(Problem::not_found)
}

/// A staff member to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateStaff {
    /// Log-in name. A link to choose a password is mailed there.
    #[schema(format = Email)]
    email: String,
    /// Full name.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// `admin`, `billing` or `support`.
    #[schema(example = "support")]
    role: String,
    /// `id` unless said, or `en`.
    locale: Option<String>,
}

/// Make a staff member. They are mailed a link to choose their password.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", request_body = CreateStaff,
    responses((status = 201, description = "The user", body = UserView)))]
async fn create(
    State(app): State<AppState>,
    me: Principal,
    ApiJson(body): ApiJson<CreateStaff>,
) -> Result<(StatusCode, Json<UserView>), Problem> {
    let mut fields = Fields::default();
    let email = fields.parse::<Email>("/email", &body.email);
    let role = fields.parse::<Role>("/role", &body.role);
    fields.finish()?;
    let (Some(email), Some(role)) = (email, role) else { return Err(Problem::internal()) };
    let ports = app.ports();
    let locale = body.locale.unwrap_or_else(|| "id".to_owned());
    let password_hash = PasswordHash::of_none();
    let wish = NewStaff { email, name: body.name, role, password_hash, locale };
    let link = token::fresh(&*ports.entropy);
    let made = service::access::create_staff(ports, &me.actor(), &wish, Some(&link)).await;
    let user = made.map_err(refused)?;
    Ok((StatusCode::CREATED, Json(UserView::from(&user))))
}

/// A refusal as an answer: 403 for who may not, 422 naming the field, 409 otherwise.
pub(super) fn refused(error: ServiceError<StaffRefusal>) -> Problem {
    match error {
        ServiceError::Store(StoreError::Duplicate(Unique::UserEmail)) => {
            Problem::field("/email", "has an account already")
        }
        ServiceError::Refused(StaffRefusal::Field(it)) => misfit(it),
        ServiceError::Refused(it @ StaffRefusal::NotAStaffRole) => {
            Problem::field("/role", sentence(&it.to_string()))
        }
        ServiceError::Refused(it @ StaffRefusal::SameAddress) => {
            Problem::field("/email", sentence(&it.to_string()))
        }
        ServiceError::Refused(it @ StaffRefusal::Beyond) => {
            Problem::forbidden().detail(sentence(&it.to_string()))
        }
        other => other.into(),
    }
}
