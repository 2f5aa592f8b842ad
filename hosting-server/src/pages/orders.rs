//! The customer's orders.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use hosting_core::{
    kernel::{Entity, Id, PageRequest},
    model::{Invoice, Order, OrderId, OrderStatus, Permission, Subscription, order::OrderKind},
    port::store::OrderFilter,
};

use super::{
    account::{Badge, Stands},
    frame::{Frame, in_query},
    go, page,
};
use crate::{
    api,
    auth::Principal,
    http::{Access, ApiPath, ApiRoutes, Problem},
    state::AppState,
    view::next,
};

const OWN: Access = Access::CustomerOwn(Permission::CustomerOrdersView);

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes.page(OWN, "/customer/orders", list).page(OWN, "/customer/orders/{id}", show).form(
        Access::CustomerOwn(Permission::CustomerOrdersManage),
        "/customer/orders/{id}/cancel",
        cancel,
    )
}

/// How many are on one page.
const SOME: u32 = 25;

/// Which page of a list the address asks for.
pub(super) fn page_of<T: Entity>(query: Option<&str>) -> PageRequest {
    let after = in_query(query.unwrap_or_default(), "after");
    let after = after.and_then(|it| it.parse::<Id<T>>().ok());
    PageRequest::after(after.map(|it| hosting_core::kernel::Cursor::new(it.stored())), SOME)
}

#[derive(Debug, Template)]
#[template(path = "orders.html")]
struct OrdersPage {
    f: Frame,
    orders: Vec<Order>,
    next: Option<String>,
}

impl OrdersPage {
    fn badge(&self, it: &Order) -> Badge {
        it.status.badge(self.f.t)
    }
}

async fn list(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let filter = OrderFilter { customer_id: me.customer_filter()?, status: None };
    let request = page_of::<OrderKind>(query.as_deref());
    let found = app.ports().store.orders(&filter, &request).await?;
    let next = next(found.next.as_ref(), found.items.last().map(|it| it.id));
    let orders = found.items.into_iter().map(|it| it.value).collect();
    page(&OrdersPage { f, orders, next })
}

#[derive(Debug, Template)]
#[template(path = "order.html")]
struct OrderPage {
    f: Frame,
    order: Order,
    invoice: Option<Invoice>,
    services: Vec<Subscription>,
}

impl OrderPage {
    fn badge(&self) -> Badge {
        self.order.status.badge(self.f.t)
    }

    fn can_cancel(&self) -> bool {
        self.order.status == OrderStatus::Pending
    }
}

async fn show(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    ApiPath(id): ApiPath<OrderId>,
) -> Result<Response, Problem> {
    let store = &app.ports().store;
    let order = me.see(store.order(id).await?, |it| it.customer_id)?.value;
    let invoice = store.invoice(order.invoice_id).await?.map(|it| it.value);
    let mut services = Vec::new();
    for id in &order.subscription_ids {
        services.extend(store.subscription(*id).await?.map(|it| it.value));
    }
    page(&OrderPage { f, order, invoice, services })
}

async fn cancel(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    ApiPath(id): ApiPath<OrderId>,
) -> Result<Response, Problem> {
    let _ = api::orders::cancel(State(app), me, f.lang, ApiPath(id)).await?;
    Ok(go(&format!("/customer/orders/{id}?ok=cancelled")))
}
