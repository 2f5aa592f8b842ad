//! Another package, another password, a look.

use super::{
    door::closed,
    site::{failed, site, standing, take_in},
};
use crate::{
    change::ChangeSet,
    decide::provisioning::account_synced,
    kernel::{Effect, Sealed},
    model::{
        AccountStatus, SubscriptionId,
        sealing::{account_password, task_password},
    },
    port::LeasedTask,
    service::Ports,
    work::tick::{Done, WorkError},
};

/// Gives the account its plan's package.
pub(in crate::work) async fn change_package(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
) -> Result<Done, WorkError> {
    let Some(site) = site(ports, id).await? else { return Ok(Done::Succeeded) };
    match site.account.status {
        AccountStatus::Terminated => return Ok(Done::Succeeded),
        AccountStatus::Pending => {
            let error = "the account is still being made".to_owned();
            return Ok(Done::Retry { effect: Effect::NoneRetry, error });
        }
        AccountStatus::Active | AccountStatus::Suspended => {}
    }
    if let Some(wait) = closed(ports, task, &site).await? {
        return Ok(wait);
    }
    let plan = ports.store.plan(site.subscription.plan_id).await?;
    let package = plan.ok_or(WorkError::Missing("plan"))?.value.package;
    let taken_in = take_in(ports, task, id, |context, _, account| {
        let mut changes = ChangeSet::default();
        let mut moved = account.value.clone();
        moved.package.clone_from(&package);
        moved.updated_at = context.now();
        changes.panel_accounts.change(account.with(moved));
        Ok(changes)
    });
    if task.attempts > 1 {
        match standing(ports, task, &site).await? {
            Ok(state) if state.package == package => return taken_in.await,
            Ok(_) => {}
            Err(done) => return Ok(done),
        }
    }
    match site.panel.change_package(&site.access, &site.identity(), &package).await {
        Ok(()) => taken_in.await,
        Err(failure) => failed(ports, task, &site, &failure).await,
    }
}

/// Gives the account a new password. Nobody can look which one it has; setting the same one again
/// does no harm, to an account that is ours.
pub(in crate::work) async fn reset_password(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
    sealed: &Sealed,
) -> Result<Done, WorkError> {
    let Some(site) = site(ports, id).await? else { return Ok(Done::Succeeded) };
    if matches!(site.account.status, AccountStatus::Terminated) {
        return Ok(Done::Succeeded);
    }
    if let Some(wait) = closed(ports, task, &site).await? {
        return Ok(wait);
    }
    let password = ports.secrets.open(sealed, &task_password(id));
    let password = password.map_err(|error| WorkError::Other(error.to_string()))?;
    if task.attempts > 1
        && let Err(done) = standing(ports, task, &site).await?
    {
        return Ok(done);
    }
    match site.panel.set_password(&site.access, &site.identity(), &password).await {
        Ok(()) => {
            let nonce = ports.nonce();
            take_in(ports, task, id, |context, _, account| {
                let mut changes = ChangeSet::default();
                let mut moved = account.value.clone();
                moved.password =
                    ports.secrets.seal(&password, &account_password(account.id), nonce);
                moved.updated_at = context.now();
                changes.panel_accounts.change(account.with(moved));
                Ok(changes)
            })
            .await
        }
        Err(failure) => failed(ports, task, &site, &failure).await,
    }
}

/// Looks at the account and keeps what it uses.
pub(in crate::work) async fn sync(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
) -> Result<Done, WorkError> {
    let Some(site) = site(ports, id).await? else { return Ok(Done::Succeeded) };
    if let Some(wait) = closed(ports, task, &site).await? {
        return Ok(wait);
    }
    match standing(ports, task, &site).await? {
        Ok(state) => {
            let seen = site.sighting(state);
            take_in(ports, task, id, |context, _, account| {
                Ok(account_synced(context, account, &seen))
            })
            .await
        }
        Err(done) => Ok(done),
    }
}
