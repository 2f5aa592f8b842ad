//! What `/metrics` says about the queue and the listeners.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use hosting_core::{
    change::{ChangeSet, NewTask},
    model::{Event, Job},
    port::{Listener, ListenerError},
    work,
};

use crate::office::Office;

/// Takes in what comes up to a position, and nothing behind it.
#[derive(Debug)]
struct UpTo(i64);

#[async_trait]
impl Listener for UpTo {
    fn name(&self) -> &'static str {
        "bus"
    }
    async fn hear(&self, position: i64, _: &Event) -> Result<(), ListenerError> {
        if position > self.0 { Err("the bus is full".into()) } else { Ok(()) }
    }
}

#[tokio::test]
async fn it_tells_how_far_the_queue_and_the_listeners_are_behind() {
    let office = Office::open().await;
    let shop = &office.shop;
    let cart = shop.cart("kopi.example", None).await;
    shop.order(cart).await;
    shop.drain().await;
    let facts = shop.store.events_after(0, 1_000).await.unwrap().rows;
    assert!(facts.len() > 3, "{}", facts.len());
    let subscription_id = shop.ports.mint().id();
    let job = Job::SyncAccount { subscription_id };
    let mut changes = ChangeSet::default();
    changes.task(NewTask::new(&shop.ports.mint(), "sync/1", job));
    shop.store.commit(changes).await.unwrap();
    work::deliver(&shop.ports, &UpTo(facts[1].0), 100).await.unwrap();
    shop.clock.advance(TimeDelta::seconds(90));
    let told = office.metrics().await;
    let waiting = facts.len() - 2;
    let since = (shop.ports.now() - facts[2].1.at).to_std().unwrap();
    for line in [
        "hosting_queue_lane_lag_seconds{lane=\"panel\"} 90.0".to_owned(),
        "hosting_queue_lane_lag_seconds{lane=\"mail\"} 0.0".to_owned(),
        format!("hosting_listener_facts_waiting{{listener=\"bus\"}} {waiting}"),
    ] {
        assert!(told.lines().any(|it| it == line), "{line}\n{told}");
    }
    let lag = told
        .lines()
        .find_map(|it| it.strip_prefix("hosting_listener_lag_seconds{listener=\"bus\"} "));
    let lag = Duration::from_secs_f64(lag.expect("the listener's lag").parse().unwrap());
    assert_eq!(lag.as_secs(), since.as_secs());
}
