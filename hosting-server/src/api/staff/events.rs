//! The journal, as auditors read it.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::{Cursor, PageRequest},
    model::{Event, Permission as P, Subject},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::page::{StaffPage, size};
use crate::{
    http::{Access, ApiQuery, ApiRoutes, Fields, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::AuditView), routes!(list_events))
        .route(Access::Needs(P::AuditView), routes!(tail_events))
}

/// One fact.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffEvent {
    /// Its place in the journal.
    position: i64,
    /// The fact.
    id: String,
    /// When.
    at: DateTime<Utc>,
    /// Who: `actor` is `guest`, `user`, `impersonator`, `api_key`, `task` or `system`, with ids.
    #[schema(value_type = Object)]
    actor: Value,
    /// About what.
    subject: String,
    /// What happened, e.g. `InvoicePaid`.
    name: &'static str,
    /// Its particulars.
    #[schema(value_type = Object)]
    data: Value,
}

impl From<&(i64, Event)> for StaffEvent {
    fn from((position, event): &(i64, Event)) -> Self {
        let mut data = serde_json::to_value(&event.body).unwrap_or_default();
        if let Some(data) = data.as_object_mut() {
            data.remove("event");
        }
        Self {
            position: *position,
            id: event.id.to_string(),
            at: event.at,
            actor: serde_json::to_value(&event.actor).unwrap_or_default(),
            subject: event.subject.to_string(),
            name: event.body.name(),
            data,
        }
    }
}

/// Whose history.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StaffEventQuery {
    /// The id of what the facts are about, e.g. `inv_01J…`.
    subject: String,
    /// The position where the page before ended.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// How many; 1 to 200, 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// What happened to one thing, newest first.
#[utoipa::path(get, path = "/api/v1/admin/events", tag = "admin: audit", params(StaffEventQuery),
    responses((status = 200, description = "A page of facts", body = StaffPage<StaffEvent>)))]
async fn list_events(
    State(app): State<AppState>,
    ApiQuery(query): ApiQuery<StaffEventQuery>,
) -> Result<Json<StaffPage<StaffEvent>>, Problem> {
    let mut fields = Fields::default();
    let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    let id = (1..=40).contains(&query.subject.len()) && query.subject.bytes().all(plain);
    fields.demand("?subject", id, "an id such as inv_01J8ZQ2M8Z6QXK3V5T7W9Y1B3D");
    fields.demand("?after", query.after.is_none_or(|it| it >= 0), "a position, 0 or above");
    let limit = size(&mut fields, query.limit);
    fields.finish()?;
    let after = query.after.map(|it| Cursor::new(it.to_string()));
    let request = PageRequest::after(after, limit);
    let subject = Subject::from_stored(query.subject);
    let page = app.ports().store.events_of(&subject, &request).await?;
    Ok(Json(StaffPage::of(&page, |it| it.0.to_string())))
}

/// From where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StaffTailQuery {
    /// The last position that was read; from the beginning unless said.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// How many; 1 to 200, 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Facts in the order in which they became true, after a position. Ask again with `next`.
#[utoipa::path(get, path = "/api/v1/admin/events/tail", tag = "admin: audit", params(StaffTailQuery),
    responses((status = 200, description = "Facts, oldest first; `next` is the last position, absent when there are none yet", body = StaffPage<StaffEvent>)))]
async fn tail_events(
    State(app): State<AppState>,
    ApiQuery(query): ApiQuery<StaffTailQuery>,
) -> Result<Json<StaffPage<StaffEvent>>, Problem> {
    let mut fields = Fields::default();
    let after = query.after.unwrap_or(0);
    fields.demand("?after", after >= 0, "a position, 0 or above");
    let limit = size(&mut fields, query.limit);
    fields.finish()?;
    let events = app.ports().store.events_after(after, limit).await?;
    let next = events.last.map(|it| it.to_string());
    let unreadable = u32::try_from(events.unreadable.len()).unwrap_or(u32::MAX);
    let items = events.rows.iter().map(StaffEvent::from).collect();
    Ok(Json(StaffPage { items, next, unreadable }))
}
