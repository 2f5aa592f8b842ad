//! Orders, as staff see them.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::Versioned,
    model::{CustomerId, Order, OrderId, OrderStatus, Permission as P, order::OrderKind},
    port::store::OrderFilter,
    service,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{
    page::{StaffMoney, StaffPage, wanted},
    save::StaffGivingUp,
};
use crate::{
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiQuery, ApiRoutes, Fields, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::OrdersView), routes!(list_orders))
        .route(Access::Needs(P::OrdersView), routes!(show_order))
        .route(Access::Needs(P::OrdersManage), routes!(cancel_order))
}

/// An order, as staff see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffOrder {
    /// The order.
    id: String,
    /// Who ordered.
    customer_id: String,
    /// The invoice that was issued for it.
    invoice_id: String,
    /// The services it starts.
    subscription_ids: Vec<String>,
    /// The coupon it used.
    coupon_id: Option<String>,
    /// What the customer owes for it, tax included.
    total: StaffMoney,
    /// `pending`, `paid`, `cancelled`, `refunded` or `failed`.
    status: &'static str,
    /// When it was placed.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl From<&Versioned<Order>> for StaffOrder {
    fn from(order: &Versioned<Order>) -> Self {
        Self {
            id: order.id.to_string(),
            customer_id: order.customer_id.to_string(),
            invoice_id: order.invoice_id.to_string(),
            subscription_ids: order.subscription_ids.iter().map(ToString::to_string).collect(),
            coupon_id: order.coupon_id.map(|it| it.to_string()),
            total: order.total.into(),
            status: order.status.as_str(),
            created_at: order.created_at,
            updated_at: order.updated_at,
        }
    }
}

/// Which orders.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StaffOrderQuery {
    /// Only this customer's.
    customer_id: Option<String>,
    /// Only these: `pending`, `paid`, `cancelled`, `refunded` or `failed`.
    status: Option<String>,
    /// Where the page before ended.
    after: Option<String>,
    /// How many; 1 to 200, 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Orders, newest first.
#[utoipa::path(get, path = "/api/v1/admin/orders", tag = "admin: orders", params(StaffOrderQuery),
    responses((status = 200, description = "A page of orders", body = StaffPage<StaffOrder>)))]
async fn list_orders(
    State(app): State<AppState>,
    ApiQuery(query): ApiQuery<StaffOrderQuery>,
) -> Result<Json<StaffPage<StaffOrder>>, Problem> {
    let mut fields = Fields::default();
    let filter = OrderFilter {
        customer_id: fields
            .parse_optional::<CustomerId>("?customer_id", query.customer_id.as_deref()),
        status: fields.parse_optional::<OrderStatus>("?status", query.status.as_deref()),
    };
    let request = wanted::<OrderKind>(&mut fields, query.after.as_deref(), query.limit);
    fields.finish()?;
    let page = app.ports().store.orders(&filter, &request).await?;
    Ok(Json(StaffPage::of(&page, |it| it.id.to_string())))
}

async fn found(app: &AppState, id: OrderId) -> Result<Json<StaffOrder>, Problem> {
    let order = app.ports().store.order(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(StaffOrder::from(&order)))
}

/// One order.
#[utoipa::path(get, path = "/api/v1/admin/orders/{id}", tag = "admin: orders",
    params(("id" = String, Path, description = "The order")),
    responses((status = 200, description = "The order", body = StaffOrder)))]
async fn show_order(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<OrderId>,
) -> Result<Json<StaffOrder>, Problem> {
    found(&app, id).await
}

/// Cancel an order that was not fully paid. Its invoice is voided, and what it held is given back. One
/// of which a part is paid needs `paid_part`.
#[utoipa::path(post, path = "/api/v1/admin/orders/{id}/cancel", tag = "admin: orders", request_body = StaffGivingUp,
    params(("id" = String, Path, description = "The order")),
    responses((status = 200, description = "The order", body = StaffOrder)))]
async fn cancel_order(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<OrderId>,
    ApiJson(body): ApiJson<StaffGivingUp>,
) -> Result<Json<StaffOrder>, Problem> {
    let (reason, paid_part) = body.checked()?;
    service::orders::cancel(app.ports(), &me.actor(), id, paid_part, reason).await?;
    found(&app, id).await
}
