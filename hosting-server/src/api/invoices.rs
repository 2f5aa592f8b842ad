//! Invoices.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use hosting_core::{
    decide::billing,
    model::{
        Address, Invoice, InvoiceId, InvoiceStatus, Permission,
        billing::{InvoiceKind, Party},
    },
    port::store::InvoiceFilter,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::payments::PaymentDetails;
use crate::{
    auth::Principal,
    http::{Access, ApiPath, ApiQuery, ApiRoutes, Fields, Problem},
    state::AppState,
    view::{ExplanationView, Language, LineView, MoneyView, TaxView, next, page},
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    let see = Access::OwnOr(Permission::CustomerInvoicesView, Permission::InvoicesView);
    routes.route(see, routes!(list)).route(see, routes!(show)).route(see, routes!(explain))
}

/// An invoice without its lines.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvoiceSummary {
    /// The invoice.
    id: String,
    /// Its number.
    #[schema(example = "INV/2026/00001")]
    number: Option<String>,
    /// `unpaid`, `partial`, `overdue`, `paid`, `void` or `refunded`.
    status: &'static str,
    /// The order it is for.
    order_id: Option<String>,
    /// What is owed in all, tax included.
    total: MoneyView,
    /// What was paid so far.
    paid: MoneyView,
    /// What is still to be paid.
    balance: MoneyView,
    /// When it was issued.
    issued_at: Option<DateTime<Utc>>,
    /// When it must be paid.
    due_at: DateTime<Utc>,
    /// When it was last fully paid.
    paid_at: Option<DateTime<Utc>>,
}

impl InvoiceSummary {
    /// An invoice for somebody who reads `language`.
    pub(super) fn new(invoice: &Invoice, language: Language) -> Self {
        let money = |it| MoneyView::new(it, language);
        Self {
            id: invoice.id.to_string(),
            number: invoice.number.clone(),
            status: invoice.status.as_str(),
            order_id: invoice.order_id.map(|it| it.to_string()),
            total: money(invoice.total),
            paid: money(invoice.paid),
            balance: money(invoice.balance()),
            issued_at: invoice.issued_at,
            due_at: invoice.due_at,
            paid_at: invoice.paid_at,
        }
    }
}

/// A postal address.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddressView {
    /// Street and number.
    line1: String,
    /// Building, floor, neighbourhood.
    line2: Option<String>,
    /// Town.
    city: String,
    /// Province or state.
    region: Option<String>,
    /// Postal code.
    postcode: Option<String>,
    /// ISO 3166-1 alpha-2.
    country: String,
}

impl From<&Address> for AddressView {
    fn from(it: &Address) -> Self {
        Self {
            line1: it.line1.clone(),
            line2: it.line2.clone(),
            city: it.city.clone(),
            region: it.region.clone(),
            postcode: it.postcode.clone(),
            country: it.country.to_string(),
        }
    }
}

/// Seller or buyer, as of issue.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartyView {
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

impl From<&Party> for PartyView {
    fn from(it: &Party) -> Self {
        Self {
            name: it.name.clone(),
            attention: it.attention.clone(),
            address: AddressView::from(&it.address),
            tax_id: it.tax_id.clone(),
            email: it.email.clone(),
        }
    }
}

/// An invoice.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvoiceDetails {
    #[serde(flatten)]
    summary: InvoiceSummary,
    /// The seller.
    seller: PartyView,
    /// The buyer.
    buyer: PartyView,
    /// Sum of list prices.
    subtotal: MoneyView,
    /// What coupons took off.
    discount: MoneyView,
    /// Tax, contained in the total.
    tax: MoneyView,
    /// The lines.
    lines: Vec<LineView>,
    /// Tax by rule.
    taxes: Vec<TaxView>,
    /// The attempts to pay it, oldest first.
    payments: Vec<PaymentDetails>,
}

/// Which invoices, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct InvoiceQuery {
    /// Only these.
    status: Option<String>,
    /// Where the page before ended.
    after: Option<String>,
    /// How many; 1 to 200, 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A page of invoices.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvoiceSummaries {
    items: Vec<InvoiceSummary>,
    /// Give this as `after` for the next page.
    next: Option<String>,
}

/// Invoices, newest first.
#[utoipa::path(get, path = "/api/v1/invoices", tag = "invoices", params(InvoiceQuery),
    responses((status = 200, description = "A page of invoices", body = InvoiceSummaries)))]
async fn list(
    State(app): State<AppState>,
    me: Principal,
    language: Language,
    ApiQuery(query): ApiQuery<InvoiceQuery>,
) -> Result<Json<InvoiceSummaries>, Problem> {
    let mut fields = Fields::default();
    let status = fields.parse_optional::<InvoiceStatus>("?status", query.status.as_deref());
    let request = page::<InvoiceKind>(&mut fields, query.after.as_deref(), query.limit);
    fields.finish()?;
    let filter = InvoiceFilter { customer_id: me.customer_filter()?, status };
    let found = app.ports().store.invoices(&filter, &request).await?;
    let next = next(found.next.as_ref(), found.items.last().map(|it| it.id));
    let items = found.items.iter().map(|it| InvoiceSummary::new(it, language)).collect();
    Ok(Json(InvoiceSummaries { items, next }))
}

/// One invoice with its lines, taxes and payments.
#[utoipa::path(get, path = "/api/v1/invoices/{id}", tag = "invoices",
    params(("id" = String, Path, description = "The invoice")),
    responses((status = 200, description = "The invoice", body = InvoiceDetails)))]
async fn show(
    State(app): State<AppState>,
    me: Principal,
    language: Language,
    ApiPath(id): ApiPath<InvoiceId>,
) -> Result<Json<InvoiceDetails>, Problem> {
    let store = &*app.ports().store;
    let invoice = me.see(store.invoice(id).await?, |it| it.customer_id)?;
    let lines = store.invoice_items(id).await?;
    let payments = store.payments_of(id).await?;
    let money = |it| MoneyView::new(it, language);
    Ok(Json(InvoiceDetails {
        summary: InvoiceSummary::new(&invoice, language),
        seller: PartyView::from(&invoice.seller),
        buyer: PartyView::from(&invoice.buyer),
        subtotal: money(invoice.subtotal),
        discount: money(invoice.discount),
        tax: money(invoice.tax),
        lines: lines.iter().map(|it| LineView::invoiced(it, language)).collect(),
        taxes: TaxView::all(&invoice.taxes, invoice.currency, language),
        payments: payments.iter().map(|it| PaymentDetails::new(it, language)).collect(),
    }))
}

/// How an invoice came about, line by line: the version of the price, the period and the part of it, the
/// coupon, the tax and its rounding. Every figure is computed again on the way.
#[utoipa::path(get, path = "/api/v1/invoices/{id}/explain", tag = "invoices",
    params(("id" = String, Path, description = "The invoice")),
    responses((status = 200, description = "The steps, in words and numbers", body = ExplanationView)))]
async fn explain(
    State(app): State<AppState>,
    me: Principal,
    language: Language,
    ApiPath(id): ApiPath<InvoiceId>,
) -> Result<Json<ExplanationView>, Problem> {
    let store = &*app.ports().store;
    let invoice = me.see(store.invoice(id).await?, |it| it.customer_id)?;
    let items = store.invoice_items(id).await?;
    let explained = billing::explain(&invoice, &items).map_err(|error| {
        tracing::error!(invoice = %id, %error, "an invoice's figures do not follow from each other");
        Problem::internal()
    })?;
    Ok(Json(ExplanationView::new(&explained, invoice.number.as_deref(), language)))
}
