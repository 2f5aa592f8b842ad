//! Facts, appended last. How their positions stay in order is told at the reading end.

use hosting_core::{model::Event, port::StoreError};

use super::execute;
use crate::{
    batch::Batch,
    conn::Tx,
    dialect::Dialect,
    journal::{EVENTS, write_event},
    reads::statements,
    statement::Statement,
};

statements! {
    // Announces a place before all positions that this transaction will get; or waits for its turn.
    ANNOUNCE = Statement::each(
        "SELECT 1",
        "SELECT pg_advisory_xact_lock_shared(1752134516, ((last_value - 1) & 2147483647)::int) \
         FROM events_position_seq",
        "SELECT id FROM events_head WHERE id = 1 FOR UPDATE",
    );
    APPEND = Statement::insert(&EVENTS);
}

pub(super) async fn append(tx: &mut Tx, events: &[Event]) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    if tx.dialect() != Dialect::Sqlite {
        tx.fetch(&ANNOUNCE, &[], |_| Ok(())).await?;
    }
    append_raw(tx, events).await
}

/// Appends without keeping positions in order.
pub(super) async fn append_raw(tx: &mut Tx, events: &[Event]) -> Result<(), StoreError> {
    let mut batch = Batch::new(tx.dialect());
    for event in events {
        batch.row(|row| write_event(event, row));
    }
    execute(tx, &APPEND, batch).await.map(drop)
}
