//! What the making of services means for the order they came from: paid and not to be had is `failed`,
//! until it can be had after all or the money was given back.

use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::Versioned,
    model::{
        DomainEvent, Order, OrderStatus, ProvisioningStatus, Subscription, SubscriptionId,
        SubscriptionStatus, order::OrderTrigger,
    },
};

/// The order a service came from, with its other services.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The order.
    pub order: Versioned<Order>,
    /// All other services of it.
    pub others: Vec<Versioned<Subscription>>,
}

/// Making the account of `service` was given up, so the order is not fulfilled.
pub(super) fn unfulfilled(
    context: &Context<'_>,
    origin: &Origin,
    service: SubscriptionId,
    changes: &mut ChangeSet,
) {
    let mut order = origin.order.value.clone();
    match order.status.on(OrderTrigger::Failed) {
        Ok(status) => {
            order.status = status;
            let body = DomainEvent::OrderFailed { subscription_id: service };
            context.record(changes, order.id, body);
        }
        // Failed already because of another service. It is written all the same: whoever decides
        // meanwhile that nothing is missing any more decides again.
        Err(_) if order.status == OrderStatus::Failed => {}
        Err(_) => return,
    }
    order.updated_at = context.now();
    changes.orders.change(origin.order.with(order));
}

/// The account of a service was made: a failed order is fulfilled when no other is missing.
pub(super) fn fulfilled(context: &Context<'_>, origin: &Origin, changes: &mut ChangeSet) {
    if origin.order.status != OrderStatus::Failed {
        return;
    }
    let mut order = origin.order.value.clone();
    if !origin.others.iter().any(|it| is_missing(it))
        && let Ok(status) = order.status.on(OrderTrigger::Fulfilled)
    {
        order.status = status;
        context.record(changes, order.id, DomainEvent::OrderFulfilled {});
    }
    // Written also when another service is still missing: of two that are made at the same time one
    // sees the other.
    order.updated_at = context.now();
    changes.orders.change(origin.order.with(order));
}

/// `ended`, whose making was given up, is not wanted any more: a failed order is fulfilled when no other
/// is missing and there is one that was made. An order of which nothing was ever made stays failed, for
/// somebody has to give the money back.
pub fn no_longer_wanted(
    context: &Context<'_>,
    ended: &Subscription,
    origin: &Origin,
    changes: &mut ChangeSet,
) {
    let was_made =
        |it: &Versioned<Subscription>| it.provisioning_status == ProvisioningStatus::Done;
    let given_up = ended.provisioning_status == ProvisioningStatus::Failed;
    if given_up && origin.others.iter().any(was_made) {
        fulfilled(context, origin, changes);
    }
}

/// Whether making it was given up and it is still wanted.
fn is_missing(service: &Subscription) -> bool {
    use SubscriptionStatus as S;
    service.provisioning_status == ProvisioningStatus::Failed
        && !matches!(service.status, S::Cancelled | S::Terminated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        decide::Context,
        model::Actor,
        testing::conformance::store::{Sample, Shop},
    };

    fn origin(order: OrderStatus, others: &[(SubscriptionStatus, ProvisioningStatus)]) -> Origin {
        let sample = Sample::new(1);
        let shop = Shop::new(&sample);
        let other = |(status, provisioning_status): &(_, _)| {
            let (status, provisioning_status) = (*status, *provisioning_status);
            Versioned::new(
                Subscription { status, provisioning_status, ..shop.subscription.clone() },
                1,
            )
        };
        Origin {
            order: Versioned::new(Order { status: order, ..shop.order.clone() }, 7),
            others: others.iter().map(other).collect(),
        }
    }

    /// What becomes of the order, and the fact about it.
    fn told(changes: &ChangeSet) -> (Option<OrderStatus>, Vec<&'static str>) {
        let order = changes.orders.changed.first().map(|it| it.status);
        (order, changes.events.iter().map(|it| it.body.name()).collect())
    }

    fn decide(act: impl FnOnce(&Context<'_>, &mut ChangeSet)) -> ChangeSet {
        let sample = Sample::new(2);
        let mut changes = ChangeSet::default();
        act(&Context::new(sample.mint(), &Actor::System), &mut changes);
        changes
    }

    #[test]
    fn a_paid_order_fails_with_a_service_and_no_other_does() {
        use OrderStatus as O;
        let service = Sample::new(3).mint().id();
        for (before, after, facts) in [
            (O::Paid, Some(O::Failed), vec!["OrderFailed"]),
            (O::Failed, Some(O::Failed), vec![]),
            (O::Refunded, None, vec![]),
            (O::Cancelled, None, vec![]),
        ] {
            let origin = origin(before, &[]);
            let changes = decide(|it, changes| unfulfilled(it, &origin, service, changes));
            assert_eq!(told(&changes), (after, facts), "{before}");
        }
    }

    #[test]
    fn a_failed_order_is_fulfilled_when_what_was_missing_is_no_longer_wanted() {
        use {OrderStatus as O, ProvisioningStatus as P, SubscriptionStatus as S};
        let ended = |provisioning_status| Subscription {
            status: S::Cancelled,
            provisioning_status,
            ..Shop::new(&Sample::new(1)).subscription
        };
        let made = (S::Active, P::Done);
        for (provisioning, others, after, facts) in [
            (P::Failed, vec![made], Some(O::Paid), vec!["OrderFulfilled"]),
            (P::Failed, vec![made, (S::Active, P::Failed)], Some(O::Failed), vec![]),
            (P::Failed, vec![(S::Cancelled, P::Failed)], None, vec![]),
            (P::Failed, vec![], None, vec![]),
            (P::Done, vec![made], None, vec![]),
        ] {
            let origin = origin(O::Failed, &others);
            let ended = ended(provisioning);
            let changes = decide(|it, changes| no_longer_wanted(it, &ended, &origin, changes));
            assert_eq!(told(&changes), (after, facts), "{provisioning} {others:?}");
        }
    }

    #[test]
    fn a_failed_order_is_fulfilled_by_the_last_service_that_was_missing() {
        use {OrderStatus as O, ProvisioningStatus as P, SubscriptionStatus as S};
        let made = (S::Active, P::Done);
        for (before, others, after, facts) in [
            (O::Failed, vec![], Some(O::Paid), vec!["OrderFulfilled"]),
            (O::Failed, vec![made], Some(O::Paid), vec!["OrderFulfilled"]),
            (O::Failed, vec![made, (S::Active, P::Failed)], Some(O::Failed), vec![]),
            (O::Failed, vec![(S::Cancelled, P::Failed)], Some(O::Paid), vec!["OrderFulfilled"]),
            (O::Paid, vec![], None, vec![]),
            (O::Refunded, vec![], None, vec![]),
        ] {
            let origin = origin(before, &others);
            let changes = decide(|it, changes| fulfilled(it, &origin, changes));
            assert_eq!(told(&changes), (after, facts), "{before} {others:?}");
        }
    }
}
