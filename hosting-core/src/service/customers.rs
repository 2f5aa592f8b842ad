//! What staff do to a customer.

use super::{Never, Ports, ServiceError, decide_again};
use crate::{
    change::ChangeSet,
    decide::Context,
    model::{Actor, CustomerId, DomainEvent},
};

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
