//! The renewal run: bills every period that should exist by now and does not (law 6).
//!
//! Pages are read by keyset, decided one by one and committed together. When a page cannot be
//! committed it is split until the contended or broken row stands alone; the others go through. What
//! a row was refused for is recorded once a run.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::Ports;
use crate::{
    change::{ChangeSet, Unique},
    decide::{Books, Context, subscription::renew},
    kernel::Versioned,
    model::{Actor, Customer, CustomerId, DomainEvent, RunKind, Subscription, SubscriptionId},
    port::{Store, StoreError},
};

/// Where a run is, in its order.
pub type At<T> = (DateTime<Utc>, T);

/// How much one call does.
#[derive(Debug, Clone, Copy)]
pub struct Slice {
    /// Rows a page, and so rows a transaction: 1 to 2000.
    pub page: u32,
    /// Pages before the call returns and says where it stopped.
    pub pages: u32,
}

impl Default for Slice {
    /// Small enough that `SQLite`'s one writer is never held for long.
    fn default() -> Self {
        Self { page: 250, pages: 400 }
    }
}

/// What a call did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renewed {
    /// Periods that were billed.
    pub billed: u64,
    /// Rows that were refused, each recorded in the journal.
    pub skipped: u64,
    /// Rows that somebody else was faster with.
    pub contended: u64,
    /// Where to go on; `None` when nothing is left.
    pub resume: Option<At<SubscriptionId>>,
}

/// Bills what is due at the present instant, beginning after `resume`.
///
/// # Errors
/// [`StoreError::Unavailable`] when the database cannot be asked; what was committed stays, and the
/// next call goes on with the rest.
pub async fn run(
    ports: &Ports,
    actor: &Actor,
    resume: Option<At<SubscriptionId>>,
    slice: Slice,
) -> Result<Renewed, StoreError> {
    let books = ports.books().await?;
    let mut done = Renewed { resume, ..Renewed::default() };
    for _ in 0..slice.pages {
        let page = ports.store.subscriptions_to_renew(ports.now(), done.resume, slice.page).await?;
        let Some((at, id)) = page.last().and_then(|it| Some((it.next_renewal_at?, it.id))) else {
            done.resume = None;
            return Ok(done);
        };
        bill_page(ports, actor, &books, page, &mut done).await?;
        done.resume = Some((at, id));
    }
    Ok(done)
}

async fn bill_page(
    ports: &Ports,
    actor: &Actor,
    books: &Books,
    page: Vec<Versioned<Subscription>>,
    done: &mut Renewed,
) -> Result<(), StoreError> {
    let customers = customers(&*ports.store, &page).await?;
    let mut waiting = vec![page];
    while let Some(mut batch) = waiting.pop() {
        let (changes, decided, skipped) = decide(ports, actor, books, &batch, &customers);
        if changes.is_empty() {
            continue;
        }
        match ports.store.commit(changes).await {
            Ok(_) => {
                done.billed = done.billed.saturating_add(decided);
                done.skipped = done.skipped.saturating_add(skipped);
            }
            Err(error @ StoreError::Unavailable(_)) => return Err(error),
            Err(error) if batch.len() <= 1 => {
                if matches!(
                    error,
                    StoreError::Conflict { .. } | StoreError::Duplicate(Unique::CyclePeriod)
                ) {
                    done.contended = done.contended.saturating_add(1);
                } else {
                    record(ports, actor, &batch, &error.to_string()).await?;
                    done.skipped = done.skipped.saturating_add(1);
                }
            }
            Err(_) => {
                let half = batch.len().checked_div(2).unwrap_or(0);
                let rest = batch.split_off(half);
                waiting.push(rest);
                waiting.push(batch);
            }
        }
    }
    Ok(())
}

fn decide(
    ports: &Ports,
    actor: &Actor,
    books: &Books,
    batch: &[Versioned<Subscription>],
    customers: &BTreeMap<CustomerId, Versioned<Customer>>,
) -> (ChangeSet, u64, u64) {
    let context = Context::new(ports.mint(), actor);
    let (mut changes, mut decided, mut skipped) = (ChangeSet::default(), 0_u64, 0_u64);
    for subscription in batch {
        let outcome = match customers.get(&subscription.customer_id) {
            Some(customer) => {
                renew(&context, books, subscription, customer).map_err(|it| it.to_string())
            }
            None => Err("its customer is not there".to_owned()),
        };
        match outcome {
            Ok(one) => {
                changes.and(one);
                decided = decided.saturating_add(1);
            }
            Err(detail) => {
                context.record(
                    &mut changes,
                    subscription.id,
                    DomainEvent::RunSkipped { run: RunKind::Renewals, detail },
                );
                skipped = skipped.saturating_add(1);
            }
        }
    }
    (changes, decided, skipped)
}

async fn record(
    ports: &Ports,
    actor: &Actor,
    batch: &[Versioned<Subscription>],
    detail: &str,
) -> Result<(), StoreError> {
    let context = Context::new(ports.mint(), actor);
    let mut changes = ChangeSet::default();
    for subscription in batch {
        let body = DomainEvent::RunSkipped { run: RunKind::Renewals, detail: detail.to_owned() };
        context.record(&mut changes, subscription.id, body);
    }
    ports.store.commit(changes).await.map(drop)
}

async fn customers(
    store: &dyn Store,
    page: &[Versioned<Subscription>],
) -> Result<BTreeMap<CustomerId, Versioned<Customer>>, StoreError> {
    let ids: Vec<_> =
        page.iter().map(|it| it.customer_id).collect::<BTreeSet<_>>().into_iter().collect();
    let mut found = BTreeMap::new();
    for some in ids.chunks(1000) {
        for customer in store.customers_by_id(some).await? {
            found.insert(customer.id, customer);
        }
    }
    Ok(found)
}
