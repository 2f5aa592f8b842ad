//! What staff may do with tasks that no worker holds.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use chrono::TimeDelta;

use super::{asserts::*, sample::Sample};
use crate::{
    change::{ChangeSet, Intervention, NewTask, Unique, Verdict, Wish},
    kernel::Sealed,
    model::{Job, Task, TaskId, TaskStatus},
    port::Store,
};

fn wanting(sample: &Sample, task_id: TaskId, wish: Wish) -> ChangeSet {
    let intervention = Intervention { task_id, at: sample.now(), wish };
    ChangeSet { interventions: vec![intervention], ..ChangeSet::default() }
}

fn withdrawal() -> Wish {
    Wish::Withdraw { reason: "The customer called".to_owned() }
}

/// A task that was tried once and given up.
async fn dead_letter(store: &dyn Store, sample: &Sample, key: &str) -> NewTask {
    let task = sample.task(key);
    enqueue(store, std::slice::from_ref(&task)).await;
    let leased = claimed_one(store, claim("a", sample.now())).await;
    put(store, settling(&leased, Verdict::Failed { error: "no such bank".to_owned() })).await;
    task
}

pub async fn a_dead_letter_is_tried_again(store: &dyn Store) {
    let sample = Sample::new(1);
    let dead = dead_letter(store, &sample, "charge/1").await;
    sample.advance(TimeDelta::hours(1));
    put(store, wanting(&sample, dead.id, Wish::Retry)).await;
    let stored = task(store, dead.id).await;
    assert_eq!((stored.status, stored.due_at), (TaskStatus::Queued, sample.now()));
    assert_eq!(stored.attempts, 1, "attempts are kept, so that it looks before it acts");
    assert_eq!(stored.max_attempts, dead.max_attempts + NewTask::ATTEMPTS);
    let leased = claimed_one(store, claim("b", sample.now())).await;
    assert_eq!(leased.attempts, 2);
}

pub async fn a_retried_task_holds_its_key_again(store: &dyn Store) {
    let sample = Sample::new(1);
    let dead = dead_letter(store, &sample, "charge/1").await;
    put(store, wanting(&sample, dead.id, Wish::Retry)).await;
    let mut changes = ChangeSet::default();
    changes.task(sample.task("charge/1"));
    duplicate(store, changes, Unique::TaskKey).await;
}

pub async fn a_dead_letter_whose_key_is_taken_cannot_be_tried_again(store: &dyn Store) {
    let sample = Sample::new(1);
    let dead = dead_letter(store, &sample, "charge/1").await;
    enqueue(store, &[sample.task("charge/1")]).await;
    duplicate(store, wanting(&sample, dead.id, Wish::Retry), Unique::TaskKey).await;
    assert_eq!(task(store, dead.id).await.status, TaskStatus::Failed);
}

pub async fn only_a_dead_letter_is_tried_again(store: &dyn Store) {
    let sample = Sample::new(1);
    let task = sample.task("charge/1");
    enqueue(store, std::slice::from_ref(&task)).await;
    let retry = || wanting(&sample, task.id, Wish::Retry);
    conflict(store, retry()).await;
    let leased = claimed_one(store, claim("a", sample.now())).await;
    conflict(store, retry()).await;
    put(store, settling(&leased, Verdict::Succeeded)).await;
    conflict(store, retry()).await;
    conflict(store, wanting(&sample, sample.mint().id(), Wish::Retry)).await;
}

pub async fn a_queued_task_is_withdrawn(store: &dyn Store) {
    let sample = Sample::new(1);
    let new = sample.task("charge/1");
    enqueue(store, std::slice::from_ref(&new)).await;
    put(store, wanting(&sample, new.id, withdrawal())).await;
    let stored = task(store, new.id).await;
    assert_eq!(stored.status, TaskStatus::Failed);
    assert_eq!(stored.last_error.as_deref(), Some("The customer called"));
    let far = sample.now() + TimeDelta::days(9);
    assert_eq!(claimed(store, claim("a", far)).await, []);
    assert_eq!(store.next_due(None).await.unwrap(), None);
}

pub async fn a_withdrawn_task_frees_its_key(store: &dyn Store) {
    let sample = Sample::new(1);
    let task = sample.task("charge/1");
    enqueue(store, std::slice::from_ref(&task)).await;
    put(store, wanting(&sample, task.id, withdrawal())).await;
    enqueue(store, &[sample.task("charge/1")]).await;
}

pub async fn a_withdrawn_task_can_be_tried_again(store: &dyn Store) {
    let sample = Sample::new(1);
    let new = sample.task("charge/1");
    enqueue(store, std::slice::from_ref(&new)).await;
    put(store, wanting(&sample, new.id, withdrawal())).await;
    put(store, wanting(&sample, new.id, Wish::Retry)).await;
    assert_eq!(claimed_one(store, claim("a", sample.now())).await.lease.task_id, new.id);
}

pub async fn only_a_queued_task_is_withdrawn(store: &dyn Store) {
    let sample = Sample::new(1);
    let new = sample.task("charge/1");
    enqueue(store, std::slice::from_ref(&new)).await;
    let leased = claimed_one(store, claim("a", sample.now())).await;
    conflict(store, wanting(&sample, new.id, withdrawal())).await;
    put(store, settling(&leased, Verdict::Succeeded)).await;
    conflict(store, wanting(&sample, new.id, withdrawal())).await;
    conflict(store, wanting(&sample, sample.mint().id(), withdrawal())).await;
    assert_eq!(task(store, new.id).await.status, TaskStatus::Succeeded);
}

fn resealed(job: &Job) -> Wish {
    Wish::Reseal { job: Box::new(job.clone().with_sealed(Sealed::from_stored("e1.k2.bm9uY2U"))) }
}

/// A task that carries something sealed.
fn with_a_secret(sample: &Sample, key: &str) -> NewTask {
    let password = Sealed::from_stored("e1.k1.bm9uY2U");
    let job = Job::ResetPassword { subscription_id: sample.mint().id(), password };
    NewTask { job, ..sample.task(key) }
}

pub async fn what_a_task_carries_is_sealed_again(store: &dyn Store) {
    let sample = Sample::new(1);
    let new = with_a_secret(&sample, "password/1");
    enqueue(store, std::slice::from_ref(&new)).await;
    put(store, wanting(&sample, new.id, resealed(&new.job))).await;
    let Wish::Reseal { job } = resealed(&new.job) else { unreachable!() };
    let before = Task { job: *job.clone(), ..task(store, new.id).await };
    assert_eq!(task(store, new.id).await, before, "and nothing else changes");
    let leased = claimed_one(store, claim("a", sample.now())).await;
    assert_eq!(leased.job, *job);
    // Its worker is not disturbed, and a dead letter is sealed again too.
    put(store, wanting(&sample, new.id, resealed(&new.job))).await;
    put(store, settling(&leased, Verdict::Failed { error: "no".to_owned() })).await;
    put(store, wanting(&sample, new.id, resealed(&new.job))).await;
}

pub async fn a_task_that_is_done_or_of_another_kind_is_not_sealed_again(store: &dyn Store) {
    let sample = Sample::new(1);
    let new = with_a_secret(&sample, "password/1");
    enqueue(store, std::slice::from_ref(&new)).await;
    let other = sample.task("charge/1");
    conflict(store, wanting(&sample, new.id, Wish::Reseal { job: Box::new(other.job) })).await;
    conflict(store, wanting(&sample, sample.mint().id(), resealed(&new.job))).await;
    let leased = claimed_one(store, claim("a", sample.now())).await;
    put(store, settling(&leased, Verdict::Succeeded)).await;
    conflict(store, wanting(&sample, new.id, resealed(&new.job))).await;
}

pub async fn an_intervention_that_fails_takes_its_commit_with_it(store: &dyn Store) {
    let sample = Sample::new(1);
    let setting = sample.setting();
    let mut changes = new!(settings: setting);
    changes.and(wanting(&sample, sample.mint().id(), Wish::Retry));
    conflict(store, changes).await;
    assert_eq!(store.setting(&setting.key).await.unwrap(), None);
}
