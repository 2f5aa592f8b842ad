//! Gap-free numbers (law 10): taken under the lock of their series, in the commit that issues.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hosting_core::{
    change::{ChangeSet, NumberRequest, Receipt},
    model::{Invoice, InvoiceId},
    port::StoreError,
};

use super::{execute, execute_all};
use crate::{
    batch::Batch,
    conn::{Arg, Tx},
    journal::SERIES,
    reads::statements,
    record::CellReader,
    statement::Statement,
};

statements! {
    MAKE = Statement::insert_new(&SERIES, "name");
    LAST = Statement::each(
        "SELECT value FROM number_series WHERE name = $1",
        "SELECT value FROM number_series WHERE name = $1 FOR UPDATE",
        "SELECT value FROM number_series WHERE name = $1 FOR UPDATE",
    );
    WRITE = Statement::update_only(
        &SERIES,
        "{t}value = v.value, {t}version = t.version + 1, {t}updated_at = {now}",
        "t.name = v.name",
    );
}

/// Gives the invoices their numbers, in the order they were asked for.
pub(super) async fn assign(tx: &mut Tx, changes: &mut ChangeSet) -> Result<Receipt, StoreError> {
    let mut receipt = Receipt::default();
    if changes.numbers.is_empty() {
        return Ok(receipt);
    }
    let mut last = lock(tx, changes.numbers.iter().map(NumberRequest::series).collect()).await?;
    let mut invoices = written(changes.invoices.new.iter_mut(), &mut changes.invoices.changed);
    for request in &changes.numbers {
        let invoice = invoices.remove(&request.invoice_id).ok_or_else(|| {
            let text = format!("{} is not written or numbered twice", request.invoice_id);
            StoreError::Refused(text.into())
        })?;
        let seq = last.entry(request.series()).or_insert(0);
        *seq += 1;
        let number = request.render(*seq);
        invoice.number = Some(number.clone());
        receipt.numbers.push((request.invoice_id, number));
    }
    let mut batch = Batch::new(tx.dialect());
    for (name, value) in &last {
        batch.row(|row| {
            row.text("name", name);
            row.int("value", *value);
        });
    }
    execute_all(tx, &WRITE, batch, "number_series").await?;
    Ok(receipt)
}

fn written<'c>(
    new: impl Iterator<Item = &'c mut Invoice>,
    changed: &'c mut [hosting_core::kernel::Versioned<Invoice>],
) -> HashMap<InvoiceId, &'c mut Invoice> {
    new.chain(changed.iter_mut().map(|it| &mut it.value)).map(|it| (it.id, it)).collect()
}

/// Makes the series that are not there, and locks them all in the order of their names.
async fn lock(tx: &mut Tx, names: BTreeSet<String>) -> Result<BTreeMap<String, i64>, StoreError> {
    let mut batch = Batch::new(tx.dialect());
    for name in &names {
        batch.row(|row| {
            row.text("name", name);
            row.int("value", 0);
        });
    }
    execute(tx, &MAKE, batch).await?;
    let mut last = BTreeMap::new();
    for name in names {
        let read =
            |row: &dyn crate::conn::Cells| CellReader::new("number_series", row).next("value");
        let value: Option<i64> =
            tx.fetch(&LAST, &[Arg::Text(&name)], read).await?.into_iter().next();
        last.insert(name, value.unwrap_or(0));
    }
    Ok(last)
}
