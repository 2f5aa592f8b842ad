//! Giving money back: what staff decide, and what becomes of it.

use super::{Ports, ServiceError, decide_again, payments::affected};
use crate::{
    change::{ChangeSet, Unique},
    decide::{
        Books, Context,
        billing::{
            Affected, RefundRefusal, RefundWish, paid_out as decide_paid_out,
            retry_refund as decide_retry, start_refund,
        },
    },
    kernel::Versioned,
    model::{Actor, Payment, PaymentId, Refund, RefundId},
    port::StoreError,
};

fn at_work(error: StoreError) -> ServiceError<RefundRefusal> {
    match error {
        StoreError::Duplicate(Unique::TaskKey) => ServiceError::Refused(RefundRefusal::AtWork),
        other => other.into(),
    }
}

/// A payment and everything that hangs on its invoice.
async fn of_payment(
    ports: &Ports,
    books: &Books,
    id: PaymentId,
) -> Result<(Versioned<Payment>, Affected), ServiceError<RefundRefusal>> {
    let store = &*ports.store;
    let payment = store.payment(id).await?.ok_or(ServiceError::NotFound("payment"))?;
    let invoice = store.invoice(payment.invoice_id).await?;
    let invoice = invoice.ok_or(ServiceError::NotFound("invoice"))?;
    let affected = affected(store, books, invoice, ports.now()).await?;
    Ok((payment, affected))
}

/// Starts giving money back. The gateway is asked by a task of the same commit; one that cannot give
/// money back refuses, and staff pay it out by hand ([`paid_out`]).
///
/// # Errors
/// A payment that is not there; a [`RefundRefusal`].
pub async fn start(
    ports: &Ports,
    actor: &Actor,
    payment_id: PaymentId,
    wish: &RefundWish<'_>,
) -> Result<RefundId, ServiceError<RefundRefusal>> {
    let store = &*ports.store;
    let (_, id) = decide_again!(store, {
        let books = ports.books().await?;
        let (payment, affected) = of_payment(ports, &books, payment_id).await?;
        let context = Context::new(ports.mint(), actor);
        let (id, changes) = start_refund(&context, &books, &payment, &affected, wish)
            .map_err(ServiceError::Refused)?;
        (changes, id)
    })?;
    Ok(id)
}

/// Has the gateway asked again for a refund that it refused or that was given up.
///
/// # Errors
/// A refund that is not there; a [`RefundRefusal`].
pub async fn retry(
    ports: &Ports,
    actor: &Actor,
    id: RefundId,
) -> Result<(), ServiceError<RefundRefusal>> {
    again(ports, id, |read, payment, affected, _| {
        decide_retry(&Context::new(ports.mint(), actor), read, payment, affected)
    })
    .await
}

/// Staff paid a refund out by hand; `reference` is that of their transfer.
///
/// # Errors
/// A refund that is not there; a [`RefundRefusal`].
pub async fn paid_out(
    ports: &Ports,
    actor: &Actor,
    id: RefundId,
    reference: &str,
) -> Result<(), ServiceError<RefundRefusal>> {
    again(ports, id, |read, payment, affected, books| {
        let context = Context::new(ports.mint(), actor);
        decide_paid_out(&context, books, read, payment, affected, reference)
    })
    .await
}

async fn again(
    ports: &Ports,
    id: RefundId,
    decide: impl Fn(
        &Versioned<Refund>,
        &Versioned<Payment>,
        &Affected,
        &Books,
    ) -> Result<ChangeSet, RefundRefusal>,
) -> Result<(), ServiceError<RefundRefusal>> {
    let store = &*ports.store;
    let done = decide_again!(store, {
        let books = ports.books().await?;
        let read = store.refund(id).await?.ok_or(ServiceError::NotFound("refund"))?;
        let (payment, affected) = of_payment(ports, &books, read.payment_id).await?;
        (decide(&read, &payment, &affected, &books).map_err(ServiceError::Refused)?, ())
    });
    done.map(drop).map_err(at_work)
}
