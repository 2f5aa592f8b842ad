//! What the links in mails lead to: proving an address, choosing a new password.
//!
//! Opening a link changes nothing, since mail scanners open links too; pressing the page's button does.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use super::{
    entry::MailSentPage,
    form::{Help, Typed},
    frame::{Frame, in_query},
    go, page, page_again,
};
use crate::{
    api::{password, register},
    auth::Guest,
    http::{Access, ApiJson, ApiRoutes, ClientIp, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .page(Access::Public, "/verify-email", verify_page)
        .form(Access::Public, "/verify-email", verify)
        .form(Access::Public, "/verify-email/resend", resend)
        .page(Access::Public, "/forgot", forgot_page)
        .form(Access::Public, "/forgot", forgot)
        .page(Access::Public, "/reset-password", reset_page)
        .form(Access::Public, "/reset-password", reset)
}

const EMAIL: [(&str, &str); 1] = [("email", "email")];
const TOKEN: [(&str, &str); 1] = [("token", "token")];
const RESET: [(&str, &str); 2] = [("token", "token"), ("password", "password")];

#[derive(Debug, Template)]
#[template(path = "verify.html")]
struct VerifyPage {
    f: Frame,
    form: Typed,
}

#[derive(Debug, Template)]
#[template(path = "forgot.html")]
struct ForgotPage {
    f: Frame,
    form: Typed,
}

#[derive(Debug, Template)]
#[template(path = "reset.html")]
struct ResetPage {
    f: Frame,
    form: Typed,
}

fn token(query: Option<String>) -> Typed {
    let token = in_query(&query.unwrap_or_default(), "token").unwrap_or_default();
    Typed::of(&[("token", &token)])
}

/// Whether the form lacks one of `names`; they are noted.
fn lacks(form: &mut Typed, f: &Frame, names: &[&str]) -> bool {
    for name in names {
        if form.filled(name).is_none() {
            form.note(name, if *name == "token" { f.t.form.token } else { f.t.form.needed });
        }
    }
    form.has_misfits()
}

fn incomplete() -> Problem {
    Problem::invalid(Vec::new())
}

async fn verify_page(f: Frame, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    page(&VerifyPage { f, form: token(query) })
}

async fn verify(
    State(app): State<AppState>,
    ip: ClientIp,
    guest: Guest,
    f: Frame,
    mut form: Typed,
) -> Result<Response, Problem> {
    if lacks(&mut form, &f, &["token"]) {
        return page_again(&incomplete(), &VerifyPage { f, form });
    }
    match register::verify_email(State(app), ip, guest, ApiJson(form.body(&TOKEN)?)).await {
        Ok(_) => Ok(go(if f.known() { "/dashboard?ok=verified" } else { "/login?ok=verified" })),
        Err(problem) => {
            form.learn(&problem, &f, &TOKEN)?;
            page_again(&problem, &VerifyPage { f, form })
        }
    }
}

async fn resend(
    State(app): State<AppState>,
    ip: ClientIp,
    guest: Guest,
    f: Frame,
    mut form: Typed,
) -> Result<Response, Problem> {
    if lacks(&mut form, &f, &["email"]) {
        return page_again(&incomplete(), &VerifyPage { f, form });
    }
    match register::resend(State(app), ip, guest, ApiJson(form.body(&EMAIL)?)).await {
        Ok(_) => page(&MailSentPage { f }),
        Err(problem) => {
            form.learn(&problem, &f, &EMAIL)?;
            page_again(&problem, &VerifyPage { f, form })
        }
    }
}

async fn forgot_page(f: Frame) -> Result<Response, Problem> {
    page(&ForgotPage { f, form: Typed::default() })
}

async fn forgot(
    State(app): State<AppState>,
    ip: ClientIp,
    guest: Guest,
    f: Frame,
    mut form: Typed,
) -> Result<Response, Problem> {
    if lacks(&mut form, &f, &["email"]) {
        return page_again(&incomplete(), &ForgotPage { f, form });
    }
    match password::request_reset(State(app), ip, guest, ApiJson(form.body(&EMAIL)?)).await {
        Ok(_) => page(&MailSentPage { f }),
        Err(problem) => {
            form.learn(&problem, &f, &EMAIL)?;
            page_again(&problem, &ForgotPage { f, form })
        }
    }
}

async fn reset_page(f: Frame, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let form = token(query);
    if form.filled("token").is_none() {
        return Ok(go("/forgot"));
    }
    page(&ResetPage { f, form })
}

async fn reset(
    State(app): State<AppState>,
    ip: ClientIp,
    guest: Guest,
    f: Frame,
    mut form: Typed,
) -> Result<Response, Problem> {
    if lacks(&mut form, &f, &["token", "password"]) {
        return page_again(&incomplete(), &ResetPage { f, form });
    }
    match password::reset(State(app), ip, guest, ApiJson(form.body(&RESET)?)).await {
        Ok(_) => Ok(go("/login?ok=reset")),
        Err(problem) => {
            form.learn(&problem, &f, &RESET)?;
            page_again(&problem, &ResetPage { f, form })
        }
    }
}
