//! Everything the store holds, and the one write.

use std::collections::HashSet;

use chrono::{DateTime, Days, Utc};

use super::{
    counters::{Counters, Series},
    journal::Journal,
    queue::Queue,
    rows::{RowRef, Rows, bits},
};
use crate::{
    change::{ChangeSet, Guard, Receipt},
    for_each_noun,
    kernel::Id,
    model::{self, Noun},
    port::{DoneBefore, StoreError, store::GUEST_CART_DAYS},
};

macro_rules! tables {
    ($($field:ident: $noun:ident,)+) => {
        /// The rows of every noun.
        #[derive(Default)]
        pub(super) struct Tables {
            $(pub(super) $field: Rows<model::$noun>,)+
        }

        impl Tables {
            fn version(&self, row: RowRef) -> Option<i64> {
                match row.table {
                    $(table if table == model::$noun::TABLE => self.$field.version(row.id),)+
                    _ => None,
                }
            }

            /// Makes a row unreadable, or readable again.
            pub(super) fn spoil(&mut self, table: &str, id: u128, is_spoilt: bool) {
                match table {
                    $(table if table == model::$noun::TABLE => if is_spoilt {
                        self.$field.spoil(id);
                    } else {
                        self.$field.heal(id);
                    },)+
                    _ => {}
                }
            }

            fn check(&self, changes: &ChangeSet) -> Result<(), StoreError> {
                let mut new = HashSet::new();
                $(for row in &changes.$field.new {
                    new.insert(RowRef::to::<model::$noun>(row.id()));
                })+
                let exists = |row| new.contains(&row) || self.version(row).is_some();
                $(self.$field.check(&changes.$field, exists)?;)+
                Ok(())
            }

            fn apply(&mut self, changes: &mut ChangeSet) {
                $(self.$field.apply(std::mem::take(&mut changes.$field));)+
            }
        }
    };
}
for_each_noun!(tables);

impl Tables {
    /// Guards are about what was there before this commit.
    fn is_unchanged(&self, guard: &Guard) -> bool {
        let id = Id::<model::audit::EventKind>::from_stored(&guard.id).map(bits);
        id.is_ok_and(|id| self.version(RowRef { table: guard.table, id }) == Some(guard.version))
    }
}

/// Everything the store holds.
#[derive(Default)]
pub(super) struct State {
    pub(super) tables: Tables,
    pub(super) counters: Counters,
    pub(super) journal: Journal,
    pub(super) queue: Queue,
    series: Series,
}

impl State {
    pub(super) fn commit(&mut self, mut changes: ChangeSet) -> Result<Receipt, StoreError> {
        if let Some(guard) = changes.guards.iter().find(|it| !self.tables.is_unchanged(it)) {
            return Err(StoreError::Conflict { what: guard.table });
        }
        let (series, receipt) = self.series.assign(&mut changes)?;
        self.tables.check(&changes)?;
        let counters = self.counters.check(&changes.takes)?;
        self.journal.check(&changes.events)?;
        let queue = self.queue.check(&changes)?;
        // From here on nothing fails.
        self.series.apply(series);
        self.tables.apply(&mut changes);
        self.counters.apply(counters);
        self.journal.apply(changes.events);
        self.queue.apply(queue);
        Ok(receipt)
    }

    /// Throws away what expired more than a day before `now` and guests' carts that nobody touched for
    /// [`GUEST_CART_DAYS`], at most `limit` of each kind.
    pub(super) fn purge(&mut self, now: DateTime<Utc>, limit: u32) -> u64 {
        let days_ago =
            |days: u64| now.checked_sub_days(Days::new(days)).unwrap_or(DateTime::<Utc>::MIN_UTC);
        let before = days_ago(1);
        let gone = [
            self.counters.purge(before, limit),
            self.tables.kept_answers.purge(before, limit),
            self.tables.sessions.purge(before, limit),
            self.tables.one_time_tokens.purge(before, limit),
            self.tables.carts.purge(days_ago(GUEST_CART_DAYS), limit),
        ];
        gone.into_iter().fold(0, u64::saturating_add)
    }

    /// Throws away work that is done, at most `limit` of each kind.
    pub(super) fn purge_done(&mut self, done: &DoneBefore, limit: u32) -> u64 {
        let webhooks = self.tables.webhook_events.drop_oldest(limit, |it| {
            it.created_at < done.webhooks && it.processed_at.is_some_and(|at| at < done.webhooks)
        });
        webhooks.saturating_add(self.queue.purge(done.tasks, limit))
    }
}
