//! Orders.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use hosting_core::{
    decide::billing::PaidPart,
    model::{Order, OrderId, OrderStatus, Permission, order::OrderKind},
    port::store::OrderFilter,
    service::orders,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use crate::{
    auth::Principal,
    http::{Access, ApiPath, ApiQuery, ApiRoutes, Fields, Problem},
    state::AppState,
    view::{Language, MoneyView, next, page},
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    use Permission as P;
    let see = Access::OwnOr(P::CustomerOrdersView, P::OrdersView);
    routes
        .route(see, routes!(list))
        .route(see, routes!(show))
        .route(Access::CustomerOwn(P::CustomerOrdersManage), routes!(cancel))
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderSummary {
    /// The order.
    id: String,
    /// `pending`, `paid`, `cancelled`, `refunded` or `failed`.
    status: &'static str,
    /// What is owed for it, tax included.
    total: MoneyView,
    /// The cart it came from.
    cart_id: String,
    /// The invoice that was issued for it.
    invoice_id: String,
    /// The services it starts.
    subscription_ids: Vec<String>,
    /// When it was placed.
    created_at: DateTime<Utc>,
}

impl OrderSummary {
    /// An order for somebody who reads `language`.
    pub(super) fn new(order: &Order, language: Language) -> Self {
        Self {
            id: order.id.to_string(),
            status: order.status.as_str(),
            total: MoneyView::new(order.total, language),
            cart_id: order.cart_id.to_string(),
            invoice_id: order.invoice_id.to_string(),
            subscription_ids: order.subscription_ids.iter().map(ToString::to_string).collect(),
            created_at: order.created_at,
        }
    }
}

/// Which orders, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OrderQuery {
    /// Only these.
    status: Option<String>,
    /// Where the page before ended.
    after: Option<String>,
    /// How many; 1 to 200, 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A page of orders.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderSummaries {
    items: Vec<OrderSummary>,
    /// Give this as `after` for the next page.
    next: Option<String>,
}

/// Orders, newest first.
#[utoipa::path(get, path = "/api/v1/orders", tag = "orders", params(OrderQuery),
    responses((status = 200, description = "A page of orders", body = OrderSummaries)))]
async fn list(
    State(app): State<AppState>,
    me: Principal,
    language: Language,
    ApiQuery(query): ApiQuery<OrderQuery>,
) -> Result<Json<OrderSummaries>, Problem> {
    let mut fields = Fields::default();
    let status = fields.parse_optional::<OrderStatus>("?status", query.status.as_deref());
    let request = page::<OrderKind>(&mut fields, query.after.as_deref(), query.limit);
    fields.finish()?;
    let filter = OrderFilter { customer_id: me.customer_filter()?, status };
    let found = app.ports().store.orders(&filter, &request).await?;
    let next = next(found.next.as_ref(), found.items.last().map(|it| it.id));
    let items = found.items.iter().map(|it| OrderSummary::new(it, language)).collect();
    Ok(Json(OrderSummaries { items, next }))
}

/// One order.
#[utoipa::path(get, path = "/api/v1/orders/{id}", tag = "orders",
    params(("id" = String, Path, description = "The order")),
    responses((status = 200, description = "The order", body = OrderSummary)))]
async fn show(
    State(app): State<AppState>,
    me: Principal,
    language: Language,
    ApiPath(id): ApiPath<OrderId>,
) -> Result<Json<OrderSummary>, Problem> {
    let order = me.see(app.ports().store.order(id).await?, |it| it.customer_id)?;
    Ok(Json(OrderSummary::new(&order, language)))
}

/// Cancel an order that was not paid. Offers to pay it end.
#[utoipa::path(post, path = "/api/v1/orders/{id}/cancel", tag = "orders",
    params(("id" = String, Path, description = "The order")),
    responses((status = 200, description = "The order", body = OrderSummary)))]
pub(crate) async fn cancel(
    State(app): State<AppState>,
    me: Principal,
    language: Language,
    ApiPath(id): ApiPath<OrderId>,
) -> Result<Json<OrderSummary>, Problem> {
    let ports = app.ports();
    me.see(ports.store.order(id).await?, |it| it.customer_id)?;
    let undecided = PaidPart::Undecided;
    orders::cancel(ports, &me.actor(), id, undecided, "cancelled by the customer").await?;
    let order = ports.store.order(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(OrderSummary::new(&order, language)))
}
