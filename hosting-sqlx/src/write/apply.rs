//! A change set, from its first lock to its last line in the journal.

use super::{claim, counters, journal, numbers, purge, queue, rows};
use crate::{
    batch::Batch,
    conn::{Arg, Tx},
    statement::Statement,
};
use hosting_core::{
    change::{ChangeSet, Receipt},
    port::StoreError,
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
    let intake = super::intake::ALL;
    #[cfg(not(feature = "postgres"))]
    let intake: &[&[Statement]] = &[];
    [claim::ALL, counters::ALL, intake, journal::ALL, numbers::ALL, purge::ALL, queue::ALL]
        .into_iter()
        .flatten()
        .flat_map(|it| it.iter())
}

/// Runs a statement on each of a batch's arrays; answers how many rows there were, and how many of
/// them the statement was about.
pub(super) async fn execute(
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
pub(super) async fn execute_all(
    tx: &mut Tx,
    statement: &'static Statement,
    batch: Batch,
    what: &'static str,
) -> Result<(), StoreError> {
    let (given, done) = execute(tx, statement, batch).await?;
    if given == done { Ok(()) } else { Err(StoreError::Conflict { what }) }
}
