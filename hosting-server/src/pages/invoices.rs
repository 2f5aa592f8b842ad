//! The customer's invoices, each a page that can be printed and paid.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use hosting_core::{
    kernel::Money,
    model::{
        Invoice, InvoiceId, InvoiceItem, InvoiceStatus, LineKind, Permission, Subscription,
        TaxSummary, billing::InvoiceKind,
    },
    port::store::InvoiceFilter,
};

use super::{account::Badge, frame::Frame, go, orders::page_of, page, page_again, pay::Panel};
use crate::{
    auth::Principal,
    http::{Access, ApiPath, ApiRoutes, Problem},
    state::AppState,
    view::next,
};

/// Who sees invoices here: customers, their own.
pub(super) const OWN: Access = Access::CustomerOwn(Permission::CustomerInvoicesView);

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .page(OWN, "/customer/invoices", list)
        .page(OWN, "/customer/invoices/{id}", show)
        .page(OWN, "/invoices", mailed_list)
        .page(OWN, "/invoices/{id}", mailed)
}

/// Mails link to the short address.
async fn mailed(ApiPath(id): ApiPath<InvoiceId>) -> Response {
    go(&format!("/customer/invoices/{id}"))
}

async fn mailed_list() -> Response {
    go("/customer/invoices")
}

#[derive(Debug, Template)]
#[template(path = "invoices.html")]
struct InvoicesPage {
    f: Frame,
    invoices: Vec<Invoice>,
    next: Option<String>,
}

async fn list(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let filter = InvoiceFilter { customer_id: me.customer_filter()?, status: None };
    let request = page_of::<InvoiceKind>(query.as_deref());
    let found = app.ports().store.invoices(&filter, &request).await?;
    let next = next(found.next.as_ref(), found.items.last().map(|it| it.id));
    let invoices = found.items.into_iter().map(|it| it.value).collect();
    page(&InvoicesPage { f, invoices, next })
}

/// One invoice.
#[derive(Debug, Template)]
#[template(path = "invoice.html")]
pub(super) struct InvoicePage {
    f: Frame,
    invoice: Invoice,
    lines: Vec<InvoiceItem>,
    services: Vec<Subscription>,
    panel: Panel,
}

impl InvoicePage {
    fn badge(&self) -> Badge {
        self.f.of_invoice(&self.invoice)
    }

    fn is_paid(&self) -> bool {
        self.invoice.status == InvoiceStatus::Paid
    }

    fn is_void(&self) -> bool {
        self.invoice.status == InvoiceStatus::Void
    }

    fn is_refunded(&self) -> bool {
        self.invoice.status == InvoiceStatus::Refunded
    }

    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn is_setup(&self, line: &InvoiceItem) -> bool {
        line.kind == LineKind::SetupFee
    }

    fn period(&self, line: &InvoiceItem) -> String {
        match (line.period_start, line.period_end.and_then(|it| it.pred_opt())) {
            (Some(first), Some(last)) => format!("{} – {}", self.f.date(first), self.f.date(last)),
            _ => String::new(),
        }
    }

    fn tax_in(&self, tax: &TaxSummary) -> String {
        let f = &self.f;
        let text = if tax.base_factor.is_one() { f.t.bill.tax_plain } else { f.t.bill.tax_base };
        let text = f.with(text, "name", &tax.name);
        let text = f.with(f.with(&text, "rate", tax.rate), "factor", tax.base_factor);
        f.with(&text, "net", f.money(Money::from_minor(tax.net_minor, self.invoice.currency)))
    }

    fn tax_amount(&self, tax: &TaxSummary) -> Money {
        Money::from_minor(tax.tax_minor, self.invoice.currency)
    }

    /// The page of an invoice that may be seen.
    pub(super) async fn load(
        app: &AppState,
        me: &Principal,
        f: Frame,
        id: InvoiceId,
        chosen: Option<&str>,
    ) -> Result<Self, Problem> {
        let store = &app.ports().store;
        let invoice = me.see(store.invoice(id).await?, |it| it.customer_id)?.value;
        let lines = store.invoice_items(id).await?;
        let services = store.subscriptions_of_invoice(id).await?;
        let services = services.into_iter().map(|it| it.value).collect();
        let panel = Panel::load(app, &f, &invoice, chosen).await?;
        Ok(Self { f, invoice, lines, services, panel })
    }

    /// With a refusal above the ways to pay.
    pub(super) fn refused(mut self, problem: &Problem, words: String) -> Result<Response, Problem> {
        self.panel.refusal = words;
        page_again(problem, &self)
    }
}

async fn show(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    ApiPath(id): ApiPath<InvoiceId>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let chosen = super::frame::in_query(query.as_deref().unwrap_or_default(), "payment");
    page(&InvoicePage::load(&app, &me, f, id, chosen.as_deref()).await?)
}
