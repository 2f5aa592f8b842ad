//! What customers change about themselves, and what staff do to a customer.

use super::{Never, Ports, ServiceError, decide_again};
use crate::{
    decide::{
        Context,
        access::FieldOutOfRange,
        configuration::ConfigurationRefusal,
        customer::{self as verbs, ClosingRefusal, ProfileChange, Unfinished},
    },
    kernel::{PageRequest, Versioned},
    model::{Actor, Customer, CustomerId, InvoiceStatus, SubscriptionStatus, UserId},
    port::{
        Store, StoreError,
        store::{InvoiceFilter, SubscriptionFilter},
    },
};

/// The customer, unless deleted.
async fn known<R: std::error::Error + 'static>(
    store: &dyn Store,
    id: CustomerId,
) -> Result<Versioned<Customer>, ServiceError<R>> {
    let customer = store.customer(id).await?.filter(|it| it.deleted_at.is_none());
    customer.ok_or(ServiceError::NotFound("customer"))
}

/// Changes a customer's data, and name and language of the user `user_id` who acts for them.
///
/// # Errors
/// A customer that is not there; a text that does not fit.
pub async fn change(
    ports: &Ports,
    actor: &Actor,
    id: CustomerId,
    user_id: UserId,
    wish: &ProfileChange,
) -> Result<(), ServiceError<FieldOutOfRange>> {
    let store = &*ports.store;
    decide_again!(store, {
        let customer = known(store, id).await?;
        let user = store.user(user_id).await?.filter(|it| it.customer_id == Some(id));
        let context = Context::new(ports.mint(), actor);
        let changes = verbs::change_profile(&context, &customer, user.as_ref(), wish)
            .map_err(ServiceError::Refused)?;
        (changes, ())
    })?;
    Ok(())
}

/// Changes a customer's data as staff wish, to the version `expected` that they saw.
///
/// # Errors
/// A customer that is not there; a [`ConfigurationRefusal`].
pub async fn edit(
    ports: &Ports,
    actor: &Actor,
    id: CustomerId,
    expected: i64,
    wish: &ProfileChange,
) -> Result<(), ServiceError<ConfigurationRefusal>> {
    let store = &*ports.store;
    decide_again!(store, {
        let customer = known(store, id).await?;
        let context = Context::new(ports.mint(), actor);
        let changes = verbs::change_customer(&context, &customer, expected, wish)
            .map_err(ServiceError::Refused)?;
        (changes, ())
    })?;
    Ok(())
}

/// Sets a hold on everything of a customer's (`Some` reason) or lifts it (law 7).
///
/// # Errors
/// A customer that is not there.
pub async fn hold(
    ports: &Ports,
    actor: &Actor,
    id: CustomerId,
    reason: Option<&str>,
) -> Result<(), ServiceError<Never>> {
    let store = &*ports.store;
    decide_again!(store, {
        let read = known(store, id).await?;
        (verbs::hold(&Context::new(ports.mint(), actor), &read, reason), ())
    })?;
    Ok(())
}

/// Closes a customer's account.
///
/// # Errors
/// A customer that is not there; a [`ClosingRefusal`].
pub async fn close(
    ports: &Ports,
    actor: &Actor,
    id: CustomerId,
    reason: &str,
) -> Result<(), ServiceError<ClosingRefusal>> {
    let store = &*ports.store;
    decide_again!(store, {
        let read = known(store, id).await?;
        let left = unfinished(store, id).await?;
        let context = Context::new(ports.mint(), actor);
        let changes = verbs::close(&context, &read, left, reason).map_err(ServiceError::Refused)?;
        (changes, ())
    })?;
    Ok(())
}

/// Opens a customer's account again.
///
/// # Errors
/// A customer that is not there; a [`ClosingRefusal`].
pub async fn reopen(
    ports: &Ports,
    actor: &Actor,
    id: CustomerId,
) -> Result<(), ServiceError<ClosingRefusal>> {
    let store = &*ports.store;
    decide_again!(store, {
        let read = known(store, id).await?;
        let changes = verbs::reopen(&Context::new(ports.mint(), actor), &read);
        (changes.map_err(ServiceError::Refused)?, ())
    })?;
    Ok(())
}

/// What of a customer's is not at its end. A row that cannot be read counts as one that is not.
async fn unfinished(store: &dyn Store, id: CustomerId) -> Result<Unfinished, StoreError> {
    let one = PageRequest::first(1);
    let mut left = Unfinished::default();
    for status in SubscriptionStatus::ALL {
        if !matches!(status, SubscriptionStatus::Cancelled | SubscriptionStatus::Terminated) {
            let filter = SubscriptionFilter { customer_id: Some(id), status: Some(*status) };
            let page = store.subscriptions(&filter, &one).await?;
            left.has_services |= !page.items.is_empty() || page.unreadable > 0;
        }
    }
    for status in InvoiceStatus::ALL.iter().filter(|it| it.is_open()) {
        let filter = InvoiceFilter { customer_id: Some(id), status: Some(*status) };
        let page = store.invoices(&filter, &one).await?;
        left.owes |= !page.items.is_empty() || page.unreadable > 0;
    }
    let unapplied = store.unapplied_payments(id).await?;
    left.is_owed = unapplied.iter().any(|it| it.unapplied().is_positive());
    Ok(left)
}
