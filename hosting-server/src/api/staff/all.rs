//! Every resource of staff, put together.

use super::{
    clock, coupons, customer_edit, customer_users, customers, events, invoices, orders, panels,
    payments, plans, prices, products, refunds, servers, settings, subscriptions, tasks, tax_rules,
    users, webhooks,
};
use crate::http::ApiRoutes;

/// All routes of staff.
pub fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .with(products::routes)
        .with(plans::routes)
        .with(prices::routes)
        .with(coupons::routes)
        .with(tax_rules::routes)
        .with(customers::routes)
        .with(customer_edit::routes)
        .with(customer_users::routes)
        .with(users::routes)
        .with(orders::routes)
        .with(invoices::routes)
        .with(payments::routes)
        .with(refunds::routes)
        .with(webhooks::routes)
        .with(subscriptions::routes)
        .with(servers::routes)
        .with(panels::routes)
        .with(tasks::routes)
        .with(settings::routes)
        .with(events::routes)
        .with(clock::routes)
}
