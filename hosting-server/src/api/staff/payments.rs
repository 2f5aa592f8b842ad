//! Payments and refunds, as staff see them.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use hosting_core::{
    decide::billing::RefundRefusal,
    kernel::{Money, Versioned},
    model::{
        CustomerId, Payment, PaymentId, PaymentStatus, Permission as P, Refund,
        billing::PaymentKind,
    },
    port::store::PaymentFilter,
    service::{self, ServiceError, payments::ConfirmRefusal},
    work,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{
    page::{StaffMoney, StaffPage, wanted},
    save::line,
};
use crate::{
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
        .route(Access::Needs(P::InvoicesView), routes!(list_refunds))
        .route(Access::Needs(P::InvoicesManage), routes!(refund_payment))
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

/// Money given back, as staff see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffRefund {
    /// The refund.
    id: String,
    /// Of which payment.
    payment_id: String,
    /// The invoice it was paid for.
    invoice_id: String,
    /// How much.
    amount: StaffMoney,
    /// Why.
    reason: String,
    /// `pending`, `unknown`, `succeeded` or `failed`.
    status: &'static str,
    /// The provider's own id.
    provider_ref: Option<String>,
    /// The provider's words.
    detail: String,
    /// When it was decided.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl From<&Versioned<Refund>> for StaffRefund {
    fn from(refund: &Versioned<Refund>) -> Self {
        Self {
            id: refund.id.to_string(),
            payment_id: refund.payment_id.to_string(),
            invoice_id: refund.invoice_id.to_string(),
            amount: refund.amount.into(),
            reason: refund.reason.clone(),
            status: refund.status.as_str(),
            provider_ref: refund.provider_ref.clone(),
            detail: refund.detail.clone(),
            created_at: refund.created_at,
            updated_at: refund.updated_at,
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

async fn found(app: &AppState, id: PaymentId) -> Result<Versioned<Payment>, Problem> {
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

/// A transfer that staff have seen on the bank statement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmPayment {
    /// What arrived, in minor units of the payment's currency.
    #[schema(minimum = 1)]
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

/// Ask the provider now what became of a payment, and show what is known then.
#[utoipa::path(post, path = "/api/v1/admin/payments/{id}/ask", tag = "admin: payments",
    params(("id" = String, Path, description = "The payment")),
    responses((status = 200, description = "The payment", body = StaffPayment)))]
async fn ask_payment(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<PaymentId>,
) -> Result<Json<StaffPayment>, Problem> {
    if let Some(task) = service::offers::ask(app.ports(), &me.actor(), id).await? {
        // What the provider did not answer now, the queue asks again.
        work::run_now(app.ports(), task).await?;
    }
    Ok(Json(StaffPayment::from(&found(&app, id).await?)))
}

/// Money given back for a payment, oldest first.
#[utoipa::path(get, path = "/api/v1/admin/payments/{id}/refunds", tag = "admin: payments",
    params(("id" = String, Path, description = "The payment")),
    responses((status = 200, description = "Refunds", body = StaffPage<StaffRefund>)))]
async fn list_refunds(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<PaymentId>,
) -> Result<Json<StaffPage<StaffRefund>>, Problem> {
    found(&app, id).await?;
    let refunds = app.ports().store.refunds_of(id).await?;
    Ok(Json(StaffPage::whole(refunds.iter().map(StaffRefund::from).collect())))
}

/// Money to be given back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundPayment {
    /// How much, in minor units of the payment's currency.
    #[schema(minimum = 1)]
    amount_minor: i64,
    /// Why; kept with the refund.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

/// Start giving money back. The provider is asked by the queue; the refund tells how it went.
#[utoipa::path(post, path = "/api/v1/admin/payments/{id}/refunds", tag = "admin: payments", request_body = RefundPayment,
    params(("id" = String, Path, description = "The payment")),
    responses((status = 201, description = "The refund", body = StaffRefund)))]
async fn refund_payment(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<PaymentId>,
    ApiJson(body): ApiJson<RefundPayment>,
) -> Result<(StatusCode, Json<StaffRefund>), Problem> {
    let mut fields = Fields::default();
    let reason = line(&mut fields, "/reason", &body.reason, 200);
    fields.finish()?;
    let amount = Money::from_minor(body.amount_minor, found(&app, id).await?.currency);
    let started = service::payments::refund(app.ports(), &me.actor(), id, amount, reason).await;
    let refund_id = started.map_err(|error| match error {
        ServiceError::Refused(
            it @ (RefundRefusal::MoreThanLeft(_)
            | RefundRefusal::NotPositive
            | RefundRefusal::Money(_)),
        ) => Problem::field("/amount_minor", sentence(&it.to_string())),
        other => other.into(),
    })?;
    let refund = app.ports().store.refund(refund_id).await?.ok_or_else(Problem::not_found)?;
    Ok((StatusCode::CREATED, Json(StaffRefund::from(&refund))))
}
