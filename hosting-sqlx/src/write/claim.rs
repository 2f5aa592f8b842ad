//! Taking work.
//!
//! Free are tasks that are queued and due, and tasks whose lease ran out. Each kind has its own
//! index; the two lists are merged here, earliest due first, and only what is kept is leased.
//! Claimers pass each other by skipping rows that are locked; on `SQLite` there is one writer.
//!
//! A task that must run alone, or in a crowd of so many, is passed over while others hold its keys.
//! The statements that look for work pass over most of them, so that those who wait hide nobody; but
//! two claimers at once see neither's leases. Whoever finds tasks with keys therefore goes through a
//! gate, one after the other until the end of the transaction, and looks again who holds them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::Id,
    model::{Lease, Task, TaskId},
    port::{
        StoreError,
        store::{Claim, Claimed, LeasedTask, UnreadableTask},
    },
};

use super::execute_all;
use crate::{
    batch::Batch,
    conn::{Arg, Cells, Tx},
    journal::{LEASES, TASKS, read_task},
    reads::statements,
    record::{CellReader, stored_id},
    statement::Statement,
};

/// That nobody holds what the task must have alone, and that its crowd is not full.
macro_rules! room {
    () => {
        "(t.alone_key IS NULL OR NOT EXISTS (SELECT 1 FROM provision_tasks AS r \
           WHERE r.alone_key = t.alone_key AND r.status = 'running')) \
         AND (t.crowd_key IS NULL OR t.crowd_limit > (SELECT count(*) FROM provision_tasks AS r \
           WHERE r.crowd_key = t.crowd_key AND r.status = 'running'))"
    };
}
pub(crate) use room;

statements! {
    QUEUED = Statement::select(
        &TASKS,
        concat!(
            "WHERE t.status = 'queued' AND t.due_at <= $1 AND ",
            room!(),
            " ORDER BY t.due_at, t.id LIMIT $2 {skip}"
        ),
    );
    QUEUED_IN = Statement::select(
        &TASKS,
        concat!(
            "WHERE t.status = 'queued' AND t.lane = $3 AND t.due_at <= $1 AND ",
            room!(),
            " ORDER BY t.due_at, t.id LIMIT $2 {skip}"
        ),
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
    GATE = Statement::each(
        "SELECT 1",
        "SELECT pg_advisory_xact_lock(1752134517, 0)",
        "SELECT id FROM claims_head WHERE id = 1 FOR UPDATE",
    );
    HELD = Statement::each(
        "SELECT r.id, v.value ->> 'name' FROM json_each($1) AS v CROSS JOIN provision_tasks AS r \
           ON r.alone_key = v.value ->> 'name' AND r.status = 'running' \
         UNION ALL SELECT r.id, v.value ->> 'name' FROM json_each($1) AS v \
           CROSS JOIN provision_tasks AS r \
           ON r.crowd_key = v.value ->> 'name' AND r.status = 'running'",
        "SELECT r.id, v.name FROM (SELECT * FROM json_to_recordset($1::json) AS r(name text) \
             LIMIT json_array_length($1::json)) AS v \
           JOIN provision_tasks AS r ON r.alone_key = v.name AND r.status = 'running' \
         UNION ALL SELECT r.id, v.name FROM (SELECT * FROM json_to_recordset($1::json) \
             AS r(name text) LIMIT json_array_length($1::json)) AS v \
           JOIN provision_tasks AS r ON r.crowd_key = v.name AND r.status = 'running'",
        "SELECT r.id, v.name FROM JSON_TABLE($1, '$[*]' COLUMNS(name VARCHAR(160) \
             PATH '$.name' ERROR ON ERROR)) AS v STRAIGHT_JOIN provision_tasks AS r \
           ON r.alone_key = v.name AND r.status = 'running' \
         UNION ALL SELECT r.id, v.name FROM JSON_TABLE($1, '$[*]' COLUMNS(name VARCHAR(160) \
             PATH '$.name' ERROR ON ERROR)) AS v STRAIGHT_JOIN provision_tasks AS r \
           ON r.crowd_key = v.name AND r.status = 'running'",
    );
    LEASE = Statement::update_only(
        &LEASES,
        "{t}status = 'running', {t}attempts = t.attempts + 1, {t}lease_token = v.lease_token, \
         {t}lease_until = v.lease_until, {t}updated_at = v.updated_at",
        "t.id = v.id",
    );
    ANY_FREE = Statement::same(concat!(
        "SELECT 1 WHERE EXISTS (SELECT t.id FROM provision_tasks AS t \
           WHERE t.status = 'queued' AND t.due_at <= $1 AND ",
        room!(),
        ") OR EXISTS (SELECT id FROM provision_tasks \
           WHERE status = 'running' AND lease_until <= $1)"
    ));
}

#[cfg(feature = "sqlite")]
/// Whether a claim could find anything; asked where the one writer is too dear for idle questions.
pub(crate) async fn is_idle(db: &crate::conn::Db, claim: &Claim) -> Result<bool, StoreError> {
    if claim.only.is_some() {
        return Ok(false);
    }
    Ok(db.fetch(&ANY_FREE, &[claim.now.into()], |_| Ok(())).await?.is_empty())
}

/// A free task: what can be said of it even when it cannot be read.
struct Free {
    id: TaskId,
    task: Result<Task, StoreError>,
}

/// Leases what `claim` asks for.
pub(crate) async fn claim(tx: &mut Tx, claim: &Claim) -> Result<Claimed, StoreError> {
    let now = millis(claim.now);
    let until = now.checked_add_signed(claim.lease).map_or(DateTime::<Utc>::MAX_UTC, millis);
    let limit = usize::try_from(claim.limit).unwrap_or(usize::MAX);
    let found = free(tx, claim, now).await?;
    let mut chosen = with_room(tx, found).await?;
    chosen.truncate(limit);
    let mut batch = Batch::new(tx.dialect());
    let mut ids: Vec<_> = chosen.iter().map(|it| it.id).collect();
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
    let mut claimed = Claimed::default();
    for Free { id, task } in chosen {
        let lease = Lease { task_id: id, token: claim.token.clone(), until };
        match task {
            Ok(task) => claimed.tasks.push(LeasedTask {
                lease,
                job: task.job,
                key: task.key,
                attempts: task.attempts.saturating_add(1),
                max_attempts: task.max_attempts,
                crowd_key: task.crowd_key,
            }),
            Err(error) => {
                claimed.unreadable.push(UnreadableTask { lease, why: error.to_string() });
            }
        }
    }
    Ok(claimed)
}

/// Locks free tasks: the one that is asked for, or the earliest due of those queued and of those
/// whose lease ran out. What cannot be read comes first, since nobody knows when it was due.
async fn free(tx: &mut Tx, claim: &Claim, now: DateTime<Utc>) -> Result<Vec<Free>, StoreError> {
    let read = |row: &dyn Cells| {
        let task = read_task(&mut CellReader::new("provision_tasks", row));
        Ok(Id::from_stored(&stored_id(row)).ok().map(|id| Free { id, task }))
    };
    let found = if let Some(id) = claim.only {
        let id = id.stored();
        let mut found = tx.fetch(&ONLY, &[Arg::Text(&id), now.into()], read).await?;
        let in_lane = |it: &Task| claim.lane.is_none_or(|lane| it.lane == lane);
        found.retain(|it| it.as_ref().is_some_and(|it| it.task.as_ref().map_or(true, in_lane)));
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
    let mut found: Vec<_> = found.into_iter().flatten().collect();
    found.sort_by_key(|it| (it.task.as_ref().map(|task| task.due_at).ok(), it.id));
    Ok(found)
}

/// Leaves out what must wait for others, those among `found` included.
async fn with_room(tx: &mut Tx, mut found: Vec<Free>) -> Result<Vec<Free>, StoreError> {
    let readable = found.iter().filter_map(|it| it.task.as_ref().ok());
    let keys: BTreeSet<_> = readable.flat_map(Task::held_keys).map(str::to_owned).collect();
    if keys.is_empty() {
        return Ok(found);
    }
    let mut held = held(tx, &keys).await?;
    found.retain(|Free { id, task }| {
        let Ok(task) = task else { return true };
        let others = |key: &String| {
            held.get(key).map_or(0, |it| it.iter().filter(|other| *other != id).count())
        };
        let is_alone = task.alone_key.as_ref().is_none_or(|key| others(key) == 0);
        let limit = usize::try_from(task.crowd_limit.unwrap_or(i64::MAX)).unwrap_or(0);
        let has_room = is_alone && task.crowd_key.as_ref().is_none_or(|key| others(key) < limit);
        if has_room {
            for key in task.held_keys() {
                held.entry(key.to_owned()).or_default().insert(*id);
            }
        }
        has_room
    });
    Ok(found)
}

/// Who holds these keys, once nobody else can take them any more.
async fn held(
    tx: &mut Tx,
    keys: &BTreeSet<String>,
) -> Result<BTreeMap<String, BTreeSet<TaskId>>, StoreError> {
    tx.fetch(&GATE, &[], |_| Ok(())).await?;
    let mut batch = Batch::new(tx.dialect());
    for key in keys {
        batch.row(|row| row.text("name", key));
    }
    let mut held: BTreeMap<String, BTreeSet<TaskId>> = BTreeMap::new();
    for chunk in batch.finish()? {
        let read = |row: &dyn Cells| {
            let mut cells = CellReader::new("provision_tasks", row);
            Ok((cells.next::<TaskId>("id")?, cells.next::<String>("key")?))
        };
        for (id, key) in tx.fetch(&HELD, &[Arg::Text(&chunk.text)], read).await? {
            held.entry(key).or_default().insert(id);
        }
    }
    Ok(held)
}

/// As it is stored.
fn millis(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at)
}
