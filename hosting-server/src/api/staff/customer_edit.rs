//! Making customers and changing their data.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use hosting_core::{
    decide::{access::Registration, configuration::Edit},
    kernel::Currency,
    model::{CustomerId, Permission as P},
    service,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    customers::{StaffCustomerDetail, detail},
    save::{Seen, Tagged},
};
use crate::{
    api::{
        address::AddressBody,
        newcomer::Newcomer,
        profile::{self, ChangeProfile},
        users::refused,
    },
    auth::{Principal, token},
    http::{Access, ApiJson, ApiPath, ApiRoutes, Fields, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::CustomersManage), routes!(create_customer))
        .route(Access::Needs(P::CustomersManage), routes!(change_customer))
}

/// A customer to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCustomer {
    /// Where invoices go, and the log-in name of the first user, who is mailed a link to choose a password.
    #[schema(format = Email, max_length = 254)]
    email: String,
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

impl CreateCustomer {
    /// The wish; `shop` is the shop's currency.
    fn read(self, shop: Currency) -> Result<Registration, Problem> {
        let Self { email, name, kind, company, phone, address, tax_id, currency, locale } = self;
        Newcomer { email, name, kind, company, phone, address, tax_id, currency, locale }
            .read(Fields::default(), shop)
    }
}

/// Make a customer with a first user, who chooses the password with a mailed link.
#[utoipa::path(post, path = "/api/v1/admin/customers", tag = "admin: customers",
    request_body = CreateCustomer,
    responses((status = 201, description = "The customer", body = StaffCustomerDetail)))]
async fn create_customer(
    State(app): State<AppState>,
    me: Principal,
    ApiJson(body): ApiJson<CreateCustomer>,
) -> Result<(StatusCode, Tagged<StaffCustomerDetail>), Problem> {
    let ports = app.ports();
    let wish = body.read(ports.store.shop().await?.currency)?;
    let link = token::fresh(&*ports.entropy);
    let made = service::access::enrol(ports, &me.actor(), &wish, &link).await;
    let customer = made.map_err(refused)?;
    Ok((StatusCode::CREATED, detail(&app, customer.id).await?))
}

/// What of a customer is to be changed. What is absent stays; `null` or an empty text takes away what need
/// not be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeCustomer {
    /// The version that was seen; or send it as `If-Match`.
    #[schema(minimum = 0)]
    version: Option<i64>,
    /// Full name.
    #[schema(min_length = 1, max_length = 120)]
    name: Option<String>,
    /// `individual` or `company`.
    kind: Option<String>,
    /// The company's name; needed for a company.
    #[serde(default, deserialize_with = "profile::edit")]
    #[schema(value_type = Option<String>, max_length = 120)]
    company: Edit<String>,
    /// Phone number with country code.
    #[serde(default, deserialize_with = "profile::edit")]
    #[schema(value_type = Option<String>, example = "+62 812 3456 7890")]
    phone: Edit<String>,
    /// Postal address, whole.
    address: Option<AddressBody>,
    /// Tax number (NPWP).
    #[serde(default, deserialize_with = "profile::edit")]
    #[schema(value_type = Option<String>, max_length = 40)]
    tax_id: Edit<String>,
    /// `id` or `en`.
    locale: Option<String>,
}

/// Change a customer's data. Invoices that were issued keep what they were issued with; the users keep
/// their own names and log-in names.
#[utoipa::path(patch, path = "/api/v1/admin/customers/{id}", tag = "admin: customers",
    request_body = ChangeCustomer, params(("id" = String, Path, description = "The customer")),
    responses((status = 200, description = "The customer", body = StaffCustomerDetail)))]
async fn change_customer(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<CustomerId>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<ChangeCustomer>,
) -> Result<Tagged<StaffCustomerDetail>, Problem> {
    let seen = Seen::new(&headers, body.version)?;
    let ChangeCustomer { version: _, name, kind, company, phone, address, tax_id, locale } = body;
    let change = ChangeProfile { name, kind, company, phone, address, tax_id, locale };
    let wish = profile::read(change)?;
    let done = service::customers::edit(app.ports(), &me.actor(), id, seen.version, &wish).await;
    done.map_err(|error| seen.refused(error))?;
    detail(&app, id).await
}
