//! The journal and the outbox: facts in the order of commits.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use super::{
    asserts::*,
    sample::{Sample, Shop, day, idr},
};
use crate::{
    change::{ChangeSet, Unique},
    kernel::PageRequest,
    model::{Actor, DomainEvent, Event, Role, RunKind, Subject},
    port::Store,
};

fn fact(sample: &Sample, subject: &Subject, body: DomainEvent) -> Event {
    let mint = sample.mint();
    Event { id: mint.id(), at: mint.now(), actor: Actor::System, subject: subject.clone(), body }
}

fn recording(events: &[Event]) -> ChangeSet {
    ChangeSet { events: events.to_vec(), ..ChangeSet::default() }
}

fn subject(sample: &Sample) -> Subject {
    sample.customer().id.into()
}

async fn all(store: &dyn Store) -> Vec<Event> {
    store.events_after(0, 1_000).await.unwrap().rows.into_iter().map(|it| it.1).collect()
}

pub async fn an_empty_journal_answers_nothing(store: &dyn Store) {
    assert_eq!(store.events_after(0, 10).await.unwrap().rows, []);
    assert_eq!(store.events_after(i64::MAX, 10).await.unwrap().rows, []);
}

pub async fn facts_come_in_the_order_they_were_recorded(store: &dyn Store) {
    let sample = Sample::new(1);
    let about = subject(&sample);
    let facts: Vec<_> =
        (0..40).map(|step| fact(&sample, &about, DomainEvent::InvoiceReminded { step })).collect();
    // Two facts a commit, and within a commit against the order of their ids.
    for pair in facts.chunks(2) {
        put(store, recording(&[pair[1].clone(), pair[0].clone()])).await;
    }
    let expected: Vec<_> = facts.chunks(2).flat_map(|it| [it[1].clone(), it[0].clone()]).collect();
    assert_eq!(all(store).await, expected);
}

pub async fn positions_grow_and_a_listener_goes_on_from_its_last(store: &dyn Store) {
    let sample = Sample::new(1);
    let about = subject(&sample);
    let facts: Vec<_> = (0..7).map(|_| fact(&sample, &about, DomainEvent::OrderPaid {})).collect();
    put(store, recording(&facts)).await;
    let (mut position, mut seen) = (0, Vec::new());
    loop {
        let batch = store.events_after(position, 3).await.unwrap().rows;
        assert!(batch.len() <= 3);
        let Some((last, _)) = batch.last() else { break };
        assert!(batch.iter().all(|it| it.0 > position));
        assert!(batch.is_sorted_by(|a, b| a.0 < b.0));
        position = *last;
        seen.extend(batch.into_iter().map(|it| it.1));
    }
    assert_eq!(seen, facts);
    let late = fact(&sample, &about, DomainEvent::OrderPaid {});
    put(store, recording(std::slice::from_ref(&late))).await;
    let rest = store.events_after(position, 3).await.unwrap().rows;
    assert_eq!(rest.into_iter().map(|it| it.1).collect::<Vec<_>>(), [late]);
}

pub async fn facts_survive_storage_exactly(store: &dyn Store) {
    let sample = Sample::new(1);
    let shop = Shop::new(&sample);
    let (user_id, staff_id) = (shop.user.id, sample.user(None).id);
    let actors = [
        Actor::Guest,
        Actor::User { user_id },
        Actor::Impersonator { staff_id, user_id },
        Actor::ApiKey { api_key_id: shop.api_key.id, user_id },
        Actor::Task { task_id: sample.mint().id() },
        Actor::System,
    ];
    let (customer_id, invoice_id) = (shop.customer.id, shop.invoice.id);
    let bodies = [
        DomainEvent::UserCreated { role: Role::Billing },
        DomainEvent::UserUpdated { fields: vec![] },
        DomainEvent::CustomerUpdated { fields: vec!["name".to_owned(), "alamat 🏠".to_owned()] },
        DomainEvent::OrderPlaced { customer_id, total: idr(i64::MAX) },
        DomainEvent::InvoicePaid { payment_id: None },
        DomainEvent::InvoicePaid { payment_id: Some(shop.payment.id) },
        DomainEvent::SubscriptionRenewed { invoice_id, period_start: day(2028, 2, 29) },
        DomainEvent::SubscriptionCancellationScheduled { at: sample.now() },
        DomainEvent::HoldChanged { reason: Some("“quoted” \\ and\nbroken".to_owned()) },
        DomainEvent::HoldChanged { reason: None },
        DomainEvent::RunSkipped { run: RunKind::Renewals, detail: String::new() },
        DomainEvent::AccountSuspended {},
    ];
    let about = Subject::from(shop.subscription.id);
    let facts: Vec<_> = bodies
        .into_iter()
        .zip(actors.iter().cycle())
        .map(|(body, actor)| Event { actor: actor.clone(), ..fact(&sample, &about, body) })
        .collect();
    put(store, recording(&facts)).await;
    assert_eq!(all(store).await, facts);
}

pub async fn a_fact_is_recorded_once(store: &dyn Store) {
    let sample = Sample::new(1);
    let first = fact(&sample, &subject(&sample), DomainEvent::OrderPaid {});
    put(store, recording(std::slice::from_ref(&first))).await;
    let again = recording(std::slice::from_ref(&first));
    duplicate(store, again, Unique::PrimaryKey).await;
    assert_eq!(all(store).await.len(), 1);
}

pub async fn facts_about_one_subject_are_told_newest_first(store: &dyn Store) {
    let sample = Sample::new(1);
    let (one, other) = (subject(&sample), subject(&sample));
    let mut mine = Vec::new();
    for step in 0..5 {
        let about_one = fact(&sample, &one, DomainEvent::InvoiceReminded { step });
        let about_other = fact(&sample, &other, DomainEvent::InvoiceReminded { step });
        put(store, recording(&[about_other, about_one.clone()])).await;
        mine.insert(0, about_one);
    }
    let page = store.events_of(&one, &PageRequest::default()).await.unwrap();
    assert_eq!(page.items.into_iter().map(|it| it.1).collect::<Vec<_>>(), mine);
    assert_eq!(page.next, None);
    let nobody = subject(&sample);
    let page = store.events_of(&nobody, &PageRequest::default()).await.unwrap();
    assert_eq!(page.items, []);
}

pub async fn facts_about_one_subject_come_in_pages(store: &dyn Store) {
    let sample = Sample::new(1);
    let about = subject(&sample);
    let facts: Vec<_> =
        (0..12).map(|step| fact(&sample, &about, DomainEvent::InvoiceReminded { step })).collect();
    put(store, recording(&facts)).await;
    let (mut seen, mut next) = (Vec::new(), None);
    loop {
        let request = PageRequest::after(next, 5);
        let page = store.events_of(&about, &request).await.unwrap();
        seen.extend(page.items.into_iter().map(|it| it.1));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    let expected: Vec<_> = facts.into_iter().rev().collect();
    assert_eq!(seen, expected);
}

pub async fn positions_are_the_same_in_both_views(store: &dyn Store) {
    let sample = Sample::new(1);
    let about = subject(&sample);
    put(store, recording(&[fact(&sample, &about, DomainEvent::OrderPaid {})])).await;
    let outbox = store.events_after(0, 10).await.unwrap().rows;
    let page = store.events_of(&about, &PageRequest::default()).await.unwrap();
    assert_eq!(page.items, outbox);
}
