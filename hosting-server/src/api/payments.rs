//! Paying invoices.
//!
//! Asking to pay stores the intent and then makes the charge at once; when the provider's answer is
//! lost or late, the payment is answered as it is, with where to look again.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hosting_core::{
    decide::billing::PayRefusal,
    model::{InvoiceId, Payment, PaymentId, PaymentStatus, Permission},
    service::{
        ServiceError,
        offers::{self, AskRefusal, SaidRefusal},
        payments::StartRefusal,
    },
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::payments_at_once::carry_out;
pub use super::payments_view::{InstructionsView, PaymentDetails};
use crate::{
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiRoutes, Fields, Problem, problem::sentence},
    state::AppState,
    view::Language,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    use Permission as P;
    let own = Access::CustomerOwn(P::CustomerInvoicesPay);
    routes
        .route(own, routes!(pay))
        .route(Access::OwnOr(P::CustomerInvoicesView, P::InvoicesView), routes!(show))
        .route(own, routes!(check))
        .route(own, routes!(cancel))
}

/// How an invoice is to be paid: one of the ways under `/api/v1/payment-methods`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayBody {
    /// Through whom.
    #[schema(example = "midtrans", max_length = 64)]
    gateway: String,
    /// How.
    #[schema(example = "bca_va", max_length = 64)]
    method: String,
}

fn no_such_way(pointer: &str) -> Problem {
    Problem::field(pointer, "is not one of the ways to pay")
}

async fn own(app: &AppState, me: &Principal, id: PaymentId) -> Result<Payment, Problem> {
    let found = app.ports().store.payment(id).await?;
    Ok(me.see(found, |it| it.customer_id)?.value)
}

/// Pay what is owed on an invoice. Asking again for the same way answers the offer that is open.
#[utoipa::path(post, path = "/api/v1/invoices/{id}/payments", tag = "payments", request_body = PayBody,
    params(("id" = String, Path, description = "The invoice")),
    responses(
        (status = 200, description = "The offer was open already", body = PaymentDetails),
        (status = 201, description = "How to pay", body = PaymentDetails),
        (status = 202, description = "The provider has not answered yet; look again at `Location`", body = PaymentDetails),
    ))]
pub(crate) async fn pay(
    State(app): State<AppState>,
    me: Principal,
    language: Language,
    ApiPath(id): ApiPath<InvoiceId>,
    ApiJson(body): ApiJson<PayBody>,
) -> Result<Response, Problem> {
    let mut fields = Fields::default();
    for (pointer, text) in [("/gateway", &body.gateway), ("/method", &body.method)] {
        fields.demand(pointer, (1..=64).contains(&text.len()), "1 to 64 characters");
    }
    fields.finish()?;
    let ports = app.ports();
    me.see(ports.store.invoice(id).await?, |it| it.customer_id)?;
    let unknown = if ports.gateways.get(&body.gateway).is_some() { "/method" } else { "/gateway" };
    let begun = offers::begin(ports, &me.actor(), id, &body.gateway, &body.method).await;
    let begun = begun.map_err(|error| match error {
        ServiceError::Refused(StartRefusal::NoSuchMethod(_)) => no_such_way(unknown),
        ServiceError::Refused(StartRefusal::Pay(it @ PayRefusal::AmountNotTaken { .. })) => {
            Problem::field("/method", sentence(&it.to_string()))
        }
        other => other.into(),
    })?;
    if let Some(charge) = begun.charge {
        carry_out(&app, charge).await?;
    }
    let payment = own(&app, &me, begun.payment_id).await?;
    let status = match payment.status {
        PaymentStatus::Failed | PaymentStatus::Expired => {
            let words = "The provider did not take this payment; please choose another way to pay.";
            return Err(Problem::refused(words));
        }
        PaymentStatus::Pending | PaymentStatus::Unknown if payment.instructions.is_none() => {
            StatusCode::ACCEPTED
        }
        _ if begun.charge.is_some() => StatusCode::CREATED,
        _ => StatusCode::OK,
    };
    let path = format!("/api/v1/payments/{}", payment.id);
    let place = HeaderValue::from_str(&path).unwrap_or_else(|_| HeaderValue::from_static("/"));
    let view = Json(PaymentDetails::new(&payment, language));
    Ok((status, [(header::LOCATION, place)], view).into_response())
}

/// A payment.
#[utoipa::path(get, path = "/api/v1/payments/{id}", tag = "payments",
    params(("id" = String, Path, description = "The payment")),
    responses((status = 200, description = "The payment", body = PaymentDetails)))]
async fn show(
    State(app): State<AppState>,
    me: Principal,
    language: Language,
    ApiPath(id): ApiPath<PaymentId>,
) -> Result<Json<PaymentDetails>, Problem> {
    Ok(Json(PaymentDetails::new(&own(&app, &me, id).await?, language)))
}

/// Why the provider is not asked: too often is a matter of waiting, for customers and staff alike.
pub(super) fn not_asked(app: &AppState, error: ServiceError<AskRefusal>) -> Problem {
    match error {
        ServiceError::Refused(AskRefusal::TooOften) => {
            let gone = app.ports().now().timestamp().rem_euclid(60);
            Problem::too_many(u64::try_from(60 - gone).unwrap_or(60))
        }
        other => other.into(),
    }
}

/// "I have paid": the provider is asked now. Of a transfer that only staff can see, they are told, and
/// look; until they have, nothing is switched off for it.
#[utoipa::path(post, path = "/api/v1/payments/{id}/check", tag = "payments",
    params(("id" = String, Path, description = "The payment")),
    responses((status = 200, description = "The payment as the provider sees it", body = PaymentDetails)))]
pub(crate) async fn check(
    State(app): State<AppState>,
    me: Principal,
    language: Language,
    ApiPath(id): ApiPath<PaymentId>,
) -> Result<Json<PaymentDetails>, Problem> {
    own(&app, &me, id).await?;
    match offers::said_paid(app.ports(), &me.actor(), id, None).await {
        Ok(Some(task)) => {
            carry_out(&app, task).await?;
        }
        // Somebody who asks about a payment that is over sees that it is.
        Ok(None) | Err(ServiceError::Refused(SaidRefusal::Over(_))) => {}
        Err(ServiceError::Refused(SaidRefusal::Ask(it))) => {
            return Err(not_asked(&app, ServiceError::Refused(it)));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Json(PaymentDetails::new(&own(&app, &me, id).await?, language)))
}

/// Withdraw an offer to pay. When it was paid in that moment, the money counts.
#[utoipa::path(post, path = "/api/v1/payments/{id}/cancel", tag = "payments",
    params(("id" = String, Path, description = "The payment")),
    responses((status = 200, description = "The payment", body = PaymentDetails)))]
pub(crate) async fn cancel(
    State(app): State<AppState>,
    me: Principal,
    language: Language,
    ApiPath(id): ApiPath<PaymentId>,
) -> Result<Json<PaymentDetails>, Problem> {
    own(&app, &me, id).await?;
    if let Some(task) = offers::withdraw(app.ports(), &me.actor(), id).await? {
        carry_out(&app, task).await?;
    }
    Ok(Json(PaymentDetails::new(&own(&app, &me, id).await?, language)))
}
