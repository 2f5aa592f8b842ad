//! What staff do to the queue: try a dead letter again, take a task back, order work now.

use super::{Ports, ServiceError, decide_again};
use crate::{
    change::{ChangeSet, Intervention, Unique, Wish},
    decide::Context,
    kernel::PageRequest,
    model::{
        AccountStatus, Actor, DomainEvent, Job, Permission, RunKind, SubscriptionId, Task, TaskId,
        TaskStatus, WebhookEventId, webhook::WebhookTrigger,
    },
    port::{Store, StoreError, store::TaskFilter},
};

/// Why staff's wish for a task was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TaskRefusal {
    /// It is not a dead letter.
    #[error("only a task that was given up can be tried again; this one is {0}")]
    NotDead(TaskStatus),
    /// A worker has it, or it is over.
    #[error("only a queued task can be withdrawn; this one is {0}")]
    NotQueued(TaskStatus),
    /// Another one is at the same work.
    #[error("another task is at the same work already")]
    AlreadyThere,
    /// They may change the queue, but not do what this task does.
    #[error("this needs the permission `{0}` too")]
    Beyond(Permission),
    /// There is no account to look at.
    #[error("this service has no account on a panel")]
    NoAccount,
}

fn twin(error: StoreError) -> ServiceError<TaskRefusal> {
    match error {
        StoreError::Duplicate(Unique::TaskKey) => ServiceError::Refused(TaskRefusal::AlreadyThere),
        other => other.into(),
    }
}

async fn task(store: &dyn Store, id: TaskId) -> Result<Task, ServiceError<TaskRefusal>> {
    store.task(id).await?.ok_or(ServiceError::NotFound("task"))
}

fn intervene(context: &Context<'_>, task_id: TaskId, wish: Wish, body: DomainEvent) -> ChangeSet {
    let mut changes = ChangeSet::default();
    context.record(&mut changes, task_id, body);
    changes.interventions.push(Intervention { task_id, at: context.now(), wish });
    changes
}

/// Who touches the queue is trusted with what the work does, not only with the queue.
fn allowed(held: &[Permission], demanded: Option<Permission>) -> Result<(), TaskRefusal> {
    match demanded {
        Some(it) if !held.contains(&it) => Err(TaskRefusal::Beyond(it)),
        _ => Ok(()),
    }
}

/// Has a dead letter tried again, now. `held` are the permissions of who asks.
///
/// # Errors
/// A task that is not there; a [`TaskRefusal`].
pub async fn retry(
    ports: &Ports,
    actor: &Actor,
    held: &[Permission],
    id: TaskId,
) -> Result<(), ServiceError<TaskRefusal>> {
    let store = &*ports.store;
    let done = decide_again!(store, {
        let found = task(store, id).await?;
        allowed(held, found.job.demands()).map_err(ServiceError::Refused)?;
        if found.status != TaskStatus::Failed {
            return Err(ServiceError::Refused(TaskRefusal::NotDead(found.status)));
        }
        let context = Context::new(ports.mint(), actor);
        (intervene(&context, id, Wish::Retry, DomainEvent::TaskRetried {}), ())
    });
    done.map(drop).map_err(twin)
}

/// Takes a queued task back, so that it is not done. `held` are the permissions of who asks.
///
/// # Errors
/// A task that is not there; a [`TaskRefusal`].
pub async fn withdraw(
    ports: &Ports,
    actor: &Actor,
    held: &[Permission],
    id: TaskId,
    reason: &str,
) -> Result<(), ServiceError<TaskRefusal>> {
    let store = &*ports.store;
    let done = decide_again!(store, {
        let found = task(store, id).await?;
        allowed(held, found.job.demands()).map_err(ServiceError::Refused)?;
        if found.status != TaskStatus::Queued {
            return Err(ServiceError::Refused(TaskRefusal::NotQueued(found.status)));
        }
        let detail = format!("withdrawn by staff: {reason}");
        let wish = Wish::Withdraw { reason: detail.clone() };
        let context = Context::new(ports.mint(), actor);
        (intervene(&context, id, wish, DomainEvent::TaskFailed { detail }), ())
    });
    done.map(drop).map_err(twin)
}

/// Orders `job` now under `key`, in the actor's name.
async fn order(
    ports: &Ports,
    actor: &Actor,
    key: String,
    job: Job,
    mut changes: ChangeSet,
) -> Result<TaskId, ServiceError<TaskRefusal>> {
    let context = Context::new(ports.mint(), actor);
    let task = context.task(key, job);
    let id = task.id;
    context.record(&mut changes, id, DomainEvent::TaskRetried {});
    changes.task(task);
    ports.store.commit(changes).await.map_err(twin)?;
    Ok(id)
}

/// Orders a run now, beside those that come by themselves. `held` are the permissions of who asks.
///
/// # Errors
/// [`TaskRefusal::AlreadyThere`] when one that staff ordered has not ended yet;
/// [`TaskRefusal::Beyond`].
pub async fn order_run(
    ports: &Ports,
    actor: &Actor,
    held: &[Permission],
    run: RunKind,
) -> Result<TaskId, ServiceError<TaskRefusal>> {
    allowed(held, Some(run.demands())).map_err(ServiceError::Refused)?;
    let date = ports.store.shop().await?.zone.date_of(ports.now());
    let job = Job::Run { run, date, resume: None };
    order(ports, actor, format!("run/{run}/by-staff"), job, ChangeSet::default()).await
}

/// Orders a look at a service's account.
///
/// # Errors
/// A service that is not there; a [`TaskRefusal`].
pub async fn order_sync(
    ports: &Ports,
    actor: &Actor,
    id: SubscriptionId,
) -> Result<TaskId, ServiceError<TaskRefusal>> {
    let store = &*ports.store;
    store.subscription(id).await?.ok_or(ServiceError::NotFound("subscription"))?;
    let account = store.account_of(id).await?;
    let there = |it: AccountStatus| matches!(it, AccountStatus::Active | AccountStatus::Suspended);
    if !account.is_some_and(|it| there(it.status)) {
        return Err(ServiceError::Refused(TaskRefusal::NoAccount));
    }
    let key = format!("sync/{}/by-staff", id.stored());
    let job = Job::SyncAccount { subscription_id: id };
    order(ports, actor, key, job, ChangeSet::default()).await
}

/// Has a stored webhook acted on again: its gateway is asked for the truth (law 4).
///
/// # Errors
/// A webhook that is not there; [`TaskRefusal::AlreadyThere`] when it is being acted on.
pub async fn replay_webhook(
    ports: &Ports,
    actor: &Actor,
    id: WebhookEventId,
) -> Result<TaskId, ServiceError<TaskRefusal>> {
    let read = ports.store.webhook_event(id).await?.ok_or(ServiceError::NotFound("webhook"))?;
    let mut changes = ChangeSet::default();
    // One whose task was given up is still waiting: it needs a new task only.
    if let Ok(status) = read.status.on(WebhookTrigger::Replayed) {
        let mut event = read.value.clone();
        event.status = status;
        event.processed_at = None;
        event.updated_at = ports.now();
        changes.webhook_events.change(read.with(event));
    }
    let job = Job::ProcessWebhook { webhook_event_id: id };
    order(ports, actor, format!("webhook/{}", id.stored()), job, changes).await
}

/// A service's live tasks and dead letters: the newest 200 of each status.
///
/// # Errors
/// A store that failed.
pub async fn of_subscription(ports: &Ports, id: SubscriptionId) -> Result<Vec<Task>, StoreError> {
    let mut found = Vec::new();
    for status in [TaskStatus::Failed, TaskStatus::Running, TaskStatus::Queued] {
        let (status, subscription_id) = (Some(status), Some(id));
        let filter = TaskFilter { status, subscription_id, ..TaskFilter::default() };
        let page = ports.store.tasks(&filter, &PageRequest::first(PageRequest::MAX)).await?;
        found.extend(page.items);
    }
    Ok(found)
}
