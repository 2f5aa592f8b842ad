//! What customers and staff do to a running service.

use super::{Never, Ports, ServiceError, decide_again, origin::end_with_order};
use crate::{
    decide::{
        Context,
        subscription::{
            CancelRefusal, OpenBill, When, cancel as decide_cancel, hold as decide_hold,
            withdraw_cancellation,
        },
    },
    kernel::Versioned,
    model::{Actor, CycleStatus, Subscription, SubscriptionId},
    port::{Store, StoreError},
};

/// The open invoices of a service that are for nothing else.
pub(crate) async fn open_bills(
    store: &dyn Store,
    subscription: &Subscription,
) -> Result<Vec<OpenBill>, StoreError> {
    let mut bills = Vec::new();
    for cycle in store.cycles_of(subscription.id).await? {
        if cycle.status != CycleStatus::Invoiced {
            continue;
        }
        let Some(invoice) = store.invoice(cycle.invoice_id).await? else { continue };
        let alone = store.subscriptions_of_invoice(invoice.id).await?.len() == 1;
        if invoice.status.is_open() && alone {
            let payments = store.payments_of(invoice.id).await?;
            let cycles = store.cycles_of_invoice(invoice.id).await?;
            bills.push(OpenBill { invoice, cycles, payments });
        }
    }
    Ok(bills)
}

async fn subscription<R: std::error::Error + 'static>(
    store: &dyn Store,
    id: SubscriptionId,
) -> Result<Versioned<Subscription>, ServiceError<R>> {
    store.subscription(id).await?.ok_or(ServiceError::NotFound("subscription"))
}

/// Ends a service, at once or at the end of what is paid.
///
/// # Errors
/// A service that is not there; a [`CancelRefusal`].
pub async fn cancel(
    ports: &Ports,
    actor: &Actor,
    id: SubscriptionId,
    when: When,
    reason: &str,
) -> Result<(), ServiceError<CancelRefusal>> {
    let store = &*ports.store;
    decide_again!(store, {
        let read = subscription(store, id).await?;
        let bills = open_bills(store, &read).await?;
        let customer = store.customer(read.customer_id).await?;
        let customer = customer.ok_or(ServiceError::NotFound("customer"))?;
        let books = ports.books().await?;
        let context = Context::new(ports.mint(), actor);
        let mut changes = decide_cancel(&context, &books, &read, &customer, &bills, when, reason)
            .map_err(ServiceError::Refused)?;
        end_with_order(store, &context, &mut changes).await?;
        (changes, ())
    })?;
    Ok(())
}

/// Takes back a cancellation that has not had its effect yet.
///
/// # Errors
/// A service that is not there; a [`CancelRefusal`].
pub async fn withdraw(
    ports: &Ports,
    actor: &Actor,
    id: SubscriptionId,
) -> Result<(), ServiceError<CancelRefusal>> {
    let store = &*ports.store;
    decide_again!(store, {
        let read = subscription(store, id).await?;
        let bills = open_bills(store, &read).await?;
        let books = ports.books().await?;
        let context = Context::new(ports.mint(), actor);
        let changes = withdraw_cancellation(&context, &books, &read, &bills)
            .map_err(ServiceError::Refused)?;
        (changes, ())
    })?;
    Ok(())
}

/// Sets a hold (`Some` reason) or lifts it: nothing is switched off or removed while it lasts.
///
/// # Errors
/// A service that is not there.
pub async fn hold(
    ports: &Ports,
    actor: &Actor,
    id: SubscriptionId,
    reason: Option<&str>,
) -> Result<(), ServiceError<Never>> {
    let store = &*ports.store;
    decide_again!(store, {
        let read = subscription(store, id).await?;
        let context = Context::new(ports.mint(), actor);
        (decide_hold(&context, &read, reason), ())
    })?;
    Ok(())
}
