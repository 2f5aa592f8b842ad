//! The store in memory reads around rows that cannot be read.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::Arc;

use async_trait::async_trait;
use hosting_core::{
    change::{ChangeSet, NewTask},
    kernel::PageRequest,
    model::{DomainEvent, Job, MailKind, Subject, TaskStatus},
    port::Store,
    testing::{
        Fate, MemoryStore, TestShop,
        conformance::unreadable::{self, Spoil},
    },
    work::tick,
};

struct Hand<'s>(&'s MemoryStore);

#[async_trait]
impl Spoil for Hand<'_> {
    async fn spoil(&self, table: &'static str, id: &str) {
        self.0.spoil(table, id);
    }
    async fn heal(&self, table: &'static str, id: &str) {
        self.0.heal(table, id);
    }
}

macro_rules! rules {
    ($($rule:ident)+) => {$(
        #[tokio::test]
        async fn $rule() {
            let store = MemoryStore::new();
            unreadable::$rule(&store, &Hand(&store)).await;
        }
    )+};
}

rules! {
    a_task_that_cannot_be_read_keeps_no_lane_from_its_work
    services_that_cannot_be_read_stop_no_run
    bills_that_cannot_be_read_stop_no_run
    orders_that_cannot_be_read_stop_no_run
    a_customer_that_cannot_be_read_is_told_apart
    a_server_or_product_that_cannot_be_read_hides_no_other
    a_fact_that_cannot_be_read_is_told_apart
}

#[tokio::test]
async fn a_worker_gives_up_what_it_cannot_read_and_says_so_in_the_journal() {
    let store = Arc::new(MemoryStore::new());
    let shop = TestShop::open(store.clone(), Fate::kind()).await;
    shop.drain().await;
    let task = |key: &str| {
        let kind = MailKind::PaymentUnapplied;
        let job = Job::MailStaff { kind, payment_id: None, refund_id: None };
        NewTask::new(&shop.ports.mint(), key, job)
    };
    let (spoilt, sound) = (task("mail/1"), task("mail/2"));
    let tasks = vec![spoilt.clone(), sound.clone()];
    store.commit(ChangeSet { tasks, ..ChangeSet::default() }).await.unwrap();
    store.spoil("provision_tasks", &spoilt.id.stored());
    let ticked = tick(&shop.ports, None, 8).await.unwrap();
    assert_eq!((ticked.claimed, ticked.failed), (2, 1));
    store.heal("provision_tasks", &spoilt.id.stored());
    let found = shop.store.task(spoilt.id).await.unwrap().unwrap();
    assert_eq!(found.status, TaskStatus::Failed);
    let said = found.last_error.unwrap();
    assert!(said.contains("provision_tasks"), "{said}");
    let page = PageRequest::default();
    let facts = shop.store.events_of(&Subject::from(spoilt.id), &page).await.unwrap().items;
    let told =
        |body: &DomainEvent| matches!(body, DomainEvent::TaskFailed { detail } if *detail == said);
    assert!(facts.iter().any(|(_, it)| told(&it.body)), "{facts:?}");
    assert_ne!(shop.store.task(sound.id).await.unwrap().unwrap().status, TaskStatus::Running);
}
