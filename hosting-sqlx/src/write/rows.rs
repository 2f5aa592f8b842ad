//! New and changed rows of the nouns, and guards on rows that were only read.

use std::collections::BTreeMap;

use hosting_core::{
    change::{ChangeSet, Guard},
    for_each_noun,
    kernel::Versioned,
    model,
    port::StoreError,
};

use super::{execute, execute_all};
use crate::{
    batch::Batch,
    conn::{Arg, Tx},
    dialect::Dialect,
    record::Record,
};

macro_rules! in_order {
    ($($field:ident: $noun:ident,)+) => {
        /// Locks what is changed or guarded, table by table, and changes it; but for invoices that
        /// are still to be numbered, which are only locked.
        pub(super) async fn change(tx: &mut Tx, changes: &ChangeSet) -> Result<(), StoreError> {
            let mut guards = by_table(&changes.guards);
            $(change_noun::<model::$noun>(
                tx,
                &changes.$field.changed,
                &guards.remove(<model::$noun as Record>::COLUMNS.name).unwrap_or_default(),
                if stringify!($field) == "invoices" && !changes.numbers.is_empty() {
                    Write::Later
                } else {
                    Write::Now
                },
            ).await?;)+
            match guards.into_keys().next() {
                None => Ok(()),
                Some(table) => Err(StoreError::Refused(format!("nothing in {table} has a version").into())),
            }
        }

        /// Changes rows as they are, without locks and guards.
        pub(super) async fn change_raw(tx: &mut Tx, changes: &ChangeSet) -> Result<(), StoreError> {
            $(update(tx, &changes.$field.changed).await?;)+
            Ok(())
        }

        /// Adds the new rows: what is referred to comes before what refers to it.
        pub(super) async fn add(tx: &mut Tx, changes: &ChangeSet) -> Result<(), StoreError> {
            $(add_noun(tx, &changes.$field.new).await?;)+
            Ok(())
        }
    };
}
for_each_noun!(in_order);

fn by_table(guards: &[Guard]) -> BTreeMap<&'static str, Vec<&Guard>> {
    let mut tables: BTreeMap<&'static str, Vec<&Guard>> = BTreeMap::new();
    for guard in guards {
        tables.entry(guard.table).or_default().push(guard);
    }
    tables
}

/// When the rows of a table are changed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Write {
    /// As soon as they are locked.
    Now,
    /// When they have their numbers; until then they are only locked.
    Later,
}

async fn change_noun<T: Record>(
    tx: &mut Tx,
    changed: &[Versioned<T>],
    guards: &[&Guard],
    write: Write,
) -> Result<(), StoreError> {
    // `PostgreSQL` may update a batch in any order; the others go through it as it is sorted.
    let unordered = tx.dialect() == Dialect::Postgres && changed.len() > 1;
    if !guards.is_empty() || unordered || (write == Write::Later && !changed.is_empty()) {
        hold(tx, changed, guards).await?;
    }
    match write {
        Write::Now => update(tx, changed).await,
        Write::Later => Ok(()),
    }
}

/// Locks rows in id order and makes sure that they still are at their version.
async fn hold<T: Record>(
    tx: &mut Tx,
    changed: &[Versioned<T>],
    guards: &[&Guard],
) -> Result<(), StoreError> {
    let what = T::COLUMNS.name;
    let read = changed.iter().map(|it| (it.value.id().stored(), it.version));
    let guarded = guards.iter().map(|it| (it.id.clone(), it.version));
    let mut wanted: Vec<_> = read.chain(guarded).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut batch = Batch::new(tx.dialect());
    for (id, version) in &wanted {
        batch.row(|row| {
            row.text("id", id);
            row.int("version", *version);
        });
    }
    let statement = if changed.is_empty() { &T::verbs().share } else { &T::verbs().hold };
    let mut held = 0;
    for chunk in batch.finish()? {
        held += tx.fetch(statement, &[Arg::Text(&chunk.text)], |_| Ok(())).await?.len();
    }
    if held == wanted.len() { Ok(()) } else { Err(StoreError::Conflict { what }) }
}

async fn update<T: Record>(tx: &mut Tx, changed: &[Versioned<T>]) -> Result<(), StoreError> {
    let mut sorted: Vec<_> = changed.iter().collect();
    sorted.sort_unstable_by_key(|it| it.value.id());
    let mut batch = Batch::new(tx.dialect());
    for row in sorted {
        batch.row(|out| {
            out.int("version", row.version);
            row.value.write(out);
        });
    }
    execute_all(tx, &T::verbs().update, batch, T::COLUMNS.name).await
}

/// Changes the invoices that waited for their numbers; they are locked already.
pub(super) async fn change_numbered(tx: &mut Tx, changes: &ChangeSet) -> Result<(), StoreError> {
    if changes.numbers.is_empty() {
        return Ok(());
    }
    update(tx, &changes.invoices.changed).await
}

async fn add_noun<T: Record>(tx: &mut Tx, new: &[T]) -> Result<(), StoreError> {
    let mut batch = Batch::new(tx.dialect());
    for value in new {
        batch.row(|row| value.write(row));
    }
    execute(tx, &T::verbs().insert, batch).await.map(drop)
}

/// The statements of every noun.
pub(crate) fn statements() -> Vec<&'static crate::statement::Statement> {
    let mut all = Vec::new();
    macro_rules! each_noun {
        ($($field:ident: $noun:ident,)+) => {
            $(all.extend(<model::$noun as Record>::verbs().all());)+
        };
    }
    for_each_noun!(each_noun);
    all
}

/// The tables of every noun.
pub(crate) fn tables() -> Vec<&'static crate::statement::Table> {
    let mut all = Vec::new();
    macro_rules! each_noun {
        ($($field:ident: $noun:ident,)+) => {
            $(all.push(<model::$noun as Record>::COLUMNS);)+
        };
    }
    for_each_noun!(each_noun);
    all
}

#[cfg(feature = "sqlite")]
/// How many rows a change set writes, roughly; for grouping.
pub(crate) fn weight(changes: &ChangeSet) -> usize {
    let mut sum = changes.events.len() + changes.tasks.len() + changes.settlements.len();
    macro_rules! each_noun {
        ($($field:ident: $noun:ident,)+) => {
            $(sum += changes.$field.new.len() + changes.$field.changed.len();)+
        };
    }
    for_each_noun!(each_noun);
    sum
}
