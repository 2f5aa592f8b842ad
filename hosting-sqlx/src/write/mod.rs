//! The one write: a change set inside one transaction.
//!
//! Locks are taken in one order everywhere, so that commits cannot deadlock on rows: the nouns'
//! tables in the order of the change set, within a table by id, then the queue, counters by name,
//! number series by name. Conflicts are therefore found before limits, and both before anything is
//! inserted. New rows come next, then tasks, and the journal last, because on `MySQL` whoever
//! appends to it holds others up until the commit.

pub(crate) mod claim;
mod counters;
#[cfg(feature = "postgres")]
pub(crate) mod intake;
mod journal;
mod numbers;
pub(crate) mod purge;
mod queue;
pub(crate) mod rows;

use hosting_core::{
    change::{ChangeSet, Receipt},
    port::StoreError,
};

use crate::{
    batch::Batch,
    conn::{Arg, Tx},
    statement::Statement,
};

/// Applies all of `changes` in `tx`; after an error the transaction must be rolled back. Invoices
/// get their numbers in `changes` too.
pub(crate) async fn apply(tx: &mut Tx, changes: &mut ChangeSet) -> Result<Receipt, StoreError> {
    rows::change(tx, changes).await?;
    queue::settle(tx, &changes.settlements).await?;
    queue::intervene(tx, &changes.interventions).await?;
    counters::take(tx, &changes.takes).await?;
    let receipt = numbers::assign(tx, changes).await?;
    rows::change_numbered(tx, changes).await?;
    rows::add(tx, changes).await?;
    queue::add(tx, &changes.tasks).await?;
    journal::append(tx, &changes.events).await?;
    Ok(receipt)
}

/// The rows alone: what [`apply`] writes, without what it checks.
pub(crate) async fn raw(tx: &mut Tx, changes: &ChangeSet) -> Result<(), StoreError> {
    rows::change_raw(tx, changes).await?;
    rows::add(tx, changes).await?;
    queue::add(tx, &changes.tasks).await?;
    journal::append_raw(tx, &changes.events).await
}

/// Every statement of the write side that belongs to no noun.
pub(crate) fn all() -> impl Iterator<Item = &'static Statement> {
    #[cfg(feature = "postgres")]
    let intake = intake::ALL;
    #[cfg(not(feature = "postgres"))]
    let intake: &[&[Statement]] = &[];
    [claim::ALL, counters::ALL, intake, journal::ALL, numbers::ALL, purge::ALL, queue::ALL]
        .into_iter()
        .flatten()
        .flat_map(|it| it.iter())
}

/// Runs a statement on each of a batch's arrays; answers how many rows there were, and how many of
/// them the statement was about.
async fn execute(
    tx: &mut Tx,
    statement: &'static Statement,
    batch: Batch,
) -> Result<(u64, u64), StoreError> {
    let (mut given, mut done) = (0, 0);
    for chunk in batch.finish()? {
        given += chunk.rows;
        done += tx.execute(statement, &[Arg::Text(&chunk.text)]).await?;
    }
    Ok((given, done))
}

/// Runs a statement that must be about each of a batch's rows.
async fn execute_all(
    tx: &mut Tx,
    statement: &'static Statement,
    batch: Batch,
    what: &'static str,
) -> Result<(), StoreError> {
    let (given, done) = execute(tx, statement, batch).await?;
    if given == done { Ok(()) } else { Err(StoreError::Conflict { what }) }
}
