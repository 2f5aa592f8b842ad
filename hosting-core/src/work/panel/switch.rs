//! Switching accounts off and on.

use super::{
    create::{Chased, adopt, chase},
    door::closed,
    site::{failed, site, standing, take_in},
};
use crate::{
    change::{ChangeSet, Verdict},
    decide::{
        Context,
        provisioning::{
            Missing, Wanted, account_suspended, account_unsuspended, creation_dropped, wanted,
        },
    },
    model::{AccountStatus, Actor, SubscriptionId, SubscriptionStatus},
    port::LeasedTask,
    service::Ports,
    work::tick::{Done, WorkError},
};

/// Switches the account off, if it still is to be off.
pub(in crate::work) async fn suspend(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
) -> Result<Done, WorkError> {
    let Some(site) = site(ports, id).await? else { return Ok(Done::Succeeded) };
    if wanted(&site.subscription) != Wanted::Off || site.account.status == AccountStatus::Terminated
    {
        return Ok(Done::Succeeded);
    }
    if let Some(wait) = closed(ports, task, &site).await? {
        return Ok(wait);
    }
    if site.account.status == AccountStatus::Pending {
        // Nobody orders it any more; an earlier order may still come about.
        return match chase(ports, task, &site).await? {
            Chased::Absent => {
                take_in(ports, task, id, |context, _, account| {
                    Ok(creation_dropped(context, account))
                })
                .await
            }
            Chased::There(state) => adopt(ports, task, &site, state).await,
            Chased::Later(done) => Ok(done),
        };
    }
    let reason = match site.subscription.status {
        SubscriptionStatus::Suspended => "unpaid invoice",
        _ => "cancelled",
    };
    let seen_as = site.access.label();
    let taken_in = take_in(ports, task, id, |context, subscription, account| {
        account_suspended(context, subscription, account, &seen_as)
    });
    if task.attempts > 1 {
        match standing(ports, task, &site).await? {
            Ok(state) if state.suspended.is_some() => return taken_in.await,
            Ok(_) => {}
            Err(done) => return Ok(done),
        }
    }
    match site.panel.suspend(&site.access, &site.identity(), reason).await {
        Ok(()) => taken_in.await,
        Err(failure) => failed(ports, task, &site, &failure).await,
    }
}

/// Switches the account on, if it still is to be on. One that is not there yet is ordered.
pub(in crate::work) async fn unsuspend(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
) -> Result<Done, WorkError> {
    let Some(site) = site(ports, id).await? else { return order_creation(ports, task, id).await };
    if wanted(&site.subscription) != Wanted::On || site.account.status == AccountStatus::Terminated
    {
        return Ok(Done::Succeeded);
    }
    if site.account.status == AccountStatus::Pending {
        return order_creation(ports, task, id).await;
    }
    if let Some(wait) = closed(ports, task, &site).await? {
        return Ok(wait);
    }
    let seen_as = site.access.label();
    let taken_in = take_in(ports, task, id, |context, subscription, account| {
        account_unsuspended(context, subscription, account, &seen_as)
    });
    if task.attempts > 1 {
        match standing(ports, task, &site).await? {
            Ok(state) if state.suspended.is_none() => return taken_in.await,
            Ok(_) => {}
            Err(done) => return Ok(done),
        }
    }
    match site.panel.unsuspend(&site.access, &site.identity()).await {
        Ok(()) => taken_in.await,
        Err(failure) => failed(ports, task, &site, &failure).await,
    }
}

/// There is nothing to switch on: it has to be made first, and then it is on.
async fn order_creation(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
) -> Result<Done, WorkError> {
    let subscription = super::site::subscription(ports, id).await?;
    if wanted(&subscription) != Wanted::On {
        return Ok(Done::Succeeded);
    }
    let actor = Actor::Task { task_id: task.lease.task_id };
    let context = Context::new(ports.mint(), &actor);
    let mut changes = ChangeSet::default();
    let making = Missing::Account(id);
    changes.task(context.task(making.key(), making.job()).unless_there());
    changes.settle(&task.lease, Verdict::Succeeded);
    ports.store.commit(changes).await?;
    Ok(Done::Settled)
}
