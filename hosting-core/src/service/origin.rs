//! The order that a service came from, for decisions that change what becomes of it.

use crate::{
    change::ChangeSet,
    decide::{
        Context,
        provisioning::{Origin, no_longer_wanted},
    },
    model::{ProvisioningStatus, Subscription, SubscriptionStatus},
    port::{Store, StoreError},
};

/// The order that a service came from. One that cannot be read keeps nothing from being taken in.
pub(crate) async fn origin(
    store: &dyn Store,
    subscription: &Subscription,
) -> Result<Option<Origin>, StoreError> {
    match read(store, subscription).await {
        Err(error) if !error.is_transient() => Ok(None),
        read => read,
    }
}

async fn read(
    store: &dyn Store,
    subscription: &Subscription,
) -> Result<Option<Origin>, StoreError> {
    let Some(order) = store.order(subscription.order_id).await? else { return Ok(None) };
    let mut others = Vec::new();
    for id in order.subscription_ids.iter().filter(|id| **id != subscription.id) {
        others.extend(store.subscription(*id).await?);
    }
    Ok(Some(Origin { order, others }))
}

/// When `changes` end a service that could not be made, its order no longer waits for it.
pub(super) async fn end_with_order(
    store: &dyn Store,
    context: &Context<'_>,
    changes: &mut ChangeSet,
) -> Result<(), StoreError> {
    use SubscriptionStatus as S;
    let ended = changes.subscriptions.changed.iter().find(|it| {
        it.provisioning_status == ProvisioningStatus::Failed
            && matches!(it.status, S::Cancelled | S::Terminated)
    });
    let Some(ended) = ended.map(|it| it.value.clone()) else { return Ok(()) };
    if let Some(origin) = origin(store, &ended).await? {
        no_longer_wanted(context, &ended, &origin, changes);
    }
    Ok(())
}
