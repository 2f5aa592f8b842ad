//! Recurring runs as tasks with dated keys: one an hour each — convergence one a day —, whoever
//! schedules them.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::tick::{Done, WorkError};
use crate::{
    change::{ChangeSet, Verdict},
    decide::{Context, billing::ask_key},
    kernel::{
        Id,
        calendar::{earlier, later},
    },
    model::{Actor, Job, Place, RunKind},
    port::{DoneBefore, LeasedTask, StoreError},
    service::{
        Ports, ServiceError, convergence, dunning, endings, heartbeat, orders,
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
    let counter = |run: RunKind| match run {
        RunKind::Convergence => format!("run/{run}/{date}"),
        _ => format!("run/{run}/{hour}"),
    };
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
    let slice = Slice { page: 100, pages: 100 };
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
        RunKind::Convergence => {
            let done = convergence::run(ports, &actor, parse(resume)?, slice).await?;
            done.resume.map(place)
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
    ask_forgotten(ports, actor).await?;
    throw_away(ports).await.map(drop)
}

/// Rows of a kind that go in one transaction: few, so that whoever writes meanwhile hardly waits.
const STEP: u32 = 100;
/// Steps of one call; what is left goes the next time.
const STEPS: u32 = 500;

/// Throws away what has expired, and work that was done longer ago than the shop keeps it
/// ([`Keeping`](crate::model::Keeping)), in small steps; answers how many rows went.
///
/// # Errors
/// A store that failed; what went is gone.
pub async fn throw_away(ports: &Ports) -> Result<u64, StoreError> {
    let (now, keeping) = (ports.now(), ports.store.shop().await?.keeping);
    let days_ago = |days: u32| earlier(now, TimeDelta::days(i64::from(days)));
    let done = DoneBefore {
        tasks: days_ago(keeping.succeeded_task_days),
        webhooks: days_ago(keeping.processed_webhook_days),
    };
    let mut gone = 0_u64;
    for _ in 0..STEPS {
        let step = ports.store.purge(now, STEP).await?;
        let step = step.saturating_add(ports.store.purge_done(&done, STEP).await?);
        if step == 0 {
            break;
        }
        gone = gone.saturating_add(step);
    }
    Ok(gone)
}

/// Asks again about payments whose chain of asks broke. Each is moved to the end of the queue, so that
/// those that can never be asked do not keep the others from being reached.
async fn ask_forgotten(ports: &Ports, actor: &Actor) -> Result<(), StoreError> {
    let now = ports.now();
    let overdue = earlier(now, TimeDelta::hours(1));
    for read in ports.store.payments_to_ask(overdue, 500).await?.rows {
        let context = Context::new(ports.mint(), actor);
        let mut payment = read.value.clone();
        payment.next_ask_at = Some(later(now, TimeDelta::hours(6)));
        payment.updated_at = now;
        let mut changes = ChangeSet::default();
        let job = Job::AskPayment { payment_id: payment.id };
        changes.task(context.task(ask_key(&payment), job).unless_there());
        changes.payments.change(read.with(payment));
        match ports.store.commit(changes).await {
            // Somebody heard of it meanwhile.
            Ok(_) | Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
