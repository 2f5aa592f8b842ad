//! Registering, logging in and out.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::Response,
};

use super::{
    form::{Help, Typed},
    frame::{Frame, in_query},
    go,
    next::{escaped, safe},
    page, page_again,
};
use crate::{
    api::{login, register},
    auth::{Guest, Principal},
    http::{Access, ApiJson, ApiRoutes, ClientIp, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .page(Access::Public, "/login", log_in_page)
        .form(Access::Public, "/login", log_in)
        .page(Access::Public, "/register", register_page)
        .form(Access::Public, "/register", register_now)
        .form(Access::Public, "/logout", log_out)
}

const LOGIN: [(&str, &str); 2] = [("email", "email"), ("password", "password")];
const REGISTER: [(&str, &str); 12] = [
    ("email", "email"),
    ("password", "password"),
    ("name", "name"),
    ("company", "company"),
    ("kind", "kind"),
    ("phone", "phone"),
    ("line1", "address/line1"),
    ("city", "address/city"),
    ("region", "address/region"),
    ("postcode", "address/postcode"),
    ("country", "address/country"),
    ("tax_id", "tax_id"),
];

#[derive(Debug, Template)]
#[template(path = "login.html")]
struct LoginPage {
    f: Frame,
    form: Typed,
    next: String,
}

#[derive(Debug, Template)]
#[template(path = "register.html")]
struct RegisterPage {
    f: Frame,
    form: Typed,
    next: String,
}

/// "Look into your mail", whatever the shop knows of the address.
#[derive(Debug, Template)]
#[template(path = "mail_sent.html")]
pub(super) struct MailSentPage {
    pub(super) f: Frame,
}

impl LoginPage {
    fn other(&self) -> String {
        with_next("/register", &self.next)
    }
}

impl RegisterPage {
    fn other(&self) -> String {
        with_next("/login", &self.next)
    }
}

fn with_next(path: &str, next: &str) -> String {
    if next.is_empty() { path.to_owned() } else { format!("{path}?next={}", escaped(next)) }
}

fn wished(query: Option<&str>) -> String {
    let wish = in_query(query.unwrap_or_default(), "next").unwrap_or_default();
    safe(&wish).unwrap_or_default().to_owned()
}

async fn log_in_page(f: Frame, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let next = wished(query.as_deref());
    if f.known() {
        return Ok(go(landing(&next)));
    }
    page(&LoginPage { f, form: Typed::default(), next })
}

fn landing(next: &str) -> &str {
    safe(next).unwrap_or("/dashboard")
}

async fn log_in(
    State(app): State<AppState>,
    ip: ClientIp,
    headers: HeaderMap,
    f: Frame,
    mut form: Typed,
) -> Result<Response, Problem> {
    let next = safe(form.get("next")).unwrap_or_default().to_owned();
    let Ok(body) = form.body(&LOGIN) else {
        form.refusal = Some(f.t.form.not_let_in.to_owned());
        let problem = Problem::invalid(Vec::new());
        return page_again(&problem, &LoginPage { f, form, next });
    };
    match login::log_in(State(app), ip, headers, ApiJson(body)).await {
        Ok(entered) => {
            let mut response = go(landing(&next));
            for cookie in entered.headers().get_all(header::SET_COOKIE) {
                response.headers_mut().append(header::SET_COOKIE, cookie.clone());
            }
            Ok(response)
        }
        Err(problem) => {
            form.learn(&problem, &f, &LOGIN)?;
            page_again(&problem, &LoginPage { f, form, next })
        }
    }
}

async fn log_out(
    State(app): State<AppState>,
    Guest(me): Guest,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut response = go("/login?ok=out");
    if let Some(me) = me {
        let left = leave(app, me, headers).await?;
        for cookie in left.headers().get_all(header::SET_COOKIE) {
            response.headers_mut().append(header::SET_COOKIE, cookie.clone());
        }
    }
    Ok(response)
}

async fn leave(app: AppState, me: Principal, headers: HeaderMap) -> Result<Response, Problem> {
    login::log_out(State(app), me, headers).await
}

async fn register_page(f: Frame, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let next = wished(query.as_deref());
    if f.known() {
        return Ok(go(landing(&next)));
    }
    let country = f.shop.seller.address.country.to_string();
    let form = Typed::of(&[("country", &country)]);
    page(&RegisterPage { f, form, next })
}

async fn register_now(
    State(app): State<AppState>,
    ip: ClientIp,
    guest: Guest,
    f: Frame,
    mut form: Typed,
) -> Result<Response, Problem> {
    let next = safe(form.get("next")).unwrap_or_default().to_owned();
    for name in ["email", "password", "name", "line1", "city", "country"] {
        if form.filled(name).is_none() {
            form.note(name, f.t.form.needed);
        }
    }
    if form.has_misfits() {
        let problem = Problem::invalid(Vec::new());
        return page_again(&problem, &RegisterPage { f, form, next });
    }
    let kind = if form.filled("company").is_some() { "company" } else { "individual" };
    let mut sent = form.clone();
    sent.set("kind", kind);
    sent.set("locale", f.tag());
    let country = form.get("country").trim().to_uppercase();
    sent.set("country", &country);
    let mut fields = REGISTER.to_vec();
    fields.push(("locale", "locale"));
    let body = sent.body(&fields)?;
    match register::register(State(app), ip, guest, ApiJson(body)).await {
        Ok(_) => page(&MailSentPage { f }),
        Err(problem) => {
            form.learn(&problem, &f, &REGISTER)?;
            page_again(&problem, &RegisterPage { f, form, next })
        }
    }
}
