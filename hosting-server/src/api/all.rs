//! Every resource, put together.

use super::{
    account, api_keys, carts, catalog, email, invoices, login, orders, password, payments, profile,
    register, sessions, staff, subscriptions, users, webhooks,
};
use crate::{http::ApiRoutes, state::AppState};

/// All routes.
pub fn routes(app: &AppState) -> ApiRoutes {
    ApiRoutes::new(app)
        .with(register::routes)
        .with(login::routes)
        .with(account::routes)
        .with(password::routes)
        .with(email::routes)
        .with(sessions::routes)
        .with(api_keys::routes)
        .with(users::routes)
        .with(staff::routes)
        .with(catalog::routes)
        .with(carts::routes)
        .with(orders::routes)
        .with(invoices::routes)
        .with(payments::routes)
        .with(subscriptions::routes)
        .with(profile::routes)
        .with(webhooks::routes)
}
