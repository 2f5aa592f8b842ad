//! Services, as staff see them.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, NaiveDate, Utc};
use hosting_core::{
    decide::subscription::When,
    kernel::Versioned,
    model::{
        CustomerId, Cycle, PanelAccount, Permission as P, Subscription, SubscriptionId,
        SubscriptionStatus, subscription::SubscriptionKind,
    },
    port::store::SubscriptionFilter,
    service,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{
    page::{StaffMoney, StaffPage, wanted},
    save::{StaffReason, line},
    tasks::{StaffOrdered, StaffTask},
};
use crate::{
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiQuery, ApiRoutes, Fields, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::SubscriptionsView), routes!(list_subscriptions))
        .route(Access::Needs(P::SubscriptionsView), routes!(show_subscription))
        .route(Access::Needs(P::SubscriptionsManage), routes!(hold_subscription))
        .route(Access::Needs(P::SubscriptionsManage), routes!(unhold_subscription))
        .route(Access::Needs(P::SubscriptionsManage), routes!(cancel_subscription))
        .route(Access::Needs(P::SubscriptionsManage), routes!(keep_subscription))
        .route(Access::Needs(P::SubscriptionsManage), routes!(sync_subscription))
}

/// A service, as staff see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffSubscription {
    /// The service.
    id: String,
    /// Whose it is.
    customer_id: String,
    /// The order it came from.
    order_id: String,
    /// The line of business.
    product_id: String,
    /// The size.
    plan_id: String,
    /// What invoice lines call it.
    description: String,
    /// The main domain of the account.
    domain: String,
    /// `pending`, `trialing`, `active`, `past_due`, `suspended`, `cancelled` or `terminated`.
    status: &'static str,
    /// `pending`, `in_progress`, `done` or `failed`.
    provisioning_status: &'static str,
    /// How often it is billed.
    cycle: String,
    /// How many.
    quantity: i64,
    /// For each term and unit of quantity.
    price: StaffMoney,
    /// First day of its first period.
    anchor_on: Option<NaiveDate>,
    /// When the next period is to be billed.
    next_renewal_at: Option<DateTime<Utc>>,
    /// First day that is not paid for.
    paid_until: Option<NaiveDate>,
    /// When it ends by wish.
    cancel_at: Option<DateTime<Utc>>,
    /// Why.
    cancel_reason: Option<String>,
    /// When it was switched off.
    suspended_at: Option<DateTime<Utc>>,
    /// When the account is to be removed.
    terminate_at: Option<DateTime<Utc>>,
    /// Why it must not be suspended or terminated now, if so.
    hold: Option<String>,
    /// When it was ordered.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl From<&Versioned<Subscription>> for StaffSubscription {
    fn from(it: &Versioned<Subscription>) -> Self {
        Self {
            id: it.id.to_string(),
            customer_id: it.customer_id.to_string(),
            order_id: it.order_id.to_string(),
            product_id: it.product_id.to_string(),
            plan_id: it.plan_id.to_string(),
            description: it.description.clone(),
            domain: it.domain.to_string(),
            status: it.status.as_str(),
            provisioning_status: it.provisioning_status.as_str(),
            cycle: it.cycle.to_string(),
            quantity: it.quantity,
            price: it.price.into(),
            anchor_on: it.anchor_on,
            next_renewal_at: it.next_renewal_at,
            paid_until: it.paid_until,
            cancel_at: it.cancel_at,
            cancel_reason: it.cancel_reason.clone(),
            suspended_at: it.suspended_at,
            terminate_at: it.terminate_at,
            hold: it.hold.clone(),
            created_at: it.created_at,
            updated_at: it.updated_at,
        }
    }
}

/// One billed period.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffCycle {
    /// The period.
    id: String,
    /// Its number, from 0.
    number: i64,
    /// First day.
    period_start: NaiveDate,
    /// First day after it.
    period_end: NaiveDate,
    /// The bill for it.
    invoice_id: String,
    /// `invoiced`, `paid` or `void`.
    status: &'static str,
}

impl From<&Versioned<Cycle>> for StaffCycle {
    fn from(cycle: &Versioned<Cycle>) -> Self {
        Self {
            id: cycle.id.to_string(),
            number: cycle.number,
            period_start: cycle.period_start,
            period_end: cycle.period_end,
            invoice_id: cycle.invoice_id.to_string(),
            status: cycle.status.as_str(),
        }
    }
}

/// An account on a panel; its password is nobody's to read here.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffAccount {
    /// The account.
    id: String,
    /// Where it is.
    server_id: String,
    /// Its name on the panel.
    username: String,
    /// Its main domain.
    domain: String,
    /// The panel's package.
    package: String,
    /// `pending`, `active`, `suspended` or `terminated`.
    status: &'static str,
    /// Disk in use, bytes.
    disk_bytes: Option<i64>,
    /// Disk allowed, bytes.
    disk_limit_bytes: Option<i64>,
    /// Traffic this month, bytes.
    traffic_bytes: Option<i64>,
    /// Traffic allowed a month, bytes.
    traffic_limit_bytes: Option<i64>,
    /// When it was last looked at.
    synced_at: Option<DateTime<Utc>>,
    /// When it was chosen.
    created_at: DateTime<Utc>,
}

impl From<&Versioned<PanelAccount>> for StaffAccount {
    fn from(account: &Versioned<PanelAccount>) -> Self {
        Self {
            id: account.id.to_string(),
            server_id: account.server_id.to_string(),
            username: account.username.clone(),
            domain: account.domain.clone(),
            package: account.package.clone(),
            status: account.status.as_str(),
            disk_bytes: account.usage.disk_bytes,
            disk_limit_bytes: account.usage.disk_limit_bytes,
            traffic_bytes: account.usage.traffic_bytes,
            traffic_limit_bytes: account.usage.traffic_limit_bytes,
            synced_at: account.synced_at,
            created_at: account.created_at,
        }
    }
}

/// One service with its periods, its account and the work about it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffSubscriptionDetail {
    /// The service.
    #[serde(flatten)]
    subscription: StaffSubscription,
    /// Its billed periods, newest first.
    cycles: Vec<StaffCycle>,
    /// Its account, once chosen.
    account: Option<StaffAccount>,
    /// Work about it that waits, runs or was given up, among the newest 200 tasks of each kind.
    tasks: Vec<StaffTask>,
}

/// Which services.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StaffSubscriptionQuery {
    /// Only this customer's.
    customer_id: Option<String>,
    /// Only these, e.g. `past_due`.
    status: Option<String>,
    /// Where the page before ended.
    after: Option<String>,
    /// How many; 1 to 200, 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Services, newest first.
#[utoipa::path(get, path = "/api/v1/admin/subscriptions", tag = "admin: subscriptions", params(StaffSubscriptionQuery),
    responses((status = 200, description = "A page of services", body = StaffPage<StaffSubscription>)))]
async fn list_subscriptions(
    State(app): State<AppState>,
    ApiQuery(query): ApiQuery<StaffSubscriptionQuery>,
) -> Result<Json<StaffPage<StaffSubscription>>, Problem> {
    let mut fields = Fields::default();
    let filter = SubscriptionFilter {
        customer_id: fields
            .parse_optional::<CustomerId>("?customer_id", query.customer_id.as_deref()),
        status: fields.parse_optional::<SubscriptionStatus>("?status", query.status.as_deref()),
    };
    let request = wanted::<SubscriptionKind>(&mut fields, query.after.as_deref(), query.limit);
    fields.finish()?;
    let page = app.ports().store.subscriptions(&filter, &request).await?;
    Ok(Json(StaffPage::of(&page, |it| it.id.to_string())))
}

async fn detail(
    app: &AppState,
    id: SubscriptionId,
) -> Result<Json<StaffSubscriptionDetail>, Problem> {
    let store = &app.ports().store;
    let subscription = store.subscription(id).await?.ok_or_else(Problem::not_found)?;
    let account = store.account_of(id).await?;
    let tasks = service::tasks::of_subscription(app.ports(), id).await?;
    Ok(Json(StaffSubscriptionDetail {
        cycles: store.cycles_of(id).await?.iter().map(StaffCycle::from).collect(),
        account: account.as_ref().map(StaffAccount::from),
        tasks: tasks.iter().map(StaffTask::from).collect(),
        subscription: StaffSubscription::from(&subscription),
    }))
}

/// One service, with its periods, its account and the work about it.
#[utoipa::path(get, path = "/api/v1/admin/subscriptions/{id}", tag = "admin: subscriptions",
    params(("id" = String, Path, description = "The service")),
    responses((status = 200, description = "The service", body = StaffSubscriptionDetail)))]
async fn show_subscription(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<SubscriptionId>,
) -> Result<Json<StaffSubscriptionDetail>, Problem> {
    detail(&app, id).await
}

/// Put a service on hold: it is not switched off or removed while that lasts.
#[utoipa::path(post, path = "/api/v1/admin/subscriptions/{id}/hold", tag = "admin: subscriptions", request_body = StaffReason,
    params(("id" = String, Path, description = "The service")),
    responses((status = 200, description = "The service", body = StaffSubscriptionDetail)))]
async fn hold_subscription(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<SubscriptionId>,
    ApiJson(body): ApiJson<StaffReason>,
) -> Result<Json<StaffSubscriptionDetail>, Problem> {
    service::subscriptions::hold(app.ports(), &me.actor(), id, Some(body.text()?)).await?;
    detail(&app, id).await
}

/// Lift the hold.
#[utoipa::path(post, path = "/api/v1/admin/subscriptions/{id}/unhold", tag = "admin: subscriptions",
    params(("id" = String, Path, description = "The service")),
    responses((status = 200, description = "The service", body = StaffSubscriptionDetail)))]
async fn unhold_subscription(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<SubscriptionId>,
) -> Result<Json<StaffSubscriptionDetail>, Problem> {
    service::subscriptions::hold(app.ports(), &me.actor(), id, None).await?;
    detail(&app, id).await
}

/// When a service is to end, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffCancellation {
    /// `now` or `end_of_term`.
    #[schema(example = "end_of_term")]
    when: String,
    /// Why; kept with the service.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

/// End a service, at once or when what is paid for is used up.
#[utoipa::path(post, path = "/api/v1/admin/subscriptions/{id}/cancel", tag = "admin: subscriptions", request_body = StaffCancellation,
    params(("id" = String, Path, description = "The service")),
    responses((status = 200, description = "The service", body = StaffSubscriptionDetail)))]
async fn cancel_subscription(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<SubscriptionId>,
    ApiJson(body): ApiJson<StaffCancellation>,
) -> Result<Json<StaffSubscriptionDetail>, Problem> {
    let mut fields = Fields::default();
    let when = match body.when.as_str() {
        "now" => When::Now,
        "end_of_term" => When::EndOfTerm,
        _ => {
            fields.note("/when", "should be `now` or `end_of_term`");
            When::EndOfTerm
        }
    };
    let reason = line(&mut fields, "/reason", &body.reason, 200);
    fields.finish()?;
    service::subscriptions::cancel(app.ports(), &me.actor(), id, when, reason).await?;
    detail(&app, id).await
}

/// Take a cancellation back that has not had its effect yet.
#[utoipa::path(post, path = "/api/v1/admin/subscriptions/{id}/keep", tag = "admin: subscriptions",
    params(("id" = String, Path, description = "The service")),
    responses((status = 200, description = "The service", body = StaffSubscriptionDetail)))]
async fn keep_subscription(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<SubscriptionId>,
) -> Result<Json<StaffSubscriptionDetail>, Problem> {
    service::subscriptions::withdraw(app.ports(), &me.actor(), id).await?;
    detail(&app, id).await
}

/// Look at the account on its panel: usage, and whether it is as it should be.
#[utoipa::path(post, path = "/api/v1/admin/subscriptions/{id}/sync", tag = "admin: subscriptions",
    params(("id" = String, Path, description = "The service")),
    responses((status = 202, description = "The task that does it", body = StaffOrdered)))]
async fn sync_subscription(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<SubscriptionId>,
) -> Result<(StatusCode, Json<StaffOrdered>), Problem> {
    let task = service::tasks::order_sync(app.ports(), &me.actor(), id).await?;
    Ok((StatusCode::ACCEPTED, Json(StaffOrdered::new(task))))
}
