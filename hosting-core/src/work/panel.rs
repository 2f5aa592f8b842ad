//! Tasks at panels: make, switch off and on, remove, change, look.
//!
//! Every task first reads what the subscription wants *now*; a wish that has passed is not carried
//! out. Every attempt but the first looks at the panel before it acts.

use super::tick::{Done, WorkError};
use crate::{
    change::{ChangeSet, Unique, Verdict},
    decide::{
        Context,
        provisioning::{
            PlaceRefusal, Reserved, Wanted, account_created, account_failed, account_renamed,
            account_suspended, account_synced, account_terminated, account_unsuspended,
            panel_password, place, username, wanted,
        },
    },
    kernel::{Effect, IllegalTransition, Sealed, Secret, Versioned},
    model::{
        AccountStatus, Actor, PanelAccount, PanelAccountId, ProvisioningStatus, Subscription,
        SubscriptionId, SubscriptionStatus, Usage,
    },
    port::{
        Failure, LeasedTask, ProvisioningAdapter, StoreError,
        provisioning::{AccountIdentity, AccountSpec, Found, ServerAccess},
    },
    service::{Ports, TRIES},
};

/// How many names are tried on one server before staff must look.
const NAMES: u32 = 8;

/// A subscription's account with the way to its panel.
struct Site<'p> {
    subscription: Versioned<Subscription>,
    account: Versioned<PanelAccount>,
    access: ServerAccess,
    panel: &'p dyn ProvisioningAdapter,
}

impl Site<'_> {
    fn identity(&self) -> AccountIdentity {
        AccountIdentity {
            username: self.account.username.clone(),
            domain: self.account.domain.clone(),
            intended_at: self.account.created_at,
        }
    }
}

/// Where an account's password is sealed.
pub(super) fn password_place(id: PanelAccountId) -> String {
    format!("panel_accounts/password/{}", id.stored())
}

async fn subscription(
    ports: &Ports,
    id: SubscriptionId,
) -> Result<Versioned<Subscription>, WorkError> {
    ports.store.subscription(id).await?.ok_or(WorkError::Missing("subscription"))
}

async fn site(ports: &Ports, id: SubscriptionId) -> Result<Option<Site<'_>>, WorkError> {
    let subscription = subscription(ports, id).await?;
    let Some(account) = ports.store.account_of(id).await? else { return Ok(None) };
    let server =
        ports.store.server(account.server_id).await?.ok_or(WorkError::Missing("server"))?.value;
    let panel = ports.panels.get(&server.panel).map(|it| &**it);
    let panel = panel
        .ok_or_else(|| WorkError::Other(format!("panel `{}` is not configured", server.panel)))?;
    let place = format!("servers/secret/{}", server.id.stored());
    let secret = ports.secrets.open(&server.secret, &place);
    let access = ServerAccess {
        base_url: server.base_url,
        username: server.username,
        secret: secret.map_err(|error| WorkError::Other(error.to_string()))?,
        ca_pem: server.ca_pem,
        cert_sha256: server.cert_sha256,
    };
    Ok(Some(Site { subscription, account, access, panel }))
}

fn retry(failure: &Failure) -> Done {
    Done::Retry { effect: failure.effect(), error: failure.to_string() }
}

fn stuck(failure: &Failure) -> Done {
    if failure.effect() == Effect::NoneFinal {
        Done::GiveUp { changes: Box::default(), error: failure.to_string() }
    } else {
        retry(failure)
    }
}

/// Commits what `decide` makes of the newest rows together with the end of the task.
async fn take_in(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
    decide: impl Fn(
        &Context<'_>,
        &Versioned<Subscription>,
        &Versioned<PanelAccount>,
    ) -> Result<ChangeSet, IllegalTransition>,
) -> Result<Done, WorkError> {
    let actor = Actor::Task { task_id: task.lease.task_id };
    let mut tries = 0_u32;
    loop {
        let subscription = subscription(ports, id).await?;
        let account =
            ports.store.account_of(id).await?.ok_or(WorkError::Missing("panel account"))?;
        let context = Context::new(ports.mint(), &actor);
        let mut changes = decide(&context, &subscription, &account)?;
        changes.settle(&task.lease, Verdict::Succeeded);
        match ports.store.commit(changes).await {
            Ok(_) => return Ok(Done::Settled),
            Err(StoreError::Conflict { what }) if what != "lease" && tries < TRIES => {
                tries = tries.saturating_add(1);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Makes the account.
pub(super) async fn create(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
) -> Result<Done, WorkError> {
    let wish = subscription(ports, id).await?;
    if matches!(wanted(&wish), Wanted::Nothing) {
        return Ok(Done::Succeeded);
    }
    let reserved_now = match reserve(ports, &wish).await? {
        Reservation::Existing => false,
        Reservation::New => true,
        Reservation::NotWanted => return Ok(Done::Succeeded),
        Reservation::NoRoom(refusal) => {
            return Ok(give_up_or_wait(ports, task, &wish, Effect::NoneRetry, refusal.to_string()));
        }
    };
    let site = site(ports, id).await?.ok_or(WorkError::Missing("panel account"))?;
    if site.account.status != AccountStatus::Pending {
        return settle_created(ports, task, id, site.account.usage).await;
    }
    let first_call = reserved_now && task.attempts <= 1;
    if !first_call {
        match site.panel.find(&site.access, &site.identity()).await {
            Ok(Found::Ours(state)) => return adopt(ports, task, &site, state.usage).await,
            Ok(Found::Foreign { reason }) => return rename(ports, task, &site, &reason).await,
            Ok(Found::Nothing) => {}
            Err(failure) => return Ok(retry(&failure)),
        }
        if wanted(&site.subscription) != Wanted::On {
            // Ended before it was made, and the panel has nothing: there is nothing to make.
            return take_in(ports, task, id, account_terminated).await;
        }
    }
    let spec = spec(ports, &site).await?;
    match site.panel.create(&site.access, &spec).await {
        Ok(state) => settle_created(ports, task, id, state.usage).await,
        Err(failure) if failure.code() == Some("username_taken") => {
            match site.panel.find(&site.access, &site.identity()).await {
                Ok(Found::Ours(state)) => adopt(ports, task, &site, state.usage).await,
                Ok(Found::Foreign { reason }) => rename(ports, task, &site, &reason).await,
                // Taken and yet not there: half made by somebody. Never a reason for another name.
                Ok(Found::Nothing) => Ok(retry(&failure)),
                Err(failure) => Ok(retry(&failure)),
            }
        }
        Err(failure) => Ok(give_up_or_wait(
            ports,
            task,
            &site.subscription,
            failure.effect(),
            failure.to_string(),
        )),
    }
}

/// A final refusal, or the last attempt, is staff's to look at; anything else is tried again.
fn give_up_or_wait(
    ports: &Ports,
    task: &LeasedTask,
    subscription: &Versioned<Subscription>,
    effect: Effect,
    error: String,
) -> Done {
    if effect != Effect::NoneFinal && task.attempts < task.max_attempts {
        return Done::Retry { effect, error };
    }
    let actor = Actor::Task { task_id: task.lease.task_id };
    let context = Context::new(ports.mint(), &actor);
    Done::GiveUp { changes: Box::new(account_failed(&context, subscription, &error)), error }
}

async fn settle_created(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
    usage: Usage,
) -> Result<Done, WorkError> {
    take_in(ports, task, id, |context, subscription, account| {
        account_created(context, subscription, account, usage)
    })
    .await
}

/// The account is there from an earlier call whose answer was lost. Its password is set again,
/// because nobody knows whether that call got as far.
async fn adopt(
    ports: &Ports,
    task: &LeasedTask,
    site: &Site<'_>,
    usage: Usage,
) -> Result<Done, WorkError> {
    let password = password(ports, &site.account)?;
    match site.panel.set_password(&site.access, &site.identity(), &password).await {
        Ok(()) => settle_created(ports, task, site.subscription.id, usage).await,
        Err(failure) => Ok(retry(&failure)),
    }
}

/// The name is somebody else's for certain: the next one is stored, and tried at the next attempt.
async fn rename(
    ports: &Ports,
    task: &LeasedTask,
    site: &Site<'_>,
    why: &str,
) -> Result<Done, WorkError> {
    let next = (0..NAMES)
        .map(|attempt| username(&site.subscription, attempt))
        .skip_while(|name| *name != site.account.username)
        .nth(1);
    let Some(next) = next else {
        let error = format!("no free account name was found: {why}");
        let effect = Effect::NoneFinal;
        return Ok(give_up_or_wait(ports, task, &site.subscription, effect, error));
    };
    let actor = Actor::Task { task_id: task.lease.task_id };
    let context = Context::new(ports.mint(), &actor);
    let mut changes = account_renamed(&context, &site.account, next);
    let error = format!("the name {} is taken: {why}", site.account.username);
    changes.settle(&task.lease, Verdict::RetryAt { at: context.now(), error });
    ports.store.commit(changes).await?;
    Ok(Done::Settled)
}

enum Reservation {
    Existing,
    New,
    NotWanted,
    NoRoom(PlaceRefusal),
}

/// Makes sure that a name, a server and a password are stored before the first call.
async fn reserve(
    ports: &Ports,
    subscription: &Versioned<Subscription>,
) -> Result<Reservation, WorkError> {
    let store = &*ports.store;
    if store.account_of(subscription.id).await?.is_some() {
        return Ok(Reservation::Existing);
    }
    if wanted(subscription) != Wanted::On {
        return Ok(Reservation::NotWanted);
    }
    let plan = store.plan(subscription.plan_id).await?.ok_or(WorkError::Missing("plan"))?.value;
    let product = store.product(plan.product_id).await?.ok_or(WorkError::Missing("product"))?.value;
    let mut attempt = 0_u32;
    while attempt < NAMES {
        let servers = store.group_load(&plan.server_group).await?;
        let actor = Actor::System;
        let context = Context::new(ports.mint(), &actor);
        let id: PanelAccountId = context.id();
        let secret = panel_password(ports.entropy.bytes());
        let reserved = Reserved {
            id,
            username: username(subscription, attempt),
            password: ports.secrets.seal(&secret, &password_place(id), ports.nonce()),
        };
        let changes = match place(&context, subscription, &plan, &product.panel, &servers, reserved)
        {
            Ok(changes) => changes,
            Err(refusal) => return Ok(Reservation::NoRoom(refusal)),
        };
        match store.commit(changes).await {
            Ok(_) => return Ok(Reservation::New),
            Err(StoreError::Duplicate(Unique::AccountSubscription)) => {
                return Ok(Reservation::Existing);
            }
            Err(StoreError::Duplicate(Unique::AccountUsername)) => {
                attempt = attempt.saturating_add(1);
            }
            Err(StoreError::LimitReached { .. }) => {
                let group = plan.server_group.clone();
                return Ok(Reservation::NoRoom(PlaceRefusal::NoRoom {
                    panel: product.panel,
                    group,
                }));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(WorkError::Other("no free account name was found".to_owned()))
}

fn password(ports: &Ports, account: &PanelAccount) -> Result<Secret, WorkError> {
    let opened = ports.secrets.open(&account.password, &password_place(account.id));
    opened.map_err(|error| WorkError::Other(error.to_string()))
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

/// Switches the account off, if it still is to be off.
pub(super) async fn suspend(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
) -> Result<Done, WorkError> {
    let Some(site) = site(ports, id).await? else { return Ok(Done::Succeeded) };
    if wanted(&site.subscription) != Wanted::Off || site.account.status == AccountStatus::Terminated
    {
        return Ok(Done::Succeeded);
    }
    if site.account.status == AccountStatus::Pending {
        return Ok(wait_for_creation(&site));
    }
    let reason = match site.subscription.status {
        SubscriptionStatus::Suspended => "unpaid invoice",
        _ => "cancelled",
    };
    match site.panel.suspend(&site.access, &site.identity(), reason).await {
        Ok(()) => take_in(ports, task, id, account_suspended).await,
        Err(failure) => Ok(stuck(&failure)),
    }
}

/// The account is being made by another task, or its making failed for good.
fn wait_for_creation(site: &Site<'_>) -> Done {
    if site.subscription.provisioning_status == ProvisioningStatus::Failed {
        return Done::Succeeded;
    }
    let error = "the account is still being made".to_owned();
    Done::Retry { effect: Effect::NoneRetry, error }
}

/// Switches the account on, if it still is to be on.
pub(super) async fn unsuspend(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
) -> Result<Done, WorkError> {
    let Some(site) = site(ports, id).await? else { return Ok(Done::Succeeded) };
    if wanted(&site.subscription) != Wanted::On
        || matches!(site.account.status, AccountStatus::Terminated | AccountStatus::Pending)
    {
        return Ok(Done::Succeeded);
    }
    match site.panel.unsuspend(&site.access, &site.identity()).await {
        Ok(()) => take_in(ports, task, id, account_unsuspended).await,
        Err(failure) => Ok(stuck(&failure)),
    }
}

/// Removes the account, if it still is to be gone.
pub(super) async fn terminate(
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
    match site.panel.terminate(&site.access, &site.identity()).await {
        Ok(()) => take_in(ports, task, id, account_terminated).await,
        Err(failure) => Ok(stuck(&failure)),
    }
}

/// Gives the account its plan's package.
pub(super) async fn change_package(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
) -> Result<Done, WorkError> {
    let Some(site) = site(ports, id).await? else { return Ok(Done::Succeeded) };
    if matches!(site.account.status, AccountStatus::Terminated) {
        return Ok(Done::Succeeded);
    }
    let plan = ports.store.plan(site.subscription.plan_id).await?;
    let package = plan.ok_or(WorkError::Missing("plan"))?.value.package;
    match site.panel.change_package(&site.access, &site.identity(), &package).await {
        Ok(()) => {
            take_in(ports, task, id, |context, _, account| {
                let mut changes = ChangeSet::default();
                let mut moved = account.value.clone();
                moved.package.clone_from(&package);
                moved.updated_at = context.now();
                changes.panel_accounts.change(account.with(moved));
                Ok(changes)
            })
            .await
        }
        Err(failure) => Ok(stuck(&failure)),
    }
}

/// Gives the account a new password.
pub(super) async fn reset_password(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
    sealed: &Sealed,
) -> Result<Done, WorkError> {
    let Some(site) = site(ports, id).await? else { return Ok(Done::Succeeded) };
    if matches!(site.account.status, AccountStatus::Terminated) {
        return Ok(Done::Succeeded);
    }
    let place = format!("tasks/password/{}", id.stored());
    let password = ports.secrets.open(sealed, &place);
    let password = password.map_err(|error| WorkError::Other(error.to_string()))?;
    match site.panel.set_password(&site.access, &site.identity(), &password).await {
        Ok(()) => {
            let nonce = ports.nonce();
            take_in(ports, task, id, |context, _, account| {
                let mut changes = ChangeSet::default();
                let mut moved = account.value.clone();
                moved.password = ports.secrets.seal(&password, &password_place(account.id), nonce);
                moved.updated_at = context.now();
                changes.panel_accounts.change(account.with(moved));
                Ok(changes)
            })
            .await
        }
        Err(failure) => Ok(stuck(&failure)),
    }
}

/// Looks at the account and keeps what it uses.
pub(super) async fn sync(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
) -> Result<Done, WorkError> {
    let Some(site) = site(ports, id).await? else { return Ok(Done::Succeeded) };
    match site.panel.find(&site.access, &site.identity()).await {
        Ok(Found::Ours(state)) => {
            take_in(ports, task, id, |context, _, account| {
                Ok(account_synced(context, account, state.usage, context.now()))
            })
            .await
        }
        Ok(Found::Nothing) => Ok(Done::GiveUp {
            changes: Box::default(),
            error: "the panel has no such account".to_owned(),
        }),
        Ok(Found::Foreign { reason }) => {
            Ok(Done::GiveUp { changes: Box::default(), error: reason })
        }
        Err(failure) => Ok(stuck(&failure)),
    }
}
