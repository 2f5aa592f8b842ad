//! The journal and the queue: tables that are no nouns of the change set.

use hosting_core::{
    change::NewTask,
    model::{Event, Task, TaskStatus},
    port::StoreError,
};

use crate::{
    batch::Batch,
    column::Column,
    record::{CellReader, column_of, unread},
    statement::{ColumnSpec, Kind, Table},
};

const fn column(name: &'static str, kind: Kind, nullable: bool) -> ColumnSpec {
    ColumnSpec { name, kind, nullable, read: true }
}

/// The journal. `position` is the database's; `created_at` is when it happened.
pub(crate) static EVENTS: Table = Table {
    name: "events",
    columns: &[
        column_of("id", |it: &Event| &it.id),
        column_of("created_at", |it: &Event| &it.at),
        column_of("actor", |it: &Event| &it.actor),
        column_of("subject", |it: &Event| &it.subject),
        column_of("body", |it: &Event| &it.body),
        unread(column("name", Kind::Text, false)),
        unread(column_of("updated_at", |it: &Event| &it.at)),
    ],
};

pub(crate) fn write_event(event: &Event, row: &mut Batch) {
    event.id.write("id", row);
    event.at.write("created_at", row);
    event.actor.write("actor", row);
    event.subject.write("subject", row);
    event.body.write("body", row);
    row.text("name", event.body.name());
    event.at.write("updated_at", row);
}

/// Reads an event.
pub(crate) fn read_event(cells: &mut CellReader<'_>) -> Result<Event, StoreError> {
    let _: i64 = cells.next("version")?;
    Ok(Event {
        id: cells.next("id")?,
        at: cells.next("created_at")?,
        actor: cells.next("actor")?,
        subject: cells.next("subject")?,
        body: cells.next("body")?,
    })
}

/// The queue. `live_key` repeats the key while the task is live, which makes it unique then.
pub(crate) static TASKS: Table = Table {
    name: "provision_tasks",
    columns: &[
        column_of("id", |it: &Task| &it.id),
        column_of("action", |it: &Task| &it.action),
        column_of("lane", |it: &Task| &it.lane),
        column_of("task_key", |it: &Task| &it.key),
        column_of("job", |it: &Task| &it.job),
        column_of("status", |it: &Task| &it.status),
        column_of("attempts", |it: &Task| &it.attempts),
        column_of("max_attempts", |it: &Task| &it.max_attempts),
        column_of("due_at", |it: &Task| &it.due_at),
        column_of("lease_until", |it: &Task| &it.lease_until),
        column_of("last_error", |it: &Task| &it.last_error),
        column_of("alone_key", |it: &Task| &it.alone_key),
        column_of("crowd_key", |it: &Task| &it.crowd_key),
        column_of("crowd_limit", |it: &Task| &it.crowd_limit),
        column_of("created_at", |it: &Task| &it.created_at),
        column_of("updated_at", |it: &Task| &it.updated_at),
        unread(column("live_key", Kind::Text, true)),
        unread(column("subscription_id", Kind::Id, true)),
        unread(column("lease_token", Kind::Text, true)),
    ],
};

pub(crate) fn write_task(task: &NewTask, row: &mut Batch) {
    let action = task.job.action();
    task.id.write("id", row);
    action.write("action", row);
    action.lane().write("lane", row);
    task.key.write("task_key", row);
    task.key.write("live_key", row);
    if let Some(id) = task.job.subscription_id() {
        row.text("subscription_id", &id.stored());
    }
    task.job.write("job", row);
    TaskStatus::Queued.write("status", row);
    row.int("attempts", 0);
    task.max_attempts.write("max_attempts", row);
    task.due_at.write("due_at", row);
    task.alone_key.write("alone_key", row);
    task.crowd_key.write("crowd_key", row);
    task.crowd_limit.write("crowd_limit", row);
    task.created_at.write("created_at", row);
    task.created_at.write("updated_at", row);
}

pub(crate) fn read_task(cells: &mut CellReader<'_>) -> Result<Task, StoreError> {
    let _: i64 = cells.next("version")?;
    Ok(Task {
        id: cells.next("id")?,
        action: cells.next("action")?,
        lane: cells.next("lane")?,
        key: cells.next("task_key")?,
        job: cells.next("job")?,
        status: cells.next("status")?,
        attempts: cells.next("attempts")?,
        max_attempts: cells.next("max_attempts")?,
        due_at: cells.next("due_at")?,
        lease_until: cells.next("lease_until")?,
        last_error: cells.next("last_error")?,
        alone_key: cells.next("alone_key")?,
        crowd_key: cells.next("crowd_key")?,
        crowd_limit: cells.next("crowd_limit")?,
        created_at: cells.next("created_at")?,
        updated_at: cells.next("updated_at")?,
    })
}

/// Counters under limits. When a row was made and changed is the database's clock, for operators.
pub(crate) static COUNTERS: Table = Table {
    name: "counters",
    columns: &[
        column("name", Kind::Text, false),
        column("value", Kind::Int, false),
        column("expires_at", Kind::Instant, true),
    ],
};

/// The last number given in each series.
pub(crate) static SERIES: Table = Table {
    name: "number_series",
    columns: &[column("name", Kind::Text, false), column("value", Kind::Int, false)],
};

/// What settling and intervening tell the queue.
pub(crate) static VERDICTS: Table = Table {
    name: "provision_tasks",
    columns: &[
        column("id", Kind::Id, false),
        column("lease_token", Kind::Text, true),
        column("status", Kind::Text, true),
        column("due_at", Kind::Instant, true),
        column("last_error", Kind::Text, true),
        column("max_attempts", Kind::Int, true),
    ],
};

/// What sealing again tells the queue.
pub(crate) static JOBS: Table = Table {
    name: "provision_tasks",
    columns: &[
        column("id", Kind::Id, false),
        column("action", Kind::Text, false),
        column("job", Kind::Json, false),
        column("updated_at", Kind::Instant, false),
    ],
};

/// What claiming tells the queue.
pub(crate) static LEASES: Table = Table {
    name: "provision_tasks",
    columns: &[
        column("id", Kind::Id, false),
        column("lease_token", Kind::Text, false),
        column("lease_until", Kind::Instant, false),
        column("updated_at", Kind::Instant, false),
    ],
};
