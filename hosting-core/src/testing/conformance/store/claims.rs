//! Leases: one holder at a time, taken over when they run out, and only the holder settles.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use chrono::TimeDelta;

use super::{asserts::*, sample::Sample};
use crate::{
    change::{ChangeSet, NewTask, Settlement, Verdict},
    model::{Lane, Task, TaskId, TaskStatus},
    port::{Claim, LeasedTask, Store},
};

fn ids(leased: &[LeasedTask]) -> Vec<TaskId> {
    leased.iter().map(|it| it.lease.task_id).collect()
}

async fn one_task(store: &dyn Store, sample: &Sample) -> NewTask {
    let task = sample.task("charge/1");
    enqueue(store, std::slice::from_ref(&task)).await;
    task
}

pub async fn an_empty_queue_has_nothing_to_claim(store: &dyn Store) {
    assert_eq!(claimed(store, claim("a", Sample::new(1).now())).await, []);
}

pub async fn a_claim_tells_what_to_do_and_until_when(store: &dyn Store) {
    let sample = Sample::new(1);
    let new = one_task(store, &sample).await;
    let now = sample.now();
    let leased = claimed_one(store, claim("worker-1/claim-7", now)).await;
    assert_eq!(leased.lease.task_id, new.id);
    assert_eq!(leased.lease.token, "worker-1/claim-7");
    assert_eq!(leased.lease.until, now + TimeDelta::minutes(1));
    assert_eq!((leased.job, leased.key), (new.job, new.key));
    assert_eq!((leased.attempts, leased.max_attempts), (1, new.max_attempts));
    let stored = task(store, new.id).await;
    assert_eq!((stored.status, stored.attempts), (TaskStatus::Running, 1));
    assert_eq!(stored.lease_until, Some(leased.lease.until));
}

pub async fn a_task_is_not_claimed_before_its_time(store: &dyn Store) {
    let sample = Sample::new(1);
    let due = sample.now() + TimeDelta::hours(1);
    let task = sample.task("charge/1").at(due);
    enqueue(store, std::slice::from_ref(&task)).await;
    assert_eq!(claimed(store, claim("a", due - TimeDelta::milliseconds(1))).await, []);
    assert_eq!(ids(&claimed(store, claim("b", due)).await), [task.id]);
}

pub async fn the_earliest_due_is_claimed_first(store: &dyn Store) {
    let sample = Sample::new(1);
    let now = sample.now();
    let at = |minutes| now - TimeDelta::minutes(minutes);
    let tasks = [
        sample.task("a").at(at(1)),
        sample.task("b").at(at(3)),
        sample.task("c").at(at(2)),
        sample.task("d").at(at(3)),
    ];
    enqueue(store, &tasks).await;
    let first = claimed(store, Claim { limit: 2, ..claim("x", now) }).await;
    // Due at the same instant: the older id.
    assert_eq!(ids(&first), [tasks[1].id, tasks[3].id]);
    let rest = claimed(store, claim("y", now)).await;
    assert_eq!(ids(&rest), [tasks[2].id, tasks[0].id]);
}

pub async fn a_claim_takes_no_more_than_its_limit(store: &dyn Store) {
    let sample = Sample::new(1);
    let tasks: Vec<_> = (0..5).map(|at| sample.task(&format!("mail/{at}"))).collect();
    enqueue(store, &tasks).await;
    let mut sizes = Vec::new();
    for token in ["a", "b", "c", "d"] {
        sizes.push(claimed(store, Claim { limit: 2, ..claim(token, sample.now()) }).await.len());
    }
    assert_eq!(sizes, [2, 2, 1, 0]);
}

pub async fn a_claim_of_one_lane_leaves_the_others(store: &dyn Store) {
    let sample = Sample::new(1);
    let mail = sample.task("mail/1");
    let run = sample.run_task("run/1");
    enqueue(store, &[mail.clone(), run.clone()]).await;
    let of = |lane| Claim { lane: Some(lane), ..claim("a", sample.now()) };
    assert_eq!(claimed(store, of(Lane::Panel)).await, []);
    assert_eq!(ids(&claimed(store, of(Lane::Run)).await), [run.id]);
    assert_eq!(ids(&claimed(store, claim("b", sample.now())).await), [mail.id]);
}

pub async fn a_held_task_is_not_claimed_again(store: &dyn Store) {
    let sample = Sample::new(1);
    one_task(store, &sample).await;
    let leased = claimed_one(store, claim("a", sample.now())).await;
    let just_before = leased.lease.until - TimeDelta::milliseconds(1);
    assert_eq!(claimed(store, claim("b", sample.now())).await, []);
    assert_eq!(claimed(store, claim("c", just_before)).await, []);
}

pub async fn a_lease_that_ran_out_is_taken_over(store: &dyn Store) {
    let sample = Sample::new(1);
    one_task(store, &sample).await;
    let first = claimed_one(store, claim("a", sample.now())).await;
    let second = claimed_one(store, claim("b", first.lease.until)).await;
    assert_eq!(second.lease.task_id, first.lease.task_id);
    assert_eq!(second.attempts, 2, "whoever takes over must look before acting");
    assert_eq!(second.lease.token, "b");
    assert_eq!(second.lease.until, first.lease.until + TimeDelta::minutes(1));
}

pub async fn a_lost_lease_cannot_settle(store: &dyn Store) {
    let sample = Sample::new(1);
    one_task(store, &sample).await;
    let first = claimed_one(store, claim("a", sample.now())).await;
    let second = claimed_one(store, claim("b", first.lease.until)).await;
    let verdicts = [
        Verdict::Succeeded,
        Verdict::Failed { error: "no".to_owned() },
        Verdict::RetryAt { at: sample.now(), error: "no".to_owned() },
    ];
    for verdict in verdicts {
        conflict(store, settling(&first, verdict)).await;
    }
    let stored = task(store, first.lease.task_id).await;
    assert_eq!((stored.status, stored.attempts), (TaskStatus::Running, 2));
    put(store, settling(&second, Verdict::Succeeded)).await;
}

pub async fn a_lease_that_ran_out_but_was_not_taken_over_may_still_settle(store: &dyn Store) {
    let sample = Sample::new(1);
    one_task(store, &sample).await;
    let leased = claimed_one(store, claim("a", sample.now())).await;
    sample.advance(TimeDelta::hours(5));
    put(store, settling(&leased, Verdict::Succeeded)).await;
    assert_eq!(task(store, leased.lease.task_id).await.status, TaskStatus::Succeeded);
}

pub async fn a_settled_task_cannot_be_settled_again(store: &dyn Store) {
    let sample = Sample::new(1);
    one_task(store, &sample).await;
    let leased = claimed_one(store, claim("a", sample.now())).await;
    put(store, settling(&leased, Verdict::Succeeded)).await;
    conflict(store, settling(&leased, Verdict::Succeeded)).await;
    conflict(store, settling(&leased, Verdict::Failed { error: "no".to_owned() })).await;
    assert_eq!(task(store, leased.lease.task_id).await.status, TaskStatus::Succeeded);
}

pub async fn a_postponed_task_cannot_be_settled_with_its_old_lease(store: &dyn Store) {
    let sample = Sample::new(1);
    one_task(store, &sample).await;
    let leased = claimed_one(store, claim("a", sample.now())).await;
    let later = Verdict::RetryAt { at: sample.now(), error: "busy".to_owned() };
    put(store, settling(&leased, later)).await;
    conflict(store, settling(&leased, Verdict::Succeeded)).await;
    assert_eq!(task(store, leased.lease.task_id).await.status, TaskStatus::Queued);
}

pub async fn a_task_that_waits_keeps_its_allowance(store: &dyn Store) {
    let sample = Sample::new(1);
    one_task(store, &sample).await;
    let left = |task: &Task| task.max_attempts - task.attempts;
    let before = claimed_one(store, claim("a", sample.now())).await;
    let allowed = left(&task(store, before.lease.task_id).await) + 1;
    let at = sample.now() + TimeDelta::minutes(10);
    put(store, settling(&before, Verdict::Wait { at, error: "closed".to_owned() })).await;
    let waiting = task(store, before.lease.task_id).await;
    assert_eq!((waiting.status, waiting.due_at), (TaskStatus::Queued, at));
    assert_eq!(waiting.last_error.as_deref(), Some("closed"));
    assert_eq!(left(&waiting), allowed, "waiting is no attempt");
    assert_eq!(waiting.attempts, 1, "and yet it was held once, so whoever comes next looks first");
    let again = claimed_one(store, claim("b", at)).await;
    let busy = Verdict::RetryAt { at, error: "busy".to_owned() };
    put(store, settling(&again, busy)).await;
    assert_eq!(left(&task(store, before.lease.task_id).await), allowed - 1);
}

pub async fn a_lease_cannot_settle_twice_in_one_commit(store: &dyn Store) {
    let sample = Sample::new(1);
    one_task(store, &sample).await;
    let leased = claimed_one(store, claim("a", sample.now())).await;
    let mut changes = settling(&leased, Verdict::Succeeded);
    changes.settle(&leased.lease, Verdict::Succeeded);
    conflict(store, changes).await;
    assert_eq!(task(store, leased.lease.task_id).await.status, TaskStatus::Running);
}

pub async fn a_lease_settles_no_other_task(store: &dyn Store) {
    let sample = Sample::new(1);
    enqueue(store, &[sample.task("a"), sample.task("b")]).await;
    let one = claimed_one(store, Claim { limit: 1, ..claim("first", sample.now()) }).await;
    let two = claimed_one(store, Claim { limit: 1, ..claim("second", sample.now()) }).await;
    let mut forged = one.lease.clone();
    forged.task_id = two.lease.task_id;
    let settlement = Settlement { lease: forged, verdict: Verdict::Succeeded };
    conflict(store, ChangeSet { settlements: vec![settlement], ..ChangeSet::default() }).await;
    assert_eq!(task(store, two.lease.task_id).await.status, TaskStatus::Running);
}

pub async fn a_task_nobody_holds_cannot_be_settled(store: &dyn Store) {
    let sample = Sample::new(1);
    let new = one_task(store, &sample).await;
    for token in ["", "a"] {
        let until = sample.now();
        let lease = crate::model::Lease { task_id: new.id, token: token.to_owned(), until };
        let settlement = Settlement { lease, verdict: Verdict::Succeeded };
        conflict(store, ChangeSet { settlements: vec![settlement], ..ChangeSet::default() }).await;
    }
    assert_eq!(task(store, new.id).await.status, TaskStatus::Queued);
}

pub async fn one_commit_may_settle_several_leases(store: &dyn Store) {
    let sample = Sample::new(1);
    enqueue(store, &[sample.task("a"), sample.task("b"), sample.task("c")]).await;
    let leased = claimed(store, claim("x", sample.now())).await;
    let at = sample.now() + TimeDelta::hours(1);
    let mut changes = settling(&leased[0], Verdict::Succeeded);
    changes.settle(&leased[1].lease, Verdict::Failed { error: "no".to_owned() });
    changes.settle(&leased[2].lease, Verdict::RetryAt { at, error: "busy".to_owned() });
    put(store, changes).await;
    let mut statuses = Vec::new();
    for leased in &leased {
        statuses.push(task(store, leased.lease.task_id).await.status);
    }
    assert_eq!(statuses, [TaskStatus::Succeeded, TaskStatus::Failed, TaskStatus::Queued]);
}

pub async fn a_named_task_is_claimed_before_its_time(store: &dyn Store) {
    let sample = Sample::new(1);
    let late = sample.task("a").at(sample.now() + TimeDelta::days(9));
    enqueue(store, &[sample.task("b"), late.clone()]).await;
    let only = |token| Claim { only: Some(late.id), ..claim(token, sample.now()) };
    assert_eq!(ids(&claimed(store, only("x")).await), [late.id]);
    assert_eq!(claimed(store, only("y")).await, [], "only while it is free");
}

pub async fn a_named_task_is_claimed_again_when_its_lease_ran_out(store: &dyn Store) {
    let sample = Sample::new(1);
    let new = one_task(store, &sample).await;
    let first = claimed_one(store, claim("a", sample.now())).await;
    let again = Claim { only: Some(new.id), ..claim("b", first.lease.until) };
    assert_eq!(claimed_one(store, again).await.attempts, 2);
}

pub async fn a_named_task_that_is_over_is_not_claimed(store: &dyn Store) {
    let sample = Sample::new(1);
    for verdict in [Verdict::Succeeded, Verdict::Failed { error: "no".to_owned() }] {
        let new = one_task(store, &sample).await;
        let leased = claimed_one(store, claim("a", sample.now())).await;
        put(store, settling(&leased, verdict)).await;
        let far = sample.now() + TimeDelta::days(9);
        assert_eq!(claimed(store, Claim { only: Some(new.id), ..claim("b", far) }).await, []);
    }
    let unknown = Claim { only: Some(sample.mint().id()), ..claim("c", sample.now()) };
    assert_eq!(claimed(store, unknown).await, []);
}

pub async fn a_task_out_of_attempts_is_still_handed_out(store: &dyn Store) {
    // Its last worker died; somebody must look what became of it and write the dead letter.
    let sample = Sample::new(1);
    let task = NewTask { max_attempts: 1, ..sample.task("charge/1") };
    enqueue(store, &[task]).await;
    let first = claimed_one(store, claim("a", sample.now())).await;
    let second = claimed_one(store, claim("b", first.lease.until)).await;
    assert_eq!((second.attempts, second.max_attempts), (2, 1));
}

pub async fn a_lapsed_lease_keeps_its_place_in_line(store: &dyn Store) {
    let sample = Sample::new(1);
    let old = sample.task("old").at(sample.now() - TimeDelta::hours(1));
    let new = sample.task("new");
    enqueue(store, &[new.clone(), old.clone()]).await;
    let first = claimed_one(store, Claim { limit: 1, ..claim("a", sample.now()) }).await;
    assert_eq!(first.lease.task_id, old.id);
    let both = claimed(store, claim("b", first.lease.until)).await;
    assert_eq!(ids(&both), [old.id, new.id]);
}
