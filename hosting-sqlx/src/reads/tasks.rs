//! The queue, as staff see it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::{Page, PageRequest},
    model::{Lane, SubscriptionId, Task, TaskAction, TaskId, TaskStatus},
    port::{
        StoreError,
        store::{TaskFilter, TaskRepository},
    },
};

use super::{cursor, overfetch, statements, variant};
use crate::{
    conn::{Arg, Cells},
    journal::{TASKS, read_task},
    record::{CellReader, stored_id},
    statement::Statement,
    store::SqlStore,
    write::claim::room,
};

/// Of one service's tasks, which are few: what else is asked for is hidden from the planner, so that it
/// goes by the service.
macro_rules! of_service {
    ($service:literal, $and:literal) => {
        Statement::select(
            &TASKS,
            concat!(
                "WHERE t.id < $1 AND t.subscription_id = ",
                $service,
                $and,
                " ORDER BY t.id DESC LIMIT $2"
            ),
        )
    };
}

statements! {
    TASK = Statement::select(&TASKS, "WHERE t.id = $1");
    COUNT = Statement::same("SELECT count(*) FROM provision_tasks WHERE status = $1");
    // What has to wait for others comes free when they end, at the latest with their leases.
    NEXT_QUEUED = Statement::same(concat!(
        "SELECT t.due_at FROM provision_tasks AS t WHERE t.status = 'queued' AND ",
        room!(),
        " ORDER BY t.due_at LIMIT 1"
    ));
    NEXT_QUEUED_IN = Statement::same(concat!(
        "SELECT t.due_at FROM provision_tasks AS t WHERE t.status = 'queued' AND t.lane = $1 AND ",
        room!(),
        " ORDER BY t.due_at LIMIT 1"
    ));
    NEXT_LEASED = Statement::same(
        "SELECT lease_until FROM provision_tasks WHERE status = 'running' \
         ORDER BY lease_until LIMIT 1",
    );
    NEXT_LEASED_IN = Statement::same(
        "SELECT lease_until FROM provision_tasks WHERE status = 'running' AND lane = $1 \
         ORDER BY lease_until LIMIT 1",
    );
    + TASK_LIST: 8 = [
        Statement::select(&TASKS, "WHERE t.id < $1 ORDER BY t.id DESC LIMIT $2"),
        Statement::select(&TASKS, "WHERE t.id < $1 AND t.status = $3 ORDER BY t.id DESC LIMIT $2"),
        Statement::select(&TASKS, "WHERE t.id < $1 AND t.action = $3 ORDER BY t.id DESC LIMIT $2"),
        Statement::select(
            &TASKS,
            "WHERE t.id < $1 AND t.status = $3 AND t.action = $4 ORDER BY t.id DESC LIMIT $2",
        ),
        of_service!("$3", ""),
        of_service!("$4", " AND coalesce(t.status, '') = $3"),
        of_service!("$4", " AND coalesce(t.action, '') = $3"),
        of_service!("$5", " AND coalesce(t.status, '') = $3 AND coalesce(t.action, '') = $4"),
    ];
}

fn task(cells: &dyn Cells) -> Result<Task, StoreError> {
    read_task(&mut CellReader::new("provision_tasks", cells))
}

#[async_trait]
impl TaskRepository for SqlStore {
    async fn task(&self, id: TaskId) -> Result<Option<Task>, StoreError> {
        let rows = self.db().fetch(&TASK, &[(&id.stored()).into()], task).await?;
        Ok(rows.into_iter().next())
    }

    async fn tasks(
        &self,
        filter: &TaskFilter,
        page: &PageRequest,
    ) -> Result<Page<Task>, StoreError> {
        let service = filter.subscription_id.map(SubscriptionId::stored);
        let filters = [
            filter.status.map(TaskStatus::as_str),
            filter.action.map(TaskAction::as_str),
            service.as_deref(),
        ];
        let mut args = vec![Arg::Text(cursor(page)?), overfetch(page)];
        args.extend(filters.iter().flatten().map(|it| Arg::Text(it)));
        let met = |row: &dyn Cells| Ok((stored_id(row), task(row).ok()));
        let rows = self.db().fetch(&TASK_LIST[variant(&filters)], &args, met).await?;
        Ok(Page::from_readable(rows, page))
    }

    async fn task_counts(&self) -> Result<Vec<(TaskStatus, i64)>, StoreError> {
        let read = |row: &dyn Cells| CellReader::new("provision_tasks", row).next("count");
        let mut counts = Vec::new();
        for status in [TaskStatus::Queued, TaskStatus::Running, TaskStatus::Failed] {
            let found = self.db().fetch(&COUNT, &[status.as_str().into()], read).await?;
            counts.push((status, found.into_iter().next().unwrap_or(0)));
        }
        Ok(counts)
    }

    async fn next_due(&self, lane: Option<Lane>) -> Result<Option<DateTime<Utc>>, StoreError> {
        let read = |row: &dyn Cells| CellReader::new("provision_tasks", row).next("due_at");
        let lanes: Vec<Arg<'_>> = lane.iter().map(|it| Arg::Text(it.as_str())).collect();
        let (queued, leased) = match lane {
            None => (&NEXT_QUEUED, &NEXT_LEASED),
            Some(_) => (&NEXT_QUEUED_IN, &NEXT_LEASED_IN),
        };
        let mut times: Vec<DateTime<Utc>> = self.db().fetch(queued, &lanes, read).await?;
        times.extend(self.db().fetch(leased, &lanes, read).await?);
        Ok(times.into_iter().min())
    }
}
