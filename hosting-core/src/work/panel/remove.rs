//! Removing accounts. It cannot be undone, so every attempt looks first.

use super::{
    create::{Chased, chase},
    door::closed,
    site::{failed, site, take_in},
};
use crate::{
    decide::provisioning::{Wanted, account_terminated, wanted},
    model::{AccountStatus, SubscriptionId},
    port::{LeasedTask, provisioning::Found},
    service::Ports,
    work::tick::{Done, WorkError},
};

/// Removes the account, if it still is to be gone.
///
/// An account that is not there counts as removed only when it is certain that it will not appear:
/// one that was seen before, when the same panel user asks the same address; one whose making was
/// ordered, when looks spread beyond the panel's horizon found nothing
/// (`docs/providers/whm.md`, "Making an account" and "Removing an account").
pub(in crate::work) async fn terminate(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
) -> Result<Done, WorkError> {
    let Some(site) = site(ports, id).await? else { return Ok(Done::Succeeded) };
    if wanted(&site.subscription) != Wanted::Gone
        || site.account.status == AccountStatus::Terminated
    {
        return Ok(Done::Succeeded);
    }
    if let Some(wait) = closed(ports, task, &site).await? {
        return Ok(wait);
    }
    let give_up = |error: String| Ok(Done::GiveUp { changes: Box::default(), error });
    if site.account.status == AccountStatus::Pending {
        match chase(ports, task, &site).await? {
            Chased::Absent => return take_in(ports, task, id, account_terminated).await,
            Chased::There(_) => {}
            Chased::Later(done) => return Ok(done),
        }
    } else {
        match site.panel.find(&site.access, &site.identity()).await {
            Ok(Found::Ours(_)) => {}
            Ok(Found::Nothing) if site.is_known_here() => {
                return take_in(ports, task, id, account_terminated).await;
            }
            Ok(Found::Nothing) => {
                return give_up(format!(
                    "{} sees no such account and never saw it: it may be elsewhere",
                    site.access.label()
                ));
            }
            Ok(Found::Foreign { reason }) => return give_up(reason),
            Err(failure) => return failed(ports, task, &site, &failure).await,
        }
    }
    match site.panel.terminate(&site.access, &site.identity()).await {
        Ok(()) => take_in(ports, task, id, account_terminated).await,
        Err(failure) => failed(ports, task, &site, &failure).await,
    }
}
