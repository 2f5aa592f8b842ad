//! Recurring runs as tasks with dated keys: one an hour each, whoever schedules them.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::tick::{Done, WorkError};
use crate::{
    change::{ChangeSet, Verdict},
    decide::{Context, billing::ask_key},
    kernel::{Id, calendar::later},
    model::{Actor, Job, Place, RunKind},
    port::{LeasedTask, StoreError},
    service::{
        Ports, ServiceError, dunning, endings, heartbeat, orders,
        renewals::{self, At, Slice},
    },
};

/// The runs there are.
pub const RUNS: &[RunKind] = RunKind::ALL;

/// Enqueues this hour's runs, unless they are there already (several replicas may try at once).
///
/// # Errors
/// A store that failed.
pub async fn schedule_runs(ports: &Ports) -> Result<(), StoreError> {
    let actor = Actor::System;
    let context = Context::new(ports.mint(), &actor);
    let zone = ports.store.shop().await?.zone;
    let (hour, date) = (context.now().format("%Y-%m-%dT%H"), zone.date_of(context.now()));
    let counter = |run: RunKind| format!("run/{run}/{hour}");
    for run in RUNS {
        // The counter remembers the hour after its task is done and its key is free again.
        let mut changes = ChangeSet::default();
        changes.takes.push(crate::change::Take {
            expires_at: Some(later(context.now(), TimeDelta::days(2))),
            ..crate::change::Take::one(counter(*run), Some(1))
        });
        let job = Job::Run { run: *run, date, resume: None };
        changes.task(context.task(counter(*run), job).unless_there());
        match ports.store.commit(changes).await {
            Ok(_) | Err(StoreError::LimitReached { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Carries out one slice of a run; what is left is a task of its own.
pub(super) async fn run(
    ports: &Ports,
    task: &LeasedTask,
    run: RunKind,
    date: NaiveDate,
    resume: Option<&Place>,
) -> Result<Done, WorkError> {
    heartbeat::beat(ports).await.map_err(|error| match error {
        ServiceError::Store(error) => WorkError::Store(error),
        other => WorkError::Other(other.to_string()),
    })?;
    let actor = Actor::Task { task_id: task.lease.task_id };
    let slice = Slice { page: 250, pages: 40 };
    let next = match run {
        RunKind::Renewals => {
            let done = renewals::run(ports, &actor, parse(resume)?, slice).await?;
            done.resume.map(place)
        }
        RunKind::Dunning => {
            let done = dunning::run(ports, &actor, parse(resume)?, slice).await?;
            done.resume.map(place)
        }
        RunKind::Endings => {
            endings::run(ports, &actor, slice).await?;
            None
        }
        RunKind::Housekeeping => {
            housekeeping(ports, &actor).await?;
            None
        }
    };
    let Some(next) = next else { return Ok(Done::Succeeded) };
    let context = Context::new(ports.mint(), &actor);
    let mut changes = ChangeSet::default();
    let key = format!("{}/{}", task.key.split("/at/").next().unwrap_or("run"), continued(&next));
    let job = Job::Run { run, date, resume: Some(next) };
    changes.task(context.task(key, job).unless_there());
    changes.settle(&task.lease, Verdict::Succeeded);
    ports.store.commit(changes).await?;
    Ok(Done::Settled)
}

fn continued(next: &Place) -> String {
    format!("at/{}", next.id)
}

fn place<T>((at, id): At<Id<T>>) -> Place {
    Place { at, id: id.stored() }
}

fn parse<T>(resume: Option<&Place>) -> Result<Option<At<Id<T>>>, WorkError> {
    let Some(place) = resume else { return Ok(None) };
    let id = Id::from_stored(&place.id).map_err(|error| WorkError::Other(error.to_string()))?;
    let at: DateTime<Utc> = place.at;
    Ok(Some((at, id)))
}

/// Cancels orders left unpaid, asks about payments whose chain of asks broke, throws away leftovers.
async fn housekeeping(ports: &Ports, actor: &Actor) -> Result<(), StoreError> {
    let books = ports.books().await?;
    orders::abandon_stale(ports, actor, &books, 5_000).await?;
    let context = Context::new(ports.mint(), actor);
    let overdue = crate::kernel::calendar::earlier(context.now(), TimeDelta::hours(1));
    let mut changes = ChangeSet::default();
    for payment in ports.store.payments_to_ask(overdue, 500).await? {
        let job = Job::AskPayment { payment_id: payment.id };
        changes.task(context.task(ask_key(&payment), job).unless_there());
    }
    if !changes.is_empty() {
        ports.store.commit(changes).await?;
    }
    ports.store.purge(context.now(), 10_000).await.map(drop)
}
