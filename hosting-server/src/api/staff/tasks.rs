//! The queue, as staff see it. What a task carries sealed is not shown.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, NaiveDate, Utc};
use hosting_core::{
    model::{
        Job, MailKind, Permission as P, RunKind, SubscriptionId, Task, TaskAction, TaskId,
        TaskStatus, task::TaskKind,
    },
    port::store::TaskFilter,
    service::{self, ServiceError, tasks::TaskRefusal},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{
    page::{StaffPage, wanted},
    save::StaffReason,
};
use crate::{
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiQuery, ApiRoutes, Fields, Problem, problem::sentence},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::TasksView), routes!(list_tasks))
        .route(Access::Needs(P::TasksView), routes!(count_tasks))
        .route(Access::Needs(P::TasksView), routes!(show_task))
        .route(Access::Needs(P::TasksManage), routes!(retry_task))
        .route(Access::Needs(P::TasksManage), routes!(withdraw_task))
        .route(Access::Needs(P::TasksManage), routes!(order_run))
}

/// What a task is about.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(default)]
pub struct StaffTaskSubject {
    /// Which service.
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_id: Option<String>,
    /// Which payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_id: Option<String>,
    /// Which refund.
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_id: Option<String>,
    /// Which invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_id: Option<String>,
    /// Which customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<String>,
    /// Which user.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    /// Which message of a gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_id: Option<String>,
    /// Which mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    mail: Option<&'static str>,
    /// Which run.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'static str>,
    /// For which day.
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<NaiveDate>,
}

impl From<&Job> for StaffTaskSubject {
    fn from(job: &Job) -> Self {
        let subscription_id = job.subscription_id().map(|it| it.to_string());
        let about = Self { subscription_id, ..Self::default() };
        let mailed = |kind: &MailKind| Some(kind.as_str());
        match job {
            Job::Charge { payment_id }
            | Job::AskPayment { payment_id }
            | Job::CancelPayment { payment_id } => {
                Self { payment_id: Some(payment_id.to_string()), ..about }
            }
            Job::Refund { refund_id } => Self { refund_id: Some(refund_id.to_string()), ..about },
            Job::MailCustomer { kind, customer_id, invoice_id, .. } => Self {
                mail: mailed(kind),
                customer_id: Some(customer_id.to_string()),
                invoice_id: invoice_id.map(|it| it.to_string()),
                ..about
            },
            Job::MailUser { kind, user_id, .. } | Job::MailAddress { kind, user_id, .. } => {
                Self { mail: mailed(kind), user_id: Some(user_id.to_string()), ..about }
            }
            // The address a guest gave is nobody's business until there is an account with it.
            Job::MailLink { cause, .. } => Self { mail: Some(cause.as_str()), ..about },
            Job::MailServer { kind, .. } => Self { mail: mailed(kind), ..about },
            Job::MailStaff { kind, payment_id, refund_id } => Self {
                mail: mailed(kind),
                refund_id: refund_id.map(|it| it.to_string()),
                payment_id: payment_id.map(|it| it.to_string()),
                ..about
            },
            Job::ProcessWebhook { webhook_event_id } => {
                Self { webhook_id: Some(webhook_event_id.to_string()), ..about }
            }
            Job::Run { run, date, .. } => {
                Self { run: Some(run.as_str()), date: Some(*date), ..about }
            }
            Job::CreateAccount { .. }
            | Job::SuspendAccount { .. }
            | Job::UnsuspendAccount { .. }
            | Job::TerminateAccount { .. }
            | Job::ChangePackage { .. }
            | Job::ResetPassword { .. }
            | Job::SyncAccount { .. } => about,
        }
    }
}

/// One piece of work.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffTask {
    /// The task.
    id: String,
    /// What kind of work, e.g. `create`, `charge`, `mail`.
    action: &'static str,
    /// `panel`, `payment`, `mail` or `run`.
    lane: &'static str,
    /// Names the intended effect.
    key: String,
    /// What it is about.
    about: StaffTaskSubject,
    /// `queued`, `running`, `succeeded` or `failed` (a dead letter).
    status: &'static str,
    /// How often it was tried.
    attempts: i64,
    /// After how many it is given up.
    max_attempts: i64,
    /// When it is tried next; absent when it is over or being worked on.
    next_try_at: Option<DateTime<Utc>>,
    /// Until when its worker holds it.
    lease_until: Option<DateTime<Utc>>,
    /// What went wrong last.
    last_error: Option<String>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl From<&Task> for StaffTask {
    fn from(task: &Task) -> Self {
        Self {
            id: task.id.to_string(),
            action: task.action.as_str(),
            lane: task.lane.as_str(),
            key: task.key.clone(),
            about: StaffTaskSubject::from(&task.job),
            status: task.status.as_str(),
            attempts: task.attempts,
            max_attempts: task.max_attempts,
            next_try_at: (task.status == TaskStatus::Queued).then_some(task.due_at),
            lease_until: task.lease_until,
            last_error: task.last_error.clone(),
            created_at: task.created_at,
            updated_at: task.updated_at,
        }
    }
}

/// Work that was ordered.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffOrdered {
    /// The task that does it.
    task_id: String,
}

impl StaffOrdered {
    pub(super) fn new(id: TaskId) -> Self {
        Self { task_id: id.to_string() }
    }
}

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StaffTaskQuery {
    /// Only these: `queued`, `running`, `succeeded` or `failed`.
    status: Option<String>,
    /// Only this kind of work, e.g. `create`.
    action: Option<String>,
    /// Only work about this service.
    subscription_id: Option<String>,
    /// Where the page before ended.
    after: Option<String>,
    /// How many; 1 to 200, 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Tasks, newest first.
#[utoipa::path(get, path = "/api/v1/admin/tasks", tag = "admin: tasks", params(StaffTaskQuery),
    responses((status = 200, description = "A page of tasks", body = StaffPage<StaffTask>)))]
async fn list_tasks(
    State(app): State<AppState>,
    ApiQuery(query): ApiQuery<StaffTaskQuery>,
) -> Result<Json<StaffPage<StaffTask>>, Problem> {
    let mut fields = Fields::default();
    let filter = TaskFilter {
        status: fields.parse_optional::<TaskStatus>("?status", query.status.as_deref()),
        action: fields.parse_optional::<TaskAction>("?action", query.action.as_deref()),
        subscription_id: fields
            .parse_optional::<SubscriptionId>("?subscription_id", query.subscription_id.as_deref()),
    };
    let request = wanted::<TaskKind>(&mut fields, query.after.as_deref(), query.limit);
    fields.finish()?;
    let page = app.ports().store.tasks(&filter, &request).await?;
    Ok(Json(StaffPage::of(&page, |it| it.id.to_string())))
}

/// How much work there is.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct StaffTaskCounts {
    /// Waits for its time and a worker.
    queued: i64,
    /// Held by a worker.
    running: i64,
    /// Dead letters.
    failed: i64,
    /// When the earliest work may be taken.
    next_due_at: Option<DateTime<Utc>>,
}

/// How many tasks there are of each status.
#[utoipa::path(get, path = "/api/v1/admin/tasks/counts", tag = "admin: tasks",
    responses((status = 200, description = "Counts", body = StaffTaskCounts)))]
async fn count_tasks(State(app): State<AppState>) -> Result<Json<StaffTaskCounts>, Problem> {
    let ports = app.ports();
    let mut counts =
        StaffTaskCounts { next_due_at: ports.store.next_due(None).await?, ..Default::default() };
    for (status, count) in ports.store.task_counts().await? {
        match status {
            TaskStatus::Queued => counts.queued = count,
            TaskStatus::Running => counts.running = count,
            // Not work any more, and not counted.
            TaskStatus::Succeeded => {}
            TaskStatus::Failed => counts.failed = count,
        }
    }
    Ok(Json(counts))
}

async fn found(app: &AppState, id: TaskId) -> Result<Json<StaffTask>, Problem> {
    let task = app.ports().store.task(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(StaffTask::from(&task)))
}

/// One task: what went wrong last, how often it was tried, and when it is tried next.
#[utoipa::path(get, path = "/api/v1/admin/tasks/{id}", tag = "admin: tasks",
    params(("id" = String, Path, description = "The task")),
    responses((status = 200, description = "The task", body = StaffTask)))]
async fn show_task(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<TaskId>,
) -> Result<Json<StaffTask>, Problem> {
    found(&app, id).await
}

fn refused(error: ServiceError<TaskRefusal>) -> Problem {
    match error {
        ServiceError::Refused(it @ TaskRefusal::Beyond(_)) => {
            Problem::forbidden().detail(sentence(&it.to_string()))
        }
        other => other.into(),
    }
}

/// Have a dead letter tried again, now. It looks before it acts. Needs the permission for what the
/// task does as well.
#[utoipa::path(post, path = "/api/v1/admin/tasks/{id}/retry", tag = "admin: tasks",
    params(("id" = String, Path, description = "The task")),
    responses((status = 200, description = "The task", body = StaffTask)))]
async fn retry_task(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<TaskId>,
) -> Result<Json<StaffTask>, Problem> {
    service::tasks::retry(app.ports(), &me.actor(), me.permissions(), id).await.map_err(refused)?;
    found(&app, id).await
}

/// Take a queued task back, so that it is not done. Needs the permission for what the task does as
/// well.
#[utoipa::path(post, path = "/api/v1/admin/tasks/{id}/withdraw", tag = "admin: tasks", request_body = StaffReason,
    params(("id" = String, Path, description = "The task")),
    responses((status = 200, description = "The task", body = StaffTask)))]
async fn withdraw_task(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<TaskId>,
    ApiJson(body): ApiJson<StaffReason>,
) -> Result<Json<StaffTask>, Problem> {
    let (ports, reason) = (app.ports(), body.text()?);
    let done = service::tasks::withdraw(ports, &me.actor(), me.permissions(), id, reason).await;
    done.map_err(refused)?;
    found(&app, id).await
}

/// Order a run now, beside those that come each hour by themselves. Needs the permission for what
/// the run does as well.
#[utoipa::path(post, path = "/api/v1/admin/runs/{run}", tag = "admin: tasks",
    params(("run" = String, Path, description = "`renewals`, `dunning`, `endings` or `housekeeping`")),
    responses((status = 202, description = "The task that does it", body = StaffOrdered)))]
async fn order_run(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(run): ApiPath<RunKind>,
) -> Result<(StatusCode, Json<StaffOrdered>), Problem> {
    let ordered = service::tasks::order_run(app.ports(), &me.actor(), me.permissions(), run).await;
    let task = ordered.map_err(refused)?;
    Ok((StatusCode::ACCEPTED, Json(StaffOrdered::new(task))))
}
