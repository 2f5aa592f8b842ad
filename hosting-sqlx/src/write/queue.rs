//! What a commit does to the queue: ends attempts, carries out what staff want, adds work.

use std::collections::HashSet;

use hosting_core::{
    change::{Intervention, NewTask, OnDuplicate, Settlement, Unique, Verdict, Wish},
    port::StoreError,
};

use super::{execute, execute_all};
use crate::{
    batch::Batch,
    column::Column,
    conn::Tx,
    journal::{JOBS, TASKS, VERDICTS, write_task},
    reads::statements,
    statement::Statement,
};

// The status is hidden from the planner, which would otherwise go through all tasks of a status to find
// those of the batch.
statements! {
    SETTLE = Statement::update_only(
        &VERDICTS,
        "{t}status = v.status, {t}due_at = coalesce(v.due_at, t.due_at), \
         {t}last_error = coalesce(v.last_error, t.last_error), {t}lease_token = NULL, \
         {t}max_attempts = t.max_attempts + coalesce(v.max_attempts, 0), \
         {t}lease_until = NULL, \
         {t}live_key = CASE WHEN v.status = 'queued' THEN t.task_key ELSE NULL END",
        "t.id = v.id AND t.lease_token = v.lease_token AND coalesce(t.status, '') = 'running'",
    );
    WITHDRAW = Statement::update_only(
        &VERDICTS,
        "{t}status = 'failed', {t}last_error = v.last_error, {t}live_key = NULL, \
         {t}updated_at = v.due_at",
        "t.id = v.id AND coalesce(t.status, '') = 'queued'",
    );
    RETRY = Statement::update_only(
        &VERDICTS,
        "{t}status = 'queued', {t}due_at = v.due_at, {t}live_key = t.task_key, \
         {t}max_attempts = t.max_attempts + v.max_attempts, {t}updated_at = v.due_at",
        "t.id = v.id AND coalesce(t.status, '') = 'failed'",
    );
    // Of all columns the queue alone writes this one, and nothing else does: no version is needed.
    RESEAL = Statement::update_only(
        &JOBS,
        "{t}job = v.job, {t}updated_at = v.updated_at",
        "t.id = v.id AND t.action = v.action AND coalesce(t.status, '') <> 'succeeded'",
    );
    ADD = Statement::insert(&TASKS);
    ADD_UNLESS_THERE = Statement::insert_new(&TASKS, "live_key");
}

/// Ends attempts; every lease must still be held.
pub(super) async fn settle(tx: &mut Tx, settlements: &[Settlement]) -> Result<(), StoreError> {
    let mut sorted: Vec<_> = settlements.iter().collect();
    sorted.sort_unstable_by_key(|it| it.lease.task_id);
    let mut batch = Batch::new(tx.dialect());
    for Settlement { lease, verdict } in sorted {
        batch.row(|row| {
            row.text("id", &lease.task_id.stored());
            row.text("lease_token", &lease.token);
            match verdict {
                Verdict::Succeeded => row.text("status", "succeeded"),
                Verdict::Failed { error } => {
                    row.text("status", "failed");
                    row.text("last_error", error);
                }
                Verdict::Wait { at, error } => {
                    row.text("status", "queued");
                    row.instant("due_at", *at);
                    row.text("last_error", error);
                    row.int("max_attempts", 1);
                }
                Verdict::RetryAt { at, error } => {
                    row.text("status", "queued");
                    row.instant("due_at", *at);
                    row.text("last_error", error);
                }
            }
        });
    }
    execute_all(tx, &SETTLE, batch, "lease").await
}

/// Carries out what staff want. Withdrawing comes first, since it frees a key.
pub(super) async fn intervene(tx: &mut Tx, wanted: &[Intervention]) -> Result<(), StoreError> {
    let mut sorted: Vec<_> = wanted.iter().collect();
    sorted.sort_unstable_by_key(|it| it.task_id);
    let [mut withdraw, mut retry, mut reseal] = [(); 3].map(|()| Batch::new(tx.dialect()));
    for Intervention { task_id, at, wish } in sorted {
        let id = task_id.stored();
        match wish {
            Wish::Retry => retry.row(|row| {
                row.text("id", &id);
                row.instant("due_at", *at);
                row.int("max_attempts", NewTask::ATTEMPTS);
            }),
            Wish::Withdraw { reason } => withdraw.row(|row| {
                row.text("id", &id);
                row.instant("due_at", *at);
                row.text("last_error", reason);
            }),
            Wish::Reseal { job } => reseal.row(|row| {
                row.text("id", &id);
                row.text("action", job.action().as_str());
                job.write("job", row);
                row.instant("updated_at", *at);
            }),
        }
    }
    execute_all(tx, &WITHDRAW, withdraw, "provision_tasks").await?;
    execute_all(tx, &RETRY, retry, "provision_tasks").await?;
    execute_all(tx, &RESEAL, reseal, "provision_tasks").await
}

/// Adds work. Of two tasks with one key in one commit, the first counts as being there.
pub(super) async fn add(tx: &mut Tx, tasks: &[NewTask]) -> Result<(), StoreError> {
    let (mut firm, mut unless_there) = (Batch::new(tx.dialect()), Batch::new(tx.dialect()));
    let mut keys = HashSet::with_capacity(tasks.len());
    for task in tasks {
        match (keys.insert(task.key.as_str()), task.on_duplicate) {
            (true, OnDuplicate::Refuse) => firm.row(|row| write_task(task, row)),
            (true, OnDuplicate::Keep) => unless_there.row(|row| write_task(task, row)),
            (false, OnDuplicate::Keep) => {}
            (false, OnDuplicate::Refuse) => return Err(StoreError::Duplicate(Unique::TaskKey)),
        }
    }
    execute(tx, &ADD, firm).await?;
    execute(tx, &ADD_UNLESS_THERE, unless_there).await.map(drop)
}
