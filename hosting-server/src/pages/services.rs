//! The customer's services and their accounts on the panel.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use hosting_core::{
    kernel::Money,
    model::{
        AccountStatus, PanelAccount, Permission, ProvisioningStatus, Subscription, SubscriptionId,
        SubscriptionStatus, subscription::SubscriptionKind,
    },
    port::store::SubscriptionFilter,
};
use serde_json::json;

use super::{
    account::Badge, form::Typed, frame::Frame, go, orders::page_of, page, page_again, people,
};
use crate::{
    api::subscriptions::{self, panel},
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiRoutes, Problem},
    state::AppState,
    view::{address_of, next},
};

const OWN: Access = Access::CustomerOwn(Permission::CustomerSubscriptionsView);
const MANAGE: Access = Access::CustomerOwn(Permission::CustomerSubscriptionsManage);

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .page(OWN, "/customer/subscriptions", list)
        .page(OWN, "/customer/subscriptions/{id}", show)
        .form(MANAGE, "/customer/subscriptions/{id}/cancel", cancel)
        .form(MANAGE, "/customer/subscriptions/{id}/keep", keep)
        .form(MANAGE, "/customer/subscriptions/{id}/login", log_in)
        .form(MANAGE, "/customer/subscriptions/{id}/password", new_password)
        .page(OWN, "/subscriptions", mailed_list)
        .page(OWN, "/subscriptions/{id}", mailed)
}

/// Mails link to the short address.
async fn mailed(ApiPath(id): ApiPath<SubscriptionId>) -> Response {
    service_page(id, "")
}

async fn mailed_list() -> Response {
    go("/customer/subscriptions")
}

fn service_page(id: SubscriptionId, rest: &str) -> Response {
    go(&format!("/customer/subscriptions/{id}{rest}"))
}

#[derive(Debug, Template)]
#[template(path = "services.html")]
struct ServicesPage {
    f: Frame,
    services: Vec<Subscription>,
    next: Option<String>,
}

async fn list(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let filter = SubscriptionFilter { customer_id: me.customer_filter()?, status: None };
    let request = page_of::<SubscriptionKind>(query.as_deref());
    let found = app.ports().store.subscriptions(&filter, &request).await?;
    let next = next(found.next.as_ref(), found.items.last().map(|it| it.id));
    let services = found.items.into_iter().map(|it| it.value).collect();
    page(&ServicesPage { f, services, next })
}

#[derive(Debug, Template)]
#[template(path = "service.html")]
struct ServicePage {
    f: Frame,
    service: Subscription,
    account: Option<PanelAccount>,
    server: String,
    form: Typed,
}

impl ServicePage {
    async fn load(
        app: &AppState,
        me: &Principal,
        f: Frame,
        id: SubscriptionId,
        form: Typed,
    ) -> Result<Self, Problem> {
        let store = &app.ports().store;
        let service = me.see(store.subscription(id).await?, |it| it.customer_id)?.value;
        let account = store.account_of(id).await?.map(|it| it.value);
        let server = match &account {
            Some(account) => store.server(account.server_id).await?,
            None => None,
        };
        let server = server.as_ref().map(|it| address_of(it)).unwrap_or_default();
        Ok(Self { f, service, account, server, form })
    }

    fn badge(&self) -> Badge {
        self.f.of_service(&self.service)
    }

    fn price(&self) -> Money {
        let quantity = u32::try_from(self.service.quantity).unwrap_or(1);
        self.service.price.times(quantity).unwrap_or(self.service.price)
    }

    fn is(&self, status: &str) -> bool {
        self.service.status.as_str() == status
    }

    /// Over, or about to be removed.
    fn is_over(&self) -> bool {
        matches!(
            self.service.status,
            SubscriptionStatus::Cancelled | SubscriptionStatus::Terminated
        )
    }

    /// Whether its customer may end it now.
    fn can_end(&self) -> bool {
        self.service.status != SubscriptionStatus::Pending
            && !self.is_over()
            && self.service.cancel_at.is_none()
    }

    /// The account, while it is switched on.
    fn on(&self) -> bool {
        self.service.status.is_served()
            && self.account.as_ref().is_some_and(|it| it.status == AccountStatus::Active)
    }

    fn is_made(&self) -> bool {
        self.service.provisioning_status == ProvisioningStatus::Done
    }

    fn is_being_made(&self) -> bool {
        self.service.provisioning_status == ProvisioningStatus::InProgress
            || (self.service.provisioning_status == ProvisioningStatus::Pending
                && self.service.status.is_served())
    }

    fn has_failed(&self) -> bool {
        self.service.provisioning_status == ProvisioningStatus::Failed
    }

    fn disk(&self) -> String {
        let Some(usage) = self.account.as_ref().map(|it| it.usage) else { return String::new() };
        let Some(used) = usage.disk_bytes else { return String::new() };
        match usage.disk_limit_bytes {
            Some(limit) => format!("{} {} {}", size(used), self.f.t.service.of, size(limit)),
            None => size(used),
        }
    }
}

/// Bytes for people, in binary units, rounded down.
fn size(bytes: i64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes / 1024),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes / 1_048_576),
        _ => format!("{} GiB", bytes / 1_073_741_824),
    }
}

async fn show(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    ApiPath(id): ApiPath<SubscriptionId>,
) -> Result<Response, Problem> {
    page(&ServicePage::load(&app, &me, f, id, Typed::default()).await?)
}

/// Shows the service again with why something was refused; anything else is a page of its own.
async fn refused(
    app: &AppState,
    me: &Principal,
    f: Frame,
    id: SubscriptionId,
    mut form: Typed,
    problem: Problem,
) -> Result<Response, Problem> {
    match problem.status() {
        StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            form.refusal = Some(people::words(&problem, f.lang));
        }
        StatusCode::UNPROCESSABLE_ENTITY => form.note("reason", f.t.form.reason),
        _ => return Err(problem),
    }
    page_again(&problem, &ServicePage::load(app, me, f, id, form).await?)
}

async fn cancel(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    ApiPath(id): ApiPath<SubscriptionId>,
    form: Typed,
) -> Result<Response, Problem> {
    let body = json!({ "when": form.get("when"), "reason": form.get("reason") });
    let body = serde_json::from_value(body)
        .map_err(|_| Problem::malformed("The form is not complete."))?;
    let done =
        subscriptions::cancel(State(app.clone()), me.clone(), f.lang, ApiPath(id), ApiJson(body));
    match done.await {
        Ok(_) => Ok(service_page(id, "")),
        Err(problem) => refused(&app, &me, f, id, form, problem).await,
    }
}

async fn keep(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    ApiPath(id): ApiPath<SubscriptionId>,
) -> Result<Response, Problem> {
    match subscriptions::keep(State(app.clone()), me.clone(), f.lang, ApiPath(id)).await {
        Ok(_) => Ok(service_page(id, "?ok=kept")),
        Err(problem) => refused(&app, &me, f, id, Typed::default(), problem).await,
    }
}

/// Leads to the panel, logged in. The address is for this once and goes nowhere else.
async fn log_in(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    ApiPath(id): ApiPath<SubscriptionId>,
) -> Result<Response, Problem> {
    let url = match panel::log_in(State(app.clone()), me.clone(), ApiPath(id)).await {
        Ok(axum::Json(answer)) => answer.url,
        Err(problem) => return refused(&app, &me, f, id, Typed::default(), problem).await,
    };
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        tracing::error!("a panel's log-in address is no web address");
        return Err(Problem::internal());
    }
    let mut response = page(&PanelLoginPage { f, url })?;
    let quiet = HeaderValue::from_static("no-referrer");
    response.headers_mut().insert(header::REFERRER_POLICY, quiet);
    Ok(response)
}

/// Leads on to the panel. A form may not be answered by sending the browser to another site
/// (`form-action`), so a page does it.
#[derive(Template)]
#[template(path = "panel_login.html")]
struct PanelLoginPage {
    f: Frame,
    url: String,
}

#[derive(Template)]
#[template(path = "panel_password.html")]
struct PasswordPage {
    f: Frame,
    id: SubscriptionId,
    username: String,
    password: String,
    pending: bool,
}

async fn new_password(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    ApiPath(id): ApiPath<SubscriptionId>,
) -> Result<Response, Problem> {
    match panel::reset_password(State(app.clone()), me.clone(), ApiPath(id)).await {
        Ok((status, axum::Json(answer))) => {
            let pending = status == StatusCode::ACCEPTED;
            let (username, password) = (answer.username, answer.password);
            page(&PasswordPage { f, id, username, password, pending })
        }
        Err(problem) => refused(&app, &me, f, id, Typed::default(), problem).await,
    }
}
