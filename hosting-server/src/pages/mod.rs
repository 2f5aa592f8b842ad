//! Pages for people: the shop for guests and the area for customers.
//!
//! A page is made on the server, works without a script, and holds no inline style or script. It
//! stands behind the same gate as the API ([`ApiRoutes::page`]), and it *is* the API underneath: forms
//! are handed to the handlers of [`api`](crate::api), so that rules, limits and refusals are the same
//! for a browser and for a program. What the API answers as a problem becomes a page in `people`.
//!
//! * `frame`: what every page shows around its own content; `written`: how amounts and days are
//!   written.
//! * `texts`: every word, in each language; a missing one does not compile.
//! * `form`: what was typed, and what does not fit, next to its field.
//! * [`assets`]: styles, icons, the font; embedded.
//!
//! Deliberately absent: a back office. Staff use the API.

pub(crate) mod account;
pub mod assets;
mod cart;
mod catalog;
mod checkout;
mod entry;
mod form;
mod frame;
mod invoices;
mod links;
mod next;
mod offers;
mod orders;
mod pay;
pub(crate) mod people;
mod profile;
mod qr;
mod services;
pub(crate) mod texts;
mod written;

use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::http::{ApiRoutes, Problem};

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
fn page(template: &impl askama::Template) -> Result<Response, Problem> {
    match template.render() {
        Ok(html) => Ok(Html(html).into_response()),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            Err(Problem::internal())
        }
    }
}

/// A page as an answer to a form that does not fit, or that was refused.
fn page_again(problem: &Problem, template: &impl askama::Template) -> Result<Response, Problem> {
    let mut response = page(template)?;
    // A log-in that failed is no challenge to the browser, so it must not look like one.
    *response.status_mut() = match problem.status() {
        axum::http::StatusCode::UNAUTHORIZED => axum::http::StatusCode::UNPROCESSABLE_ENTITY,
        status => status,
    };
    Ok(response)
}

/// After a form: on to a page, so that loading it again sends nothing twice.
fn go(path: &str) -> Response {
    Redirect::to(path).into_response()
}
