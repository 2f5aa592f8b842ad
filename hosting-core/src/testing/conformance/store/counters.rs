//! Counters that must not pass their limits: coupons, stock, daily caps.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use super::{asserts::*, sample::Sample};
use crate::{
    change::{ChangeSet, Take},
    port::Store,
};

fn taking(takes: &[Take]) -> ChangeSet {
    ChangeSet { takes: takes.to_vec(), ..ChangeSet::default() }
}

fn take(amount: i64, limit: Option<i64>) -> Take {
    Take { amount, ..Take::one("stock/1", limit) }
}

async fn stands_at(store: &dyn Store) -> i64 {
    store.counter("stock/1").await.unwrap()
}

pub async fn a_counter_begins_at_zero(store: &dyn Store) {
    assert_eq!(stands_at(store).await, 0);
}

pub async fn takes_add_up(store: &dyn Store) {
    for amount in [1, 2, 39] {
        put(store, taking(&[take(amount, Some(100))])).await;
    }
    assert_eq!(stands_at(store).await, 42);
}

pub async fn a_counter_may_reach_its_limit_but_not_pass_it(store: &dyn Store) {
    put(store, taking(&[take(1, Some(2))])).await;
    put(store, taking(&[take(1, Some(2))])).await;
    limit_reached(store, taking(&[take(1, Some(2))])).await;
    assert_eq!(stands_at(store).await, 2);
}

pub async fn a_limit_of_zero_lets_nothing_through(store: &dyn Store) {
    limit_reached(store, taking(&[take(1, Some(0))])).await;
    assert_eq!(stands_at(store).await, 0);
}

pub async fn a_take_of_many_is_refused_whole(store: &dyn Store) {
    put(store, taking(&[take(3, Some(5))])).await;
    limit_reached(store, taking(&[take(3, Some(5))])).await;
    assert_eq!(stands_at(store).await, 3);
    put(store, taking(&[take(2, Some(5))])).await;
    assert_eq!(stands_at(store).await, 5);
}

pub async fn takes_of_one_commit_count_together(store: &dyn Store) {
    let three = vec![take(1, Some(2)); 3];
    limit_reached(store, taking(&three)).await;
    assert_eq!(stands_at(store).await, 0);
    put(store, taking(&three[..2])).await;
    assert_eq!(stands_at(store).await, 2);
}

pub async fn a_refused_take_names_its_counter(store: &dyn Store) {
    let takes = [
        Take::one("coupon/a", Some(9)),
        Take::one("coupon/b", Some(0)),
        Take::one("coupon/c", None),
    ];
    assert_eq!(limit_reached(store, taking(&takes)).await, "coupon/b");
    assert_eq!(store.counter("coupon/a").await.unwrap(), 0);
    assert_eq!(store.counter("coupon/c").await.unwrap(), 0);
}

pub async fn giving_back_makes_room(store: &dyn Store) {
    put(store, taking(&[take(2, Some(2))])).await;
    put(store, taking(&[Take::give_back("stock/1")])).await;
    assert_eq!(stands_at(store).await, 1);
    put(store, taking(&[take(1, Some(2))])).await;
    limit_reached(store, taking(&[take(1, Some(2))])).await;
}

pub async fn giving_back_stops_at_zero(store: &dyn Store) {
    put(store, taking(&[Take::give_back("stock/1")])).await;
    assert_eq!(stands_at(store).await, 0);
    put(store, taking(&[take(1, None)])).await;
    put(store, taking(&[take(-5, None)])).await;
    assert_eq!(stands_at(store).await, 0);
    put(store, taking(&[take(1, Some(1))])).await;
    assert_eq!(stands_at(store).await, 1);
}

pub async fn giving_back_never_fails_even_above_the_limit(store: &dyn Store) {
    put(store, taking(&[take(10, None)])).await;
    put(store, taking(&[take(-1, Some(3))])).await;
    assert_eq!(stands_at(store).await, 9);
}

pub async fn a_counter_without_a_limit_only_counts(store: &dyn Store) {
    put(store, taking(&[take(1_000_000_000_000, None)])).await;
    put(store, taking(&[take(1, None)])).await;
    assert_eq!(stands_at(store).await, 1_000_000_000_001);
}

pub async fn a_lowered_limit_counts_from_now_on(store: &dyn Store) {
    put(store, taking(&[take(5, Some(10))])).await;
    limit_reached(store, taking(&[take(1, Some(3))])).await;
    put(store, taking(&[take(1, Some(6))])).await;
    assert_eq!(stands_at(store).await, 6);
}

pub async fn counters_are_told_apart_to_the_letter(store: &dyn Store) {
    let names = ["coupon/a", "coupon/A", "coupon/a ", "coupon/á", "coupon/a/b"];
    for (name, amount) in names.into_iter().zip(1..) {
        put(store, taking(&[Take { amount, ..Take::one(name, None) }])).await;
    }
    for (name, amount) in names.into_iter().zip(1..) {
        assert_eq!(store.counter(name).await.unwrap(), amount, "{name:?}");
    }
}

pub async fn takes_go_with_the_rows_of_their_commit(store: &dyn Store) {
    let sample = Sample::new(1);
    let (first, second) = (sample.setting(), sample.setting());
    let mut changes = new!(settings: first);
    changes.takes.push(take(1, Some(1)));
    put(store, changes).await;
    let mut changes = new!(settings: second);
    changes.takes.push(take(1, Some(1)));
    limit_reached(store, changes).await;
    assert_eq!(store.setting(&second.key).await.unwrap(), None);
}
