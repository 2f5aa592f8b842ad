//! Payments, as staff see them.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::{Money, Versioned},
    model::{CustomerId, Payment, PaymentId, PaymentStatus, Permission as P, billing::PaymentKind},
    port::store::PaymentFilter,
    service::{self, ServiceError, payments::ConfirmRefusal},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{
    page::{StaffMoney, StaffPage, wanted},
    save::line,
};
use crate::{
    api::{payments::not_asked, payments_at_once::carry_out},
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiQuery, ApiRoutes, Fields, Problem, problem::sentence},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::InvoicesView), routes!(list_payments))
        .route(Access::Needs(P::InvoicesView), routes!(show_payment))
        .route(Access::Needs(P::InvoicesManage), routes!(confirm_payment))
        .route(Access::Needs(P::InvoicesManage), routes!(ask_payment))
        .route(Access::Needs(P::InvoicesManage), routes!(deny_payment))
}

/// A payment, as staff see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffPayment {
    /// The payment.
    id: String,
    /// What is paid.
    invoice_id: String,
    /// Who pays.
    customer_id: String,
    /// The gateway's name.
    gateway: String,
    /// The method within the gateway.
    method: String,
    /// Our reference at the gateway.
    reference: String,
    /// The provider's own id.
    provider_ref: Option<String>,
    /// What was asked for.
    amount: StaffMoney,
    /// What arrived.
    received: StaffMoney,
    /// How much of that went towards the invoice.
    applied: StaffMoney,
    /// How much of it left again: given back, or taken back by the bank.
    given_back: StaffMoney,
    /// Who knows whether money came: `provider` or `staff`.
    confirmed_by: &'static str,
    /// When the customer said that they transferred, while staff have yet to look.
    reported_at: Option<DateTime<Utc>>,
    /// What they wrote with it.
    report: Option<String>,
    /// `pending`, `challenge`, `unknown`, `succeeded`, `failed` or `expired`.
    status: &'static str,
    /// The provider's words for the state.
    detail: String,
    /// When the offer ends.
    expires_at: DateTime<Utc>,
    /// When the provider was last asked.
    asked_at: Option<DateTime<Utc>>,
    /// When it is asked next.
    next_ask_at: Option<DateTime<Utc>>,
    /// How often it was asked.
    asks: i64,
    /// When the money arrived.
    succeeded_at: Option<DateTime<Utc>>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl From<&Versioned<Payment>> for StaffPayment {
    fn from(payment: &Versioned<Payment>) -> Self {
        Self {
            id: payment.id.to_string(),
            invoice_id: payment.invoice_id.to_string(),
            customer_id: payment.customer_id.to_string(),
            gateway: payment.gateway.clone(),
            method: payment.method.clone(),
            reference: payment.reference.clone(),
            provider_ref: payment.provider_ref.clone(),
            amount: payment.amount.into(),
            received: payment.received.into(),
            applied: payment.applied.into(),
            given_back: payment.given_back.into(),
            confirmed_by: payment.confirmed_by.as_str(),
            reported_at: payment.reported_at,
            report: payment.report.clone(),
            status: payment.status.as_str(),
            detail: payment.detail.clone(),
            expires_at: payment.expires_at,
            asked_at: payment.asked_at,
            next_ask_at: payment.next_ask_at,
            asks: payment.asks,
            succeeded_at: payment.succeeded_at,
            created_at: payment.created_at,
            updated_at: payment.updated_at,
        }
    }
}

/// Which payments.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StaffPaymentQuery {
    /// Only this customer's.
    customer_id: Option<String>,
    /// Only these: `pending`, `challenge`, `unknown`, `succeeded`, `failed` or `expired`.
    status: Option<String>,
    /// Where the page before ended.
    after: Option<String>,
    /// How many; 1 to 200, 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Payments, newest first.
#[utoipa::path(get, path = "/api/v1/admin/payments", tag = "admin: payments", params(StaffPaymentQuery),
    responses((status = 200, description = "A page of payments", body = StaffPage<StaffPayment>)))]
async fn list_payments(
    State(app): State<AppState>,
    ApiQuery(query): ApiQuery<StaffPaymentQuery>,
) -> Result<Json<StaffPage<StaffPayment>>, Problem> {
    let mut fields = Fields::default();
    let filter = PaymentFilter {
        customer_id: fields
            .parse_optional::<CustomerId>("?customer_id", query.customer_id.as_deref()),
        status: fields.parse_optional::<PaymentStatus>("?status", query.status.as_deref()),
    };
    let request = wanted::<PaymentKind>(&mut fields, query.after.as_deref(), query.limit);
    fields.finish()?;
    let page = app.ports().store.payments(&filter, &request).await?;
    Ok(Json(StaffPage::of(&page, |it| it.id.to_string())))
}

pub(super) async fn found(app: &AppState, id: PaymentId) -> Result<Versioned<Payment>, Problem> {
    app.ports().store.payment(id).await?.ok_or_else(Problem::not_found)
}

/// One payment.
#[utoipa::path(get, path = "/api/v1/admin/payments/{id}", tag = "admin: payments",
    params(("id" = String, Path, description = "The payment")),
    responses((status = 200, description = "The payment", body = StaffPayment)))]
async fn show_payment(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<PaymentId>,
) -> Result<Json<StaffPayment>, Problem> {
    Ok(Json(StaffPayment::from(&found(&app, id).await?)))
}

/// What an amount should be.
pub(super) const AMOUNT: &str = "above zero and at most 1000000000000000";

/// Whether staff may mean it: more than any invoice can say is a slip of the hand.
pub(super) fn is_amount(minor: i64) -> bool {
    (1..=1_000_000_000_000_000).contains(&minor)
}

/// A transfer that staff have seen on the bank statement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmPayment {
    /// What arrived, in minor units of the payment's currency.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_i64)]
    amount_minor: i64,
    /// Where it was seen, e.g. the line of the bank statement.
    #[schema(min_length = 1, max_length = 200)]
    note: String,
}

/// Confirm a transfer. Only for gateways that hear nothing by themselves.
#[utoipa::path(post, path = "/api/v1/admin/payments/{id}/confirm", tag = "admin: payments", request_body = ConfirmPayment,
    params(("id" = String, Path, description = "The payment")),
    responses((status = 200, description = "The payment", body = StaffPayment)))]
async fn confirm_payment(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<PaymentId>,
    ApiJson(body): ApiJson<ConfirmPayment>,
) -> Result<Json<StaffPayment>, Problem> {
    let mut fields = Fields::default();
    let note = line(&mut fields, "/note", &body.note, 200);
    fields.demand("/amount_minor", is_amount(body.amount_minor), AMOUNT);
    fields.finish()?;
    let amount = Money::from_minor(body.amount_minor, found(&app, id).await?.currency);
    let (ports, actor) = (app.ports(), me.actor());
    match service::payments::confirm_transfer(ports, &actor, id, amount, note).await {
        Ok(_) => Ok(Json(StaffPayment::from(&found(&app, id).await?))),
        Err(ServiceError::Refused(it @ ConfirmRefusal::Amount)) => {
            Err(Problem::field("/amount_minor", sentence(&it.to_string())))
        }
        Err(error) => Err(error.into()),
    }
}

/// A transfer that is not on the bank statement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DenyPayment {
    /// Where staff looked, e.g. the account and the day.
    #[schema(min_length = 1, max_length = 200)]
    note: String,
}

/// Say that a transfer did not come: the offer ends. Should it come later, it can be confirmed all
/// the same. Only for gateways that hear nothing by themselves.
#[utoipa::path(post, path = "/api/v1/admin/payments/{id}/deny", tag = "admin: payments", request_body = DenyPayment,
    params(("id" = String, Path, description = "The payment")),
    responses((status = 200, description = "The payment", body = StaffPayment)))]
async fn deny_payment(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<PaymentId>,
    ApiJson(body): ApiJson<DenyPayment>,
) -> Result<Json<StaffPayment>, Problem> {
    let mut fields = Fields::default();
    let note = line(&mut fields, "/note", &body.note, 200);
    fields.finish()?;
    service::payments::deny_transfer(app.ports(), &me.actor(), id, note).await?;
    Ok(Json(StaffPayment::from(&found(&app, id).await?)))
}

/// Ask the provider now what became of a payment, and show what is known then.
#[utoipa::path(post, path = "/api/v1/admin/payments/{id}/ask", tag = "admin: payments",
    params(("id" = String, Path, description = "The payment")),
    responses((status = 200, description = "The payment", body = StaffPayment)))]
async fn ask_payment(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<PaymentId>,
) -> Result<Json<StaffPayment>, Problem> {
    let asked = service::offers::ask(app.ports(), &me.actor(), id).await;
    if let Some(task) = asked.map_err(|error| not_asked(&app, error))? {
        // What the provider did not answer now, the queue asks again.
        carry_out(&app, task).await?;
    }
    Ok(Json(StaffPayment::from(&found(&app, id).await?)))
}
