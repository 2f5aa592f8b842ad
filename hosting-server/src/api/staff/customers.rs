//! Customers, as staff see them.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::{Currency, Email, Money, PageRequest, Versioned},
    model::{Customer, CustomerId, InvoiceStatus, Permission as P, customer::CustomerMark},
    port::{
        Store, StoreError,
        store::{CustomerFilter, InvoiceFilter, UserFilter},
    },
    service,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{
    customer_users::StaffCustomerUser,
    page::{StaffMoney, StaffPage, wanted},
    save::{StaffReason, Tagged, tagged},
};
use crate::{
    api::invoices::AddressView,
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiQuery, ApiRoutes, Fields, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::CustomersView), routes!(list_customers))
        .route(Access::Needs(P::CustomersView), routes!(show_customer))
        .route(Access::Needs(P::CustomersManage), routes!(hold_customer))
        .route(Access::Needs(P::CustomersManage), routes!(unhold_customer))
        .route(Access::Needs(P::CustomersManage), routes!(close_customer))
        .route(Access::Needs(P::CustomersManage), routes!(reopen_customer))
}

/// A customer, as staff see them.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffCustomer {
    /// The customer.
    id: String,
    /// Send it with a change.
    version: i64,
    /// `individual` or `company`.
    kind: &'static str,
    /// Full name.
    name: String,
    /// The company's name.
    company: Option<String>,
    /// Where invoices and notices go.
    email: String,
    /// E.164.
    phone: Option<String>,
    /// Postal address.
    address: AddressView,
    /// Tax number.
    tax_id: Option<String>,
    /// What they pay in.
    currency: String,
    /// Language of mails.
    locale: String,
    /// `active` or `closed`.
    status: &'static str,
    /// Why nothing of theirs may be suspended or terminated now, if so.
    hold: Option<String>,
    /// When they registered.
    created_at: DateTime<Utc>,
    /// When they last changed.
    updated_at: DateTime<Utc>,
}

impl From<&Versioned<Customer>> for StaffCustomer {
    fn from(customer: &Versioned<Customer>) -> Self {
        Self {
            id: customer.id.to_string(),
            version: customer.version,
            kind: customer.kind.as_str(),
            name: customer.name.clone(),
            company: customer.company.clone(),
            email: customer.email.to_string(),
            phone: customer.phone.as_ref().map(ToString::to_string),
            address: AddressView::from(&customer.address),
            tax_id: customer.tax_id.clone(),
            currency: customer.currency.to_string(),
            locale: customer.locale.clone(),
            status: customer.status.as_str(),
            hold: customer.hold.clone(),
            created_at: customer.created_at,
            updated_at: customer.updated_at,
        }
    }
}

/// What a customer owes on open invoices.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffBalances {
    /// How many open invoices were counted.
    invoices: usize,
    /// What is owed, by currency.
    owed: Vec<StaffMoney>,
    /// Whether there are more open invoices than were counted (200 of each status).
    more: bool,
}

/// One customer with who logs in for them and what they owe.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffCustomerDetail {
    /// The customer.
    #[serde(flatten)]
    customer: StaffCustomer,
    /// Who logs in for them, newest first, 50 at most; the rest is in their list.
    users: Vec<StaffCustomerUser>,
    /// What they owe.
    balances: StaffBalances,
}

/// Which customers.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StaffCustomerQuery {
    /// Only the one with this mail address.
    email: Option<String>,
    /// Where the page before ended.
    after: Option<String>,
    /// How many; 1 to 200, 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Customers, newest first.
#[utoipa::path(get, path = "/api/v1/admin/customers", tag = "admin: customers", params(StaffCustomerQuery),
    responses((status = 200, description = "A page of customers", body = StaffPage<StaffCustomer>)))]
async fn list_customers(
    State(app): State<AppState>,
    ApiQuery(query): ApiQuery<StaffCustomerQuery>,
) -> Result<Json<StaffPage<StaffCustomer>>, Problem> {
    let mut fields = Fields::default();
    let email = fields.parse_optional::<Email>("?email", query.email.as_deref());
    let request = wanted::<CustomerMark>(&mut fields, query.after.as_deref(), query.limit);
    fields.finish()?;
    let page = app.ports().store.customers(&CustomerFilter { email }, &request).await?;
    Ok(Json(StaffPage::of(&page, |it| it.id.to_string())))
}

async fn balances(store: &dyn Store, id: CustomerId) -> Result<StaffBalances, StoreError> {
    let (mut owed, mut invoices, mut more) = (BTreeMap::<Currency, Money>::new(), 0, false);
    for status in InvoiceStatus::ALL.iter().filter(|it| it.is_open()) {
        let filter = InvoiceFilter { customer_id: Some(id), status: Some(*status) };
        let page = store.invoices(&filter, &PageRequest::first(PageRequest::MAX)).await?;
        more |= page.next.is_some();
        invoices += page.items.len();
        for invoice in &page.items {
            let sum = owed.entry(invoice.currency).or_insert(Money::zero(invoice.currency));
            let added = sum.plus(invoice.balance());
            *sum = added.map_err(|error| StoreError::Refused(Box::new(error)))?;
        }
    }
    Ok(StaffBalances { invoices, owed: owed.into_values().map(StaffMoney::from).collect(), more })
}

/// The customer, unless deleted.
pub(super) async fn known(app: &AppState, id: CustomerId) -> Result<Versioned<Customer>, Problem> {
    let customer = app.ports().store.customer(id).await?.filter(|it| it.deleted_at.is_none());
    customer.ok_or_else(Problem::not_found)
}

/// What staff see of one customer, with its version.
pub(super) async fn detail(
    app: &AppState,
    id: CustomerId,
) -> Result<Tagged<StaffCustomerDetail>, Problem> {
    let store = &*app.ports().store;
    let customer = known(app, id).await?;
    let filter = UserFilter { role: None, customer_id: Some(id) };
    let users = store.users(&filter, &PageRequest::first(50)).await?;
    let view = StaffCustomerDetail {
        customer: StaffCustomer::from(&customer),
        users: users.items.iter().map(StaffCustomerUser::from).collect(),
        balances: balances(store, id).await?,
    };
    Ok(tagged(customer.version, view))
}

/// One customer, with who logs in for them and what they owe.
#[utoipa::path(get, path = "/api/v1/admin/customers/{id}", tag = "admin: customers",
    params(("id" = String, Path, description = "The customer")),
    responses((status = 200, description = "The customer", body = StaffCustomerDetail)))]
async fn show_customer(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<CustomerId>,
) -> Result<Tagged<StaffCustomerDetail>, Problem> {
    detail(&app, id).await
}

/// Put everything of a customer's on hold: nothing is switched off or removed while it lasts.
#[utoipa::path(post, path = "/api/v1/admin/customers/{id}/hold", tag = "admin: customers", request_body = StaffReason,
    params(("id" = String, Path, description = "The customer")),
    responses((status = 200, description = "The customer", body = StaffCustomerDetail)))]
async fn hold_customer(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<CustomerId>,
    ApiJson(body): ApiJson<StaffReason>,
) -> Result<Tagged<StaffCustomerDetail>, Problem> {
    service::customers::hold(app.ports(), &me.actor(), id, Some(body.text()?)).await?;
    detail(&app, id).await
}

/// Lift the hold.
#[utoipa::path(post, path = "/api/v1/admin/customers/{id}/unhold", tag = "admin: customers",
    params(("id" = String, Path, description = "The customer")),
    responses((status = 200, description = "The customer", body = StaffCustomerDetail)))]
async fn unhold_customer(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<CustomerId>,
) -> Result<Tagged<StaffCustomerDetail>, Problem> {
    service::customers::hold(app.ports(), &me.actor(), id, None).await?;
    detail(&app, id).await
}

/// Close a customer's account: nothing is ordered with it any more, and its history stays. Refused while
/// services run, invoices are open, or a payment is for no invoice and was not given back.
#[utoipa::path(post, path = "/api/v1/admin/customers/{id}/close", tag = "admin: customers", request_body = StaffReason,
    params(("id" = String, Path, description = "The customer")),
    responses((status = 200, description = "The customer", body = StaffCustomerDetail)))]
async fn close_customer(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<CustomerId>,
    ApiJson(body): ApiJson<StaffReason>,
) -> Result<Tagged<StaffCustomerDetail>, Problem> {
    service::customers::close(app.ports(), &me.actor(), id, body.text()?).await?;
    detail(&app, id).await
}

/// Open a closed account again.
#[utoipa::path(post, path = "/api/v1/admin/customers/{id}/reopen", tag = "admin: customers",
    params(("id" = String, Path, description = "The customer")),
    responses((status = 200, description = "The customer", body = StaffCustomerDetail)))]
async fn reopen_customer(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<CustomerId>,
) -> Result<Tagged<StaffCustomerDetail>, Problem> {
    service::customers::reopen(app.ports(), &me.actor(), id).await?;
    detail(&app, id).await
}
