//! What is asked of carts.

use super::body;
use super::{
    body::{CartItems, CouponBody, CreateCart},
    view::{CartView, CheckedOut},
};
use crate::{
    auth::{
        Guest, Principal,
        limits::{self, Limit},
    },
    http::{Access, ApiJson, ApiPath, ApiRoutes, ClientIp, Fields, Problem, problem::sentence},
    state::AppState,
    view::Language,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hosting_core::{
    decide::ordering::{CartRefusal, CheckoutRefusal},
    kernel::Currency,
    model::{CartId, CustomerId, Permission},
    service::{ServiceError, carts, orders},
};
use utoipa_axum::routes;

pub(in crate::api) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Public, routes!(create))
        .route(Access::Public, routes!(show))
        .route(Access::Public, routes!(fill))
        .route(Access::Public, routes!(set_coupon, remove_coupon))
        .route(Access::CustomerOwn(Permission::CustomerOrdersManage), routes!(check_out))
}

fn customer_of(guest: &Guest) -> Option<CustomerId> {
    guest.0.as_ref().and_then(Principal::customer_id)
}

/// The cart with its quote, for somebody who may see it.
async fn quoted(
    app: &AppState,
    guest: &Guest,
    id: CartId,
    language: Language,
) -> Result<CartView, Problem> {
    let customer_id = customer_of(guest);
    let cart = carts::find(app.ports(), id, customer_id).await?;
    match orders::quote(app.ports(), &guest.actor(), id, customer_id).await {
        Ok((cart, quote)) => Ok(CartView::quoted(&cart, &quote, language)),
        Err(ServiceError::Refused(refusal)) => Ok(CartView::unpriced(&cart, &refusal)),
        Err(error) => Err(error.into()),
    }
}

fn refused(error: ServiceError<CartRefusal>) -> Problem {
    let ServiceError::Refused(refusal) = error else { return error.into() };
    let words = sentence(&refusal.to_string());
    match refusal {
        CartRefusal::AlreadyOrdered => Problem::refused(words),
        CartRefusal::TooManyLines => Problem::field("/items", words),
        CartRefusal::Quantity { line } => Problem::field(format!("/items/{line}/quantity"), words),
        CartRefusal::NotForSale { line } => Problem::field(format!("/items/{line}/plan_id"), words),
        CartRefusal::NoPrice { line } => Problem::field(format!("/items/{line}/cycle"), words),
        CartRefusal::Code => Problem::field("/code", words),
    }
}

/// Open a cart. Keep its id: a guest's cart is whoever's knows it.
#[utoipa::path(post, path = "/api/v1/carts", tag = "carts", request_body = CreateCart,
    responses((status = 201, description = "The cart with what it costs", body = CartView)))]
async fn create(
    State(app): State<AppState>,
    ip: ClientIp,
    guest: Guest,
    language: Language,
    ApiJson(body): ApiJson<CreateCart>,
) -> Result<Response, Problem> {
    let mut fields = Fields::default();
    let currency = fields.parse_optional::<Currency>("/currency", body.currency.as_deref());
    let items = body::items(&mut fields, &body.items);
    fields.finish()?;
    let ports = app.ports();
    let customer_id = customer_of(&guest);
    if customer_id.is_none() {
        limits::count(&app, Limit::CART, ip.0).await?;
    }
    let currency = match (currency, customer_id) {
        (Some(currency), _) => currency,
        (None, Some(id)) => {
            let customer = ports.store.customer(id).await?.ok_or_else(Problem::not_found)?;
            customer.currency
        }
        (None, None) => ports.store.shop().await?.currency,
    };
    let id = carts::open(ports, &guest.actor(), customer_id, currency, &items).await;
    let id = id.map_err(refused)?;
    let view = quoted(&app, &guest, id, language).await?;
    Ok((StatusCode::CREATED, [location(&format!("/api/v1/carts/{id}"))], Json(view))
        .into_response())
}

fn location(path: &str) -> (header::HeaderName, HeaderValue) {
    let value = HeaderValue::from_str(path).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (header::LOCATION, value)
}

/// A cart with what it costs now.
#[utoipa::path(get, path = "/api/v1/carts/{id}", tag = "carts",
    params(("id" = String, Path, description = "The cart")),
    responses((status = 200, description = "The cart with what it costs", body = CartView)))]
async fn show(
    State(app): State<AppState>,
    guest: Guest,
    language: Language,
    ApiPath(id): ApiPath<CartId>,
) -> Result<Json<CartView>, Problem> {
    Ok(Json(quoted(&app, &guest, id, language).await?))
}

/// Replace the lines of a cart.
#[utoipa::path(put, path = "/api/v1/carts/{id}/items", tag = "carts", request_body = CartItems,
    params(("id" = String, Path, description = "The cart")),
    responses((status = 200, description = "The cart with what it costs", body = CartView)))]
async fn fill(
    State(app): State<AppState>,
    guest: Guest,
    language: Language,
    ApiPath(id): ApiPath<CartId>,
    ApiJson(body): ApiJson<CartItems>,
) -> Result<Json<CartView>, Problem> {
    let mut fields = Fields::default();
    let items = body::items(&mut fields, &body.items);
    fields.finish()?;
    let done = carts::fill(app.ports(), &guest.actor(), id, customer_of(&guest), &items).await;
    done.map_err(refused)?;
    Ok(Json(quoted(&app, &guest, id, language).await?))
}

/// Type a coupon. One that does not count stays in the cart, and the quote says why.
#[utoipa::path(put, path = "/api/v1/carts/{id}/coupon", tag = "carts", request_body = CouponBody,
    params(("id" = String, Path, description = "The cart")),
    responses((status = 200, description = "The cart with what it costs", body = CartView)))]
async fn set_coupon(
    State(app): State<AppState>,
    guest: Guest,
    language: Language,
    ApiPath(id): ApiPath<CartId>,
    ApiJson(body): ApiJson<CouponBody>,
) -> Result<Json<CartView>, Problem> {
    let (actor, customer_id) = (guest.actor(), customer_of(&guest));
    let done = carts::coupon(app.ports(), &actor, id, customer_id, Some(&body.code)).await;
    done.map_err(refused)?;
    Ok(Json(quoted(&app, &guest, id, language).await?))
}

/// Take the coupon out.
#[utoipa::path(delete, path = "/api/v1/carts/{id}/coupon", tag = "carts",
    params(("id" = String, Path, description = "The cart")),
    responses((status = 200, description = "The cart with what it costs", body = CartView)))]
async fn remove_coupon(
    State(app): State<AppState>,
    guest: Guest,
    language: Language,
    ApiPath(id): ApiPath<CartId>,
) -> Result<Json<CartView>, Problem> {
    let (actor, customer_id) = (guest.actor(), customer_of(&guest));
    carts::coupon(app.ports(), &actor, id, customer_id, None).await.map_err(refused)?;
    Ok(Json(quoted(&app, &guest, id, language).await?))
}

/// Order what is in a cart. One cart is one order: asking twice answers the same order.
#[utoipa::path(post, path = "/api/v1/carts/{id}/checkout", tag = "carts",
    params(("id" = String, Path, description = "The cart")),
    responses((status = 201, description = "The order and its invoice", body = CheckedOut)))]
pub(crate) async fn check_out(
    State(app): State<AppState>,
    me: Principal,
    language: Language,
    ApiPath(id): ApiPath<CartId>,
) -> Result<Response, Problem> {
    let customer_id = me.customer_id().ok_or_else(Problem::forbidden)?;
    let ports = app.ports();
    let placed = orders::place_order(ports, &me.actor(), id, customer_id).await;
    let (order_id, invoice_id) = placed.map_err(|error| match error {
        ServiceError::Refused(CheckoutRefusal::NotYours) => Problem::not_found(),
        ServiceError::Refused(CheckoutRefusal::Coupon(it)) => {
            Problem::refused(language.coupon_refusal(it))
        }
        other => other.into(),
    })?;
    let order = ports.store.order(order_id).await?.ok_or_else(Problem::not_found)?;
    let invoice = ports.store.invoice(invoice_id).await?.ok_or_else(Problem::not_found)?;
    let view = CheckedOut::new(&order, &invoice, language);
    let place = location(&format!("/api/v1/orders/{order_id}"));
    Ok((StatusCode::CREATED, [place], Json(view)).into_response())
}
