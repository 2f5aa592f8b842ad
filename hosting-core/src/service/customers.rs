//! What customers change about themselves, and what staff do to a customer.

use super::{Never, Ports, ServiceError, decide_again};
use crate::{
    change::ChangeSet,
    decide::{
        Context,
        access::FieldOutOfRange,
        customer::{ProfileChange, change_profile},
    },
    model::{Actor, CustomerId, DomainEvent, UserId},
};

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
        let customer = store.customer(id).await?.filter(|it| it.deleted_at.is_none());
        let customer = customer.ok_or(ServiceError::NotFound("customer"))?;
        let user = store.user(user_id).await?.filter(|it| it.customer_id == Some(id));
        let context = Context::new(ports.mint(), actor);
        let changes = change_profile(&context, &customer, user.as_ref(), wish)
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
        let read = store.customer(id).await?.ok_or(ServiceError::NotFound("customer"))?;
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
