//! What customers see and change about themselves.
//!
//! Deliberately absent: the mail address, which follows the log-in name and is proved anew
//! ([`email`](super::email)), and the currency, in which services are running.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use hosting_core::{
    decide::{configuration::Edit, customer::ProfileChange},
    kernel::Phone,
    model::{Customer, CustomerKind, Permission},
    service::{ServiceError, customers},
};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    address::{AddressBody, filled},
    invoices::AddressView,
};
use crate::{
    auth::Principal,
    http::{Access, ApiJson, ApiRoutes, Fields, Problem, fields::pointer},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes.route(Access::CustomerOwn(Permission::CustomerProfile), routes!(show, change))
}

/// A customer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProfileView {
    /// The customer.
    id: String,
    /// `individual` or `company`.
    kind: &'static str,
    /// Full name of the person, or of the contact at the company.
    name: String,
    /// The company's name.
    company: Option<String>,
    /// Where invoices and notices go.
    email: String,
    /// Phone number.
    phone: Option<String>,
    /// Postal address.
    address: AddressView,
    /// Tax number (NPWP).
    tax_id: Option<String>,
    /// What they pay in.
    currency: String,
    /// `id` or `en`.
    locale: String,
    /// When they registered.
    created_at: DateTime<Utc>,
}

impl From<&Customer> for ProfileView {
    fn from(it: &Customer) -> Self {
        Self {
            id: it.id.to_string(),
            kind: it.kind.as_str(),
            name: it.name.clone(),
            company: it.company.clone(),
            email: it.email.to_string(),
            phone: it.phone.as_ref().map(ToString::to_string),
            address: AddressView::from(&it.address),
            tax_id: it.tax_id.clone(),
            currency: it.currency.to_string(),
            locale: it.locale.clone(),
            created_at: it.created_at,
        }
    }
}

async fn load(app: &AppState, me: &Principal) -> Result<Json<ProfileView>, Problem> {
    let id = me.customer_id().ok_or_else(Problem::not_found)?;
    let customer = app.ports().store.customer(id).await?.filter(|it| it.deleted_at.is_none());
    customer.map(|it| Json(ProfileView::from(&it.value))).ok_or_else(Problem::not_found)
}

/// One's own data.
#[utoipa::path(get, path = "/api/v1/profile", tag = "profile",
    responses((status = 200, description = "The customer", body = ProfileView)))]
async fn show(State(app): State<AppState>, me: Principal) -> Result<Json<ProfileView>, Problem> {
    load(&app, &me).await
}

/// Tells a field that is there and `null` or empty, which takes away, from one that is absent.
pub(super) fn edit<'de, D: Deserializer<'de>>(from: D) -> Result<Edit<String>, D::Error> {
    let text = filled(Option::<String>::deserialize(from)?);
    Ok(text.map_or(Edit::Remove, Edit::Set))
}

/// What is to be changed. What is absent stays; `null` or an empty text takes away what need not be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeProfile {
    /// Full name.
    #[schema(min_length = 1, max_length = 120)]
    pub(super) name: Option<String>,
    /// `individual` or `company`.
    pub(super) kind: Option<String>,
    /// The company's name; needed for a company.
    #[serde(default, deserialize_with = "edit")]
    #[schema(value_type = Option<String>, max_length = 120)]
    pub(super) company: Edit<String>,
    /// Phone number with country code.
    #[serde(default, deserialize_with = "edit")]
    #[schema(value_type = Option<String>, example = "+62 812 3456 7890")]
    pub(super) phone: Edit<String>,
    /// Postal address, whole.
    pub(super) address: Option<AddressBody>,
    /// Tax number (NPWP).
    #[serde(default, deserialize_with = "edit")]
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(super) tax_id: Edit<String>,
    /// `id` or `en`.
    pub(super) locale: Option<String>,
}

pub(super) fn read(body: ChangeProfile) -> Result<ProfileChange, Problem> {
    let mut fields = Fields::default();
    let kind = body.kind.as_deref().and_then(|it| fields.parse::<CustomerKind>("/kind", it));
    let phone = match body.phone {
        Edit::Keep => Edit::Keep,
        Edit::Remove => Edit::Remove,
        Edit::Set(text) => fields.parse::<Phone>("/phone", &text).map_or(Edit::Keep, Edit::Set),
    };
    let address = body.address.and_then(|it| it.read(&mut fields));
    fields.finish()?;
    Ok(ProfileChange {
        name: body.name,
        kind,
        company: body.company,
        phone,
        address,
        tax_id: body.tax_id,
        locale: body.locale,
    })
}

/// Change one's own data. Invoices that were issued keep what they were issued with.
#[utoipa::path(patch, path = "/api/v1/profile", tag = "profile", request_body = ChangeProfile,
    responses((status = 200, description = "The customer", body = ProfileView)))]
pub(crate) async fn change(
    State(app): State<AppState>,
    me: Principal,
    ApiJson(body): ApiJson<ChangeProfile>,
) -> Result<Json<ProfileView>, Problem> {
    let wish = read(body)?;
    let id = me.customer_id().ok_or_else(Problem::not_found)?;
    match customers::change(app.ports(), &me.actor(), id, me.user_id(), &wish).await {
        Ok(()) => load(&app, &me).await,
        Err(ServiceError::Refused(it)) => {
            Err(Problem::field(pointer(it.field), format!("should be {}", it.expected)))
        }
        Err(error) => Err(error.into()),
    }
}
