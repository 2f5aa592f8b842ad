//! `/api/v1/admin`: what staff do.
//!
//! Every route needs a permission of staff and sees everybody's things. What is edited carries a
//! version: a change names the one that was seen, in the body or as `If-Match`, and is refused when
//! somebody else saved meanwhile. Prices, tax rules and documents are never edited; they are followed
//! by new ones, ended or voided. Secrets go in and never come out.

pub mod clock;
pub mod coupons;
pub mod customers;
pub mod events;
pub mod invoices;
pub mod orders;
pub mod page;
pub mod panels;
pub mod payments;
pub mod plans;
pub mod prices;
pub mod products;
mod rate;
pub mod refunds;
pub mod save;
pub mod servers;
pub mod settings;
pub mod subscriptions;
pub mod tasks;
pub mod tax_rules;
pub mod webhooks;

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
