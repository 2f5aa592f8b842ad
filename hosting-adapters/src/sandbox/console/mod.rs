//! The sandbox's web console: everything the outside world could do, one click each.
//!
//! Plain pages that work without JavaScript, and the same as JSON under `/api/` for scripts:
//!
//! | call | does |
//! |---|---|
//! | `GET /api/payments` | lists payments, newest first |
//! | `POST /api/payments/{order_id}/{action}` | `pay`, `pay_short`, `expire`, `deny`, `resend` |
//! | `GET`, `POST /api/webhooks` | reads or sets the webhook switches |
//! | `GET`, `POST`, `DELETE /api/faults` | lists, orders or clears faults |
//! | `GET /api/accounts` | lists panel accounts |
//! | `POST /api/accounts/{username}/suspend` | suspends as an abuse desk would |
//! | `GET /api/mail`, `GET /api/mail/{id}`, `DELETE /api/mail` | reads (`?to=`) or empties the inbox |
//! | `GET`, `POST /api/smtp` | reads or sets the mail switches |
//! | `GET`, `POST /api/clock` | reads the clock, or moves it forward by `{"seconds": n}` |
//!
//! Errors are `{"error": "…"}`. It listens on this machine only and has no log-in; see `guard.rs` for
//! what keeps other pages out.

mod accounts;
mod api;
mod clock;
mod failure;
mod faults;
mod guard;
mod html;
mod mails;
mod payments;
mod webhooks;

use std::sync::Arc;

use axum::{
    Router,
    http::header,
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use hosting_core::port::Clock;

use self::{
    failure::{Trouble, TroublePage},
    html::Page,
};
use super::{AdvanceClock, Faults, SmtpSandbox};
use crate::{cpanel::sandbox::WhmSandbox, midtrans::sandbox::MidtransSandbox};

/// What the console shows and switches.
#[derive(Clone)]
pub(super) struct Console {
    pub(super) midtrans: MidtransSandbox,
    pub(super) whm: WhmSandbox,
    pub(super) smtp: SmtpSandbox,
    pub(super) faults: Faults,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) advance: Option<Arc<dyn AdvanceClock>>,
}

/// What a handler of a page answers.
type Answer = Result<Page, TroublePage>;
/// What a handler of a form answers.
type Done = Result<Redirect, TroublePage>;

impl Console {
    /// The console's addresses, guarded.
    pub(super) fn router(self) -> Router {
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

    fn page(&self, section: &'static str, title: &str, body: String) -> Page {
        Page { section, title: title.to_owned(), aside: clock::form(self), body }
    }
}

async fn style() -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=300")];
    (headers, include_str!("console.css")).into_response()
}
