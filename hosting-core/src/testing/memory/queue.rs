//! The queue: tasks, leases, settlements, interventions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use ulid::Ulid;

use super::rows::spoilt;
use crate::{
    change::{ChangeSet, Intervention, NewTask, OnDuplicate, Settlement, Unique, Verdict, Wish},
    kernel::{Id, Page, PageRequest},
    model::{Lane, Lease, Task, TaskId, TaskStatus},
    port::{
        StoreError,
        store::{Claim, Claimed, LeasedTask, TaskFilter, UnreadableTask},
    },
};

/// A task and the token of its lease.
#[derive(Debug, Clone)]
struct Entry {
    task: Task,
    token: Option<String>,
}

impl Entry {
    fn is_live(&self) -> bool {
        matches!(self.task.status, TaskStatus::Queued | TaskStatus::Running)
    }

    /// From when it may be taken; `None` when it is over.
    fn free_at(&self) -> Option<DateTime<Utc>> {
        match self.task.status {
            TaskStatus::Queued => Some(self.task.due_at),
            TaskStatus::Running => self.task.lease_until.or(Some(self.task.due_at)),
            TaskStatus::Succeeded | TaskStatus::Failed => None,
        }
    }
}

/// Tasks, with those that may be taken in the order of when.
#[derive(Default)]
pub(super) struct Queue {
    entries: BTreeMap<TaskId, Entry>,
    live: HashMap<String, TaskId>,
    queued: BTreeSet<(Lane, DateTime<Utc>, TaskId)>,
    running: BTreeSet<(Lane, DateTime<Utc>, TaskId)>,
    /// Which tasks hold a key that is taken alone or in a crowd.
    held: BTreeSet<(String, TaskId)>,
    spoilt: BTreeSet<TaskId>,
}

/// What a commit does to the queue, checked: the tasks as they will be.
#[derive(Default)]
pub(super) struct Staged(BTreeMap<TaskId, Entry>);

/// Writing: [`check`](Queue::check) first, and when everything agrees, [`apply`](Queue::apply).
impl Queue {
    /// Settlements come first, so that a task may be followed by one with the same key.
    pub(super) fn check(&self, changes: &ChangeSet) -> Result<Staged, StoreError> {
        let mut staged = Staged::default();
        for settlement in &changes.settlements {
            self.settle(&mut staged, settlement)?;
        }
        for intervention in &changes.interventions {
            self.intervene(&mut staged, intervention)?;
        }
        let mut keys = HashMap::new();
        for entry in staged.0.values() {
            keys.insert(entry.task.key.clone(), entry.is_live());
        }
        for task in &changes.tasks {
            let stored = self.live.contains_key(&task.key);
            let taken = keys.get(&task.key).copied().unwrap_or(stored);
            match (taken, task.on_duplicate) {
                (true, OnDuplicate::Keep) => continue,
                (true, OnDuplicate::Refuse) => return Err(StoreError::Duplicate(Unique::TaskKey)),
                (false, _) => {}
            }
            keys.insert(task.key.clone(), true);
            let entry = Entry { task: fresh(task), token: None };
            if self.entries.contains_key(&task.id) || staged.0.insert(task.id, entry).is_some() {
                return Err(StoreError::Duplicate(Unique::PrimaryKey));
            }
        }
        Ok(staged)
    }

    fn settle(&self, staged: &mut Staged, settlement: &Settlement) -> Result<(), StoreError> {
        const LOST: StoreError = StoreError::Conflict { what: "lease" };
        let Settlement { lease, verdict } = settlement;
        let held = self.entries.get(&lease.task_id).filter(|entry| {
            entry.task.status == TaskStatus::Running
                && entry.token.as_deref() == Some(lease.token.as_str())
        });
        let mut entry = held.cloned().ok_or(LOST)?;
        (entry.token, entry.task.lease_until) = (None, None);
        match verdict {
            Verdict::Succeeded => entry.task.status = TaskStatus::Succeeded,
            Verdict::Failed { error } => {
                entry.task.status = TaskStatus::Failed;
                entry.task.last_error = Some(error.clone());
            }
            Verdict::Wait { at, error } => {
                entry.task.status = TaskStatus::Queued;
                entry.task.due_at = *at;
                entry.task.last_error = Some(error.clone());
                entry.task.max_attempts = entry.task.max_attempts.saturating_add(1);
            }
            Verdict::RetryAt { at, error } => {
                entry.task.status = TaskStatus::Queued;
                entry.task.due_at = *at;
                entry.task.last_error = Some(error.clone());
            }
        }
        match staged.0.insert(lease.task_id, entry) {
            Some(_) => Err(LOST),
            None => Ok(()),
        }
    }

    fn intervene(&self, staged: &mut Staged, wanted: &Intervention) -> Result<(), StoreError> {
        let wrong = || StoreError::Conflict { what: "provision_tasks" };
        let id = wanted.task_id;
        let mut entry = self.entries.get(&id).cloned().ok_or_else(wrong)?;
        let fits = match &wanted.wish {
            Wish::Retry => entry.task.status == TaskStatus::Failed,
            Wish::Withdraw { .. } => entry.task.status == TaskStatus::Queued,
            Wish::Reseal { job } => {
                entry.task.status != TaskStatus::Succeeded && entry.task.action == job.action()
            }
        };
        if !fits || staged.0.contains_key(&id) {
            return Err(wrong());
        }
        let task = &mut entry.task;
        task.updated_at = wanted.at;
        match &wanted.wish {
            Wish::Retry => {
                let freed = |other: &TaskId| staged.0.get(other).is_some_and(|it| !it.is_live());
                let stored = self.live.get(&task.key).is_some_and(|other| !freed(other));
                let revived = staged.0.values().any(|it| it.is_live() && it.task.key == task.key);
                if stored || revived {
                    return Err(StoreError::Duplicate(Unique::TaskKey));
                }
                task.status = TaskStatus::Queued;
                task.due_at = wanted.at;
                task.max_attempts = task.max_attempts.saturating_add(NewTask::ATTEMPTS);
            }
            Wish::Withdraw { reason } => {
                task.status = TaskStatus::Failed;
                task.last_error = Some(reason.clone());
            }
            Wish::Reseal { job } => task.job = (**job).clone(),
        }
        staged.0.insert(id, entry);
        Ok(())
    }

    pub(super) fn apply(&mut self, staged: Staged) {
        // All old keys go before any new one comes: a settled task frees its key for its successor.
        for id in staged.0.keys() {
            self.unlist(*id);
        }
        for entry in staged.0.into_values() {
            self.list(entry);
        }
    }

    fn unlist(&mut self, id: TaskId) {
        let Some(entry) = self.entries.remove(&id) else { return };
        if let Some(at) = entry.free_at() {
            self.live.remove(&entry.task.key);
            self.queued.remove(&(entry.task.lane, at, id));
            self.running.remove(&(entry.task.lane, at, id));
        }
        for key in entry.task.held_keys() {
            self.held.remove(&(key.to_owned(), id));
        }
    }

    fn list(&mut self, entry: Entry) {
        let Task { id, lane, .. } = entry.task;
        if let Some(at) = entry.free_at() {
            self.live.insert(entry.task.key.clone(), id);
            let is_queued = entry.task.status == TaskStatus::Queued;
            let list = if is_queued { &mut self.queued } else { &mut self.running };
            list.insert((lane, at, id));
        }
        if entry.task.status == TaskStatus::Running {
            self.held.extend(entry.task.held_keys().map(|key| (key.to_owned(), id)));
        }
        self.entries.insert(id, entry);
    }
}

fn fresh(new: &NewTask) -> Task {
    let action = new.job.action();
    Task {
        id: new.id,
        action,
        lane: action.lane(),
        key: new.key.clone(),
        job: new.job.clone(),
        status: TaskStatus::Queued,
        attempts: 0,
        max_attempts: new.max_attempts,
        due_at: new.due_at,
        lease_until: None,
        last_error: None,
        alone_key: new.alone_key.clone(),
        crowd_key: new.crowd_key.clone(),
        crowd_limit: new.crowd_limit,
        created_at: new.created_at,
        updated_at: new.created_at,
    }
}

/// Claiming.
impl Queue {
    pub(super) fn claim(&mut self, claim: &Claim) -> Claimed {
        let until = claim.now.checked_add_signed(claim.lease).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let limit = usize::try_from(claim.limit).unwrap_or(usize::MAX);
        let (mut claimed, mut taken) = (Claimed::default(), 0_usize);
        for id in self.choose(claim) {
            if taken == limit || !self.has_room(id) {
                continue;
            }
            taken = taken.saturating_add(1);
            let Some(leased) = self.lease(id, claim, until) else { continue };
            if self.spoilt.contains(&id) {
                let why = spoilt("provision_tasks").to_string();
                claimed.unreadable.push(UnreadableTask { lease: leased.lease, why });
            } else {
                claimed.tasks.push(leased);
            }
        }
        claimed
    }

    /// Whether nobody else holds what this task must have alone, and its crowd is not full.
    fn has_room(&self, id: TaskId) -> bool {
        let Some(Entry { task, .. }) = self.entries.get(&id) else { return false };
        let others = |key: &String| {
            let first = (key.clone(), Id::from_ulid(Ulid(0)));
            let end = (key.clone(), Id::from_ulid(Ulid(u128::MAX)));
            let held = self.held.range(first..=end).filter(|(_, other)| *other != id).count();
            i64::try_from(held).unwrap_or(i64::MAX)
        };
        let is_alone = task.alone_key.as_ref().is_none_or(|key| others(key) == 0);
        let limit = task.crowd_limit.unwrap_or(i64::MAX);
        is_alone && task.crowd_key.as_ref().is_none_or(|key| others(key) < limit)
    }

    /// Throws away at most `limit` tasks that were made and succeeded before `before`.
    pub(super) fn purge(&mut self, before: DateTime<Utc>, limit: u32) -> u64 {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let is_over = |it: &&Task| {
            it.status == TaskStatus::Succeeded && it.created_at < before && it.updated_at < before
        };
        let over = self.entries.values().map(|entry| &entry.task).filter(is_over).take(limit);
        let ids: Vec<_> = over.map(|it| it.id).collect();
        for id in &ids {
            self.entries.remove(id);
        }
        u64::try_from(ids.len()).unwrap_or(u64::MAX)
    }

    pub(super) fn spoil(&mut self, id: TaskId, is_spoilt: bool) {
        if is_spoilt {
            self.spoilt.insert(id);
        } else {
            self.spoilt.remove(&id);
        }
    }

    fn choose(&self, claim: &Claim) -> Vec<TaskId> {
        if let Some(id) = claim.only {
            let free = self.entries.get(&id).filter(|entry| match entry.task.status {
                TaskStatus::Queued => true,
                TaskStatus::Running => entry.free_at().is_some_and(|at| at <= claim.now),
                TaskStatus::Succeeded | TaskStatus::Failed => false,
            });
            let free = free.filter(|it| claim.lane.is_none_or(|lane| it.task.lane == lane));
            return free.map(|it| it.task.id).into_iter().collect();
        }
        let mut found = Vec::new();
        for lane in Lane::ALL.iter().filter(|lane| claim.lane.is_none_or(|it| it == **lane)) {
            found.extend(free_in(&self.queued, *lane, claim.now));
            // A lapsed lease keeps the place in line that the task's due date gave it.
            found.extend(
                free_in(&self.running, *lane, claim.now).filter_map(|(_, id)| {
                    self.entries.get(&id).map(|entry| (entry.task.due_at, id))
                }),
            );
        }
        found.sort_unstable();
        found.into_iter().map(|(_, id)| id).collect()
    }

    fn lease(&mut self, id: TaskId, claim: &Claim, until: DateTime<Utc>) -> Option<LeasedTask> {
        let mut entry = self.entries.get(&id)?.clone();
        self.unlist(id);
        entry.token = Some(claim.token.clone());
        let task = &mut entry.task;
        task.status = TaskStatus::Running;
        task.attempts = task.attempts.saturating_add(1);
        task.lease_until = Some(until);
        task.updated_at = claim.now;
        let leased = LeasedTask {
            lease: Lease { task_id: id, token: claim.token.clone(), until },
            job: task.job.clone(),
            key: task.key.clone(),
            attempts: task.attempts,
            max_attempts: task.max_attempts,
            crowd_key: task.crowd_key.clone(),
        };
        self.list(entry);
        Some(leased)
    }
}

fn free_in(
    list: &BTreeSet<(Lane, DateTime<Utc>, TaskId)>,
    lane: Lane,
    now: DateTime<Utc>,
) -> impl Iterator<Item = (DateTime<Utc>, TaskId)> {
    let first = (lane, DateTime::<Utc>::MIN_UTC, Id::from_ulid(Ulid(0)));
    let end = (lane, now, Id::from_ulid(Ulid(u128::MAX)));
    list.range(first..=end).map(|(_, at, id)| (*at, *id))
}

/// Asking.
impl Queue {
    pub(super) fn get(&self, id: TaskId) -> Result<Option<Task>, StoreError> {
        let found = self.entries.get(&id).map(|entry| entry.task.clone());
        if found.is_some() && self.spoilt.contains(&id) {
            return Err(spoilt("provision_tasks"));
        }
        Ok(found)
    }

    pub(super) fn page(
        &self,
        filter: &TaskFilter,
        request: &PageRequest,
    ) -> Result<Page<Task>, StoreError> {
        let before = match &request.after {
            None => Id::from_ulid(Ulid(u128::MAX)),
            Some(cursor) => Id::from_stored(cursor.as_str())
                .map_err(|error| StoreError::Refused(Box::new(error)))?,
        };
        let wanted = usize::try_from(request.limit()).unwrap_or(usize::MAX).saturating_add(1);
        let tasks = self.entries.range(..before).rev().map(|(_, entry)| &entry.task);
        let rows = tasks
            .filter(|it| filter.status.is_none_or(|status| it.status == status))
            .filter(|it| filter.action.is_none_or(|action| it.action == action))
            .filter(|it| {
                let about = filter.subscription_id;
                about.is_none_or(|id| it.job.subscription_id() == Some(id))
            })
            .take(wanted)
            .map(|it| (it.id.stored(), (!self.spoilt.contains(&it.id)).then(|| it.clone())))
            .collect();
        Ok(Page::from_readable(rows, request))
    }

    pub(super) fn counts(&self) -> Vec<(TaskStatus, i64)> {
        let counted = [TaskStatus::Queued, TaskStatus::Running, TaskStatus::Failed];
        let mut counts: BTreeMap<_, i64> = counted.into_iter().map(|it| (it, 0)).collect();
        let entries = self.entries.values();
        for entry in entries.filter(|it| it.task.status != TaskStatus::Succeeded) {
            let count = counts.entry(entry.task.status).or_default();
            *count = count.saturating_add(1);
        }
        counts.into_iter().collect()
    }

    pub(super) fn next_due(&self, lane: Option<Lane>) -> Option<DateTime<Utc>> {
        let lanes = Lane::ALL.iter().filter(|it| lane.is_none_or(|lane| lane == **it));
        let all = |list, lane| free_in(list, lane, DateTime::<Utc>::MAX_UTC);
        // What has to wait for others comes free when they end, at the latest with their leases.
        let queued = |lane| all(&self.queued, lane).find(|(_, id)| self.has_room(*id));
        lanes
            .flat_map(|it| [queued(*it), all(&self.running, *it).next()])
            .flatten()
            .map(|(at, _)| at)
            .min()
    }
}
