//! The customer's overview; and for staff, where their tools are.

use askama::Template;
use axum::{extract::State, response::Response};
use hosting_core::{
    kernel::PageRequest,
    model::{Invoice, InvoiceStatus, OrderStatus, PaymentStatus, Subscription, SubscriptionStatus},
    port::store::{InvoiceFilter, SubscriptionFilter},
};

use super::{cart::customer_id, frame::Frame, page, texts::Texts};
use crate::{
    http::{Access, ApiRoutes, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes.page(Access::Session, "/dashboard", dashboard)
}

/// A state in words, with the colour that goes with it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Badge {
    pub(super) words: &'static str,
    pub(super) colour: &'static str,
}

/// What has a state that people read.
pub(super) trait Stands {
    /// The state in words.
    fn badge(self, t: &Texts) -> Badge;
}

const fn badge(words: &'static str, colour: &'static str) -> Badge {
    Badge { words, colour }
}

impl Stands for InvoiceStatus {
    fn badge(self, t: &Texts) -> Badge {
        let t = &t.state;
        match self {
            Self::Draft => badge(t.draft, ""),
            Self::Unpaid => badge(t.unpaid, "warn"),
            Self::Partial => badge(t.partial, "warn"),
            Self::Overdue => badge(t.overdue, "bad"),
            Self::Paid => badge(t.paid, "ok"),
            Self::Void => badge(t.void, ""),
            Self::Refunded => badge(t.refunded, ""),
        }
    }
}

impl Stands for OrderStatus {
    fn badge(self, t: &Texts) -> Badge {
        let t = &t.state;
        match self {
            Self::Pending => badge(t.pending, "warn"),
            Self::Paid => badge(t.paid, "ok"),
            Self::Cancelled => badge(t.cancelled, ""),
            Self::Refunded => badge(t.refunded, ""),
            Self::Failed => badge(t.failed, "bad"),
        }
    }
}

impl Stands for SubscriptionStatus {
    fn badge(self, t: &Texts) -> Badge {
        let t = &t.state;
        match self {
            Self::Pending => badge(t.pending, "warn"),
            Self::Trialing => badge(t.trialing, "brand"),
            Self::Active => badge(t.active, "ok"),
            Self::PastDue => badge(t.past_due, "warn"),
            Self::Suspended => badge(t.suspended, "bad"),
            Self::Cancelled => badge(t.ended, ""),
            Self::Terminated => badge(t.terminated, ""),
        }
    }
}

impl Stands for PaymentStatus {
    fn badge(self, t: &Texts) -> Badge {
        let t = &t.state;
        match self {
            Self::Pending => badge(t.pending, "brand"),
            Self::Challenge => badge(t.challenge, "warn"),
            Self::Unknown => badge(t.unknown, "warn"),
            Self::Succeeded => badge(t.succeeded, "ok"),
            Self::Failed => badge(t.failed, "bad"),
            Self::Expired => badge(t.expired, ""),
        }
    }
}

impl Frame {
    /// The state of an invoice in words.
    pub(super) fn of_invoice(&self, it: &Invoice) -> Badge {
        it.status.badge(self.t)
    }

    /// The state of a service in words.
    pub(super) fn of_service(&self, it: &Subscription) -> Badge {
        it.status.badge(self.t)
    }

    /// An invoice's number; its id before it has one.
    #[expect(clippy::unused_self, reason = "templates call methods")]
    pub(super) fn number(&self, it: &Invoice) -> String {
        it.number.clone().unwrap_or_else(|| it.id.to_string())
    }
}

#[derive(Debug, Template)]
#[template(path = "dashboard.html")]
struct DashboardPage {
    f: Frame,
    open: Vec<Invoice>,
    services: Vec<Subscription>,
}

impl DashboardPage {
    fn role(&self) -> &'static str {
        self.f.me.as_ref().map_or("", |it| it.role().as_str())
    }
}

async fn dashboard(State(app): State<AppState>, f: Frame) -> Result<Response, Problem> {
    let (mut open, mut services) = (Vec::new(), Vec::new());
    if let Some(id) = customer_id(&f) {
        let (store, few) = (&app.ports().store, PageRequest::first(20));
        for status in [InvoiceStatus::Overdue, InvoiceStatus::Partial, InvoiceStatus::Unpaid] {
            let filter = InvoiceFilter { customer_id: Some(id), status: Some(status) };
            let found = store.invoices(&filter, &few).await?;
            open.extend(found.items.into_iter().map(|it| it.value));
        }
        let filter = SubscriptionFilter { customer_id: Some(id), status: None };
        let found = store.subscriptions(&filter, &few).await?;
        services = found.items.into_iter().map(|it| it.value).collect();
    }
    page(&DashboardPage { f, open, services })
}
