//! Invoices, as staff see them.

use axum::{Json, extract::State};
use chrono::{DateTime, NaiveDate, Utc};
use hosting_core::{
    kernel::Versioned,
    model::{
        CustomerId, Invoice, InvoiceId, InvoiceItem, InvoiceStatus, Party, Permission as P,
        TaxSummary, billing::InvoiceKind,
    },
    port::store::InvoiceFilter,
    service,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{
    page::{StaffMoney, StaffPage, wanted},
    payments::StaffPayment,
    rate::decimal,
    save::StaffGivingUp,
};
use crate::{
    api::invoices::AddressView,
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiQuery, ApiRoutes, Fields, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::InvoicesView), routes!(list_invoices))
        .route(Access::Needs(P::InvoicesView), routes!(show_invoice))
        .route(Access::Needs(P::InvoicesManage), routes!(void_invoice))
}

/// An invoice, as staff see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffInvoice {
    /// The invoice.
    id: String,
    /// The number people use.
    number: Option<String>,
    /// Who owes.
    customer_id: String,
    /// The order it is for.
    order_id: Option<String>,
    /// `draft`, `unpaid`, `partial`, `overdue`, `paid`, `void` or `refunded`.
    status: &'static str,
    /// Sum of list prices.
    subtotal: StaffMoney,
    /// What coupons took off.
    discount: StaffMoney,
    /// Tax, contained in the total.
    tax: StaffMoney,
    /// What is owed in all.
    total: StaffMoney,
    /// What was paid and applied so far.
    paid: StaffMoney,
    /// What is still owed.
    balance: StaffMoney,
    /// When it was issued.
    issued_at: Option<DateTime<Utc>>,
    /// When it must be paid.
    due_at: DateTime<Utc>,
    /// When it was last fully paid.
    paid_at: Option<DateTime<Utc>>,
    /// How many dunning steps were taken.
    dunning_step: i64,
    /// When the next dunning step is due.
    next_dunning_at: Option<DateTime<Utc>>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<&Versioned<Invoice>> for StaffInvoice {
    fn from(invoice: &Versioned<Invoice>) -> Self {
        Self {
            id: invoice.id.to_string(),
            number: invoice.number.clone(),
            customer_id: invoice.customer_id.to_string(),
            order_id: invoice.order_id.map(|it| it.to_string()),
            status: invoice.status.as_str(),
            subtotal: invoice.subtotal.into(),
            discount: invoice.discount.into(),
            tax: invoice.tax.into(),
            total: invoice.total.into(),
            paid: invoice.paid.into(),
            balance: invoice.balance().into(),
            issued_at: invoice.issued_at,
            due_at: invoice.due_at,
            paid_at: invoice.paid_at,
            dunning_step: invoice.dunning_step,
            next_dunning_at: invoice.next_dunning_at,
            created_at: invoice.created_at,
        }
    }
}

/// Who sells or buys, as of issue.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffParty {
    /// Full name or company.
    name: String,
    /// Contact at the company.
    attention: Option<String>,
    /// Postal address.
    address: AddressView,
    /// Tax number.
    tax_id: Option<String>,
    /// Mail address.
    email: String,
}

impl From<&Party> for StaffParty {
    fn from(party: &Party) -> Self {
        Self {
            name: party.name.clone(),
            attention: party.attention.clone(),
            address: AddressView::from(&party.address),
            tax_id: party.tax_id.clone(),
            email: party.email.clone(),
        }
    }
}

/// The tax of one rule on an invoice.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffTax {
    /// What the invoice prints.
    name: String,
    /// The statutory rate, a fraction of one.
    rate: String,
    /// The part of the price that is taxed.
    #[schema(example = "11/12")]
    base_factor: String,
    /// Sum of the lines' net amounts, minor units.
    net_minor: i64,
    /// The tax, minor units.
    tax_minor: i64,
}

impl From<&TaxSummary> for StaffTax {
    fn from(tax: &TaxSummary) -> Self {
        Self {
            name: tax.name.clone(),
            rate: decimal(tax.rate),
            base_factor: tax.base_factor.to_string(),
            net_minor: tax.net_minor,
            tax_minor: tax.tax_minor,
        }
    }
}

/// One line of an invoice.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffInvoiceLine {
    /// The line.
    id: String,
    /// Place on the invoice, from 1.
    position: i64,
    /// `plan` or `setup_fee`.
    kind: &'static str,
    /// The service it pays for.
    subscription_id: Option<String>,
    /// What people read.
    description: String,
    /// How many.
    quantity: i64,
    /// For one.
    unit_price: StaffMoney,
    /// What coupons took off.
    discount: StaffMoney,
    /// Without tax.
    net: StaffMoney,
    /// Its share of the tax.
    tax: StaffMoney,
    /// With tax.
    gross: StaffMoney,
    /// First day it pays for.
    period_start: Option<NaiveDate>,
    /// First day it no longer pays for.
    period_end: Option<NaiveDate>,
    /// The version of the price it was made from.
    price_id: String,
    /// The coupon that lowered it.
    coupon: Option<String>,
}

impl From<&InvoiceItem> for StaffInvoiceLine {
    fn from(item: &InvoiceItem) -> Self {
        Self {
            id: item.id.to_string(),
            position: item.position,
            kind: item.kind.as_str(),
            subscription_id: item.subscription_id.map(|it| it.to_string()),
            description: item.description.clone(),
            quantity: item.quantity,
            unit_price: item.unit_price.into(),
            discount: item.discount.into(),
            net: item.net.into(),
            tax: item.tax.into(),
            gross: item.gross.into(),
            period_start: item.period_start,
            period_end: item.period_end,
            price_id: item.derivation.price_id.to_string(),
            coupon: item.derivation.coupon.clone(),
        }
    }
}

/// One invoice with everything on it and the attempts to pay it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffInvoiceDetail {
    /// The invoice.
    #[serde(flatten)]
    invoice: StaffInvoice,
    /// The seller as of issue.
    seller: StaffParty,
    /// The buyer as of issue.
    buyer: StaffParty,
    /// Tax by rule.
    taxes: Vec<StaffTax>,
    /// Its lines, by position.
    lines: Vec<StaffInvoiceLine>,
    /// The attempts to pay it, oldest first.
    payments: Vec<StaffPayment>,
}

/// Which invoices.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StaffInvoiceQuery {
    /// Only this customer's.
    customer_id: Option<String>,
    /// Only these: `draft`, `unpaid`, `partial`, `overdue`, `paid`, `void` or `refunded`.
    status: Option<String>,
    /// Where the page before ended.
    after: Option<String>,
    /// How many; 1 to 200, 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Invoices, newest first.
#[utoipa::path(get, path = "/api/v1/admin/invoices", tag = "admin: invoices", params(StaffInvoiceQuery),
    responses((status = 200, description = "A page of invoices", body = StaffPage<StaffInvoice>)))]
async fn list_invoices(
    State(app): State<AppState>,
    ApiQuery(query): ApiQuery<StaffInvoiceQuery>,
) -> Result<Json<StaffPage<StaffInvoice>>, Problem> {
    let mut fields = Fields::default();
    let filter = InvoiceFilter {
        customer_id: fields
            .parse_optional::<CustomerId>("?customer_id", query.customer_id.as_deref()),
        status: fields.parse_optional::<InvoiceStatus>("?status", query.status.as_deref()),
    };
    let request = wanted::<InvoiceKind>(&mut fields, query.after.as_deref(), query.limit);
    fields.finish()?;
    let page = app.ports().store.invoices(&filter, &request).await?;
    Ok(Json(StaffPage::of(&page, |it| it.id.to_string())))
}

async fn detail(app: &AppState, id: InvoiceId) -> Result<Json<StaffInvoiceDetail>, Problem> {
    let store = &app.ports().store;
    let invoice = store.invoice(id).await?.ok_or_else(Problem::not_found)?;
    let (items, payments) = (store.invoice_items(id).await?, store.payments_of(id).await?);
    Ok(Json(StaffInvoiceDetail {
        seller: StaffParty::from(&invoice.seller),
        buyer: StaffParty::from(&invoice.buyer),
        taxes: invoice.taxes.iter().map(StaffTax::from).collect(),
        lines: items.iter().map(StaffInvoiceLine::from).collect(),
        payments: payments.iter().map(StaffPayment::from).collect(),
        invoice: StaffInvoice::from(&invoice),
    }))
}

/// One invoice, with its lines and payments.
#[utoipa::path(get, path = "/api/v1/admin/invoices/{id}", tag = "admin: invoices",
    params(("id" = String, Path, description = "The invoice")),
    responses((status = 200, description = "The invoice", body = StaffInvoiceDetail)))]
async fn show_invoice(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<InvoiceId>,
) -> Result<Json<StaffInvoiceDetail>, Problem> {
    detail(&app, id).await
}

/// Void an open invoice. One of which a part is paid needs `paid_part`. One that is for an order that
/// waits for payment is voided by cancelling the order.
#[utoipa::path(post, path = "/api/v1/admin/invoices/{id}/void", tag = "admin: invoices", request_body = StaffGivingUp,
    params(("id" = String, Path, description = "The invoice")),
    responses((status = 200, description = "The invoice", body = StaffInvoiceDetail)))]
async fn void_invoice(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<InvoiceId>,
    ApiJson(body): ApiJson<StaffGivingUp>,
) -> Result<Json<StaffInvoiceDetail>, Problem> {
    let (reason, paid_part) = body.checked()?;
    service::invoices::void(app.ports(), &me.actor(), id, paid_part, reason).await?;
    detail(&app, id).await
}
