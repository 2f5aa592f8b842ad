//! What is asked of services.

use super::panel;
use super::view::{AccountView, SubscriptionDetails, SubscriptionSummary};
use crate::{
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiQuery, ApiRoutes, Fields, Problem},
    state::AppState,
    view::{Language, address_of, next, page},
};
use axum::{Json, extract::State};
use hosting_core::{
    decide::subscription::When,
    model::{
        Permission, Subscription, SubscriptionId, SubscriptionStatus,
        subscription::SubscriptionKind,
    },
    port::store::SubscriptionFilter,
    service::subscriptions,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

pub(in crate::api) fn routes(routes: ApiRoutes) -> ApiRoutes {
    use Permission as P;
    let see = Access::OwnOr(P::CustomerSubscriptionsView, P::SubscriptionsView);
    let own = Access::CustomerOwn(P::CustomerSubscriptionsManage);
    routes
        .route(see, routes!(list))
        .route(see, routes!(show))
        .route(own, routes!(cancel))
        .route(own, routes!(keep))
        .with(panel::routes)
}

/// Which services, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriptionQuery {
    /// Only these.
    status: Option<String>,
    /// Where the page before ended.
    after: Option<String>,
    /// How many; 1 to 200, 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A page of services.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SubscriptionSummaries {
    items: Vec<SubscriptionSummary>,
    /// Give this as `after` for the next page.
    next: Option<String>,
}

/// Services, newest first.
#[utoipa::path(get, path = "/api/v1/subscriptions", tag = "subscriptions", params(SubscriptionQuery),
    responses((status = 200, description = "A page of services", body = SubscriptionSummaries)))]
async fn list(
    State(app): State<AppState>,
    me: Principal,
    language: Language,
    ApiQuery(query): ApiQuery<SubscriptionQuery>,
) -> Result<Json<SubscriptionSummaries>, Problem> {
    let mut fields = Fields::default();
    let status = fields.parse_optional::<SubscriptionStatus>("?status", query.status.as_deref());
    let request = page::<SubscriptionKind>(&mut fields, query.after.as_deref(), query.limit);
    fields.finish()?;
    let filter = SubscriptionFilter { customer_id: me.customer_filter()?, status };
    let found = app.ports().store.subscriptions(&filter, &request).await?;
    let next = next(found.next.as_ref(), found.items.last().map(|it| it.id));
    let items = found.items.iter().map(|it| SubscriptionSummary::new(it, language)).collect();
    Ok(Json(SubscriptionSummaries { items, next }))
}

pub(super) async fn own(
    app: &AppState,
    me: &Principal,
    id: SubscriptionId,
) -> Result<Subscription, Problem> {
    let found = app.ports().store.subscription(id).await?;
    Ok(me.see(found, |it| it.customer_id)?.value)
}

async fn details(
    app: &AppState,
    me: &Principal,
    id: SubscriptionId,
    language: Language,
) -> Result<Json<SubscriptionDetails>, Problem> {
    let store = &*app.ports().store;
    let subscription = own(app, me, id).await?;
    let account = match store.account_of(id).await? {
        Some(account) => {
            let server = store.server(account.server_id).await?;
            let address = server.as_ref().map(|it| address_of(it));
            Some(AccountView::new(&account, address))
        }
        None => None,
    };
    Ok(Json(SubscriptionDetails::new(&subscription, account, language)))
}

/// One service with its account.
#[utoipa::path(get, path = "/api/v1/subscriptions/{id}", tag = "subscriptions",
    params(("id" = String, Path, description = "The service")),
    responses((status = 200, description = "The service", body = SubscriptionDetails)))]
async fn show(
    State(app): State<AppState>,
    me: Principal,
    language: Language,
    ApiPath(id): ApiPath<SubscriptionId>,
) -> Result<Json<SubscriptionDetails>, Problem> {
    details(&app, &me, id, language).await
}

/// When and why a service is to end.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelBody {
    /// `now`, or `end_of_term` when what is paid for is used up.
    #[schema(example = "end_of_term")]
    when: String,
    /// Why, in a few words.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// End a service. What is paid stays paid; open invoices for it are withdrawn.
#[utoipa::path(post, path = "/api/v1/subscriptions/{id}/cancel", tag = "subscriptions", request_body = CancelBody,
    params(("id" = String, Path, description = "The service")),
    responses((status = 200, description = "The service", body = SubscriptionDetails)))]
pub(crate) async fn cancel(
    State(app): State<AppState>,
    me: Principal,
    language: Language,
    ApiPath(id): ApiPath<SubscriptionId>,
    ApiJson(body): ApiJson<CancelBody>,
) -> Result<Json<SubscriptionDetails>, Problem> {
    let mut fields = Fields::default();
    let when = match body.when.as_str() {
        "now" => Some(When::Now),
        "end_of_term" => Some(When::EndOfTerm),
        _ => None,
    };
    fields.demand("/when", when.is_some(), "`now` or `end_of_term`");
    let reason = body.reason.trim();
    let fits = (1..=500).contains(&reason.chars().count())
        && !reason.chars().any(|it| it.is_control() && !matches!(it, '\n' | '\r' | '\t'));
    fields.demand("/reason", fits, "1 to 500 characters");
    fields.finish()?;
    let when = when.ok_or_else(Problem::internal)?;
    own(&app, &me, id).await?;
    subscriptions::cancel(app.ports(), &me.actor(), id, when, reason).await?;
    details(&app, &me, id, language).await
}

/// Take back that a service is to end.
#[utoipa::path(post, path = "/api/v1/subscriptions/{id}/keep", tag = "subscriptions",
    params(("id" = String, Path, description = "The service")),
    responses((status = 200, description = "The service", body = SubscriptionDetails)))]
pub(crate) async fn keep(
    State(app): State<AppState>,
    me: Principal,
    language: Language,
    ApiPath(id): ApiPath<SubscriptionId>,
) -> Result<Json<SubscriptionDetails>, Problem> {
    own(&app, &me, id).await?;
    subscriptions::withdraw(app.ports(), &me.actor(), id).await?;
    details(&app, &me, id, language).await
}
