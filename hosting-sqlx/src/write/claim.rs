//! Taking work.
//!
//! Free are tasks that are queued and due, and tasks whose lease ran out. Each kind has its own
//! index; the two lists are merged here, earliest due first, and only what is kept is leased.
//! Claimers pass each other by skipping rows that are locked; on `SQLite` there is one writer.

use chrono::{DateTime, Utc};
use hosting_core::{
    model::{Lease, Task},
    port::{
        StoreError,
        store::{Claim, LeasedTask},
    },
};

use super::execute_all;
use crate::{
    batch::Batch,
    conn::{Arg, Cells, Tx},
    journal::{LEASES, TASKS, read_task},
    reads::statements,
    record::CellReader,
    statement::Statement,
};

statements! {
    QUEUED = Statement::select(
        &TASKS,
        "WHERE t.status = 'queued' AND t.due_at <= $1 ORDER BY t.due_at, t.id LIMIT $2 {skip}",
    );
    QUEUED_IN = Statement::select(
        &TASKS,
        "WHERE t.status = 'queued' AND t.lane = $3 AND t.due_at <= $1 \
         ORDER BY t.due_at, t.id LIMIT $2 {skip}",
    );
    LAPSED = Statement::select(
        &TASKS,
        "WHERE t.status = 'running' AND t.lease_until <= $1 \
         ORDER BY t.due_at, t.id LIMIT $2 {skip}",
    );
    LAPSED_IN = Statement::select(
        &TASKS,
        "WHERE t.status = 'running' AND t.lane = $3 AND t.lease_until <= $1 \
         ORDER BY t.due_at, t.id LIMIT $2 {skip}",
    );
    ONLY = Statement::select(
        &TASKS,
        "WHERE t.id = $1 AND (t.status = 'queued' \
           OR (t.status = 'running' AND t.lease_until <= $2)) {skip}",
    );
    LEASE = Statement::update_only(
        &LEASES,
        "{t}status = 'running', {t}attempts = t.attempts + 1, {t}lease_token = v.lease_token, \
         {t}lease_until = v.lease_until, {t}updated_at = v.updated_at",
        "t.id = v.id",
    );
    ANY_FREE = Statement::same(
        "SELECT 1 WHERE EXISTS (SELECT id FROM provision_tasks \
           WHERE status = 'queued' AND due_at <= $1) \
         OR EXISTS (SELECT id FROM provision_tasks \
           WHERE status = 'running' AND lease_until <= $1)",
    );
}

#[cfg(feature = "sqlite")]
/// Whether a claim could find anything; asked where the one writer is too dear for idle questions.
pub(crate) async fn is_idle(db: &crate::conn::Db, claim: &Claim) -> Result<bool, StoreError> {
    if claim.only.is_some() {
        return Ok(false);
    }
    Ok(db.fetch(&ANY_FREE, &[claim.now.into()], |_| Ok(())).await?.is_empty())
}

/// Leases what `claim` asks for.
pub(crate) async fn claim(tx: &mut Tx, claim: &Claim) -> Result<Vec<LeasedTask>, StoreError> {
    let now = millis(claim.now);
    let until = now.checked_add_signed(claim.lease).map_or(DateTime::<Utc>::MAX_UTC, millis);
    let tasks = free(tx, claim, now).await?;
    let mut batch = Batch::new(tx.dialect());
    let mut ids: Vec<_> = tasks.iter().map(|it| it.id).collect();
    ids.sort_unstable();
    for id in ids {
        batch.row(|row| {
            row.text("id", &id.stored());
            row.text("lease_token", &claim.token);
            row.instant("lease_until", until);
            row.instant("updated_at", now);
        });
    }
    execute_all(tx, &LEASE, batch, "lease").await?;
    let leased = tasks.into_iter().map(|task| LeasedTask {
        lease: Lease { task_id: task.id, token: claim.token.clone(), until },
        job: task.job,
        key: task.key,
        attempts: task.attempts.saturating_add(1),
        max_attempts: task.max_attempts,
    });
    Ok(leased.collect())
}

/// Locks free tasks: the one that is asked for, or the earliest due.
async fn free(tx: &mut Tx, claim: &Claim, now: DateTime<Utc>) -> Result<Vec<Task>, StoreError> {
    let read = |row: &dyn Cells| read_task(&mut CellReader::new("provision_tasks", row));
    let limit = usize::try_from(claim.limit).unwrap_or(usize::MAX);
    let mut tasks = if let Some(id) = claim.only {
        let id = id.stored();
        let mut found = tx.fetch(&ONLY, &[Arg::Text(&id), now.into()], read).await?;
        found.retain(|task| claim.lane.is_none_or(|lane| task.lane == lane));
        found
    } else {
        let mut args = vec![now.into(), claim.limit.into()];
        args.extend(claim.lane.iter().map(|it| Arg::Text(it.as_str())));
        let (queued, lapsed) = match claim.lane {
            None => (&QUEUED, &LAPSED),
            Some(_) => (&QUEUED_IN, &LAPSED_IN),
        };
        let mut found = tx.fetch(lapsed, &args, read).await?;
        found.extend(tx.fetch(queued, &args, read).await?);
        found
    };
    tasks.sort_unstable_by_key(|it| (it.due_at, it.id));
    tasks.truncate(limit);
    Ok(tasks)
}

/// As it is stored.
fn millis(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at)
}
