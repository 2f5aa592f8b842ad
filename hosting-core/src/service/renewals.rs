//! The renewal run: bills every period that should exist by now and does not (law 6).
//!
//! Pages are read by keyset, decided one by one and committed together. When a page cannot be
//! committed it is split until the contended or broken row stands alone; the others go through. What
//! a row was refused for is recorded once for each time it fell due.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{
    Ports,
    once::{skipped, unreadable},
};
use crate::{
    change::{ChangeSet, Unique},
    decide::{Books, Context, subscription::renew},
    kernel::{Id, Versioned},
    model::{
        Actor, Customer, CustomerId, RunKind, Subscription, SubscriptionId,
        subscription::SubscriptionKind,
    },
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
        Self { page: 100, pages: 1000 }
    }
}

/// What a call did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renewed {
    /// Periods that were billed.
    pub billed: u64,
    /// Rows that were refused, each recorded in the journal once.
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
        let Some((at, id)) = page.last else {
            done.resume = None;
            return Ok(done);
        };
        let broken =
            unreadable::<SubscriptionKind>(ports, actor, RunKind::Renewals, page.unreadable)
                .await?;
        done.skipped = done.skipped.saturating_add(broken);
        bill_page(ports, actor, &books, page.rows, &mut done).await?;
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
        let (changes, decided, refused) = decide(ports, actor, books, &batch, &customers);
        if decided == 0 {
            record(ports, actor, refused, done).await?;
            continue;
        }
        match ports.store.commit(changes).await {
            Ok(_) => {
                done.billed = done.billed.saturating_add(decided);
                record(ports, actor, refused, done).await?;
            }
            Err(error @ StoreError::Unavailable(_)) => return Err(error),
            Err(error) if batch.len() <= 1 => {
                if matches!(
                    error,
                    StoreError::Conflict { .. } | StoreError::Duplicate(Unique::CyclePeriod)
                ) {
                    done.contended = done.contended.saturating_add(1);
                } else {
                    let why = error.to_string();
                    let refused = batch.iter().map(|it| Refused::new(it, why.clone())).collect();
                    record(ports, actor, refused, done).await?;
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

/// A row that was not billed, and why.
struct Refused {
    id: SubscriptionId,
    due: DateTime<Utc>,
    why: String,
}

impl Refused {
    fn new(read: &Subscription, why: String) -> Self {
        Self { id: read.id, due: read.next_renewal_at.unwrap_or(read.updated_at), why }
    }
}

fn decide(
    ports: &Ports,
    actor: &Actor,
    books: &Books,
    batch: &[Versioned<Subscription>],
    customers: &Customers,
) -> (ChangeSet, u64, Vec<Refused>) {
    let context = Context::new(ports.mint(), actor);
    let (mut changes, mut decided, mut refused) = (ChangeSet::default(), 0_u64, Vec::new());
    for subscription in batch {
        let outcome = match customers.get(&subscription.customer_id) {
            Some(Ok(customer)) => {
                renew(&context, books, subscription, customer).map_err(|it| it.to_string())
            }
            Some(Err(why)) => Err(why.clone()),
            None => Err("its customer is not there".to_owned()),
        };
        match outcome {
            Ok(one) => {
                changes.and(one);
                decided = decided.saturating_add(1);
            }
            Err(why) => refused.push(Refused::new(subscription, why)),
        }
    }
    (changes, decided, refused)
}

async fn record(
    ports: &Ports,
    actor: &Actor,
    refused: Vec<Refused>,
    done: &mut Renewed,
) -> Result<(), StoreError> {
    for Refused { id, due, why } in refused {
        done.skipped = done.skipped.saturating_add(1);
        skipped(ports, actor, RunKind::Renewals, id, due, why).await?;
    }
    Ok(())
}

/// The customers of a page, or why one of them cannot be read.
type Customers = BTreeMap<CustomerId, Result<Versioned<Customer>, String>>;

async fn customers(
    store: &dyn Store,
    page: &[Versioned<Subscription>],
) -> Result<Customers, StoreError> {
    let ids: Vec<_> =
        page.iter().map(|it| it.customer_id).collect::<BTreeSet<_>>().into_iter().collect();
    let mut found = BTreeMap::new();
    for some in ids.chunks(1000) {
        let read = store.customers_by_id(some).await?;
        found.extend(read.rows.into_iter().map(|it| (it.id, Ok(it))));
        for row in read.unreadable {
            if let Ok(id) = Id::from_stored(&row.id) {
                found.insert(id, Err(row.why));
            }
        }
    }
    Ok(found)
}
