//! Making accounts, once (law 3, D8).
//!
//! The name, the server and the password are stored first, and then that the call is about to be
//! made. Whoever finds such a call looks for its account before anything else.

use super::{
    door::closed,
    reserve::{Reservation, names, reserve},
    site::{Site, failed, failed_with, password, settled, site, subscription, take_in},
};
use crate::{
    change::{ChangeSet, Unique, Verdict},
    decide::{
        Context,
        provisioning::{
            Absence, Sighting, Wanted, absence, account_created, account_failed, account_renamed,
            account_terminated, creation_called, creation_dropped, creation_refused,
            looked_in_vain, next_look, wanted,
        },
    },
    kernel::{Effect, Versioned},
    model::{AccountStatus, Actor, PanelAccount, ProvisioningStatus, Subscription, SubscriptionId},
    port::{
        Failure, LeasedTask, StoreError,
        provisioning::{AccountSpec, AccountState, Found, NAME_TAKEN, NAME_TOO_ALIKE},
    },
    service::{Ports, origin::origin},
    work::tick::{Done, WorkError},
};

/// Makes the account.
pub(in crate::work) async fn create(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
) -> Result<Done, WorkError> {
    let wish = subscription(ports, id).await?;
    if matches!(wanted(&wish), Wanted::Nothing) {
        return Ok(Done::Succeeded);
    }
    match reserve(ports, &wish).await? {
        Reservation::There => {}
        // Whoever wants it again orders it again (`decide::subscription::restore`).
        Reservation::NotWanted => return Ok(Done::Succeeded),
        Reservation::NoRoom(refusal) => {
            return Ok(Done::Retry { effect: Effect::NoneRetry, error: refusal.to_string() });
        }
    }
    let site = site(ports, id).await?.ok_or(WorkError::Missing("panel account"))?;
    match site.account.status {
        AccountStatus::Pending => {}
        AccountStatus::Active if site.subscription.provisioning_status != DONE => {
            let seen = Sighting {
                usage: site.account.usage,
                owner: site.account.owner.clone(),
                seen_as: site.account.seen_as.clone().unwrap_or_default(),
            };
            return settle_created(ports, task, id, seen).await;
        }
        _ => return Ok(Done::Succeeded),
    }
    if let Some(wait) = closed(ports, task, &site).await? {
        return Ok(wait);
    }
    if wanted(&site.subscription) != Wanted::On {
        return unwanted(ports, task, &site).await;
    }
    if site.account.creation_called_at.is_some() || task.attempts > 1 {
        match site.panel.find(&site.access, &site.identity()).await {
            Ok(Found::Ours(state)) => return adopt(ports, task, &site, state).await,
            Ok(Found::Foreign { reason }) => return rename(ports, task, &site, &reason).await,
            Ok(Found::Nothing) => {
                let horizon = site.panel.creation_horizon();
                if let Absence::Open(at) = absence(&site.account, ports.now(), horizon) {
                    return Ok(wait(ports, task, &site, at));
                }
            }
            Err(failure) => return failed(ports, task, &site, &failure).await,
        }
    }
    call(ports, task, &site).await
}

const DONE: ProvisioningStatus = ProvisioningStatus::Done;

/// The service ended or was switched off before its account was there.
async fn unwanted(ports: &Ports, task: &LeasedTask, site: &Site<'_>) -> Result<Done, WorkError> {
    let id = site.subscription.id;
    match chase(ports, task, site).await? {
        Chased::There(state) => adopt(ports, task, site, state).await,
        Chased::Later(done) => Ok(done),
        Chased::Absent => {
            take_in(ports, task, id, |context, subscription, account| {
                if wanted(subscription) == Wanted::Gone {
                    account_terminated(context, subscription, account)
                } else {
                    Ok(creation_dropped(context, account))
                }
            })
            .await
        }
    }
}

/// What became of a creation that nobody wants any more.
pub(super) enum Chased {
    /// There is no such account and there will be none.
    Absent,
    /// It came about.
    There(AccountState),
    /// It is not certain yet: how the task goes on.
    Later(Done),
}

/// Finds out for certain what became of a creation. One empty look is not enough: a panel may still
/// be at it.
pub(super) async fn chase(
    ports: &Ports,
    task: &LeasedTask,
    site: &Site<'_>,
) -> Result<Chased, WorkError> {
    if site.account.creation_called_at.is_none() {
        return Ok(Chased::Absent);
    }
    match site.panel.find(&site.access, &site.identity()).await {
        Ok(Found::Ours(state)) => Ok(Chased::There(state)),
        // The name is somebody else's, so ours cannot come about under it.
        Ok(Found::Foreign { .. }) => Ok(Chased::Absent),
        Ok(Found::Nothing) => {
            let (now, horizon) = (ports.now(), site.panel.creation_horizon());
            if absence(&site.account, now, horizon) == Absence::Certain {
                return Ok(Chased::Absent);
            }
            let at = next_look(&site.account, now, horizon);
            Ok(Chased::Later(wait(ports, task, site, at)))
        }
        Err(failure) => Ok(Chased::Later(failed(ports, task, site, &failure).await?)),
    }
}

/// The look counts, the attempt does not.
fn wait(
    ports: &Ports,
    task: &LeasedTask,
    site: &Site<'_>,
    at: chrono::DateTime<chrono::Utc>,
) -> Done {
    let actor = Actor::Task { task_id: task.lease.task_id };
    let changes = looked_in_vain(&Context::new(ports.mint(), &actor), &site.account);
    let error = "the panel may still be making the account".to_owned();
    Done::Wait { changes: Box::new(changes), at, error }
}

/// Asks the panel to make the account, after storing that it is being asked.
async fn call(ports: &Ports, task: &LeasedTask, site: &Site<'_>) -> Result<Done, WorkError> {
    let actor = Actor::Task { task_id: task.lease.task_id };
    let context = Context::new(ports.mint(), &actor);
    let spec = spec(ports, site).await?;
    let changes = creation_called(&context, &site.subscription, &site.account);
    match ports.store.commit(changes).await {
        Ok(_) => {}
        Err(StoreError::Conflict { .. }) => {
            let error = "the service has changed meanwhile".to_owned();
            return Ok(Done::Wait { changes: Box::default(), at: ports.now(), error });
        }
        Err(error) => return Err(error.into()),
    }
    let id = site.subscription.id;
    match site.panel.create(&site.access, &spec).await {
        Ok(state) => settle_created(ports, task, id, site.sighting(state)).await,
        Err(failure) => not_made(ports, task, site, &failure).await,
    }
}

/// What a creation that failed means.
async fn not_made(
    ports: &Ports,
    task: &LeasedTask,
    site: &Site<'_>,
    failure: &Failure,
) -> Result<Done, WorkError> {
    let id = site.subscription.id;
    if let Some(NAME_TAKEN | NAME_TOO_ALIKE) = failure.code() {
        match site.panel.find(&site.access, &site.identity()).await {
            Ok(Found::Ours(state)) => return adopt(ports, task, site, state).await,
            Ok(Found::Foreign { reason }) => return rename(ports, task, site, &reason).await,
            // Nobody has the name and another one is too much like it. Nothing was made, by this call
            // or an earlier one, so another name makes no second account.
            Ok(Found::Nothing)
                if failure.code() == Some(NAME_TOO_ALIKE) && may_rename(ports, site) =>
            {
                return rename(ports, task, site, &failure.to_string()).await;
            }
            // Taken and yet not there: still in the making, or half made by somebody. Never a reason
            // for another name.
            Ok(Found::Nothing) => {}
            Err(failure) => return failed(ports, task, site, &failure).await,
        }
        let account = ports.store.account_of(id).await?;
        let account = account.ok_or(WorkError::Missing("panel account"))?;
        let changes = Box::new(refused(ports, task, site, &account));
        let error = failure.to_string();
        return Ok(Done::RetryWith { changes, effect: Effect::NoneRetry, error });
    }
    if failure.effect() == Effect::Unknown {
        return failed(ports, task, site, failure).await;
    }
    let account = ports.store.account_of(id).await?.ok_or(WorkError::Missing("panel account"))?;
    let changes = refused(ports, task, site, &account);
    failed_with(ports, task, site, failure, changes).await
}

fn refused(
    ports: &Ports,
    task: &LeasedTask,
    site: &Site<'_>,
    account: &Versioned<PanelAccount>,
) -> ChangeSet {
    let actor = Actor::Task { task_id: task.lease.task_id };
    creation_refused(&Context::new(ports.mint(), &actor), account, &site.account)
}

/// Whether no earlier call under the present name can still have an effect.
fn may_rename(ports: &Ports, site: &Site<'_>) -> bool {
    let horizon = site.panel.creation_horizon();
    absence(&site.account, ports.now(), horizon) == Absence::Certain
}

async fn settle_created(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
    seen: Sighting,
) -> Result<Done, WorkError> {
    let actor = Actor::Task { task_id: task.lease.task_id };
    let mut tries = 0_u32;
    loop {
        let subscription = subscription(ports, id).await?;
        let account = ports.store.account_of(id).await?;
        let account = account.ok_or(WorkError::Missing("panel account"))?;
        let origin = origin(&*ports.store, &subscription).await?;
        let context = Context::new(ports.mint(), &actor);
        let changes = account_created(&context, &subscription, &account, origin.as_ref(), &seen)?;
        if let Some(done) = settled(ports, task, changes, &mut tries).await? {
            return Ok(done);
        }
    }
}

/// The account is there from an earlier call whose answer was lost. Its password is set again,
/// because nobody knows whether that call got as far.
pub(super) async fn adopt(
    ports: &Ports,
    task: &LeasedTask,
    site: &Site<'_>,
    state: AccountState,
) -> Result<Done, WorkError> {
    let password = password(ports, &site.account)?;
    match site.panel.set_password(&site.access, &site.identity(), &password).await {
        Ok(()) => settle_created(ports, task, site.subscription.id, site.sighting(state)).await,
        Err(failure) => failed(ports, task, site, &failure).await,
    }
}

/// The name cannot be ours for certain: the next one is stored, and tried at the next attempt.
async fn rename(
    ports: &Ports,
    task: &LeasedTask,
    site: &Site<'_>,
    why: &str,
) -> Result<Done, WorkError> {
    let id = site.subscription.id;
    let tried = |name: &String| *name != site.account.username;
    let names = names(site.panel, &site.subscription).skip_while(tried).skip(1);
    for name in names {
        let account = ports.store.account_of(id).await?;
        let account = account.ok_or(WorkError::Missing("panel account"))?;
        let actor = Actor::Task { task_id: task.lease.task_id };
        let context = Context::new(ports.mint(), &actor);
        let mut changes = account_renamed(&context, &account, name);
        let error = format!("the name {} cannot be had: {why}", site.account.username);
        changes.settle(&task.lease, Verdict::RetryAt { at: context.now(), error });
        match ports.store.commit(changes).await {
            Ok(_) => return Ok(Done::Settled),
            Err(StoreError::Duplicate(Unique::AccountUsername)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let error = format!("no free account name was found: {why}");
    Ok(Done::GiveUp { changes: Box::default(), error })
}

/// What it means for a service that making its account is given up, by whatever way it came to that:
/// staff must look. The payment stands (D2).
pub(in crate::work) async fn creation_given_up(
    ports: &Ports,
    context: &Context<'_>,
    id: SubscriptionId,
    error: &str,
) -> Result<ChangeSet, StoreError> {
    let read = ports.store.subscription(id).await?;
    let open = |it: &Versioned<Subscription>| it.provisioning_status != DONE;
    let Some(read) = read.filter(open) else { return Ok(ChangeSet::default()) };
    let origin = origin(&*ports.store, &read).await?;
    Ok(account_failed(context, &read, origin.as_ref(), error))
}

async fn spec(ports: &Ports, site: &Site<'_>) -> Result<AccountSpec, WorkError> {
    let customer = ports.store.customer(site.subscription.customer_id).await?;
    Ok(AccountSpec {
        username: site.account.username.clone(),
        domain: site.account.domain.clone(),
        package: site.account.package.clone(),
        password: password(ports, &site.account)?,
        contact: customer.ok_or(WorkError::Missing("customer"))?.value.email,
        intended_at: site.account.created_at,
    })
}
