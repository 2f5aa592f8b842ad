//! The journal and the outbox: facts in the order of commits.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use super::{
    asserts::*,
    sample::{Sample, Shop, day, idr},
};
use crate::{
    change::{ChangeSet, Unique},
    kernel::{PageRequest, Versioned},
    model::{Actor, DomainEvent, Event, Listening, Role, RunKind, Setting, Subject},
    port::{Store, StoreError},
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
        DomainEvent::UserRoleChanged { from: Role::Support, to: Role::Admin },
        DomainEvent::CustomerUpdated { fields: vec!["name".to_owned(), "alamat 🏠".to_owned()] },
        DomainEvent::OrderPlaced { customer_id, total: idr(i64::MAX) },
        DomainEvent::InvoicePaid { payment_id: None },
        DomainEvent::InvoicePaid { payment_id: Some(shop.payment.id) },
        DomainEvent::SubscriptionRenewed { invoice_id, period_start: day(2028, 2, 29) },
        DomainEvent::SubscriptionCancellationScheduled { at: sample.now() },
        DomainEvent::HoldChanged { reason: Some("“quoted” \\ and\nbroken".to_owned()) },
        DomainEvent::HoldChanged { reason: None },
        DomainEvent::CustomerClosed { reason: "moved away".to_owned() },
        DomainEvent::CustomerReopened {},
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

/// What a listener relies on: its place is made once, and moves only from where it was read.
pub async fn a_listeners_place_is_stored_once_and_moves_from_where_it_was_read(store: &dyn Store) {
    let sample = Sample::new(1);
    let place = |name: &str, position: i64| Setting {
        key: format!("listener/{name}"),
        value: serde_json::json!(Listening { position, ..Listening::default() }),
        ..sample.setting()
    };
    let (bus, mail) = (place("bus", 3), place("a.mail-1", 9));
    let beside = ["listener", "listener0", "listeners/bus", "listene/r"];
    for key in beside {
        put(store, new!(settings: Setting { key: key.to_owned(), ..sample.setting() })).await;
    }
    put(store, new!(settings: bus)).await;
    put(store, new!(settings: mail)).await;
    let twin = store.commit(new!(settings: place("bus", 4))).await;
    assert!(matches!(twin, Err(StoreError::Duplicate(Unique::SettingKey))), "{twin:?}");
    let read = store.setting("listener/bus").await.unwrap().unwrap();
    let moved = Setting { value: place("bus", 7).value, ..bus.clone() };
    put(store, changed!(settings: Versioned::new(moved.clone(), read.version))).await;
    let late = changed!(settings: Versioned::new(bus.clone(), read.version));
    let late = store.commit(late).await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");
    let found = store.settings_in("listener").await.unwrap();
    let found: Vec<_> = found.rows.into_iter().map(|it| it.value).collect();
    assert_eq!(found, [mail, moved], "by key, and nobody else's");
}

pub async fn what_a_listener_has_not_heard_is_counted_up_to_a_limit(store: &dyn Store) {
    let sample = Sample::new(1);
    assert_eq!(store.count_after(0, 10).await.unwrap(), 0);
    let about = subject(&sample);
    let facts: Vec<_> = (0..7).map(|_| fact(&sample, &about, DomainEvent::OrderPaid {})).collect();
    put(store, recording(&facts)).await;
    let positions: Vec<_> =
        store.events_after(0, 10).await.unwrap().rows.into_iter().map(|it| it.0).collect();
    for (after, at_most, expected) in
        [(0, 100, 7), (0, 5, 5), (positions[2], 100, 4), (positions[6], 100, 0), (i64::MAX, 100, 0)]
    {
        assert_eq!(store.count_after(after, at_most).await.unwrap(), expected, "after {after}");
    }
}
