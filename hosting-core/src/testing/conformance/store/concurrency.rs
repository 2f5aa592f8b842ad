//! Many at once: what holds for one commit after another holds for all of them together.
//!
//! These rules take a way to start work beside the caller; see [`Spawn`].
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use std::{
    collections::BTreeSet,
    future::Future,
    sync::{Arc, Mutex},
};

use chrono::TimeDelta;

use super::{
    Spawn,
    asserts::*,
    sample::{Sample, Shop, day},
};
use crate::{
    change::{ChangeSet, NumberPattern, Receipt, Take, Verdict},
    kernel::{PageRequest, Versioned},
    model::{Actor, DomainEvent, Invoice, Setting, TaskId, TaskStatus, WebhookEvent},
    port::{Claim, Store, StoreError, store::TaskFilter},
};

/// Commits all of these at once and answers what became of each, in their order.
async fn at_once(
    store: &Arc<dyn Store>,
    spawn: Spawn,
    all: Vec<ChangeSet>,
) -> Vec<Result<Receipt, StoreError>> {
    let work = all.into_iter().map(|changes| {
        let store = store.clone();
        async move { store.commit(changes).await }
    });
    gathered(spawn, work.collect()).await
}

/// Runs all of these at once and answers what each answered, in their order.
async fn gathered<T: Send + 'static>(
    spawn: Spawn,
    all: Vec<impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let answers: Arc<Mutex<Vec<(usize, T)>>> = Arc::default();
    let started: Vec<_> = all
        .into_iter()
        .enumerate()
        .map(|(at, work)| {
            let answers = answers.clone();
            spawn(Box::pin(async move {
                let answer = work.await;
                answers.lock().unwrap().push((at, answer));
            }))
        })
        .collect();
    for work in started {
        work.await;
    }
    let mut answers = std::mem::take(&mut *answers.lock().unwrap());
    answers.sort_by_key(|it| it.0);
    answers.into_iter().map(|it| it.1).collect()
}

fn accepted(answers: &[Result<Receipt, StoreError>]) -> usize {
    answers.iter().filter(|it| it.is_ok()).count()
}

fn issuing(invoice: &Invoice) -> ChangeSet {
    let pattern: NumberPattern = "INV/{yyyy}/{seq:5}".parse().unwrap();
    let mut changes = new!(invoices: invoice);
    changes.numbers.push(pattern.request(invoice.id, day(2026, 3, 2)));
    changes
}

fn numbers(answers: Vec<Result<Receipt, StoreError>>) -> Vec<String> {
    let receipts = answers.into_iter().filter_map(Result::ok);
    let mut numbers: Vec<_> = receipts.flat_map(|it| it.numbers).map(|it| it.1).collect();
    numbers.sort();
    numbers
}

pub async fn two_commits_at_once_never_share_a_number(store: Arc<dyn Store>, spawn: Spawn) {
    let sample = Sample::new(1);
    let customer = sample.customer();
    put(&*store, new!(customers: customer)).await;
    let all = (0..24).map(|_| issuing(&sample.invoice(&customer))).collect();
    let found = numbers(at_once(&store, spawn, all).await);
    let expected: Vec<_> = (1..=24).map(|seq| format!("INV/2026/{seq:05}")).collect();
    assert_eq!(found, expected);
}

pub async fn failing_commits_among_others_leave_no_gap(store: Arc<dyn Store>, spawn: Spawn) {
    let sample = Sample::new(1);
    let customer = sample.customer();
    put(&*store, new!(customers: customer)).await;
    let commit = |at: i32| {
        let mut changes = issuing(&sample.invoice(&customer));
        if at % 3 == 0 {
            changes.guard(&Versioned::new(customer.clone(), 9));
        }
        changes
    };
    let found = numbers(at_once(&store, spawn, (0..24).map(commit).collect()).await);
    let expected: Vec<_> = (1..=16).map(|seq| format!("INV/2026/{seq:05}")).collect();
    assert_eq!(found, expected);
}

pub async fn a_coupon_is_never_oversold(store: Arc<dyn Store>, spawn: Spawn) {
    let sample = Sample::new(1);
    let settings: Vec<_> = (0..20).map(|_| sample.setting()).collect();
    let using = |setting: &Setting| {
        let mut changes = new!(settings: setting);
        changes.takes.push(Take::one("coupon/hemat", Some(7)));
        changes
    };
    let answers = at_once(&store, spawn, settings.iter().map(using).collect()).await;
    assert_eq!(accepted(&answers), 7);
    for (answer, setting) in answers.iter().zip(&settings) {
        let there = store.setting(&setting.key).await.unwrap().is_some();
        assert_eq!(there, answer.is_ok(), "a row is there exactly when its take went through");
        let expected = matches!(answer, Ok(_) | Err(StoreError::LimitReached { .. }));
        assert!(expected, "unexpected: {answer:?}");
    }
    assert_eq!(store.counter("coupon/hemat").await.unwrap(), 7);
}

pub async fn of_two_changes_at_once_one_goes_through(store: Arc<dyn Store>, spawn: Spawn) {
    let setting = Sample::new(1).setting();
    put(&*store, new!(settings: setting)).await;
    let shade = |shade: i32| Setting { value: serde_json::json!(shade), ..setting.clone() };
    let all = (0..16).map(|it| changed!(settings: Versioned::new(shade(it), 1))).collect();
    let answers = at_once(&store, spawn, all).await;
    assert_eq!(accepted(&answers), 1);
    let refused = answers.iter().filter_map(|it| it.as_ref().err());
    assert!(refused.into_iter().all(StoreError::is_conflict), "the others are told why");
    let winner = answers.iter().position(Result::is_ok).unwrap();
    let stored = store.setting(&setting.key).await.unwrap().unwrap();
    assert_eq!(stored, Versioned::new(shade(winner.try_into().unwrap()), 2));
}

pub async fn a_guard_and_a_change_at_once_do_not_both_win_blindly(
    store: Arc<dyn Store>,
    spawn: Spawn,
) {
    // Write skew: each reads the row that the other writes. At most one may go through.
    let sample = Sample::new(1);
    for _ in 0..10 {
        let (one, two) = (sample.setting(), sample.setting());
        put(&*store, new!(settings: one, settings: two)).await;
        let (one, two) = (Versioned::new(one, 1), Versioned::new(two, 1));
        let mut first = changed!(settings: one);
        first.guard(&two);
        let mut second = changed!(settings: two);
        second.guard(&one);
        let answers = at_once(&store, spawn, vec![first, second]).await;
        assert!(accepted(&answers) <= 1, "{answers:?}");
    }
}

pub async fn the_same_webhook_at_once_is_stored_once(store: Arc<dyn Store>, spawn: Spawn) {
    let sample = Sample::new(1);
    let event = sample.webhook_event();
    let repeat = |_| WebhookEvent { id: sample.mint().id(), ..event.clone() };
    let all: Vec<_> = (0..12).map(repeat).collect();
    let sets = all.iter().map(|it| new!(webhook_events: it)).collect();
    let answers = at_once(&store, spawn, sets).await;
    assert_eq!(accepted(&answers), 1);
    let others = answers.iter().filter_map(|it| it.as_ref().err());
    for error in others {
        assert!(matches!(error, StoreError::Duplicate(_)), "a repeat is a duplicate, not: {error}");
    }
    let stored = store.webhook_events(&PageRequest::default()).await.unwrap();
    assert_eq!(stored.items.len(), 1);
}

pub async fn a_period_is_billed_once_by_two_runs_at_once(store: Arc<dyn Store>, spawn: Spawn) {
    let sample = Sample::new(1);
    let shop = Shop::new(&sample);
    put(&*store, shop.changes()).await;
    let renewal = |_| {
        let invoice = sample.invoice(&shop.customer);
        let cycle = sample.cycle(&shop.subscription, &invoice, 1);
        let mut changes = issuing(&invoice);
        changes.subscription_cycles.add(cycle);
        changes.subscriptions.change(Versioned::new(shop.subscription.clone(), 1));
        changes
    };
    let answers = at_once(&store, spawn, (0..8).map(renewal).collect()).await;
    assert_eq!(accepted(&answers), 1);
    assert_eq!(numbers(answers), ["INV/2026/00001"]);
    assert_eq!(store.cycles_of(shop.subscription.id).await.unwrap().len(), 2);
}

pub async fn two_claimers_never_hold_one_task(store: Arc<dyn Store>, spawn: Spawn) {
    let sample = Sample::new(1);
    let tasks: Vec<_> = (0..60).map(|at| sample.task(&format!("mail/{at}"))).collect();
    enqueue(&*store, &tasks).await;
    let now = sample.now();
    let claimer = |at: usize| {
        let store = store.clone();
        async move {
            let mut held = Vec::new();
            for round in 0..10 {
                let token = format!("claimer-{at}-{round}");
                held.extend(
                    store.claim(Claim { limit: 4, ..claim(&token, now) }).await.unwrap().tasks,
                );
            }
            held
        }
    };
    let held = gathered(spawn, (0..6).map(claimer).collect()).await.concat();
    assert!(held.iter().all(|it| it.attempts == 1));
    let distinct: BTreeSet<_> = held.iter().map(|it| it.lease.task_id).collect();
    assert_eq!((held.len(), distinct.len()), (60, 60), "every task once");
}

/// What many claimers hold at the end who never settle.
async fn grabbed(
    store: &Arc<dyn Store>,
    spawn: Spawn,
    now: chrono::DateTime<chrono::Utc>,
) -> Vec<TaskId> {
    let claimer = |at: usize| {
        let store = store.clone();
        async move {
            let mut held = Vec::new();
            for round in 0..6 {
                let token = format!("claimer-{at}-{round}");
                let claimed = store.claim(Claim { limit: 3, ..claim(&token, now) }).await.unwrap();
                held.extend(claimed.tasks.iter().map(|it| it.lease.task_id));
            }
            held
        }
    };
    gathered(spawn, (0..8).map(claimer).collect()).await.concat()
}

pub async fn two_claimers_never_hold_what_must_be_alone(store: Arc<dyn Store>, spawn: Spawn) {
    let sample = Sample::new(1);
    let of = |at: usize| format!("account/{}", at % 7);
    let tasks: Vec<_> = (0..70).map(|at| sample.task(&sample.word()).alone(of(at))).collect();
    enqueue(&*store, &tasks).await;
    let held: BTreeSet<_> = grabbed(&store, spawn, sample.now()).await.into_iter().collect();
    let keys = tasks.iter().filter(|it| held.contains(&it.id)).map(|it| it.alone_key.clone());
    let distinct: BTreeSet<_> = keys.collect();
    assert_eq!((held.len(), distinct.len()), (7, 7), "one of each account");
}

pub async fn many_claimers_hold_no_more_of_a_crowd_than_its_limit(
    store: Arc<dyn Store>,
    spawn: Spawn,
) {
    let sample = Sample::new(1);
    let of = |at: usize| format!("server/{}", at % 2);
    let tasks: Vec<_> = (0..60).map(|at| sample.task(&sample.word()).among(of(at), 4)).collect();
    enqueue(&*store, &tasks).await;
    let held: BTreeSet<_> = grabbed(&store, spawn, sample.now()).await.into_iter().collect();
    for server in ["server/0", "server/1"] {
        let of_it = tasks.iter().filter(|it| it.crowd_key.as_deref() == Some(server));
        assert_eq!(of_it.filter(|it| held.contains(&it.id)).count(), 4, "{server}");
    }
}

pub async fn a_lapsed_lease_is_taken_over_by_one(store: Arc<dyn Store>, spawn: Spawn) {
    let sample = Sample::new(1);
    enqueue(&*store, &[sample.task("charge/1")]).await;
    let first = claimed_one(&*store, claim("dead", sample.now())).await;
    let claimer = |at: usize| {
        let (store, until) = (store.clone(), first.lease.until);
        async move { store.claim(claim(&format!("heir-{at}"), until)).await.unwrap().tasks }
    };
    let held = gathered(spawn, (0..8).map(claimer).collect()).await.concat();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].attempts, 2);
}

pub async fn a_lease_settles_once_however_often_it_is_tried(store: Arc<dyn Store>, spawn: Spawn) {
    let sample = Sample::new(1);
    enqueue(&*store, &[sample.task("charge/1")]).await;
    let leased = claimed_one(&*store, claim("a", sample.now())).await;
    let settlement = |_| {
        let mut changes = settling(&leased, Verdict::Succeeded);
        changes.record(
            &sample.mint(),
            &Actor::System,
            leased.lease.task_id,
            DomainEvent::OrderPaid {},
        );
        changes
    };
    let answers = at_once(&store, spawn, (0..8).map(settlement).collect()).await;
    assert_eq!(accepted(&answers), 1);
    assert_eq!(store.events_after(0, 100).await.unwrap().rows.len(), 1);
}

pub async fn settling_and_taking_over_at_once_do_not_both_win(store: Arc<dyn Store>, spawn: Spawn) {
    let sample = Sample::new(1);
    for round in 0..10 {
        let task = sample.task(&format!("charge/{round}"));
        enqueue(&*store, std::slice::from_ref(&task)).await;
        let only = |token, now| Claim { only: Some(task.id), ..claim(token, now) };
        let late = claimed_one(&*store, only("late", sample.now())).await;
        let heir = only("heir", late.lease.until + TimeDelta::minutes(1));
        let (settler, claimer) = (store.clone(), store.clone());
        let work: Vec<std::pin::Pin<Box<dyn Future<Output = bool> + Send>>> = vec![
            Box::pin(
                async move { settler.commit(settling(&late, Verdict::Succeeded)).await.is_ok() },
            ),
            Box::pin(async move { !claimer.claim(heir).await.unwrap().is_empty() }),
        ];
        let won = gathered(spawn, work).await;
        assert_eq!(won.iter().filter(|it| **it).count(), 1, "one of the two: {won:?}");
    }
}

pub async fn a_key_is_live_once_however_many_ask(store: Arc<dyn Store>, spawn: Spawn) {
    let sample = Sample::new(1);
    let asking = |at: i32| {
        let task = sample.task("sync/1");
        let task = if at % 2 == 0 { task.unless_there() } else { task };
        ChangeSet { tasks: vec![task], ..ChangeSet::default() }
    };
    let answers = at_once(&store, spawn, (0..12).map(asking).collect()).await;
    for (at, answer) in answers.iter().enumerate() {
        assert!(at % 2 == 1 || answer.is_ok(), "who gives way is never refused: {answer:?}");
    }
    let filter = TaskFilter { status: Some(TaskStatus::Queued), ..TaskFilter::default() };
    let queued = store.tasks(&filter, &PageRequest::default()).await.unwrap();
    assert_eq!(queued.items.len(), 1);
}

pub async fn crossing_commits_do_not_lock_each_other_up(store: Arc<dyn Store>, spawn: Spawn) {
    // Each names the same rows and counters, half of them in the other order.
    let sample = Sample::new(1);
    let settings: Vec<_> = (0..8).map(|_| sample.setting()).collect();
    let mut changes = ChangeSet::default();
    changes.settings.new = settings.clone();
    put(&*store, changes).await;
    let crossing = |at: usize| {
        let mut changes = ChangeSet::default();
        for (place, setting) in settings.iter().enumerate() {
            changes.settings.change(Versioned::new(setting.clone(), 1));
            changes.takes.push(Take::one(format!("stock/{place}"), None));
        }
        if at % 2 == 1 {
            changes.settings.changed.reverse();
            changes.takes.reverse();
        }
        changes
    };
    let answers = at_once(&store, spawn, (0..8).map(crossing).collect()).await;
    assert_eq!(accepted(&answers), 1);
    let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert!(refused.iter().all(StoreError::is_conflict), "{refused:?}");
    assert_eq!(store.counter("stock/3").await.unwrap(), 1);
}

pub async fn counters_lose_no_take(store: Arc<dyn Store>, spawn: Spawn) {
    let taking = |_| ChangeSet {
        takes: vec![Take::one("hits/a", None), Take::one("hits/b", None)],
        ..ChangeSet::default()
    };
    let answers = at_once(&store, spawn, (0..30).map(taking).collect()).await;
    assert_eq!(accepted(&answers), 30);
    assert_eq!(store.counter("hits/a").await.unwrap(), 30);
    assert_eq!(store.counter("hits/b").await.unwrap(), 30);
}

pub async fn a_listener_misses_no_fact_while_others_are_written(
    store: Arc<dyn Store>,
    spawn: Spawn,
) {
    // A position that becomes visible after a later one was read would be lost for ever.
    const COUNT: usize = 40;
    let sample = Sample::new(1);
    let customer = sample.customer();
    let recording = |step: usize| {
        let mut changes = ChangeSet::default();
        let fact = DomainEvent::InvoiceReminded { step: step.try_into().unwrap() };
        changes.record(&sample.mint(), &Actor::System, customer.id, fact);
        changes
    };
    let mut work: Vec<std::pin::Pin<Box<dyn Future<Output = Vec<i64>> + Send>>> = Vec::new();
    let listener = store.clone();
    work.push(Box::pin(async move {
        let mut seen = Vec::new();
        for _ in 0..COUNT * 5 {
            let position = seen.last().copied().unwrap_or(0);
            let batch = listener.events_after(position, 3).await.unwrap().rows;
            seen.extend(batch.into_iter().map(|it| it.0));
        }
        seen
    }));
    for changes in (0..COUNT).map(recording) {
        let store = store.clone();
        work.push(Box::pin(async move {
            store.commit(changes).await.unwrap();
            Vec::new()
        }));
    }
    let seen = gathered(spawn, work).await.swap_remove(0);
    let all: Vec<_> =
        store.events_after(0, 1_000).await.unwrap().rows.into_iter().map(|it| it.0).collect();
    assert_eq!(all.len(), COUNT);
    assert_eq!(seen, all[..seen.len()], "what was seen is how the journal begins");
}
