//! The console's addresses, and what its pages work on.

use std::sync::Arc;

use axum::{
    Router,
    http::header,
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use hosting_core::port::Clock;

use super::{
    accounts, api, clock,
    failure::{Trouble, TroublePage},
    faults, guard,
    html::Page,
    mails, payments, webhooks,
};
use crate::{
    cpanel::sandbox::WhmSandbox,
    midtrans::sandbox::MidtransSandbox,
    sandbox::{AdvanceClock, Faults, SmtpSandbox},
};

/// What the console shows and switches.
#[derive(Clone)]
pub(in crate::sandbox) struct Console {
    pub(in crate::sandbox) midtrans: MidtransSandbox,
    pub(in crate::sandbox) whm: WhmSandbox,
    pub(in crate::sandbox) smtp: SmtpSandbox,
    pub(in crate::sandbox) faults: Faults,
    pub(in crate::sandbox) clock: Arc<dyn Clock>,
    pub(in crate::sandbox) advance: Option<Arc<dyn AdvanceClock>>,
}

/// What a handler of a page answers.
pub(super) type Answer = Result<Page, TroublePage>;
/// What a handler of a form answers.
pub(super) type Done = Result<Redirect, TroublePage>;

impl Console {
    /// The console's addresses, guarded.
    pub(in crate::sandbox) fn router(self) -> Router {
        Router::new()
            .route("/", get(payments::page))
            .route("/payments/{order_id}/{action}", post(payments::submit))
            .route("/webhooks", post(webhooks::submit))
            .route("/accounts", get(accounts::page))
            .route("/accounts/{username}/suspend", post(accounts::submit))
            .route("/mail", get(mails::page))
            .route("/mail/clear", post(mails::clear))
            .route("/mail/switches", post(mails::switch))
            .route("/mail/{id}", get(mails::one))
            .route("/mail/{id}/html", get(mails::html))
            .route("/faults", get(faults::page).post(faults::submit))
            .route("/faults/clear", post(faults::clear))
            .route("/clock", post(clock::submit))
            .route("/console.css", get(style))
            .nest("/api", api::router())
            .fallback(async || TroublePage(Trouble::Missing("There is no such page.".to_owned())))
            .layer(middleware::from_fn(guard::guard))
            .with_state(self)
    }

    pub(super) fn page(&self, section: &'static str, title: &str, body: String) -> Page {
        Page { section, title: title.to_owned(), aside: clock::form(self), body }
    }
}

async fn style() -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=300")];
    (headers, include_str!("console.css")).into_response()
}
