//! Questions about the journal and the queue.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::super::MemoryStore;
use crate::{
    kernel::{Page, PageRequest},
    model::{Event, Lane, Subject, Task, TaskId, TaskStatus},
    port::store::{AuditRepository, Rows, StoreError, TaskFilter, TaskRepository, read::Answer},
};

#[async_trait]
impl AuditRepository for MemoryStore {
    async fn events_after(&self, after: i64, limit: u32) -> Answer<Rows<(i64, Event), i64>> {
        Ok(self.state().journal.after(after, limit))
    }

    async fn count_after(&self, after: i64, at_most: u32) -> Answer<i64> {
        Ok(self.state().journal.count_after(after, at_most))
    }

    async fn events_of(&self, subject: &Subject, page: &PageRequest) -> Answer<Page<(i64, Event)>> {
        self.state().journal.of(subject, page)
    }
}

#[async_trait]
impl TaskRepository for MemoryStore {
    async fn task(&self, id: TaskId) -> Result<Option<Task>, StoreError> {
        self.state().queue.get(id)
    }

    async fn tasks(
        &self,
        filter: &TaskFilter,
        page: &PageRequest,
    ) -> Result<Page<Task>, StoreError> {
        self.state().queue.page(filter, page)
    }

    async fn task_counts(&self) -> Result<Vec<(TaskStatus, i64)>, StoreError> {
        Ok(self.state().queue.counts())
    }

    async fn next_due(&self, lane: Option<Lane>) -> Result<Option<DateTime<Utc>>, StoreError> {
        Ok(self.state().queue.next_due(lane))
    }
}
