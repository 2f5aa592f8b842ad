//! The inbox of messages from gateways.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::Versioned,
    model::{Permission as P, WebhookEvent, WebhookEventId, webhook::WebhookEventKind},
    service,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    page::{PageQuery, StaffPage, wanted},
    tasks::StaffOrdered,
};
use crate::{
    auth::Principal,
    http::{Access, ApiPath, ApiQuery, ApiRoutes, Fields, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::InvoicesView), routes!(list_webhooks))
        .route(Access::Needs(P::InvoicesView), routes!(show_webhook))
        .route(Access::Needs(P::InvoicesManage), routes!(replay_webhook))
}

/// A message from a gateway.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffWebhook {
    /// The message.
    id: String,
    /// Which gateway.
    gateway: String,
    /// Identical for repeats.
    event_key: String,
    /// Our reference of the charge it is about.
    reference: Option<String>,
    /// `received`, `processed` or `ignored`.
    status: &'static str,
    /// The body as it came; only when one message is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// When it was acted on.
    processed_at: Option<DateTime<Utc>>,
    /// When it came.
    created_at: DateTime<Utc>,
}

impl From<&Versioned<WebhookEvent>> for StaffWebhook {
    fn from(event: &Versioned<WebhookEvent>) -> Self {
        Self {
            id: event.id.to_string(),
            gateway: event.gateway.clone(),
            event_key: event.event_key.clone(),
            reference: event.reference.clone(),
            status: event.status.as_str(),
            body: None,
            processed_at: event.processed_at,
            created_at: event.created_at,
        }
    }
}

/// Messages, newest first.
#[utoipa::path(get, path = "/api/v1/admin/webhooks", tag = "admin: payments", params(PageQuery),
    responses((status = 200, description = "A page of messages", body = StaffPage<StaffWebhook>)))]
async fn list_webhooks(
    State(app): State<AppState>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<StaffPage<StaffWebhook>>, Problem> {
    let mut fields = Fields::default();
    let request = wanted::<WebhookEventKind>(&mut fields, query.after.as_deref(), query.limit);
    fields.finish()?;
    let page = app.ports().store.webhook_events(&request).await?;
    Ok(Json(StaffPage::of(&page, |it| it.id.to_string())))
}

/// One message, with its body as it came. It says what to look at, not what is true.
#[utoipa::path(get, path = "/api/v1/admin/webhooks/{id}", tag = "admin: payments",
    params(("id" = String, Path, description = "The message")),
    responses((status = 200, description = "The message", body = StaffWebhook)))]
async fn show_webhook(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<WebhookEventId>,
) -> Result<Json<StaffWebhook>, Problem> {
    let event = app.ports().store.webhook_event(id).await?.ok_or_else(Problem::not_found)?;
    let body = Some(event.body.clone());
    Ok(Json(StaffWebhook { body, ..StaffWebhook::from(&event) }))
}

/// Act on a message again: its gateway is asked for the truth.
#[utoipa::path(post, path = "/api/v1/admin/webhooks/{id}/replay", tag = "admin: payments",
    params(("id" = String, Path, description = "The message")),
    responses((status = 202, description = "The task that does it", body = StaffOrdered)))]
async fn replay_webhook(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<WebhookEventId>,
) -> Result<(StatusCode, Json<StaffOrdered>), Problem> {
    let task = service::tasks::replay_webhook(app.ports(), &me.actor(), id).await?;
    Ok((StatusCode::ACCEPTED, Json(StaffOrdered::new(task))))
}
