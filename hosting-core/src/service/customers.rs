//! What customers change about themselves, and what staff do to a customer.

use super::{Never, Ports, ServiceError, decide_again};
use crate::{
    change::ChangeSet,
    decide::{
        Context,
        access::FieldOutOfRange,
        configuration::ConfigurationRefusal,
        customer::{ProfileChange, change_customer, change_profile},
    },
    kernel::Versioned,
    model::{Actor, Customer, CustomerId, DomainEvent, UserId},
    port::Store,
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
        let changes = change_profile(&context, &customer, user.as_ref(), wish)
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
        let changes =
            change_customer(&context, &customer, expected, wish).map_err(ServiceError::Refused)?;
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
        let context = Context::new(ports.mint(), actor);
        let mut customer = read.value.clone();
        customer.hold = reason.map(str::to_owned);
        customer.updated_at = context.now();
        let mut changes = ChangeSet::default();
        let body = DomainEvent::HoldChanged { reason: customer.hold.clone() };
        context.record(&mut changes, customer.id, body);
        changes.customers.change(read.with(customer));
        (changes, ())
    })?;
    Ok(())
}
