//! A listener hears every fact at least once and in order, whatever crashes.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use chrono::TimeDelta;
use hosting_core::{
    change::ChangeSet,
    model::{Actor, DomainEvent, Event, Subject},
    port::{Listener, ListenerError, Store, StoreError, Unreadable},
    service::Ports,
    testing::{Fate, FatedStore, MemoryStore, TestShop, fate::Blow},
    work::{deliver, lag, lags},
};

/// Writes down what it hears; refuses the fact at one position while it is told to.
#[derive(Debug, Default)]
struct Ear {
    name: &'static str,
    heard: Mutex<Vec<i64>>,
    refuses: i64,
    obstinate: AtomicBool,
    passes_over: bool,
}

impl Ear {
    fn new(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    fn heard(&self) -> Vec<i64> {
        self.heard.lock().unwrap().clone()
    }
}

#[async_trait]
impl Listener for Ear {
    fn name(&self) -> &str {
        self.name
    }
    async fn hear(&self, position: i64, _: &Event) -> Result<(), ListenerError> {
        if position == self.refuses && self.obstinate.load(Ordering::Relaxed) {
            return Err("the bus is full".into());
        }
        self.heard.lock().unwrap().push(position);
        Ok(())
    }
    async fn pass_over(&self, position: i64, unreadable: &Unreadable) -> Result<(), ListenerError> {
        let why = format!("cannot read {position}: {}", unreadable.why);
        if self.passes_over { Ok(()) } else { Err(why.into()) }
    }
}

/// A shop in which some things happened, its store, and the positions of all of them.
async fn lived() -> (TestShop, Arc<MemoryStore>, Vec<i64>) {
    let store = Arc::new(MemoryStore::new());
    let shop = TestShop::open(store.clone(), Fate::kind()).await;
    for at in 0..25 {
        let mut changes = ChangeSet::default();
        let subject = Subject::from_stored(format!("ord_{}", at % 4));
        changes.record(&shop.ports.mint(), &Actor::System, subject, DomainEvent::OrderPaid {});
        shop.store.commit(changes).await.unwrap();
    }
    let all = shop.store.events_after(0, 10_000).await.unwrap().rows;
    (shop, store, all.into_iter().map(|it| it.0).collect())
}

async fn drain(ports: &Ports, ear: &Ear, limit: u32) {
    while deliver(ports, ear, limit).await.unwrap().more {}
}

#[tokio::test]
async fn every_fact_is_heard_once_and_in_order() {
    let (shop, _, all) = lived().await;
    let ear = Ear::new("bus");
    let before = lag(&shop.ports, &ear).await.unwrap();
    assert!(before.waiting_since.is_some());
    assert_eq!(before.waiting, i64::try_from(all.len()).unwrap());
    assert_eq!(lags(&shop.ports).await.unwrap(), [], "it has no place yet");
    drain(&shop.ports, &ear, 7).await;
    assert_eq!(ear.heard(), all);
    let after = lag(&shop.ports, &ear).await.unwrap();
    assert_eq!((after.waiting_since, after.place.position), (None, *all.last().unwrap()));
    assert_eq!(after.waiting, 0);
    assert_eq!(lags(&shop.ports).await.unwrap(), [("bus".to_owned(), after.clone())]);
    assert_eq!(after.behind(shop.ports.now()), TimeDelta::zero());
    assert_eq!(deliver(&shop.ports, &ear, 7).await.unwrap().heard, 0);
}

#[tokio::test]
async fn what_was_heard_and_not_stored_is_heard_again_and_nothing_is_lost() {
    let (shop, _, all) = lived().await;
    let mut heard_again = false;
    for point in 1..12 {
        let fate = Arc::new(Fate::strikes(point, Blow::Die));
        let store: Arc<dyn Store> = Arc::new(FatedStore::new(shop.store.clone(), fate.clone()));
        let ports = Ports { store, ..shop.ports.clone() };
        let name = Box::leak(format!("bus-{point}").into_boxed_str());
        let ear = Ear::new(name);
        loop {
            match deliver(&ports, &ear, 7).await {
                Ok(it) if !it.more => break,
                Ok(_) => {}
                Err(StoreError::Unavailable(_)) => fate.revive(),
                Err(other) => panic!("{other}"),
            }
        }
        let heard = ear.heard();
        heard_again |= heard.len() > all.len();
        // Without what came twice: everything, in order.
        let mut last = 0;
        let first_times: Vec<i64> = heard
            .into_iter()
            .filter(|it| {
                let is_new = *it > last;
                last = last.max(*it);
                is_new
            })
            .collect();
        assert_eq!(first_times, all, "dying at point {point}");
    }
    assert!(heard_again, "at least one death came between hearing and storing");
}

#[tokio::test]
async fn a_listener_that_refuses_a_fact_waits_ever_longer_and_keeps_nobody_else_waiting() {
    let (shop, _, all) = lived().await;
    let stuck = Ear { refuses: all[3], obstinate: AtomicBool::new(true), ..Ear::new("stuck") };
    let ear = Ear::new("sound");
    let first = deliver(&shop.ports, &stuck, 100).await.unwrap();
    assert_eq!((first.heard, first.more), (3, false));
    assert_eq!(first.refused.as_deref(), Some("the bus is full"));
    drain(&shop.ports, &ear, 100).await;
    assert_eq!(ear.heard(), all);
    // It is left alone until its time has come.
    stuck.obstinate.store(false, Ordering::Relaxed);
    assert_eq!(deliver(&shop.ports, &stuck, 100).await.unwrap().heard, 0);
    let place = lag(&shop.ports, &stuck).await.unwrap().place;
    assert_eq!((place.position, place.failures), (all[2], 1));
    stuck.obstinate.store(true, Ordering::Relaxed);
    shop.clock.set(place.retry_at.unwrap());
    deliver(&shop.ports, &stuck, 100).await.unwrap();
    let again = lag(&shop.ports, &stuck).await.unwrap().place;
    assert_eq!(again.failures, 2);
    assert!(again.retry_at.unwrap() - shop.ports.now() > TimeDelta::seconds(10));
    stuck.obstinate.store(false, Ordering::Relaxed);
    shop.clock.set(again.retry_at.unwrap());
    drain(&shop.ports, &stuck, 100).await;
    assert_eq!(stuck.heard(), all);
    assert_eq!(lag(&shop.ports, &stuck).await.unwrap().place.failures, 0);
}

#[tokio::test]
async fn a_fact_that_cannot_be_read_waits_unless_the_listener_passes_over_it() {
    let (shop, store, all) = lived().await;
    let page = shop.store.events_after(0, 10).await.unwrap();
    let spoilt = page.rows[4].1.id.stored();
    store.spoil("events", &spoilt);
    let (waits, goes_on) = (Ear::new("waits"), Ear { passes_over: true, ..Ear::new("goes-on") });
    drain(&shop.ports, &waits, 100).await;
    drain(&shop.ports, &goes_on, 100).await;
    assert_eq!(waits.heard(), all[..4]);
    assert_eq!(goes_on.heard().len(), all.len() - 1);
    store.heal("events", &spoilt);
    shop.clock.advance(TimeDelta::minutes(1));
    drain(&shop.ports, &waits, 100).await;
    assert_eq!(waits.heard(), all);
}

#[tokio::test]
async fn of_two_processes_that_deliver_at_once_none_skips_a_fact() {
    let (shop, _, all) = lived().await;
    let (one, two) = (Ear::new("bus"), Ear::new("bus"));
    let (first, second) =
        tokio::join!(deliver(&shop.ports, &one, 10), deliver(&shop.ports, &two, 10));
    assert!(first.unwrap().heard + second.unwrap().heard >= 10);
    drain(&shop.ports, &two, 10).await;
    let mut heard = [one.heard(), two.heard()].concat();
    heard.sort_unstable();
    heard.dedup();
    assert_eq!(heard, all);
}
