//! Tasks that must not run together: alone, or so many of a crowd.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use chrono::TimeDelta;

use super::{asserts::*, sample::Sample};
use crate::{
    change::{NewTask, Verdict},
    model::TaskId,
    port::{Claim, LeasedTask, Store},
};

const ACCOUNT: &str = "account/1";
const SERVER: &str = "server/1";

fn ids(leased: &[LeasedTask]) -> Vec<TaskId> {
    leased.iter().map(|it| it.lease.task_id).collect()
}

/// Tasks, each due a second after the one before.
async fn queued<const N: usize>(
    store: &dyn Store,
    sample: &Sample,
    with: impl Fn(NewTask) -> NewTask,
) -> [NewTask; N] {
    let tasks = std::array::from_fn(|_| {
        sample.advance(TimeDelta::seconds(1));
        with(sample.task(&sample.word()))
    });
    enqueue(store, &tasks).await;
    tasks
}

pub async fn the_keys_of_a_task_survive_storage(store: &dyn Store) {
    let sample = Sample::new(1);
    let [new] = queued(store, &sample, |it| it.alone(ACCOUNT).among(SERVER, 4)).await;
    let stored = task(store, new.id).await;
    assert_eq!(stored.alone_key.as_deref(), Some(ACCOUNT));
    assert_eq!((stored.crowd_key.as_deref(), stored.crowd_limit), (Some(SERVER), Some(4)));
    assert_eq!(stored.held_keys().collect::<Vec<_>>(), [ACCOUNT, SERVER]);
}

pub async fn a_task_that_must_be_alone_waits_for_the_one_that_is_held(store: &dyn Store) {
    let sample = Sample::new(1);
    let [first, second] = queued(store, &sample, |it| it.alone(ACCOUNT)).await;
    let held = claimed_one(store, claim("a", sample.now())).await;
    assert_eq!(held.lease.task_id, first.id, "of those that are due together, one");
    assert_eq!(claimed(store, claim("b", sample.now())).await, []);
    put(store, settling(&held, Verdict::Succeeded)).await;
    assert_eq!(ids(&claimed(store, claim("c", sample.now())).await), [second.id]);
}

pub async fn a_postponed_task_lets_others_have_its_key(store: &dyn Store) {
    let sample = Sample::new(1);
    let [_, second] = queued(store, &sample, |it| it.alone(ACCOUNT)).await;
    let held = claimed_one(store, claim("a", sample.now())).await;
    let at = sample.now() + TimeDelta::hours(1);
    put(store, settling(&held, Verdict::RetryAt { at, error: "busy".to_owned() })).await;
    assert_eq!(ids(&claimed(store, claim("b", sample.now())).await), [second.id]);
    assert_eq!(claimed(store, claim("c", at)).await.len(), 1, "only the lapsed one");
}

pub async fn a_lapsed_lease_still_keeps_others_waiting(store: &dyn Store) {
    let sample = Sample::new(1);
    let [first, _] = queued(store, &sample, |it| it.alone(ACCOUNT)).await;
    let held = claimed_one(store, claim("dead", sample.now())).await;
    // Its worker may still be at it: whoever takes it over looks first, and nobody overtakes it.
    let heir = claimed_one(store, claim("heir", held.lease.until)).await;
    assert_eq!((heir.lease.task_id, heir.attempts), (first.id, 2));
    assert_eq!(claimed(store, claim("c", held.lease.until)).await, []);
}

pub async fn tasks_with_other_keys_go_on(store: &dyn Store) {
    let sample = Sample::new(1);
    let [_, _, _] = queued(store, &sample, |it| it.alone(ACCOUNT)).await;
    let [other] = queued(store, &sample, |it| it.alone("account/2")).await;
    let [free] = queued(store, &sample, |it| it).await;
    let first = claimed(store, claim("a", sample.now())).await;
    assert_eq!(first.len(), 3);
    assert_eq!(ids(&first)[1..], [other.id, free.id]);
}

pub async fn those_who_wait_hide_nobody(store: &dyn Store) {
    let sample = Sample::new(1);
    let [_, _, _, _] = queued(store, &sample, |it| it.alone(ACCOUNT)).await;
    let [_, _, _] = queued(store, &sample, |it| it.among(SERVER, 1)).await;
    let [free] = queued(store, &sample, |it| it).await;
    for token in ["a", "b"] {
        claimed_one(store, Claim { limit: 1, ..claim(token, sample.now()) }).await;
    }
    let third = claimed(store, Claim { limit: 1, ..claim("c", sample.now()) }).await;
    assert_eq!(ids(&third), [free.id]);
}

pub async fn a_crowd_is_held_up_to_its_limit(store: &dyn Store) {
    let sample = Sample::new(1);
    let [first, second, third] = queued(store, &sample, |it| it.among(SERVER, 2)).await;
    let held = claimed(store, claim("a", sample.now())).await;
    assert_eq!(ids(&held), [first.id, second.id]);
    assert_eq!(claimed(store, claim("b", sample.now())).await, []);
    put(store, settling(&held[1], Verdict::Succeeded)).await;
    assert_eq!(ids(&claimed(store, claim("c", sample.now())).await), [third.id]);
}

pub async fn a_lapsed_lease_keeps_its_place_in_a_crowd(store: &dyn Store) {
    let sample = Sample::new(1);
    let [first, second, _] = queued(store, &sample, |it| it.among(SERVER, 2)).await;
    let held = claimed(store, claim("dead", sample.now())).await;
    let heirs = claimed(store, claim("heir", held[0].lease.until)).await;
    assert_eq!(ids(&heirs), [first.id, second.id]);
}

pub async fn each_task_of_a_crowd_goes_by_its_own_limit(store: &dyn Store) {
    let sample = Sample::new(1);
    let [_, _] = queued(store, &sample, |it| it.among(SERVER, 5)).await;
    let [_] = queued(store, &sample, |it| it.among(SERVER, 2)).await;
    let [wide] = queued(store, &sample, |it| it.among(SERVER, 3)).await;
    assert_eq!(
        claimed(store, claim("a", sample.now())).await.last().unwrap().lease.task_id,
        wide.id
    );
}

pub async fn a_task_may_need_both_keys(store: &dyn Store) {
    let sample = Sample::new(1);
    let [_, _] = queued(store, &sample, |it| it.alone(ACCOUNT).among(SERVER, 2)).await;
    let [other, _] = queued(store, &sample, |it| it.among(SERVER, 2)).await;
    let held = claimed(store, claim("a", sample.now())).await;
    assert_eq!(held.len(), 2, "one of the account, two of the server");
    assert_eq!(held[1].lease.task_id, other.id);
}

pub async fn a_named_task_waits_for_others_too(store: &dyn Store) {
    let sample = Sample::new(1);
    let [_, second] = queued(store, &sample, |it| it.alone(ACCOUNT)).await;
    let held = claimed_one(store, claim("a", sample.now())).await;
    let only = |token| Claim { only: Some(second.id), ..claim(token, sample.now()) };
    assert_eq!(claimed(store, only("b")).await, []);
    put(store, settling(&held, Verdict::Succeeded)).await;
    assert_eq!(ids(&claimed(store, only("c")).await), [second.id]);
}

pub async fn what_waits_for_others_comes_due_with_them(store: &dyn Store) {
    let sample = Sample::new(1);
    let [_, _] = queued(store, &sample, |it| it.alone(ACCOUNT)).await;
    let held = claimed_one(store, claim("a", sample.now())).await;
    assert_eq!(store.next_due(None).await.unwrap(), Some(held.lease.until));
    put(store, settling(&held, Verdict::Succeeded)).await;
    assert_eq!(store.next_due(None).await.unwrap(), Some(sample.now()));
}
