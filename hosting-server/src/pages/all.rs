//! Every page, and how one is answered.

use super::{
    account, cart, catalog, checkout, entry, invoices, links, orders, pay, profile, services,
};
use crate::http::{ApiRoutes, Problem};
use axum::response::{Html, IntoResponse, Redirect, Response};

/// Registers every page.
#[must_use]
pub fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .with(catalog::routes)
        .with(cart::routes)
        .with(checkout::routes)
        .with(entry::routes)
        .with(links::routes)
        .with(account::routes)
        .with(orders::routes)
        .with(invoices::routes)
        .with(pay::routes)
        .with(services::routes)
        .with(profile::routes)
}

/// A page as an answer.
pub(super) fn page(template: &impl askama::Template) -> Result<Response, Problem> {
    match template.render() {
        Ok(html) => Ok(Html(html).into_response()),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            Err(Problem::internal())
        }
    }
}

/// A page as an answer to a form that does not fit, or that was refused.
pub(super) fn page_again(
    problem: &Problem,
    template: &impl askama::Template,
) -> Result<Response, Problem> {
    let mut response = page(template)?;
    // A log-in that failed is no challenge to the browser, so it must not look like one.
    *response.status_mut() = match problem.status() {
        axum::http::StatusCode::UNAUTHORIZED => axum::http::StatusCode::UNPROCESSABLE_ENTITY,
        status => status,
    };
    Ok(response)
}

/// After a form: on to a page, so that loading it again sends nothing twice.
pub(super) fn go(path: &str) -> Response {
    Redirect::to(path).into_response()
}
