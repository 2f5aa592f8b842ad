//! Money given back, as staff see it.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use hosting_core::{
    decide::billing::{RefundRefusal, RefundWish},
    kernel::{Money, Versioned},
    model::{AfterRefund, PaymentId, Permission as P, Refund, RefundId},
    service::{ServiceError, refunds},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    page::{StaffMoney, StaffPage},
    payments::{AMOUNT, found, is_amount},
    save::line,
};
use crate::{
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiRoutes, Fields, Problem, problem::sentence},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::InvoicesView), routes!(list_refunds))
        .route(Access::Needs(P::InvoicesManage), routes!(refund_payment))
        .route(Access::Needs(P::InvoicesView), routes!(show_refund))
        .route(Access::Needs(P::InvoicesManage), routes!(retry_refund))
        .route(Access::Needs(P::InvoicesManage), routes!(pay_refund_out))
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
    /// How it leaves: `gateway`, `by_hand`, `at_provider` or `charged_back`.
    way: &'static str,
    /// What becomes of the services when everything is given back: `end` or `keep`.
    services: &'static str,
    /// `pending`, `unknown`, `succeeded` or `failed`.
    status: &'static str,
    /// The provider's own id, or the reference of the transfer that staff made.
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
            way: refund.way.as_str(),
            services: refund.services.as_str(),
            status: refund.status.as_str(),
            provider_ref: refund.provider_ref.clone(),
            detail: refund.detail.clone(),
            created_at: refund.created_at,
            updated_at: refund.updated_at,
        }
    }
}

async fn shown(app: &AppState, id: RefundId) -> Result<Json<StaffRefund>, Problem> {
    let refund = app.ports().store.refund(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(StaffRefund::from(&refund)))
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
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_i64)]
    amount_minor: i64,
    /// Why; kept with the refund.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
    /// What becomes of the services when nothing of what paid their invoice is left: `end` them now
    /// (their accounts are kept for the retention time), which is meant unless said, or `keep` them.
    #[schema(example = "end", max_length = 16)]
    services: Option<String>,
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
    let services = fields.parse_optional::<AfterRefund>("/services", body.services.as_deref());
    fields.demand("/amount_minor", is_amount(body.amount_minor), AMOUNT);
    fields.finish()?;
    let amount = Money::from_minor(body.amount_minor, found(&app, id).await?.currency);
    let wish = RefundWish { amount, reason, services: services.unwrap_or(AfterRefund::End) };
    let started = refunds::start(app.ports(), &me.actor(), id, &wish).await;
    let refund_id = started.map_err(|error| match error {
        ServiceError::Refused(
            it @ (RefundRefusal::MoreThanLeft(_)
            | RefundRefusal::NotPositive
            | RefundRefusal::Money(_)),
        ) => Problem::field("/amount_minor", sentence(&it.to_string())),
        other => other.into(),
    })?;
    Ok((StatusCode::CREATED, shown(&app, refund_id).await?))
}

/// One refund.
#[utoipa::path(get, path = "/api/v1/admin/refunds/{id}", tag = "admin: payments",
    params(("id" = String, Path, description = "The refund")),
    responses((status = 200, description = "The refund", body = StaffRefund)))]
async fn show_refund(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<RefundId>,
) -> Result<Json<StaffRefund>, Problem> {
    shown(&app, id).await
}

/// Have the gateway asked again for a refund that it refused, or that was given up. It is the same
/// refund to the provider: it leaves once.
#[utoipa::path(post, path = "/api/v1/admin/refunds/{id}/retry", tag = "admin: payments",
    params(("id" = String, Path, description = "The refund")),
    responses((status = 200, description = "The refund", body = StaffRefund)))]
async fn retry_refund(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<RefundId>,
) -> Result<Json<StaffRefund>, Problem> {
    refunds::retry(app.ports(), &me.actor(), id).await?;
    shown(&app, id).await
}

/// A refund that staff paid by a transfer of their own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaidOut {
    /// The reference of the transfer, as on the bank statement.
    #[schema(min_length = 1, max_length = 100)]
    reference: String,
}

/// Say that a refund was paid out by hand: money of virtual accounts and transfers has no other way
/// back. Refused while the gateway is being asked, because it might pay as well.
#[utoipa::path(post, path = "/api/v1/admin/refunds/{id}/paid-out", tag = "admin: payments", request_body = PaidOut,
    params(("id" = String, Path, description = "The refund")),
    responses((status = 200, description = "The refund", body = StaffRefund)))]
async fn pay_refund_out(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<RefundId>,
    ApiJson(body): ApiJson<PaidOut>,
) -> Result<Json<StaffRefund>, Problem> {
    let mut fields = Fields::default();
    let reference = line(&mut fields, "/reference", &body.reference, 100);
    fields.finish()?;
    refunds::paid_out(app.ports(), &me.actor(), id, reference).await?;
    shown(&app, id).await
}
