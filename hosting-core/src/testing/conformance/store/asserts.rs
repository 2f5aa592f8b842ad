//! What rules are written with.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    change::{ChangeSet, NewTask, Receipt, Settlement, Unique, Verdict},
    model::Task,
    port::{Claim, LeasedTask, Store, StoreError},
};

/// A change set of new rows: `new!(customers: rani, users: login)`.
macro_rules! new {
    ($($field:ident: $row:expr),+ $(,)?) => {{
        let mut changes = $crate::change::ChangeSet::default();
        $(changes.$field.add($row.clone());)+
        changes
    }};
}
pub(super) use new;

/// A change set of changed rows: `changed!(customers: read.with(renamed))`.
macro_rules! changed {
    ($($field:ident: $row:expr),+ $(,)?) => {{
        let mut changes = $crate::change::ChangeSet::default();
        $(changes.$field.change($row.clone());)+
        changes
    }};
}
pub(super) use changed;

/// Commits what must be accepted.
pub(super) async fn put(store: &dyn Store, changes: ChangeSet) -> Receipt {
    store.commit(changes).await.expect("the store takes a sound commit")
}

/// Commits what must be refused.
pub(super) async fn refusal(store: &dyn Store, changes: ChangeSet) -> StoreError {
    store.commit(changes).await.expect_err("the store refuses this commit")
}

/// Commits what must be a conflict.
pub(super) async fn conflict(store: &dyn Store, changes: ChangeSet) {
    let error = refusal(store, changes).await;
    assert!(error.is_conflict(), "a conflict was expected, not: {error}");
}

/// Commits what must be a duplicate of `unique`.
pub(super) async fn duplicate(store: &dyn Store, changes: ChangeSet, unique: Unique) {
    match refusal(store, changes).await {
        StoreError::Duplicate(found) => assert_eq!(found, unique, "which key is taken"),
        other => panic!("a duplicate of {unique} was expected, not: {other}"),
    }
}

/// Commits what must find a limit reached; answers the counter's name.
pub(super) async fn limit_reached(store: &dyn Store, changes: ChangeSet) -> String {
    match refusal(store, changes).await {
        StoreError::LimitReached { counter } => counter,
        other => panic!("a reached limit was expected, not: {other}"),
    }
}

/// Stores tasks.
pub(super) async fn enqueue(store: &dyn Store, tasks: &[NewTask]) {
    put(store, ChangeSet { tasks: tasks.to_vec(), ..ChangeSet::default() }).await;
}

/// A claim for ten tasks of any lane, held for a minute.
pub(super) fn claim(token: &str, now: DateTime<Utc>) -> Claim {
    Claim {
        token: token.to_owned(),
        now,
        lease: TimeDelta::minutes(1),
        lane: None,
        only: None,
        limit: 10,
    }
}

/// Claims.
pub(super) async fn claimed(store: &dyn Store, claim: Claim) -> Vec<LeasedTask> {
    let claimed = store.claim(claim).await.expect("the store can be asked for work");
    assert_eq!(claimed.unreadable, [], "every task can be read");
    claimed.tasks
}

/// Claims the one task that is due.
pub(super) async fn claimed_one(store: &dyn Store, claim: Claim) -> LeasedTask {
    let mut leased = claimed(store, claim).await;
    assert_eq!(leased.len(), 1, "exactly one task is due");
    leased.remove(0)
}

/// A change set that ends an attempt.
pub(super) fn settling(leased: &LeasedTask, verdict: Verdict) -> ChangeSet {
    let settlement = Settlement { lease: leased.lease.clone(), verdict };
    ChangeSet { settlements: vec![settlement], ..ChangeSet::default() }
}

/// A task that must be there.
pub(super) async fn task(store: &dyn Store, id: crate::model::TaskId) -> Task {
    store.task(id).await.expect("the store answers").expect("the task is there")
}
