//! `explain`: how an invoice came about.

use hosting_core::{decide::billing::explain, model::InvoiceId};

use crate::{
    assemble::{assemble, ready},
    cli::Failed,
    config::Config,
    view::{ExplanationView, Language},
};

/// Explains an invoice line by line, in English.
///
/// # Errors
/// What keeps the shop from starting; no such invoice; one that does not follow from its own figures.
pub async fn run(config: Config, id: InvoiceId) -> Result<Vec<String>, Failed> {
    let app = assemble(config).await?;
    ready(&app).await?;
    let store = &*app.ports().store;
    let invoice = store.invoice(id).await?;
    let invoice = invoice.ok_or_else(|| Failed::Said(format!("there is no invoice {id}")))?;
    let items = store.invoice_items(id).await?;
    let explained =
        explain(&invoice, &items).map_err(|error| Failed::Said(format!("{id}: {error}")))?;
    let number = invoice.number.as_deref();
    Ok(ExplanationView::new(&explained, number, Language::English).lines())
}
