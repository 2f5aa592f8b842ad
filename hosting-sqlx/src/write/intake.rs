//! The commonest small commit in one round trip: a message from outside and the task that looks into
//! it.
//!
//! Two inserts and nothing else have nothing to lock, compare or number. Where the database takes both
//! as one statement, the statement is the transaction: one round trip instead of four, and one flush.

use hosting_core::{
    change::{ChangeSet, OnDuplicate, Receipt},
    model::WebhookEvent,
    port::StoreError,
};

use crate::{
    batch::Batch,
    conn::{Arg, Db},
    dialect::Dialect,
    journal::{TASKS, write_task},
    reads::statements,
    record::Record,
    statement::Statement,
};

statements! {
    TAKE_IN = Statement::insert_both(WebhookEvent::COLUMNS, &TASKS);
}

/// Whether `changes` is one message and its task, and nothing else.
fn is_intake(changes: &mut ChangeSet) -> bool {
    let one = changes.webhook_events.new.len() == 1 && changes.webhook_events.changed.is_empty();
    let [task] = changes.tasks.as_slice() else { return false };
    if !one || task.on_duplicate != OnDuplicate::Refuse {
        return false;
    }
    let taken = (std::mem::take(&mut changes.webhook_events), std::mem::take(&mut changes.tasks));
    let nothing_else = changes.is_empty();
    (changes.webhook_events, changes.tasks) = taken;
    nothing_else
}

/// Commits `changes` if they are such a message; `None` when they are something else, or the
/// database cannot.
pub(crate) async fn take_in(
    db: &Db,
    changes: &mut ChangeSet,
) -> Option<Result<Receipt, StoreError>> {
    if db.dialect() != Dialect::Postgres || !is_intake(changes) {
        return None;
    }
    Some(insert(db, changes).await.map(|()| Receipt::default()))
}

async fn insert(db: &Db, changes: &ChangeSet) -> Result<(), StoreError> {
    let (mut messages, mut tasks) = (Batch::new(db.dialect()), Batch::new(db.dialect()));
    for message in &changes.webhook_events.new {
        messages.row(|row| message.write(row));
    }
    for task in &changes.tasks {
        tasks.row(|row| write_task(task, row));
    }
    for (message, task) in messages.finish()?.iter().zip(&tasks.finish()?) {
        db.execute(&TAKE_IN, &[Arg::Text(&message.text), Arg::Text(&task.text)]).await?;
    }
    Ok(())
}
