//! What must be said once: a counter remembers that it was.
//!
//! Runs look at the same rows each hour. What is wrong with one of them is recorded once for each time
//! it fell due, not once an hour, so that the journal stays readable and staff read their mail.

use chrono::{DateTime, TimeDelta, Utc};

use super::Ports;
use crate::{
    change::{ChangeSet, Take},
    decide::Context,
    kernel::{Entity, calendar::later},
    model::{Actor, DomainEvent, RunKind, Subject},
    port::{StoreError, Unreadable},
};

/// For how long it is remembered that something was said; after that it is said again, because
/// nobody has done anything about it.
const REMEMBERED: TimeDelta = TimeDelta::days(90);

/// Commits what `say` adds, unless `counter` remembers that it was said. Answers whether it was said now.
///
/// # Errors
/// A store that failed.
pub(crate) async fn once(
    ports: &Ports,
    actor: &Actor,
    counter: String,
    say: impl FnOnce(&Context<'_>, &mut ChangeSet),
) -> Result<bool, StoreError> {
    if ports.store.counter(&counter).await? > 0 {
        return Ok(false);
    }
    let context = Context::new(ports.mint(), actor);
    let mut changes = ChangeSet::default();
    let expires_at = Some(later(context.now(), REMEMBERED));
    changes.takes.push(Take { expires_at, ..Take::one(counter, Some(1)) });
    say(&context, &mut changes);
    match ports.store.commit(changes).await {
        Ok(_) => Ok(true),
        Err(StoreError::LimitReached { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Records that `run` could not decide about `subject`, which fell due at `due`.
///
/// # Errors
/// A store that failed.
pub(crate) async fn skipped(
    ports: &Ports,
    actor: &Actor,
    run: RunKind,
    subject: impl Into<Subject>,
    due: DateTime<Utc>,
    detail: String,
) -> Result<(), StoreError> {
    let subject = subject.into();
    let counter = format!("skipped/{run}/{subject}/{}", due.timestamp());
    let say = |context: &Context<'_>, changes: &mut ChangeSet| {
        context.record(changes, subject, DomainEvent::RunSkipped { run, detail });
    };
    once(ports, actor, counter, say).await.map(drop)
}

/// Records the rows of a page that `run` could not read. Answers how many there were.
///
/// # Errors
/// A store that failed.
pub(crate) async fn unreadable<K: Entity>(
    ports: &Ports,
    actor: &Actor,
    run: RunKind,
    rows: Vec<Unreadable>,
) -> Result<u64, StoreError> {
    let mut count = 0_u64;
    for row in rows {
        let (subject, due) = (row.subject::<K>(), row.due_at.unwrap_or(DateTime::UNIX_EPOCH));
        skipped(ports, actor, run, subject, due, row.why).await?;
        count = count.saturating_add(1);
    }
    Ok(count)
}
