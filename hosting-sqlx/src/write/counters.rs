//! Counters under limits.
//!
//! All counters of a commit are made if need be, locked in the order of their names, reckoned here
//! and written back together: three statements, however many takes there are.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hosting_core::{change::Take, port::StoreError};

use super::{execute, execute_all};
use crate::{
    batch::Batch,
    conn::{Arg, Tx},
    journal::COUNTERS,
    reads::statements,
    record::CellReader,
    statement::Statement,
};

statements! {
    MAKE = Statement::insert_new(&COUNTERS, "name");
    STAND = Statement::each(
        "SELECT t.name, t.value FROM json_each($1) AS v CROSS JOIN counters AS t \
           ON t.name = v.value ->> 'name'",
        "SELECT t.name, t.value FROM (SELECT * FROM json_to_recordset($1::json) AS r(name text) \
           LIMIT json_array_length($1::json)) AS v JOIN counters AS t ON t.name = v.name \
         ORDER BY t.name FOR UPDATE OF t",
        "SELECT t.name, t.value FROM JSON_TABLE($1, '$[*]' COLUMNS(name VARCHAR(191) \
           PATH '$.name' ERROR ON ERROR)) AS v \
         STRAIGHT_JOIN counters AS t ON t.name = v.name FOR UPDATE",
    );
    WRITE = Statement::update_only(
        &COUNTERS,
        "{t}value = v.value, {t}expires_at = coalesce(v.expires_at, t.expires_at), \
         {t}version = t.version + 1, {t}updated_at = {now}",
        "t.name = v.name",
    );
}

/// What all takes of one counter come to.
#[derive(Default)]
struct Sum {
    amount: i64,
    limit: Option<i64>,
    expires_at: Option<DateTime<Utc>>,
}

impl Sum {
    fn and(&mut self, take: &Take) {
        self.amount = self.amount.saturating_add(take.amount);
        self.limit = match (self.limit, take.limit) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.expires_at = take.expires_at.or(self.expires_at);
    }

    /// Where the counter goes from `now`; `None` when that passes the limit.
    fn from(&self, now: i64) -> Option<i64> {
        if self.amount > 0 {
            now.checked_add(self.amount)
                .filter(|then| self.limit.is_none_or(|limit| *then <= limit))
        } else {
            Some(now.saturating_add(self.amount).max(0))
        }
    }
}

/// Takes from all counters, or refuses with the first that would pass its limit.
pub(super) async fn take(tx: &mut Tx, takes: &[Take]) -> Result<(), StoreError> {
    if takes.is_empty() {
        return Ok(());
    }
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for take in takes {
        sums.entry(&take.counter).or_default().and(take);
    }
    let stand = stand(tx, sums.keys().copied()).await?;
    let mut batch = Batch::new(tx.dialect());
    for (name, sum) in &sums {
        let now = stand.get(*name).copied().unwrap_or(0);
        let then = sum
            .from(now)
            .ok_or_else(|| StoreError::LimitReached { counter: (*name).to_owned() })?;
        batch.row(|row| {
            row.text("name", name);
            row.int("value", then);
            if let Some(at) = sum.expires_at {
                row.instant("expires_at", at);
            }
        });
    }
    execute_all(tx, &WRITE, batch, "counters").await
}

/// Makes the counters that are not there, locks them all and reads them.
async fn stand(
    tx: &mut Tx,
    names: impl Iterator<Item = &str>,
) -> Result<BTreeMap<String, i64>, StoreError> {
    let (mut fresh, mut asked) = (Batch::new(tx.dialect()), Batch::new(tx.dialect()));
    for name in names {
        fresh.row(|row| {
            row.text("name", name);
            row.int("value", 0);
        });
        asked.row(|row| row.text("name", name));
    }
    execute(tx, &MAKE, fresh).await?;
    let mut all = BTreeMap::new();
    for chunk in asked.finish()? {
        let rows = tx
            .fetch(&STAND, &[Arg::Text(&chunk.text)], |row| {
                let mut cells = CellReader::new("counters", row);
                Ok((cells.next::<String>("name")?, cells.next::<i64>("value")?))
            })
            .await?;
        all.extend(rows);
    }
    Ok(all)
}
