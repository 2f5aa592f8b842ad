//! What the making of services means for the order they came from: paid and not to be had is `failed`,
//! until it can be had after all or the money was given back.

use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::Versioned,
    model::{
        DomainEvent, Order, OrderStatus, ProvisioningStatus, Subscription, SubscriptionStatus,
        order::OrderTrigger,
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

impl Origin {
    /// Whether another service of the order was made.
    fn has_made_another(&self) -> bool {
        self.others.iter().any(|it| it.provisioning_status == ProvisioningStatus::Done)
    }
}

/// Making the account of `service` was given up, so the order is not fulfilled; unless nobody wants it any
/// more and another one was made.
pub(super) fn unfulfilled(
    context: &Context<'_>,
    origin: &Origin,
    service: &Subscription,
    changes: &mut ChangeSet,
) {
    if !is_missing(service) && origin.has_made_another() {
        return;
    }
    let mut order = origin.order.value.clone();
    match order.status.on(OrderTrigger::Failed) {
        Ok(status) => {
            order.status = status;
            let body = DomainEvent::OrderFailed { subscription_id: service.id };
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
    if ended.provisioning_status != ProvisioningStatus::Failed {
        return;
    }
    if origin.has_made_another() {
        fulfilled(context, origin, changes);
    } else if origin.order.status == OrderStatus::Failed {
        // Written all the same: whoever makes another one meanwhile sees that this one is not missed.
        changes.orders.change(origin.order.clone());
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

    fn service(status: SubscriptionStatus, provisioning: ProvisioningStatus) -> Subscription {
        let shop = Shop::new(&Sample::new(1));
        Subscription { status, provisioning_status: provisioning, ..shop.subscription }
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
        use {ProvisioningStatus as P, SubscriptionStatus as S};
        let (wanted, ended, made) = (S::Active, S::Cancelled, (S::Active, P::Done));
        for (before, status, others, after, facts) in [
            (O::Paid, wanted, vec![], Some(O::Failed), vec!["OrderFailed"]),
            (O::Paid, wanted, vec![made], Some(O::Failed), vec!["OrderFailed"]),
            (O::Paid, ended, vec![], Some(O::Failed), vec!["OrderFailed"]),
            (O::Paid, ended, vec![made], None, vec![]),
            (O::Failed, wanted, vec![], Some(O::Failed), vec![]),
            (O::Refunded, wanted, vec![], None, vec![]),
            (O::Cancelled, wanted, vec![], None, vec![]),
        ] {
            let origin = origin(before, &others);
            let service = service(status, P::Failed);
            let changes = decide(|it, changes| unfulfilled(it, &origin, &service, changes));
            assert_eq!(told(&changes), (after, facts), "{before} {status}");
        }
    }

    #[test]
    fn a_failed_order_is_fulfilled_when_what_was_missing_is_no_longer_wanted() {
        use {OrderStatus as O, ProvisioningStatus as P, SubscriptionStatus as S};
        let made = (S::Active, P::Done);
        for (provisioning, others, after, facts) in [
            (P::Failed, vec![made], Some(O::Paid), vec!["OrderFulfilled"]),
            (P::Failed, vec![made, (S::Active, P::Failed)], Some(O::Failed), vec![]),
            (P::Failed, vec![(S::Active, P::InProgress)], Some(O::Failed), vec![]),
            (P::Failed, vec![(S::Cancelled, P::Failed)], Some(O::Failed), vec![]),
            (P::Failed, vec![], Some(O::Failed), vec![]),
            (P::Done, vec![made], None, vec![]),
        ] {
            let origin = origin(O::Failed, &others);
            let ended = service(S::Cancelled, provisioning);
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
