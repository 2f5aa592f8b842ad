//! The panel beside an invoice where it is paid, and its forms.

use askama::Template;
use axum::{
    Json,
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use hosting_core::{
    model::{
        Instructions, Invoice, InvoiceId, Payment, PaymentId, Permission,
        charge::{Method, Shows},
    },
    service::payments::methods_for,
};
use serde_json::json;

use super::{
    account::{Badge, Stands},
    form::Typed,
    frame::{Frame, Raw, in_query},
    go,
    invoices::{InvoicePage, OWN},
    people, qr,
};
use crate::{
    api::payments,
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiRoutes, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    const POLL: Access = OWN;
    const PAY: Access = Access::CustomerOwn(Permission::CustomerInvoicesPay);
    routes
        .form(PAY, "/customer/invoices/{id}/pay", pay)
        .page(POLL, "/customer/invoices/{id}/state", state)
        .form(PAY, "/customer/payments/{id}/check", check)
        .form(PAY, "/customer/payments/{id}/cancel", cancel)
}

/// A way to pay.
#[derive(Debug)]
struct Way {
    gateway: String,
    method: &'static str,
    name: &'static str,
    icon: &'static str,
}

/// An offer that waits for money.
#[derive(Debug)]
struct Offer {
    payment: Payment,
    name: String,
    by_staff: bool,
    qr: Option<Raw>,
}

/// Everything about paying one invoice.
#[derive(Debug, Template)]
#[template(path = "part/pay.html")]
pub(super) struct Panel {
    f: Frame,
    invoice: Invoice,
    ways: Vec<Way>,
    offer: Option<Offer>,
    history: Vec<(Payment, Badge, String)>,
    pub(super) refusal: String,
    /// Changes when there is something new to show.
    pub(super) stamp: String,
}

/// Its own template escapes what comes from outside.
impl askama::filters::HtmlSafe for Panel {}

const fn icon(shows: Shows) -> &'static str {
    match shows {
        Shows::VirtualAccount | Shows::Bill | Shows::Transfer => "landmark",
        Shows::Qr => "qr-code",
        Shows::Wallet => "wallet",
    }
}

fn name_of(app: &AppState, payment: &Payment) -> String {
    let gateway = app.ports().gateways.get(&payment.gateway);
    let method = gateway.and_then(|it| it.methods().iter().find(|it| it.id == payment.method));
    method.map_or_else(|| payment.method.clone(), |it: &Method| it.name.to_owned())
}

/// Changes whenever the page would look different.
fn stamp(invoice: &Invoice, payments: &[Payment]) -> String {
    use std::fmt::Write;
    let mut text = invoice.status.as_str().to_owned();
    for payment in payments {
        let shown = if payment.instructions.is_some() { "_shown" } else { "" };
        let _ = write!(text, "-{}{shown}", payment.status.as_str());
    }
    text
}

async fn payments_of(app: &AppState, id: InvoiceId) -> Result<Vec<Payment>, Problem> {
    let found = app.ports().store.payments_of(id).await?;
    Ok(found.into_iter().map(|it| it.value).collect())
}

impl Panel {
    /// What can be done about `invoice`; `chosen` is the payment that was asked for last.
    pub(super) async fn load(
        app: &AppState,
        f: &Frame,
        invoice: &Invoice,
        chosen: Option<&str>,
    ) -> Result<Self, Problem> {
        let payments = payments_of(app, invoice.id).await?;
        let stamp = stamp(invoice, &payments);
        let open = invoice.status.is_open();
        let mut ways: Vec<Way> =
            if open { methods_for(app.ports(), invoice.balance()) } else { Vec::new() }
                .into_iter()
                .map(|(gateway, it)| Way {
                    gateway,
                    method: it.id,
                    name: it.name,
                    icon: icon(it.shows),
                })
                .collect();
        let preferred = app.config().payment_default.as_deref();
        ways.sort_by_key(|it| preferred != Some(it.gateway.as_str()));
        let waiting = || payments.iter().filter(|it| open && it.status.is_in_flight());
        let asked = waiting().find(|it| Some(it.id.to_string().as_str()) == chosen);
        let offer = asked.or_else(|| waiting().next_back()).cloned().map(|payment| Offer {
            name: name_of(app, &payment),
            by_staff: app
                .ports()
                .gateways
                .get(&payment.gateway)
                .is_none_or(|it| it.confirmed_by_staff()),
            qr: payment.instructions.as_ref().and_then(drawing),
            payment,
        });
        let history = payments
            .iter()
            .map(|it| (it.clone(), it.status.badge(f.t), name_of(app, it)))
            .collect();
        let (f, invoice) = (f.clone(), invoice.clone());
        Ok(Self { f, invoice, ways, offer, history, refusal: String::new(), stamp })
    }

    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn openable(&self, deeplink: &str) -> bool {
        openable(deeplink)
    }

    /// Whether the page looks again by itself.
    pub(super) fn waits(&self) -> bool {
        self.offer.is_some()
    }
}

fn drawing(instructions: &Instructions) -> Option<Raw> {
    match instructions {
        Instructions::Qr { payload } | Instructions::Wallet { qr_payload: Some(payload), .. } => {
            qr::draw(payload)
        }
        _ => None,
    }
}

/// A wallet's address, if a browser may be sent there: scripts are no addresses.
fn openable(deeplink: &str) -> bool {
    let url = reqwest::Url::parse(deeplink).ok();
    url.is_some_and(|it| {
        !matches!(it.scheme(), "javascript" | "data" | "vbscript" | "file" | "blob")
    })
}

fn invoice_page(id: InvoiceId, rest: &str) -> Response {
    go(&format!("/customer/invoices/{id}{rest}"))
}

/// Asks to pay in one of the ways.
async fn pay(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    ApiPath(id): ApiPath<InvoiceId>,
    form: Typed,
) -> Result<Response, Problem> {
    let (gateway, method) = form.get("way").split_once('/').unwrap_or_default();
    let body = serde_json::from_value(json!({ "gateway": gateway, "method": method }))
        .map_err(|_| Problem::malformed("The form is not complete."))?;
    let asked =
        payments::pay(State(app.clone()), me.clone(), f.lang, ApiPath(id), ApiJson(body)).await;
    match asked {
        Ok(answer) => {
            let place = answer.headers().get(axum::http::header::LOCATION);
            let place = place.and_then(|it| it.to_str().ok()).unwrap_or_default();
            let payment = place.rsplit('/').next().unwrap_or_default();
            Ok(invoice_page(id, &format!("?payment={payment}")))
        }
        Err(problem)
            if [StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY]
                .contains(&problem.status()) =>
        {
            let words = match problem.status() {
                StatusCode::CONFLICT => people::words(&problem, f.lang),
                _ => f.t.pay.choose.to_owned(),
            };
            InvoicePage::load(&app, &me, f, id, None).await?.refused(&problem, words)
        }
        Err(problem) => Err(problem),
    }
}

/// Tells a waiting page whether there is something new: 204 when there is not.
async fn state(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<InvoiceId>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let invoice = me.see(app.ports().store.invoice(id).await?, |it| it.customer_id)?;
    let now = stamp(&invoice, &payments_of(&app, id).await?);
    let seen = in_query(query.as_deref().unwrap_or_default(), "seen");
    if seen.as_deref() == Some(&now) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(Json(json!({ "changed": true })).into_response())
}

async fn invoice_of(app: &AppState, me: &Principal, id: PaymentId) -> Result<InvoiceId, Problem> {
    let payment = me.see(app.ports().store.payment(id).await?, |it| it.customer_id)?;
    Ok(payment.invoice_id)
}

/// "I have paid."
async fn check(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    ApiPath(id): ApiPath<PaymentId>,
) -> Result<Response, Problem> {
    let invoice = invoice_of(&app, &me, id).await?;
    match payments::check(State(app.clone()), me.clone(), f.lang, ApiPath(id)).await {
        Ok(_) => {
            let open = app.ports().store.invoice(invoice).await?;
            let open = open.is_some_and(|it| it.status.is_open());
            let rest = if open { format!("?ok=asked&payment={id}") } else { String::new() };
            Ok(invoice_page(invoice, &rest))
        }
        Err(problem) if problem.status() == StatusCode::TOO_MANY_REQUESTS => {
            let words = f.t.pay.too_often.to_owned();
            let chosen = id.to_string();
            let page = InvoicePage::load(&app, &me, f, invoice, Some(&chosen)).await?;
            page.refused(&problem, words)
        }
        Err(problem) => Err(problem),
    }
}

/// Withdraws an offer.
async fn cancel(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    ApiPath(id): ApiPath<PaymentId>,
) -> Result<Response, Problem> {
    let invoice = invoice_of(&app, &me, id).await?;
    let _ = payments::cancel(State(app), me, f.lang, ApiPath(id)).await?;
    Ok(invoice_page(invoice, "?ok=cancelled"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wallets_address_runs_no_script() {
        assert!(openable("https://gopay.example/pay"));
        assert!(openable("gojek://gopay/pay"));
        for bad in ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "", "nothing"]
        {
            assert!(!openable(bad), "{bad}");
        }
    }
}
