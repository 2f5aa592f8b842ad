//! The journal, and with it the outbox.
//!
//! A listener stores the last position it has dealt with, so a position must never appear behind
//! one that was already read. `SQLite` has one writer: positions appear in order. On `MySQL` whoever
//! appends holds a row until it commits ([`write::journal`](crate::write)). `PostgreSQL` gives
//! positions without such a queue, so that commits can share a flush to disk; there every writer
//! announces, by a shared advisory lock that the commit releases, a place before all positions it
//! will get, and a reader stops at the earliest place announced. The lock is announced before a
//! position is taken and let go after the commit can be seen, therefore: a position up to the
//! sequence's last value that is neither announced nor visible will never be.

use async_trait::async_trait;
use hosting_core::{
    kernel::{Page, PageRequest},
    model::{Event, Subject},
    port::{
        Rows, StoreError, Unreadable,
        store::{AuditRepository, read::Answer},
    },
};

use super::{overfetch, statements};
use crate::{
    conn::{Arg, Cells, classify},
    dialect::Dialect,
    journal::{EVENTS, read_event},
    record::{CellReader, stored_id},
    statement::Statement,
    store::SqlStore,
};

statements! {
    EVENTS_AFTER = Statement::select_with(
        &EVENTS,
        "t.position",
        "WHERE t.position > $1 AND t.position <= $3 ORDER BY t.position LIMIT $2",
    );
    EVENTS_OF = Statement::select_with(
        &EVENTS,
        "t.position",
        "WHERE t.subject = $3 AND t.position < $1 ORDER BY t.position DESC LIMIT $2",
    );
    COUNT_AFTER = Statement::same(
        "SELECT count(*) FROM (SELECT 1 AS fact FROM events WHERE position > $1 LIMIT $2) AS waiting",
    );
    GIVEN = Statement::each(
        "SELECT 0",
        "SELECT last_value FROM events_position_seq",
        "SELECT 0",
    );
    // The lock's key keeps 31 bits of the place; a distance of more than 30 bits is one that was
    // announced after `$1` was read.
    ANNOUNCED = Statement::each(
        "SELECT NULL WHERE $1 IS NULL",
        "SELECT min($1 - distance) FROM (
             SELECT ($1 - objid::bigint) & 2147483647 AS distance FROM pg_locks
             WHERE locktype = 'advisory' AND classid = 1752134516 AND objsubid = 2
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         ) AS announced WHERE distance < 1073741824",
        "SELECT NULL FROM events_head WHERE $1 IS NULL",
    );
}

/// A fact's position and stored id, and the fact if it can be read.
fn met(row: &dyn Cells) -> Answer<(i64, String, Answer<Event>)> {
    // The position is selected behind all columns.
    let at = EVENTS.columns.iter().filter(|it| it.read).count() + 1;
    let position = row.int(at).map_err(classify)?.unwrap_or(0);
    Ok((position, stored_id(row), read_event(&mut CellReader::new("events", row))))
}

impl SqlStore {
    /// Up to which position nothing will appear any more.
    async fn horizon(&self) -> Answer<i64> {
        if self.db().dialect() != Dialect::Postgres {
            return Ok(i64::MAX);
        }
        let cell = |row: &dyn Cells| CellReader::new("events", row).next("position");
        let given = self.db().fetch(&GIVEN, &[], cell).await?;
        let given = given.into_iter().next().unwrap_or(0);
        let cell = |row: &dyn Cells| CellReader::new("events", row).next("position");
        let announced = self.db().fetch(&ANNOUNCED, &[Arg::Int(given)], cell).await?;
        let announced: Option<i64> = announced.into_iter().next().flatten();
        Ok(announced.unwrap_or(given).min(given))
    }
}

#[async_trait]
impl AuditRepository for SqlStore {
    async fn events_after(&self, after: i64, limit: u32) -> Answer<Rows<(i64, Event), i64>> {
        let horizon = self.horizon().await?;
        let args = [after.into(), limit.into(), horizon.into()];
        let mut answer = Rows::default();
        for (position, id, event) in self.db().fetch(&EVENTS_AFTER, &args, met).await? {
            answer.last = Some(position);
            match event {
                Ok(event) => answer.rows.push((position, event)),
                Err(error) => {
                    answer.unreadable.push(Unreadable {
                        table: "events",
                        id,
                        due_at: None,
                        position: Some(position),
                        why: error.to_string(),
                    });
                }
            }
        }
        Ok(answer)
    }

    async fn count_after(&self, after: i64, at_most: u32) -> Answer<i64> {
        let cell = |row: &dyn Cells| CellReader::new("events", row).next("count");
        let found = self.db().fetch(&COUNT_AFTER, &[after.into(), at_most.into()], cell).await?;
        Ok(found.into_iter().next().unwrap_or(0))
    }

    async fn events_of(&self, subject: &Subject, page: &PageRequest) -> Answer<Page<(i64, Event)>> {
        let before = match &page.after {
            None => i64::MAX,
            Some(cursor) => cursor
                .as_str()
                .parse()
                .map_err(|error: std::num::ParseIntError| StoreError::Refused(Box::new(error)))?,
        };
        let args = [before.into(), overfetch(page), subject.as_str().into()];
        let rows = self.db().fetch(&EVENTS_OF, &args, met).await?.into_iter();
        let rows = rows.map(|(position, _, event)| {
            (position.to_string(), event.ok().map(|event| (position, event)))
        });
        Ok(Page::from_readable(rows.collect(), page))
    }
}
